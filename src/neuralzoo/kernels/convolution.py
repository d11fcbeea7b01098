"""Convolution of images with any number of space dimensions, channels last."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Shaped

from neuralzoo.core.errors import ShapeError
from neuralzoo.kernels import conv_groups
from neuralzoo.kernels.conv_blocks import Counts, Geometry, Pairs
from neuralzoo.kernels.onednn import convolution as onednn


def convolve(
    x: Shaped[Array, "batch *space in"],
    kernel: Shaped[Array, "*size fan out"],
    *,
    strides: Counts,
    padding: Pairs,
    dilation: Counts,
    groups: int = 1,
    bias: Shaped[Array, " out"] | None = None,
    relu: bool = False,
) -> Shaped[Array, "batch *out_space out"]:
    """Cross-correlate each image with each filter; `fan` is in / groups, `padding` the cells added (before, after) each axis.

    It may be differentiated backwards any number of times; forward-mode differentiation is not defined for it on a CPU.
    """
    out_space(x.shape[1:-1], kernel.shape[:-2], strides, padding, dilation)
    _check_channels(x.shape[-1], kernel.shape[-1], kernel, groups)
    geometry = Geometry(strides, padding, dilation, groups)
    if not _in_products(x, kernel, geometry):
        y = plain_convolve(x, kernel, geometry)
        y = y if bias is None else y + bias
        return jnp.maximum(y, 0) if relu else y
    if bias is None:
        y = _convolve(x, kernel, geometry)
        return jnp.maximum(y, 0) if relu else y
    return _convolve_relu(x, kernel, bias, geometry) if relu else _convolve(x, kernel, geometry) + bias


def convolve_transposed(
    y: Shaped[Array, "batch *out_space out"],
    kernel: Shaped[Array, "*size fan out"],
    *,
    strides: Counts,
    padding: Pairs,
    dilation: Counts,
    groups: int = 1,
    space: Counts,
) -> Shaped[Array, "batch *space in"]:
    """The adjoint of `convolve` in its image: spread each cell of y over the cells of an image of size `space` it was made from."""
    counts = out_space(space, kernel.shape[:-2], strides, padding, dilation)
    _check_channels(kernel.shape[-2] * groups, y.shape[-1], kernel, groups)
    if y.shape[1:-1] != counts:
        raise ShapeError(f"images of {space} are convolved to images of {counts}, not of {y.shape[1:-1]}")
    geometry = Geometry(strides, padding, dilation, groups)
    if not _in_products(y, kernel, geometry):
        return plain_spread(y, kernel, geometry, space)
    return _spread(y, kernel, geometry, space)


def out_space(space: Counts, size: Counts, strides: Counts, padding: Pairs, dilation: Counts) -> Counts:
    """The number of positions of a window of `size` along each axis of the padded image."""
    counts = []
    for cells, taps, stride, (low, high), gap in zip(space, size, strides, padding, dilation, strict=True):
        room = cells + low + high - (taps - 1) * gap - 1
        if min(stride, gap, taps) < 1 or room < 0:
            raise ShapeError(f"a window of {size}, strides {strides}, dilation {dilation} does not fit {space} padded by {padding}")
        counts.append(room // stride + 1)
    return tuple(counts)


def _check_channels(channels: int, out: int, kernel: Array, groups: int) -> None:
    if (channels, out) != (kernel.shape[-2] * groups, kernel.shape[-1]) or out % groups:
        raise ShapeError(f"{channels} channels in and {out} out do not fit a kernel of {kernel.shape} in {groups} groups")


def plain_convolve(x: Array, kernel: Array, geometry: Geometry) -> Array:
    """The convolution by the compiler's own operation, which is fast on accelerators."""
    strides, padding, dilation, groups = geometry
    return lax.conv_general_dilated(x, kernel, strides, padding, None, dilation, _numbers(x.ndim), groups)


def plain_spread(y: Array, kernel: Array, geometry: Geometry, space: Counts) -> Array:
    """The transposed convolution by the compiler's own operation."""
    strides, padding, dilation, groups = geometry
    size, fan, out = kernel.shape[:-2], kernel.shape[-2], kernel.shape[-1]
    around = []
    for cells, grown, taps, gap, stride, (low, _) in zip(space, y.shape[1:-1], size, dilation, strides, padding, strict=True):
        span = (taps - 1) * gap + 1
        around.append((span - 1 - low, cells + low - (grown - 1) * stride - 1))
    parts = kernel.reshape(*size, fan, groups, out // groups)
    turned = jnp.flip(jnp.swapaxes(parts, -1, -3), range(len(size))).reshape(*size, out // groups, groups * fan)
    ones = (1,) * len(size)
    return lax.conv_general_dilated(y, turned, ones, around, strides, dilation, _numbers(y.ndim), groups)


def _numbers(ndim: int) -> lax.ConvDimensionNumbers:
    """Channels last, in images and in kernels."""
    last = (0, ndim - 1, *range(1, ndim - 1))
    return lax.ConvDimensionNumbers(last, (ndim - 1, ndim - 2, *range(ndim - 2)), last)


def _in_products(images: Array, kernel: Array, geometry: Geometry) -> bool:
    """Whether to compute by matrix products: on a CPU, where they are many times faster than the compiler's convolution."""
    floats = images.dtype == kernel.dtype and images.dtype in (jnp.float32, jnp.float64)
    return jax.default_backend() == "cpu" and floats


def _with_gradient(*static: int) -> Callable[[Callable[..., Array]], Any]:
    """A function whose gradient is given by `defvjp`; the arguments at the places `static` are no arrays."""
    return partial(jax.custom_vjp, nondiff_argnums=static)


# The three maps are bilinear, and the derivatives of each are the other two. Each is oneDNN's where that is there and pays.


@_with_gradient(2)
def _convolve(x: Array, kernel: Array, geometry: Geometry) -> Any:
    y = onednn.convolved(x, kernel, geometry)
    return conv_groups.convolved(x, kernel, geometry) if y is None else y


@_with_gradient(2, 3)
def _spread(y: Array, kernel: Array, geometry: Geometry, space: Counts) -> Any:
    x = onednn.spread(y, kernel, geometry, space)
    return conv_groups.spread(y, kernel, geometry, space) if x is None else x


@_with_gradient(2, 3)
def _correlate(x: Array, y: Array, geometry: Geometry, size: Counts) -> Any:
    kernel = onednn.correlated(x, y, geometry, size)
    return conv_groups.correlated(x, y, geometry, size) if kernel is None else kernel


def _convolve_back(geometry: Geometry, saved: tuple[Array, Array], y: Array) -> tuple[Array, Array]:
    x, kernel = saved
    return _spread(y, kernel, geometry, x.shape[1:-1]), _correlate(x, y, geometry, kernel.shape[:-2])


def _spread_back(geometry: Geometry, space: Counts, saved: tuple[Array, Array], x: Array) -> tuple[Array, Array]:
    y, kernel = saved
    return _convolve(x, kernel, geometry), _correlate(x, y, geometry, kernel.shape[:-2])


def _correlate_back(geometry: Geometry, size: Counts, saved: tuple[Array, Array], kernel: Array) -> tuple[Array, Array]:
    x, y = saved
    return _spread(y, kernel, geometry, x.shape[1:-1]), _convolve(x, kernel, geometry)


_convolve.defvjp(lambda x, kernel, geometry: (_convolve(x, kernel, geometry), (x, kernel)), _convolve_back)
_spread.defvjp(lambda y, kernel, geometry, space: (_spread(y, kernel, geometry, space), (y, kernel)), _spread_back)
_correlate.defvjp(lambda x, y, geometry, size: (_correlate(x, y, geometry, size), (x, y)), _correlate_back)


@_with_gradient(3)
def _convolve_relu(x: Array, kernel: Array, bias: Array, geometry: Geometry) -> Any:
    """relu(convolution + bias), with the large array written once."""
    y = onednn.convolved(x, kernel, geometry)
    if y is not None:
        return jnp.maximum(y + bias, 0)  # its own rectifier turns NaN into 0
    return conv_groups.convolved(x, kernel, geometry, lambda block: jnp.maximum(block + bias, 0))


def _convolve_relu_forth(x: Array, kernel: Array, bias: Array, geometry: Geometry) -> tuple[Array, tuple[Array, Array, Array]]:
    y = _convolve_relu(x, kernel, bias, geometry)
    return y, (x, kernel, y)


def _convolve_relu_back(geometry: Geometry, saved: tuple[Array, Array, Array], gradient: Array) -> tuple[Array, Array, Array]:
    x, kernel, y = saved
    gradient = jnp.where(y > 0, gradient, 0)
    back = _convolve_back(geometry, (x, kernel), gradient)
    return *back, gradient.sum(range(gradient.ndim - 1))


_convolve_relu.defvjp(_convolve_relu_forth, _convolve_relu_back)
