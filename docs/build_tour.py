"""Runs the snippets of the guided tour and writes what they print, and the pictures they draw, into its pages.

    python docs/build_tour.py               all pages
    python docs/build_tour.py convolution   one

A page is Markdown. Its ```python blocks run in order, in one namespace. What a block prints stands in the ```text block behind it, and
where an image follows, the value of the block's last line is drawn into that file: a figure, an `<svg>`, or anything with `svg()` or
`figure()`. ```text about` marks what is trained and so differs a little from machine to machine. `tests/test_tour.py` runs the same
snippets and compares; pictures are made here only.
"""

import ast
import contextlib
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

DOCS = Path(__file__).parent
PAGES = sorted((DOCS / "tour").glob("*.md"))
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```\n"
    r"(?:\n```text(?P<about> about)?\n(?P<said>.*?)^```\n)?"
    r"(?P<shown>\n!\[(?P<alt>[^\]]*)\]\(\.\./(?P<file>images/tour/[^)]+)\)\n)?",
    re.MULTILINE | re.DOTALL,
)
NUMBER = re.compile(r"[-−+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
ABOUT = 0.25  # how much a trained number may differ


class Done(NamedTuple):
    """A block that ran: its place on the page, what it printed and what its last line is."""

    block: re.Match[str]
    printed: str
    value: Any


def run(page: Path) -> Iterator[Done]:
    """The blocks of a page, one after another."""
    text, space = page.read_text(encoding="utf-8"), {"__name__": "tour"}
    for block in BLOCK.finditer(text):
        line = text[: block.start()].count("\n") + 2
        body, out, value = ast.parse("\n" * (line - 1) + block["code"], str(page)).body, io.StringIO(), None
        last = ast.Expression(body.pop().value) if body and isinstance(body[-1], ast.Expr) else None  # pyright: ignore
        with contextlib.redirect_stdout(out):
            exec(compile(ast.Module(body, []), str(page), "exec"), space)
            if last is not None:
                value = eval(compile(last, str(page), "eval"), space)
        yield Done(block, "".join(f"{said.rstrip()}\n" for said in out.getvalue().strip("\n").splitlines()), value)


def same(said: str, printed: str, about: bool) -> bool:
    """Whether what a page says is what was printed: the same words, numbers to their last digit, or nearly where they are trained.

    >>> same("loss 0.41 after 3", "loss 0.42 after 3", False), same("loss 0.41", "loss 0.43", False), same("loss 0.41", "loss 0.43", True)
    (True, False, True)
    """
    words = [" ".join(NUMBER.sub("#", text).split()) for text in (said, printed)]
    if words[0] != words[1]:
        return False
    for one, other in zip(*(NUMBER.findall(text) for text in (said, printed)), strict=True):
        a, b = (float(number.replace(",", "").replace("−", "-")) for number in (one, other))
        mantissa, _, power = one.partition("e")
        last = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2])) if "." in one else 0.0
        if abs(a - b) > max(1.001 * last, ABOUT * abs(a) if about else 0.0):
            return False
    return True


def draw(value: Any, file: Path) -> None:
    """A figure, a drawing or an `<svg>` into an SVG or PNG file."""
    from matplotlib.figure import Figure

    from neuralzoo.inspect.plots import as_svg

    for way in ("svg", "figure"):
        value = getattr(value, way)() if callable(getattr(value, way, None)) else value
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(value, Figure) and file.suffix == ".png":
        value.savefig(file, dpi=110, metadata={"Software": None})
        return
    text = as_svg(value) if isinstance(value, Figure) else value
    if not (isinstance(text, str) and text.lstrip().startswith("<svg")):
        raise SystemExit(f"{file.name}: the block in front of it ends in {type(value).__name__}, which is no picture")
    text = text if "xmlns=" in text else text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    file.write_text(text + "\n", encoding="utf-8")


def build(page: Path) -> str:
    """The page with what its blocks print; their pictures are drawn."""
    text, parts, end = page.read_text(encoding="utf-8"), [], 0
    for block, printed, value in run(page):
        said, about = block["said"] or "", " about" if block["about"] else ""
        kept = said if same(said, printed, bool(about)) else printed
        fence = f"\n```text{about}\n{kept}```\n" if printed else ""
        parts += [text[end : block.start()], f"```python\n{block['code']}```\n", fence, block["shown"] or ""]
        end = block.end()
        if block["file"]:
            draw(value, DOCS / block["file"])
    return "".join([*parts, text[end:]])


def main(names: list[str]) -> None:
    for page in PAGES:
        if not names or page.stem in names:
            page.write_text(build(page), encoding="utf-8")
            print(page.relative_to(DOCS))


if __name__ == "__main__":
    main(sys.argv[1:])
