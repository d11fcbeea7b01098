"""A network as a figure: volumes whose sides follow the logarithm of height, width and channels, with branches and shortcuts.

>>> from neuralzoo import architectures
>>> draw(architectures.lenet5()).startswith("<svg")
True
"""

import math
from typing import TYPE_CHECKING

import jax

from neuralzoo.core.errors import NotReadyError
from neuralzoo.core.record import split
from neuralzoo.inspect.anatomy import Fork, Group, Volume, anatomy
from neuralzoo.inspect.canvas import Canvas
from neuralzoo.inspect.parts import LETTER, SKIP, Placed, measure, paint

if TYPE_CHECKING:
    from neuralzoo.train.shell import Shell

WIDTH, MARGIN, GAP, WIDEST = 1000, 28, 14, 44  # pixels; between parts at least and at most
NARROW = 0.1  # the slant where many volumes stand side by side


class Drawing(str):
    """An `<svg>` element, which a notebook shows as a figure."""

    def _repr_svg_(self) -> str:
        return str(self)


def draw(model: "Shell") -> Drawing:
    """The network of a model as one `<svg>` element: a chain from left to right, continued below; equal neighbours are folded.

    The figure follows the reader's light or dark scheme; a page that sets `--nz-ink`, `--nz-blue`… overrules both. Nothing is
    computed but shapes.
    """
    net, spec = model.outlook()
    if spec is None:
        remedy = "give the first layer an input_shape, start with Input(shape), or call build(x)"
        raise NotReadyError("a network can be drawn only once the shape of its input is known", remedy=remedy)
    parts, (learned, kept) = anatomy(net, spec), (sum(math.prod(a.shape) for a in jax.tree.leaves(half)) for half in split(net))
    said = f"{learned:,} parameters to learn" + (f", {kept:,} numbers beside" if kept else "")
    canvas = Canvas(WIDTH)
    canvas.text(MARGIN, 30, model.name, size=16, weight=600, anchor="start")
    canvas.text(MARGIN, 48, said, size=12, colour="muted", anchor="start")
    bottom = _Levels(parts).draw(canvas, 78) if any(map(_is_skip, parts)) else _rows(canvas, parts, 78)
    bottom = _legend(canvas, parts, bottom + 14)
    return Drawing(canvas.svg(bottom, f"{model.name}: {said}"))


def _is_skip(part: Volume) -> bool:
    """Whether a part is a fork of a long way and one that only passes its input on, as in a U-Net."""
    return isinstance(part, Fork) and len(part.branches) == 2 and part.branches[0][0].what.split()[0] in SKIP


def _rows(canvas: Canvas, parts: list[Volume], top: float) -> float:
    """The parts in rows, as text is set; returns where the last row ends."""
    rows: list[list[Placed]] = [[]]
    x = float(MARGIN)
    for part in parts:
        placed = measure(part)
        if rows[-1] and x + placed.width > WIDTH - MARGIN:
            rows.append([])
            x = float(MARGIN)
        rows[-1].append(placed._replace(left=x))
        x += placed.width + GAP
    canvas.width = max([WIDTH, *(math.ceil(row[-1].left + row[-1].width) + MARGIN for row in rows)])
    rows = [_spread(row) for row in rows]
    ends: tuple[float, float] | None = None
    for row in rows:
        middle = top + max(p.above for p in row)
        if ends is not None:  # the line from the row before
            canvas.elbow(*ends, row[0].left + row[0].inset, middle, WIDTH - MARGIN / 2, MARGIN / 2, top - 12)
        for i, placed in enumerate(row):
            if i:
                before = row[i - 1]
                canvas.arrow(before.left + before.width - before.inset, middle, placed.left + placed.inset, middle)
            paint(canvas, placed, middle, middle + max(p.below for p in row))
        ends = row[-1].left + row[-1].width - row[-1].inset, middle
        top = middle + max(p.below + p.lines * 14 for p in row) + 36
    return top - 20


def _spread(row: list[Placed]) -> list[Placed]:
    """The row with more room between its parts, where there is some."""
    free = WIDTH - MARGIN - row[-1].left - row[-1].width
    more = min(WIDEST - GAP, free / max(1, len(row) - 1))
    return [placed._replace(left=placed.left + i * more) for i, placed in enumerate(row)]


class _Levels:
    """A U: what is inside a fork with a skip is drawn one level lower."""

    def __init__(self, parts: list[Volume]):
        self.order: list[tuple[int, Placed]] = []  # level and part, in the order of computation
        self.ways: list[Volume | None] = []  # how one gets to each of them from the one before, where levels change
        self.bridges: list[tuple[int, int, Fork]] = []  # from the part number a to number b of `order`
        self.right = self.lay(parts, 0, float(MARGIN))

    def lay(self, parts: list[Volume], level: int, x: float) -> float:
        way: Volume | None = None
        starts = list(self.order)
        for part in _runs(parts):
            if not _is_skip(part):
                placed = measure(part, NARROW)
                fresh = len(self.order) == len(starts) or way is not None  # nothing before it on this level: only the picture counts
                placed = placed._replace(left=x - placed.inset if fresh and self.order else x)
                self.order.append((level, placed))
                self.ways.append(way)
                x, way = placed.left + placed.width + 8, None
                continue
            assert isinstance(part, Fork)
            body, left, number = list(part.branches[1]), self.order[-1][1], len(self.order)
            down = body.pop(0) if body[0].role == "pooling" and len(body) > 1 else None
            way = body.pop() if _rises(body[-1]) and len(body) > 1 else None
            x = self.lay(body, level + 1, left.left + left.width - left.inset + 5)
            self.ways[number] = down
            last = self.order[-1][1]
            x = last.left + last.width - last.inset + 32
            self.bridges.append((number - 1, len(self.order), part))
        return x

    def draw(self, canvas: Canvas, top: float) -> float:
        """Draw everything; returns where the lowest level ends."""
        canvas.width = max(WIDTH, math.ceil(self.right) + MARGIN)
        middles, y = [], top
        for level in range(1 + max(level for level, _ in self.order)):
            here = [placed for at, placed in self.order if at == level]
            middles.append(y + max(p.above for p in here))
            y = middles[-1] + max(p.below + p.lines * 14 for p in here) + 40
        for i, (level, after) in enumerate(self.order[1:], 1):
            (high, before), said = self.order[i - 1], _way_label(self.ways[i])
            start, end = before.left + before.width - before.inset, after.left + after.inset
            if level == high:
                canvas.arrow(start, middles[level], end, middles[level])
            elif level > high:
                roof = middles[level] - after.above
                canvas.fall(start, middles[high], end + after.content / 2, roof, ": ".join(said[:2]))
            else:
                canvas.rise(start, middles[high], end - 18, middles[level], end, said)
        for a, b, fork in self.bridges:
            if b < len(self.order):
                level, left = self.order[a]
                end = self.order[b][1].left + self.order[b][1].inset - 18
                self.bridge(canvas, fork, left.left + left.width - left.inset, end, middles[level])
        for level, placed in self.order:
            paint(canvas, placed, middles[level], middles[level] + max(p.below for at, p in self.order if at == level))
        return y - 16

    def bridge(self, canvas: Canvas, fork: Fork, x: float, x2: float, y: float) -> None:
        """What passes over the lower levels."""
        canvas.path(f"M{x:.1f} {y:.1f}H{x2 - 5:.1f}", dashed=True, title=", ".join((*fork.branches[0][0].names, *fork.names)))
        word = "copy" if fork.branches[0][0].what.startswith(SKIP[0]) else "copy, crop"
        said = f"{word}, {fork.what}"
        if len(said) * LETTER < x2 - x:
            canvas.text((x + x2) / 2, y - 6, said, colour="muted")


def _rises(part: Volume) -> bool:
    return "transposed" in part.what or "upsampling" in part.what


def _way_label(way: Volume | None) -> list[str]:
    return [] if way is None else [way.names[0], way.what, *([f"{way.parameters:,}"] if way.parameters else [])]


def _runs(parts: list[Volume]) -> list[Volume]:
    """Neighbours of one colour on a level as one group, which has one label."""
    runs: list[list[Volume]] = []
    for part in parts:
        before = runs[-1][-1] if runs else None
        if before and not _is_skip(part) and (part.role, part.what) == (before.role, before.what):
            runs[-1].append(part)
        else:
            runs.append([part])
    return [run[0] if len(run) == 1 else _grouped(run) for run in runs]


def _grouped(run: list[Volume]) -> Group:
    last = run[-1]
    names = tuple(name for part in run for name in part.names)
    total = sum(part.parameters * len(part.names) for part in run)
    hidden = tuple(name for part in run for name in part.hidden)
    return Group(names, "layers", last.role, last.shape, total, last.small, hidden, body=tuple(run))


def _legend(canvas: Canvas, parts: list[Volume], y: float) -> float:
    """A word for each colour."""
    x = float(MARGIN)
    for role in sorted(_roles(parts) - {"input", "other"}):
        canvas.swatch(x, y, role)
        canvas.text(x + 16, y + 9, role, size=12, colour="muted", anchor="start")
        x += 30 + 7 * len(role)
    return y + 26


def _roles(parts: tuple[Volume, ...] | list[Volume]) -> set[str]:
    found: set[str] = set()
    for part in parts:
        if isinstance(part, Group):
            found |= _roles(part.body)
        elif isinstance(part, Fork):
            found = found.union(*map(_roles, part.branches))
        else:
            found.add(part.role)
    return found
