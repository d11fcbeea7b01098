"""Figures of the gradient's way back, of the loss around a network, and of numbers over training."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.style import BASELINE, NETWORK, SMALL, STYLE, WIDTH, bare, name, plain, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuralzoo.inspect.health import GradientFlow

NAMED = 14  # layers whose names fit below bars


def flow_figure(flow: "GradientFlow") -> "Figure":
    """Gradient, δ and relative change of each layer, the input at the left.

    >>> from neuralzoo.inspect.health import GradientFlow
    >>> len(flow_figure(GradientFlow(("a", "b"), np.ones(2), np.ones(2), np.ones(2))).axes)
    3
    """
    figure, axes = sheet(1.3 * WIDTH, 3.0, 3)
    places = np.arange(len(flow.layers))
    for ax, values, what in zip(
        axes, (flow.gradients, flow.deltas, flow.changes), ("‖gradient‖", "δ, root mean square", "‖change‖ / ‖value‖"), strict=True
    ):
        shown = np.where(values > 0, values, np.nan)
        ax.plot(places, shown, color=NETWORK, linewidth=1.2, marker="o", markersize=5)
        if np.isfinite(shown).any():
            ax.set_yscale("log")
        if len(places) <= NAMED:
            ax.set_xticks(places, [plain(layer, 16) for layer in flow.layers], rotation=40, ha="right", fontsize=SMALL - 1)
        name(ax, "" if len(places) <= NAMED else "layer, from input to output", what)
    return figure


def landscape_figure(steps: np.ndarray, losses: np.ndarray) -> "Figure":
    """The loss over a plane through the network, which is the cross in the middle; one curve where there is one direction.

    >>> len(landscape_figure(np.linspace(-1, 1, 5), np.ones((5, 5)).cumsum(0)).axes)
    2
    """
    if losses.ndim == 1:
        figure, (ax,) = sheet(WIDTH / 1.5, 3.0)
        ax.plot(steps, losses, color=NETWORK, linewidth=1.6)
        ax.axvline(0, color=STYLE["muted"], linewidth=0.8, linestyle="--")
        name(ax, "along the direction", "loss")
        return figure
    figure, (ax,) = sheet(5.2, 4.4)
    shown = np.log10(np.maximum(losses, 1e-12)) if losses.min() > 0 else losses
    from matplotlib.colors import LinearSegmentedColormap

    tints = LinearSegmentedColormap.from_list("neuralzoo", [NETWORK, STYLE["paper"], BASELINE])
    filled = ax.contourf(steps, steps, shown, levels=24, cmap=tints)
    ax.contour(steps, steps, shown, levels=12, colors=STYLE["ink"], linewidths=0.4, linestyles="solid")
    ax.plot(0, 0, marker="+", color=STYLE["ink"], markersize=11, markeredgewidth=1.8)
    ax.grid(visible=False)
    ax.set_aspect("equal")
    bar = figure.colorbar(filled, ax=ax, shrink=0.85)
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    bar.ax.tick_params(labelsize=SMALL, labelcolor=STYLE["muted"], length=0)
    bar.set_label("log₁₀ loss" if losses.min() > 0 else "loss", fontsize=SMALL, color=STYLE["ink"])
    name(ax, "first direction", "second direction")
    return figure


def histograms_figure(names: Sequence[str], epochs: Sequence[int], edges: Sequence[np.ndarray], counts: Sequence[np.ndarray]) -> "Figure":
    """How the numbers of each array are spread, epoch by epoch: dark where many are.

    Args:
        names: of the arrays.
        epochs: counted from 0.
        edges: of the bins of each array, `(bins + 1,)`.
        counts: of each array, `(epochs, bins)`.

    >>> len(histograms_figure(["a"], [0, 1], [np.linspace(-1, 1, 4)], [np.ones((2, 3))]).axes)
    1
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    tints = LinearSegmentedColormap.from_list("neuralzoo", [STYLE["paper"], NETWORK, STYLE["ink"]])
    across = min(3, len(names))
    down = -(-len(names) // across)
    figure = Figure(figsize=(WIDTH, 2.1 * down + 0.2), facecolor=STYLE["paper"], layout="constrained")
    for i, (called, bins, held) in enumerate(zip(names, edges, counts, strict=True)):
        ax = figure.add_subplot(down, across, i + 1)
        bare(ax)
        share = (held / np.maximum(held.max(axis=1, keepdims=True), 1)).T
        ax.pcolormesh(np.arange(len(epochs) + 1) + 0.5, bins, share, cmap=tints, linewidth=0, rasterized=True)
        ax.tick_params(labelsize=SMALL - 1, labelcolor=STYLE["muted"], length=0)
        ticks = np.unique([0, len(epochs) - 1])
        ax.set_xticks(ticks + 1, [str(epochs[t] + 1) for t in ticks])
        name(ax, "epoch" if i // across == down - 1 else "", title=plain(called, 24))
    return figure
