"""Figures of what a network knows and how well it knows that: bands of predictions, functions drawn, calibration."""

from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.style import NETWORK, PANEL, SMALL, STYLE, WIDTH, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HUES = (STYLE["orange"], STYLE["blue"], STYLE["green"], STYLE["purple"])
REACH = 2  # standard deviations that a band reaches


def band(
    x: np.ndarray,
    mean: np.ndarray,
    epistemic: np.ndarray,
    std: np.ndarray,
    functions: np.ndarray | None = None,
    rows: tuple[np.ndarray, np.ndarray] | None = None,
    axis: str = "x",
) -> "Figure":
    """A prediction along x, all `(points,)`: what the network does not know in dark, the noise on top of it in light.

    `functions` `(draws, points)` are drawn as thin lines, `rows` are known targets `(x, y)`.

    >>> x = np.linspace(0, 1, 5)
    >>> band(x, x, 0.1 + 0 * x, 0.2 + 0 * x).axes[0].get_ylabel()
    'prediction'
    """
    figure, (ax,) = sheet(WIDTH, 3.4)
    ax.fill_between(x, mean - REACH * std, mean + REACH * std, color=NETWORK, alpha=0.14, linewidth=0, label=f"with noise, ±{REACH} sd")
    ax.fill_between(
        x, mean - REACH * epistemic, mean + REACH * epistemic, color=NETWORK, alpha=0.3, linewidth=0, label=f"not known, ±{REACH} sd"
    )
    for i, line in enumerate(() if functions is None else functions):
        ax.plot(x, line, color=STYLE["purple"], linewidth=0.8, alpha=0.7, label=None if i else "functions drawn")
    ax.plot(x, mean, color=NETWORK, linewidth=2.0, label="mean")
    if rows is not None:
        ax.scatter(*rows, s=13, color=STYLE["orange"], linewidths=0, zorder=4, label="rows")
        low, high = np.min(rows[1]), np.max(rows[1])
        ax.set_ylim(min(low, np.min(mean - REACH * std)), max(high, np.max(mean + REACH * std)))
    ax.set_xlim(x[0], x[-1])
    _above(ax, 5)
    name(ax, axis, "prediction")
    return figure


def class_bands(x: np.ndarray, mean: np.ndarray, low: np.ndarray, high: np.ndarray, axis: str = "x") -> "Figure":
    """The probability `(points, classes)` of each class along x, and where nine in ten of the networks drawn lie.

    >>> p = np.full((5, 2), 0.5)
    >>> class_bands(np.arange(5.0), p, p, p).axes[0].get_ylabel()
    'probability'
    """
    figure, (ax,) = sheet(WIDTH, 3.0)
    for k in range(min(mean.shape[1], len(HUES))):
        ax.fill_between(x, low[:, k], high[:, k], color=HUES[k], alpha=0.18, linewidth=0)
        ax.plot(x, mean[:, k], color=HUES[k], linewidth=1.8, label=f"class {k}")
    ax.set(xlim=(x[0], x[-1]), ylim=(0, 1))
    _above(ax, len(HUES))
    name(ax, axis, "probability")
    return figure


def coverage(levels: np.ndarray, held: np.ndarray, error: float) -> "Figure":
    """The share of targets that central intervals hold, by what they promise.

    >>> coverage(np.array([0.5, 0.9]), np.array([0.4, 0.95]), 0.075).axes[0].get_xlabel()
    'probability of the central interval'
    """
    figure, (ax,) = sheet(PANEL * 1.15, PANEL)
    _diagonal(ax)
    ax.fill_between(levels, levels, held, color=NETWORK, alpha=0.15, linewidth=0)
    ax.plot(levels, held, color=NETWORK, marker="o", markersize=4, linewidth=1.6)
    ax.text(0.04, 0.93, f"off by {error:.3f} on average", transform=ax.transAxes, fontsize=SMALL, color=STYLE["ink"])
    ax.text(0.96, 0.06, "below the line: too sure", transform=ax.transAxes, fontsize=SMALL, color=STYLE["muted"], ha="right")
    name(ax, "probability of the central interval", "share of targets inside")
    return figure


def reliability(confidence: np.ndarray, accuracy: np.ndarray, counts: np.ndarray, error: float) -> "Figure":
    """How often the likeliest class is right, by how sure the network was; the rows of each bin below.

    >>> len(reliability(np.array([0.5, 0.9]), np.array([0.4, 1.0]), np.array([3, 7]), 0.1).axes)
    2
    """
    figure, (ax, below) = sheet(WIDTH, PANEL * 0.95, 2)
    _diagonal(ax)
    ax.plot(confidence, accuracy, color=NETWORK, marker="o", markersize=4, linewidth=1.6)
    ax.text(0.04, 0.93, f"expected calibration error {error:.3f}", transform=ax.transAxes, fontsize=SMALL, color=STYLE["ink"])
    ax.text(0.96, 0.06, "below the line: too sure", transform=ax.transAxes, fontsize=SMALL, color=STYLE["muted"], ha="right")
    name(ax, "probability of the likeliest class", "share that is right")
    below.bar(confidence, counts, width=0.06, color=NETWORK, alpha=0.8)
    below.set_xlim(0, 1)
    name(below, "probability of the likeliest class", "rows")
    return figure


def _diagonal(ax: "Axes") -> None:
    ax.plot([0, 1], [0, 1], color=STYLE["muted"], linewidth=1.0, linestyle="dashed")
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")


def _above(ax: "Axes", columns: int) -> None:
    ax.legend(frameon=False, fontsize=SMALL, ncols=columns, loc="lower left", bbox_to_anchor=(0, 1), labelcolor=STYLE["ink"])
