"""Variational autoencoding: rows to a distribution over codes, and a code to a distribution over rows."""

import math
from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.composite import Chain, Composite, Visit, building, training
from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.core.layer import Key, Spec
from neuralzoo.core.record import Built, param, part
from neuralzoo.kernels.bernoulli import bernoulli_surprise
from neuralzoo.kernels.random import happens, normals
from neuralzoo.layers.dense import Dense

VISIBLE = ("bernoulli", "gaussian")


class Inferred(NamedTuple):
    """What became of rows.

    mean, log_variance: `(rows, latent)`, of the code, given the rows.
    z: `(rows, latent)`, the code that was drawn.
    y: `(rows, features)`, logits or means of the rows, given the code.
    after: the layer's successor.
    """

    mean: Float[Array, "rows latent"]
    log_variance: Float[Array, "rows latent"]
    z: Float[Array, "rows latent"]
    y: Float[Array, "rows features"]
    after: Any


class Variational(Composite):
    """q(z | x) = N(mean(x), variance(x)), then p(x | z), of prior p(z) = N(0, 1): `(batch, features) -> (batch, features)`.

    In use a row is what is expected of it at the mean of its code; while training the code is drawn.

    Fields:
        latent: numbers in a code.
        visible: "bernoulli", p(x | z) = Π sigmoid(y)ˣ (1 − sigmoid(y))¹⁻ˣ, or "gaussian", N(y, variance) with one variance for all.
        encoder: a chain; a dense layer to 2 · latent numbers, mean and logarithm of the variance, follows it.
        decoder: a chain whose outputs y are logits or means.
        head: that dense layer.
        log_variance: of the rows around y, only where they are Gaussian.

    Example:
        >>> net = Variational(2, encoder=Chain([Dense(8, activation="tanh")]), decoder=Chain([Dense(5)]))
        >>> net = net.build(jax.ShapeDtypeStruct((1, 5), jnp.float32), jax.random.key(0))
        >>> net(jnp.ones((3, 5))).shape, net.encode(jnp.ones((3, 5))).shape
        ((3, 5), (3, 2))

    References: D. Kingma, M. Welling, "Auto-encoding variational Bayes", ICLR 2014; D. Rezende, S. Mohamed, D. Wierstra,
    "Stochastic backpropagation and approximate inference in deep generative models", ICML 2014.
    """

    latent: int
    visible: str = "bernoulli"
    encoder: Chain = part(default=Chain())
    decoder: Chain = part(default=Chain())
    head: Dense = part(default=Dense(2))
    log_variance: Built[Float[Array, ""]] = param()

    def __post_init__(self) -> None:
        if self.visible not in VISIBLE:
            raise ArgumentError(f"there is no decoder {self.visible!r}", remedy=nearest(str(self.visible), VISIBLE))
        if self.latent < 1:
            raise ArgumentError(f"a code of {self.latent} numbers is not possible", remedy="give latent=2 or more")

    def build(self, x: Spec, key: Key) -> Self:
        net = self.set(head=self.head.set(units=2 * self.latent)).thread(x, building(key))[1]
        return net.set(log_variance=jnp.zeros(()) if self.visible == "gaussian" else None)

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        seen = self.through(x, visit, None)
        return visit.join(self.expected, seen.y), seen.after

    def forward(self, x: Any, key: Key) -> tuple[Any, Self]:
        noise = normals(jax.random.fold_in(key, 3), (len(x), self.latent))
        seen = self.through(x, training(key), noise)
        return self.expected(seen.y), seen.after

    def through(self, x: Any, visit: Visit, noise: Any) -> Inferred:
        """Rows on their whole way, the code being mean + deviation · noise, or the mean without noise."""
        layers = (self.encoder, self.head, self.decoder)
        hidden, encoder = visit(layers, 0, x)
        both, head = visit(layers, 1, hidden, (x,))
        mean, log_variance = visit.join(self._halves, both)
        z = mean if noise is None else mean + jnp.exp(log_variance / 2) * noise
        y, decoder = visit(layers, 2, z, (x, hidden))
        return Inferred(mean, log_variance, z, y, self.set(encoder=encoder, head=head, decoder=decoder))

    def encode(self, x: Any) -> Float[Array, "batch latent"]:
        """The means of the codes of rows."""
        return self._halves(self.head(self.encoder(x)))[0]

    def decode(self, z: Float[Array, "batch latent"]) -> Float[Array, "batch ..."]:
        """The rows that are expected of codes."""
        return self.expected(self.decoder(z))

    def expected(self, y: Any) -> Any:
        """The means of rows with logits or means `y`."""
        return jax.nn.sigmoid(y) if self.visible == "bernoulli" else y

    def draw(self, y: Any, key: Key) -> Any:
        """Rows with logits or means `y`."""
        if self.visible == "bernoulli":
            return happens(key, jax.nn.sigmoid(y))
        return y + jnp.exp(self.log_variance / 2) * jax.random.normal(key, y.shape)

    def surprise(self, x: Any, y: Any) -> Float[Array, " batch"]:
        """−ln p(x | z) of rows, y being what the decoder made of z."""
        if self.visible == "bernoulli":
            each = bernoulli_surprise(x, y)
        else:
            each = (jnp.square(x - y) * jnp.exp(-self.log_variance) + self.log_variance + math.log(2 * math.pi)) / 2
        return jnp.sum(each.reshape(len(each), -1), axis=1)

    def _halves(self, both: Any) -> tuple[Any, Any]:
        return both[..., : self.latent], both[..., self.latent :]


def divergence(mean: Float[Array, "*rows latent"], log_variance: Float[Array, "*rows latent"]) -> Float[Array, " *rows"]:
    """KL(N(mean, variance) ‖ N(0, 1)) = ½ Σ (mean² + variance − 1 − ln variance), summed over the last axis.

    >>> float(divergence(jnp.array([1.0, 2.0]), jnp.zeros(2)))
    2.5
    """
    return jnp.sum(jnp.square(mean) + jnp.exp(log_variance) - 1 - log_variance, axis=-1) / 2
