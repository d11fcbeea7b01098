"""Figures of networks of radial units: where these are, how far they reach, and the function that they make."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.inspect.boundary_plots import MOST, plane, points, regions
from neuralzoo.inspect.style import BASELINE, NETWORK, PANEL, STYLE, legend, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Rows = tuple[np.ndarray, np.ndarray | None] | None
WIDE = 5.6  # inches: one panel that has much to show
HEIGHT = 4.2
FEW = 40  # units whose reach is drawn one by one


def centers_in_plane(centers: np.ndarray, widths: np.ndarray, rows: Rows = None, decide: Any = None) -> "Figure":
    """Centers `(units, in)` with a ring of their width `(units,)`, in the plane of the first two inputs, over rows and their classes.

    >>> len(centers_in_plane(np.zeros((2, 2)), np.ones(2)).axes[0].patches)
    2
    """
    from matplotlib.patches import Circle

    figure, (ax,) = sheet(WIDE, HEIGHT)
    if rows is not None:
        x, y = rows
        if decide is not None:
            regions(ax, plane(x, decide))
        points(ax, x[:, :2], np.zeros(len(x), int) if y is None or y.dtype.kind == "f" else y.reshape(-1))
        if decide is not None:
            ax.set_autoscale_on(False)
    for center, width in zip(centers[:, :2], widths, strict=True):
        ax.add_patch(Circle((center[0], center[1]), width, fill=False, edgecolor=STYLE["ink"], linewidth=1.0, alpha=0.55))
    ax.scatter(*centers[:, :2].T, marker="+", s=50, color=STYLE["ink"], linewidth=1.6, zorder=4, label="center")
    ax.set_aspect("equal", adjustable="datalim" if ax.get_autoscale_on() else "box")
    ax.grid(visible=False)
    name(ax, "first input", "second input")
    legend(ax)
    return figure


def function(centers: np.ndarray, widths: np.ndarray, predict: Any, rows: Rows = None, *, what: str = "unit") -> "Figure":
    """A function of one input: what is predicted, the rows, and below the bells `(units,)` that it is made of.

    >>> function(np.zeros(1), np.ones(1), lambda x: x[:, 0]).axes[0].get_ylabel()
    'output'
    """
    figure, (ax,) = sheet(WIDE, PANEL)
    ends = centers if rows is None else rows[0][:, 0]
    room = widths.max() if rows is None else 0.03 * np.ptp(ends)
    across = np.linspace(ends.min() - room, ends.max() + room, 400, dtype=np.float32)[:, None]
    if rows is not None and rows[1] is not None:
        shown = np.linspace(0, len(rows[0]) - 1, min(MOST, len(rows[0]))).round().astype(int)
        look = {"s": 14, "color": BASELINE, "edgecolor": "none", "alpha": 0.6}
        ax.scatter(rows[0][shown, 0], rows[1].reshape(len(rows[1]), -1)[shown, 0], label="rows", **look)
    ax.plot(across[:, 0], predict(across), color=NETWORK, linewidth=1.8, label="network")
    _bells(ax, centers, widths, across, what)
    name(ax, "input", "output")
    legend(ax)
    return figure


def _bells(ax: "Axes", centers: np.ndarray, widths: np.ndarray, across: np.ndarray, what: str) -> None:
    """Each unit's answer, in the lowest fifth of the axes."""
    low, high = ax.get_ylim()
    tall = 0.2 * (high - low)
    for i in np.linspace(0, len(centers) - 1, min(FEW, len(centers))).round().astype(int):
        answer = np.exp(-0.5 * ((across[:, 0] - centers[i]) / widths[i]) ** 2)
        ax.plot(across[:, 0], low - tall + tall * answer, color=STYLE["muted"], linewidth=0.7, alpha=0.7, label=what if i == 0 else None)
    ax.set_ylim(low - tall, high)
