"""Messages along a chain of hidden states: v ← (v · ways) ∘ likelihood, scaled to sum 1 at each step so that nothing underflows."""

import math
from typing import Any

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float

SHORT = 64  # steps that are not worth cutting
PARALLEL = 2**16  # batch · states³ above which the extra products of short scans cost more than the steps they save


def messages(
    likelihoods: Float[Array, "batch time states"],
    real: Bool[Array, "batch time"],
    first: Float[Array, " states"],
    ways: Float[Array, "states states"],
) -> tuple[Float[Array, "batch time states"], Float[Array, "batch time"]]:
    """The scaled message at each step, and log of what it was divided by; steps that are not real pass it on.

    The first message is first ∘ likelihood. From the second step on, T steps are cut into √T pieces: all pieces are passed at once from
    every state, then joined, then passed again from what comes in. That is 3 √T steps after each other in place of T, for `states` times
    the products: worth it unless batch and states are many.
    """
    batch, steps, states = likelihoods.shape
    start = jnp.where(real[:, 0, None], first * likelihoods[:, 0], first)
    start, begun = scaled(start)
    cut = steps > SHORT and batch * states**3 <= PARALLEL
    length = _length(steps - 1) if cut else max(steps - 1, 1)
    pieces = -(-(steps - 1) // length)
    if pieces == 0:
        return start[:, None], begun[:, None]
    filling = pieces * length - (steps - 1)
    b = jnp.pad(likelihoods[:, 1:], ((0, 0), (0, filling), (0, 0)), constant_values=1.0)
    shown = jnp.pad(real[:, 1:], ((0, 0), (0, filling)))
    b = jnp.moveaxis(b.reshape(batch, pieces, length, states), 2, 0)  # (length, batch, pieces, states)
    shown = jnp.moveaxis(shown.reshape(batch, pieces, length), 2, 0)

    def move(v: Any, step: Any) -> Any:
        b, shown = step
        return scaled(jnp.where(shown[..., None], (v @ ways) * b, v))

    def pass_on(v: Any, step: Any) -> Any:
        v, scale = move(v, step)
        return v, (v, scale)

    def from_every(carry: Any, step: Any) -> Any:
        (v, scale), total = move(carry[0], (step[0][:, :, None], step[1][:, :, None])), carry[1]
        return (v, total + scale), None

    def join(v: Any, piece: Any) -> Any:
        through, scale = piece
        share = v * jnp.exp(scale - jnp.maximum(jnp.max(scale, axis=-1, keepdims=True), -1e30))
        return scaled(jnp.einsum("bi,bij->bj", share, through))[0], v

    entering = start[:, None]
    if pieces > 1:
        every = jnp.broadcast_to(jnp.eye(states), (batch, pieces, states, states))
        (through, scale), _ = lax.scan(from_every, (every, jnp.zeros((batch, pieces, states))), (b, shown))
        _, entering = lax.scan(join, start, (jnp.moveaxis(through, 1, 0), jnp.moveaxis(scale, 1, 0)))
        entering = jnp.moveaxis(entering, 0, 1)
    _, (v, scale) = lax.scan(pass_on, entering, (b, shown))
    v = jnp.moveaxis(v, 0, 2).reshape(batch, pieces * length, states)[:, : steps - 1]
    scale = jnp.moveaxis(scale, 0, 2).reshape(batch, pieces * length)[:, : steps - 1]
    return jnp.concatenate([start[:, None], v], axis=1), jnp.concatenate([begun[:, None], scale], axis=1)


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


def _length(steps: int) -> int:
    """Steps of a piece: √steps, a power of two."""
    return 1 << round(math.log2(math.sqrt(max(steps, 1))))
