"""Radial units: each answers to what is near its centre."""

from typing import Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, param, require_built


class RadialBasis(Layer):
    """exp(-|x - center|² / (2 width²)), a unit for each center: `(*batch, in) -> (*batch, units)`.

    Centers and widths that were set before stay as they are in `build`; else centers are drawn from a normal distribution, and
    widths are √in, which is how far they are apart.

    Fields:
        units: number of centers.
        centers: where the units are.
        widths: how far each of them reaches, a standard deviation.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> layer = RadialBasis(1).set(centers=jnp.zeros((1, 2)), widths=jnp.ones(1))
        >>> [round(float(v), 3) for v in layer(jnp.array([[0.0, 0.0], [1.0, 1.0]]))[:, 0]]
        [1.0, 0.368]

    References: D. Broomhead, D. Lowe, "Multivariable functional interpolation and adaptive networks", Complex Systems 2, 1988;
    J. Moody, C. Darken, "Fast learning in networks of locally-tuned processing units", Neural Computation 1, 1989.
    """

    units: int
    centers: Built[Float[Array, "units in"]] = param()
    widths: Built[Float[Array, " units"]] = param()

    def __post_init__(self) -> None:
        if self.units < 1:
            raise ArgumentError(f"RadialBasis(units={self.units}) is not possible", remedy="give at least one unit")

    def build(self, x: Spec, key: Key) -> Self:
        if self.centers is not None:
            return self
        inputs = x.shape[-1]
        return self.set(centers=jax.random.normal(key, (self.units, inputs)), widths=jnp.full(self.units, float(inputs) ** 0.5))

    def __call__(self, x: Shaped[Array, "*batch in"]) -> Float[Array, "*batch units"]:
        require_built(self, "centers")
        if x.shape[-1] != self.centers.shape[1]:
            raise ShapeError(
                f"the centers have {self.centers.shape[1]} coordinates but the input has {x.shape[-1]} (input shape {x.shape})",
                remedy=f"give it rows of {self.centers.shape[1]} values",
            )
        return jnp.exp(-0.5 * squared_distances(x, self.centers) / self.widths**2)


def squared_distances(x: Shaped[Array, "*batch in"], centers: Float[Array, "units in"]) -> Float[Array, "*batch units"]:
    """|x - center|² for every row and center, by one matrix product; never below 0."""
    x = x.astype(centers.dtype)
    squares = jnp.sum(x**2, axis=-1, keepdims=True) - 2 * x @ centers.T + jnp.sum(centers**2, axis=-1)
    return jnp.maximum(squares, 0)
