"""Figures of layers over the plane: the line where each unit turns, and what the units of each layer make of every place."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.inspect.boundary_plots import FINE, curve, plane, points, regions
from neuralzoo.inspect.memory_plots import signs
from neuralzoo.inspect.style import SMALL, STYLE, WIDTH, bare, legend, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UNITS = 8  # of a layer that are shown


def half_planes(
    x: np.ndarray, y: np.ndarray, decide: Callable[[Any], Any], kernel: np.ndarray, bias: np.ndarray, losses: Sequence[float]
) -> "Figure":
    """The plane as a network decides with rows `(rows, 2)`, a dashed line where each unit of `kernel` `(2, units)` turns; and the loss.

    >>> figure = half_planes(np.eye(2), np.arange(2), lambda points: points[:, 0] > 0.5, np.eye(2), np.zeros(2), [1.0, 0.5])
    >>> [ax.get_ylabel() for ax in figure.axes]
    ['second input', 'loss']
    """
    figure, axes = sheet(WIDTH, 3.3, 2 if len(losses) else 1, ratios=[1.35, 1.0] if len(losses) else None)
    over = plane(x, decide)
    _decided(axes[0], over, x, y)
    for (w1, w2), b in zip(kernel.T, bias, strict=True):
        ends = np.stack([_limits(over[0]), _limits(over[1])])
        if abs(w2) >= abs(w1):
            across = ends[0]
            up = -(w1 * across + b) / w2
        else:
            up = ends[1]
            across = -(w2 * up + b) / w1 if w1 else np.full(2, np.inf)
        axes[0].plot(across, up, color=STYLE["ink"], linewidth=0.9, linestyle=(0, (4, 2)), alpha=0.55, zorder=2)
    axes[0].set(xlim=_limits(over[0]), ylim=_limits(over[1]))
    name(axes[0], "first input", "second input", f"{kernel.shape[1]} units, each a line")
    if len(losses):
        curve(axes[1], losses, "loss")
        axes[1].set_ylim(bottom=0)
    return figure


def through_the_layers(x: np.ndarray, y: np.ndarray, decide: Callable[[Any], Any], units: Callable[[Any], "list[np.ndarray]"]) -> "Figure":
    """The plane as a network decides with rows `(rows, 2)`; and as units of each layer, from input to output, see it: blue above 0.

    >>> say = lambda points: [points, points @ np.ones((2, 1))]
    >>> figure = through_the_layers(np.eye(2), np.arange(2), lambda points: points[:, 0] > 0.5, say)
    >>> len(figure.axes)
    4
    """
    figure, (left, right) = sheet(1.2 * WIDTH, 3.4, 2, ratios=[1.0, 1.9])
    over = plane(x, decide)
    _decided(left, over, x, y)
    name(left, "first input", "second input", "decided")
    grid = np.stack(np.meshgrid(over[0][::4], over[1][::4]), axis=-1).reshape(-1, 2)
    said = [layer.reshape(FINE // 4, FINE // 4, -1) for layer in units(grid)]
    widest = min(max(layer.shape[2] for layer in said), UNITS)
    inner = right.get_subplotspec().subgridspec(len(said), widest, wspace=0.05, hspace=0.05)  # type: ignore[union-attr]
    right.remove()
    for row, layer in enumerate(said):
        for column in range(min(layer.shape[2], widest)):
            ax = figure.add_subplot(inner[row, column])
            seen = layer[:, :, column]
            limit = float(np.abs(seen).max()) or 1.0
            ax.imshow(seen, origin="lower", cmap=signs(), vmin=-limit, vmax=limit, aspect="auto")
            bare(ax)
            ax.set_xticks([])
            ax.set_yticks([])
            if column == 0:
                ax.set_ylabel(f"layer {row + 1}", fontsize=SMALL, color=STYLE["ink"])
    return figure


def _decided(ax: "Axes", over: "tuple[np.ndarray, np.ndarray, np.ndarray]", x: np.ndarray, y: np.ndarray) -> None:
    regions(ax, over)
    points(ax, x, y)
    ax.grid(visible=False)
    legend(ax)


def _limits(values: np.ndarray) -> "tuple[float, float]":
    return float(values[0]), float(values[-1])
