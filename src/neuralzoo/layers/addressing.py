"""How the heads of a neural Turing machine look at its memory: by content, by location, and what they leave there."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

TINY = 1e-12  # added to squared lengths, and to weightings before their logarithm: nothing divides by zero

Memory = Float[Array, "batch width slots"]  # a slot is a column
Weighting = Float[Array, "batch heads slots"]  # how much of each slot a head looks at; they add up to 1
EachHead = Float[Array, "batch heads"]


def by_content(memory: Memory, key: Float[Array, "batch heads width"], strength: EachHead) -> Weighting:
    """softmax(strength · cosine) of the angle between a head's key and each slot.

    >>> memory = jnp.array([[[1.0, 0.0], [0.0, 1.0]]])
    >>> by_content(memory, jnp.array([[[2.0, 0.0]]]), jnp.array([[10.0]])).round(3).tolist()
    [[[1.0, 0.0]]]
    """
    lengths = jax.lax.rsqrt(jnp.sum(memory * memory, axis=1) + TINY)
    keys = key * jax.lax.rsqrt(jnp.sum(key * key, axis=-1, keepdims=True) + TINY)
    cosine = jnp.einsum("bhw,bwn->bhn", keys, memory) * lengths[:, None]
    return jax.nn.softmax(strength[..., None] * cosine, axis=-1)


def shifted(weighting: Weighting, shift: Float[Array, "batch heads shifts"]) -> Weighting:
    """The weighting moved round the memory: shift[k] of it by k - shifts // 2 slots, a circular convolution.

    >>> shifted(jnp.array([[[1.0, 0.0, 0.0]]]), jnp.array([[[0.0, 0.0, 1.0]]])).tolist()
    [[[0.0, 1.0, 0.0]]]
    """
    slots, far = weighting.shape[-1], shift.shape[-1] // 2
    ring = jnp.concatenate([weighting[..., slots - far :], weighting, weighting[..., :far]], axis=-1)
    moved = (shift[..., k : k + 1] * ring[..., 2 * far - k : 2 * far - k + slots] for k in range(2 * far + 1))
    return sum(moved, jnp.zeros_like(weighting))


def sharpened(weighting: Weighting, power: EachHead) -> Weighting:
    """weighting ** power, divided by its sum; by logarithms, so that nothing vanishes.

    >>> [round(share, 3) for share in sharpened(jnp.array([[[0.75, 0.25]]]), jnp.array([[2.0]]))[0, 0].tolist()]
    [0.9, 0.1]
    """
    return jax.nn.softmax(power[..., None] * jnp.log(weighting + TINY), axis=-1)


def written(
    memory: Memory, weighting: Weighting, erase: Float[Array, "batch heads width"], add: Float[Array, "batch heads width"]
) -> Memory:
    """The memory after all heads have erased, M · Π (1 - w ⊗ erase), and then added, + Σ w ⊗ add."""
    heads = range(weighting.shape[1])
    for head in heads:
        memory = memory * (1 - _spread(weighting[:, head], erase[:, head]))
    for head in heads:
        memory = memory + _spread(weighting[:, head], add[:, head])
    return memory


@jax.custom_vjp
def _spread(weighting: Float[Array, "batch slots"], value: Float[Array, "batch width"]) -> Memory:
    """weighting ⊗ value, which melts into what is done with it; its gradients are products, and not sums along the slots."""
    return weighting[:, None] * value[..., None]


_spread.defvjp(
    lambda weighting, value: (weighting[:, None] * value[..., None], (weighting, value)),
    lambda held, wanted: (jnp.einsum("bwn,bw->bn", wanted, held[1]), jnp.einsum("bwn,bn->bw", wanted, held[0])),
)
