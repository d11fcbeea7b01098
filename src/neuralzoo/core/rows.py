"""Rows of a table, looked up: who multiplies each of them may multiply the table instead, once."""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Integer


@dataclass(frozen=True)
class Rows:
    """`table[codes]`, not yet looked up: `(*codes, …)`. A chain hands it to a layer that asks for it in `following`.

    Fields:
        table: an array with one row for each code.
        codes: integers.
    """

    table: Any
    codes: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of what is looked up."""
        return (*self.codes.shape, *self.table.shape[1:])

    def __len__(self) -> int:
        return len(self.codes)


def look_up(table: Float[Array, "rows wide"], codes: Integer[Array, "*batch"]) -> Float[Array, "*batch wide"]:
    """`table[codes]`; a number outside the table gives NaN, never another row."""
    return jnp.take(table, codes, axis=0, mode="fill")
