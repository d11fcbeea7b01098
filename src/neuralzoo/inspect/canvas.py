"""The strokes of a drawing of a network, as SVG that any viewer shows and that follows a light or dark page."""

import hashlib
from html import escape

from neuralzoo.inspect.style import STYLE
from neuralzoo.inspect.svg import FONTS

SCREEN = 1000  # pixels: the width at which a drawing is shown
DARK = {
    "ink": "#e8ecf1",
    "muted": "#a3afbd",
    "grid": "#3a434f",
    "paper": "#14181e",
    "blue": "#56b4e9",
    "orange": "#f0915a",
    "green": "#45cfa2",
    "purple": "#d79bc4",
}
COLOURS = {
    "convolution": "blue", "pooling": "orange", "dense": "purple", "recurrent": "green", "input": "muted", "other": "muted",
}  # fmt: skip


class Canvas:
    """Collects strokes; `svg` gives the element."""

    def __init__(self, width: int):
        self.width = width
        self.strokes: list[str] = []

    def text(
        self, x: float, y: float, said: str, *, size: float = 11, colour: str = "ink", weight: int = 400, anchor: str = "middle"
    ) -> None:
        bold = f' font-weight="{weight}"' if weight != 400 else ""
        place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}"'
        self.strokes.append(f'<text {place}{bold} class="f-{colour}" fill="{STYLE[colour]}">{escape(said)}</text>')

    def path(self, d: str, *, stroke: str = "muted", dashed: bool = False, title: str = "", width: float = 1.3) -> None:
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        note = f"<title>{escape(title)}</title>" if title else ""
        look = f'fill="none" class="s-{stroke}" stroke="{STYLE[stroke]}" stroke-width="{width:g}" stroke-linecap="round"'
        self.strokes.append(f'<path d="{d}" {look}{dash}>{note}</path>')

    def face(self, points: list[tuple[float, float]], colour: str, shade: float) -> None:
        """A polygon of `colour`, thinner or thicker, over paper."""
        at = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.strokes.append(f'<polygon points="{at}" class="f-paper" fill="{STYLE["paper"]}"/>')
        edge = f'class="f-{colour} s-{colour}" fill="{STYLE[colour]}" fill-opacity="{shade:g}" stroke="{STYLE[colour]}"'
        self.strokes.append(f'<polygon points="{at}" {edge} stroke-width="1" stroke-linejoin="round"/>')

    def pill(self, x: float, y: float, width: float, height: float, colour: str, said: str) -> None:
        """A rounded box with a word, its left end's middle at (x, y)."""
        box = f'x="{x:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" rx="4"'
        self.strokes.append(f'<rect {box} class="f-paper" fill="{STYLE["paper"]}"/>')
        edge = f'class="f-{colour} s-{colour}" fill="{STYLE[colour]}" fill-opacity="0.2" stroke="{STYLE[colour]}"'
        self.strokes.append(f"<rect {box} {edge}/>")
        self.text(x + width / 2, y + 3.8, said, size=11)

    def disc(self, x: float, y: float, radius: float, colour: str, shade: float = 0.2, *, title: str = "") -> None:
        """A circle of `colour`, thinner or thicker, over paper."""
        place, note = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"', f"<title>{escape(title)}</title>" if title else ""
        self.strokes.append(f'<circle {place} class="f-paper" fill="{STYLE["paper"]}"/>')
        edge = f'class="f-{colour} s-{colour}" fill="{STYLE[colour]}" fill-opacity="{shade:.3g}" stroke="{STYLE[colour]}"'
        self.strokes.append(f"<circle {place} {edge}>{note}</circle>")

    def plate(self, x: float, y: float, width: float, height: float) -> None:
        """A piece of paper with its middle at (x, y), under words on a line."""
        box = f'x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}"'
        self.strokes.append(f'<rect {box} class="f-paper" fill="{STYLE["paper"]}" fill-opacity="0.85"/>')

    def arrow(self, x: float, y: float, x2: float, y2: float, *, dashed: bool = False, title: str = "") -> None:
        self.path(f"M{x:.1f} {y:.1f}L{x2:.1f} {y2:.1f}", dashed=dashed, title=title)
        self.head(x2, y2)

    def head(self, x: float, y: float, direction: str = "right") -> None:
        """An arrow's head whose tip is at (x, y)."""
        dx, dy = {"right": (-5, 3), "down": (3, -5), "up": (3, 5)}[direction]
        corner = f"{x + dx:.1f} {y + dy:.1f}"
        other = f"{x + dx:.1f} {y - dy:.1f}" if direction == "right" else f"{x - dx:.1f} {y + dy:.1f}"
        self.path(f"M{corner}L{x:.1f} {y:.1f}L{other}")

    def elbow(self, x: float, y: float, x2: float, y2: float, right: float, left: float, between: float) -> None:
        """From the end of a row, below it, to the start of the next."""
        bend = f"M{x:.1f} {y:.1f}H{right - 6:.1f}q6 0 6 6V{between - 6:.1f}q0 6 -6 6H{left + 6:.1f}q-6 0 -6 6V{y2 - 6:.1f}q0 6 6 6H{x2:.1f}"
        self.path(bend)
        self.head(x2, y2)

    def fall(self, x: float, y: float, x2: float, y2: float, said: str) -> None:
        """To a lower level: along, then down onto what is there."""
        self.path(f"M{x:.1f} {y:.1f}H{x2 - 6:.1f}q6 0 6 6V{y2 - 2:.1f}", width=1.6)
        self.head(x2, y2 - 2, "down")
        self.text(x2 - 9, y2 - 9, said, colour="muted", anchor="end")

    def rise(self, x: float, y: float, x2: float, y2: float, x3: float, said: list[str]) -> None:
        """To a higher level: along, up into a joint, and on."""
        self.path(f"M{x:.1f} {y:.1f}H{x2 - 6:.1f}q6 0 6 -6V{y2 + 5:.1f}", width=1.6)
        self.head(x2, y2 + 5, "up")
        self.path(f"M{x2 - 5:.1f} {y2:.1f}a5 5 0 1 1 10 0a5 5 0 1 1 -10 0", stroke="ink")
        self.arrow(x2 + 5, y2, x3, y2)
        right = x2 + 9 + 6.6 * max(map(len, said), default=0) < self.width - 10
        for i, line in enumerate(said):
            self.text(x2 + 9 if right else x2 - 9, y - 24 + 14 * i, line, colour="muted", anchor="start" if right else "end")

    def swatch(self, x: float, y: float, role: str) -> None:
        self.pill(x, y + 5, 10, 10, COLOURS[role], "")

    def open(self, title: str) -> None:
        """Strokes from here to `close` say `title` when they are pointed at."""
        self.strokes.append(f"<g><title>{escape(title)}</title>")

    def close(self) -> None:
        self.strokes.append("</g>")

    def svg(self, height: float, label: str) -> str:
        body = "".join(stroke for stroke in self.strokes if "></text>" not in stroke)
        own = "nz" + hashlib.sha256(body.encode()).hexdigest()[:8]  # two figures in a page must not share a style
        said = escape(label, quote=True)
        box = f'viewBox="0 0 {self.width} {height:.0f}" width="{SCREEN}" height="{height * SCREEN / self.width:.0f}"'
        paper = f'<rect width="100%" height="100%" class="f-paper" fill="{STYLE["paper"]}"/>'
        look = f'class="{own}" style="font-family: {FONTS}; max-width: 100%; height: auto"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} {look} role="img" aria-label="{said}">'
        return f"{head}<style>{_style(own)}</style>{paper}{body}</svg>"


def _style(own: str) -> str:
    """The colours as rules: those of the page where it sets any, else light or dark as the reader has it."""

    def rules(colours: dict[str, str]) -> str:
        return "".join(
            f".{own} .{kind}-{name}{{{what}:var(--nz-{name},{colour})}}"
            for name, colour in colours.items()
            for kind, what in (("f", "fill"), ("s", "stroke"))
        )

    return f"{rules(STYLE)}@media (prefers-color-scheme:dark){{{rules(DARK)}}}"
