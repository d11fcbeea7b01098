"""The three maps of a convolution by oneDNN: its result, its adjoint in the image and its adjoint in the kernel."""

import math
from collections.abc import Sequence
from ctypes import c_void_p
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from neuralzoo.kernels.conv_blocks import Counts, Geometry, positions
from neuralzoo.kernels.onednn import bridge
from neuralzoo.kernels.onednn.library import LibraryError, described, dims, implementation, loaded, memory_of, tensor
from neuralzoo.kernels.onednn.plan import Plan

FORWARD, IMAGE, KERNEL = 1, 2, 3
TRAINING, AUTO = 64, 3  # forward that is differentiated; the library chooses the algorithm
SRC, DST, WEIGHTS, DIFF_SRC, DIFF_DST, DIFF_WEIGHTS = 1, 17, 33, 129, 145, 161
LEAST = 300_000  # work that pays, in numbers moved; 64 multiplications weigh as much as one
WEIGHTS_MD, DIFF_WEIGHTS_MD = 131, 132


class Shapes(NamedTuple):
    """All that a plan depends on."""

    kind: int
    batch: int
    inputs: int
    outputs: int
    groups: int
    space: Counts
    size: Counts
    strides: Counts
    dilation: Counts
    low: Counts
    high: Counts

    @property
    def numbers(self) -> tuple[int, ...]:
        """The same, flat."""
        return (*self[:5], *(n for counts in self[5:] for n in counts))

    @classmethod
    def read(cls, numbers: Sequence[int]) -> "Shapes":
        kind, batch, inputs, outputs, groups, *rest = numbers
        axes = len(rest) // 6
        space, size, strides, dilation, low, high = (tuple(rest[i : i + axes]) for i in range(0, len(rest), axes))
        return cls(kind, batch, inputs, outputs, groups, space, size, strides, dilation, low, high)

    @classmethod
    def of(cls, kind: int, batch: int, space: Counts, kernel: Counts, geometry: Geometry) -> "Shapes":
        low, high = zip(*geometry.padding, strict=True)
        inputs, groups = kernel[-2] * geometry.groups, geometry.groups
        return cls(kind, batch, inputs, kernel[-1], groups, space, kernel[:-2], geometry.strides, geometry.dilation, low, high)

    @property
    def counts(self) -> Counts:
        """The places of the window along each axis."""
        padding = tuple(zip(self.low, self.high, strict=True))
        return positions(self.space, self.size, Geometry(self.strides, padding, self.dilation, self.groups))


def convolved(x: Array, kernel: Array, geometry: Geometry) -> Array | None:
    """The convolution; None where it is better done without oneDNN."""
    shapes = Shapes.of(FORWARD, x.shape[0], x.shape[1:-1], kernel.shape, geometry)
    result = (shapes.batch, *shapes.counts, shapes.outputs)
    return _call(shapes, result, x, kernel)


def spread(y: Array, kernel: Array, geometry: Geometry, space: Counts) -> Array | None:
    """The adjoint of the convolution in its image."""
    shapes = Shapes.of(IMAGE, y.shape[0], space, kernel.shape, geometry)
    return _call(shapes, (shapes.batch, *space, shapes.inputs), y, kernel)


def correlated(x: Array, y: Array, geometry: Geometry, size: Counts) -> Array | None:
    """The adjoint of the convolution in its kernel."""
    kernel = (*size, x.shape[-1] // geometry.groups, y.shape[-1])
    shapes = Shapes.of(KERNEL, x.shape[0], x.shape[1:-1], kernel, geometry)
    return _call(shapes, kernel, x, y)


def _call(shapes: Shapes, result: Counts, *arrays: Array) -> Array | None:
    if any(a.dtype != jnp.float32 for a in arrays) or not _works() or not _pays(shapes):
        return None
    return bridge.call(shapes.numbers, jax.ShapeDtypeStruct(result, jnp.float32), *arrays)


@cache
def _works() -> bool:
    """Whether oneDNN may be called and, tried once on two numbers, is right."""
    if not bridge.active():
        return False
    one, none = (1,), (0,)
    shapes = Shapes(FORWARD, 1, 1, 2, 1, (2,), one, one, one, none, none)
    arrays = [np.array(a, np.float32) for a in ([[[1], [-1]]], [[[2, -2]]])]
    like = [jax.ShapeDtypeStruct(a.shape, a.dtype) for a in arrays]
    result = jax.ShapeDtypeStruct((1, 2, 2), jnp.float32)
    try:
        program = jax.jit(lambda *arrays: bridge.call(shapes.numbers, result, *arrays)).lower(*like).compile()
        return np.array_equal(program(*arrays), [[[2, -2], [-2, 2]]])
    except Exception:  # an interface that is not the known one: whatever it says, the products remain
        return False


def _pays(shapes: Shapes) -> bool:
    """Whether oneDNN is the faster: there is work enough to wake its threads for, and it has more than its reference for it."""
    images = shapes.inputs * math.prod(shapes.space), shapes.outputs * math.prod(shapes.counts)
    products = images[1] * math.prod(shapes.size) * shapes.inputs // shapes.groups
    return shapes.batch * (sum(images) + products // 64) >= LEAST and has_kernel(shapes)


@cache
def has_kernel(shapes: Shapes) -> bool:
    """Whether oneDNN has a kernel made for such shapes."""
    if not 1 <= len(shapes.size) <= 3 or min(shapes.low + shapes.high) < 0 or not math.prod(shapes[1:4] + shapes.counts):
        return False
    try:
        return "ref" not in implementation(_primitive(shapes))
    except LibraryError:
        return False


def _primitive(shapes: Shapes) -> c_void_p:
    """The descriptor of the primitive: images as they are, channels last, and a kernel that lies as the library likes."""
    x, y, _ = _arrays(shapes)
    chosen = tensor(_kernel_shape(shapes))
    geometry = [dims(shapes.strides), dims(n - 1 for n in shapes.dilation), dims(shapes.low), dims(shapes.high)]
    attributes = loaded().attributes
    forward = described("convolution_forward", TRAINING, AUTO, x, chosen, None, y, *geometry, attributes)
    if shapes.kind == FORWARD:
        return forward
    if shapes.kind == IMAGE:
        return described("convolution_backward_data", AUTO, x, chosen, y, *geometry, forward, attributes)
    return described("convolution_backward_weights", AUTO, x, chosen, None, y, *geometry, forward, attributes)


def _arrays(shapes: Shapes) -> tuple[c_void_p, c_void_p, c_void_p]:
    """How the image, the result and the kernel lie in memory: channels last, and a kernel as (*size, fan, outputs)."""
    images = [(shapes.space, shapes.inputs), (shapes.counts, shapes.outputs)]
    x, y = (tensor((shapes.batch, channels, *space), _last_to_second(space, channels)) for space, channels in images)
    each, fan = shapes.outputs // shapes.groups, shapes.inputs // shapes.groups
    taps = _last_to_second(shapes.size, fan * shapes.outputs)[2:]
    strides = (*((each,) if shapes.groups > 1 else ()), 1, shapes.outputs, *taps)
    return x, y, tensor(_kernel_shape(shapes), strides)


def _kernel_shape(shapes: Shapes) -> Counts:
    groups, fan = shapes.groups, shapes.inputs // shapes.groups
    return (*((groups,) if groups > 1 else ()), shapes.outputs // groups, fan, *shapes.size)


def _last_to_second(space: Counts, channels: int) -> Counts:
    """The strides of an array (batch, *space, channels) in the library's order of axes, (batch, channels, *space)."""
    inner = [channels * math.prod(space[i + 1 :]) for i in range(len(space))]
    return (channels * math.prod(space), 1, *inner)


def _plan(numbers: Sequence[int]) -> Plan:
    shapes, plan = Shapes.read(numbers), Plan()
    primitive = _primitive(shapes)
    x, y, kernel = _arrays(shapes)
    if shapes.kind == KERNEL:
        arguments = {SRC: plan.memory(x), DIFF_DST: plan.memory(y)}
        to, wanted = plan.memory(kernel), memory_of(primitive, DIFF_WEIGHTS_MD)
        result = plan.result(to, kernel, wanted)
        plan.add(primitive, {**arguments, DIFF_WEIGHTS: result})
        plan.deliver(result, wanted, to, kernel)
        return plan
    image = plan.memory(x if shapes.kind == FORWARD else y)
    weights = plan.ordered(plan.memory(kernel), kernel, memory_of(primitive, WEIGHTS_MD))
    if shapes.kind == IMAGE:
        plan.add(primitive, {DIFF_DST: image, WEIGHTS: weights, DIFF_SRC: plan.memory(x)})
        return plan
    plan.add(primitive, {SRC: image, WEIGHTS: weights, DST: plan.memory(y)})
    return plan


for _kind in (FORWARD, IMAGE, KERNEL):
    bridge.register(_kind, _plan)
