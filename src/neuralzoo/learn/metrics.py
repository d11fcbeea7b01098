"""Metrics, with Keras's names: accuracies and errors here, counts of right and wrong in `confusion`.

model.compile(metrics=["accuracy", "auc", F1Score(average="macro")])
Accuracy()(y_true, y_pred)
"""

from typing import Any, ClassVar, cast

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Shaped

from neuralzoo.core.errors import ArgumentError
from neuralzoo.learn import losses as loss_functions
from neuralzoo.learn.confusion import AUC, ConfusionMatrix, F1Score, FBetaScore, Precision, Recall
from neuralzoo.learn.loss import Loss, aligned, class_labels, loss_named, losses
from neuralzoo.learn.metric import MeanMetric, Metric, Weight, metrics, ratio

__all__ = [
    "AUC", "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy", "CategoricalCrossentropy", "ConfusionMatrix",
    "CosineSimilarity", "F1Score", "FBetaScore", "LossMean", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanMetric",
    "MeanSquaredError", "Metric", "Precision", "R2Score", "Recall", "RootMeanSquaredError", "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy", "TopKCategoricalAccuracy", "metric_named", "metrics",
]  # fmt: skip

Values = Shaped[Array, "batch ..."]


@metrics.register("accuracy", "acc", "Accuracy")
class Accuracy(MeanMetric):
    """The share of right answers. The shapes say what an answer is, as with Keras's string "accuracy":

        predictions (n,) or (n, 1)                   binary: above the threshold
        targets (n,) or (n, 1), predictions (n, c)   class numbers against the largest output
        targets (n, c), predictions (n, c)           one-hot against the largest output
        predictions that are integers                equality

    Fields:
        threshold: of binary answers; 0 where the outputs are logits or the decision values of a hinge loss.

    Example:
        >>> float(Accuracy()([0, 2, 1, 1], [[0.8, 0.1, 0.1], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3], [0.9, 0.1, 0.0]]))
        0.75
    """

    threshold: float = 0.5

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
        if jnp.issubdtype(y_pred.dtype, jnp.integer):
            y, p = aligned(y_true, y_pred)
            return jnp.mean(y == p, axis=-1)
        if y_pred.ndim == 1 or y_pred.shape[-1] == 1:
            return BinaryAccuracy(self.threshold).values(y_true, y_pred)
        sparse = y_true.ndim < y_pred.ndim or y_true.shape[-1] == 1
        return (SparseCategoricalAccuracy() if sparse else CategoricalAccuracy()).values(y_true, y_pred)


@metrics.register()
class BinaryAccuracy(MeanMetric):
    """The share of outputs on the right side of the threshold; targets are 0 and 1, or -1 and 1."""

    threshold: float = 0.5

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = aligned(y_true, y_pred)
        return jnp.mean((y > 0.5) == (p > self.threshold), axis=-1)


@metrics.register()
class CategoricalAccuracy(MeanMetric):
    """The share of examples whose largest output is that of their one-hot target."""

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = aligned(y_true, y_pred)
        return jnp.argmax(y, axis=-1) == jnp.argmax(p, axis=-1)


@metrics.register()
class SparseCategoricalAccuracy(MeanMetric):
    """The share of examples whose largest output is that of their class number."""

    def values(self, y_true: Any, y_pred: Any) -> Values:
        labels, p = class_labels(y_true, y_pred)
        return labels == jnp.argmax(p, axis=-1)


@metrics.register("top_k_categorical_accuracy", "TopKCategoricalAccuracy")
class TopKCategoricalAccuracy(MeanMetric):
    """The share of examples whose one-hot target is among the k largest outputs (ties count as among them)."""

    k: int = 5

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = aligned(y_true, y_pred)
        return _among_largest(jnp.argmax(y, axis=-1), p, self.k)


@metrics.register("sparse_top_k_categorical_accuracy", "SparseTopKCategoricalAccuracy")
class SparseTopKCategoricalAccuracy(MeanMetric):
    """The share of examples whose class number is among the k largest outputs (ties count as among them)."""

    k: int = 5

    def values(self, y_true: Any, y_pred: Any) -> Values:
        return _among_largest(*class_labels(y_true, y_pred), self.k)


def _among_largest(labels: Array, p: Array, k: int) -> Array:
    own = jnp.take_along_axis(p, labels[..., None], axis=-1, mode="fill", fill_value=-jnp.inf)
    return jnp.sum(p > own, axis=-1) < k


class LossMean(MeanMetric):
    """Any loss as a metric: its mean over all examples."""

    loss: Loss

    @property
    def label(self) -> str:
        return self.name or self.loss.label

    def values(self, y_true: Any, y_pred: Any) -> Values:
        return self.loss.values(y_true, y_pred)


class _Formula(MeanMetric):
    """A metric whose class names the loss that it averages."""

    formula: ClassVar[type[Loss]]

    def values(self, y_true: Any, y_pred: Any) -> Values:
        settings = [getattr(self, name) for name in self.static_fields if name != "name"]
        return self.formula(*settings).values(y_true, y_pred)


@metrics.register("mse", "MSE", "mean_squared_error", "MeanSquaredError")
class MeanSquaredError(_Formula):
    """mean (y - ŷ)²."""

    formula = loss_functions.MeanSquaredError


@metrics.register("rmse", "RMSE", "root_mean_squared_error", "RootMeanSquaredError")
class RootMeanSquaredError(MeanSquaredError):
    """√ mean (y - ŷ)², the root being taken once, of the mean over all examples."""

    def result(self, stats: Any) -> Any:
        return np.sqrt(ratio(*stats))


@metrics.register("mae", "MAE", "mean_absolute_error", "MeanAbsoluteError")
class MeanAbsoluteError(_Formula):
    """mean |y - ŷ|."""

    formula = loss_functions.MeanAbsoluteError


@metrics.register("mape", "MAPE", "mean_absolute_percentage_error", "MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(_Formula):
    """100 · mean |y - ŷ| / |y|."""

    formula = loss_functions.MeanAbsolutePercentageError


@metrics.register()
class CosineSimilarity(_Formula):
    """mean cos(y, ŷ): more is better, where the loss of this name is its negative."""

    formula = loss_functions.CosineSimilarity

    def result(self, stats: Any) -> Any:
        return -ratio(*stats)


@metrics.register("binary_crossentropy", "bce", "BCE", "BinaryCrossentropy")
class BinaryCrossentropy(_Formula):
    """The loss of this name, averaged over all examples."""

    from_logits: bool = False
    label_smoothing: float = 0.0
    formula = loss_functions.BinaryCrossentropy


@metrics.register()
class CategoricalCrossentropy(_Formula):
    """The loss of this name, averaged over all examples."""

    from_logits: bool = False
    label_smoothing: float = 0.0
    formula = loss_functions.CategoricalCrossentropy


@metrics.register()
class SparseCategoricalCrossentropy(_Formula):
    """The loss of this name, averaged over all examples."""

    from_logits: bool = False
    formula = loss_functions.SparseCategoricalCrossentropy


@metrics.register("r2_score", "r2", "R2Score")
class R2Score(Metric):
    """1 - Σ(y - ŷ)² / Σ(y - ȳ)², the coefficient of determination. S. Wright, "Correlation and causation", 1921.

    The sums are float32: where the targets' mean is more than about 1000 times their deviation, centre the targets.

    Fields:
        class_aggregation: over several outputs: "uniform_average", "variance_weighted_average" or None for one each.
    """

    class_aggregation: str | None = "uniform_average"

    def __post_init__(self) -> None:
        if self.class_aggregation not in ("uniform_average", "variance_weighted_average", None):
            what = f"R2Score(class_aggregation={self.class_aggregation!r}) is unknown"
            raise ArgumentError(what, remedy="it is 'uniform_average', 'variance_weighted_average' or None")

    def measure(self, y_true: Any, y_pred: Any, weight: Weight) -> tuple[Array, ...]:
        y, p = (a.reshape(-1, a.shape[-1]) for a in aligned(y_true, y_pred))
        weight = jnp.repeat(weight, len(y) // len(weight))[:, None]
        return tuple(jnp.sum(a * weight, axis=0) for a in (jnp.ones_like(y), y, jnp.square(y), jnp.square(y - p)))

    def result(self, stats: Any) -> Any:
        count, total, squares, wrong = map(np.asarray, stats)
        spread_of_y = squares - total * ratio(total, count)
        scores = np.where(spread_of_y > 0, 1 - ratio(wrong, spread_of_y), 0)
        if self.class_aggregation == "variance_weighted_average":
            return ratio(np.sum(scores * spread_of_y), np.sum(spread_of_y))
        return np.mean(scores) if self.class_aggregation else scores


def metric_named(thing: Any, loss: Any = None) -> Metric:
    """The metric that a name, a class, a record, a loss or a function `(y_true, y_pred) -> values` stands for.

    Args:
        thing: what was asked for; given as a name, the history shows it under that name, as Keras does.
        loss: what is trained on, if known: for logits and hinge losses binary answers are decided at 0, not at ½.

    >>> metric_named("mse").label, metric_named("accuracy", loss="hinge")
    ('mse', Accuracy(name='accuracy', threshold=0.0))
    """
    if isinstance(thing, Metric):
        return thing
    if isinstance(thing, type) and issubclass(thing, Metric):
        return cast("type[Metric]", thing)()
    if not isinstance(thing, str):
        return LossMean(loss_named(thing))
    if thing not in metrics and thing in losses:
        return LossMean(losses[thing](), name=thing)
    metric = metrics[thing](name=thing)
    if isinstance(metric, Accuracy | BinaryAccuracy) and loss is not None and _decides_at_zero(loss_named(loss)):
        return metric.set(threshold=0.0)
    if isinstance(metric, AUC) and loss is not None and getattr(loss_named(loss), "from_logits", False):
        return metric.set(from_logits=True)
    return metric


def _decides_at_zero(loss: Loss) -> bool:
    return getattr(loss, "from_logits", False) or isinstance(loss, loss_functions.Hinge | loss_functions.SquaredHinge)
