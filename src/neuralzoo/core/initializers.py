"""Initializers: how the arrays of a network start. Each is called as `(key, shape, dtype=float32)`.

A `seed`, as in Keras, makes an initializer draw the same numbers wherever it is used; None draws from the key it is given,
which differs from layer to layer and is what a network should do.
"""

import math
from collections.abc import Callable
from typing import Any, ClassVar, cast

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.record import Record
from neuralzoo.core.registry import Registry

Shape = tuple[int, ...]
initializers: Registry[Any] = Registry("initializer")
TRUNCATED = 0.87962566103423978  # the standard deviation of a standard normal cut off at ±2


class Initializer(Record):
    """A recipe for an array.

    Example:
        >>> import jax
        >>> HeNormal()(jax.random.key(0), (3, 3, 16, 32)).shape
        (3, 3, 16, 32)
    """

    def __call__(self, key: jax.Array, shape: Shape, dtype: Any = jnp.float32) -> jax.Array:
        raise NotImplementedError(f"{type(self).__name__} defines no __call__")


def fans(shape: Shape) -> tuple[int, int]:
    """How many inputs feed one output of a kernel, and how many outputs one input feeds.

    A dense kernel is `(in, out)`; a convolution kernel is `(*window, in, out)` and counts every place of its window.

    >>> fans((4, 10)), fans((3, 3, 16, 32))
    ((4, 10), (144, 288))
    """
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def _seeded(key: jax.Array, seed: int | None) -> jax.Array:
    return key if seed is None else jax.random.key(seed)


def _scaled(key: jax.Array, shape: Shape, dtype: Any, scale: float, mode: str, distribution: str) -> jax.Array:
    fan_in, fan_out = fans(shape)
    size = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    deviation = math.sqrt(scale / max(1.0, size))
    if distribution == "uniform":
        return _drawn(jax.random.uniform, key, shape, dtype, -math.sqrt(3.0) * deviation, math.sqrt(3.0) * deviation)
    if distribution == "untruncated_normal":
        return deviation * _drawn(jax.random.normal, key, shape, dtype)
    return deviation / TRUNCATED * _drawn(_truncated, key, shape, dtype)


def _drawn(draw: Callable[..., jax.Array], key: jax.Array, shape: Shape, dtype: Any, *bounds: float) -> jax.Array:
    """The same numbers as `draw` gives for the shape, from a program over one axis, which compiles three times as fast."""
    return draw(key, (math.prod(shape),), dtype, *bounds).reshape(shape)


def _truncated(key: jax.Array, shape: Shape, dtype: Any) -> jax.Array:
    return jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype)


@initializers.register()
class VarianceScaling(Initializer):
    """Draws of variance scale / n, where n is the fan-in, the fan-out or their average.

    Fields:
        scale: factor of the variance.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal" (cut off at two standard deviations), "untruncated_normal" or "uniform".
        seed: see the module.
    """

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"
    seed: int | None = None

    def __post_init__(self) -> None:
        for name, choices in (("mode", ("fan_in", "fan_out", "fan_avg")),
                              ("distribution", ("truncated_normal", "untruncated_normal", "uniform"))):  # fmt: skip
            if getattr(self, name) not in choices:
                what = f"VarianceScaling({name}={getattr(self, name)!r}) is unknown"
                raise ArgumentError(what, remedy=f"{name} is one of {', '.join(choices)}")

    def __call__(self, key: jax.Array, shape: Shape, dtype: Any = jnp.float32) -> jax.Array:
        return _scaled(_seeded(key, self.seed), shape, dtype, self.scale, self.mode, self.distribution)


class FanScaled(Initializer):
    """The named cases of variance scaling: scale, mode and distribution belong to the class."""

    seed: int | None = None
    scale: ClassVar[float] = 1.0
    mode: ClassVar[str] = "fan_in"
    distribution: ClassVar[str] = "truncated_normal"

    def __call__(self, key: jax.Array, shape: Shape, dtype: Any = jnp.float32) -> jax.Array:
        return _scaled(_seeded(key, self.seed), shape, dtype, self.scale, self.mode, self.distribution)


@initializers.register()
class GlorotUniform(FanScaled):
    """Uniform within ±√(6 / (in + out)). X. Glorot, Y. Bengio, "Understanding the difficulty of training deep networks", 2010."""

    mode, distribution = "fan_avg", "uniform"


@initializers.register()
class GlorotNormal(FanScaled):
    """Truncated normal of variance 2 / (in + out). X. Glorot, Y. Bengio, 2010."""

    mode = "fan_avg"


@initializers.register()
class HeUniform(FanScaled):
    """Uniform within ±√(6 / in). K. He et al., "Delving deep into rectifiers", 2015."""

    scale, distribution = 2.0, "uniform"


@initializers.register()
class HeNormal(FanScaled):
    """Truncated normal of variance 2 / in. K. He et al., "Delving deep into rectifiers", 2015."""

    scale = 2.0


@initializers.register()
class LecunUniform(FanScaled):
    """Uniform within ±√(3 / in). Y. LeCun et al., "Efficient backprop", 1998."""

    distribution = "uniform"


@initializers.register()
class LecunNormal(FanScaled):
    """Truncated normal of variance 1 / in. Y. LeCun et al., "Efficient backprop", 1998."""


@initializers.register("RandomNormal", "random_normal", "normal")
class RandomNormal(Initializer):
    """Normal draws."""

    mean: float = 0.0
    stddev: float = 0.05
    seed: int | None = None

    def __call__(self, key: jax.Array, shape: Shape, dtype: Any = jnp.float32) -> jax.Array:
        return self.mean + self.stddev * _drawn(jax.random.normal, _seeded(key, self.seed), shape, dtype)


@initializers.register()
class TruncatedNormal(Initializer):
    """Normal draws, those beyond two standard deviations drawn again (what is left has 0.88 · stddev)."""

    mean: float = 0.0
    stddev: float = 0.05
    seed: int | None = None

    def __call__(self, key: jax.Array, shape: Shape, dtype: Any = jnp.float32) -> jax.Array:
        return self.mean + self.stddev * _drawn(_truncated, _seeded(key, self.seed), shape, dtype)


@initializers.register("RandomUniform", "random_uniform", "uniform")
class RandomUniform(Initializer):
    """Uniform draws from [minval, maxval)."""

    minval: float = -0.05
    maxval: float = 0.05
    seed: int | None = None

    def __call__(self, key: jax.Array, shape: Shape, dtype: Any = jnp.float32) -> jax.Array:
        return _drawn(jax.random.uniform, _seeded(key, self.seed), shape, dtype, self.minval, self.maxval)


@initializers.register()
class Orthogonal(Initializer):
    """A random matrix of orthonormal columns (rows where it is wide), times gain; all axes but the last are one.

    Reference: A. Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear networks", 2014.
    """

    gain: float = 1.0
    seed: int | None = None

    def __call__(self, key: jax.Array, shape: Shape, dtype: Any = jnp.float32) -> jax.Array:
        if len(shape) < 2:
            raise ShapeError(f"Orthogonal cannot fill an array of shape {shape}", remedy="use it for a matrix or a kernel")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        gaussian = jax.random.normal(_seeded(key, self.seed), (max(rows, columns), min(rows, columns)))
        q, r = jnp.linalg.qr(gaussian)
        q = q * jnp.where(jnp.diag(r) < 0, -1, 1)  # without the signs the draw is not uniform over rotations
        return (self.gain * (q.T if rows < columns else q)).reshape(shape).astype(dtype)


@initializers.register()
class Identity(Initializer):
    """The identity matrix times gain; a matrix only."""

    gain: float = 1.0

    def __call__(self, key: jax.Array, shape: Shape, dtype: Any = jnp.float32) -> jax.Array:
        if len(shape) != 2:
            raise ShapeError(f"Identity cannot fill an array of shape {shape}", remedy="use it for a matrix")
        return self.gain * jnp.eye(*shape, dtype=dtype)


@initializers.register("Zeros", "zeros", "zero")
class Zeros(Initializer):
    """All 0."""

    def __call__(self, key: jax.Array, shape: Shape, dtype: Any = jnp.float32) -> jax.Array:
        return jnp.zeros(shape, dtype)


@initializers.register("Ones", "ones", "one")
class Ones(Initializer):
    """All 1."""

    def __call__(self, key: jax.Array, shape: Shape, dtype: Any = jnp.float32) -> jax.Array:
        return jnp.ones(shape, dtype)


@initializers.register()
class Constant(Initializer):
    """A number everywhere, or a given array (nested lists or an array that broadcasts to the shape)."""

    value: Any = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.value, np.ndarray | jax.Array):
            self.__dict__["value"] = self.value.tolist()  # a hyper-parameter must be hashable

    def __call__(self, key: jax.Array, shape: Shape, dtype: Any = jnp.float32) -> jax.Array:
        return jnp.broadcast_to(jnp.asarray(self.value, dtype), shape)


Initialize = str | Initializer | Callable[..., jax.Array]  # what an `…_initializer` argument takes


def initializer_named(thing: Initialize) -> Callable[..., jax.Array]:
    """The initializer that a name, a class, a record or a function `(key, shape, dtype)` stands for.

    >>> initializer_named("he_normal")
    HeNormal()
    """
    if isinstance(thing, type) and issubclass(thing, Initializer):
        return thing()
    return thing if callable(thing) else initializers[cast("str", thing)]()
