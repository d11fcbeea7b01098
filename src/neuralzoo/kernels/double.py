"""Sums of products in double precision, in arrays of float32.

JAX's usual mode keeps no array of 64 bits, and a file written with one could not be read in it. So a sum is kept as a pair of
float32 whose second tells what the first leaves out: 48 bits of a double's 53. The products themselves are formed in float64.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

try:
    from jax import enable_x64  # pyright: ignore[reportAttributeAccessIssue]
except ImportError:  # JAX before 0.8
    from jax.experimental import enable_x64  # pyright: ignore[reportAttributeAccessIssue]

PANEL = 512  # columns in a block of a symmetric product; below twice that many the whole product is formed


class Pair(NamedTuple):
    """An array as high + low, both float32."""

    high: Float[Array, "*shape"]
    low: Float[Array, "*shape"]


def zero_pair(*shape: int) -> Pair:
    """A sum of nothing."""
    return Pair(jnp.zeros(shape), jnp.zeros(shape))


def add_product(total: Pair, a: Float[Array, "rows m"], b: Float[Array, "rows n"], share: Float[Array, " rows"], *, double: bool) -> Pair:
    """total + aᵀ diag(share) b; with `double` in float64, else each product in float32 and their sum as a pair."""
    if not double:
        return _add(total, (a * share[:, None]).T @ b)
    with enable_x64(True):
        return _add_double(total, (_wide(a) * _wide(share)[:, None]).T @ _wide(b))


def add_square(total: Pair, a: Float[Array, "rows n"], share: Float[Array, " rows"], *, double: bool) -> Pair:
    """total + aᵀ diag(share) a, of which the upper triangle counts: what lies below the diagonal may be left out, as in BLAS's syrk."""
    if not double:
        return _add(total, _upper(a * share[:, None], a))
    with enable_x64(True):
        return _add_double(total, _upper(_wide(a) * _wide(share)[:, None], _wide(a)))


def _upper(a: Any, b: Any) -> Any:
    """The blocks of aᵀb on and above the diagonal, zeros in the others: a little over half of the work."""
    n = a.shape[1]
    if n < 2 * PANEL:
        return a.T @ b
    starts = range(0, n, PANEL)
    return jnp.concatenate([jnp.pad(a[:, i : i + PANEL].T @ b[:, i:], ((0, 0), (i, 0))) for i in starts])


def _add(total: Pair, value: Any) -> Pair:
    """The sum with its rounding error, in float32 alone (D. Knuth, The art of computer programming 2, 1969, 4.2.2)."""
    high = total.high + value
    taken = high - total.high
    return Pair(high, total.low + ((total.high - (high - taken)) + (value - taken)))


def _add_double(total: Pair, value: Any) -> Pair:
    return narrowed(value + widened(total))


def widened(pair: Pair) -> Any:
    """A pair as one array of float64; call it where `enable_x64(True)` holds."""
    return _wide(pair.high) + _wide(pair.low)


def narrowed(value: Any) -> Pair:
    """An array of float64 as a pair; call it where `enable_x64(True)` holds."""
    high = value.astype(jnp.float32)
    return Pair(high, (value - _wide(high)).astype(jnp.float32))


def _wide(a: Any) -> Any:
    return a.astype(jnp.float64)
