"""Figures of components: the directions that were found, and the way to the first of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.boundary_plots import MOST, curve
from neuralzoo.inspect.memory_plots import pixels, pixels_of_matrix
from neuralzoo.inspect.style import BASELINE, NETWORK, STYLE, WIDTH, legend, name, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 4  # components drawn as pictures
PICTURE = 36  # features from which rows of a square length are taken for pictures


def components(found: np.ndarray, explained: Sequence[float]) -> "Figure":
    """Components `(units, in)` as a matrix, or as pictures where they have a square length; and the variance explained by epoch.

    >>> components(np.ones((1, 3)), [0.5, 0.9]).axes[-1].get_ylabel()
    'variance explained'
    """
    side = round(found.shape[1] ** 0.5)
    pictures = min(SHOWN, len(found)) if side**2 == found.shape[1] >= PICTURE else 0
    figure, axes = sheet(WIDTH, 2.6, max(pictures, 1) + 1, ratios=[1.0] * max(pictures, 1) + [1.6 if pictures else 1.0])
    for i in range(pictures):
        pixels(axes[i], found[i])
        name(axes[i], f"component {i + 1}")
    if not pictures:
        pixels_of_matrix(axes[0], found)
        name(axes[0], "feature", "component")
    curve(axes[-1], explained, "variance explained")
    axes[-1].set_ylim(0, 1.02)
    return figure


def way(rows: np.ndarray, path: np.ndarray) -> "Figure":
    """How a weight vector turned, `(steps, in)`: among the rows `(n, in)`, in the plane of their first two components, and how
    far it is from the first of them.

    >>> way(np.diag([3.0, 1.0]), np.array([[0.6, 0.8], [1.0, 0.0]])).axes[1].get_yscale()
    'log'
    """
    axis = np.linalg.svd(rows, full_matrices=False)[2][: min(2, rows.shape[1])]
    plane = rows @ axis.T if len(axis) == 2 else np.hstack([rows, 0 * rows])
    first = axis[0] * np.sign(path[-1] @ axis[0] or 1)
    figure, axes = sheet(WIDTH, 3.3, 2)
    shown = np.linspace(0, len(rows) - 1, min(MOST, len(rows))).round().astype(int)
    scale = 2 * plane[:, 0].std() or 1.0
    axes[0].scatter(*(plane[shown] / scale).T, s=8, color=STYLE["muted"], alpha=0.35, edgecolor="none", label="rows, scaled")
    turned = (path @ axis.T)[:, :2] if len(axis) == 2 else np.hstack([path @ axis.T, 0 * path[:, :1]])
    axes[0].plot(*turned.T, color=NETWORK, linewidth=1.6, marker="o", markersize=2.5, label="weights, step by step")
    axes[0].annotate(
        "", turned[-1], (0, 0), arrowprops={"arrowstyle": "-|>", "color": NETWORK, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0}
    )
    circle = np.linspace(0, 2 * np.pi, 200)
    axes[0].plot(np.cos(circle), np.sin(circle), color=BASELINE, linewidth=0.9, linestyle=(0, (4, 1.5)), label="length 1")
    axes[0].set_aspect("equal", adjustable="datalim")
    axes[0].grid(visible=False)
    name(axes[0], "first component", "second component")
    legend(axes[0])
    axes[1].plot(np.linalg.norm(path - first, axis=1), color=NETWORK, linewidth=1.6)
    axes[1].set_yscale("log")
    name(axes[1], "step", "distance from the first component")
    return figure
