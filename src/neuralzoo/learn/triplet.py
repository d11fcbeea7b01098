"""The triplet loss: an embedding in which the same is near and the different is far."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.learn.loss import Loss, losses

FAR = jnp.inf


@losses.register()
class TripletLoss(Loss):
    """max(margin + d(anchor, positive) - d(anchor, negative), 0), d Euclidean, over triplets found inside the batch.

    `y_true` are labels `(batch,)`, `y_pred` embeddings `(batch, d)`. Every example is an anchor and has one value:
        "hard": its farthest positive and its nearest negative (Hermans).
        "semi-hard": for each positive, the nearest negative that is farther away, or else the farthest one (Schroff); their mean.
        "all": the mean over all its triplets.
    An anchor without a positive or without a negative in the batch costs 0: draw batches of P labels with K examples each.
    Examples with a label below 0 take no part. Two that lie on the same point have gradient 0 between them, not NaN.
    "hard" needs memory for batch² distances, the others for batch³ triplets.

    Fields:
        margin: how much farther than positives negatives must be.
        mining: "hard", "semi-hard" or "all".

    References: F. Schroff et al., "FaceNet", CVPR 2015; A. Hermans et al., "In defense of the triplet loss", 2017.

    Example:
        >>> float(TripletLoss(margin=1.0)([0, 0, 1], [[0.0], [1.0], [1.5]]))
        0.6666666865348816
    """

    margin: float = 1.0
    mining: str = "hard"

    def __post_init__(self) -> None:
        Loss.__post_init__(self)
        if self.mining not in ("hard", "semi-hard", "all"):
            raise ArgumentError(f"TripletLoss(mining={self.mining!r}) is unknown", remedy="mining is 'hard', 'semi-hard' or 'all'")

    def values(self, y_true: Any, y_pred: Any) -> Float[Array, " batch"]:
        y, points = jnp.asarray(y_true).reshape(-1), jnp.asarray(y_pred)
        if points.ndim != 2 or len(y) != len(points):
            what = f"the triplet loss was given labels of shape {jnp.shape(y_true)} and embeddings of shape {points.shape}"
            raise ShapeError(what, remedy="give one label and one embedding vector for each example")
        near = distances(points)
        taking_part = (y >= 0)[:, None] & (y >= 0)[None, :]
        positive = (y[:, None] == y[None, :]) & ~jnp.eye(len(y), dtype=bool) & taking_part
        negative = (y[:, None] != y[None, :]) & taking_part
        if self.mining == "hard":
            return self._hard(near, positive, negative)
        return self._semi_hard(near, positive, negative) if self.mining == "semi-hard" else self._all(near, positive, negative)

    def _hard(self, near: Array, positive: Array, negative: Array) -> Float[Array, " batch"]:
        farthest = jnp.max(jnp.where(positive, near, 0), axis=1)
        nearest = jnp.min(jnp.where(negative, near, FAR), axis=1)
        valid = jnp.any(positive, axis=1) & jnp.any(negative, axis=1)
        return jax.nn.relu(self.margin + jnp.where(valid, farthest - jnp.where(valid, nearest, 0), -self.margin))

    def _semi_hard(self, near: Array, positive: Array, negative: Array) -> Float[Array, " batch"]:
        farther = negative[:, None, :] & (near[:, None, :] > near[:, :, None])  # (anchor, positive, negative)
        semi = jnp.min(jnp.where(farther, near[:, None, :], FAR), axis=2)
        hardest_left = jnp.max(jnp.where(negative, near, 0), axis=1, keepdims=True)
        chosen = jnp.where(jnp.any(farther, axis=2), semi, hardest_left)
        pairs = positive & jnp.any(negative, axis=1, keepdims=True)
        return _mean_where(pairs, jax.nn.relu(self.margin + near - jnp.where(pairs, chosen, 0)), 1)

    def _all(self, near: Array, positive: Array, negative: Array) -> Float[Array, " batch"]:
        triplets = positive[:, :, None] & negative[:, None, :]
        return _mean_where(triplets, jax.nn.relu(self.margin + near[:, :, None] - near[:, None, :]), (1, 2))


def distances(points: Float[Array, "n d"]) -> Float[Array, "n n"]:
    """Euclidean distances between all points, with gradient 0 where two points coincide (the square root has none there)."""
    squared = jnp.sum(jnp.square(points[:, None] - points[None]), axis=-1)
    apart = squared > 0
    return jnp.where(apart, jnp.sqrt(jnp.where(apart, squared, 1)), 0)


def _mean_where(mask: Array, values: Array, axis: int | tuple[int, ...]) -> Array:
    return jnp.sum(jnp.where(mask, values, 0), axis=axis) / jnp.maximum(jnp.sum(mask, axis=axis), 1)
