"""Figures of random networks with a read-out: the curve that random units add up to, and a reservoir at work."""

from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.style import BASELINE, NETWORK, STYLE, WIDTH, legend, name, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 24  # units shown at most


def fitted_curve(x: np.ndarray, parts: np.ndarray, y: np.ndarray, rows: tuple[np.ndarray, np.ndarray] | None = None) -> "Figure":
    """A curve `y` over `x` with the rows it was learned from, and beside it what each unit adds, `(len(x), units)`.

    >>> fitted_curve(np.arange(3.0), np.ones((3, 2)), np.arange(3.0)).axes[1].get_ylabel()
    'what a unit adds, less its mean'
    """
    figure, (left, right) = sheet(WIDTH, 2.8, 2, ratios=[1.5, 1.0])
    if rows is not None:
        left.scatter(*rows, s=7, color=STYLE["muted"], alpha=0.45, linewidths=0, label="rows learned from")
    left.plot(x, y, color=NETWORK, linewidth=2, label="network")
    name(left, "first input", "output")
    legend(left)
    parts = parts - parts.mean(axis=0)
    loudest = np.argsort(-np.ptp(parts, axis=0))[:SHOWN]
    for i, unit in enumerate(loudest):
        right.plot(x, parts[:, unit], color=NETWORK, alpha=0.9 - 0.7 * i / SHOWN, linewidth=1)
    name(right, "first input", "what a unit adds, less its mean")
    return figure


def reservoir_at_work(states: np.ndarray, wanted: np.ndarray | None, got: np.ndarray, eigenvalues: np.ndarray, radius: float) -> "Figure":
    """States `(time, units)` of a few units, the output `(time,)` with what was wanted, and the eigenvalues of the weights.

    >>> states = np.zeros((9, 3))
    >>> reservoir_at_work(states, None, np.zeros(9), np.ones(3), 1.0).axes[2].get_xlabel()
    'real part'
    """
    figure, (left, middle, right) = sheet(WIDTH, 2.8, 3, ratios=[1.25, 1.25, 1.0])
    chosen = np.unique(np.linspace(0, states.shape[1] - 1, min(8, states.shape[1])).round().astype(int))
    colours = [STYLE[c] for c in ("blue", "orange", "green", "purple")]
    for i, unit in enumerate(chosen):
        left.plot(states[:, unit], color=colours[i % 4], linewidth=1.1, alpha=0.85)
    name(left, "step", "state", "units")
    if wanted is not None:
        middle.plot(wanted, color=BASELINE, linewidth=3, alpha=0.6, label="truth")
    middle.plot(got, color=NETWORK, linewidth=1.3, label="read-out")
    name(middle, "step", "output", "read-out")
    legend(middle)
    turn = np.linspace(0, 2 * np.pi, 200)
    right.plot(np.cos(turn), np.sin(turn), color=STYLE["muted"], linewidth=0.9, label="unit circle")
    right.plot(radius * np.cos(turn), radius * np.sin(turn), color=BASELINE, linewidth=0.9, linestyle="--", label=f"radius {radius:g}")
    right.scatter(np.real(eigenvalues), np.imag(eigenvalues), s=7, color=NETWORK, alpha=0.7, linewidths=0)
    right.set_aspect("equal", adjustable="datalim")
    name(right, "real part", "imaginary part", f"eigenvalues to {radius:g}")
    return figure
