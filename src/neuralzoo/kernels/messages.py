"""Messages along a chain of hidden states: v ← (v · ways) ∘ likelihood, scaled to sum 1 at each step so that nothing underflows."""

from typing import Any

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float

NARROW = 2**13  # batch · states² up to which products written out and fused into the step beat a call of a matrix product (on a CPU)


def messages(
    likelihoods: Float[Array, "batch time states"],
    real: Bool[Array, "batch time"],
    first: Float[Array, " states"],
    ways: Float[Array, "states states"],
) -> tuple[Float[Array, "batch time states"], Float[Array, "batch time"]]:
    """The scaled message at each step, and log of what it was divided by; steps that are not real pass it on.

    The first message is first ∘ likelihood. Steps follow each other: on a CPU a step of a few sequences is well under a microsecond, and
    passing pieces of a sequence side by side from every state, which needs `states` times the products, took three times as long.
    """
    narrow = len(likelihoods) * len(first) ** 2 <= NARROW

    def pass_on(v: Any, step: Any) -> Any:
        b, shown = step
        moved = jnp.sum(v[:, :, None] * ways, axis=1) if narrow else v @ ways
        v, scale = scaled(jnp.where(shown[:, None], moved * b, v))
        return v, (v, scale)

    start, begun = scaled(jnp.where(real[:, 0, None], first * likelihoods[:, 0], first))
    _, (v, scale) = lax.scan(pass_on, start, (jnp.moveaxis(likelihoods[:, 1:], 1, 0), real[:, 1:].T))
    v, scale = jnp.concatenate([start[None], v]), jnp.concatenate([begun[None], scale])
    return jnp.moveaxis(v, 0, 1), scale.T


def scaled(v: Float[Array, "*places states"]) -> tuple[Float[Array, "*places states"], Float[Array, "*places"]]:
    """v with sum 1, and the logarithm of what its sum was; one of zeros stays so, with -inf."""
    total = v.sum(axis=-1)
    return v / jnp.where(total > 0, total, 1)[..., None], jnp.log(total)


def likeliest(
    log_likelihoods: Float[Array, "time states"],
    real: Bool[Array, " time"],
    log_first: Float[Array, " states"],
    log_ways: Float[Array, "states states"],
) -> Any:
    """The likeliest states `(time,)` of a sequence; at steps that are not real, the state is kept.

    Reference: A. Viterbi, "Error bounds for convolutional codes and an asymptotically optimum decoding algorithm", 1967.
    """
    stay = jnp.where(jnp.eye(len(log_first)) > 0, 0.0, -jnp.inf)

    def move(best: Any, step: Any) -> Any:
        log_b, shown = step
        through = best[:, None] + jnp.where(shown, log_ways, stay)
        after = jnp.max(through, axis=0) + jnp.where(shown, log_b, 0)
        return after - jnp.max(after), jnp.argmax(through, axis=0)  # less the best: sums stay small over any number of steps

    start = log_first + jnp.where(real[0], log_likelihoods[0], 0)
    best, before = lax.scan(move, start, (log_likelihoods[1:], real[1:]))
    last = jnp.argmax(best)
    _, path = lax.scan(lambda state, back: (back[state], back[state]), last, before, reverse=True)
    return jnp.append(path, last)
