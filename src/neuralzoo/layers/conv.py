"""Convolution over sequences, images and volumes, channels last."""

from typing import Any, Self

import jax
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.activations import Activate, activation_named, relu
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.initializers import Initialize, initializer_named
from neuralzoo.core.layer import Key, Spec
from neuralzoo.core.record import Built, param, require_built
from neuralzoo.core.regularizers import Regularizer
from neuralzoo.kernels.convolution import convolve
from neuralzoo.layers.window import Padding, PerAxis, Spatial, Window, check_channels, check_images, window_of


class Convolution(Spatial):
    """What `Conv1D`, `Conv2D` and `Conv3D` are: activation(bias + Σ kernel · window), at each place of the window.

    Along an axis of W cells, a window of K with stride S and padding P on either side has N = (W − K + 2P) / S + 1 places.

    Fields:
        filters: number of output channels.
        kernel_size: of the window: one number, or one for each axis.
        strides: steps of the window, likewise.
        padding: "valid" (none), "same" (W / S places, rounded up), "causal" (sequences only: no place sees what comes after
            it), a number of cells for all sides, or (before, after) for each axis.
        data_format: None or "channels_last".
        dilation_rate: distance of neighbouring cells of the window.
        groups: parts into which channels and filters are divided; a filter sees the channels of its part.
        activation: name or function; None is linear.
        use_bias: whether to add a number to each filter's output.
        kernel_initializer, bias_initializer: names or initializers; the kernel is `(*kernel_size, in / groups, filters)`.
        kernel_regularizer, bias_regularizer: a penalty added to the training loss.

    Reference: Y. LeCun et al., "Gradient-based learning applied to document recognition", Proceedings of the IEEE 86, 1998.
    """

    filters: int
    kernel_size: PerAxis
    strides: PerAxis = 1
    padding: Padding = "valid"
    data_format: str | None = None
    dilation_rate: PerAxis = 1
    groups: int = 1
    activation: Activate = None
    use_bias: bool = True
    kernel_initializer: Initialize = "glorot_uniform"
    bias_initializer: Initialize = "zeros"
    kernel_regularizer: str | Regularizer | None = None
    bias_regularizer: str | Regularizer | None = None
    kernel: Built[Float[Array, "*size fan filters"]] = param()
    bias: Built[Float[Array, " filters"]] = param()

    def __post_init__(self) -> None:
        self.check_data_format(self.data_format)
        check_count(self, "filters")
        check_count(self, "groups")
        if self.filters % self.groups:
            what = f"{type(self).__name__}: {self.filters} filters cannot be divided into {self.groups} groups"
            raise ArgumentError(what, remedy=f"choose a number of filters that is a multiple of {self.groups}")
        self.window()

    def window(self) -> Window:
        """What slides over the images."""
        return conv_window(self)

    def build(self, x: Spec, key: Key) -> Self:
        check_images(self, self.dimensions, x)
        if x.shape[-1] % self.groups:
            what = f"{type(self).__name__}: {x.shape[-1]} channels cannot be divided into {self.groups} groups (input shape {x.shape})"
            raise ShapeError(what, remedy="choose a number of groups that divides the number of channels")
        kernel_key, bias_key = jax.random.split(key)
        shape = (*self.window().size, x.shape[-1] // self.groups, self.filters)
        kernel = initializer_named(self.kernel_initializer)(kernel_key, shape)
        bias = initializer_named(self.bias_initializer)(bias_key, (self.filters,)) if self.use_bias else None
        return self.set(kernel=kernel, bias=bias)

    def __call__(self, x: Shaped[Array, "batch *space in"]) -> Float[Array, "batch *out_space filters"]:
        require_built(self, "kernel")
        check_images(self, self.dimensions, x)
        check_channels(self, self.kernel.shape[-2] * self.groups, x)
        return convolved(x, self.kernel, self.window(), self.groups, self.bias, self.activation)


class Conv1D(Convolution):
    """Convolution of sequences: `(batch, steps, in) -> (batch, new_steps, filters)`; fields as of `Convolution`.

    Example (a causal convolution: outputs see only steps up to their own):
        >>> import jax, jax.numpy as jnp
        >>> x = jnp.ones((1, 10, 2))
        >>> Conv1D(4, 3, padding="causal", dilation_rate=2).build(x, jax.random.key(0))(x).shape
        (1, 10, 4)

    Reference: A. Waibel et al., "Phoneme recognition using time-delay neural networks", 1989.
    """

    dimensions = 1


class Conv2D(Convolution):
    """Convolution of images: `(batch, height, width, in) -> (batch, new_height, new_width, filters)`; fields as of `Convolution`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> x = jnp.ones((1, 28, 28, 1))
        >>> layer = Conv2D(32, 3, activation="relu").build(x, jax.random.key(0))
        >>> layer.kernel.shape, layer(x).shape
        ((3, 3, 1, 32), (1, 26, 26, 32))

    Reference: Y. LeCun et al., "Gradient-based learning applied to document recognition", Proceedings of the IEEE 86, 1998.
    """

    dimensions = 2


class Conv3D(Convolution):
    """Convolution of volumes: `(batch, depth, height, width, in) -> (batch, *new_space, filters)`; fields as of `Convolution`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> x = jnp.ones((1, 8, 8, 8, 1))
        >>> Conv3D(2, 3, strides=2, padding="same").build(x, jax.random.key(0))(x).shape
        (1, 4, 4, 4, 2)

    Reference: S. Ji et al., "3D convolutional neural networks for human action recognition", ICML 2010.
    """

    dimensions = 3


Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D


def convolved(x: Any, kernel: Any, window: Window, groups: int, bias: Any, activation: Activate) -> Array:
    """activation(bias + the convolution of x), computed in the kernel's type; a relu is left to the numerical kernel."""
    function = activation_named(activation)
    y = convolve(
        x.astype(kernel.dtype), kernel, strides=window.strides, padding=window.pads(x.shape[1:-1]), dilation=window.dilation,
        groups=groups, bias=bias, relu=function is relu,
    )  # fmt: skip
    return y if function is relu else function(y)


def conv_window(layer: Spatial) -> Window:
    """The window of a layer with a `kernel_size` and a `dilation_rate`."""
    names = ("valid", "same", "causal") if layer.dimensions == 1 else ("valid", "same")
    return window_of(layer, "kernel_size", "dilation_rate", names)


def check_count(layer: Spatial, field: str) -> None:
    """Refuse a setting that is not a whole number, 1 or more."""
    value = getattr(layer, field)
    if not isinstance(value, int) or value < 1:
        raise ArgumentError(f"{layer.named(field)} is not possible", remedy="give a whole number, 1 or more")
