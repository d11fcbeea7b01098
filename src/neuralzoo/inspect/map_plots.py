"""Figures of maps: distances between neighbours, one feature at a time, and the units among the rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.style import NETWORK, PANEL, SMALL, STYLE, WIDTH, bare, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PLANES = 12  # features that are shown
IN_ROW = 4  # planes side by side
CLOUD = 3000  # rows that are shown as dots
HEXAGON = np.array([[np.sin(a), np.cos(a)] for a in np.arange(6) * np.pi / 3]) / 3**0.5  # pointing up, 1 wide
SQUARE = np.array([[-0.5, -0.5], [-0.5, 0.5], [0.5, 0.5], [0.5, -0.5]])


def map_page(
    distances: np.ndarray, kernel: np.ndarray, hexagonal: bool, hits: np.ndarray | None = None, rows: np.ndarray | None = None
) -> "Figure":
    """The U-matrix `(rows, columns)` with the hits of each unit, and beside it what the units `(rows, columns, features)` stand for.

    >>> page = map_page(np.ones((3, 4)), np.zeros((3, 4, 2)), hexagonal=True)
    >>> [ax.get_title(loc="left") for ax in page.axes[:2]]
    ['Distance to the neighbours', 'The map in the data']
    """
    flat = kernel.shape[2] == 2
    shown = 1 if flat else min(2, kernel.shape[2])
    figure, axes = sheet(WIDTH, WIDTH / (shown + 1) + 0.3, shown + 1)
    cells(axes[0], distances, hexagonal, hits)
    name(axes[0], title="Distance to the neighbours")
    if flat:
        unfolded(axes[1], kernel, hexagonal, rows)
        name(axes[1], "feature 1", "feature 2", title="The map in the data")
        return figure
    for feature, ax in enumerate(axes[1:]):
        cells(ax, kernel[:, :, feature], hexagonal)
        name(ax, title=f"Feature {feature + 1}")
    return figure


def component_planes(kernel: np.ndarray, hexagonal: bool, names: Sequence[str] | None = None) -> "Figure":
    """Each feature of the units `(rows, columns, features)` as a picture of the map.

    >>> len(component_planes(np.zeros((3, 4, 5)), hexagonal=False).axes)
    8
    """
    from matplotlib.figure import Figure

    shown = min(kernel.shape[2], PLANES)
    columns, lines = min(shown, IN_ROW), -(-shown // IN_ROW)
    figure = Figure(figsize=(PANEL * columns / 2, PANEL * lines / 2), facecolor=STYLE["paper"], layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False).ravel()
    for feature, ax in enumerate(axes):
        bare(ax)
        ax.set_axis_off()
        if feature < shown:
            cells(ax, kernel[:, :, feature], hexagonal)
            name(ax, title=str(names[feature]) if names is not None else f"Feature {feature + 1}")
    return figure


def cells(ax: "Axes", values: np.ndarray, hexagonal: bool, hits: np.ndarray | None = None) -> None:
    """A value for each unit as the shade of its square or hexagon, dark being much; a dot as large as its hits."""
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import LinearSegmentedColormap

    row, column = np.divmod(np.arange(values.size), values.shape[1])
    x, y = (column + 0.5 * (row % 2), row * 0.75**0.5) if hexagonal else (column, row)
    centres = np.stack([x, y], axis=1).astype(float)
    shades = LinearSegmentedColormap.from_list("neuralzoo map", [STYLE["paper"], STYLE["grid"], STYLE["blue"], STYLE["ink"]])
    shapes = PolyCollection(list(centres[:, None] + (HEXAGON if hexagonal else SQUARE)), array=values.ravel(), cmap=shades)
    shapes.set(edgecolor=STYLE["grid"], linewidth=0.4)
    ax.add_collection(shapes)
    bare(ax)
    ax.set(xticks=[], yticks=[], aspect="equal", xlim=(x.min() - 0.7, x.max() + 0.7), ylim=(y.max() + 0.7, y.min() - 0.7))
    if hits is not None and hits.any():
        won = hits.ravel() > 0
        ax.scatter(*centres[won].T, s=70 * hits.ravel()[won] / hits.max(), color=STYLE["orange"], edgecolor=STYLE["paper"], linewidth=0.5)
        ax.text(0, -0.02, f"dots: rows won, {hits.max()} at most", transform=ax.transAxes, va="top", fontsize=SMALL, color=STYLE["muted"])


def unfolded(ax: "Axes", kernel: np.ndarray, hexagonal: bool, rows: np.ndarray | None = None) -> None:
    """Units `(rows, columns, 2)` where they stand in the plane, joined to their neighbours, over the rows `(rows, 2)`."""
    from matplotlib.collections import LineCollection

    if rows is not None:
        some = rows[:: -(-len(rows) // CLOUD)]
        ax.scatter(*some.T, s=4, color=STYLE["muted"], alpha=0.35, linewidth=0)
    pairs = [np.stack([kernel[:, :-1], kernel[:, 1:]], 2).reshape(-1, 2, 2)]
    for line in range(len(kernel) - 1):
        above, below = kernel[line], kernel[line + 1]
        pairs.append(np.stack([above, below], 1))
        if hexagonal:  # the second neighbour below
            pairs.append(np.stack([above[1:], below[:-1]] if line % 2 == 0 else [above[:-1], below[1:]], 1))
    ax.add_collection(LineCollection(list(np.concatenate(pairs)), color=NETWORK, linewidth=0.8, alpha=0.8))
    ax.scatter(*kernel.reshape(-1, 2).T, s=14, color=NETWORK, zorder=3)
    ax.set_aspect("equal", "datalim")
    ax.autoscale_view()
