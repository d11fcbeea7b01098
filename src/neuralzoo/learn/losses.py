"""Losses, with Keras's names: records, the functions of the same formulas, and names for both.

    model.compile(loss="mse")                                       by name
    model.compile(loss=CategoricalCrossentropy(label_smoothing=.1)) a record
    model.compile(loss=lambda y, p: jnp.abs(y - p).mean(-1))        any function

Shapes: `y_true` and `y_pred` are `(batch, *places, outputs)`; every formula below is over the outputs of one place.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.registry import snake_case
from neuralzoo.core.regularizers import magnitude
from neuralzoo.learn.crossentropy import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from neuralzoo.learn.loss import EPSILON, FunctionLoss, Loss, aligned, loss_named, losses
from neuralzoo.learn.triplet import TripletLoss

__all__ = [
    "BinaryCrossentropy", "CategoricalCrossentropy", "CategoricalHinge", "CosineSimilarity", "FunctionLoss", "HalfSquaredError",
    "Hinge", "Huber", "KLDivergence", "LogCosh", "Loss", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Poisson", "SparseCategoricalCrossentropy", "SquaredHinge", "TripletLoss", "aligned",
    "binary_crossentropy", "categorical_crossentropy", "categorical_hinge", "cosine_similarity", "hinge", "huber", "kl_divergence",
    "log_cosh", "loss_named", "losses", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "poisson", "sparse_categorical_crossentropy", "squared_hinge",
]  # fmt: skip

Values = Float[Array, "batch ..."]


@losses.register("mse", "MSE", "mean_squared_error", "MeanSquaredError")
class MeanSquaredError(Loss):
    """mean (y - ŷ)².

    Example:
        >>> float(MeanSquaredError()([[0.0, 1.0]], [[0.0, 3.0]]))
        2.0
    """

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = aligned(y_true, y_pred)
        return jnp.mean(jnp.square(y - p), axis=-1)


@losses.register()
class HalfSquaredError(Loss):
    """½ Σ (y - ŷ)² over all outputs of an example: the form of which the delta rule is the gradient.

    Example:
        >>> float(HalfSquaredError()([[0.0, 1.0]], [[0.0, 3.0]]))
        2.0
    """

    def values(self, y_true: Any, y_pred: Any) -> Float[Array, " batch"]:
        y, p = aligned(y_true, y_pred)
        return jnp.sum(jnp.square(y - p).reshape(len(y), -1), axis=1) / 2


@losses.register("mae", "MAE", "mean_absolute_error", "MeanAbsoluteError")
class MeanAbsoluteError(Loss):
    """mean |y - ŷ|; its derivative at y = ŷ is 0."""

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = aligned(y_true, y_pred)
        return jnp.mean(magnitude(y - p), axis=-1)


@losses.register("mape", "MAPE", "mean_absolute_percentage_error", "MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(Loss):
    """100 · mean |y - ŷ| / max(|y|, 1e-7)."""

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = aligned(y_true, y_pred)
        return 100 * jnp.mean(magnitude(y - p) / jnp.maximum(jnp.abs(y), EPSILON), axis=-1)


@losses.register("msle", "MSLE", "mean_squared_logarithmic_error", "MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(Loss):
    """mean (log(1 + y) - log(1 + ŷ))², values below 1e-7 counting as 1e-7."""

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = (jnp.log1p(jnp.maximum(a, EPSILON)) for a in aligned(y_true, y_pred))
        return jnp.mean(jnp.square(y - p), axis=-1)


@losses.register()
class Huber(Loss):
    """mean of ½ e² where |e| ≤ delta, else delta · (|e| - ½ delta), e = ŷ - y. P. Huber, "Robust estimation", 1964."""

    delta: float = 1.0

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = aligned(y_true, y_pred)
        near = jnp.clip(p - y, -self.delta, self.delta)
        return jnp.mean(near * (p - y - near / 2), axis=-1)


@losses.register("log_cosh", "logcosh", "LogCosh")
class LogCosh(Loss):
    """mean log cosh(ŷ - y): ½ e² for small errors, |e| - log 2 for large ones."""

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = aligned(y_true, y_pred)
        return jnp.mean(p - y + jax.nn.softplus(-2 * (p - y)) - jnp.log(2.0), axis=-1)


@losses.register()
class Hinge(Loss):
    """mean max(1 - y · ŷ, 0) for labels ±1; a label 0 counts as -1. C. Cortes, V. Vapnik, 1995."""

    def values(self, y_true: Any, y_pred: Any) -> Values:
        return jnp.mean(_short_of_margin(y_true, y_pred), axis=-1)


@losses.register()
class SquaredHinge(Loss):
    """mean max(1 - y · ŷ, 0)² for labels ±1; a label 0 counts as -1."""

    def values(self, y_true: Any, y_pred: Any) -> Values:
        return jnp.mean(jnp.square(_short_of_margin(y_true, y_pred)), axis=-1)


@losses.register()
class CategoricalHinge(Loss):
    """max(1 + the largest wrong score - the right score, 0) for one-hot labels. J. Weston, C. Watkins, 1999."""

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = aligned(y_true, y_pred)
        return jax.nn.relu(jnp.max((1 - y) * p, axis=-1) - jnp.sum(y * p, axis=-1) + 1)


@losses.register("kl_divergence", "kld", "KLD", "kullback_leibler_divergence", "KLDivergence")
class KLDivergence(Loss):
    """Σ y · log(y / ŷ), both clipped to [1e-7, 1]. S. Kullback, R. Leibler, 1951."""

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = (jnp.clip(a, EPSILON, 1) for a in aligned(y_true, y_pred))
        return jnp.sum(y * jnp.log(y / p), axis=-1)


@losses.register()
class Poisson(Loss):
    """mean (ŷ - y · log ŷ), for counts y and their predicted means ŷ > 0."""

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = aligned(y_true, y_pred)
        return jnp.mean(p - y * jnp.log(p + EPSILON), axis=-1)


@losses.register()
class CosineSimilarity(Loss):
    """-cos(y, ŷ), so that less is better; 0 where either is the zero vector."""

    def values(self, y_true: Any, y_pred: Any) -> Values:
        y, p = (a * jax.lax.rsqrt(jnp.maximum(jnp.sum(jnp.square(a), -1, keepdims=True), EPSILON**2)) for a in aligned(y_true, y_pred))
        return -jnp.sum(y * p, axis=-1)


def _short_of_margin(y_true: Any, y_pred: Any) -> Float[Array, "batch ... outputs"]:
    y, p = aligned(y_true, y_pred)
    return jax.nn.relu(1 - jnp.where(y == 0, -1, y) * p)


def _function(kind: type[Loss]) -> Callable[[Any, Any], Values]:
    """The formula of a loss without settings, as a function of its own."""

    def function(y_true: Any, y_pred: Any) -> Values:
        return kind().values(y_true, y_pred)

    function.__name__ = function.__qualname__ = snake_case(kind.__name__)
    function.__doc__ = kind.__doc__
    return function


mean_squared_error = _function(MeanSquaredError)
mean_absolute_error = _function(MeanAbsoluteError)
mean_absolute_percentage_error = _function(MeanAbsolutePercentageError)
mean_squared_logarithmic_error = _function(MeanSquaredLogarithmicError)
log_cosh = _function(LogCosh)
hinge = _function(Hinge)
squared_hinge = _function(SquaredHinge)
categorical_hinge = _function(CategoricalHinge)
kl_divergence = _function(KLDivergence)
poisson = _function(Poisson)
cosine_similarity = _function(CosineSimilarity)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Values:
    """`Huber(delta)` as a function."""
    return Huber(delta).values(y_true, y_pred)


def binary_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0) -> Values:
    """`BinaryCrossentropy(from_logits, label_smoothing)` as a function."""
    return BinaryCrossentropy(from_logits, label_smoothing).values(y_true, y_pred)


def categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0) -> Values:
    """`CategoricalCrossentropy(from_logits, label_smoothing)` as a function."""
    return CategoricalCrossentropy(from_logits, label_smoothing).values(y_true, y_pred)


def sparse_categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False) -> Values:
    """`SparseCategoricalCrossentropy(from_logits)` as a function."""
    return SparseCategoricalCrossentropy(from_logits).values(y_true, y_pred)
