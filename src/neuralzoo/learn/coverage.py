"""How well generated rows go with real ones, by nearest neighbours: whether they are like them, and whether any are missing."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

NEIGHBOURS = 5  # k; of rows from the same distribution about 1 − 2⁻ᵏ are covered


class Coverage(NamedTuple):
    """Two sets of rows compared. The ball of a real row reaches to its k-th nearest real row.

    coverage: the share of real rows with a generated row in their ball: low where modes are missing. About 1 − 2⁻ᵏ (0.97 for
        k = 5) where both sets have the same distribution and size.
    precision: the share of generated rows within any real row's ball: low where they are not like real ones.
    spread: the mean distance between generated rows, over that between real rows.

    References: T. Kynkäänniemi et al., "Improved precision and recall metric for assessing generative models", NeurIPS 2019;
    M. F. Naeem et al., "Reliable fidelity and diversity metrics for generative models", ICML 2020.
    """

    coverage: Float[Array, ""]
    precision: Float[Array, ""]
    spread: Float[Array, ""]


def compare(real: Float[Array, "rows ..."], fake: Float[Array, "others ..."], k: int = NEIGHBOURS) -> Coverage:
    """Coverage, precision and spread of generated rows beside real ones, by Euclidean distance; there must be more than k real rows."""
    real, fake = real.reshape(len(real), -1), fake.reshape(len(fake), -1)
    middle = real.mean(0)
    real, fake = real - middle, fake - middle
    own, across = _squared(real, real), _squared(real, fake)
    alone = jnp.where(jnp.eye(len(real), dtype=bool), jnp.inf, own)
    for _ in range(k - 1):  # a sort would take a hundred times as long
        alone = jnp.where(alone <= alone.min(1, keepdims=True), jnp.inf, alone)
    within = across <= alone.min(1, keepdims=True)
    spread = _mean_distance(_squared(fake, fake)) / jnp.maximum(_mean_distance(own), 1e-12)
    return Coverage(jnp.mean(within.any(1)), jnp.mean(within.any(0)), spread)


def _squared(a: Array, b: Array) -> Float[Array, "rows others"]:
    return jnp.maximum(jnp.sum(a**2, 1)[:, None] + jnp.sum(b**2, 1) - 2 * a @ b.T, 0)


def _mean_distance(squared: Array) -> Float[Array, ""]:
    return jnp.sum(jnp.sqrt(squared)) / (len(squared) * max(len(squared) - 1, 1))
