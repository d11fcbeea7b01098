"""Layers that change the size or the order of the axes: padding, cropping, upsampling, permuting."""

from collections.abc import Sequence
from typing import Any, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Shaped

from neuralzoo.core.errors import ArgumentError, ShapeError, nearest
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.layers.window import Padding, PerAxis, Spatial, check_images

Images = Shaped[Array, "batch *space channels"]
Resized = Shaped[Array, "batch *new_space channels"]
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


class ZeroPadding(Spatial):
    """What `ZeroPadding1D`, `ZeroPadding2D` and `ZeroPadding3D` are: images with a border of zeros.

    Fields:
        padding: cells on every side, a number for each axis, or (before, after) for each axis; in 1-D, two numbers are (before, after).
        data_format: None or "channels_last".
    """

    padding: Padding = 1
    data_format: str | None = None

    def __post_init__(self) -> None:
        self.check_data_format(self.data_format)
        self.per_side("padding")

    def __call__(self, x: Images) -> Resized:
        check_images(self, self.dimensions, x)
        return jnp.pad(x, ((0, 0), *self.per_side("padding"), (0, 0)))


class Cropping(Spatial):
    """What `Cropping1D`, `Cropping2D` and `Cropping3D` are: images without a border.

    Fields:
        cropping: cells on every side, a number for each axis, or (before, after) for each axis; in 1-D, two numbers are (before, after).
        data_format: None or "channels_last".
    """

    cropping: Padding = 1
    data_format: str | None = None

    def __post_init__(self) -> None:
        self.check_data_format(self.data_format)
        self.per_side("cropping")

    def __call__(self, x: Images) -> Resized:
        check_images(self, self.dimensions, x)
        sides = self.per_side("cropping")
        if any(low + high >= cells for cells, (low, high) in zip(x.shape[1:-1], sides, strict=True)):
            what = f"{self.named('cropping')} leaves nothing of an input of shape {x.shape}"
            raise ShapeError(what, remedy="crop fewer cells than each axis of space has")
        return x[:, *(slice(low, cells - high) for cells, (low, high) in zip(x.shape[1:-1], sides, strict=True))]


class UpSampling(Spatial):
    """What `UpSampling1D`, `UpSampling2D` and `UpSampling3D` are: images enlarged by a whole factor.

    Fields:
        size: the factor: one number, or one for each axis.
        data_format: None or "channels_last".
        interpolation: "nearest" (each cell repeated), "bilinear" (linear along each axis), "bicubic", "lanczos3" or "lanczos5".
    """

    size: PerAxis = 2
    data_format: str | None = None
    interpolation: str = "nearest"

    def __post_init__(self) -> None:
        self.check_data_format(self.data_format)
        self.per_axis("size")
        if self.interpolation not in INTERPOLATIONS:
            raise ArgumentError(f"{self.named('interpolation')} is unknown", remedy=nearest(str(self.interpolation), INTERPOLATIONS))

    def __call__(self, x: Images) -> Resized:
        check_images(self, self.dimensions, x)
        batch, *space, channels = x.shape
        factors = self.per_axis("size")
        larger = tuple(n * factor for n, factor in zip(space, factors, strict=True))
        if self.interpolation != "nearest":
            return jax.image.resize(x, (batch, *larger, channels), self.interpolation)
        gaps = x.reshape(batch, *(n for cells in space for n in (cells, 1)), channels)
        repeated = (n for pair in zip(space, factors, strict=True) for n in pair)
        return jnp.broadcast_to(gaps, (batch, *repeated, channels)).reshape(batch, *larger, channels)


class ZeroPadding1D(ZeroPadding):
    """Zeros before and after a sequence: `(batch, steps, channels) -> (batch, more_steps, channels)`; fields as of `ZeroPadding`."""

    dimensions = 1


class ZeroPadding2D(ZeroPadding):
    """Zeros around an image: `(batch, height, width, channels) -> (batch, *larger, channels)`; fields as of `ZeroPadding`.

    Example:
        >>> import jax.numpy as jnp
        >>> ZeroPadding2D(((1, 0), (2, 0)))(jnp.ones((1, 1, 2, 1)))[0, ..., 0].tolist()
        [[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]
    """

    dimensions = 2


class ZeroPadding3D(ZeroPadding):
    """Zeros around a volume: `(batch, *space, channels) -> (batch, *larger, channels)`; fields as of `ZeroPadding`."""

    dimensions = 3


class Cropping1D(Cropping):
    """A sequence without its ends: `(batch, steps, channels) -> (batch, fewer_steps, channels)`; fields as of `Cropping`."""

    dimensions = 1


class Cropping2D(Cropping):
    """An image without its border: `(batch, height, width, channels) -> (batch, *smaller, channels)`; fields as of `Cropping`.

    Example:
        >>> import jax.numpy as jnp
        >>> Cropping2D(((1, 0), (2, 0)))(jnp.ones((5, 8, 8, 3))).shape
        (5, 7, 6, 3)
    """

    dimensions = 2
    cropping: Padding = 0


class Cropping3D(Cropping):
    """A volume without its border: `(batch, *space, channels) -> (batch, *smaller, channels)`; fields as of `Cropping`."""

    dimensions = 3


class UpSampling1D(UpSampling):
    """Each step repeated: `(batch, steps, channels) -> (batch, size · steps, channels)`; fields as of `UpSampling`."""

    dimensions = 1


class UpSampling2D(UpSampling):
    """An image enlarged: `(batch, height, width, channels) -> (batch, size · height, size · width, channels)`; fields as of `UpSampling`.

    Example:
        >>> import jax.numpy as jnp
        >>> UpSampling2D((1, 2))(jnp.array([3.0, 5.0]).reshape(1, 1, 2, 1))[0, ..., 0].tolist()
        [[3.0, 3.0, 5.0, 5.0]]
    """

    dimensions = 2


class UpSampling3D(UpSampling):
    """A volume enlarged: `(batch, *space, channels) -> (batch, *larger, channels)`; fields as of `UpSampling`."""

    dimensions = 3


class Permute(Layer):
    """The axes of each example in another order: `(batch, *shape) -> (batch, *permuted)`.

    Fields:
        dims: the axes of an example in their new order, counted from 1: `(3, 1, 2)` puts the last axis in front.

    Example:
        >>> import jax.numpy as jnp
        >>> Permute((2, 3, 1))(jnp.ones((5, 3, 28, 28))).shape
        (5, 28, 28, 3)
    """

    dims: Sequence[int]

    def __post_init__(self) -> None:
        if not isinstance(self.dims, Sequence) or sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            what = f"Permute(dims={self.dims!r}) is not an order of axes"
            raise ArgumentError(what, remedy="give every axis of an example once, counted from 1, such as (2, 3, 1)")

    def build(self, x: Spec, key: Key) -> Self:
        self._check(x)
        return self

    def __call__(self, x: Shaped[Array, "*shape"]) -> Shaped[Array, "*permuted"]:
        self._check(x)
        return x.transpose(0, *self.dims)

    def _check(self, x: Any) -> None:
        if len(x.shape) != len(self.dims) + 1:
            what = f"Permute(dims={self.dims!r}) orders {len(self.dims)} axes, but an example of shape {x.shape[1:]} has {len(x.shape) - 1}"
            raise ShapeError(what, remedy="name each axis but the batch's once")
