"""Figures of convolutional networks at work: filters, what they find in an image, and what comes back to them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.inspect.boundary_plots import curve
from neuralzoo.inspect.memory_plots import signs
from neuralzoo.inspect.style import BASELINE, NETWORK, STYLE, WIDTH, bare, legend, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 16  # filters, or maps, of a layer


def filters_and_maps(image: np.ndarray, kernel: np.ndarray, first: np.ndarray, last: np.ndarray) -> "Figure":
    """An image, the filters `(height, width, in, filters)`, and the maps `(height, width, filters)` of a first and a last convolution.

    >>> figure = filters_and_maps(np.ones((8, 8, 1)), np.ones((3, 3, 1, 4)), np.ones((6, 6, 4)), np.ones((4, 4, 8)))
    >>> [ax.get_title(loc="left") for ax in figure.axes]
    ['image', 'filters', 'what they find', 'the last convolution']
    """
    figure, axes = sheet(1.15 * WIDTH, 2.6, 4, ratios=[1.0, 1.0, 1.0, 1.0])
    picture(axes[0], image)
    filters = np.moveaxis(kernel.mean(axis=2), -1, 0)
    _mosaic(axes[1], filters, signs(), float(np.abs(filters).max()) or 1.0, signed=True)
    for ax, maps in ((axes[2], first), (axes[3], last)):
        _maps(ax, maps)
    for ax, title in zip(axes, ("image", "filters", "what they find", "the last convolution"), strict=True):
        name(ax, title=title)
    return figure


def branches(image: np.ndarray, maps: Mapping[str, np.ndarray]) -> "Figure":
    """An image, and the maps `(height, width, filters)` that each branch makes of it.

    >>> len(branches(np.ones((8, 8, 1)), {"1 × 1": np.ones((8, 8, 2)), "pool": np.ones((8, 8, 4))}).axes)
    3
    """
    figure, axes = sheet(1.15 * WIDTH, 2.2, 1 + len(maps))
    picture(axes[0], image)
    name(axes[0], title="image")
    for ax, (called, found) in zip(axes[1:], maps.items(), strict=True):
        _maps(ax, found)
        name(ax, title=called)
    return figure


def gradients_by_depth(lines: Mapping[str, np.ndarray], losses: Sequence[float]) -> "Figure":
    """The gradient's norm at each layer, first to last, a line for each of up to two networks; and the loss by epoch.

    >>> gradients_by_depth({"plain": np.ones(4)}, [1.0, 0.5]).axes[0].get_ylabel()
    'norm of the gradient'
    """
    figure, axes = sheet(WIDTH, 3.1, 2 if len(losses) else 1, ratios=[1.4, 1.0] if len(losses) else None)
    for (called, norms), colour, marker in zip(lines.items(), (NETWORK, BASELINE), "os", strict=False):
        axes[0].plot(np.arange(1, len(norms) + 1), norms, color=colour, marker=marker, markersize=4, linewidth=1.6, label=called)
    axes[0].set_yscale("log")
    name(axes[0], "convolution, from input to output", "norm of the gradient")
    legend(axes[0])
    if len(losses):
        curve(axes[1], losses, "loss")
        axes[1].set_ylim(bottom=0)
    return figure


def picture(ax: "Axes", image: np.ndarray) -> None:
    """An image `(height, width, channels)` of grey or colours."""
    bare(ax)
    ax.set(xticks=[], yticks=[])
    low, high = float(image.min()), float(image.max())
    shown = (image - low) / ((high - low) or 1.0)
    ax.imshow(shown if image.shape[-1] == 3 else shown.mean(-1), cmap="gray", vmin=0, vmax=1, interpolation="nearest")


def _maps(ax: "Axes", maps: np.ndarray) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("neuralzoo maps", [STYLE["paper"], NETWORK, STYLE["ink"]])
    strongest = np.argsort(-maps.max(axis=(0, 1)), kind="stable")[:SHOWN]
    shown = np.moveaxis(maps[:, :, np.sort(strongest)], -1, 0)
    _mosaic(ax, np.maximum(shown, 0), colours, float(shown.max()) or 1.0, signed=False)


def _mosaic(ax: "Axes", tiles: np.ndarray, colours: Any, limit: float, signed: bool) -> None:
    """Small pictures `(count, height, width)` in a square with lines between."""
    tiles = tiles[:SHOWN]
    across = int(np.ceil(len(tiles) ** 0.5))
    down = -(-len(tiles) // across)
    height, width = tiles.shape[1:]
    whole = np.full((down * (height + 1) - 1, across * (width + 1) - 1), np.nan)
    for i, tile in enumerate(tiles):
        top, left = i // across * (height + 1), i % across * (width + 1)
        whole[top : top + height, left : left + width] = tile
    bare(ax)
    ax.set(xticks=[], yticks=[])
    ax.set_facecolor(STYLE["grid"])
    ax.imshow(np.ma.masked_invalid(whole), cmap=colours, vmin=-limit if signed else 0, vmax=limit, interpolation="nearest")
