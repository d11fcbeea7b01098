"""Figures of what the units of a convolutional network see."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.inspect.style import STYLE, WIDTH, bare, name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 4  # units beside each other


def seen(images: "list[np.ndarray]", projections: "list[np.ndarray]", called: "list[str]") -> "Figure":
    """For each unit the images `(shown, height, width, channels)` that drive it most, and below each what of it came back.

    >>> one = np.ones((3, 8, 8, 1))
    >>> len(seen([one], [one], ["unit 0"]).axes)
    1
    """
    from matplotlib.figure import Figure

    columns = min(COLUMNS, len(images))
    rows = -(-len(images) // columns)
    shown = len(images[0])
    side = WIDTH / columns
    figure: Any = Figure(figsize=(WIDTH, rows * (side * 2 / shown + 0.42)), facecolor=STYLE["paper"], layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for ax, above, below, text in zip(axes, images, projections, called, strict=False):
        bare(ax)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.imshow(np.concatenate([_strip(above, signed=False), _strip(below, signed=True)]), interpolation="nearest")
        name(ax, title=text)
    for ax in axes[len(images) :]:
        ax.remove()
    return figure


def _strip(images: np.ndarray, signed: bool) -> np.ndarray:
    """Images beside each other with a white line between, in grey or, with signs, orange below 0 and blue above."""
    from neuralzoo.inspect.memory_plots import signs

    images = images.mean(-1) if images.shape[-1] != 3 or signed else images
    if signed:
        limit = np.abs(images).max(axis=(1, 2), keepdims=True)
        coloured = signs()(0.5 + images / np.maximum(2 * limit, 1e-12))[..., :3]
    else:
        low, high = images.min(), images.max()
        grey = 1 - (images - low) / max(high - low, 1e-12)
        coloured = grey if grey.ndim == 4 else np.repeat(grey[..., None], 3, -1)
    framed = np.pad(coloured, ((0, 0), (0, 1), (0, 1), (0, 0)), constant_values=1.0)
    return np.concatenate(list(framed), axis=1)
