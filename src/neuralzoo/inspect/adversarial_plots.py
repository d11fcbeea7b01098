"""Figures of a generator and its critic: what is made, beside what is real, and how the game went."""

from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.style import BASELINE, NETWORK, STYLE, WIDTH, bare, legend, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GREEN = STYLE["green"]
COLUMNS = 8  # pictures side by side


def game(made: np.ndarray, real: np.ndarray | None, told: "dict[str, list[float]]") -> "Figure":
    """Made rows beside real ones, as pictures or as points; and the statistics of the game by epoch.

    >>> game(np.zeros((4, 2)), None, {"told_apart": [1.0, 0.5]}).axes[0].get_title(loc="left")
    '4 made rows'
    """
    figure, (left, right) = sheet(WIDTH, 3.6, 2, ratios=(1.1, 1.0))
    if made.ndim > 2:
        made = made[: COLUMNS**2]
        mosaic(left, made)
    else:
        points(left, made, real)
    name(left, *(("", "") if made.ndim > 2 else ("first feature", "second feature")), f"{len(made)} made rows")
    shares = (
        ("told_apart", "pairs told apart", BASELINE),
        ("coverage", "real rows covered", NETWORK),
        ("precision", "made rows precise", GREEN),
    )
    for key, label, colour in shares:
        if key in told:
            right.plot(np.arange(1, 1 + len(told[key])), told[key], color=colour, linewidth=1.6, label=label)
    right.axhline(0.5, color=STYLE["muted"], linewidth=0.8, linestyle="--")
    right.set_ylim(-0.02, 1.02)
    name(right, "epoch", "share", "how the game went")
    legend(right)
    return figure


def points(ax: "Axes", made: np.ndarray, real: np.ndarray | None) -> None:
    """The first two features of rows, or the histogram of a single one."""
    if made.shape[1] == 1:
        for rows, colour, label in ((real, STYLE["muted"], "real"), (made, NETWORK, "made")):
            if rows is not None:
                ax.hist(rows[:, 0], 40, color=colour, alpha=0.6, density=True, label=label)
    else:
        if real is not None:
            ax.scatter(real[:, 0], real[:, 1], s=26, color=STYLE["orange"], alpha=0.25, linewidths=0, label="real")
        ax.scatter(made[:, 0], made[:, 1], s=5, color=NETWORK, alpha=0.7, linewidths=0, label="made")
        ax.set_aspect("equal", "datalim")
    legend(ax)


def mosaic(ax: "Axes", images: np.ndarray, columns: int = COLUMNS) -> None:
    """Images `(rows, height, width[, channels])` beside and below each other, each scaled as all are."""
    images = images if images.ndim == 4 else images[..., None]
    rows = -(-len(images) // columns)
    low, high = float(images.min()), float(images.max())
    padded = np.full((rows * columns, images.shape[1] + 1, images.shape[2] + 1, images.shape[3]), high)
    padded[: len(images), :-1, :-1] = images
    whole = padded.reshape(rows, columns, *padded.shape[1:]).swapaxes(1, 2).reshape(rows * padded.shape[1], columns * padded.shape[2], -1)
    whole = (whole - low) / max(high - low, 1e-9)
    bare(ax)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.imshow(whole[..., 0] if whole.shape[-1] == 1 else whole, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
