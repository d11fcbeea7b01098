"""Normalisation over the batch or over the features."""

from typing import Self

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, param, require_built, state
from neuralzoo.kernels.normalization import normalise_batch, wide


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
        if not self.trainable:  # a frozen layer keeps its statistics, and uses them
            return self(x), self
        gamma = jnp.ones_like(self.moving_variance) if self.gamma is None else self.gamma
        beta = jnp.zeros_like(self.moving_mean) if self.beta is None else self.beta
        y, mean, variance = normalise_batch(x, gamma, beta, self.epsilon)
        follow = 1 - self.momentum
        return y, self.set(
            moving_mean=self.moving_mean + follow * (mean - self.moving_mean),
            moving_variance=self.moving_variance + follow * (variance - self.moving_variance),
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
        mean, variance = wide(x).mean(-1, keepdims=True), wide(x).var(-1, keepdims=True)
        return _normalise(x, mean, variance, self.epsilon, self.gamma, self.beta)


class LocalResponseNormalization(Layer):
    """x / (bias + alpha · Σ x²)^beta, the sum over the channels within `radius` of each: `(*batch, channels) -> same`.

    The sum is not divided by the number of channels, as in the paper; other libraries divide, or take other constants.

    Fields:
        radius: how many channels on either side.
        bias, alpha, beta: the constants k, α and β of the paper.

    Example:
        >>> import jax.numpy as jnp
        >>> LocalResponseNormalization(radius=1, bias=2.0, alpha=1.0, beta=1.0)(jnp.array([[1.0, 1.0]])).tolist()
        [[0.25, 0.25]]

    Reference: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep convolutional neural networks", NeurIPS 2012.
    """

    radius: int = 2
    bias: float = 2.0
    alpha: float = 1e-4
    beta: float = 0.75

    def __call__(self, x: Float[Array, "*batch channels"]) -> Float[Array, "*batch channels"]:
        around = [(0, 0)] * (x.ndim - 1) + [(self.radius, self.radius)]
        squares, channels = jnp.pad(x**2, around), x.shape[-1]
        total = sum((squares[..., k : k + channels] for k in range(1, 2 * self.radius + 1)), squares[..., :channels])
        return x / (self.bias + self.alpha * total) ** self.beta


def _normalise(x: Array, mean: Array, variance: Array, epsilon: float, gamma: Array | None, beta: Array | None) -> Array:
    y = (x - mean) * lax.rsqrt(variance + epsilon)
    if gamma is not None:
        y = y * gamma
    return (y if beta is None else y + beta).astype(x.dtype)
