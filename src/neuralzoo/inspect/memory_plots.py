"""Figures of associative memories: what they recall and by which weights, and how their energy falls."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.inspect.style import BASELINE, NETWORK, SMALL, STYLE, WIDTH, bare, legend, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 6  # states side by side


def recall(states: np.ndarray, energies: np.ndarray, turn: str = "sweep") -> "Figure":
    """States `(turns + 1, units)` of a recall as pictures, and the energy `(turns + 1,)` of each; a turn is called `turn`.

    >>> recall(np.ones((3, 16)), np.array([0.0, -1.0, -2.0])).axes[-1].get_ylabel()
    'energy'
    """
    kept = np.unique(np.linspace(0, len(states) - 1, min(SHOWN, len(states))).round().astype(int))
    figure, axes = sheet(WIDTH, 2.2, len(kept) + 1, ratios=[1.0] * len(kept) + [1.8])
    for ax, i in zip(axes, kept, strict=False):
        pixels(ax, states[i])
        name(ax, f"{turn} {i}" if i else "start")
    axes[-1].plot(energies, color=NETWORK, marker="o", markersize=4, linewidth=1.6)
    name(axes[-1], turn, "energy")
    return figure


def capacity(units: int, loads: np.ndarray, shares: "dict[str, np.ndarray]", limit: float) -> "Figure":
    """The share of right bits after recall by the load, patterns per unit, a line for each name in `shares`; `limit` is marked.

    >>> capacity(100, np.array([0.1, 0.2]), {"stored patterns": np.array([1.0, 0.6])}, 0.138).axes[0].get_xlabel()
    'patterns per unit, of 100 units'
    """
    figure, (ax,) = sheet(WIDTH, 3.2)
    for (called, values), colour, marker in zip(shares.items(), (NETWORK, BASELINE, STYLE["green"]), "osD", strict=False):
        ax.plot(loads, values, color=colour, marker=marker, markersize=4, linewidth=1.6, label=called)
    ax.axvline(limit, color=STYLE["muted"], linewidth=1.0, linestyle="--")
    ax.annotate(
        f"{limit:g}, Amit et al. 1985", (limit, ax.get_ylim()[0]), (5, 6), textcoords="offset points", color=STYLE["muted"], fontsize=SMALL
    )
    name(ax, f"patterns per unit, of {units} units", "share of right bits")
    legend(ax)
    return figure


def associations(kernel: np.ndarray, keys: np.ndarray | None = None, recalled: np.ndarray | None = None) -> "Figure":
    """The weights `(in, units)`; before them, where they are given, some keys as pictures, and below each what it calls up.

    >>> len(associations(np.ones((4, 9)), np.ones((2, 4)), np.ones((2, 9))).axes)
    5
    """
    shown = 0 if keys is None else min(len(keys), SHOWN)
    figure, axes = sheet(WIDTH if shown else WIDTH / 2, 3.0, 1 + bool(shown), ratios=[1.6, 1.0] if shown else None)
    if keys is not None and recalled is not None:
        inner = axes[0].get_subplotspec().subgridspec(2, shown)  # type: ignore[union-attr]
        axes[0].remove()
        for i in range(shown):
            for row, values, what in ((0, keys[i], "key"), (1, recalled[i], "recalled")):
                ax = figure.add_subplot(inner[row, i])
                pixels(ax, values)
                name(ax, what)
    pixels_of_matrix(axes[-1], kernel)
    name(axes[-1], "unit", "input")
    return figure


def pixels_of_matrix(ax: "Axes", values: np.ndarray) -> None:
    """A matrix in the colours of `pixels`."""
    limit = float(np.abs(values).max()) or 1.0
    bare(ax)
    ax.imshow(values, cmap=signs(), vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")


def pixels(ax: "Axes", values: np.ndarray, limit: float | None = None) -> None:
    """A vector as a picture, square where its length allows: blue above 0, orange below, paper at 0."""
    side = round(len(values) ** 0.5)
    limit = limit or float(np.abs(values).max()) or 1.0
    bare(ax)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.imshow(values.reshape(side, side) if side**2 == len(values) else values[None], cmap=signs(), vmin=-limit, vmax=limit, aspect="equal")


def signs() -> Any:
    """Orange below 0, paper at 0, blue above."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("neuralzoo signs", [STYLE["orange"], STYLE["paper"], STYLE["blue"]])
