"""Convolutions that treat each channel on its own, and separable ones, which mix the channels afterwards."""

from typing import Any, Self

import jax
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.activations import Activate
from neuralzoo.core.initializers import Initialize, initializer_named
from neuralzoo.core.layer import Key, Spec
from neuralzoo.core.record import Built, param, require_built
from neuralzoo.core.regularizers import Regularizer
from neuralzoo.layers.conv import check_count, conv_window, convolved
from neuralzoo.layers.window import Padding, PerAxis, Spatial, Window, check_channels, check_images


class DepthwiseConvolution(Spatial):
    """What `DepthwiseConv1D` and `DepthwiseConv2D` are: every channel convolved with `depth_multiplier` filters of its own.

    Fields:
        kernel_size, strides, padding, data_format, dilation_rate: as of `Convolution`.
        depth_multiplier: filters for each channel; channel c makes the outputs from c · depth_multiplier on.
        activation: name or function; None is linear.
        use_bias: whether to add a number to each output channel.
        depthwise_initializer, bias_initializer: names or initializers; `depthwise` is `(*kernel_size, in, depth_multiplier)`.
        depthwise_regularizer, bias_regularizer: a penalty added to the training loss.

    Reference: L. Sifre, "Rigid-motion scattering for image classification", thesis, École polytechnique, 2014.
    """

    kernel_size: PerAxis
    strides: PerAxis = 1
    padding: Padding = "valid"
    depth_multiplier: int = 1
    data_format: str | None = None
    dilation_rate: PerAxis = 1
    activation: Activate = None
    use_bias: bool = True
    depthwise_initializer: Initialize = "glorot_uniform"
    bias_initializer: Initialize = "zeros"
    depthwise_regularizer: str | Regularizer | None = None
    bias_regularizer: str | Regularizer | None = None
    depthwise: Built[Float[Array, "*size in multiplier"]] = param()
    bias: Built[Float[Array, " out"]] = param()

    def __post_init__(self) -> None:
        self.check_data_format(self.data_format)
        check_count(self, "depth_multiplier")
        conv_window(self)

    def build(self, x: Spec, key: Key) -> Self:
        check_images(self, self.dimensions, x)
        kernel_key, bias_key = jax.random.split(key)
        shape = (*conv_window(self).size, x.shape[-1], self.depth_multiplier)
        depthwise = initializer_named(self.depthwise_initializer)(kernel_key, shape)
        bias = initializer_named(self.bias_initializer)(bias_key, (shape[-2] * shape[-1],)) if self.use_bias else None
        return self.set(depthwise=depthwise, bias=bias)

    def __call__(self, x: Shaped[Array, "batch *space in"]) -> Float[Array, "batch *out_space out"]:
        require_built(self, "depthwise")
        check_images(self, self.dimensions, x)
        return _each_channel(self, x, self.depthwise, self.bias, self.activation)


class SeparableConvolution(Spatial):
    """What `SeparableConv1D` and `SeparableConv2D` are: a depthwise convolution, then a mixture of its channels at each place.

    Fields:
        filters: number of output channels.
        kernel_size, strides, padding, data_format, dilation_rate: as of `Convolution`.
        depth_multiplier: filters for each channel in the depthwise part.
        activation: name or function; None is linear.
        use_bias: whether to add a number to each filter's output.
        depthwise_initializer, pointwise_initializer, bias_initializer: names or initializers; `depthwise` is
            `(*kernel_size, in, depth_multiplier)` and `pointwise` `(1, …, in · depth_multiplier, filters)`.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: a penalty added to the training loss.

    Reference: F. Chollet, "Xception: deep learning with depthwise separable convolutions", CVPR 2017.
    """

    filters: int
    kernel_size: PerAxis
    strides: PerAxis = 1
    padding: Padding = "valid"
    data_format: str | None = None
    dilation_rate: PerAxis = 1
    depth_multiplier: int = 1
    activation: Activate = None
    use_bias: bool = True
    depthwise_initializer: Initialize = "glorot_uniform"
    pointwise_initializer: Initialize = "glorot_uniform"
    bias_initializer: Initialize = "zeros"
    depthwise_regularizer: str | Regularizer | None = None
    pointwise_regularizer: str | Regularizer | None = None
    bias_regularizer: str | Regularizer | None = None
    depthwise: Built[Float[Array, "*size in multiplier"]] = param()
    pointwise: Built[Float[Array, "*ones middle filters"]] = param()
    bias: Built[Float[Array, " filters"]] = param()

    def __post_init__(self) -> None:
        self.check_data_format(self.data_format)
        check_count(self, "filters")
        check_count(self, "depth_multiplier")
        conv_window(self)

    def build(self, x: Spec, key: Key) -> Self:
        check_images(self, self.dimensions, x)
        depthwise_key, pointwise_key, bias_key = jax.random.split(key, 3)
        shape = (*conv_window(self).size, x.shape[-1], self.depth_multiplier)
        mixing = (*(1,) * self.dimensions, shape[-2] * shape[-1], self.filters)
        return self.set(
            depthwise=initializer_named(self.depthwise_initializer)(depthwise_key, shape),
            pointwise=initializer_named(self.pointwise_initializer)(pointwise_key, mixing),
            bias=initializer_named(self.bias_initializer)(bias_key, (self.filters,)) if self.use_bias else None,
        )

    def __call__(self, x: Shaped[Array, "batch *space in"]) -> Float[Array, "batch *out_space filters"]:
        require_built(self, "depthwise")
        check_images(self, self.dimensions, x)
        ones = (1,) * self.dimensions
        place = Window(type(self).__name__, ones, ones, ones, "valid")
        return convolved(_each_channel(self, x, self.depthwise, None, None), self.pointwise, place, 1, self.bias, self.activation)


class DepthwiseConv1D(DepthwiseConvolution):
    """Each channel filtered on its own: `(batch, steps, in) -> (batch, new_steps, in · depth_multiplier)`.

    Fields: as of `DepthwiseConvolution`.
    """

    dimensions = 1


class DepthwiseConv2D(DepthwiseConvolution):
    """Each channel filtered on its own: `(batch, height, width, in) -> (batch, *new_space, in · depth_multiplier)`.

    Fields: as of `DepthwiseConvolution`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> x = jnp.ones((1, 8, 8, 3))
        >>> DepthwiseConv2D(3, depth_multiplier=2).build(x, jax.random.key(0))(x).shape
        (1, 6, 6, 6)

    Reference: L. Sifre, "Rigid-motion scattering for image classification", thesis, École polytechnique, 2014.
    """

    dimensions = 2


class SeparableConv1D(SeparableConvolution):
    """A depthwise convolution, then a mixture of channels: `(batch, steps, in) -> (batch, new_steps, filters)`.

    Fields: as of `SeparableConvolution`.
    """

    dimensions = 1


class SeparableConv2D(SeparableConvolution):
    """A depthwise convolution, then a mixture of channels: `(batch, height, width, in) -> (batch, *new_space, filters)`.

    Fields: as of `SeparableConvolution`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> x = jnp.ones((1, 8, 8, 3))
        >>> SeparableConv2D(16, 3).build(x, jax.random.key(0))(x).shape
        (1, 6, 6, 16)

    Reference: F. Chollet, "Xception: deep learning with depthwise separable convolutions", CVPR 2017.
    """

    dimensions = 2


SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D


def _each_channel(layer: Spatial, x: Any, depthwise: Any, bias: Any, activation: Activate) -> Array:
    """Every channel of x with its own filters."""
    *size, channels, multiplier = depthwise.shape
    check_channels(layer, channels, x)
    return convolved(x, depthwise.reshape(*size, 1, channels * multiplier), conv_window(layer), channels, bias, activation)
