"""Figures of codes: what a decoder makes where one number of the code changes, and which causes each number stands for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.style import NETWORK, PANEL, SMALL, STYLE, TEXT, WIDTH, bare, name, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def traversals(pictures: np.ndarray, values: np.ndarray, called: Sequence[str], told: str = "value of the unit") -> "Figure":
    """Pictures `(units, values, height, width, channels)`: a row for each unit of the code, which takes values; `told` says what they are.

    >>> traversals(np.ones((2, 3, 8, 8, 1)), np.array([-1.0, 0.0, 1.0]), ["pose", "light"]).axes[0].get_xlabel()
    'value of the unit'
    """
    units, many, height, width = pictures.shape[:4]
    figure, (ax,) = sheet(WIDTH, 0.7 + (WIDTH - 1.0) * units * (height + 1) / (many * (width + 1)))
    framed = np.pad(pictures, ((0, 0), (0, 0), (0, 1), (0, 1), (0, 0)), constant_values=1.0)
    whole = framed.swapaxes(1, 2).reshape(units * (height + 1), many * (width + 1), -1)
    ax.imshow(np.clip(whole if whole.shape[-1] == 3 else whole.mean(-1), 0, 1), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    bare(ax)
    ax.set_xticks((np.arange(many) + 0.5) * (width + 1), [f"{v:+.1f}" for v in values])
    ax.set_yticks((np.arange(units) + 0.5) * (height + 1), called)
    ax.tick_params(labelsize=TEXT, labelcolor=STYLE["ink"])
    name(ax, told)
    return figure


def explained(shares: np.ndarray, units: Sequence[str], factors: Sequence[str]) -> "Figure":
    """R² `(units, factors)` of each unit with each true factor, as a matrix.

    >>> explained(np.eye(2), ["unit 0", "unit 1"], ["pose", "light"]).axes[0].get_xlabel()
    'true factor'
    """
    figure, (ax,) = sheet(PANEL, 0.8 + 0.5 * len(units))
    from matplotlib.colors import LinearSegmentedColormap

    ax.imshow(shares, cmap=LinearSegmentedColormap.from_list("neuralzoo shares", [STYLE["paper"], NETWORK]), vmin=0, vmax=1, aspect="auto")
    for (i, j), value in np.ndenumerate(shares):
        ax.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=SMALL, color=STYLE["paper" if value > 0.55 else "ink"])
    bare(ax)
    ax.set_xticks(range(len(factors)), factors)
    ax.set_yticks(range(len(units)), units)
    ax.tick_params(labelsize=TEXT, labelcolor=STYLE["ink"])
    name(ax, "true factor", "", "R²")
    return figure
