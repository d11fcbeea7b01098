"""Which parts of an example a network's answer rests on: saliency, integrated gradients, occlusion."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.inspect.records import plain
from neuralzoo.inspect.scores import question, score, score_gradient
from neuralzoo.train.model import Model

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Attribution:
    """How much each number of each example counts for a score, the rows in front.

    Fields:
        method: how it was found.
        x: the examples.
        values: of the shape of `x`, or `(rows, height, width)` for a map over an image.
        target: the output asked about, for each example.
        score: that output before a softmax or sigmoid.
        baseline_score: of the baseline, where there is one.
    """

    method: str
    x: np.ndarray
    values: np.ndarray
    target: np.ndarray
    score: np.ndarray
    baseline_score: np.ndarray | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as dictionaries, lists and numbers, ready for JSON."""
        return plain(self)

    def figure(self, row: int = 0) -> "Figure":
        """One example beside what counts in it."""
        from neuralzoo.inspect.attribution_plots import attribution_figure

        return attribution_figure(self, row)


def saliency(model: Model, x: Any, target: Any = None) -> Attribution:
    """The gradient of a score with respect to the example: what a small change of each number would do.

    Args:
        model: a built model with one output, or one for each class.
        x: one example or several.
        target: the number of the output asked about, for all or for each; None for the highest.

    Reference: K. Simonyan, A. Vedaldi, A. Zisserman, "Deep inside convolutional networks", 2013.
    """
    net, x, target = question(model, x, target, "be asked what counts")
    return Attribution("saliency", x, np.asarray(score_gradient(net, x, target)), target, np.asarray(score(net, x, target)))


def integrated_gradients(model: Model, x: Any, target: Any = None, *, baseline: Any = 0.0, steps: int = 64) -> Attribution:
    """(x − baseline) · the mean gradient on the straight way from the baseline: the parts add up to score(x) − score(baseline).

    The mean is taken by Gauss and Legendre's rule, which is exact for smooth networks at a few steps.

    Args:
        model, x, target: as of `saliency`.
        baseline: what stands for «nothing there»: a number, an example, or one for each.
        steps: points on the way.

    Reference: M. Sundararajan, A. Taly, Q. Yan, "Axiomatic attribution for deep networks", ICML 2017.
    """
    if steps < 1:
        raise ArgumentError(f"there are {steps} steps on the way", remedy="take at least 1, 64 usually")
    net, x, target = question(model, x, target, "be asked what counts")
    start = _baseline(baseline, x)
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    mean = np.zeros(x.shape, np.float64)
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        mean += weight * np.asarray(score_gradient(net, (start + node * (x - start)).astype(np.float32), target), np.float64)
    ends = [np.asarray(score(net, rows, target)) for rows in (x, start)]
    return Attribution("integrated gradients", x, (x - start) * mean, target, *ends)


def occlusion(model: Model, x: Any, target: Any = None, *, size: Any = 1, stride: Any = None, baseline: Any = 0.0) -> Attribution:
    """How much a score falls when a window of the example is covered; where windows overlap, the mean of theirs.

    Args:
        model, x, target: as of `saliency`.
        size: of the window along each axis but the channels of an image: one number, or one for each axis.
        stride: how far the window moves, its size unless told.
        baseline: what the window is filled with, as of `integrated_gradients`.

    Reference: M. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014.
    """
    net, x, target = question(model, x, target, "be asked what counts")
    start, space = _baseline(baseline, x), x.shape[1:-1] if x.ndim > 2 else x.shape[1:]
    sizes, strides = (_per_axis(value, len(space)) for value in (size, size if stride is None else stride))
    if any(not 1 <= s <= n for s, n in zip(sizes, space, strict=True)) or min(strides) < 1:
        raise ArgumentError(f"a window of {sizes} moved by {strides} does not fit into {space}", remedy="give a smaller size, at least 1")
    whole = np.asarray(score(net, x, target), np.float64)
    total, count = np.zeros(x.shape), np.zeros(x.shape)
    for place in np.ndindex(*(-(-(n - s) // d) + 1 for n, s, d in zip(space, sizes, strides, strict=True))):
        window = (slice(None), *(slice(i * d, i * d + s) for i, s, d in zip(place, sizes, strides, strict=True)))
        covered = x.copy()
        covered[window] = start[window]
        fall = whole - np.asarray(score(net, covered, target), np.float64)
        total[window] += fall.reshape(-1, *(1,) * (x.ndim - 1))
        count[window] += 1
    return Attribution("occlusion", x, total / np.maximum(count, 1), target, whole, np.asarray(score(net, start, target)))


def _baseline(baseline: Any, x: np.ndarray) -> np.ndarray:
    try:
        return np.broadcast_to(np.asarray(baseline, np.float32), x.shape).astype(np.float32)
    except ValueError:
        what = f"the baseline has shape {np.shape(baseline)}, the examples {x.shape}"
        raise ShapeError(what, remedy="give a number, one example, or one for each") from None


def _per_axis(value: Any, axes: int) -> tuple[int, ...]:
    return (int(value),) * axes if np.ndim(value) == 0 else tuple(int(v) for v in value)[:axes]
