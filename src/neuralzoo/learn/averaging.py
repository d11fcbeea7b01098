"""The moving average of the parameters that an optimizer may keep.

References: B. Polyak, A. Juditsky, "Acceleration of stochastic approximation by averaging", 1992; D. Ruppert, 1988.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from neuralzoo.learn.optimizers import Optimizer


def start(optimizer: Optimizer, params: Any) -> Any:
    """The average before the first step; nothing where none is kept."""
    return jax.tree.map(jnp.copy, params) if optimizer.use_ema else ()


def follow(optimizer: Optimizer, average: Any, params: Any, count: Int[Array, ""]) -> tuple[Any, Any]:
    """The average after step `count` (from 0), which left `params`, and the parameters to go on with.

    The first step's parameters are the first average, so that the random start does not linger.
    """
    if not optimizer.use_ema:
        return average, params
    keep = jnp.where(count == 0, 0.0, optimizer.ema_momentum)
    average = jax.tree.map(lambda a, w: (keep * a + (1 - keep) * w).astype(w.dtype), average, params)
    if optimizer.ema_overwrite_frequency:
        now = (count + 1) % optimizer.ema_overwrite_frequency == 0
        params = jax.tree.map(lambda a, w: jnp.where(now, a, w), average, params)
    return average, params
