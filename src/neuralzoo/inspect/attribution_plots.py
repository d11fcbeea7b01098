"""Figures of what counts in an example, and of what units and filters see."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.numerals import number
from neuralzoo.inspect.style import STYLE, WIDTH, bare, name, plain, sheet
from neuralzoo.inspect.trace_plots import picture, values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuralzoo.inspect.attributions import Attribution

ACROSS = 8  # small pictures side by side


def attribution_figure(seen: "Attribution", row: int = 0) -> "Figure":
    """An example, and what counts in it for its score: blue speaks for it, orange against it.

    >>> from neuralzoo.inspect.attributions import Attribution
    >>> x = np.ones((1, 4))
    >>> len(attribution_figure(Attribution("saliency", x, x, np.zeros(1, int), np.ones(1))).axes)
    2
    """
    figure, axes = sheet(WIDTH, 3.2 if seen.x.ndim > 2 else 2.4, 2)
    x, found = seen.x[row], seen.values[row]
    image(axes[0], x)
    name(axes[0], title="example")
    if found.ndim == 2 and x.ndim == 3 and found.shape == x.shape[:2]:
        overlay(axes[1], x, found)
    elif found.ndim == 3:
        picture(axes[1], found.sum(-1))
    else:
        values(axes[1], found)
    name(axes[1], f"output {int(seen.target[row])}, score {number(seen.score[row], 3)}", title=plain(seen.method))
    return figure


def image(ax: "Axes", x: np.ndarray) -> None:
    """An example as people see it: an image in its own colours, anything else as numbers."""
    if x.ndim != 3 or x.shape[-1] not in (1, 3):
        values(ax, x)
        return
    bare(ax)
    ax.set(xticks=[], yticks=[])
    low, high = float(x.min()), float(x.max())
    scaled = (x - low) / ((high - low) or 1.0)
    ax.imshow(scaled if x.shape[-1] == 3 else 1 - scaled[..., 0], cmap="gray", vmin=0, vmax=1, interpolation="nearest")


def overlay(ax: "Axes", x: np.ndarray, found: np.ndarray) -> None:
    """A map over a pale image, contours at a third and two thirds of its highest place."""
    image(ax, x if x.shape[-1] in (1, 3) else x.mean(-1, keepdims=True))
    for shown in ax.images:
        shown.set_alpha(0.45)
    most = float(np.abs(found).max()) or 1.0
    from matplotlib.colors import LinearSegmentedColormap

    clear = [STYLE["orange"] + "d0", STYLE["paper"] + "00", STYLE["blue"] + "d0"]
    ax.imshow(found, cmap=LinearSegmentedColormap.from_list("clear", clear), vmin=-most, vmax=most, interpolation="bilinear")
    if found.max() > 0 and min(found.shape) > 1:
        ax.contour(found, levels=[found.max() / 3, found.max() / 1.5], colors=STYLE["ink"], linewidths=0.8)


def gallery(pictures: Sequence[np.ndarray], titles: Sequence[str] = (), title: str = "") -> "Figure":
    """Small pictures side by side: `(height, width)` in orange and blue, `(height, width, 1 or 3)` as images.

    >>> len(gallery([np.ones((2, 2))] * 3).axes)
    3
    """
    from matplotlib.figure import Figure

    across = min(ACROSS, max(1, len(pictures)))
    down = -(-len(pictures) // across)
    high = WIDTH / across * 1.12
    figure = Figure(figsize=(WIDTH, high * down + 0.4 * bool(title)), facecolor=STYLE["paper"], layout="constrained")
    for i, shown in enumerate(pictures):
        ax = figure.add_subplot(down, across, i + 1)
        if shown.ndim == 3:
            image(ax, shown)
        else:
            picture(ax, shown)
        if i < len(titles):
            ax.set_title(plain(titles[i], 18), fontsize=7.5, color=STYLE["muted"], pad=3)
    if title:
        figure.suptitle(plain(title), fontsize=10, color=STYLE["ink"], fontweight="bold", x=0.01, ha="left")
    return figure
