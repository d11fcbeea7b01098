"""Integers to vectors."""

from typing import Any, ClassVar, Self

import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.errors import ShapeError
from neuralzoo.core.initializers import Initialize, initializer_named
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.masked import Masked, remasked
from neuralzoo.core.record import Built, keyword, param, require_built
from neuralzoo.core.regularizers import Regularizer
from neuralzoo.core.rows import Rows, look_up


class Embedding(Layer):
    """Row x of a table: integers `(*batch,) -> (*batch, output_dim)`; a number outside the table gives NaN, never another row.

    Fields:
        input_dim: number of different integers, that is rows of the table.
        output_dim: length of each vector.
        mask_zero: whether 0 is filling, a step that is not there; the table still has a row for it.
    """

    input_dtype: ClassVar[str] = "int32"

    input_dim: int
    output_dim: int
    embeddings_initializer: Initialize = "uniform"
    embeddings_regularizer: str | Regularizer | None = None
    mask_zero: bool = keyword(default=False)
    embeddings: Built[Float[Array, "input_dim output_dim"]] = param()

    def build(self, x: Spec, key: Key) -> Self:
        return self.set(embeddings=initializer_named(self.embeddings_initializer)(key, (self.input_dim, self.output_dim)))

    def __call__(self, x: Shaped[Array, "*batch"]) -> Float[Array, "*batch output_dim"] | Masked:
        require_built(self, "embeddings")
        if not jnp.issubdtype(x.dtype, jnp.integer):
            raise ShapeError(f"Embedding needs integers but was given {x.dtype}", remedy="pass the codes as an integer array")
        y = look_up(self.embeddings, x)
        return remasked(y, x != 0) if self.mask_zero else y


def rows_of(x: Any, layer: Layer, before: Any) -> Any:
    """`x`, which `layer` made of `before`, as the rows of an embedding's table, not yet looked up; anything else as it is."""
    if type(layer) is not Embedding or before.ndim != 2:
        return x
    rows = Rows(layer.embeddings, before)
    return Masked(rows, x.mask) if isinstance(x, Masked) else rows
