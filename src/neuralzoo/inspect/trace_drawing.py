"""A small network as a drawing: units with their outputs and δ, connections by the sign and the size of their weights."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.inspect.canvas import Canvas
from neuralzoo.inspect.drawing import Drawing
from neuralzoo.inspect.numerals import number
from neuralzoo.inspect.svg import as_svg
from neuralzoo.inspect.trace_tables import headline, of_row

if TYPE_CHECKING:
    from neuralzoo.inspect.records import LayerTrace, Trace

MOST, DEEP = 8, 6  # units of a layer, and layers, that are drawn one by one
COLUMN, ROW, RADIUS, MARGIN = 190, 80, 23, 64  # pixels
LABELLED, NEAR = 3, 0.26  # weights are written onto lines to so few units, at this part of the way


def trace_svg(seen: "Trace", row: int = 0) -> str:
    """One example as an `<svg>` element: a chain of few dense units is drawn unit by unit, anything else as the figure.

    >>> from neuralzoo.inspect import execute
    >>> from neuralzoo.layers import Dense
    >>> from neuralzoo.models import Sequential
    >>> trace_svg(execute(Sequential([Dense(3, "tanh", input_shape=(2,)), Dense(1)]), [1.0, 2.0])).count("<circle")
    12
    """
    said = headline(seen, row)
    layers = [layer for layer in seen.layers if layer.kind == "Dense"]
    if len(layers) == len(seen.layers) <= DEEP and _is_chain(seen, row):
        return Drawing(_units(seen, row, said))
    return Drawing(as_svg(seen.figure(row), title=said))


def _is_chain(seen: "Trace", row: int) -> bool:
    """Whether each layer reads the one before it, and all are small enough to be drawn unit by unit."""
    before = of_row(seen.x, row)
    for layer in seen.layers:
        x, y = of_row(layer.input, row), of_row(layer.output, row)
        if x is None or y is None or x.ndim != 1 or max(x.size, y.size) > MOST or not np.array_equal(x, before):
            return False
        before = y
    return True


def _units(seen: "Trace", row: int, said: str) -> str:
    columns = [of_row(seen.x, row), *(of_row(layer.output, row) for layer in seen.layers)]
    most = max(len(c) for c in columns)
    canvas = Canvas(max(640, 2 * MARGIN + COLUMN * (len(columns) - 1) + 150))
    middle = 58 + ROW * (most - 1) / 2

    def at(column: int, unit: int) -> tuple[float, float]:
        return MARGIN + COLUMN * column, middle + ROW * (unit - (len(columns[column]) - 1) / 2)

    for k, layer in enumerate(seen.layers):
        _weights(canvas, layer, k, at)
    for k, outputs in enumerate(columns):
        layer = seen.layers[k - 1] if k else None
        canvas.text(MARGIN + COLUMN * k, 18, "input" if layer is None else layer.name, size=12, weight=600)
        slopes = of_row(seen.input_gradient if layer is None else layer.delta, row)
        totals = None if layer is None else of_row(layer.sum, row)
        for i, y in enumerate(outputs):
            _unit(canvas, *at(k, i), y, None if totals is None else totals[i], None if slopes is None else slopes[i])
    target, (x, y) = of_row(seen.y, row) if seen.y is not None else None, at(len(columns) - 1, 0)
    if target is not None and np.size(target) == len(columns[-1]):
        for i, wanted in enumerate(np.ravel(target)):
            canvas.text(x + RADIUS + 12, at(len(columns) - 1, i)[1] + 4, f"target {number(wanted, 3)}", colour="muted", anchor="start")
    height = middle + ROW * (most - 1) / 2 + 92
    words = [("output", "green"), ("δ, the gradient at the weighted sum", "orange")] if seen.loss is not None else [("output", "green")]
    left = 16.0
    for word, colour in words:
        canvas.text(left, height - 12, word, size=11, colour=colour, anchor="start", weight=600)
        left += 7 * len(word) + 12
    return canvas.svg(height, said)


def _weights(canvas: Canvas, layer: "LayerTrace", column: int, at: Any) -> None:
    kernel = layer["kernel"]
    most = np.abs(kernel.value).max(initial=1e-12)
    ends = [(i, j) for i in range(kernel.value.shape[0]) for j in range(kernel.value.shape[1])]
    for i, j in ends:
        (x, y), (x2, y2), w = at(column, i), at(column + 1, j), kernel.value[i, j]
        told = [("weight", kernel.value), ("gradient", kernel.gradient), ("change", kernel.change)]
        note = ", ".join(f"{what} {number(array[i, j])}" for what, array in told if array is not None)
        look = {"stroke": "blue" if w >= 0 else "orange", "width": 0.6 + 2.6 * float(abs(w) / most)}
        canvas.path(f"M{x + RADIUS:.1f} {y:.1f}L{x2 - RADIUS:.1f} {y2:.1f}", title=note, **look)
    for i, j in ends if kernel.value.shape[1] <= LABELLED else []:
        (x, y), (x2, y2), said = at(column, i), at(column + 1, j), number(kernel.value[i, j], 3)
        x, y = x + RADIUS + NEAR * (x2 - x - 2 * RADIUS), y + NEAR * (y2 - y)  # near its start, where lines do not cross yet
        canvas.plate(x, y, 6 * len(said) + 2, 12)
        canvas.text(x, y + 3.5, said, size=10, colour="muted")


def _unit(canvas: Canvas, x: float, y: float, output: Any, total: Any, slope: Any) -> None:
    note = f"output {number(output)}" if total is None else f"weighted sum {number(total)}, output {number(output)}"
    canvas.disc(x, y, RADIUS, "blue", 0.12 + 0.3 * min(1.0, abs(float(output))), title=note)
    canvas.text(x, y + 4, number(output, 3), size=11, colour="green", weight=600)
    if slope is not None:
        canvas.plate(x, y + RADIUS + 9, 6 * len(number(slope, 3)) + 2, 12)
        canvas.text(x, y + RADIUS + 13, number(slope, 3), size=11, colour="orange", weight=600)
