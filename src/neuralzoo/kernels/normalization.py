"""Normalisation by the statistics of a batch, in as few passes over memory as it takes."""

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

Features = Float[Array, " features"]


def normalise_batch(
    x: Float[Array, "*batch features"], gamma: Features, beta: Features, epsilon: float
) -> tuple[Float[Array, "*batch features"], Features, Features]:
    """(x − mean) / √(variance + epsilon) · gamma + beta, the mean and the variance, both over all axes but the last.

    One pass gathers both sums, of x less its first row: E[z²] − E[z]² would cancel where the mean is far from zero, and the
    first row is about as far away as all the others. The gradient with respect to x is a sum of a multiple of the incoming
    one, a multiple of x and a constant, so its backward pass too reads everything once. On a CPU that is three times as fast
    as the textbook's order (docs/design/0005-convolution.md). No gradient flows out of the mean and the variance returned.
    """
    return _normalise(x, gamma, beta, epsilon)


def _plain(x: Array, gamma: Array, beta: Array, epsilon: float) -> tuple[Array, Array, Array]:
    return _forward(x, gamma, beta, epsilon)[0]


def _forward(x: Array, gamma: Array, beta: Array, epsilon: float) -> tuple[tuple[Array, Array, Array], tuple[Array, ...]]:
    axes, given = tuple(range(x.ndim - 1)), x.dtype
    x, gamma, beta = wide(x), wide(gamma), wide(beta)
    first = x[(0,) * (x.ndim - 1)]
    z = x - first
    count = x.size // x.shape[-1]
    shifted = z.sum(axes) / count
    variance = (z * z).sum(axes) / count - shifted * shifted
    mean, inverse = first + shifted, lax.rsqrt(variance + epsilon)
    slope = inverse * gamma
    y = (x * slope + (beta - mean * slope)).astype(given)
    return (y, mean, variance), (x.astype(given), gamma, mean, inverse)


def _backward(epsilon: float, held: tuple[Array, ...], incoming: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    x, gamma, mean, inverse = held
    given, axes, count = x.dtype, tuple(range(x.ndim - 1)), x.size // x.shape[-1]
    x, dy = wide(x), wide(incoming[0])
    total = dy.sum(axes)
    along = ((dy * x).sum(axes) - mean * total) * inverse  # with the normalised x; x − mean, used twice, would be stored
    slope = gamma * inverse
    pull = -slope * inverse * along / count
    return (dy * slope + x * pull - (slope * total / count + mean * pull)).astype(given), along, total


_normalise = jax.custom_vjp(_plain, nondiff_argnums=(3,))
_normalise.defvjp(_forward, _backward)


def wide(x: Array) -> Array:
    """x in float32 at least: sums over a batch in bfloat16 would keep three digits."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))
