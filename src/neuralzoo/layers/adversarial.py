"""Two networks against each other: one makes rows, one values them."""

from typing import Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import part


class AdversarialPair(Layer):
    """The critic's value of each row, high for real ones: `(batch, *row) -> (batch,)`; `generate` makes rows from normal noise.

    Fields:
        latent: how many numbers of noise a row is made from.
        generator: `(batch, latent) -> (batch, *row)`.
        critic: `(batch, *row) -> (batch, 1)`.
        average: the generator with the moving average of its arrays, which `generate` uses: the game goes round in circles, and their
            middle is nearer to what it is about.

    References: I. Goodfellow et al., "Generative adversarial nets", NIPS 2014; Y. Yazıcı et al., "The unusual effectiveness of
    averaging in GAN training", ICLR 2019.
    """

    latent: int
    generator: Layer = part()
    critic: Layer = part()
    average: Layer = part(default=Chain())

    def __post_init__(self) -> None:
        if not isinstance(self.latent, int) or self.latent < 1:
            raise ArgumentError(f"rows cannot be made from {self.latent} numbers of noise", remedy="give latent=1 or more, such as 100")

    def build(self, x: Spec, key: Key) -> Self:
        noise = jax.ShapeDtypeStruct((x.shape[0], self.latent), jnp.float32)
        generator = self.generator.build(noise, jax.random.fold_in(key, 0))
        made = jax.eval_shape(generator, noise)
        if made.shape != x.shape:
            what = f"the generator makes rows of shape {made.shape[1:]}, but the real rows have shape {x.shape[1:]}"
            raise ShapeError(what, remedy=f"give a generator whose last layer makes {x.shape[1:]}")
        critic = self.critic.build(made, jax.random.fold_in(key, 1))
        valued = jax.eval_shape(critic, made)
        if valued.shape != (x.shape[0], 1):
            what = f"the critic answers each row with {valued.shape[1:]} numbers"
            raise ShapeError(what, remedy="let its last layer be Dense(1), without an activation")
        return self.set(generator=generator, critic=critic, average=generator.set(trainable=False))

    def __call__(self, x: Float[Array, "batch ..."]) -> Float[Array, " batch"]:
        return self.critic(x)[:, 0]

    def forward(self, x: Float[Array, "batch ..."], key: Key) -> tuple[Float[Array, " batch"], Self]:
        values, critic = self.critic.forward(x, key)
        return values[:, 0], self.set(critic=critic)

    def noise(self, key: Key, rows: int) -> Float[Array, "rows latent"]:
        """What rows are made from."""
        return jax.random.normal(key, (rows, self.latent))

    def generate(self, noise: Float[Array, "rows latent"]) -> Float[Array, "rows ..."]:
        """Rows from noise, by the averaged generator."""
        return self.average(noise)
