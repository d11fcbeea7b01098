"""Figures of chains: who follows whom, and which hidden state a series is in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.style import NETWORK, SMALL, STYLE, WIDTH, bare, dress, name, plain, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST = 0.02  # probabilities below it are not drawn as arrows
THICK = 4.0  # points: an arrow that is always taken
COLOURS = ("blue", "orange", "green", "purple")


def transitions(matrix: np.ndarray, labels: Sequence[object]) -> "Figure":
    """P of each of `(states, states)` after each: states in a circle with arrows as thick as the probabilities, and the matrix.

    >>> transitions(np.eye(2), "ab").axes[1].get_xlabel()
    'then'
    """
    figure, axes = sheet(WIDTH, 3.6, 2)
    circle(axes[0], matrix, labels)
    heat(axes[1], matrix, labels)
    return figure


def hidden_states(series: np.ndarray, path: np.ndarray, posteriors: np.ndarray) -> "Figure":
    """A series `(time,)` with its likeliest states `(time,)` as coloured ground, and P of each state `(time, states)` below.

    >>> hidden_states(np.arange(4.0), np.array([0, 0, 1, 1]), np.eye(2)[[0, 0, 1, 1]]).axes[1].get_ylabel()
    'P(state)'
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, 3.6), facecolor=STYLE["paper"], layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[1.6, 1.0])
    for ax in (upper, lower):
        dress(ax)
    states, time = posteriors.shape[1], np.arange(len(series))
    colours = [STYLE[COLOURS[state]] if state < len(COLOURS) else shade(state - len(COLOURS)) for state in range(states)]
    ends = np.append(np.flatnonzero(np.diff(path)) + 1, len(path))
    for start, end in zip(np.append(0, ends[:-1]), ends, strict=True):
        upper.axvspan(start - 0.5, end - 0.5, color=colours[path[start]], alpha=0.16, linewidth=0)
        if end - start > len(path) / 20:
            at = {"transform": upper.get_xaxis_transform(), "ha": "center", "va": "top", "fontsize": SMALL, "color": colours[path[start]]}
            upper.text((start + end - 1) / 2, 0.98, str(path[start]), **at)
    upper.plot(time, series, color=STYLE["ink"], linewidth=1.0, marker="o" if len(series) <= 60 else None, markersize=3)
    lower.stackplot(time, posteriors.T, colors=colours, alpha=0.7, linewidth=0)
    lower.set(ylim=(0, 1), xlim=(-0.5, len(series) - 0.5))
    name(upper, "", "observed")
    name(lower, "step", "P(state)")
    return figure


def shade(place: int) -> str:
    """Greys for states beyond those that have a colour."""
    return str(0.35 + 0.5 * (place * 0.618 % 1))


def circle(ax: "Axes", matrix: np.ndarray, labels: Sequence[object]) -> None:
    """The states in a circle, clockwise from the top; an arrow from each to what may follow it, bent to its left."""
    from matplotlib.patches import Circle, FancyArrowPatch

    bare(ax)
    ax.set(xticks=[], yticks=[], xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal")
    turn = 2 * np.pi * np.arange(len(matrix)) / len(matrix)
    places = np.stack([np.sin(turn), np.cos(turn)], axis=1) if len(matrix) > 1 else np.zeros((1, 2))
    radius = min(0.2, 2.2 / max(len(matrix), 1))
    look = {"color": NETWORK, "arrowstyle": "-|>,head_length=4,head_width=2.5", "zorder": 1, "mutation_scale": 1}
    for i, j in zip(*np.nonzero(matrix >= LEAST), strict=True):
        weight = {"linewidth": 0.4 + THICK * matrix[i, j], "alpha": 0.25 + 0.7 * matrix[i, j]}
        if i == j:
            middle = places[i] * (1 + radius * 1.3) if len(matrix) > 1 else np.array([0, radius * 1.3])
            ax.add_patch(Circle(tuple(middle), radius * 0.9, fill=False, edgecolor=NETWORK, zorder=1, **weight))
            continue
        way = (places[j] - places[i]) / np.linalg.norm(places[j] - places[i])
        ends = [tuple(places[i] + way * radius), tuple(places[j] - way * (radius + 0.03))]
        ax.add_patch(FancyArrowPatch(*ends, connectionstyle="arc3,rad=0.18", shrinkA=0, shrinkB=0, **look, **weight))
    for place, label in zip(places, labels, strict=True):
        ax.add_patch(Circle(tuple(place), radius, facecolor=STYLE["paper"], edgecolor=STYLE["ink"], linewidth=1.0, zorder=2))
        ax.text(place[0], place[1], said(label), ha="center", va="center", fontsize=SMALL, color=STYLE["ink"], zorder=3)


def heat(ax: "Axes", matrix: np.ndarray, labels: Sequence[object]) -> None:
    """The matrix as shades, with numbers where they can be read."""
    from matplotlib.colors import LinearSegmentedColormap

    bare(ax)
    shades = LinearSegmentedColormap.from_list("neuralzoo shares", [STYLE["paper"], STYLE["blue"]])
    ax.imshow(matrix, cmap=shades, vmin=0, vmax=1)
    names, ticks = [said(label) for label in labels], range(len(labels))
    ax.set_xticks(ticks, names)
    ax.set_yticks(ticks, names)
    name(ax, "then", "first")
    if len(matrix) > 8:
        return
    for i, j in np.ndindex(*matrix.shape):
        colour = STYLE["paper"] if matrix[i, j] > 0.5 else STYLE["ink"]
        ax.text(j, i, f"{matrix[i, j]:.2f}", ha="center", va="center", fontsize=SMALL, color=colour)


def said(label: object) -> str:
    """A label as a figure can hold it: white space is shown, long ones are shortened.

    >>> said(" "), said("thunderstorm"), said(3)
    ('␣', 'thunder…', '3')
    """
    return {" ": "␣", "\n": "⏎", "\t": "⇥"}.get(label, plain(label, 8)) if isinstance(label, str) else plain(label, 8)
