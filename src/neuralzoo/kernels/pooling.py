"""Pooling of images with any number of space dimensions, channels last."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Int, Shaped

from neuralzoo.kernels.conv_blocks import Counts, Pairs
from neuralzoo.kernels.convolution import out_space

Images = Shaped[Array, "batch *_ channels"]
Switches = Int[Array, "batch *_ channels"]


def max_pool(x: Images, size: Counts, strides: Counts, padding: Pairs) -> Images:
    """The greatest cell of each window; its gradient goes to the first of equals, in row-major order."""
    counts = out_space(x.shape[1:-1], size, strides, padding, (1,) * len(size))
    if jax.default_backend() != "cpu":
        return lax.reduce_window(x, _least(x), lax.max, (1, *size, 1), (1, *strides, 1), [(0, 0), *padding, (0, 0)])
    taps = _taps(_surrounded(x, padding, _least(x)), size, strides, counts)
    best = taps[0]
    for tap in taps[1:]:
        best = _first_greater(best, tap)
    return best


@jax.custom_jvp
def _first_greater(a: Array, b: Array) -> Array:
    """The greater of both, and a where they are equal: a NaN in either is passed on."""
    return jnp.maximum(a, b)


@_first_greater.defjvp
def _first_greater_slope(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    (a, b), (da, db) = primals, tangents
    return _first_greater(a, b), jnp.where(b > a, db, da)


def average_pool(x: Images, size: Counts, strides: Counts, padding: Pairs) -> Images:
    """The mean of each window's cells inside the image."""
    counts = out_space(x.shape[1:-1], size, strides, padding, (1,) * len(size))
    ones = _taps(np.pad(np.ones((1, *x.shape[1:-1], 1)), [(0, 0), *padding, (0, 0)]), size, strides, counts)
    cells = np.maximum(sum(ones), 1)
    if jax.default_backend() != "cpu":
        sums = lax.reduce_window(x, np.array(0, x.dtype), lax.add, (1, *size, 1), (1, *strides, 1), [(0, 0), *padding, (0, 0)])
    else:
        taps = _taps(_surrounded(x, padding, np.array(0, x.dtype)), size, strides, counts)
        sums = sum(taps[1:], taps[0])
    return sums / jnp.asarray(cells, x.dtype)


def max_pool_with_switches(x: Images, size: Counts, strides: Counts, padding: Pairs) -> tuple[Images, Switches]:
    """The greatest cell of each window and its row-major number in the image, the first of equals (Zeiler and Fergus, 2014)."""
    space = x.shape[1:-1]
    counts = out_space(space, size, strides, padding, (1,) * len(size))
    numbers = np.pad(np.arange(math.prod(space), dtype=np.int32).reshape(1, *space, 1), [(0, 0), *padding, (0, 0)], constant_values=-1)
    taps = _taps(_surrounded(x, padding, _least(x)), size, strides, counts)
    places = [jnp.broadcast_to(at, taps[0].shape) for at in _taps(numbers, size, strides, counts)]
    best, where = taps[0], places[0]
    for tap, at in zip(taps[1:], places[1:], strict=True):
        better = (at >= 0) & ((tap > best) | (where < 0))
        best, where = jnp.where(better, tap, best), jnp.where(better, at, where)
    return best, where


def unpool(y: Images, switches: Switches, space: Counts) -> Images:
    """Place each value where its window's maximum was, and zero elsewhere; values that meet in one cell add up.

    It is the adjoint of picking the cells at the switches; a window that lies wholly in the padding places nothing.
    """
    batch, channels = y.shape[0], y.shape[-1]
    rows, columns = jnp.arange(batch)[:, None, None], jnp.arange(channels)
    at = switches.reshape(batch, -1, channels)
    values = jnp.where(at < 0, 0, y.reshape(batch, -1, channels))
    flat = jnp.zeros((batch, math.prod(space), channels), y.dtype)
    return flat.at[rows, jnp.maximum(at, 0), columns].add(values).reshape(batch, *space, channels)


def _taps(x: Any, size: Counts, strides: Counts, counts: Counts) -> list[Any]:
    """What each cell of the window sees: one slice of the padded images a cell, in row-major order."""
    steps = list(zip(strides, counts, strict=True))
    return [x[:, *[slice(i, i + (n - 1) * s + 1, s) for i, (s, n) in zip(tap, steps, strict=True)]] for tap in np.ndindex(*size)]


def _surrounded(x: Array, padding: Pairs, value: Any) -> Array:
    return x if all(pair == (0, 0) for pair in padding) else lax.pad(x, value, [(0, 0, 0), *((a, b, 0) for a, b in padding), (0, 0, 0)])


def _least(x: Array) -> Any:
    return np.array(-np.inf if jnp.issubdtype(x.dtype, jnp.floating) else np.iinfo(x.dtype).min, x.dtype)
