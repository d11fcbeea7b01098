"""Metrics that count right and wrong by class: precision, recall, F, the area under a curve, the confusion matrix."""

from dataclasses import field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.learn.loss import aligned, class_labels
from neuralzoo.learn.metric import Metric, Weight, metrics, ratio


def _flat(y_true: Any, y_pred: Any, weight: Weight) -> tuple[Array, Array, Array]:
    """Targets and predictions as `(examples · places, outputs)`, and the weight of each row."""
    y, p = (a.reshape(-1, a.shape[-1]) for a in aligned(y_true, y_pred))
    return y, p, jnp.repeat(weight, len(y) // len(weight))


def _one_hot(y_true: Any, y_pred: Any) -> Any:
    """Targets as columns where they are class numbers."""
    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    if y_pred.ndim == 1 or y_pred.shape[-1] == 1 or y_true.shape == y_pred.shape:
        return y_true
    labels, y_pred = class_labels(y_true, y_pred)
    return jax.nn.one_hot(labels, y_pred.shape[-1])


class ThresholdCount(Metric):
    """Counts (true positives, false positives, false negatives) at one threshold or several.

    Fields:
        thresholds: above it an output is a yes; ½ unless given. Several, as a tuple, give several results.
        class_id: the only output to count; None counts all of them together.
    """

    thresholds: float | tuple[float, ...] | None = None
    class_id: int | None = field(default=None, kw_only=True)

    def measure(self, y_true: Any, y_pred: Any, weight: Weight) -> tuple[Array, Array, Array]:
        y, p, weight = _flat(_one_hot(y_true, y_pred), y_pred, weight)
        if self.class_id is not None:
            y, p = y[:, self.class_id, None], p[:, self.class_id, None]
        at = jnp.asarray(0.5 if self.thresholds is None else self.thresholds)
        yes, true = p[..., None] > at.reshape(-1), (y > 0.5)[..., None]
        counts = (yes & true, yes & ~true, ~yes & true)
        return tuple(jnp.einsum("nct,n->t", c.astype(jnp.float32), weight).reshape(at.shape) for c in counts)  # pyright: ignore[reportReturnType]


@metrics.register()
class Precision(ThresholdCount):
    """Of those called positive, the share that is: TP / (TP + FP); 0 where none was called positive.

    Example:
        >>> round(float(Precision()([1, 0, 1, 1], [0.9, 0.8, 0.7, 0.1])), 4)
        0.6667
    """

    def result(self, stats: Any) -> Any:
        right, wrong, _ = stats
        return ratio(right, right + wrong)


@metrics.register()
class Recall(ThresholdCount):
    """Of those that are positive, the share that was found: TP / (TP + FN); 0 where none is positive."""

    def result(self, stats: Any) -> Any:
        right, _, missed = stats
        return ratio(right, right + missed)


@metrics.register("fbeta_score", "FBetaScore")
class FBetaScore(Metric):
    """(1 + β²) TP / ((1 + β²) TP + β² FN + FP) for each class: the harmonic mean of precision and recall, β times as much recall.

    Fields:
        average: over classes: None for one score each, "macro" (their mean), "weighted" (by the number of examples) or "micro"
            (one score from all counts).
        beta: how many times as important recall is as precision.
        threshold: above it an output is a yes; None takes the largest output of several, and ½ for a single one.
    Targets may be one-hot, class numbers or, for a single output, 0 and 1.

    Reference: C. van Rijsbergen, "Information retrieval", 1979.
    """

    average: str | None = None
    beta: float = 1.0
    threshold: float | None = None

    def __post_init__(self) -> None:
        if self.average not in (None, "micro", "macro", "weighted"):
            what = f"{type(self).__name__}(average={self.average!r}) is unknown"
            raise ArgumentError(what, remedy="average is None, 'micro', 'macro' or 'weighted'")

    def measure(self, y_true: Any, y_pred: Any, weight: Weight) -> tuple[Array, Array, Array]:
        y, p, weight = _flat(_one_hot(y_true, y_pred), y_pred, weight)
        true, yes = y > 0.5, p > (0.5 if self.threshold is None else self.threshold)
        if self.threshold is None and p.shape[-1] > 1:
            yes = p == jnp.max(p, axis=-1, keepdims=True)
        counts = (yes & true, yes & ~true, ~yes & true)
        return tuple(weight @ c.astype(jnp.float32) for c in counts)  # pyright: ignore[reportReturnType]

    def result(self, stats: Any) -> Any:
        right, wrong, missed = (np.sum(np.asarray(s), keepdims=True) if self.average == "micro" else np.asarray(s) for s in stats)
        square = self.beta**2
        scores = ratio((1 + square) * right, (1 + square) * right + square * missed + wrong)
        if self.average == "weighted":
            return ratio(np.sum(scores * (right + missed)), np.sum(right + missed))
        return np.mean(scores) if self.average or len(scores) == 1 else scores


@metrics.register("f1_score", "f1", "F1Score")
class F1Score(Metric):
    """2 TP / (2 TP + FP + FN) for each class; see `FBetaScore`.

    Example:
        >>> round(float(F1Score("macro")([0, 1, 1], [[0.8, 0.2], [0.4, 0.6], [0.7, 0.3]])), 4)
        0.6667
    """

    average: str | None = None
    threshold: float | None = None

    def __post_init__(self) -> None:
        self._general()

    def measure(self, y_true: Any, y_pred: Any, weight: Weight) -> tuple[Array, Array, Array]:
        return self._general().measure(y_true, y_pred, weight)

    def result(self, stats: Any) -> Any:
        return self._general().result(stats)

    def _general(self) -> FBetaScore:
        return FBetaScore(self.average, 1.0, self.threshold)


@metrics.register("auc", "AUC")
class AUC(Metric):
    """The area under the curve of true against false positives ("ROC") or of precision against recall ("PR").

    Outputs between 0 and 1 are counted in num_thresholds - 1 equal bins. The ROC area is exact up to pairs of a positive and a
    negative in the same bin, which count ½: the error is at most ½ Σ (share of positives in a bin · share of negatives in it).
    Keras has 200 thresholds; a bin costs one addition here, so there are 1000. The PR area is interpolated between thresholds.

    Fields:
        num_thresholds: see above.
        curve: "ROC" or "PR".
    By name only:
        multi_label: the mean of the areas of all outputs, rather than one area of all outputs together.
        from_logits: outputs are not between 0 and 1, and go through a sigmoid first.

    Reference: J. Hanley, B. McNeil, "The meaning and use of the area under a ROC curve", 1982; J. Davis, M. Goadrich, 2006 (PR).
    """

    num_thresholds: int = 1000
    curve: str = "ROC"
    multi_label: bool = field(default=False, kw_only=True)
    from_logits: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        if self.curve not in ("ROC", "PR") or self.num_thresholds < 2:
            raise ArgumentError(f"{self!r} cannot be measured", remedy="curve is 'ROC' or 'PR', num_thresholds at least 2")

    def measure(self, y_true: Any, y_pred: Any, weight: Weight) -> Float[Array, "2 labels bins"]:
        y, p, weight = _flat(_one_hot(y_true, y_pred), y_pred, weight)
        p = jax.nn.sigmoid(p) if self.from_logits else p
        bins = self.num_thresholds - 1
        at = jnp.clip(jnp.ceil(p * bins) - 1, 0, bins - 1).astype(jnp.int32)
        label = jnp.arange(y.shape[1]) if self.multi_label else jnp.zeros(y.shape[1], jnp.int32)
        counts = jnp.zeros((2, y.shape[1] if self.multi_label else 1, bins))
        return counts.at[(y > 0.5).astype(jnp.int32), label, at].add(weight[:, None])

    def result(self, stats: Any) -> Any:
        # counts above each threshold, from the highest threshold (nothing is above it) down
        above = np.cumsum(np.flip(np.asarray(stats), axis=-1), axis=-1)
        negatives, positives = np.concatenate([np.zeros_like(above[..., :1]), above], axis=-1)
        area = self._roc(negatives, positives) if self.curve == "ROC" else self._pr(negatives, positives)
        return np.mean(area)

    def _roc(self, fp: Float[np.ndarray, "labels points"], tp: Float[np.ndarray, "labels points"]) -> Any:
        heights = (tp[:, 1:] + tp[:, :-1]) / 2
        return ratio(np.sum(np.diff(fp) * heights, axis=-1), fp[:, -1] * tp[:, -1])

    def _pr(self, fp: Float[np.ndarray, "labels points"], tp: Float[np.ndarray, "labels points"]) -> Any:
        called = fp + tp
        slope = ratio(np.diff(tp), np.diff(called))  # of true positives in those called positive, within a bin
        intercept = tp[:, :-1] - slope * called[:, :-1]
        before, after = called[:, :-1], called[:, 1:]
        growth = np.where(before > 0, np.log(np.where(before > 0, after, 1) / np.where(before > 0, before, 1)), 0)
        return ratio(np.sum(slope * (np.diff(tp) + intercept * growth), axis=-1), tp[:, -1])


@metrics.register()
class ConfusionMatrix(Metric):
    """How many examples of each class (rows) were taken for which (columns): `(num_classes, num_classes)`.

    Targets are class numbers or one-hot; predictions are one output for each class, class numbers (integers), or a single
    output that is class 1 above ½.

    Example:
        >>> ConfusionMatrix(2)([0, 0, 1], [0.2, 0.7, 0.9]).tolist()
        [[1.0, 1.0], [0.0, 1.0]]
    """

    num_classes: int = 2

    def measure(self, y_true: Any, y_pred: Any, weight: Weight) -> Float[Array, "true predicted"]:
        true, taken = self._classes(y_true).reshape(-1), self._classes(y_pred).reshape(-1)
        counts = jnp.zeros((self.num_classes, self.num_classes))
        return counts.at[true, taken].add(jnp.repeat(weight, len(true) // len(weight)))

    def result(self, stats: Any) -> Any:
        return np.asarray(stats)

    def _classes(self, y: Any) -> Array:
        y = jnp.asarray(y)
        if y.ndim > 1 and y.shape[-1] == self.num_classes:
            return jnp.argmax(y, axis=-1)
        return y.astype(jnp.int32) if jnp.issubdtype(y.dtype, jnp.integer) else jnp.floor(y + 0.5).astype(jnp.int32)
