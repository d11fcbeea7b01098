"""Figures of support vector machines: the margin, the rows that hold it, and the tube of a regressor."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neuralzoo.inspect.memory_plots import pixels
from neuralzoo.inspect.style import NETWORK, PANEL, STYLE, WIDTH, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HUES = (STYLE["orange"], STYLE["blue"], STYLE["green"], STYLE["purple"])
MARKERS = "o^sD"
MOST = 3  # panels side by side


class Plane(NamedTuple):
    """A machine over a plane.

    title: what the panel says.
    field: `(down, across)`, the decision between two classes; or `(down, across, classes)`, a score of each.
    support: which rows are support vectors.
    """

    title: str
    field: np.ndarray
    support: np.ndarray


def margins(x: np.ndarray, y: np.ndarray, extent: tuple[float, float, float, float], planes: Sequence[Plane]) -> "Figure":
    """Rows `(rows, 2)` of classes `(rows,)`, support vectors ringed, and the border of each plane; dashed where a decision is ±1.

    `extent` is what the fields cover: left, right, bottom, top.

    >>> field = np.linspace(-2, 2, 9) * np.ones((9, 1))
    >>> margins(np.eye(2), np.array([0, 1]), (0, 1, 0, 1), [Plane("C = 1", field, np.array([0]))]).axes[0].get_title(loc="left")
    'C = 1'
    """
    shown = planes[:MOST]
    figure, axes = sheet(PANEL * 1.25 if len(shown) == 1 else WIDTH, PANEL if len(shown) == 1 else 2.9, len(shown))
    for ax, plane in zip(axes, shown, strict=True):
        _border(ax, plane.field, extent)
        for k in np.unique(y):
            own = x[y == k]
            ax.scatter(*own.T, s=16, color=HUES[k % 4], marker=MARKERS[k % 4], linewidths=0, alpha=0.85, label=f"class {k}")
        ax.scatter(*x[plane.support].T, s=52, facecolors="none", edgecolors=STYLE["ink"], linewidths=0.9, label="support vector")
        ax.set(xlim=extent[:2], ylim=extent[2:])
        name(ax, title=plane.title)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize=8.5)
    return figure


def _border(ax: "Axes", field: np.ndarray, extent: tuple[float, float, float, float]) -> None:
    down, across = np.linspace(*extent[2:], len(field)), np.linspace(*extent[:2], field.shape[1])
    ink = {"colors": STYLE["ink"], "linewidths": 1.4}
    if field.ndim == 3:
        best = field.argmax(-1)
        edges = np.arange(-0.5, field.shape[-1])
        ax.contourf(across, down, best, levels=edges, colors=[HUES[k % 4] for k in range(field.shape[-1])], alpha=0.13)
        for k in range(field.shape[-1]):
            others = np.delete(field, k, axis=-1).max(-1)
            if (best == k).any() and (best != k).any():
                ax.contour(across, down, field[..., k] - others, levels=[0], **ink)
        return
    ax.contourf(across, down, field > 0, levels=[-0.5, 0.5, 1.5], colors=HUES[:2], alpha=0.13)
    for levels, style in (([0], "solid"), ([-1, 1], "dashed")):
        if any(field.min() < level < field.max() for level in levels):
            ax.contour(across, down, field, levels=levels, linestyles=style, **ink)


def decisions(values: np.ndarray, y: np.ndarray, title: str = "") -> "Figure":
    """How far from the border the rows of each class lie: decisions `(rows,)` for class 1, positive where that is chosen."""
    figure, (ax,) = sheet(WIDTH, 2.8)
    edges = np.linspace(min(values.min(), -1.5), max(values.max(), 1.5), 41)
    for k in np.unique(y):
        ax.hist(values[y == k], edges, color=HUES[k % 4], alpha=0.55, label=f"class {k}", histtype="stepfilled")
    for level in (-1, 0, 1):
        ax.axvline(level, color=STYLE["ink"], linewidth=1.4, linestyle="dashed" if level else "solid")
    ax.legend(frameon=False, fontsize=8.5)
    name(ax, "decision (the border is at 0, the margin between −1 and 1)", "rows", title)
    return figure


def shares(counts: np.ndarray, totals: np.ndarray) -> "Figure":
    """Support vectors of each class, in the bar of all its rows.

    >>> shares(np.array([1, 2]), np.array([3, 4])).axes[0].get_ylabel()
    'rows'
    """
    figure, (ax,) = sheet(WIDTH, 2.6)
    places = np.arange(len(counts))
    ax.bar(places, totals, color=STYLE["grid"], label="all rows")
    ax.bar(places, counts, color=NETWORK, label="support vectors")
    ax.set_xticks(places)
    ax.legend(frameon=False, fontsize=8.5, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
    name(ax, "class", "rows")
    return figure


def tube(
    x: np.ndarray, y: np.ndarray, support: np.ndarray, line: tuple[np.ndarray, np.ndarray], epsilon: float, axis: str = "x"
) -> "Figure":
    """Targets `(rows,)` over `x` (rows,), the function as a line `(x, y)`, and the tube of ±epsilon whose rows cost nothing.

    >>> tube(np.arange(3), np.arange(3), np.array([0]), (np.arange(3), np.arange(3)), 0.1).axes[0].get_ylabel()
    'target'
    """
    figure, (ax,) = sheet(WIDTH, 3.0)
    ax.fill_between(line[0], line[1] - epsilon, line[1] + epsilon, color=NETWORK, alpha=0.15, linewidth=0, label="±epsilon")
    ax.plot(*line, color=NETWORK, linewidth=1.8)
    ax.scatter(x, y, s=14, color=STYLE["orange"], linewidths=0, label="rows")
    ax.scatter(x[support], y[support], s=48, facecolors="none", edgecolors=STYLE["ink"], linewidths=0.9, label="support vectors")
    ax.legend(frameon=False, fontsize=8.5, ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
    name(ax, axis, "target")
    return figure


def weights(kernel: np.ndarray) -> "Figure":
    """Weights `(features, classes)`: a picture of each class where the features are a square of at least 4 × 4 pixels, else bars.

    >>> len(weights(np.ones((16, 3))).axes), len(weights(np.ones((5, 3))).axes)
    (3, 1)
    """
    features, classes = kernel.shape
    shown = min(classes, 10)
    if features >= 16 and round(features**0.5) ** 2 == features:
        figure, axes = sheet(WIDTH, 1.3, shown)
        for k, ax in enumerate(axes):
            pixels(ax, kernel[:, k], float(np.abs(kernel).max()))
            name(ax, str(k))
        return figure
    figure, (ax,) = sheet(WIDTH, 2.8)
    for k in range(shown):
        ax.bar(np.arange(features) + (k - (shown - 1) / 2) * 0.8 / shown, kernel[:, k], 0.8 / shown, color=HUES[k % 4], label=f"class {k}")
    ax.legend(frameon=False, fontsize=8.5, ncols=shown, loc="lower left", bbox_to_anchor=(0, 1))
    name(ax, "feature", "weight")
    return figure
