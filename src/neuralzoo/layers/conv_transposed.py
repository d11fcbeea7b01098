"""Transposed convolution: each value is spread over the window it would have been made from."""

from typing import Self

import jax
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.activations import Activate, activation_named
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.initializers import Initialize, initializer_named
from neuralzoo.core.layer import Key, Spec
from neuralzoo.core.record import Built, param, require_built
from neuralzoo.core.regularizers import Regularizer
from neuralzoo.kernels.convolution import Pairs, convolve_transposed
from neuralzoo.layers.conv import check_count
from neuralzoo.layers.window import Padding, PerAxis, Spatial, Window, check_channels, check_images, window_of


class TransposedConvolution(Spatial):
    """What `Conv1DTranspose`, `Conv2DTranspose` and `Conv3DTranspose` are: the adjoint of a convolution, plus bias, activated.

    With the kernel of a convolution from `filters` to `in` channels, ⟨conv(x), y⟩ = ⟨x, transposed(y)⟩. Along an axis of n
    cells, with a window of k cells (a dilated one with its gaps), stride s and output padding p, the output has
    (n − 1) s + max(k, s) cells for "valid" and n s for "same"; if p is given, (n − 1) s + k + p and (n − 1) s + k mod 2 + p;
    and (n − 1) s + k − before − after + p for cells (before, after) that the convolution would add.

    Fields:
        filters: number of output channels.
        kernel_size, strides, dilation_rate: of the convolution's window: one number, or one for each axis.
        padding: of the convolution: "valid", "same", a number of cells for all sides, or (before, after) for each axis.
        output_padding: cells at the end of the output, fewer than the stride: one number, or one for each axis.
        data_format: None or "channels_last".
        activation: name or function; None is linear.
        use_bias: whether to add a number to each filter's output.
        kernel_initializer, bias_initializer: names or initializers; the kernel is `(*kernel_size, filters, in)`.
        kernel_regularizer, bias_regularizer: a penalty added to the training loss.

    Reference: V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, 2016.
    """

    filters: int
    kernel_size: PerAxis
    strides: PerAxis = 1
    padding: Padding = "valid"
    output_padding: PerAxis | None = None
    data_format: str | None = None
    dilation_rate: PerAxis = 1
    activation: Activate = None
    use_bias: bool = True
    kernel_initializer: Initialize = "glorot_uniform"
    bias_initializer: Initialize = "zeros"
    kernel_regularizer: str | Regularizer | None = None
    bias_regularizer: str | Regularizer | None = None
    kernel: Built[Float[Array, "*size filters in"]] = param()
    bias: Built[Float[Array, " filters"]] = param()

    def __post_init__(self) -> None:
        self.check_data_format(self.data_format)
        check_count(self, "filters")
        strides = self.window().strides
        if any(more is not None and more >= s for more, s in zip(self._more(), strides, strict=True)):
            what = f"{self.named('output_padding')} is not possible with strides of {strides}"
            raise ArgumentError(what, remedy="let the output_padding be smaller than the strides, or leave it out")

    def window(self) -> Window:
        """What slides over the output."""
        return window_of(self, "kernel_size", "dilation_rate")

    def _more(self) -> tuple[int | None, ...]:
        return (None,) * self.dimensions if self.output_padding is None else self.per_axis("output_padding", least=0)

    def _frame(self, places: tuple[int, ...]) -> tuple[tuple[int, ...], Pairs]:
        """The size of the output, and the padding with which a convolution of it has so many places."""
        window, space, pads = self.window(), [], []
        for axis, (n, k, s, p) in enumerate(zip(places, window.span, window.strides, self._more(), strict=True)):
            whole = (n - 1) * s + k
            if isinstance(window.padding, tuple):
                low, high = window.padding[axis]
                cells = whole - low - high + (p or 0)
            elif window.padding == "valid":
                cells, low, high = whole + (max(s - k, 0) if p is None else p), 0, 0
            else:
                cells = n * s if p is None else whole - k + k % 2 + p
                total = max(whole - cells, 0)  # an odd cell goes to the end
                low, high = total // 2, total - total // 2
            space.append(cells)
            pads.append((low, high))
        return tuple(space), tuple(pads)

    def build(self, x: Spec, key: Key) -> Self:
        check_images(self, self.dimensions, x)
        kernel_key, bias_key = jax.random.split(key)
        kernel = initializer_named(self.kernel_initializer)(kernel_key, (*self.window().size, self.filters, x.shape[-1]))
        bias = initializer_named(self.bias_initializer)(bias_key, (self.filters,)) if self.use_bias else None
        return self.set(kernel=kernel, bias=bias)

    def __call__(self, x: Shaped[Array, "batch *space in"]) -> Float[Array, "batch *out_space filters"]:
        require_built(self, "kernel")
        check_images(self, self.dimensions, x)
        check_channels(self, self.kernel.shape[-1], x)
        window, (space, pads) = self.window(), self._frame(x.shape[1:-1])
        if min(space) < 1:
            what = f"the output of {type(self).__name__} would have {space} cells for an input of shape {x.shape}"
            raise ShapeError(what, remedy="use less padding, or a larger window")
        x = x.astype(self.kernel.dtype)
        y = convolve_transposed(x, self.kernel, strides=window.strides, padding=pads, dilation=window.dilation, space=space)
        return activation_named(self.activation)(y if self.bias is None else y + self.bias)


class Conv1DTranspose(TransposedConvolution):
    """Transposed convolution of sequences: `(batch, steps, in) -> (batch, more_steps, filters)`; fields as of `TransposedConvolution`."""

    dimensions = 1


class Conv2DTranspose(TransposedConvolution):
    """Transposed convolution of images: `(batch, height, width, in) -> (batch, *larger, filters)`; fields as of `TransposedConvolution`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> x = jnp.ones((1, 7, 7, 16))
        >>> layer = Conv2DTranspose(8, 3, strides=2, padding="same").build(x, jax.random.key(0))
        >>> layer.kernel.shape, layer(x).shape
        ((3, 3, 8, 16), (1, 14, 14, 8))

    Reference: M. Zeiler et al., "Deconvolutional networks", CVPR 2010.
    """

    dimensions = 2


class Conv3DTranspose(TransposedConvolution):
    """Transposed convolution of volumes: `(batch, *space, in) -> (batch, *larger, filters)`; fields as of `TransposedConvolution`."""

    dimensions = 3


Convolution1DTranspose, Convolution2DTranspose, Convolution3DTranspose = Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
