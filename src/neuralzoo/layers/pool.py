"""Pooling over sequences, images and volumes, channels last."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.masked import Masked
from neuralzoo.core.record import keyword
from neuralzoo.kernels.pooling import average_pool, max_pool, max_pool_with_switches
from neuralzoo.layers.unpool import Switches
from neuralzoo.layers.window import Padding, PerAxis, Spatial, Window, check_images, window_of

Images = Shaped[Array, "batch *space channels"]


class Pooling(Spatial):
    """What the layers have in common that make one number of each window, for each channel on its own.

    Along an axis of W cells, a window of K with stride S and padding P on either side has N = (W − K + 2P) / S + 1 places.

    Fields:
        pool_size: of the window: one number, or one for each axis.
        strides: steps of the window, likewise; None for its size, so that windows do not overlap.
        padding: "valid" (none), "same" (W / S places, rounded up), a number of cells for all sides, or (before, after) for each axis.
        data_format: None or "channels_last".
    """

    pool_size: PerAxis = 2
    strides: PerAxis | None = None
    padding: Padding = "valid"
    data_format: str | None = None

    def __post_init__(self) -> None:
        self.check_data_format(self.data_format)
        window = self.window()
        if not isinstance(window.padding, str) and any(max(pair) >= n for pair, n in zip(window.padding, window.size, strict=True)):
            what = f"{self.named('padding')}: there are windows of {window.size} that see nothing but padding"
            raise ArgumentError(what, remedy="let the padding be smaller than the pool_size")

    def window(self) -> Window:
        """What slides over the images."""
        return window_of(self, "pool_size")

    def laid(self, x: Any) -> tuple[Any, ...]:
        """What a numerical kernel needs: the size and strides of the window, and the padding of `x`."""
        check_images(self, self.dimensions, x)
        window = self.window()
        return window.size, window.strides, window.pads(x.shape[1:-1])


class MaxPooling(Pooling):
    """The greatest number of each window.

    Fields (those of `Pooling` and):
        return_switches: return `(y, switches)`; the switches say where each maximum was, for `Unpooling2D` and its like.
    """

    return_switches: bool = keyword(default=False)

    def __call__(self, x: Images) -> Any:
        if not self.return_switches:
            return max_pool(x, *self.laid(x))
        y, places = max_pool_with_switches(x, *self.laid(x))
        return y, Switches(x.shape[1:-1]).set(places=places)


class AveragePooling(Pooling):
    """The mean of each window; cells of padding do not count."""

    def __call__(self, x: Images) -> Float[Array, "batch *out_space channels"]:
        return average_pool(_real(x), *self.laid(x))


class GlobalPooling(Spatial):
    """What the layers have in common that make one number of all of space, for each channel on its own.

    Of a `Masked` batch of sequences only real steps count; a sequence without any gives zeros.

    Fields:
        data_format: None or "channels_last".
        keepdims: keep the axes of space, with length 1.
    """

    data_format: str | None = None
    keepdims: bool = False

    def __post_init__(self) -> None:
        self.check_data_format(self.data_format)

    def axes(self, x: Any) -> tuple[int, ...]:
        """The axes of space of `x`."""
        check_images(self, self.dimensions, x)
        return tuple(range(1, 1 + self.dimensions))


class GlobalMaxPooling(GlobalPooling):
    """The greatest number of each channel."""

    def __call__(self, x: Images | Masked) -> Shaped[Array, "batch *ones channels"]:
        axes = self.axes(x)
        if not isinstance(x, Masked):
            return x.max(axes, keepdims=self.keepdims)
        real = x.mask[..., None]
        y = jnp.where(real, _real(x.values), -jnp.inf).max(axes, keepdims=self.keepdims)
        return jnp.where(real.any(axes, keepdims=self.keepdims), y, 0)


class GlobalAveragePooling(GlobalPooling):
    """The mean of each channel."""

    def __call__(self, x: Images | Masked) -> Float[Array, "batch *ones channels"]:
        axes = self.axes(x)
        if not isinstance(x, Masked):
            return _real(x).mean(axes, keepdims=self.keepdims)
        real = x.mask[..., None]
        total = jnp.where(real, _real(x.values), 0).sum(axes, keepdims=self.keepdims)
        return total / jnp.maximum(real.sum(axes, keepdims=self.keepdims), 1)


class MaxPooling1D(MaxPooling):
    """The greatest number of each window: `(batch, steps, channels) -> (batch, new_steps, channels)`; fields as of `MaxPooling`."""

    dimensions = 1


class MaxPooling2D(MaxPooling):
    """The greatest number of each window: `(batch, height, width, channels) -> (batch, *new_space, channels)`; fields as of `MaxPooling`.

    Example:
        >>> import jax.numpy as jnp
        >>> MaxPooling2D(2)(jnp.arange(16.0).reshape(1, 4, 4, 1))[0, ..., 0].tolist()
        [[5.0, 7.0], [13.0, 15.0]]
    """

    dimensions = 2


class MaxPooling3D(MaxPooling):
    """The greatest number of each window: `(batch, *space, channels) -> (batch, *new_space, channels)`; fields as of `MaxPooling`."""

    dimensions = 3


class AveragePooling1D(AveragePooling):
    """The mean of each window: `(batch, steps, channels) -> (batch, new_steps, channels)`; fields as of `Pooling`."""

    dimensions = 1


class AveragePooling2D(AveragePooling):
    """The mean of each window: `(batch, height, width, channels) -> (batch, *new_space, channels)`; fields as of `Pooling`.

    Example:
        >>> import jax.numpy as jnp
        >>> AveragePooling2D(2)(jnp.arange(16.0).reshape(1, 4, 4, 1))[0, ..., 0].tolist()
        [[2.5, 4.5], [10.5, 12.5]]
    """

    dimensions = 2


class AveragePooling3D(AveragePooling):
    """The mean of each window: `(batch, *space, channels) -> (batch, *new_space, channels)`; fields as of `Pooling`."""

    dimensions = 3


class GlobalMaxPooling1D(GlobalMaxPooling):
    """The greatest number of each channel: `(batch, steps, channels) -> (batch, channels)`; fields as of `GlobalPooling`."""

    dimensions = 1
    masks = True


class GlobalMaxPooling2D(GlobalMaxPooling):
    """The greatest number of each channel: `(batch, height, width, channels) -> (batch, channels)`; fields as of `GlobalPooling`."""

    dimensions = 2


class GlobalMaxPooling3D(GlobalMaxPooling):
    """The greatest number of each channel: `(batch, *space, channels) -> (batch, channels)`; fields as of `GlobalPooling`."""

    dimensions = 3


class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean of each channel: `(batch, steps, channels) -> (batch, channels)`; fields as of `GlobalPooling`."""

    dimensions = 1
    masks = True


class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean of each channel: `(batch, height, width, channels) -> (batch, channels)`; fields as of `GlobalPooling`.

    Example:
        >>> import jax.numpy as jnp
        >>> GlobalAveragePooling2D()(jnp.ones((5, 7, 7, 3))).shape
        (5, 3)

    Reference: M. Lin, Q. Chen, S. Yan, "Network in network", ICLR 2014.
    """

    dimensions = 2


class GlobalAveragePooling3D(GlobalAveragePooling):
    """The mean of each channel: `(batch, *space, channels) -> (batch, channels)`; fields as of `GlobalPooling`."""

    dimensions = 3


MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D = GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D
GlobalAvgPool1D, GlobalAvgPool2D, GlobalAvgPool3D = GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D


def _real(x: Any) -> Any:
    """Whole numbers, such as pixels, as real ones."""
    return x if jnp.issubdtype(x.dtype, jnp.inexact) else x.astype(jnp.float32)
