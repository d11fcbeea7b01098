"""Time steps as rows: how losses and metrics see sequences with filling, or with a weight for each step."""

from typing import Any

import jax
import jax.numpy as jnp

from neuralzoo.core.errors import ShapeError
from neuralzoo.core.masked import mask_of, unmasked
from neuralzoo.learn.learner import Batch


def by_step(batch: Batch, y: Any) -> tuple[Batch, Any]:
    """The batch and the network's output, with each time step a row of its own where steps do not all count the same.

    That is so where the output is masked (filling then has `valid` = 0) and where `batch.weight` is `(batch, time)`. Means
    over rows are then means over the real steps of the whole batch, as Keras takes them. Everything else passes unchanged.

    Raises `ShapeError` where the targets have no such time axis.
    """
    mask, y = mask_of(y), unmasked(y)
    if mask is None and batch.weight.ndim == 1:
        return batch, y
    rows, steps = y.shape[:2] if y.ndim > 1 else (len(y), 1)
    wrong = [a.shape for a in jax.tree.leaves(batch.y) if a.shape[:2] != (rows, steps)]
    if wrong or (batch.weight.ndim > 1 and batch.weight.shape != (rows, steps)):
        what = f"targets of shape {wrong[0]}" if wrong else f"sample weights of shape {batch.weight.shape}"
        raise ShapeError(
            f"{what} cannot go with outputs of shape {y.shape}, which are counted step by step",
            remedy=f"give one for each of the {steps} steps, or let the last recurrent layer return only its last output",
        )
    weight = jnp.broadcast_to(batch.weight.reshape(rows, -1), (rows, steps))
    valid = jnp.broadcast_to(batch.valid[:, None], (rows, steps)) * (1.0 if mask is None else mask)
    flat = jax.tree.map(lambda a: a.reshape(rows * steps, *a.shape[2:]), (batch.y, weight, valid, y))
    return Batch(batch.x, *flat[:3]), flat[3]
