"""Figures of autoencoders: filters, rows beside their reconstructions, and what lies between codes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.boltzmann_plots import tiles
from neuralzoo.inspect.boundary_plots import curve
from neuralzoo.inspect.style import BASELINE, NETWORK, STYLE, WIDTH, legend, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAIRS = 8  # rows shown with their reconstructions


def filters_and_loss(filters: np.ndarray, losses: Sequence[float]) -> "Figure":
    """Weights `(units, features)` of units as small pictures, and the loss by epoch.

    >>> filters_and_loss(np.ones((4, 9)), [1.0, 0.5]).axes[1].get_ylabel()
    'loss'
    """
    figure, axes = sheet(WIDTH if len(losses) else WIDTH / 2, 3.4, 2 if len(losses) else 1)
    _filters(axes[0], filters)
    if len(losses):
        curve(axes[1], losses, "loss")
    return figure


def filters_and_pairs(filters: np.ndarray, rows: np.ndarray, reconstructions: np.ndarray) -> "Figure":
    """Weights `(units, features)` as small pictures; and the first rows, each above what was made of it.

    >>> len(filters_and_pairs(np.ones((4, 9)), np.ones((3, 9)), np.zeros((3, 9))).axes)
    2
    """
    figure, axes = sheet(WIDTH, 3.4, 2, ratios=[1.0, 1.45])
    _filters(axes[0], filters)
    some, columns = min(len(rows), 2 * PAIRS), min(len(rows), PAIRS)
    parts = [part[i : i + columns] for i in range(0, some - some % columns, columns) for part in (rows, reconstructions)]
    together = np.concatenate(parts)
    tiles(axes[1], together, STYLE["paper"], STYLE["ink"], (min(float(rows.min()), 0.0), max(float(rows.max()), 1.0)), across=columns)
    name(axes[1], title="rows, and below each its reconstruction")
    return figure


def plane_and_terms(plane: np.ndarray, terms: Mapping[str, Sequence[float]], reach: float) -> "Figure":
    """What a code of two numbers stands for, `(side², features)` with the second falling from the top; and the bound's terms by epoch.

    >>> plane_and_terms(np.ones((9, 4)), {"kl": [1.0, 2.0]}, 2.0).axes[0].get_xlabel()
    'first number of the code, −2 to 2'
    """
    figure, axes = sheet(WIDTH, 3.7, 2)
    tiles(axes[0], plane, STYLE["paper"], STYLE["ink"], (min(float(plane.min()), 0.0), max(float(plane.max()), 1.0)))
    name(axes[0], f"first number of the code, −{reach:g} to {reach:g}", f"second, −{reach:g} to {reach:g}", "what codes stand for")
    _terms(axes[1], terms)
    return figure


def traversals_and_terms(rows: np.ndarray, terms: Mapping[str, Sequence[float]], reach: float) -> "Figure":
    """What becomes of a row as one number of its code after another moves, `(numbers, steps, features)`; and the bound's terms.

    >>> traversals_and_terms(np.ones((2, 3, 4)), {}, 3.0).axes[0].get_ylabel()
    'number of the code'
    """
    figure, axes = sheet(WIDTH, 3.7, 2, ratios=[1.2, 1.0])
    flat = rows.reshape(-1, rows.shape[-1])
    limits = (min(float(flat.min()), 0.0), max(float(flat.max()), 1.0))
    tiles(axes[0], flat, STYLE["paper"], STYLE["ink"], limits, across=rows.shape[1])
    name(axes[0], f"its value, −{reach:g} to {reach:g}", "number of the code", "one number of a code moved")
    _terms(axes[1], terms)
    return figure


def _filters(ax: "Axes", filters: np.ndarray) -> None:
    limit = float(np.quantile(np.abs(filters), 0.995)) or 1.0
    tiles(ax, filters, STYLE["orange"], STYLE["blue"], (-limit, limit))
    name(ax, title=f"weights of {len(filters)} units")


def _terms(ax: "Axes", terms: Mapping[str, Sequence[float]]) -> None:
    for (called, values), colour in zip(terms.items(), (NETWORK, BASELINE, STYLE["green"]), strict=False):
        curve(ax, values, "nats a row", called, colour)
    ax.set_ylim(bottom=0)
    name(ax, "epoch", "nats a row", "terms of the bound")
    legend(ax)
