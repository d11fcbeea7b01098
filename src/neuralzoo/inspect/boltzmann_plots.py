"""Figures of Boltzmann machines: the filters of their hidden units, what they dream, and whom they are connected to."""

from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.style import SMALL, STYLE, WIDTH, bare, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def filters_and_fantasies(filters: np.ndarray, fantasies: np.ndarray) -> "Figure":
    """Weights `(units, visible)` of hidden units and dreamt rows `(rows, visible)`, each as a small picture.

    >>> filters_and_fantasies(np.ones((9, 16)), np.ones((4, 16))).axes[0].get_title(loc="left")
    'weights of 9 hidden units'
    """
    figure, (left, right) = sheet(WIDTH, 3.7, 2)
    limit = float(np.quantile(np.abs(filters), 0.99)) or 1.0
    tiles(left, filters, STYLE["orange"], STYLE["blue"], (-limit, limit))
    name(left, title=f"weights of {len(filters)} hidden units")
    low, high = float(fantasies.min()), float(fantasies.max())
    tiles(right, fantasies, STYLE["paper"], STYLE["ink"], (min(low, 0.0), max(high, 1.0)))
    name(right, title=f"{len(fantasies)} fantasies")
    return figure


def fantasies_by_layer(rows: "dict[str, np.ndarray]") -> "Figure":
    """Sets of rows `(rows, visible)` as small pictures side by side, by what they are called.

    >>> len(fantasies_by_layer({"data": np.ones((4, 16)), "fantasies": np.zeros((4, 16))}).axes)
    2
    """
    figure, axes = sheet(WIDTH, WIDTH / len(rows), len(rows))
    for ax, (called, some) in zip(axes, rows.items(), strict=True):
        tiles(ax, some, STYLE["paper"], STYLE["ink"], (min(float(some.min()), 0.0), max(float(some.max()), 1.0)))
        name(ax, title=called)
    return figure


def weights_and_fantasies(kernel: np.ndarray, fantasies: np.ndarray, hidden: int) -> "Figure":
    """Weights `(units, units)`, the `hidden` ones last, as a matrix; and dreamt rows `(rows, visible)` as small pictures.

    >>> weights_and_fantasies(np.ones((6, 6)), np.ones((4, 4)), 2).axes[0].get_xlabel()
    'unit, the last 2 are hidden'
    """
    from matplotlib.colors import LinearSegmentedColormap

    figure, (left, right) = sheet(WIDTH, 3.7, 2)
    colours = LinearSegmentedColormap.from_list("neuralzoo signs", [STYLE["orange"], STYLE["paper"], STYLE["blue"]])
    limit = float(np.abs(kernel).max()) or 1.0
    bare(left)
    image = left.imshow(kernel, cmap=colours, vmin=-limit, vmax=limit)
    for edge in (left.axvline, left.axhline):
        edge(len(kernel) - hidden - 0.5, color=STYLE["muted"], linewidth=1.0)
    bar = figure.colorbar(image, ax=left, shrink=0.8)
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.ax.tick_params(labelsize=SMALL, labelcolor=STYLE["muted"], length=0)
    name(left, f"unit, the last {hidden} are hidden", "unit", "weights")
    tiles(right, fantasies, STYLE["paper"], STYLE["ink"], (0.0, 1.0))
    name(right, title=f"{len(fantasies)} fantasies")
    return figure


def tiles(ax: "Axes", rows: np.ndarray, low: str, high: str, limits: tuple[float, float], across: int = 0) -> None:
    """Each row as a small picture in a mosaic, from the colour `low` to `high`, paper between; square if it may be, or so many across."""
    from matplotlib.colors import LinearSegmentedColormap

    side = round(rows.shape[1] ** 0.5)
    shape = (side, side) if side**2 == rows.shape[1] else (1, rows.shape[1])
    across = across or max(1, round((len(rows) * shape[0] / shape[1]) ** 0.5))
    down = -(-len(rows) // across)
    mosaic = np.full((down * (shape[0] + 1) - 1, across * (shape[1] + 1) - 1), np.nan)
    for i, row in enumerate(rows):
        top, left = i // across * (shape[0] + 1), i % across * (shape[1] + 1)
        mosaic[top : top + shape[0], left : left + shape[1]] = row.reshape(shape)

    stops = [low, STYLE["paper"], high] if limits[0] < 0 < limits[1] else [low, high]
    colours = LinearSegmentedColormap.from_list("neuralzoo tiles", stops).with_extremes(bad=STYLE["grid"])
    bare(ax)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.imshow(mosaic, cmap=colours, vmin=limits[0], vmax=limits[1], aspect="equal", interpolation="nearest")
