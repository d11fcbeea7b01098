"""Normalisation over the batch or over the features."""

from typing import Self

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, param, require_built, state


class BatchNormalization(Layer):
    """(x − mean) / √(variance + epsilon) · gamma + beta for each feature: `(*batch, features) -> (*batch, features)`.

    While training, mean and variance are those of the batch, and the moving ones follow them:
    moving ← momentum · moving + (1 − momentum) · batch. Afterwards the moving ones are used.

    Fields:
        momentum: how slowly the moving statistics follow.
        epsilon: added to the variance.
        center, scale: whether to learn beta and gamma.

    Reference: S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015.
    """

    momentum: float = 0.99
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    gamma: Built[Float[Array, " features"]] = param()
    beta: Built[Float[Array, " features"]] = param()
    moving_mean: Built[Float[Array, " features"]] = state()
    moving_variance: Built[Float[Array, " features"]] = state()

    def build(self, x: Spec, key: Key) -> Self:
        size = (x.shape[-1],)
        return self.set(
            gamma=jnp.ones(size) if self.scale else None,
            beta=jnp.zeros(size) if self.center else None,
            moving_mean=jnp.zeros(size),
            moving_variance=jnp.ones(size),
        )

    def __call__(self, x: Float[Array, "*batch features"]) -> Float[Array, "*batch features"]:
        require_built(self, "moving_mean")
        return _normalise(x, self.moving_mean, self.moving_variance, self.epsilon, self.gamma, self.beta)

    def forward(self, x: Float[Array, "*batch features"], key: Key) -> tuple[Float[Array, "*batch features"], Self]:
        require_built(self, "moving_mean")
        axes = tuple(range(x.ndim - 1))
        mean, variance = x.mean(axes), x.var(axes)
        y = _normalise(x, mean, variance, self.epsilon, self.gamma, self.beta)
        if not self.trainable:  # a frozen layer keeps its statistics, and uses them
            return self(x), self
        follow = 1 - self.momentum
        return y, self.set(
            moving_mean=self.moving_mean + follow * lax.stop_gradient(mean - self.moving_mean),
            moving_variance=self.moving_variance + follow * lax.stop_gradient(variance - self.moving_variance),
        )


class LayerNormalization(Layer):
    """(x − mean) / √(variance + epsilon) · gamma + beta over the last axis of each row: `(*batch, features) -> same`.

    Reference: J. Ba, J. Kiros, G. Hinton, "Layer normalization", arXiv:1607.06450, 2016.
    """

    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    gamma: Built[Float[Array, " features"]] = param()
    beta: Built[Float[Array, " features"]] = param()

    def build(self, x: Spec, key: Key) -> Self:
        size = (x.shape[-1],)
        return self.set(gamma=jnp.ones(size) if self.scale else None, beta=jnp.zeros(size) if self.center else None)

    def __call__(self, x: Float[Array, "*batch features"]) -> Float[Array, "*batch features"]:
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return _normalise(x, mean, variance, self.epsilon, self.gamma, self.beta)


def _normalise(x: Array, mean: Array, variance: Array, epsilon: float, gamma: Array | None, beta: Array | None) -> Array:
    y = (x - mean) * lax.rsqrt(variance + epsilon)
    if gamma is not None:
        y = y * gamma
    return y if beta is None else y + beta
