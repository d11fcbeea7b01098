"""Figures of how the gradient fares on its way back through a network: does it vanish, explode, or arrive?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.naming import matches
from neuralzoo.inspect.style import NETWORK, SMALL, STYLE, WIDTH, bare, legend, name, plain, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, LogNorm
    from matplotlib.figure import Figure

    from neuralzoo.train.callbacks.gradients import GradientNorms

LINES = (("blue", "-"), ("orange", (0, (4, 1.5))), ("green", (0, (1, 1))), ("purple", (0, (6, 1, 1, 1))))
MARKED = 30  # layers on a line that are marked by points
COLUMNS = 40  # more epochs than that are thinned out


def gradient_norms(records: "Mapping[str, GradientNorms]", only: str | None = None) -> "Figure":
    """The gradient's norm by layer, for up to four networks side by side, each recorded by the callback `GradientNorms`.

    First the mean over all epochs from the layer next to the input to the one next to the output, a line for each network; then
    for each a map of its layers (top to bottom) over its epochs. All scales are logarithmic, those of the maps the same.
    `only` is a pattern for the names of the layers to draw, such as "conv*" for a deep network with normalization between.

    >>> from neuralzoo.layers import Dense
    >>> from neuralzoo.models import Sequential
    >>> from neuralzoo.train.callbacks.gradients import GradientNorms
    >>> model, record = Sequential([Dense(3, input_shape=(2,)), Dense(1)]), GradientNorms()
    >>> model.compile("sgd", "mse")
    >>> _ = model.fit(np.ones((8, 2), np.float32), np.ones((8, 1), np.float32), epochs=2, callbacks=[record])
    >>> len(gradient_norms({"small": record}).axes)  # the lines, one map, its scale
    3
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    if not 1 <= len(records) <= len(LINES):
        raise ArgumentError(f"there are {len(records)} records to draw", remedy=f"give one to {len(LINES)}")
    for label, record in records.items():
        if not record.norms.size:
            raise DataError(f"the record of {label!r} is empty", remedy="fit a model with it as a callback first")
    shown = {label: _visible(record.norms[:, _chosen(label, record.names, only)]) for label, record in records.items()}
    values = np.concatenate([norms[np.isfinite(norms)] for norms in shown.values()])
    low, high = (values.min(), values.max()) if values.size else (1.0, 1.0)
    longest = max(norms.shape[1] for norms in shown.values())
    width = WIDTH + 1.5 * max(0, len(records) - 2)
    figure, axes = sheet(width, min(2.4 + 0.09 * longest, 5.5), 1 + len(records), ratios=[2.5] + [1.0] * len(records))
    _depth_lines(axes[0], shown)
    scale = LogNorm(low, max(high, low * 1.001))
    for ax, (label, norms) in zip(axes[1:], shown.items(), strict=True):
        _layer_map(ax, norms, records[label].epoch, scale)
        name(ax, "epoch", "layer" if ax is axes[1] else "", label)
    bar = figure.colorbar(ScalarMappable(scale, _blues()), ax=axes[1:], shrink=0.8, pad=0.02)
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    bar.ax.tick_params(labelsize=SMALL, labelcolor=STYLE["muted"], length=0)
    return figure


def _chosen(label: str, names: list[str], only: str | None) -> list[int]:
    """The places of the layers to draw."""
    chosen = [i for i, layer in enumerate(names) if only is None or matches(layer, only)]
    if not chosen:
        what = f"no layer of {label!r} is called like {only!r}"
        raise ArgumentError(what, remedy=f"its layers are {', '.join(names[:5])}, …")
    return chosen


def _visible(norms: np.ndarray) -> np.ndarray:
    """What a logarithmic scale can show: 0 and what is not finite become gaps."""
    norms = np.array(norms, float)
    norms[~np.isfinite(norms) | (norms <= 0)] = np.nan
    return norms


def _depth_lines(ax: "Axes", shown: Mapping[str, np.ndarray]) -> None:
    from matplotlib.ticker import MaxNLocator

    for (label, norms), (colour, dashes) in zip(shown.items(), LINES, strict=False):
        logs = np.log(norms)
        known = np.isfinite(logs).any(axis=0)
        mean = np.full(logs.shape[1], np.nan)
        mean[known] = np.exp(np.nanmean(logs[:, known], axis=0))
        marker = "o" if len(mean) <= MARKED else ""
        style = {"color": STYLE[colour], "linestyle": dashes, "linewidth": 1.8, "marker": marker, "markersize": 3}
        ax.plot(np.arange(1, len(mean) + 1), mean, label=plain(label, 24), **style)
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    name(ax, "layer, from input to output", "norm of the gradient")
    legend(ax)


def _layer_map(ax: "Axes", norms: np.ndarray, epochs: list[int], scale: "LogNorm") -> None:
    kept = np.unique(np.linspace(0, len(norms) - 1, min(len(norms), COLUMNS)).round().astype(int))
    bare(ax)
    ax.pcolormesh(norms[kept].T, norm=scale, cmap=_blues(), linewidth=0)
    ticks = np.unique([0, len(kept) - 1])
    ax.set_xticks(ticks + 0.5, [str(epochs[kept[i]] + 1) for i in ticks])
    layers = np.unique(np.linspace(0, norms.shape[1] - 1, min(norms.shape[1], 6)).round().astype(int))
    ax.set_yticks(layers + 0.5, [str(i + 1) for i in layers])
    ax.invert_yaxis()


def _blues() -> "Colormap":
    """From almost white, for a gradient that hardly is one, to the blue of networks and on into ink."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("neuralzoo", [STYLE["grid"], NETWORK, STYLE["ink"]])
