"""The matrix product, by whichever road is shorter."""

import math

import jax
from jaxtyping import Array, Float, Shaped

SMALL = 2048  # multiplications below which a library call costs more than it does
LARGE, PARTS = 2**20, 8  # numbers of a kernel that one row had better be multiplied by in parts


def product(x: Shaped[Array, "*batch in"], kernel: Float[Array, "in out"]) -> Float[Array, "*batch out"]:
    """x @ kernel; on a CPU a tiny one, and that of one row with a large kernel, in other ways.

    A tiny one is done as multiply-and-add, which XLA fuses with its neighbours: a training step of a 2-8-8-1 network takes
    2.7 µs that way instead of 4.4 (docs/design/0002-engine.md). One row with a large kernel costs reading the kernel, which
    one core does alone unless there are several products: 9216 × 128 takes two thirds of the time.
    """
    rows, (fan, units) = math.prod(x.shape[:-1]), kernel.shape
    cpu = jax.default_backend() == "cpu"
    if cpu and rows * fan * units <= SMALL:
        return (x[..., None] * kernel).sum(-2)
    if cpu and rows == 1 and fan * units >= LARGE and fan % PARTS == 0:
        y = (x.reshape(PARTS, 1, -1) @ kernel.reshape(PARTS, -1, units)).sum(0)
    else:
        y = x.reshape(rows, fan) @ kernel  # of two matrices: else its gradient turns arrays
    return y.reshape(*x.shape[:-1], units)
