"""Random masks and binary draws, as cheap as the hardware allows."""

import math

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, UInt32

from neuralzoo.core.layer import Key


def keep_mask(key: Key, rate: float, shape: tuple[int, ...]) -> Bool[Array, "*shape"]:
    """True with probability 1 − rate, independently for each element.

    A counter is mixed with the two words of the key by the integer hash of C. Wellons ("Prospecting for hash functions",
    2018), twice. XLA fuses that into whatever uses the mask, so on a CPU dropout costs next to nothing; threefry bits made
    the training step of a 784-512-512-10 network 10 to 17 % slower (docs/design/0002-engine.md). On an accelerator the
    generator JAX is set to is used.
    """
    threshold = round(rate * 2**32)
    if jax.default_backend() != "cpu":
        return jax.random.bits(key, shape, jnp.uint32) >= jnp.uint32(threshold)
    return _bits(key, shape) >= jnp.uint32(threshold)


def happens(key: Key, probability: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """1.0 with the probability given for each element, else 0.0, independently; certain at 1, never at 0.

    The same bits as those of `keep_mask`, 24 of each: binary stochastic units cost little more than their probabilities.
    """
    return tosses(key, probability, probability.shape).astype(probability.dtype)


def own_normals(x: Float[Array, "rows ..."], size: int) -> Float[Array, "rows size"]:
    """Standard normal numbers that each row itself decides: equal rows have equal ones, wherever they stand.

    For what is to be assessed by chance, but must not depend on how rows are put into batches.
    """
    words = lax.bitcast_convert_type(x.reshape(len(x), -1).astype(jnp.float32), jnp.uint32)
    of_row = jnp.sum(_mix(words ^ _mix(_counter((1, words.shape[1])))), axis=1, dtype=jnp.uint32)  # a sum that wraps round
    return _normal(_mix(_mix(of_row[:, None] + jnp.uint32(0x9E3779B9) * (1 + _counter((1, size))))))


def normals(key: Key, shape: tuple[int, ...]) -> Float[Array, "*shape"]:
    """Standard normal numbers, from the bits of `keep_mask`: on a CPU a fifth of a millisecond less for a batch than threefry's."""
    return _normal(_bits(key, shape)) if jax.default_backend() == "cpu" else jax.random.normal(key, shape)


def _normal(bits: UInt32[Array, "*any"]) -> Float[Array, "*any"]:
    """The quantile of the normal law at the share of 2³² that the bits are, from −5.4 to 5.4."""
    centred = ((bits >> 8).astype(jnp.int32).astype(jnp.float32) - (2**23 - 0.5)) * 2.0**-23  # exact, and never ±1
    return jnp.float32(math.sqrt(2)) * lax.erf_inv(centred)


def _bits(key: Key, shape: tuple[int, ...]) -> UInt32[Array, "*shape"]:
    """32 bits for each element."""
    words = jax.random.key_data(key)
    return _mix(_mix(_counter(shape) + words[0]) ^ words[1])


def tosses(key: Key, chance: Float[Array, "*inner"], shape: tuple[int, ...]) -> Bool[Array, "*outer"]:
    """True with the probability `chance`, from 0 to 1, by as many draws as `shape` says, against which it is broadcast; see `keep_mask`."""
    if jax.default_backend() != "cpu":
        return jax.random.uniform(key, shape) < chance
    uniform = (_bits(key, shape) >> 8).astype(jnp.int32).astype(jnp.float32) * 2.0**-24  # 24 bits: all that a float32 holds
    return uniform < chance


def _counter(shape: tuple[int, ...]) -> UInt32[Array, "*shape"]:
    """The row-major number of each element."""
    strides = [math.prod(shape[axis + 1 :]) % 2**32 for axis in range(len(shape))]
    parts = [lax.broadcasted_iota(jnp.uint32, shape, axis) * jnp.uint32(stride) for axis, stride in enumerate(strides)]
    return sum(parts, jnp.zeros(shape, jnp.uint32))


def _mix(x: UInt32[Array, "*any"]) -> UInt32[Array, "*any"]:
    x = (x ^ (x >> 16)) * jnp.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * jnp.uint32(0x846CA68B)
    return x ^ (x >> 16)
