"""Convolution on a CPU where channels are convolved in groups: products group by group, or sums of shifted images where each
group is one channel."""

from collections.abc import Callable
from itertools import product as pairs
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from neuralzoo.kernels import conv_blocks
from neuralzoo.kernels.conv_blocks import Counts, Geometry, Images, Kernel, Phases, padded, window


def convolved(x: Images, kernel: Kernel, geometry: Geometry, finish: Callable[[Array], Array] = lambda y: y) -> Images:
    """The convolution; `finish` is applied to the result before it is written."""
    groups = geometry.groups
    if groups == 1:
        if fold := _Fold.found(x.shape, kernel.shape[:-2], geometry):
            x, kernel, geometry = fold.image(x), fold.kernel(kernel), fold.geometry
        return conv_blocks.convolved(x, kernel, geometry, finish)
    if kernel.shape[-2] == 1:
        wide = padded(jnp.repeat(x, kernel.shape[-1] // groups, -1), geometry.padding)
        counts = conv_blocks.positions(x.shape[1:-1], kernel.shape[:-2], geometry)
        taps = zip(_taps(kernel), _starts(kernel.shape[:-2], geometry), strict=True)
        total = jnp.zeros((), x.dtype)
        for tap, start in taps:
            total = total + window(wide, 1, start, counts, geometry.strides) * tap
        return finish(total)
    run = jax.vmap(lambda x, k: conv_blocks.convolved(x, k, geometry._replace(groups=1)), (-2, -2), -2)
    return finish(_joined(run(_split(x, groups), _split(kernel, groups))))


def spread(y: Images, kernel: Kernel, geometry: Geometry, space: Counts) -> Images:
    """The adjoint of the convolution in its image."""
    groups = geometry.groups
    if groups == 1:
        if fold := _Fold.found((0, *space, kernel.shape[-2]), kernel.shape[:-2], geometry):
            wide = (*space[:-1], fold.width // geometry.strides[-1])
            return fold.unfolded_image(conv_blocks.spread(y, fold.kernel(kernel), fold.geometry, wide))
        return conv_blocks.spread(y, kernel, geometry, space)
    if kernel.shape[-2] == 1:
        phases = Phases(kernel.shape[:-2], geometry, space, y.shape[1:-1])
        wide = padded(y, phases.around)
        return _split(phases.gathered([wide * tap for tap in _taps(kernel)]), groups).sum(-1)
    run = jax.vmap(lambda y, k: conv_blocks.spread(y, k, geometry._replace(groups=1), space), (-2, -2), -2)
    return _joined(run(_split(y, groups), _split(kernel, groups)))


def correlated(x: Images, y: Images, geometry: Geometry, size: Counts) -> Kernel:
    """The adjoint of the convolution in its kernel."""
    groups = geometry.groups
    if groups == 1:
        if fold := _Fold.found(x.shape, size, geometry):
            return fold.unfolded_kernel(conv_blocks.correlated(fold.image(x), y, fold.geometry, (*size[:-1], fold.taps)))
        return conv_blocks.correlated(x, y, geometry, size)
    if x.shape[-1] == groups:
        wide = padded(jnp.repeat(x, y.shape[-1] // groups, -1), geometry.padding)
        return _seen(wide, y, geometry, size).reshape(*size, 1, -1)
    run = jax.vmap(lambda x, y: conv_blocks.correlated(x, y, geometry._replace(groups=1), size), (-2, -2), -2)
    return _joined(run(_split(x, groups), _split(y, groups)))


def _seen(x: Array, y: Array, geometry: Geometry, size: Counts) -> Array:
    """What each tap saw times y, summed channel by channel.

    Row by row of the first space axis, into one sum of rows for each tap: they stay in the cache, and adding rows is
    vectorised where the compiler's reduction is not.
    """
    rows, shape, starts = y.shape[1], (1, 1, *y.shape[2:]), _starts(size, geometry)
    strides = geometry.strides

    def body(i: Array, sums: tuple[Array, ...]) -> tuple[Array, ...]:
        image, row = i // rows, i % rows
        new, out = [], jax.lax.dynamic_slice(y, (image, row, *[0] * len(shape[2:])), shape)
        for total, start in zip(sums, starts, strict=True):
            first = (image, row * strides[0] + start[0], *[0] * len(shape[2:]))
            cells = jax.lax.dynamic_slice(x, first, (1, 1, *x.shape[2:]))
            new.append(total + window(cells, 1, (0, *start[1:]), (1, *shape[2:-1]), (1, *strides[1:])) * out)
        return tuple(new)

    sums = jax.lax.fori_loop(0, y.shape[0] * rows, body, tuple(jnp.zeros(shape, y.dtype) for _ in starts))
    return jnp.stack([total.sum(range(total.ndim - 1)) for total in sums])


class _Fold(NamedTuple):
    """A stride along the last axis of an image with few channels, turned into channels: the cells of a stride lie side by side."""

    geometry: Geometry  # of the folded convolution
    stride: int
    size: int
    taps: int
    low: int
    high: int
    width: int

    @classmethod
    def found(cls, images: Counts, size: Counts, geometry: Geometry) -> "_Fold | None":
        """The fold, where there is a stride and few channels."""
        stride = geometry.strides[-1]
        if stride == 1 or geometry.dilation[-1] > 1 or images[-1] >= conv_blocks.FEW:
            return None
        count = conv_blocks.positions(images[1:-1], size, geometry)[-1]
        taps, low = -(-size[-1] // stride), geometry.padding[-1][0]
        width = stride * (count + taps - 1)
        folded = geometry._replace(strides=(*geometry.strides[:-1], 1), padding=(*geometry.padding[:-1], (0, 0)))
        return cls(folded, stride, size[-1], taps, low, width - low - images[-2], width)

    def image(self, x: Array) -> Array:
        x = padded(x, [(0, 0)] * (x.ndim - 3) + [(self.low, self.high)])
        return x.reshape(*x.shape[:-2], self.width // self.stride, -1)

    def unfolded_image(self, x: Array) -> Array:
        x = x.reshape(*x.shape[:-2], self.width, -1)
        return padded(x, [(0, 0)] * (x.ndim - 3) + [(-self.low, -self.high)])

    def kernel(self, kernel: Array) -> Array:
        spare = [(0, 0)] * (kernel.ndim - 3) + [(0, self.taps * self.stride - self.size), (0, 0), (0, 0)]
        return jnp.pad(kernel, spare).reshape(*kernel.shape[:-3], self.taps, -1, kernel.shape[-1])

    def unfolded_kernel(self, kernel: Array) -> Array:
        kernel = kernel.reshape(*kernel.shape[:-3], self.taps * self.stride, -1, kernel.shape[-1])
        return kernel[..., : self.size, :, :]


def _split(a: Array, groups: int) -> Array:
    return a.reshape(*a.shape[:-1], groups, -1)


def _joined(a: Array) -> Array:
    return a.reshape(*a.shape[:-2], -1)


def _taps(kernel: Kernel) -> Array:
    return kernel.reshape(-1, kernel.shape[-1])


def _starts(size: Counts, geometry: Geometry) -> list[Counts]:
    return list(pairs(*[range(0, n * gap, gap) for n, gap in zip(size, geometry.dilation, strict=True)]))
