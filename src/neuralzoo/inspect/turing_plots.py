"""Figures of machines with a memory: what goes in and comes out, and where the heads look, step by step."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.inspect.style import NETWORK, STYLE, WIDTH, bare, dress, name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LARGE = 32  # slots above which those that nobody looks at are left out
LOOKED_AT = 0.05  # the largest weighting of a slot from which it is shown there


def heads_at_work(x: np.ndarray, y: np.ndarray, write: np.ndarray, read: np.ndarray) -> "Figure":
    """One sequence: inputs `(steps, inputs)` and answers `(steps, bits)`, and below them the weightings `(steps, heads, slots)`.

    Several heads are drawn one below the other. Of a large memory slots at which none ever looks are left out, and answers that are
    NaN, those that nobody asked for, stay empty.

    >>> figure = heads_at_work(np.ones((4, 3)), np.ones((4, 2)), np.ones((4, 1, 5)), np.ones((4, 1, 5)))
    >>> [ax.get_title(loc="left") for ax in figure.axes]
    ['Inputs', 'Answers', 'Writing', 'Reading']
    """
    from matplotlib.figure import Figure

    heads = max(write.shape[1], read.shape[1])
    figure = Figure(figsize=(WIDTH, 3.2 + 1.6 * heads), facecolor=STYLE["paper"], layout="constrained")
    figure.get_layout_engine().set(w_pad=0.06, h_pad=0.06, wspace=0.06)  # type: ignore[union-attr]
    axes = figure.subplots(1 + heads, 2, squeeze=False, sharex=True, gridspec_kw={"height_ratios": [1.0] + [1.7] * heads})
    slots = _slots(np.concatenate([write, read], axis=1))
    for ax, values, what in ((axes[0, 0], x, "Inputs"), (axes[0, 1], y, "Answers")):
        _strip(ax, values.T)
        name(ax, "", "bit" if what == "Answers" else "input", what)
    for column, (weightings, what) in enumerate(((write, "Writing"), (read, "Reading"))):
        for row in range(heads):
            ax = axes[1 + row, column]
            if row >= weightings.shape[1]:
                ax.remove()
                continue
            _strip(ax, weightings[:, row, slots].T, slots)
            last, called = row == weightings.shape[1] - 1, what if weightings.shape[1] == 1 else f"{what}, head {row + 1}"
            name(ax, "step" if last else "", "slot", called)
    return figure


def _slots(weightings: np.ndarray) -> np.ndarray:
    """The numbers of the slots to show: a piece of the ring that holds all that a head looks at."""
    count = weightings.shape[-1]
    used = np.flatnonzero(weightings.max(axis=(0, 1)) >= LOOKED_AT)
    if count <= LARGE or not len(used):
        return np.arange(count)
    gaps = np.diff(np.append(used, used[0] + count))
    first = used[(gaps.argmax() + 1) % len(used)]  # behind the largest piece at which nobody looks
    return (first + np.arange(count - gaps.max() + 1)) % count


def _strip(ax: "Axes", values: np.ndarray, rows: np.ndarray | None = None) -> None:
    """A matrix with time along, from paper to blue, the first row below; numbers outside 0 to 1 are drawn as the nearest."""
    dress(ax)
    bare(ax)
    ax.imshow(values, cmap=_shades(), vmin=0, vmax=1, aspect="auto", interpolation="nearest", origin="lower")
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(True)
    count = len(values)
    shown = np.unique(np.linspace(0, count - 1, min(count, 5)).round().astype(int))
    ax.set_yticks(shown, [str(i if rows is None else rows[i]) for i in shown])


def _shades() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("neuralzoo share", [STYLE["paper"], NETWORK])
