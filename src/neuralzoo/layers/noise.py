"""Layers that add noise while training and are the identity afterwards."""

from typing import ClassVar, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Shaped

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


class MaskingNoise(Layer):
    """While training each value is 0 with probability `share`, else as it is: `(*batch, …) -> (*batch, …)`.

    Other than dropout it lets the kept values be: what is missing is missing, and is to be guessed.

    Fields:
        share: of the values that are lost, 0 … 1.

    Example:
        >>> x, noise = jnp.ones(1000), MaskingNoise(0.25)
        >>> bool((noise(x) == x).all()), sorted(set(noise.forward(x, jax.random.key(0))[0].tolist()))
        (True, [0.0, 1.0])

    Reference: P. Vincent et al., "Extracting and composing robust features with denoising autoencoders", ICML 2008.
    """

    share: float

    def __post_init__(self) -> None:
        require_share(self)

    def __call__(self, x: Shaped[Array, "*any"]) -> Shaped[Array, "*any"]:
        return x

    def forward(self, x: Shaped[Array, "*any"], key: Key) -> tuple[Shaped[Array, "*any"], Self]:
        return jnp.where(_struck(key, self.share, x.shape), jnp.zeros((), x.dtype), x), self


class SaltAndPepperNoise(Layer):
    """While training each value is with probability `share` either `low` or `high`, by a fair coin: `(*batch, …) -> (*batch, …)`.

    Fields:
        share: of the values that are spoilt, 0 … 1.
        low, high: pepper and salt, the least and the greatest value of the data.

    Example:
        >>> y, _ = SaltAndPepperNoise(0.5).forward(jnp.full(1000, 0.5), jax.random.key(0))
        >>> sorted(set(y.tolist()))
        [0.0, 0.5, 1.0]

    Reference: P. Vincent et al., "Stacked denoising autoencoders", Journal of Machine Learning Research 11, 2010.
    """

    share: float
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        require_share(self)

    def __call__(self, x: Float[Array, "*any"]) -> Float[Array, "*any"]:
        return x

    def forward(self, x: Float[Array, "*any"], key: Key) -> tuple[Float[Array, "*any"], Self]:
        salt = keep_mask(jax.random.fold_in(key, 1), 0.5, x.shape)
        grain = jnp.where(salt, jnp.asarray(self.high, x.dtype), jnp.asarray(self.low, x.dtype))
        return jnp.where(_struck(key, self.share, x.shape), grain, x), self


def require_share(noise: MaskingNoise | SaltAndPepperNoise) -> None:
    """Raise `ArgumentError` for a share of values that is none."""
    if not 0 <= noise.share <= 1:
        raise ArgumentError(f"{type(noise).__name__}'s share is {noise.share}", remedy="choose a fraction from 0 to 1")


def _struck(key: Key, share: float, shape: tuple[int, ...]) -> Bool[Array, "*any"]:
    """True with the probability `share`; certain at 1."""
    return jnp.ones(shape, bool) if share == 1 else ~keep_mask(key, share, shape)
