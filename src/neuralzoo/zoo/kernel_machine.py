"""Kernel machines: a weighted sum of likenesses to rows that were kept."""

import math
from itertools import combinations
from typing import Self

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int, Shaped

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, fixed

KERNELS = ("linear", "rbf", "poly", "sigmoid")


class KernelMachine(Layer):
    """f(x) = Σ coefficients · K(vectors, x) + bias, for several f at once.

    Of two classes, `(batch, features) -> (batch, 2)`, and of more, `(batch, features) -> (batch, classes)`, the output is a score
    of each class: how many of the others it beats, one against one, plus less than ½ for how clearly. Without classes it
    is the number f itself, `(batch, features) -> (batch,)`.

    Fields:
        kernel: "linear" u·v, "rbf" exp(−gamma‖u − v‖²), "poly" (gamma u·v + coef0)^degree or "sigmoid" tanh(gamma u·v + coef0).
        degree, coef0: of the kernel.
        classes: how many; 0 for a number.
        room: rows that it can be taught.
        gamma: of the kernel: a number, "scale" for 1 / (features · variance of all numbers), "auto" for 1 / features; None once
            `factor` is set.
        factor: gamma as a number.
        vectors, support, labels: the rows that were kept, by class; their places among those learned from, −1 for filling; their targets.
        coefficients, bias: of each function; where there are classes, of each pair (0, 1), (0, 2), … (1, 2), …, and positive for the first.
        sigmoids: A and B of the probability 1 / (1 + exp(A f + B)) of the first of each pair; none unless they were asked for.
    """

    kernel: str = "rbf"
    degree: int = 3
    coef0: float = 0.0
    classes: int = 0
    room: int = 0
    gamma: float | str | None = "scale"
    factor: Built[Float[Array, ""]] = fixed()
    vectors: Built[Float[Array, "vectors features"]] = fixed()
    support: Built[Int[Array, " vectors"]] = fixed()
    labels: Built[Float[Array, " vectors"]] = fixed()
    coefficients: Built[Float[Array, "vectors functions"]] = fixed()
    bias: Built[Float[Array, " functions"]] = fixed()
    sigmoids: Built[Float[Array, "pairs 2"]] = fixed()

    def __post_init__(self) -> None:
        if self.kernel not in KERNELS:
            raise ArgumentError(f"there is no kernel {self.kernel!r}", remedy=nearest(str(self.kernel), KERNELS))
        if self.kernel == "poly" and (self.degree < 1 or self.degree != int(self.degree)):
            raise ArgumentError(f"a polynomial kernel of degree {self.degree} is not possible", remedy="give a whole number of at least 1")
        if not (self.gamma in ("scale", "auto", None) if isinstance(self.gamma, str | None) else 0 < self.gamma < math.inf):
            raise ArgumentError(f"gamma is {self.gamma!r}", remedy='give a number above 0, "scale" or "auto"')

    def measured(self, x: np.ndarray) -> Self:
        """The machine with gamma as a number, from rows `(rows, features)` where it depends on them."""
        if self.gamma == "scale":
            gamma = 1 / (x.shape[1] * float(np.var(x, dtype=np.float64)) or 1.0)
        else:
            gamma = 1 / x.shape[1] if self.gamma == "auto" else self.gamma
        return self.set(gamma=None, factor=jnp.float32(gamma))  # not part of the structure: another gamma compiles nothing

    def build(self, x: Spec, key: Key) -> Self:
        features, functions = x.shape[-1], len(self.pairs()) or 1
        empty = {"vectors": jnp.zeros((0, features)), "support": jnp.zeros(0, int), "labels": jnp.zeros(0)}
        return self.set(coefficients=jnp.zeros((0, functions)), bias=jnp.zeros(functions), sigmoids=jnp.zeros((0, 2)), **empty)

    def pairs(self) -> np.ndarray:
        """The pairs of classes `(pairs, 2)`, none where there are no classes."""
        return np.array(list(combinations(range(self.classes), 2)), int).reshape(-1, 2)

    def likeness(self, u: Float[Array, "many features"], v: Float[Array, "few features"]) -> Float[Array, "many few"]:
        """K of each row of `u` with each row of `v`."""
        if self.kernel == "rbf":  # distances do not depend on the origin, their rounding errors do
            middle = jnp.mean(v, axis=0)
            u, v = u - middle, v - middle
        products = jnp.matmul(u, v.T, precision="highest")
        if self.kernel == "linear":
            return products
        if self.kernel == "rbf":
            squares = jnp.sum(u * u, axis=1)[:, None] + jnp.sum(v * v, axis=1)
            return jnp.exp(-self.factor * jnp.maximum(squares - 2 * products, 0))
        inner = self.factor * products + self.coef0
        return jnp.tanh(inner) if self.kernel == "sigmoid" else lax.integer_pow(inner, int(self.degree))

    def decide(self, x: Shaped[Array, "batch features"]) -> Float[Array, "batch functions"]:
        """Each f of each row."""
        return self.likeness(x.astype(self.vectors.dtype), self.vectors) @ self.coefficients + self.bias

    def __call__(self, x: Shaped[Array, "batch features"]) -> Float[Array, "..."]:
        decisions = self.decide(x)
        return self.scores(decisions) if self.classes else decisions[:, 0]

    def scores(self, decisions: Float[Array, "batch pairs"]) -> Float[Array, "batch classes"]:
        """Victories of each class, plus s / 3(|s| + 1) for the sum s of its decisions, which settles ties."""
        first, second = np.eye(self.classes, dtype=np.float32)[self.pairs().T]
        votes = (decisions > 0) @ first + (decisions <= 0) @ second
        sums = decisions @ (first - second)
        return votes + sums / (3 * (jnp.abs(sums) + 1))
