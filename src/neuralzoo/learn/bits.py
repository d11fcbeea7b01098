"""What a sequence of bits costs, counted in bits for the whole sequence; steps at which nothing is asked cost nothing."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.learn.crossentropy import BinaryCrossentropy
from neuralzoo.learn.loss import aligned, losses
from neuralzoo.learn.metric import Metric, ratio, spread

LN2 = 0.6931471805599453


@losses.register()
class BitsPerSequence(BinaryCrossentropy):
    """Σ of -log₂ of the probability given to each bit of a sequence; a target below 0 is not asked for, and costs nothing.

    Example (one bit known, one guessed, one not asked for):
        >>> round(float(BitsPerSequence()([[[1.0], [0.0], [-1.0]]], [[[1.0], [0.5], [0.9]]])), 4)
        1.0
    """

    def values(self, y_true: Any, y_pred: Any) -> Float[Array, " batch"]:
        y, p = aligned(y_true, y_pred)
        price = BinaryCrossentropy(self.from_logits, self.label_smoothing).values(jnp.maximum(y, 0)[..., None], p[..., None])
        return jnp.sum(jnp.where(y < 0, 0, price).reshape(len(y), -1), axis=1) / LN2


class BitErrors(Metric):
    """The share of the bits asked for that are nearer to the wrong one; a target below 0 is not asked for.

    Example:
        >>> float(BitErrors()([[[1.0], [0.0], [-1.0]]], [[[0.9], [0.8], [0.9]]]))
        0.5
    """

    def measure(self, y_true: Any, y_pred: Any, weight: Float[Array, " batch"]) -> tuple[Array, Array]:
        y, p = aligned(y_true, y_pred)
        asked = (y >= 0) * spread(weight, y)
        return jnp.sum(((p >= 0.5) != (y >= 0.5)) * asked), jnp.sum(asked)

    def result(self, stats: Any) -> Any:
        return ratio(*stats)
