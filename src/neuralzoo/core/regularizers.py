"""Regularizers: penalties on weights that are added to the training loss.

A field `kernel_regularizer` of any layer penalises its array `kernel`, and so for every name.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.record import Record, walk
from neuralzoo.core.registry import Registry

W = Float[Array, "*shape"]
Scalar = Float[Array, ""]
regularizers: Registry[Any] = Registry("regularizer")
SUFFIX = "_regularizer"


class Regularizer(Record):
    """A penalty: an array of weights -> a number."""

    def __call__(self, w: W) -> Scalar:
        raise NotImplementedError(f"{type(self).__name__} defines no __call__")


@regularizers.register("l1", "L1")
class L1(Regularizer):
    """l1 · Σ|w|: drives weights to exactly 0. R. Tibshirani, "Regression shrinkage and selection via the lasso", 1996.

    Example:
        >>> import jax.numpy as jnp
        >>> float(L1(0.5)(jnp.array([1.0, -2.0])))
        1.5
    """

    l1: float = 0.01

    def __call__(self, w: W) -> Scalar:
        return self.l1 * jnp.sum(magnitude(w))


@regularizers.register("l2", "L2")
class L2(Regularizer):
    """l2 · Σw²: keeps weights small. A. Hoerl, R. Kennard, "Ridge regression", 1970.

    Example:
        >>> import jax.numpy as jnp
        >>> float(L2(0.5)(jnp.array([1.0, -2.0])))
        2.5
    """

    l2: float = 0.01

    def __call__(self, w: W) -> Scalar:
        return self.l2 * jnp.sum(jnp.square(w))


@regularizers.register("l1_l2", "l1l2", "L1L2")
class L1L2(Regularizer):
    """l1 · Σ|w| + l2 · Σw². H. Zou, T. Hastie, "Regularization and variable selection via the elastic net", 2005.

    By name ("l1_l2") both factors are 0.01, as in Keras 2; Keras 3 takes 0 for both, which penalises nothing.
    """

    l1: float = 0.0
    l2: float = 0.0

    def __call__(self, w: W) -> Scalar:
        return self.l1 * jnp.sum(magnitude(w)) + self.l2 * jnp.sum(jnp.square(w))


@regularizers.register()
class OrthogonalRegularizer(Regularizer):
    """factor · the mean |cosine| between different rows (or columns) of a matrix; a zero row is orthogonal to all.

    Reference: A. Brock et al., "Neural photo editing with introspective adversarial networks", 2017 (the idea).
    """

    factor: float = 0.01
    mode: str = "rows"

    def __post_init__(self) -> None:
        if self.mode not in ("rows", "columns"):
            raise ArgumentError(f"OrthogonalRegularizer(mode={self.mode!r}) is unknown", remedy="mode is 'rows' or 'columns'")

    def __call__(self, w: W) -> Scalar:
        if w.ndim != 2:
            raise ShapeError(f"OrthogonalRegularizer needs a matrix, not an array of shape {w.shape}", remedy="use it on dense kernels")
        rows = w if self.mode == "rows" else w.T
        unit = rows * jax.lax.rsqrt(jnp.maximum(jnp.sum(jnp.square(rows), axis=1, keepdims=True), 1e-24))
        cosines = magnitude(unit @ unit.T) * (1 - jnp.eye(len(rows)))
        return self.factor * jnp.sum(cosines) / max(len(rows) * (len(rows) - 1), 1)


Regularize = str | Regularizer | Callable[[W], Scalar] | None  # what an `…_regularizer` argument takes


def regularizer_named(thing: Regularize) -> Callable[[W], Scalar] | None:
    """The penalty that a name, a class, a record or a function stands for; None stays None.

    >>> regularizer_named("l2")
    L2()
    """
    if thing is None:
        return None
    if isinstance(thing, type) and issubclass(thing, Regularizer):
        return thing()
    if not isinstance(thing, str):
        return thing
    kind = regularizers[thing]
    return L1L2(0.01, 0.01) if kind is L1L2 else kind()


def penalty(net: Any) -> Scalar | float:
    """The sum of all penalties in a network: for every field `name_regularizer`, that penalty of the array `name`.

    Arrays that are not there (a layer without a bias) cost nothing; without any regularizer the sum is 0.0.
    """
    total: Scalar | float = 0.0
    for record in walk(net):
        for field in record.static_fields:
            if field.endswith(SUFFIX) and (price := regularizer_named(getattr(record, field))) is not None:
                total = total + _price(record, field, price)
    return total


def magnitude(x: W) -> W:
    """|x|, with derivative 0 at 0 (that of jnp.abs is 1 there, which would push a weight off 0)."""
    return x * jax.lax.stop_gradient(jnp.sign(x))


def _price(record: Record, field: str, price: Callable[[W], Scalar]) -> Scalar | float:
    name = field.removesuffix(SUFFIX)
    if name not in record.data_fields:
        what = f"{type(record).__name__} has the field {field} but no array {name} for it to penalise"
        raise ArgumentError(what, remedy=f"declare {name} as param(), or leave {field} out")
    return sum((price(array) for array in jax.tree.leaves(getattr(record, name))), start=0.0)
