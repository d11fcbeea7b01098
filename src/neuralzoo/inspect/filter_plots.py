"""Figures of adaptive filters: the weights they found, and a signal before and after."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.boundary_plots import curve, weights
from neuralzoo.inspect.style import BASELINE, NETWORK, PANEL, STYLE, WIDTH, legend, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WINDOW = 0.05  # seconds over which the power of a signal is taken


def learned(kernel: np.ndarray, losses: Sequence[float]) -> "Figure":
    """The weights `(in, units)`, and the squared error by epoch.

    >>> learned(np.ones((3, 1)), [1.0, 0.1]).axes[1].get_ylabel()
    'mean squared error'
    """
    figure, axes = sheet(WIDTH if len(losses) else PANEL, 2.75, 2 if len(losses) else 1)
    weights(axes[0], kernel)
    if len(losses):
        curve(axes[1], losses, "mean squared error")
        if min(losses) > 0 and max(losses) > 20 * min(losses):
            axes[1].set_yscale("log")
    return figure


def silenced(kernel: np.ndarray, before: np.ndarray, after: np.ndarray, hertz: int) -> "Figure":
    """The impulse response found, a signal before and after, and the power of both in dB.

    >>> silenced(np.ones((3, 1)), np.ones(800), np.ones(800) / 10, 8000).axes[2].get_ylabel()
    'power (dB)'
    """
    figure, axes = sheet(1.35 * WIDTH, 2.75, 3)
    _response(axes[0], kernel[:, 0])
    seconds = np.arange(len(before)) / hertz
    axes[1].plot(seconds, before, color=BASELINE, linewidth=0.5, label="microphone", rasterized=True)
    axes[1].plot(seconds, after, color=NETWORK, linewidth=0.5, label="echo cancelled", rasterized=True)
    name(axes[1], "seconds", "signal")
    size = max(1, round(WINDOW * hertz))
    whole = len(before) // size * size
    middles = (np.arange(whole // size) + 0.5) * size / hertz
    for signal, colour, label in ((before, BASELINE, "microphone"), (after, NETWORK, "echo cancelled")):
        power = 10 * np.log10(np.mean(signal[:whole].reshape(-1, size) ** 2, axis=1) + 1e-12)
        axes[2].plot(middles, power, color=colour, linewidth=1.4, label=label)
    name(axes[2], "seconds", "power (dB)")
    legend(axes[2])
    return figure


def _response(ax: "Axes", kernel: np.ndarray) -> None:
    places = np.arange(len(kernel))
    ax.vlines(places, 0, kernel, color=NETWORK, linewidth=1.0)
    ax.scatter(places, kernel, s=9, color=NETWORK, zorder=3)
    ax.axhline(0, color=STYLE["muted"], linewidth=0.8)
    name(ax, "delay (samples)", "weight")
