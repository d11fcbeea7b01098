"""The graph of a function as a drawing: operations in circles, above each edge the value that runs along it, below it the gradient."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.inspect.canvas import Canvas
from neuralzoo.inspect.drawing import Drawing
from neuralzoo.inspect.layout import layered
from neuralzoo.inspect.numerals import number, times

if TYPE_CHECKING:
    from neuralzoo.inspect.function_trace import FunctionTrace, Value

COLUMN, ROW, MARGIN, RADIUS = 130, 88, 70, 19  # pixels
FEW = 3  # numbers of an array that are shown


def draw_function(seen: "FunctionTrace") -> Drawing:
    """A trace of a function as one `<svg>` element: values in green above the edges, gradients in orange below."""
    values = seen.values
    places, ways = layered([value.inputs for value in values])
    top = min(y for way in [places, *ways.values()] for _, y in way)
    bottom = max(y for way in [places, *ways.values()] for _, y in way)
    last = max(x for x, _ in places)
    canvas = Canvas(max(640, int(2 * MARGIN + COLUMN * (last + 0.85))))

    def at(place: tuple[float, float]) -> tuple[float, float]:
        return MARGIN + COLUMN * place[0], 46 + ROW * (place[1] - top)

    for (node, k), way in ways.items():
        source, slope = values[values[node].inputs[k]], values[node].edge_gradients[k]
        _edge(canvas, [at(p) for p in way], source, slope)
    for value, place in zip(values, places, strict=True):
        _node(canvas, value, *at(place), seen)
    x, y = at(places[-1])
    canvas.arrow(x + RADIUS, y, x + COLUMN * 0.75, y)
    _label(canvas, x + RADIUS + (COLUMN * 0.75 - RADIUS) / 2, y, values[-1].value, values[-1].gradient)
    height = 46 + ROW * (bottom - top) + 66
    canvas.text(16, height - 14, "value", size=11, colour="green", anchor="start", weight=600)
    canvas.text(60, height - 14, "gradient of the result", size=11, colour="orange", anchor="start", weight=600)
    said = ", ".join(f"{name} {number(np.ravel(g)[0])}" for name, g in seen.gradients.items() if g is not None and np.size(g) == 1)
    return Drawing(canvas.svg(height, f"{seen.function} = {number(seen.value)}; gradients: {said}"))


def short(value: Any) -> str:
    """A value on an edge: its numbers where they are few, else its shape.

    >>> short(np.float32(-4)), short(np.zeros((2, 3)))
    ('−4', '2 × 3')
    """
    array = np.asarray(value)
    return " ".join(number(v, 3) for v in array.ravel()) if array.size <= FEW else times(array.shape)


def _edge(canvas: Canvas, way: list[tuple[float, float]], source: "Value", slope: Any) -> None:
    (x, y), (x2, y2) = way[0], way[-1]
    path, x, x2 = "", x + (RADIUS if source.operation else RADIUS + 4), x2 - RADIUS - 1
    points = [(x, y), *way[1:-1], (x2, y2)]
    for (a, b), (c, d) in pairwise(points):
        middle = (a + c) / 2
        path += f"{'' if path else f'M{a:.1f} {b:.1f}'}C{middle:.1f} {b:.1f} {middle:.1f} {d:.1f} {c:.1f} {d:.1f}"
    canvas.path(path)
    canvas.head(x2, y2)
    (a, b), (c, d) = points[0], points[1]
    _label(canvas, (a + c) / 2, (b + d) / 2, source.value, slope)


def _label(canvas: Canvas, x: float, y: float, value: Any, slope: Any) -> None:
    for said, dy, colour in ((short(value), -7, "green"), ("" if slope is None else short(slope), 16, "orange")):
        if said:
            canvas.plate(x, y + dy - 4, 6.4 * len(said) + 4, 13)
            canvas.text(x, y + dy, said, size=11.5, colour=colour, weight=600)


def _node(canvas: Canvas, value: "Value", x: float, y: float, seen: "FunctionTrace") -> None:
    if not value.operation:
        known = value.name in seen.names
        canvas.text(x + RADIUS, y + 4, value.name, size=13, colour="ink" if known else "muted", weight=600 if known else 400, anchor="end")
        return
    canvas.disc(x, y, RADIUS, "blue")
    canvas.text(x, y + 4.5, value.symbol, size=14 if len(value.symbol) < 3 else 9.5 if len(value.symbol) < 7 else 7.5)
    if value.called:
        canvas.text(x, y - RADIUS - 6, value.name, size=12, weight=600)
