"""A trace as a figure: what each layer made of the example, and below it the gradient that came back."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.inspect.style import STYLE, WIDTH, bare, name, plain
from neuralzoo.inspect.trace_tables import headline, of_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuralzoo.inspect.records import Trace

ACROSS = 4  # panels side by side
BARS = 40  # more units than that are drawn as pixels
SQUARE = 2  # sides of a matrix up to which its cells are drawn square
MAPS = 16  # channels of an image that are drawn
PASSED = ("Flatten", "Dropout", "Input", "Reshape", "Identity", "Masking")  # what only passes its input on is left out


def trace_figure(seen: "Trace", row: int = 0) -> "Figure":
    """One example through the layers, a panel for each: its output above, and the gradient at its weighted sum (or output) below.

    >>> from neuralzoo.inspect import execute
    >>> from neuralzoo.layers import Dense
    >>> from neuralzoo.models import Sequential
    >>> len(trace_figure(execute(Sequential([Dense(3, "tanh", input_shape=(2,)), Dense(1)]), [1.0, 2.0])).axes)
    3
    """
    from matplotlib.figure import Figure

    headline(seen, row)
    panels: list[tuple[str, Any, Any]] = [("input", seen.x, seen.input_gradient)]
    for layer in seen.layers:
        states = layer.inside.get("state")
        if states is not None:
            panels.append((layer.name, states, layer.state_gradient))
        elif layer.kind not in PASSED:
            panels.append((layer.name, layer.output, layer.output_gradient if layer.delta is None else layer.delta))
    shown = [(title, of_row(y, row), of_row(slope, row)) for title, y, slope in panels]
    shown = [(title, y, slope) for title, y, slope in shown if y is not None]
    back = any(slope is not None for _, _, slope in shown)
    across = min(ACROSS, len(shown))
    down = -(-len(shown) // across)
    figure = Figure(figsize=(WIDTH, (1.9 + 1.5 * back) * down), facecolor=STYLE["paper"], layout="constrained")
    grid = figure.add_gridspec(down, across)
    for i, (title, y, slope) in enumerate(shown):
        inner = grid[i // across, i % across].subgridspec(2 if back else 1, 1)
        above = figure.add_subplot(inner[0])
        values(above, y)
        name(above, title=plain(title, 24))
        if back and slope is not None:
            below = figure.add_subplot(inner[1])
            values(below, slope)
            name(below, "gradient")
    return figure


def values(ax: "Axes", array: np.ndarray) -> None:
    """One example's numbers: bars where they are few, a matrix of time by units, or the channels of an image side by side."""
    bare(ax)
    ax.set(xticks=[], yticks=[])
    array = np.asarray(array, np.float64)
    if array.ndim <= 1 and array.size <= BARS:
        flat = array.ravel()
        ax.bar(np.arange(flat.size), flat, color=[STYLE["blue" if v >= 0 else "orange"] for v in flat], width=0.75)
        ax.axhline(0, color=STYLE["muted"], linewidth=0.8)
        most = np.abs(flat).max(initial=1e-12)
        ax.annotate(f"±{most:.3g}", (1, 1), xycoords="axes fraction", ha="right", va="top", fontsize=7, color=STYLE["muted"])
        ax.set_ylim(-1.1 * most if (flat < 0).any() else 0, 1.1 * most if (flat > 0).any() else 0.1 * most)
        return
    picture(ax, mosaic(array) if array.ndim == 3 else array.T if array.ndim == 2 else _folded(array))


def picture(ax: "Axes", matrix: np.ndarray) -> None:
    """A matrix in the house's colours: orange below 0, blue above, paper at 0; nothing where there is no number."""
    from matplotlib.colors import LinearSegmentedColormap

    tints = LinearSegmentedColormap.from_list("neuralzoo", [STYLE["orange"], STYLE["paper"], STYLE["blue"]])
    most = np.nanmax(np.abs(matrix), initial=0) or 1.0
    bare(ax)
    ax.set(xticks=[], yticks=[])
    square = max(matrix.shape) < SQUARE * min(matrix.shape)
    ax.imshow(matrix, cmap=tints, vmin=-most, vmax=most, interpolation="nearest", aspect="equal" if square else "auto")


def mosaic(image: np.ndarray, most: int = MAPS) -> np.ndarray:
    """The channels of an image `(height, width, channels)` side by side, with gaps of NaN.

    >>> mosaic(np.ones((2, 2, 4))).shape
    (5, 5)
    """
    count = min(image.shape[-1], most)
    across = int(np.ceil(count**0.5))
    down = -(-count // across)
    high, wide = image.shape[:2]
    page = np.full((down * (high + 1) - 1, across * (wide + 1) - 1), np.nan)
    for i in range(count):
        top, left = (i // across) * (high + 1), (i % across) * (wide + 1)
        page[top : top + high, left : left + wide] = image[..., i]
    return page


def _folded(array: np.ndarray) -> np.ndarray:
    """Many numbers as a rectangle, filled up with NaN."""
    flat = array.ravel()
    wide = int(np.ceil(flat.size**0.5))
    return np.pad(flat, (0, -flat.size % wide), constant_values=np.nan).reshape(-1, wide)
