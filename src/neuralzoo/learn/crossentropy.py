"""Crossentropies: the price, in nats, of the probability given to what happened.

From probabilities they clip at 1e-7, as Keras does, so a confident mistake costs at most 16.1 and has no gradient. From
logits they are exact and keep their gradient: `with_logits()` is that form, for a network without its last activation.
"""

from typing import Any, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.kernels.bernoulli import bernoulli_surprise
from neuralzoo.learn.loss import EPSILON, Loss, aligned, class_labels, losses

Values = Float[Array, "batch ..."]


@losses.register("binary_crossentropy", "bce", "BCE", "BinaryCrossentropy")
class BinaryCrossentropy(Loss):
    """mean of -y · log p - (1 - y) · log(1 - p) over independent yes-or-no outputs.

    Fields:
        from_logits: the predictions are not probabilities but what a sigmoid would be applied to.
        label_smoothing: targets are moved by this share towards ½.

    Example:
        >>> round(float(BinaryCrossentropy()([1, 0], [[0.8], [0.4]])), 4)
        0.367
    """

    from_logits: bool = False
    label_smoothing: float = 0.0

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = aligned(y_true, y_pred)
        y = y * (1 - self.label_smoothing) + self.label_smoothing / 2
        if self.from_logits:
            return jnp.mean(bernoulli_surprise(y, p), axis=-1)
        p = _clipped(p)
        return -jnp.mean(y * jnp.log(p) + (1 - y) * jnp.log(1 - p), axis=-1)

    def with_logits(self) -> Self:
        return self.set(from_logits=True)


@losses.register()
class CategoricalCrossentropy(Loss):
    """-Σ y · log p over the classes, for one-hot targets or distributions; probabilities are made to sum to 1.

    Fields:
        from_logits: the predictions are not probabilities but what a softmax would be applied to.
        label_smoothing: this share of each target is spread evenly over all classes.

    Example:
        >>> round(float(CategoricalCrossentropy()([[0, 1, 0]], [[0.1, 0.7, 0.2]])), 4)
        0.3567
    """

    from_logits: bool = False
    label_smoothing: float = 0.0

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = aligned(y_true, y_pred)
        y = y * (1 - self.label_smoothing) + self.label_smoothing / y.shape[-1]
        return -jnp.sum(y * _log_probability(p, self.from_logits), axis=-1)

    def with_logits(self) -> Self:
        return self.set(from_logits=True)


@losses.register()
class SparseCategoricalCrossentropy(Loss):
    """-log p of the right class, for targets that are class numbers: `(batch, *places)` and `(batch, *places, classes)`.

    A class number that does not exist gives NaN, which training reports, rather than another class's price.

    Example:
        >>> round(float(SparseCategoricalCrossentropy()([1], [[0.1, 0.7, 0.2]])), 4)
        0.3567
    """

    from_logits: bool = False

    def values(self, y_true: Any, y_pred: Any) -> Values:
        labels, p = class_labels(y_true, y_pred)
        log_probability = _log_probability(p, self.from_logits)
        classes = jnp.arange(p.shape[-1])
        own = jnp.sum(jnp.where(labels[..., None] == classes, log_probability, 0), axis=-1)  # a gather's gradient would be a scatter
        return jnp.where(labels < len(classes), -own, jnp.nan)

    def with_logits(self) -> Self:
        return self.set(from_logits=True)


def _clipped(p: Array) -> Array:
    return jnp.clip(p, EPSILON, 1 - EPSILON)


def _log_probability(p: Array, from_logits: bool) -> Array:
    if from_logits:
        return jax.nn.log_softmax(p, axis=-1)
    return jnp.log(_clipped(p / jnp.sum(p, axis=-1, keepdims=True)))
