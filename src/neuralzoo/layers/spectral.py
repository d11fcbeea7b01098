"""Spectral normalisation: a layer that cannot stretch its input by more than 1."""

from typing import Any, Self

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, Spec, describe
from neuralzoo.core.record import Built, part, require_built, state

SETTLING = 20  # rounds of power iteration at the start


class SpectralNormalization(Layer):
    """A layer with kernel / σ(kernel), σ the largest singular value of the kernel as a matrix `(fan_in, units)`: shapes as of `layer`.

    σ is estimated by power iteration, v ← W u / ‖W u‖, u ← Wᵀ v / ‖Wᵀ v‖, σ = v·W u. One round a step is enough, since the
    kernel moves little; `forward` hands u on, a call starts from the same u and forgets it.

    Fields:
        layer: a dense or convolutional layer, anything with a `kernel` whose last axis are its units.
        power_iterations: rounds in each use.
        vector: u, of length 1.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers import Dense
        >>> layer = SpectralNormalization(Dense(3, use_bias=False)).build(jnp.ones((1, 4)), jax.random.key(0))
        >>> bool(jnp.linalg.norm(layer(jnp.eye(4)), 2) < 1.001)
        True

    Reference: T. Miyato, T. Kataoka, M. Koyama, Y. Yoshida, "Spectral normalization for generative adversarial networks", ICLR 2018.
    """

    layer: Layer = part()
    power_iterations: int = 1
    vector: Built[Float[Array, " units"]] = state()

    def __post_init__(self) -> None:
        if self.power_iterations < 1:
            raise ArgumentError(f"SpectralNormalization with {self.power_iterations} power_iterations", remedy="take at least 1")

    def build(self, x: Spec, key: Key) -> Self:
        layer = self.layer.build(x, key)
        if getattr(layer, "kernel", None) is None:
            what = f"SpectralNormalization needs a layer with a kernel, but {describe(layer)} has none"
            raise ArgumentError(what, remedy="wrap Dense, Conv1D, Conv2D or Conv3D")
        matrix = _matrix(layer)
        vector = jax.random.normal(jax.random.fold_in(key, 1), matrix.shape[1:], matrix.dtype)
        return self.set(layer=layer, vector=_iterate(matrix, vector, SETTLING)[1])

    def __call__(self, x: Any) -> Any:
        return self._normalised()[0](x)

    def forward(self, x: Any, key: Key) -> tuple[Any, Self]:
        layer, vector = self._normalised()
        y, after = layer.forward(x, key)
        return y, self.set(layer=after.set(kernel=self.layer.kernel), vector=vector)  # pyright: ignore[reportAttributeAccessIssue]

    def sigma(self) -> Float[Array, ""]:
        """The estimate of the largest singular value."""
        return self._estimate()[0]

    def _estimate(self) -> tuple[Array, Array]:
        require_built(self, "vector")
        matrix = _matrix(self.layer)
        left, right = lax.stop_gradient(_iterate(lax.stop_gradient(matrix), self.vector, self.power_iterations))
        return left @ matrix @ right, right

    def _normalised(self) -> tuple[Layer, Array]:
        sigma, vector = self._estimate()
        kernel: Any = self.layer.kernel  # pyright: ignore[reportAttributeAccessIssue]
        return self.layer.set(kernel=kernel / jnp.maximum(sigma, 1e-12)), vector


def _matrix(layer: Any) -> Array:
    return layer.kernel.reshape(-1, layer.kernel.shape[-1])


def _iterate(matrix: Array, right: Array, rounds: int) -> tuple[Array, Array]:
    """The singular vectors after some rounds."""
    left = matrix[:, 0]
    for _ in range(rounds):
        left = _unit(matrix @ right)
        right = _unit(left @ matrix)
    return left, right


def _unit(vector: Array) -> Array:
    return vector / jnp.maximum(jnp.linalg.norm(vector), 1e-12)
