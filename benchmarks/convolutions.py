"""Single convolutions: forward, and forward with the gradients of input and kernel, over 13 shapes of known networks, float32.

The objective is half the sum of squares, so that the gradient at the output is the output itself and nobody can skip a part. The kernel of
a round takes a nought from the one before: the rounds of a compiled loop follow each other and none is done once for all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import geometric_mean
from typing import Any

from benchmarks.contender import PURE, Contenders, median_s, quick, tell
from benchmarks.table import DRAW, Column, Target, Worst, at_most

SECONDS = 0.05 if quick() else 0.2  # how long each is repeated
LOOP_S = 0.03


@dataclass(frozen=True)
class Shape:
    """A convolution: batch, side, channels in and out, side of the kernel, stride, padding on each edge, dilation, depthwise or not."""

    batch: int
    side: int
    inputs: int
    outputs: int
    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1

    @property
    def text(self) -> str:
        also = {"stride": self.stride, "dilation": self.dilation, "groups": self.groups}
        rest = "".join(f", {name} {value}" for name, value in also.items() if value > 1)
        return f"{self.batch}×{self.side}²×{self.inputs} → {self.outputs}, {self.kernel}×{self.kernel}{rest}"

    @property
    def pairs(self) -> Any:
        """Strides, padding and dilation, for height and width each."""
        return (self.stride,) * 2, ((self.padding, self.padding),) * 2, (self.dilation,) * 2

    def arrays(self):
        """x (batch, side, side, inputs) and kernel (kernel, kernel, inputs / groups, outputs), float32."""
        import numpy as np

        draw, inner = np.random.default_rng(0), self.inputs // self.groups
        x = draw.standard_normal((self.batch, self.side, self.side, self.inputs), np.float32)
        kernel = draw.standard_normal((self.kernel, self.kernel, inner, self.outputs), np.float32)
        return x, kernel / np.float32(self.kernel * inner**0.5)


SHAPES = {
    "mnist": Shape(128, 26, 32, 64, 3),
    "point": Shape(8, 56, 64, 256, 1),
    "resnet": Shape(8, 56, 64, 64, 3, padding=1),
    "stride": Shape(8, 28, 128, 128, 3, stride=2, padding=1),
    "cifar_16": Shape(128, 32, 16, 16, 3, padding=1),
    "cifar_32": Shape(128, 16, 32, 32, 3, padding=1),
    "cifar_64": Shape(128, 8, 64, 64, 3, padding=1),
    "lenet_1": Shape(128, 28, 1, 6, 5, padding=2),
    "lenet_2": Shape(128, 14, 6, 16, 5),
    "stem_7": Shape(8, 224, 3, 64, 7, stride=2, padding=3),
    "stem_11": Shape(16, 224, 3, 64, 11, stride=4, padding=2),
    "depthwise": Shape(32, 28, 128, 128, 3, padding=1, groups=128),
    "dilated": Shape(32, 28, 64, 64, 3, padding=2, dilation=2),
}
STEP = {name: f"step_{name}" for name in SHAPES}
FORWARD = {name: f"forward_{name}" for name in SHAPES}

TITLE = "Single convolutions, forward and both gradients"
ROUNDS = 2
MAIN = "step_ms"
REFERENCE = "neuralzoo"
COLUMNS = (
    Column("step_ms", "ms, geometric mean", 2),
    Column("forward_ms", "ms forward alone", 2),
    *(Column(STEP[name], shape.text, 2) for name, shape in SHAPES.items()),
)
NOTES = (
    "Milliseconds of a convolution with the gradients of its input and kernel: the geometric mean over the shapes, the same forward alone, "
    "then one by one, with gradients, as batch × side² × channels → channels. In a compiled loop: as many as fill 30 ms in one call, as a "
    "network in a training loop finds it; else each is a call of its own. PyTorch's tensors lie as its title says."
)

contenders = Contenders()


def targets() -> list[Target | Worst]:
    rivals = ["torch_last"]
    return [
        at_most("step_ms", "neuralzoo", DRAW, rivals, "no slower than PyTorch channels last with gradients, geometric mean, a draw counts"),
        at_most("forward_ms", "neuralzoo", DRAW, rivals, "no slower forward, geometric mean, a draw counts"),
        Worst(STEP, "neuralzoo", 1.5, tuple(rivals), "nowhere slower than 1.5 times PyTorch channels last, with gradients"),
        Worst(FORWARD, "neuralzoo", 1.5, tuple(rivals), "nowhere slower than 1.5 times forward"),
    ]


def tell_times(timed: Callable[[Shape, bool], float]) -> None:
    """Each shape's times and their geometric means; `timed(shape, with gradients)` gives seconds."""
    for keys, mean, gradients in ((FORWARD, "forward_ms", False), (STEP, "step_ms", True)):
        took = {keys[name]: timed(shape, gradients) * 1000 for name, shape in SHAPES.items()}
        tell(**took, **{mean: geometric_mean(took.values())})


def jax_times(convolve: Callable[..., Any], looped: bool) -> None:
    """`convolve(x, kernel, shape)` in a compiled loop, or in compiled calls of one."""
    import jax
    import jax.numpy as jnp

    def timed(shape: Shape, gradients: bool) -> float:
        x, kernel = map(jnp.asarray, shape.arrays())

        def once(x, kernel):
            if not gradients:
                y = convolve(x, kernel, shape)
                return y, kernel + 0 * y[0, 0, 0]
            y, back = jax.vjp(lambda x, kernel: convolve(x, kernel, shape), x, kernel)
            dx, dkernel = back(y)
            return dx, kernel + 0 * dkernel

        @jax.jit
        def rounds(x, kernel, count):
            y = jnp.zeros(jax.eval_shape(once, x, kernel)[0].shape)
            return jax.lax.fori_loop(0, count, lambda _, held: once(x, held[1]), (y, kernel))

        def seconds(count: int, repeated: float = 0.0) -> float:
            call = (lambda: rounds(x, kernel, count)) if looped else partial(jax.jit(once), x, kernel)
            jax.block_until_ready(call())
            return median_s(lambda: jax.block_until_ready(call()), repeated) / count

        return seconds(max(1, round(LOOP_S / seconds(2))) if looped else 1, SECONDS)

    tell_times(timed)


@contenders.add("neuralzoo", "neuralzoo.kernels.convolution")
def neuralzoo() -> None:
    from neuralzoo.kernels.convolution import convolve

    def own(x, kernel, shape):
        strides, padding, dilation = shape.pairs
        return convolve(x, kernel, strides=strides, padding=padding, dilation=dilation, groups=shape.groups)

    jax_times(own, looped=True)


contenders.add("neuralzoo, kernels in JAX alone", "neuralzoo.kernels.convolution", name="neuralzoo_jax", env=PURE["env"])(neuralzoo)


def xla(looped: bool) -> None:
    import jax

    def own(x, kernel, shape):
        (strides, padding, dilation), axes = shape.pairs, ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(x, kernel, strides, padding, None, dilation, axes, shape.groups)

    jax_times(own, looped)


contenders.add("XLA's own, call by call", "jax", name="xla")(lambda: xla(looped=False))
contenders.add("XLA's own, in a compiled loop", "jax", name="xla_loop", once=True)(lambda: xla(looped=True))


def torch_times(last: bool) -> None:
    import torch
    from torch.nn.functional import conv2d

    form = torch.channels_last if last else torch.contiguous_format

    def timed(shape: Shape, gradients: bool) -> float:
        x, kernel = (torch.from_numpy(array) for array in shape.arrays())
        x = x.permute(0, 3, 1, 2).contiguous(memory_format=form).requires_grad_(gradients)
        kernel = kernel.permute(3, 2, 0, 1).contiguous(memory_format=form).requires_grad_(gradients)

        def call() -> None:
            y = conv2d(x, kernel, None, shape.stride, shape.padding, shape.dilation, shape.groups)
            if gradients:
                torch.autograd.grad(y, (x, kernel), y.detach())

        call()
        return median_s(call, SECONDS)

    tell_times(timed)


contenders.add("PyTorch", "torch", name="torch")(lambda: torch_times(last=False))
contenders.add("PyTorch, channels last", "torch", name="torch_last")(lambda: torch_times(last=True))
