"""Figures of associative memories: what they recall, and how their energy falls."""

from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.style import NETWORK, STYLE, WIDTH, bare, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 6  # states side by side


def recall(states: np.ndarray, energies: np.ndarray) -> "Figure":
    """States `(sweeps + 1, units)` of a recall as pictures, and the energy `(sweeps + 1,)` of each.

    >>> recall(np.ones((3, 16)), np.array([0.0, -1.0, -2.0])).axes[-1].get_ylabel()
    'energy'
    """
    kept = np.unique(np.linspace(0, len(states) - 1, min(SHOWN, len(states))).round().astype(int))
    figure, axes = sheet(WIDTH, 2.2, len(kept) + 1, ratios=[1.0] * len(kept) + [1.8])
    for ax, i in zip(axes, kept, strict=False):
        pixels(ax, states[i])
        name(ax, f"sweep {i}" if i else "start")
    axes[-1].plot(energies, color=NETWORK, marker="o", markersize=4, linewidth=1.6)
    name(axes[-1], "sweep", "energy")
    return figure


def pixels(ax: "Axes", values: np.ndarray, limit: float | None = None) -> None:
    """A vector as a picture, square where its length allows: blue above 0, orange below, paper at 0."""
    from matplotlib.colors import LinearSegmentedColormap

    side = round(len(values) ** 0.5)
    limit = limit or float(np.abs(values).max()) or 1.0
    colours = LinearSegmentedColormap.from_list("neuralzoo signs", [STYLE["orange"], STYLE["paper"], STYLE["blue"]])
    bare(ax)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.imshow(values.reshape(side, side) if side**2 == len(values) else values[None], cmap=colours, vmin=-limit, vmax=limit, aspect="equal")
