"""Codes: how numbers become spikes over time."""

from typing import Any, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer
from neuralzoo.kernels.random import tosses


class PoissonCode(Layer):
    """A spike at each step with probability x, from 0 to 1, independently: `(batch, features) -> (batch, steps, features)`.

    In training the spikes are drawn anew for every batch; in use the draws of `seed` serve each row, so that a row has one answer.

    Fields:
        steps: how many.
        seed: of the spikes in use.
    """

    steps: int
    seed: int = 0

    def __post_init__(self) -> None:
        require_steps(self, self.steps)

    def __call__(self, x: Float[Array, "batch features"]) -> Float[Array, "batch steps features"]:
        return poisson_spikes(jax.random.key(self.seed), x, self.steps, shared=True).swapaxes(0, 1)

    def forward(self, x: Float[Array, "batch features"], key: Key) -> tuple[Float[Array, "batch steps features"], Self]:
        return poisson_spikes(key, x, self.steps).swapaxes(0, 1), self


class LatencyCode(Layer):
    """A spike for each feature, at step (1 - x)·(steps - 1), none where x is 0: `(batch, features) -> (batch, steps, features)`.

    Fields:
        steps: how many.

    Reference: S. Thorpe, A. Delorme, R. Van Rullen, "Spike-based strategies for rapid processing", Neural Networks 14, 2001.
    """

    steps: int

    def __post_init__(self) -> None:
        require_steps(self, self.steps)

    def __call__(self, x: Float[Array, "batch features"]) -> Float[Array, "batch steps features"]:
        return latency_spikes(x, self.steps).swapaxes(0, 1)


def poisson_spikes(key: Key, x: Any, steps: int, shared: bool = False) -> Float[Array, "steps batch features"]:
    """Spikes with probability x at each step, time in front; `shared` lets the same draws serve every row."""
    return tosses(key, x, (steps, 1 if shared else x.shape[0], *x.shape[1:])).astype(x.dtype)


def latency_spikes(x: Any, steps: int) -> Float[Array, "steps batch features"]:
    """One spike for each x above 0 at step round((1 - x)·(steps - 1)), time in front."""
    when = jnp.where(x > 0, jnp.round((1 - x) * (steps - 1)), -1)
    return (jnp.arange(steps)[:, None, None] == when).astype(x.dtype)


def require_steps(layer: Layer, steps: int) -> None:
    if not isinstance(steps, int) or steps < 1:
        raise ArgumentError(
            f"{type(layer).__name__}(steps={steps!r}) is not possible", remedy="give a whole number of time steps, 1 or more"
        )
