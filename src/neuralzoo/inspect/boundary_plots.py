"""Figures of networks that decide: where the boundary runs, and how the mistakes fell."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.inspect.memory_plots import pixels_of_matrix
from neuralzoo.inspect.style import NETWORK, PANEL, SMALL, STYLE, WIDTH, bare, legend, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CLASSES = ("blue", "orange", "green", "purple", "muted")
MARKERS = ("o", "s", "^", "D", "v")
FINE = 200  # points of the plane along each side
MOST = 400  # rows that are drawn


def plane(x: np.ndarray, decide: Any, *, margin: float = 0.15) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The classes `decide(points)` over the plane around rows `(rows, 2)`, as (first axis, second axis, classes)."""
    low, high = x.min(axis=0), x.max(axis=0)
    room = margin * np.maximum(high - low, 1e-6)
    across, up = (np.linspace(low[i] - room[i], high[i] + room[i], FINE, dtype=np.float32) for i in (0, 1))
    points = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    return across, up, np.asarray(decide(points)).reshape(FINE, FINE)


def regions(ax: "Axes", over: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """The plane tinted by class, with a line where it changes."""
    from matplotlib.colors import ListedColormap

    across, up, classes = over
    count = max(2, int(classes.max()) + 1)
    tints = ListedColormap([STYLE[CLASSES[k % len(CLASSES)]] for k in range(count)])
    ax.pcolormesh(across, up, classes, cmap=tints, vmin=-0.5, vmax=count - 0.5, alpha=0.13, linewidth=0, rasterized=True)
    for k in range(1, count):
        if (classes >= k).any() and (classes < k).any():
            ax.contour(across, up, classes, levels=[k - 0.5], colors=STYLE["ink"], linewidths=1.2)


def points(ax: "Axes", x: np.ndarray, y: np.ndarray) -> None:
    """Rows `(rows, 2)`, each class with its colour and its marker; hollow ones from the sixth class on."""
    shown = np.linspace(0, len(x) - 1, min(MOST, len(x))).round().astype(int)
    for k in np.unique(y[shown]):
        of, style = shown[y[shown] == k], int(k) % len(CLASSES)
        color, hollow = STYLE[CLASSES[style]], int(k) >= len(CLASSES)
        look = {"s": 20, "marker": MARKERS[style], "facecolor": STYLE["paper"] if hollow else color}
        look |= {"edgecolor": color, "linewidth": 1.0} if hollow else {"edgecolor": STYLE["paper"], "linewidth": 0.6}
        ax.scatter(x[of, 0], x[of, 1], label=f"class {int(k)}", **look)


def weights(ax: "Axes", kernel: np.ndarray) -> None:
    """The weights `(in, units)`, orange below 0 and blue above: a bar each where there are few, else a matrix."""
    if kernel.shape[1] == 1 and len(kernel) <= 32:
        values = kernel[:, 0]
        ax.bar(np.arange(len(values)) + 1, values, color=[STYLE["blue" if v >= 0 else "orange"] for v in values], width=0.7)
        ax.axhline(0, color=STYLE["muted"], linewidth=0.8)
        name(ax, "input", "weight")
        return
    pixels_of_matrix(ax, kernel.T)
    name(ax, "input", "unit")


def curve(ax: "Axes", values: Sequence[float], what: str, label: str = "", colour: str = NETWORK) -> None:
    """One number an epoch."""
    from matplotlib.ticker import MaxNLocator

    epochs = np.arange(1, len(values) + 1)
    ax.plot(epochs, values, color=colour, linewidth=1.6, marker="o" if len(values) < 30 else "", markersize=3.5, label=label or None)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    if all(float(v).is_integer() for v in values):
        ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    name(ax, "epoch", what)


def decisions(
    kernel: np.ndarray, values: Sequence[float], what: str, rows: "tuple[np.ndarray, np.ndarray] | None" = None, decide: Any = None
) -> "Figure":
    """Left the plane with its boundary where rows `(x, y)` of two features are given, else the weights; right a curve by epochs.

    >>> decisions(np.ones((2, 1)), [3.0, 0.0], "mistakes").axes[1].get_ylabel()
    'mistakes'
    """
    figure, axes = sheet(WIDTH if len(values) else PANEL, 2.9, 2 if len(values) else 1)
    if rows is None:
        weights(axes[0], kernel)
    else:
        regions(axes[0], plane(rows[0], decide))
        points(axes[0], *rows)
        axes[0].grid(visible=False)
        name(axes[0], "first input", "second input")
        legend(axes[0])
    if len(values):
        curve(axes[1], values, what)
        axes[1].set_ylim(bottom=0)
    return figure


def densities(x: np.ndarray, y: np.ndarray, probabilities: Any) -> "Figure":
    """Rows `(n, 2)` of classes `(n,)` over the plane, each place tinted by its class, the paler the less sure it is.

    >>> len(densities(np.eye(2), np.arange(2), lambda points: np.full((len(points), 2), 0.5)).axes)
    1
    """
    from matplotlib.colors import to_rgb

    figure, (ax,) = sheet(5.6, 4.2)
    across, up, sure = plane(x, lambda points: probabilities(points).max(axis=1))
    classes = plane(x, lambda points: probabilities(points).argmax(axis=1))[2]
    count = int(max(classes.max(), y.max())) + 1
    floor = 1 / max(2, count)
    strength = 0.45 * np.clip((sure - floor) / (1 - floor), 0, 1)[..., None]
    tints = np.array([to_rgb(STYLE[CLASSES[k % len(CLASSES)]]) for k in range(count)])[classes]
    box = (across[0], across[-1], up[0], up[-1])
    ax.imshow(strength * tints + 1 - strength, origin="lower", extent=box, aspect="auto", interpolation="nearest")
    points(ax, x, y)
    ax.grid(visible=False)
    name(ax, "first input", "second input")
    legend(ax)
    return figure


def truth_table(inputs: np.ndarray, sums: np.ndarray, threshold: float) -> "Figure":
    """The weighted sum of each of the inputs `(rows, m)` beside the threshold; a full dot where the neuron fires.

    >>> truth_table(np.array([[0, 1]]), np.array([1.0]), 1.0).axes[0].get_ylabel()
    'weighted sum'
    """
    figure, (ax,) = sheet(max(PANEL, min(WIDTH, 1.2 + 0.3 * len(inputs))), 2.6)
    fires, places = sums >= threshold, np.arange(len(inputs))
    bare(ax, grid="y")
    ax.vlines(places, np.minimum(sums.min(), 0), sums, color=STYLE["grid"], linewidth=1.2)
    for on, face, label in ((True, NETWORK, "fires"), (False, STYLE["paper"], "is silent")):
        which = fires == on
        ax.scatter(places[which], sums[which], s=42, color=face, edgecolor=NETWORK, linewidth=1.4, zorder=3, label=label)
    ax.axhline(threshold, color=STYLE["orange"], linewidth=1.4, linestyle=(0, (4, 1.5)), label="threshold")
    ax.set_xticks(places, ["".join(str(int(v)) for v in row) for row in inputs], rotation=90 if inputs.size > 12 else 0, fontsize=SMALL)
    ax.margins(y=0.2)
    name(ax, "inputs", "weighted sum")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=SMALL, labelcolor=STYLE["ink"], handlelength=1.4)
    return figure
