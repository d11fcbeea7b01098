"""Convolution on a CPU as matrix products over blocks of a few images.

Three bilinear maps are computed: the convolution, its adjoint in the image and its adjoint in the kernel. Each is a loop
over blocks of images small enough to stay in the processor's cache (docs/design/0005-convolution.md).
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Shaped

Counts = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]
Images = Shaped[Array, "batch *_ _"]
Kernel = Shaped[Array, "*_ fan out"]

BLOCK = 6 * 2**20  # bytes of the intermediate arrays of a block; 2 to 8 MiB are nearly alike, more leaves the cache
WORTH_TURNING = 256  # channels in times channels out above which the left factor of the kernel's gradient is made row by row
FEW = 16  # channels below which moving them one cell at a time is slow


class Geometry(NamedTuple):
    """How the window moves; everything about a convolution that is not in a shape."""

    strides: Counts
    padding: Pairs
    dilation: Counts
    groups: int = 1


def positions(space: Counts, size: Counts, geometry: Geometry) -> Counts:
    """The number of positions of the window along each axis of the padded image."""
    axes = zip(space, size, geometry.strides, geometry.padding, geometry.dilation, strict=True)
    return tuple((n + low + high - (taps - 1) * gap - 1) // stride + 1 for n, taps, stride, (low, high), gap in axes)


def convolved(x: Images, kernel: Kernel, geometry: Geometry, finish: Callable[[Array], Array] = lambda y: y) -> Images:
    """The convolution; `finish` is applied to each block of the result before it is written."""
    plan = _Plan.cheapest(x.shape, kernel.shape, geometry)
    weights = plan.weights(kernel)

    def block(xs: Array) -> Array:
        return finish(plan.summed(plan.columns(padded(xs, geometry.padding)) @ weights))

    return _in_blocks(block, (x,), plan.cells * x.dtype.itemsize)


def spread(y: Images, kernel: Kernel, geometry: Geometry, space: Counts) -> Images:
    """The adjoint of the convolution in its image."""
    strides, padding, dilation, _ = geometry
    size = kernel.shape[:-2]
    if max(strides) == 1:
        spans = [(n - 1) * d for n, d in zip(size, dilation, strict=True)]
        around = tuple((span - low, span - high) for span, (low, high) in zip(spans, padding, strict=True))
        turned = jnp.swapaxes(jnp.flip(kernel, range(len(size))), -1, -2)
        return convolved(y, turned, Geometry(strides, around, dilation))
    phases = Phases(size, geometry, space, y.shape[1:-1])
    weights = jnp.moveaxis(kernel, -1, 0).reshape(kernel.shape[-1], -1)

    def block(ys: Array) -> Array:
        return phases.gathered(jnp.split(padded(ys, phases.around) @ weights, math.prod(size), -1))

    return _in_blocks(block, (y,), 2 * math.prod(y.shape[1:-1]) * weights.shape[1] * y.dtype.itemsize)


def correlated(x: Images, y: Images, geometry: Geometry, size: Counts) -> Kernel:
    """The adjoint of the convolution in its kernel: what each tap saw times what came of it, summed."""
    plan = _Plan.cheapest(x.shape, (*size, x.shape[-1], y.shape[-1]), geometry)
    turned = geometry.strides[-1] == 1 and x.shape[-1] * y.shape[-1] > WORTH_TURNING

    def block(xs: Array, ys: Array) -> Array:
        xs, b = padded(xs, geometry.padding), plan.repeated(ys)
        if turned:
            return plan.rows(xs).reshape(-1, math.prod(b.shape[:-1])) @ b.reshape(-1, b.shape[-1])
        a = plan.columns(xs)
        return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])

    return plan.kernel(_summed_blocks(block, (x, y), plan.cells * x.dtype.itemsize))


class _Plan(NamedTuple):
    """Which taps become columns of the left factor (the last `inner` axes) and which columns of the right one (the others).

    With the taps of all axes on the left, the product is the convolution. A tap on the right costs no copy of the image; the
    products it makes at every position of its axis are shifted and added afterwards.
    """

    size: Counts
    channels: int
    out: int
    geometry: Geometry
    counts: Counts
    wide: Counts
    inner: int

    @classmethod
    def cheapest(cls, images: Counts, kernel: Counts, geometry: Geometry) -> "_Plan":
        """The plan that moves the fewest numbers; along a strided axis, taps on the right would be computed in vain."""
        size, (channels, out) = kernel[:-2], kernel[-2:]
        wide = tuple(n + low + high for n, (low, high) in zip(images[1:-1], geometry.padding, strict=True))
        counts = positions(images[1:-1], size, geometry)
        plans = [cls(size, channels, out, geometry, counts, wide, inner) for inner in range(len(size) + 1)]
        return min((plan for plan in plans if max(geometry.strides[: plan.outer], default=1) == 1), key=lambda plan: plan.cells)

    @property
    def outer(self) -> int:
        return len(self.size) - self.inner

    @property
    def cells(self) -> int:
        """Numbers in the left factor and in the product, for one image."""
        rows = math.prod(self.wide[: self.outer]) * math.prod(self.counts[self.outer :])
        return rows * (math.prod(self.size[self.outer :]) * self.channels + math.prod(self.size[: self.outer]) * self.out)

    def _starts(self, axes: range) -> list[Counts]:
        return list(itertools.product(*[range(0, self.size[a] * self.geometry.dilation[a], self.geometry.dilation[a]) for a in axes]))

    def columns(self, x: Array) -> Array:
        """The cells under the taps on the left, side by side; with few channels, axis by axis, so that fewer small pieces move."""
        axes = range(self.outer, len(self.size))
        for some in [range(a, a + 1) for a in reversed(axes)] if self.channels < FEW else [axes]:
            counts, strides = [self.counts[a] for a in some], [self.geometry.strides[a] for a in some]
            taps = [window(x, some.start + 1, start, counts, strides) for start in self._starts(some)]
            x = taps[0] if len(taps) == 1 else jnp.concatenate(taps, -1)
        return x

    def rows(self, x: Array) -> Array:
        """The transpose of `columns`, made of planes of one channel: a product whose left factor lies in memory row by row is
        nearly twice as fast as one that has to turn it."""
        x, axes = jnp.moveaxis(x, -1, 0), range(self.outer, len(self.size))
        counts, strides = self.counts[self.outer :], self.geometry.strides[self.outer :]
        return jnp.concatenate([window(x, self.outer + 2, start, counts, strides) for start in self._starts(axes)])

    def summed(self, product: Array) -> Array:
        if not self.outer:
            return product
        counts, unit = self.counts[: self.outer], (1,) * self.outer
        parts = []
        for tap, start in enumerate(self._starts(range(self.outer))):
            part = lax.slice_in_dim(product, tap * self.out, (tap + 1) * self.out, axis=-1)
            parts.append(window(part, 1, start, counts, unit))
        return sum(parts[1:], parts[0])

    def repeated(self, y: Array) -> Array:
        """The adjoint of `summed`: y shifted by each tap on the right, side by side."""
        if not self.outer:
            return y
        spans = [(self.size[a] - 1) * self.geometry.dilation[a] for a in range(self.outer)]
        rest = [(0, 0)] * self.inner
        spare = [full - n for full, n in zip(self.wide, self.counts[: self.outer], strict=False)]
        y = padded(y, (*zip(spans, spare, strict=True), *rest))
        full, unit = self.wide[: self.outer], (1,) * self.outer
        taps = [tuple(s - t for s, t in zip(spans, start, strict=True)) for start in self._starts(range(self.outer))]
        return jnp.concatenate([window(y, 1, start, full, unit) for start in taps], -1)

    def weights(self, kernel: Array) -> Array:
        first = self.outer
        order = (*range(first, len(self.size) + 1), *range(first), len(self.size) + 1)
        left = math.prod(self.size[first:]) * self.channels
        return kernel.transpose(order).reshape(left, -1)

    def kernel(self, weights: Array) -> Array:
        """The inverse of `weights`."""
        first = self.outer
        parts = weights.reshape(*self.size[first:], self.channels, *self.size[:first], self.out)
        return parts.transpose(*range(self.inner + 1, len(self.size) + 1), *range(self.inner + 1), len(self.size) + 1)


class Phases:
    """The adjoint of a strided convolution: cells of an image fall into prod(strides) classes, each met by taps of its own."""

    def __init__(self, size: Counts, geometry: Geometry, space: Counts, counts: Counts):
        self.strides, self.space, self.size = geometry.strides, space, size
        self.shifts = []  # per axis and tap: the phase its cells have, and how many strides further they lie
        self.around: Pairs = ()
        self.grown: Counts = ()
        axes = zip(size, geometry.strides, geometry.padding, geometry.dilation, space, counts, strict=True)
        for taps, stride, (low, _), gap, cells, n in axes:
            moves = [((t * gap - low) % stride, (t * gap - low) // stride) for t in range(taps)]
            rows = -(-cells // stride)
            before = max(0, *(shift for _, shift in moves))
            after = max(0, *(rows - shift - n for _, shift in moves))
            self.shifts.append([(phase, before - shift) for phase, shift in moves])
            self.around, self.grown = (*self.around, (before, after)), (*self.grown, rows)

    def gathered(self, parts: Sequence[Array]) -> Array:
        """The image, from what each tap sends out of the cells of y, padded by `around`."""
        batch, channels = parts[0].shape[0], parts[0].shape[-1]
        sums: dict[Counts, Array] = {}
        for part, moves in zip(parts, itertools.product(*self.shifts), strict=True):
            phase, start = tuple(p for p, _ in moves), tuple(s for _, s in moves)
            part = window(part, 1, start, self.grown, (1,) * len(start))
            sums[phase] = sums[phase] + part if phase in sums else part
        nothing = jnp.zeros((batch, *self.grown, channels), parts[0].dtype)
        every = [sums.get(phase, nothing) for phase in itertools.product(*map(range, self.strides))]
        n = len(self.strides)
        image = jnp.concatenate(every, -1).reshape(batch, *self.grown, *self.strides, channels)
        order = (0, *itertools.chain.from_iterable((1 + a, 1 + n + a) for a in range(n)), 1 + 2 * n)
        image = image.transpose(order).reshape(batch, *(g * s for g, s in zip(self.grown, self.strides, strict=True)), channels)
        return lax.slice(image, (0,) * image.ndim, (batch, *self.space, channels))


def window(x: Array, axis: int, start: Sequence[int], counts: Sequence[int], strides: Sequence[int]) -> Array:
    """`counts` cells from `start` on along the axes from `axis` on."""
    low, high, step = [0] * x.ndim, list(x.shape), [1] * x.ndim
    for a, (first, n, stride) in enumerate(zip(start, counts, strides, strict=True), axis):
        low[a], high[a], step[a] = first, first + (n - 1) * stride + 1, stride
    return lax.slice(x, low, high, step)


def padded(x: Array, padding: Sequence[tuple[int, int]]) -> Array:
    if all(pair == (0, 0) for pair in padding):
        return x
    return lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0), *((low, high, 0) for low, high in padding), (0, 0, 0)])


def _block_length(batch: int, size: int) -> int:
    """How many images of `size` bytes make a block: about BLOCK bytes, and blocks of equal length where that costs little."""
    most = min(batch, max(1, BLOCK // size))
    return max((n for n in range(max(1, most // 2), most + 1) if batch % n == 0), default=most)


def _in_blocks(block: Callable[..., Array], images: tuple[Array, ...], size: int) -> Array:
    """block(images), computed a few images at a time."""
    batch = images[0].shape[0]
    n = _block_length(batch, size)
    if n == batch:
        return block(*images)
    tail = batch - batch % n
    rest = block(*(lax.slice_in_dim(a, tail, batch) for a in images)) if tail < batch else None

    def body(i: Array, y: Array) -> Array:
        piece = block(*(lax.dynamic_slice_in_dim(a, i * n, n) for a in images))
        return lax.dynamic_update_slice_in_dim(y, piece, i * n, 0)

    shape = jax.eval_shape(block, *(jax.ShapeDtypeStruct((n, *a.shape[1:]), a.dtype) for a in images))
    y = lax.fori_loop(0, batch // n, body, jnp.zeros((batch, *shape.shape[1:]), shape.dtype))
    return y if rest is None else lax.dynamic_update_slice_in_dim(y, rest, tail, 0)


def _summed_blocks(block: Callable[..., Array], images: tuple[Array, ...], size: int) -> Array:
    """The sum over blocks of a few images of block(images)."""
    batch = images[0].shape[0]
    n = _block_length(batch, size)
    if n == batch:
        return block(*images)

    def piece(start: Array | int, length: int) -> Array:
        return block(*(lax.dynamic_slice_in_dim(a, start, length) for a in images))

    total = piece(0, n)
    total = lax.fori_loop(1, batch // n, lambda i, total: total + piece(i * n, n), total)
    tail = batch % n
    return total + piece(batch - tail, tail) if tail else total
