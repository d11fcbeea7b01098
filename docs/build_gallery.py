"""Draws docs/gallery.md from the cards: every network of the zoo with its picture, as its example leaves it.

    python docs/build_gallery.py             # the page, and the pictures that are not there yet
    python docs/build_gallery.py hopfield    # these pictures anew
    python docs/build_gallery.py all         # all of them anew, some minutes

The same sources on the same machine make the same pictures, so a picture changes only when its network does.
"""

import inspect
import sys
import textwrap
from io import BytesIO
from pathlib import Path

from neuralzoo.zoo.card import Card
from neuralzoo.zoo.chart import chart
from neuralzoo.zoo.member import Member, members

DOCS = Path(__file__).parent
PICTURES = DOCS / "images" / "gallery"
DPI, COLOURS = 100, 64
HEAD = """# The zoo, at work

Every network of the [Neural Network Zoo's chart](http://www.asimovinstitute.org/neural-network-zoo/) (F. van Veen, S. Leijnen), and
the others that are here. Each picture is what `neuralzoo zoo NAME` draws: the card's example, a few seconds on this processor, nothing
staged. This page is drawn from the cards by `docs/build_gallery.py`.
"""


def page() -> str:
    """The text of the gallery."""
    parts = [HEAD]
    for row, kinds in chart():
        listed = ", ".join(f"[{kind.card.short or kind.card.name}](#{kind.card.key})" for kind in kinds)
        parts += [f"## {row[0].upper()}{row[1:]}\n", f"{listed}\n", *(_entry(kind) for kind in kinds)]
    return "\n".join(parts)


def _entry(kind: type[Member]) -> str:
    card = kind.card
    said = inspect.getdoc(kind.example) or ""
    lines = [
        f'<a id="{card.key}"></a>\n\n### {card.name}{f" ({card.short})" if card.short else ""}, {card.year}\n',
        f"`zoo.{kind.__name__}`, for: {card.purpose}. Learns by {card.rule}.\n",
        f"![{card.name}: {said}](images/gallery/{card.key}.png)\n",
        f"*{said}*\n",
        f"* cells: {', '.join(card.cells)}",
        f"* ask it for: {', '.join(f'`{verb}`' for verb in card.verbs)}",
        f"* {_reference(card)}",
        *(f"* wanted: {goal.wanted}. Reached: {goal.reached or 'not measured yet'}.{_how(goal.command)}" for goal in card.goals),
    ]
    return "\n".join(lines) + "\n"


def _reference(card: Card) -> str:
    return f"{card.authors}, *{card.reference}*, {card.year}"


def _how(command: str) -> str:
    return f" (`{command}`)" if command else ""


def picture(kind: type[Member]) -> bytes:
    """What the example of a network leaves, as a PNG of few colours."""
    from PIL import Image

    drawn, small = BytesIO(), BytesIO()
    kind.example().savefig(drawn, format="png", dpi=DPI)
    image = Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(small, format="png", optimize=True)
    return small.getvalue()


def main(asked: list[str]) -> None:
    """Write the page, and pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for key, kind in members.items():
        path = PICTURES / f"{key}.png"
        if asked == ["all"] or key in asked or not path.exists():
            print(textwrap.shorten(f"{key}: {inspect.getdoc(kind.example)}", 100), flush=True)
            path.write_bytes(picture(kind))
    for path in PICTURES.glob("*.png"):
        if path.stem not in members:
            path.unlink()
    (DOCS / "gallery.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
