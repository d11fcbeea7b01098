"""Units on a grid: the layer of Kohonen's map."""

from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.errors import ArgumentError, ShapeError, nearest
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, keyword, param, require_built

GRIDS = ("rectangular", "hexagonal")
STARTS = ("pca", "rows")
ROW = {"rectangular": 1.0, "hexagonal": 0.75**0.5}  # from one row of units to the next, where those of a row are 1 apart
BESIDE = {"rectangular": 2.0, "hexagonal": 1.0}  # the squared distance of neighbours at most: 8 around a square, 6 around a hexagon


class Kohonen(Layer):
    """‖x − kernelᵤ‖ for each unit u of a map: `(batch, features) -> (batch, units)`, the units row by row.

    Fields:
        shape: rows and columns of units.
        grid: "rectangular", or "hexagonal" with every other row shifted by half a unit.
        toroidal: whether the last row and column lie beside the first, so that no unit is at an edge.
        start: where the units of a `KohonenMap` begin: on the plane of the first two principal components of the rows, "pca", or at
            "rows" drawn at random. A layer by itself begins with normal numbers.
        kernel: `(units, features)`, what each unit stands for.

    Reference: T. Kohonen, "Self-organized formation of topologically correct feature maps", Biological Cybernetics 43, 1982.
    """

    shape: tuple[int, int]
    grid: str = "rectangular"
    toroidal: bool = False
    start: str = keyword(default="pca")
    kernel: Built[Float[Array, "units features"]] = param()

    def __post_init__(self) -> None:
        for value, possible, what in ((self.grid, GRIDS, "grid"), (self.start, STARTS, "start")):
            if value not in possible:
                raise ArgumentError(f"a map has no {what} {value!r}", remedy=nearest(str(value), possible))
        if np.shape(self.shape) != (2,) or min(self.shape) < 1:
            raise ArgumentError(f"a map of shape {self.shape} is not possible", remedy="give rows and columns, as in (10, 10)")
        if self.toroidal and self.grid == "hexagonal" and self.shape[0] % 2:
            what = f"{self.shape[0]} rows of hexagons cannot be joined to a torus: the last would lie beside the first unshifted"
            raise ArgumentError(what, remedy="give an even number of rows")

    def build(self, x: Spec, key: Key) -> Self:
        if len(x.shape) != 2:
            raise ShapeError(f"a map takes rows of features, but its input has shape {tuple(x.shape)}", remedy="reshape x to (rows, -1)")
        if self.kernel is not None:  # taken from the rows already
            return self
        return self.set(kernel=jax.random.normal(key, (self.shape[0] * self.shape[1], x.shape[-1])))

    def __call__(self, x: Shaped[Array, "batch features"]) -> Float[Array, "batch units"]:
        return jnp.sqrt(jnp.maximum(self.squares(x), 1e-30))  # the root of 0 has no gradient

    def squares(self, x: Shaped[Array, "batch features"]) -> Float[Array, "batch units"]:
        """‖x − kernelᵤ‖², all measured from the middle of the units, so that nothing cancels where rows lie far from 0."""
        require_built(self, "kernel")
        middle = self.kernel.mean(0)
        x, kernel = x.astype(self.kernel.dtype) - middle, self.kernel - middle
        return jnp.maximum(jnp.sum(x**2, 1)[:, None] - 2 * x @ kernel.T + jnp.sum(kernel**2, 1), 0)

    def workings(self, x: Any) -> dict[str, Any]:
        first, second, _ = self.two_nearest(x)
        return {"winner": first, "second": second}

    def two_nearest(self, x: Shaped[Array, "batch features"]) -> tuple[Any, Any, Any]:
        """The numbers of the nearest and the second nearest unit of each row, and the distance to the nearest."""
        squares = self.squares(x)
        first = jnp.argmin(squares, 1)
        second = jnp.argmin(jnp.where(jnp.arange(squares.shape[1]) == first[:, None], jnp.inf, squares), 1)
        return first, second, jnp.linalg.norm(x.astype(self.kernel.dtype) - self.kernel[first], axis=1)

    def places(self) -> np.ndarray:
        """Where the units lie, `(units, 2)`: down, and to the right."""
        row, column = np.divmod(np.arange(self.shape[0] * self.shape[1]), self.shape[1])
        shift = 0.5 * (row % 2) if self.grid == "hexagonal" else 0.0
        return np.stack([row * ROW[self.grid], column + shift], 1).astype(np.float32)

    def gaps(self, one: Any, other: Any) -> Any:
        """The squared distances between places `(…, 2)` on the map, around the torus where that is shorter."""
        size = np.array([self.shape[0] * ROW[self.grid], self.shape[1]], np.float32)
        away = abs(one - other)
        return (jnp.minimum(away, size - away) if self.toroidal else away).__pow__(2).sum(-1)

    def beside(self, one: Any, other: Any) -> Any:
        """Whether units, by their numbers, are neighbours."""
        places = jnp.asarray(self.places())
        return self.gaps(places[one], places[other]) < BESIDE[self.grid] + 0.01
