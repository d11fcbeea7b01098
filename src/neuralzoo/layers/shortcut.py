"""The shortcut without parameters."""

from typing import Self

import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ShapeError
from neuralzoo.core.layer import Key, Layer, Spec


class PaddedIdentity(Layer):
    """Every `strides`-th cell, and channels of zeros after its own: `(batch, h, w, c) -> (batch, ⌈h / s⌉, ⌈w / s⌉, filters)`.

    Fields:
        filters: channels of the output, at least as many as those of the input.
        strides: step along height and width.

    Example:
        >>> import jax.numpy as jnp
        >>> PaddedIdentity(8, strides=2)(jnp.ones((1, 7, 7, 3))).shape
        (1, 4, 4, 8)

    Reference: K. He et al., "Deep residual learning for image recognition", CVPR 2016 (the shortcuts of option A).
    """

    filters: int
    strides: int = 1

    def build(self, x: Spec, key: Key) -> Self:
        if x.shape[-1] > self.filters:
            what = f"PaddedIdentity makes {self.filters} channels, and its input {x.shape} has more"
            raise ShapeError(what, remedy="pad to at least as many channels, or use a 1 × 1 convolution as the shortcut")
        return self

    def __call__(self, x: Float[Array, "batch height width channels"]) -> Float[Array, "batch rows columns filters"]:
        kept = x[:, :: self.strides, :: self.strides]
        return jnp.pad(kept, ((0, 0), (0, 0), (0, 0), (0, self.filters - x.shape[-1])))
