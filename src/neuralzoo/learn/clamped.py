"""Learning from groups of pictures in which one factor varies: the other parts of the code are clamped."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, describe
from neuralzoo.layers.graphics_code import GraphicsCode
from neuralzoo.layers.variational import divergence
from neuralzoo.learn.learner import Batch, mean_statistics
from neuralzoo.learn.objective import Objective, Priced


class Clamped(Objective):
    """The variational bound of the pictures of a group, with all of the code but the part that may vary clamped to the group's mean.

    A row of the batch is a group of pictures of which y says what differs: factor number y < `pinned` belongs to unit y of the
    code, y = `pinned` to all other units. In the forward pass the other, inactive units have the mean of the group, so the
    decoder has to explain the difference by the active part alone. Backwards their gradient is replaced by their deviation
    from that mean, times `invariance`: the encoder learns to give them the same value for the whole group.

    A decoder that is exact at once learns parts of the scenes before it has an order of the whole: a pose folded upon another, or
    the shape counted upwards here and downwards there, which no later step undoes. So the noise starts high, where only what is the
    same everywhere pays for its divergence, and falls to its value by a factor for each of `cooling` steps.

    Read: "loss", the sum of squared errors of a picture / (2 noise²) plus the divergence of the active units and the deviations,
    at the last noise; "error", the mean squared error of a pixel.

    Fields:
        pinned: factors that have a unit of their own, the first ones of the code.
        noise: the standard deviation of pixels around what is rendered.
        beta: the factor of the divergence from a standard normal code.
        invariance: the factor of the deviations.
        first_noise: the noise before the first step.
        cooling: how many steps it takes from there to `noise`; 0 for none.

    Reference: T. Kulkarni, W. Whitney, P. Kohli, J. Tenenbaum, "Deep convolutional inverse graphics network", NIPS 2015.
    """

    pinned: int = 1
    noise: float = 0.1
    beta: float = 1.0
    invariance: float = 1.0
    first_noise: float = 1.0
    cooling: int = 0

    def __post_init__(self) -> None:
        if self.pinned < 1 or self.noise <= 0 or self.beta < 0 or self.invariance < 0:
            what = f"Clamped(pinned={self.pinned}, noise={self.noise}, beta={self.beta}, invariance={self.invariance}) is not possible"
            raise ArgumentError(what, remedy="pin at least one unit; noise > 0, beta ≥ 0, invariance ≥ 0")
        if self.cooling < 0 or (self.cooling and self.first_noise < self.noise):
            what = f"the noise cannot fall from {self.first_noise} to {self.noise} in {self.cooling} steps"
            raise ArgumentError(what, remedy="give cooling ≥ 0 and a first_noise of at least noise")

    def check(self, net: Layer) -> None:
        if not isinstance(net, GraphicsCode):
            raise ArgumentError(f"clamped learning is for a GraphicsCode, not {describe(net)}", remedy="use InverseGraphicsNetwork")

    def active(self, factor: Int[Array, " groups"], code: int) -> Bool[Array, "groups code"]:
        """Which units may vary in each group."""
        own = jnp.minimum(jnp.arange(code), self.pinned)
        return own == factor[:, None]

    def noise_after(self, count: Any) -> Any:
        """The noise after `count` steps, a straight line in its logarithm."""
        left = jnp.maximum(1 - count / max(self.cooling, 1), 0) if self.cooling else 0.0
        return self.noise * (self.first_noise / self.noise) ** left

    def price(self, net: GraphicsCode, batch: Batch, key: Key | None, count: Any) -> Priced:
        if key is None:
            squares, rest = jnp.sum((net.render(net(batch.x)) - batch.x.astype(jnp.float32)) ** 2, (2, 3, 4)).mean(1), jnp.zeros(())
        else:
            squares, rest = self.terms(net, batch, key)
        noise = self.noise if key is None else self.noise_after(count)
        cost, final = (mean_statistics((squares / (2 * some**2) + rest) * batch.weight, batch.valid) for some in (noise, self.noise))
        logs = {"loss": final, "error": mean_statistics(squares / np.prod(batch.x.shape[2:]), batch.valid)}
        return Priced(cost[0] / jnp.maximum(cost[1], 1), logs, net)

    def names(self) -> list[str]:
        return ["loss", "error"]

    def terms(self, net: GraphicsCode, batch: Batch, key: Key) -> tuple[Float[Array, " groups"], Float[Array, " groups"]]:
        """The squared errors of a picture, and its divergence and deviations: means over each group."""
        mean, spread = net.describe(batch.x)
        active = self.active(batch.y.reshape(-1), net.code)[:, None]
        drawn = mean + jnp.exp(0.5 * spread) * jax.random.normal(key, mean.shape)
        middle = lax.stop_gradient(mean.mean(1, keepdims=True))
        made = net.render(jnp.where(active, drawn, middle))
        squares = jnp.sum((made - batch.x.astype(made.dtype)) ** 2, (2, 3, 4))
        kl = divergence(jnp.where(active, mean, 0), jnp.where(active, spread, 0))
        deviation = jnp.sum(jnp.where(active, 0, (mean - middle) ** 2), axis=2) / 2  # its gradient is mean − middle
        return squares.mean(1), jnp.mean(self.beta * kl + self.invariance * deviation, axis=1)
