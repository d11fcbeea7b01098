"""Figures of spikes: a raster, a dot for each, and what is read from them."""

from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.style import NETWORK, SMALL, STYLE, WIDTH, bare, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NEURONS = 200  # in a raster at most
LINES = 10  # read-outs at most


def raster(spikes: np.ndarray, outputs: np.ndarray, dt: float, called: str) -> "Figure":
    """Spikes `(steps, units)` as dots over time in ms, and the outputs `(steps, classes)` as lines, the largest at the end in blue.

    >>> raster(np.eye(4), np.ones((4, 2)), 1.0, "membrane (mV)").axes[0].get_xlabel()
    'ms'
    """
    figure, axes = sheet(WIDTH, 3.2, 2)
    dots(axes[0], spikes, dt)
    name(axes[0], "ms", "neuron", title="Spikes")
    when = np.arange(1, len(outputs) + 1) * dt
    lines = outputs if called != "spikes" else outputs.cumsum(0)
    best = int(lines.mean(0).argmax() if called != "spikes" else lines[-1].argmax())
    for i in range(min(lines.shape[1], LINES) if best < LINES else lines.shape[1]):
        own = {"color": NETWORK, "linewidth": 2.0, "zorder": 3} if i == best else {"color": STYLE["muted"], "linewidth": 0.9, "alpha": 0.6}
        axes[1].plot(when, lines[:, i], **own)
    axes[1].annotate(
        f"class {best}", (when[-1], lines[-1, best]), (-4, 6), textcoords="offset points", ha="right", fontsize=SMALL, color=NETWORK
    )
    name(axes[1], "ms", called, title="Read-out")
    return figure


def dots(ax: "Axes", spikes: np.ndarray, dt: float, kinds: np.ndarray | None = None) -> None:
    """Spikes `(steps, units)` as dots; neurons of the second kind, `kinds` True, in orange."""
    shown = np.unique(np.linspace(0, spikes.shape[1] - 1, min(NEURONS, spikes.shape[1])).round().astype(int))
    when, which = np.nonzero(spikes[:, shown])
    colours = NETWORK if kinds is None else np.where(kinds[shown][which], STYLE["orange"], NETWORK)
    ax.scatter((when + 1) * dt, which, s=9, c=colours, marker="|", linewidth=1.1)
    bare(ax, grid="x")
    ax.set_xlim(0, (len(spikes) + 1) * dt)
    ax.set_ylim(-1, len(shown))


def liquid_page(inputs: np.ndarray, spikes: np.ndarray, inhibitory: np.ndarray, dt: float) -> "Figure":
    """The input's spikes `(steps, inputs)`, and those of a liquid `(steps, neurons)` with its inhibitory neurons in orange.

    >>> len(liquid_page(np.ones((5, 2)), np.eye(5), np.arange(5) > 3, 1.0).axes)
    2
    """
    figure, axes = sheet(WIDTH, 3.2, 2, ratios=[1.0, 1.6])
    dots(axes[0], inputs, dt)
    name(axes[0], "ms", "input", title="Spikes that come in")
    axes[0].set_yticks(range(inputs.shape[1]) if inputs.shape[1] < 6 else axes[0].get_yticks())
    axes[0].set_ylim(-1, inputs.shape[1])
    dots(axes[1], spikes, dt, inhibitory)
    name(axes[1], "ms", "neuron (orange: inhibitory)", title="Spikes of the liquid")
    return figure
