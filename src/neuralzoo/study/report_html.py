"""Small pieces of HTML. Every text is escaped unless it is `Html` already, so a column named `<script>` stays a name."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

from neuralzoo.inspect.svg import as_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDE = 6.0  # inches: a wider figure is scrolled on a telephone rather than shrunk beyond reading


class Html(str):
    """Text that is markup already and is not escaped again."""


def text(value: Any) -> Html:
    """`value` as markup: escaped, `Html` as it is, "" for None; backticks become code."""
    if isinstance(value, Html):
        return value
    return Html(
        "" if value is None else escape("".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in str(value)))
    )


def tag(name: str, *children: Any, kind: str = "", at: Mapping[str, Any] | None = None) -> Html:
    """`<name class=kind at…>children</name>`.

    >>> tag("td", "a < b", kind="number")
    '<td class="number">a &lt; b</td>'
    """
    attributes = ({"class": kind} if kind else {}) | dict(at or {})
    written = "".join(f' {key}="{escape(str(value))}"' for key, value in attributes.items())
    return Html(f"<{name}{written}>{''.join(text(c) for c in children)}</{name}>")


def join(parts: Iterable[Any]) -> Html:
    """The parts one below another."""
    return Html("\n".join(text(part) for part in parts))


def section(anchor: str, title: str, *parts: Any, step: int | None = None) -> Html:
    """A section with its heading; steps are numbered."""
    number = tag("span", step, kind="step") if step else ""
    return tag("section", tag("h2", number, title), "\n", join(p for p in parts if p), at={"id": anchor})


def table(
    head: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: Iterable[int] = (), kinds: Sequence[str] = (), caption: str = ""
) -> Html:
    """A table that scrolls by itself when it is too wide; the first cell of a row names it, columns in `numbers` go right."""
    right = set(numbers)

    def cells(row: Sequence[Any], name: str, first: str, scope: str) -> Html:
        made = (
            tag(
                first if k == 0 else name,
                cell,
                kind="number" if k in right else "",
                at={"scope": scope} if first == "th" and k == 0 else {},
            )
            for k, cell in enumerate(row)
        )
        return Html("".join(made))

    body = (tag("tr", cells(row, "td", "th", "row"), kind=kinds[k] if k < len(kinds) else "") for k, row in enumerate(rows))
    parts = [tag("caption", caption) if caption else "", tag("thead", tag("tr", cells(head, "th", "th", "col"))), tag("tbody", join(body))]
    return tag("div", tag("table", *parts), kind="scroll")


def drawing(figure: "Figure", title: str, caption: str = "") -> Html:
    """A figure as inline SVG, which follows the page into the dark."""
    wide = figure.get_figwidth() > WIDE
    svg = as_svg(figure, title=title, themed=True).replace("<svg", f'<svg class="{"wide" if wide else "narrow"}"', 1)
    return tag("figure", tag("div", Html(svg), kind="scroll"), tag("figcaption", caption) if caption else "")


def badge(words: str, kind: str) -> Html:
    """A word in a coloured pill."""
    return tag("span", words, kind=f"badge {kind}")


def number(value: float | None, digits: int = 4) -> str:
    """A number to four figures, with a real minus and thousands set apart.

    >>> number(-1234567.0), number(0.0123456), number(None)
    ('−1,234,567', '0.01235', '–')
    """
    if value is None or value != value:
        return "–"
    if isinstance(value, int) or abs(value) >= 10**digits:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.{digits}g}".replace("-", "−")


def seconds(value: float) -> str:
    """A duration as people say it.

    >>> seconds(0.034), seconds(12.34), seconds(150)
    ('34 ms', '12.3 s', '2 min 30 s')
    """
    if value < 0.9995:
        return f"{1000 * value:.0f} ms"
    return f"{value:.1f} s" if value < 60 else f"{int(value) // 60} min {int(value) % 60} s"


def page(title: str, body: Html, version: str) -> str:
    """The whole document, with its style inside and a policy that forbids it every request."""
    folder = files("neuralzoo.study").joinpath("templates")
    style = folder.joinpath("report.css").read_text("utf-8")
    template = Template(folder.joinpath("report.html").read_text("utf-8"))
    return template.substitute(title=text(title), style=style, body=body, version=text(version))
