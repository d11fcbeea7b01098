"""How large each part of a drawing is, and how it is painted."""

import math
from itertools import takewhile
from typing import NamedTuple

from neuralzoo.inspect.anatomy import Fork, Group, Volume, names
from neuralzoo.inspect.canvas import COLOURS, Canvas

SKIP = ("identity", "cropping")  # what only passes its input on, in the words of `anatomy`
SLANT, PILL, BETWEEN = 0.24, 18, 7  # of a volume's depth; height of a branch's boxes; space between branches
LETTER = 6.6  # width of a letter of a label
INNER, LEAD = 9, 12  # between the volumes of a group; in front of the first where an arc begins there


class Placed(NamedTuple):
    """A part with its size.

    Fields:
        part: what is painted.
        width: of all of it, label and all.
        content: of the picture alone.
        above, below: how far the picture reaches from the middle line.
        lines: of the label.
        slant: how far volumes reach back, as a share of their width.
        left: where it is.
    """

    part: Volume
    width: float
    content: float
    above: float
    below: float
    lines: int
    slant: float
    left: float = 0.0

    @property
    def inset(self) -> float:
        """From the end of the width to the picture."""
        return (self.width - self.content) / 2


def measure(part: Volume, slant: float = SLANT) -> Placed:
    content, above, below = _extent(part, slant)
    label = _label(part)
    width = max([content, *(len(line) * LETTER for line in label)])
    return Placed(part, width, content, above, below, len(label), slant)


def paint(canvas: Canvas, placed: Placed, middle: float, low: float) -> None:
    """Paint a part with its picture on the line `middle`, and its label below `low`."""
    part = placed.part
    canvas.open(_told(part))
    _picture(canvas, part, placed.left + placed.inset, middle, placed.slant)
    centre = placed.left + placed.width / 2
    for i, line in enumerate(_label(part)):
        strong = i == 0
        canvas.text(centre, low + 16 + 14 * i, line, colour="ink" if strong else "muted", weight=600 if strong else 400)
    if len(part.names) > 1 and not _is_run(part):
        canvas.text(centre, middle - placed.above + 14, f"×{len(part.names)}", size=13, weight=600)
    canvas.close()


def _is_run(part: Volume) -> bool:
    """Whether the names are those of the body, not of repetitions."""
    return isinstance(part, Group) and part.what == "layers"


def sides(part: Volume, slant: float) -> tuple[float, float, float]:
    """Height, thickness and depth in pixels."""
    shape = part.shape or ()
    if len(shape) >= 3:
        height, width, channels = shape[-3], shape[-2], shape[-1]
        return 10 + 11 * math.log2(height + 1), 4 + 2.6 * math.log2(channels + 1), slant * (10 + 11 * math.log2(width + 1))
    if len(shape) == 2:  # time × features
        return 10 + 8 * math.log2(shape[1] + 1), 8 + 8 * math.log2(shape[0] + 1), 0
    return 10 + 8 * math.log2((shape[0] if shape else 0) + 1), 9, 0


def _extent(part: Volume, slant: float) -> tuple[float, float, float]:
    """Width of the picture, and how far it reaches above and below the middle."""
    extra = 18 if len(part.names) > 1 and not _is_run(part) else 0
    if isinstance(part, Fork):
        tall = sum(_branch_height(b, slant) for b in part.branches) + BETWEEN * (len(part.branches) - 1)
        height, thick, depth = sides(part, slant)
        half = max(tall, height + depth) / 2
        return 32 + max(_branch_width(b, slant) for b in part.branches) + thick + depth, half + extra, half
    if isinstance(part, Group) and part.body:
        inner = [_extent(each, slant) for each in part.body]
        arcs = 6 + 12 * len(part.arcs) if part.arcs else 0
        ends = LEAD * _opened(part) + 22 * _closed(part)
        above = max(above for _, above, _ in inner) + arcs + extra
        return sum(width for width, *_ in inner) + INNER * (len(inner) - 1) + ends, above, max(below for *_, below in inner)
    height, thick, depth = sides(part, slant)
    loop = 22 if part.role == "recurrent" else 0
    return thick + depth, height / 2 + depth + extra + loop, height / 2


def _opened(group: Group) -> bool:
    """Whether an arc begins at the input."""
    return any(source < 0 for source, _, _ in group.arcs)


def _closed(group: Group) -> bool:
    """Whether an arc goes around the whole body."""
    return any(to == len(group.body) for _, to, _ in group.arcs)


def _branch_height(branch: tuple[Volume, ...], slant: float) -> float:
    return max((sum(_extent(v, slant)[1:]) if isinstance(v, Fork) else PILL for v in branch), default=PILL)


def _branch_width(branch: tuple[Volume, ...], slant: float) -> float:
    return sum(_pill_width(v, slant) for v in branch) + 8 * (len(branch) - 1)


def _pill_width(v: Volume, slant: float) -> float:
    return _extent(v, slant)[0] if isinstance(v, Fork) else 10 + LETTER * len(_pill_text(v))


def _pill_text(v: Volume) -> str:
    words = v.what.replace("conv ", "") if v.role == "convolution" else v.what.replace(" / 1", "")
    channels = f" · {v.shape[-1]}" if v.shape and v.role in ("convolution", "dense") else ""
    return (words or v.names[0]) + channels


def _picture(canvas: Canvas, part: Volume, x: float, y: float, slant: float) -> None:
    if isinstance(part, Fork):
        _fork(canvas, part, x, y, slant)
    elif isinstance(part, Group) and part.body:
        _group(canvas, part, x, y, slant)
    else:
        _volume(canvas, part, x, y, slant)


def _volume(canvas: Canvas, part: Volume, x: float, y: float, slant: float) -> None:
    """A block seen from the left front: its front is channels × height, its side goes back by its width."""
    height, thick, depth = sides(part, slant)
    top, bottom, colour = y - height / 2, y + height / 2, COLOURS[part.role]
    if depth:
        canvas.face([(x, top), (x + depth, top - depth), (x + depth + thick, top - depth), (x + thick, top)], colour, 0.12)
        side = [(x + thick, top), (x + thick + depth, top - depth), (x + thick + depth, bottom - depth), (x + thick, bottom)]
        canvas.face(side, colour, 0.38)
    canvas.face([(x, top), (x + thick, top), (x + thick, bottom), (x, bottom)], colour, 0.24)
    if part.role == "recurrent":
        a, b, lift = x + thick * 0.75, x + thick * 0.25, top - depth - 20
        canvas.path(f"M{a:.1f} {top:.1f}C{a + 14:.1f} {lift:.1f} {b - 14:.1f} {lift:.1f} {b:.1f} {top - 1:.1f}", stroke="green", width=1.6)
        canvas.head(b, top - 1, "down")


def _group(canvas: Canvas, group: Group, x: float, y: float, slant: float) -> None:
    """The body on the middle line, and arcs above it."""
    closed, opened = _closed(group), _opened(group)
    edges, start = [], x
    x += LEAD * opened
    for i, part in enumerate(group.body):
        width = _extent(part, slant)[0]
        if i or opened:
            canvas.path(f"M{edges[-1][1] if edges else start:.1f} {y:.1f}H{x:.1f}")
        _picture(canvas, part, x, y, slant)
        edges.append((x, x + width))
        x += width + INNER
    roof = y - max(_extent(part, slant)[1] for part in group.body)
    end = x - INNER + 14
    if closed:
        canvas.path(f"M{edges[-1][1]:.1f} {y:.1f}H{end - 6:.1f}")
        canvas.path(f"M{end - 6:.1f} {y:.1f}a6 6 0 1 1 12 0a6 6 0 1 1 -12 0M{end - 3:.1f} {y:.1f}h6M{end:.1f} {y - 3:.1f}v6", stroke="ink")
    for k, (source, target, word) in enumerate(sorted(group.arcs, key=lambda arc: arc[1] - arc[0])):
        a = start + 2 if source < 0 else edges[source][1] + INNER / 2
        b = end if target == len(group.body) else edges[target][0] - INNER / 2
        lift = roof - 8 - 12 * k
        foot = y - 7 if target == len(group.body) else y
        canvas.path(f"M{a:.1f} {y:.1f}V{lift + 8:.1f}q0 -8 8 -8H{b - 8:.1f}q8 0 8 8V{foot:.1f}", stroke="ink", width=1.5, dashed=bool(word))
        canvas.head(b, foot, "down")
        if word:
            canvas.text((a + b) / 2, lift - 4, word, size=10.5, colour="muted")


def _fork(canvas: Canvas, fork: Fork, x: float, y: float, slant: float) -> None:
    """The branches as rows of boxes with words, and what they make together as a volume."""
    wide = max(_branch_width(branch, slant) for branch in fork.branches)
    tall = sum(_branch_height(branch, slant) for branch in fork.branches) + BETWEEN * (len(fork.branches) - 1)
    at, left, right = y - tall / 2, x + 14, x + 14 + wide
    for branch in fork.branches:
        row = at + _branch_height(branch, slant) / 2
        here = left + (wide - _branch_width(branch, slant)) / 2
        canvas.path(f"M{x:.1f} {y:.1f}C{x + 9:.1f} {y:.1f} {x + 5:.1f} {row:.1f} {left:.1f} {row:.1f}H{here:.1f}")
        for i, v in enumerate(branch):
            if i:
                canvas.path(f"M{here - 8:.1f} {row:.1f}H{here:.1f}")
            if isinstance(v, Fork):
                _fork(canvas, v, here, row, slant)
            else:
                canvas.open(_told(v))
                canvas.pill(here, row, _pill_width(v, slant), PILL, COLOURS[v.role], _pill_text(v))
                canvas.close()
            here += _pill_width(v, slant) + 8
        end = right + 14
        canvas.path(f"M{here - 8:.1f} {row:.1f}H{right:.1f}C{right + 9:.1f} {row:.1f} {right + 5:.1f} {y:.1f} {end:.1f} {y:.1f}")
        at += _branch_height(branch, slant) + BETWEEN
    _volume(canvas, Volume(fork.names, fork.what, "other", fork.shape, 0), right + 18, y, slant)


def _label(part: Volume) -> list[str]:
    """Name, what it is, shape and parameters."""
    lines = [_called(part)]
    if isinstance(part, Group | Fork):
        lines.append(part.what if part.what not in ("layers", "chain") else part.body[-1].what if isinstance(part, Group) else part.what)
    elif part.what and part.what != part.names[0]:
        lines.append(part.what)
    lines.append("×".join(map(str, part.shape)) if part.shape is not None else "")
    if part.parameters:
        lines.append(f"{part.parameters:,}" + (" each" if len(part.names) > 1 and not _is_run(part) else ""))
    if part.small:
        words = list(dict.fromkeys(part.small))
        lines += [f"+ {word}" for word in words[:2]]
    return [line for line in lines if line]


def _called(part: Volume) -> str:
    """The name, or those of the first and the last with what they share said once."""
    first, last = part.names[0], part.names[-1]
    if first == last:
        return first
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    shared = first[:same].rstrip("0123456789")
    rest = last[len(shared) :]
    return f"{first}–{rest}" if shared and rest else f"{first} … {last}"


def _told(part: Volume) -> str:
    """All there is to say, for who points at it."""
    inner = [name for name in names([part]) if name not in part.names]
    shape = "×".join(map(str, part.shape)) if part.shape is not None else "?"
    said = f"{', '.join(part.names)}: {part.what or 'input'} → {shape}, {part.parameters:,} parameters"
    return said + (f"\nwith {', '.join(inner)}" if inner else "")
