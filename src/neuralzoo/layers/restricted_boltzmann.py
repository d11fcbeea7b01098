"""Restricted Boltzmann machines: binary hidden units, visible ones that are binary or Gaussian, and weights between the two sides only."""

from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, param, require_built
from neuralzoo.kernels.random import happens

VISIBLE = ("bernoulli", "gaussian")


class Visit(NamedTuple):
    """A step of Gibbs sampling, down and up again.

    mean: `(batch, visible)`, what was expected of the visible units.
    visible: `(batch, visible)`, the states drawn.
    hidden: `(batch, units)`, the probabilities that they give.
    """

    mean: Float[Array, "batch visible"]
    visible: Float[Array, "batch visible"]
    hidden: Float[Array, "batch units"]


class RestrictedBoltzmann(Layer):
    """P(h = 1 | v) = sigmoid(v @ kernel + bias): `(batch, visible) -> (batch, units)`.

    The energy is −v·kernel·h − bias·h − visible_bias·v for binary visible units, and ½‖v − visible_bias‖² − v·kernel·h − bias·h
    for Gaussian ones, which have the variance 1: so data for them should be standardised.

    Fields:
        units: number of hidden units.
        visible: "bernoulli" for values 0…1, or "gaussian" for standardised numbers.
        deviation: of the normal distribution that the weights are drawn from.
        kernel, bias, visible_bias: the weights; the biases of the hidden and of the visible units.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> layer = RestrictedBoltzmann(3).build(jax.ShapeDtypeStruct((1, 5), jnp.float32), jax.random.key(0))
        >>> hidden = layer(jnp.ones((2, 5)))
        >>> hidden.shape, layer.down(hidden).shape, layer.free_energy(jnp.ones((2, 5))).shape
        ((2, 3), (2, 5), (2,))

    References: P. Smolensky, "Information processing in dynamical systems: foundations of harmony theory", 1986; G. Hinton,
    "Training products of experts by minimizing contrastive divergence", Neural Computation 14, 2002.
    """

    units: int
    visible: str = "bernoulli"
    deviation: float = 0.01
    kernel: Built[Float[Array, "visible units"]] = param()
    bias: Built[Float[Array, " units"]] = param()
    visible_bias: Built[Float[Array, " visible"]] = param()

    def __post_init__(self) -> None:
        if self.visible not in VISIBLE:
            raise ArgumentError(
                f"RestrictedBoltzmann(visible={self.visible!r}) is unknown", remedy=f"visible is one of {', '.join(VISIBLE)}"
            )
        if self.units < 1 or self.deviation < 0:
            what = f"RestrictedBoltzmann(units={self.units}, deviation={self.deviation}) is not possible"
            raise ArgumentError(what, remedy="give at least one hidden unit, and a deviation of at least 0")

    def build(self, x: Spec, key: Key) -> Self:
        if len(x.shape) != 2:
            what = f"RestrictedBoltzmann needs a batch of vectors, but its input has shape {x.shape}"
            raise ShapeError(what, remedy="reshape x to (rows, features)")
        kernel = self.deviation * jax.random.normal(key, (x.shape[-1], self.units))
        own = jnp.zeros(x.shape[-1]) if self.visible_bias is None else self.visible_bias  # the data's own, where they were seen
        return self.set(kernel=kernel, bias=jnp.zeros(self.units), visible_bias=own)

    def __call__(self, x: Shaped[Array, "batch visible"]) -> Float[Array, "batch units"]:
        return jax.nn.sigmoid(self.drive(x))

    def drive(self, v: Shaped[Array, "batch visible"]) -> Float[Array, "batch units"]:
        """The weighted sums at the hidden units, bias included."""
        require_built(self, "kernel")
        if v.shape[-1] != len(self.kernel):
            what = f"RestrictedBoltzmann was built for {len(self.kernel)} visible units but was given {v.shape[-1]}"
            raise ShapeError(what, remedy=f"give it rows of {len(self.kernel)} values")
        return v @ self.kernel + self.bias

    def down(self, h: Float[Array, "batch units"]) -> Float[Array, "batch visible"]:
        """What is expected of the visible units: probabilities of 1, or means."""
        field = h @ self.kernel.T + self.visible_bias
        return field if self.visible == "gaussian" else jax.nn.sigmoid(field)

    def draw(self, mean: Float[Array, "batch visible"], key: Key) -> Float[Array, "batch visible"]:
        """States of the visible units of which `mean` is expected."""
        return mean + jax.random.normal(key, mean.shape) if self.visible == "gaussian" else happens(key, mean)

    def free_energy(self, v: Shaped[Array, "batch visible"]) -> Float[Array, " batch"]:
        """F(v) = −ln Σ_h exp(−energy(v, h)), so that P(v) = exp(−F(v)) / Z."""
        return self.free_energy_at(v, self.drive(v))

    def free_energy_at(self, v: Shaped[Array, "batch visible"], drive: Float[Array, "batch units"]) -> Float[Array, " batch"]:
        """The free energy of visible states that drive the hidden units like this."""
        own = 0.5 * jnp.sum((v - self.visible_bias) ** 2, axis=1) if self.visible == "gaussian" else -(v @ self.visible_bias)
        return own - jnp.sum(jax.nn.softplus(drive), axis=1)

    def gibbs(self, h: Float[Array, "batch units"], key: Key, steps: int) -> Visit:
        """Where `steps` steps of a chain lead from hidden probabilities, or states, `h`."""

        def step(i: Any, before: Visit) -> Visit:
            up, down = jax.random.split(jax.random.fold_in(key, i))
            mean = self.down(happens(up, before.hidden))
            v = self.draw(mean, down)
            return Visit(mean, v, self(v))

        empty = jnp.zeros((len(h), len(self.kernel)))
        return step(0, Visit(empty, empty, h)) if steps == 1 else jax.lax.fori_loop(0, steps, step, Visit(empty, empty, h))
