"""Figures of who is connected with whom: all weights of a network in one matrix."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.boundary_plots import curve
from neuralzoo.inspect.memory_plots import signs
from neuralzoo.inspect.style import BASELINE, NETWORK, SMALL, STYLE, WIDTH, bare, legend, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def weights_and_loss(weights: np.ndarray, rows: Mapping[str, int], columns: Mapping[str, int], losses: Sequence[float]) -> "Figure":
    """All weights `(from, to)`, NaN where there can be none, `rows` and `columns` telling how many belong together; and the loss.

    >>> figure = weights_and_loss(np.ones((3, 2)), {"input": 2, "hidden": 1}, {"hidden": 1, "output": 1}, [1.0, 0.5])
    >>> figure.axes[0].get_ylabel(), figure.axes[1].get_ylabel()
    ('from', 'loss')
    """
    figure, axes = sheet(WIDTH, 3.4, 2 if len(losses) else 1, ratios=[1.3, 1.0] if len(losses) else None)
    matrix(axes[0], weights, rows, columns)
    if len(losses):
        curve(axes[1], losses, "loss")
        if min(losses) > 0 and max(losses) > 20 * min(losses):
            axes[1].set_yscale("log")
    return figure


def weights_and_way(weights: np.ndarray, rows: Mapping[str, int], columns: Mapping[str, int], way: np.ndarray, read: int) -> "Figure":
    """All weights `(from, to)`; and what comes in at the units, `(steps, units)`, step by step, the first `read` being the answer.

    >>> weights_and_way(np.ones((3, 2)), {"input": 1, "output": 2}, {"output": 2}, np.ones((4, 2)), 1).axes[1].get_xlabel()
    'step'
    """
    figure, axes = sheet(WIDTH, 3.4, 2, ratios=[1.3, 1.0])
    matrix(axes[0], weights, rows, columns)
    steps = np.arange(1, len(way) + 1)
    for i, line in enumerate(way.T[read:]):
        axes[1].plot(steps, line, color=STYLE["muted"], linewidth=0.8, alpha=0.6, label="hidden" if i == 0 else None)
    colours = (NETWORK, BASELINE, STYLE["green"], STYLE["purple"])
    for i, line in enumerate(way.T[:read]):
        style = {"marker": "osD^"[i % 4], "markersize": 4, "linewidth": 1.8}
        axes[1].plot(steps, line, color=colours[i % 4], label=f"output {i}" if i < 4 else None, **style)
    name(axes[1], "step", "what comes in", "one row, step by step")
    legend(axes[1])
    return figure


def matrix(ax: "Axes", weights: np.ndarray, rows: Mapping[str, int], columns: Mapping[str, int]) -> None:
    """Weights `(from, to)` in colours, orange below 0, blue above, grey where there can be none, with lines between the groups."""
    limit = float(np.nanquantile(np.abs(weights), 0.98)) or 1.0
    ax.set_facecolor(STYLE["grid"])  # shows through where there is no number
    bare(ax)
    ax.imshow(np.ma.masked_invalid(weights), cmap=signs(), vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
    for groups, line, ticks in ((rows, ax.axhline, ax.set_yticks), (columns, ax.axvline, ax.set_xticks)):
        sizes = [size for size in groups.values() if size]
        ends = np.cumsum(sizes)
        for end in ends[:-1]:
            line(end - 0.5, color=STYLE["ink"], linewidth=1.0)
        ticks(ends - np.array(sizes) / 2 - 0.5, [called for called, size in groups.items() if size])
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.tick_params(labelsize=SMALL, labelcolor=STYLE["ink"], length=0)
    name(ax, "to", "from")
