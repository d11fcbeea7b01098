"""Weights that are normal distributions, each its own: layers with such weights, and the price of departing from a prior."""

import dataclasses
import math
from typing import Any, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.activations import activation_named
from neuralzoo.core.composite import Chain
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, Record, keyword, merge, param, part, split, walk
from neuralzoo.kernels.product import product
from neuralzoo.kernels.random import normals
from neuralzoo.layers.dense import Dense
from neuralzoo.zoo.observed import prior_precisions
from neuralzoo.zoo.posterior import Posterior

START = 0.02  # the standard deviation of each weight at first, as a share of its prior's


class Uncertain(Layer):
    """A layer whose weights are drawn anew whenever it is trained: w = mean + softplus(ρ) · normal noise; as deployed, their means.

    One draw counts for all rows of a batch. A Dense layer may draw what its units get instead, x @ mean ± √(x² @ σ²) row by row, which is
    distributed alike for each row and makes gradients of less variance (local reparameterisation). Unless told it does so where it
    takes fewer random numbers: for fewer rows than inputs.

    Fields:
        inner: the layer, its weights being the means.
        scale: of the prior, see `prior_precisions`.
        local: whether to draw by row; None for where it pays.
        rho: ρ of each of the layer's parameters.

    References: C. Blundell et al., "Weight uncertainty in neural networks", ICML 2015; D. Kingma, T. Salimans, M. Welling, "Variational
    dropout and the local reparameterization trick", NIPS 2015.
    """

    inner: Layer = part()
    scale: float = 1.0
    local: bool | None = keyword(default=None)
    rho: Built[tuple[Array, ...]] = param()

    def build(self, x: Spec, key: Key) -> Self:
        inner = self.inner.build(x, key)
        means, starts = jax.tree.leaves(split(inner)[0]), [START / tau**0.5 for tau in prior_precisions(inner, self.scale)]
        return self.set(
            inner=inner, rho=tuple(jnp.full(a.shape, math.log(math.expm1(s)), jnp.float32) for a, s in zip(means, starts, strict=True))
        )

    def __call__(self, x: Any) -> Any:
        return self.inner(x)

    def forward(self, x: Any, key: Key) -> tuple[Any, Self]:
        if isinstance(self.inner, Dense) and self.inner.trainable:
            return self.inner_by_row(x, key) if self.by_row(x) else self.inner_by_weight(x, key), self
        y, after = self.drawn(key).forward(x, jax.random.fold_in(key, 0))
        return y, self.set(inner=merge(split(self.inner)[0], split(after)[1]))

    def by_row(self, x: Any) -> bool:
        """Whether to draw what units get."""
        return math.prod(x.shape[:-1]) < x.shape[-1] if self.local is None else self.local

    def inner_by_row(self, x: Any, key: Key) -> Array:
        """The output of a Dense layer, what its units get drawn by row."""
        dense, sigmas = self.inner, self.sigmas()
        assert isinstance(dense, Dense)
        mean, variance = product(x, dense.kernel), product(x * x, sigmas[0] ** 2)
        if dense.bias is not None:
            mean, variance = mean + dense.bias, variance + sigmas[1] ** 2
        noise = normals(key, mean.shape)
        return activation_named(dense.activation)(mean + jnp.sqrt(jnp.maximum(variance, 1e-20)) * noise)

    def inner_by_weight(self, x: Any, key: Key) -> Array:
        """The output of a Dense layer with weights drawn once, the bias as one row of the kernel more.

        All of it is one product: weights that are broadcast over the rows the compiler would draw again for each of them.
        """
        dense, sigmas = self.inner, self.sigmas()
        assert isinstance(dense, Dense)
        mean, sigma = dense.kernel, sigmas[0]
        if dense.bias is not None:
            mean, sigma = jnp.vstack([mean, dense.bias]), jnp.vstack([sigma, sigmas[1]])
            x = jnp.concatenate([x, jnp.ones((*x.shape[:-1], 1), x.dtype)], axis=-1)
        return activation_named(dense.activation)(x @ (mean + sigma * normals(key, mean.shape)))

    def sigmas(self) -> list[Array]:
        """The standard deviations, in the order of the layer's parameters."""
        return [jax.nn.softplus(rho) for rho in self.rho]

    def drawn(self, key: Key) -> Layer:
        """The layer with weights drawn once."""
        means, rest = split(self.inner)
        leaves, tree = jax.tree.flatten(means)
        noise = normals(key, (sum(a.size for a in leaves),))
        drawn, start = [], 0
        for mean, sigma in zip(leaves, self.sigmas(), strict=True):
            drawn.append(mean + sigma * noise[start : start + mean.size].reshape(mean.shape))
            start += mean.size
        return merge(jax.tree.unflatten(tree, drawn), rest)

    def divergence(self) -> Float[Array, ""]:
        """KL(weights ‖ prior) in nats: Σ ½ (τ (σ² + mean²) − 1 − log τσ²)."""
        total = jnp.zeros(())
        for mean, sigma, tau in zip(
            jax.tree.leaves(split(self.inner)[0]), self.sigmas(), prior_precisions(self.inner, self.scale), strict=True
        ):
            total = total + 0.5 * jnp.sum(tau * (sigma**2 + mean**2) - 1 - math.log(tau) - 2 * jnp.log(sigma))
        return total


class Divergence(Record):
    """weight · KL(weights ‖ prior) / rows, as a penalty: with the mean loss of a row it makes the negative ELBO of a row.

    Fields:
        weight: 1 for Bayes's rule; less for a posterior that trusts the rows more than it should ("cold").
    """

    weight: float = 1.0

    def __call__(self, net: Any, x: Any) -> Float[Array, ""]:
        return self.weight * divergence(net) / net.observed.rows


def divergence(net: Any) -> Float[Array, ""]:
    """KL(weights ‖ prior) of all uncertain layers of a network."""
    return sum((layer.divergence() for layer in walk(net) if isinstance(layer, Uncertain)), jnp.zeros(()))


def uncertain(net: Layer, scale: float, local: bool | None) -> Layer:
    """The network with every layer that has weights made uncertain."""
    if isinstance(net, Chain):
        return net.set(layers=tuple(uncertain(layer, scale, local) for layer in net.layers))
    return Uncertain(net, scale, local=local) if has_weights(net) else net


def certain(net: Any, key: Key) -> Any:
    """The network with the weights of every uncertain layer drawn once."""
    if isinstance(net, Uncertain):
        return net.drawn(key)
    if isinstance(net, Chain):
        return net.set(layers=tuple(certain(layer, jax.random.fold_in(key, i)) for i, layer in enumerate(net.layers)))
    return net


def has_weights(net: Layer) -> bool:
    """Whether a layer that may not be built yet has parameters of its own or inside."""
    return any(roles_of(type(r))[name] == "param" for r in walk(net) for name in r.data_fields)


def roles_of(kind: Any) -> dict[str, str]:
    """The role of each field of a class of records that has one."""
    return {field.name: field.metadata["role"] for field in dataclasses.fields(kind) if field.metadata.get("role")}


class MeanField(Posterior):
    """A posterior of independent normal weights: the layers inside are `Uncertain`.

    Fields:
        scale, local: as of those.
    """

    scale: float = 1.0
    local: bool | None = keyword(default=None)

    def taking(self, net: Layer) -> Layer:
        return uncertain(net, self.scale, self.local)

    def outcomes(self, x: Any, key: Key, draws: int) -> Float[Array, "draws batch outcome"]:
        net = self.observed
        return jax.vmap(lambda key: net.set(inner=certain(net.inner, key), draws=1)(x))(jax.random.split(key, draws))
