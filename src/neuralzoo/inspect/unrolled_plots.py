"""Figures of recurrent networks unrolled: what comes in, what the units and gates do with it, and what comes out, step by step."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.memory_plots import signs
from neuralzoo.inspect.style import BASELINE, NETWORK, SMALL, STYLE, WIDTH, bare, dress, name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES = 2  # numbers a step that are drawn as lines; more are a row of pixels each
COLOURS = (NETWORK, BASELINE)


def unrolled(panels: Mapping[str, np.ndarray], symbols: Sequence[str] | None = None) -> "Figure":
    """Panels `(time, numbers)` one below the other, time going right; gates, whose names end so, from 0, white, to 1.

    A panel of one step is the answer at the end, drawn below the last step. `symbols` name the steps.

    >>> len(unrolled({"input": np.ones((5, 1)), "update gate": np.ones((5, 8))}, "hello").axes)
    2
    """
    from matplotlib.figure import Figure

    heights = [0.75 if panel.shape[1] <= LINES else float(np.clip(0.085 * panel.shape[1], 0.45, 1.1)) for panel in panels.values()]
    figure = Figure(figsize=(WIDTH, sum(heights) + 0.16 * len(panels) + 0.5), facecolor=STYLE["paper"], layout="constrained")
    figure.get_layout_engine().set(h_pad=0.03, hspace=0.0)  # type: ignore[union-attr]
    axes = figure.subplots(len(panels), 1, squeeze=False, gridspec_kw={"height_ratios": heights})[:, 0]
    steps = max(len(panel) for panel in panels.values())
    for ax, (called, panel) in zip(axes, panels.items(), strict=True):
        dress(ax)
        (_lines if panel.shape[1] <= LINES and len(panel) > 1 else _cells)(ax, called, panel, steps)
        ax.set(xlim=(-0.5, steps - 0.5), xticks=[])
        ax.set_ylabel(called, fontsize=SMALL, color=STYLE["ink"], rotation=0, ha="right", va="center")
    last: Axes = axes[-1]
    shown = np.arange(steps) if symbols is not None else np.unique(np.linspace(0, steps - 1, min(steps, 11)).round().astype(int))
    last.set_xticks(shown, [str(symbols[int(i)]) for i in shown] if symbols is not None else [str(i + 1) for i in shown], fontsize=SMALL)
    name(last, "step", last.get_ylabel())
    last.set_ylabel(last.get_ylabel(), fontsize=SMALL, rotation=0, ha="right", va="center")
    return figure


def _lines(ax: "Axes", called: str, panel: np.ndarray, steps: int) -> None:
    for i, line in enumerate(panel.T):
        ax.plot(line, color=COLOURS[i % 2], linewidth=1.4, marker="os"[i % 2] if steps <= 40 else "", markersize=3)
    ax.margins(y=0.15)
    ax.tick_params(labelsize=SMALL - 1)
    ax.locator_params(axis="y", nbins=3)


def _cells(ax: "Axes", called: str, panel: np.ndarray, steps: int) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    bare(ax)
    ax.set_yticks([])
    first = steps - len(panel)
    box = (first - 0.5, steps - 0.5, panel.shape[1] - 0.5, -0.5)
    if called.endswith("gate") or (panel.min() >= 0 and panel.max() <= 1):
        colours, low, high = LinearSegmentedColormap.from_list("neuralzoo gates", [STYLE["paper"], NETWORK]), 0.0, 1.0
    else:
        high = float(np.abs(panel).max()) or 1.0
        colours, low = signs(), -high
    ax.imshow(panel.T, cmap=colours, vmin=low, vmax=high, aspect="auto", interpolation="nearest", extent=box)
    for side in ("top", "right", "bottom", "left"):
        ax.spines[side].set(visible=True, color=STYLE["grid"], linewidth=0.8)
