"""The layers of LeNet-5 that later networks gave up: a connection table, learned subsampling and an output by distance.

Reference: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition",
Proceedings of the IEEE 86, 1998, section II.B.
"""

from typing import Self

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from neuralzoo.core.activations import Activate, ActivationFunction, X, activation_named
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.initializers import Initialize, initializer_named
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, fixed, param, require_built
from neuralzoo.kernels.convolution import convolve
from neuralzoo.kernels.pooling import average_pool

Images = Float[Array, "batch height width channels"]
Maps = Float[Array, "batch rows columns maps"]
C3 = (  # the paper's table I: which of the six maps of S2 each of the sixteen maps of C3 sees
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip
BITMAPS = (  # the ten digits as 12 rows of 7 pixels, each row a number whose bits are the pixels, the leftmost the highest
    "1c36636363636363361c0000", "0c1c3c0c0c0c0c0c0c3f0000", "3e630303060c1830607f0000", "3e6303031e030303633e0000",
    "060e1e36667f060606060000", "7f6060607e030303633e0000", "1e30607e73636363733e0000", "7f0303060c0c181818180000",
    "3e6363633e636363633e0000", "3e6363673f030303063c0000",
)  # fmt: skip


class ScaledTanh(ActivationFunction):
    """amplitude · tanh(slope · x): with these constants f(±1) = ±1, where its curvature is greatest.

    Reference: Y. LeCun et al., 1998, appendix A.
    """

    amplitude: float = 1.7159
    slope: float = 2 / 3

    def __call__(self, x: X) -> X:
        return self.amplitude * jnp.tanh(self.slope * x)


class TableConv2D(Layer):
    """A convolution in which each output channel sees its own choice of inputs: `(batch, h, w, in) -> (batch, h', w', len(table))`.

    Fields:
        table: for each output channel the input channels that it sees.
        kernel_size: height and width of the window, one number or two; strides are 1, nothing is padded.
        activation: name or function.
        kernel_initializer: drawn for the number of connections of an average output.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> layer = TableConv2D(C3, 5).build(jax.ShapeDtypeStruct((1, 14, 14, 6), jnp.float32), jax.random.key(0))
        >>> layer.kernel.size + layer.bias.size, layer(jnp.ones((1, 14, 14, 6))).shape
        (1516, (1, 10, 10, 16))

    Reference: Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998, table I.
    """

    table: tuple[tuple[int, ...], ...]
    kernel_size: int | tuple[int, int]
    activation: Activate = None
    kernel_initializer: Initialize = "lecun_uniform"
    kernel: Built[Float[Array, "height width connections"]] = param()
    bias: Built[Float[Array, " out"]] = param()

    def build(self, x: Spec, key: Key) -> Self:
        seen = [channel for row in self.table for channel in row]
        if not all(self.table) or min(seen) < 0 or max(seen) >= x.shape[-1] or any(len({*row}) < len(row) for row in self.table):
            what = f"the table names channels {min(seen, default=None)} to {max(seen, default=None)}, and its input has {x.shape[-1]}"
            raise ShapeError(what, remedy="list for each output some of the channels 0 … n-1 of the input, none of them twice")
        average = max(1, round(len(seen) / len(self.table)))
        drawn = initializer_named(self.kernel_initializer)(key, (*self.window, average, -(-len(seen) // average)))
        return self.set(kernel=drawn.reshape(*self.window, -1)[..., : len(seen)], bias=jnp.zeros(len(self.table)))

    @property
    def window(self) -> tuple[int, int]:
        return (self.kernel_size, self.kernel_size) if isinstance(self.kernel_size, int) else self.kernel_size

    def __call__(self, x: Images) -> Maps:
        require_built(self, "kernel")
        rows = np.array([channel for row in self.table for channel in row])
        columns = np.repeat(np.arange(len(self.table)), [len(row) for row in self.table])
        whole = jnp.zeros((*self.window, x.shape[-1], len(self.table)), self.kernel.dtype).at[..., rows, columns].set(self.kernel)
        y = convolve(x, whole, strides=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), bias=self.bias)
        return activation_named(self.activation)(y)


class Subsampling2D(Layer):
    """activation(coefficient · sum of each window + bias), windows side by side: `(batch, h, w, c) -> (batch, h / n, w / n, c)`.

    Fields:
        pool_size: height and width of a window.
        activation: name or function.

    Reference: Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998 (layers S2 and S4).
    """

    pool_size: int = 2
    activation: Activate = None
    coefficient: Built[Float[Array, " channels"]] = param()
    bias: Built[Float[Array, " channels"]] = param()

    def build(self, x: Spec, key: Key) -> Self:
        start = 1 / self.pool_size**2  # an average; from there each map learns to blur or to decide
        return self.set(coefficient=jnp.full(x.shape[-1], start), bias=jnp.zeros(x.shape[-1]))

    def __call__(self, x: Images) -> Maps:
        require_built(self, "coefficient")
        size = (self.pool_size, self.pool_size)
        total = average_pool(x, size, size, ((0, 0), (0, 0))) * self.pool_size**2
        return activation_named(self.activation)(total * self.coefficient + self.bias)


class CodeDistance(Layer):
    """activation(−Σ (x − code)²) for the code of each class: `(batch, n) -> (batch, units)`; the codes, of ±1, never change.

    With the softmax, crossentropy is the paper's maximum a posteriori criterion. Ten classes of 84 inputs have the paper's
    kind of code, a 7 × 12 picture of the digit; others have codes drawn at random.

    Fields:
        units: number of classes.
        activation: "softmax" for probabilities.

    Reference: Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998, section II.C.
    """

    units: int
    activation: Activate = "softmax"
    codes: Built[Float[Array, "n units"]] = fixed()

    def build(self, x: Spec, key: Key) -> Self:
        if len(x.shape) != 2:
            raise ArgumentError(f"CodeDistance compares vectors, but its input has shape {x.shape}", remedy="put Flatten() before it")
        if (x.shape[-1], self.units) == (84, 10):
            return self.set(codes=jnp.asarray(digit_codes().T))
        return self.set(codes=jnp.where(jax.random.bernoulli(key, 0.5, (x.shape[-1], self.units)), 1.0, -1.0))

    def __call__(self, x: Float[Array, "batch n"]) -> Float[Array, "batch units"]:
        require_built(self, "codes")
        squares = jnp.sum(x**2, -1, keepdims=True) + jnp.sum(self.codes**2, 0)
        return activation_named(self.activation)(2 * x @ self.codes - squares)


def digit_codes() -> np.ndarray:
    """The ten digits as rows of 84 numbers: +1 for ink, −1 for paper."""
    rows = np.array([list(bytes.fromhex(digit)) for digit in BITMAPS], np.uint8)
    return np.unpackbits(rows[..., None], axis=-1)[..., 1:].reshape(10, 84) * np.float32(2) - 1
