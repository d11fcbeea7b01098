"""Layers that add noise while training and are the identity afterwards."""

from typing import ClassVar, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.kernels.random import keep_mask
from neuralzoo.layers.window import check_images


class Dropout(Layer):
    """While training each value is 0 with probability `rate`, else divided by 1 − rate: `(*batch, …) -> (*batch, …)`.

    Fields:
        rate: the fraction of values to drop, 0 ≤ rate < 1.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> x, drop = jnp.ones(1000), Dropout(0.25)
        >>> bool((drop(x) == x).all())
        True
        >>> y, _ = drop.forward(x, jax.random.key(0))
        >>> sorted({round(value, 4) for value in y.tolist()})
        [0.0, 1.3333]

    Reference: N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014.
    """

    rate: float

    def build(self, x: Spec, key: Key) -> Self:
        if not 0 <= self.rate < 1:
            raise ArgumentError(f"{type(self).__name__}'s rate is {self.rate}", remedy="choose a fraction between 0 and 1 (1 excluded)")
        return self

    def __call__(self, x: Float[Array, "*any"]) -> Float[Array, "*any"]:
        return x

    def forward(self, x: Float[Array, "*any"], key: Key) -> tuple[Float[Array, "*any"], Self]:
        if self.rate == 0:
            return x, self
        return jnp.where(keep_mask(key, self.rate, self.drawn(x.shape)), x / (1 - self.rate), 0), self

    def drawn(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """How many times to draw along each axis of an input of such a shape; one draw counts for the whole axis."""
        return shape


class SpatialDropout1D(Dropout):
    """While training each channel of a sequence is 0 as a whole with probability `rate`: `(batch, steps, channels) -> same`.

    Neighbouring steps say much the same, so that dropping them one by one would take little away.

    Fields:
        rate: the fraction of channels to drop, 0 ≤ rate < 1.

    Reference: J. Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015.
    """

    dimensions: ClassVar[int] = 1

    def __call__(self, x: Float[Array, "*any"]) -> Float[Array, "*any"]:
        check_images(self, self.dimensions, x)
        return x

    def drawn(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (shape[0], *(1,) * self.dimensions, shape[-1])


class SpatialDropout2D(SpatialDropout1D):
    """The same for channels of images: `(batch, height, width, channels) -> same`; see `SpatialDropout1D`."""

    dimensions = 2


class SpatialDropout3D(SpatialDropout1D):
    """The same for channels of volumes: `(batch, depth, height, width, channels) -> same`; see `SpatialDropout1D`."""

    dimensions = 3


class GaussianNoise(Layer):
    """While training adds noise of standard deviation `stddev`: `(*batch, …) -> (*batch, …)`.

    Reference: C. Bishop, "Training with noise is equivalent to Tikhonov regularization", Neural Computation 7, 1995.
    """

    stddev: float

    def __call__(self, x: Float[Array, "*any"]) -> Float[Array, "*any"]:
        return x

    def forward(self, x: Float[Array, "*any"], key: Key) -> tuple[Float[Array, "*any"], Self]:
        return x + self.stddev * jax.random.normal(key, x.shape, x.dtype), self
