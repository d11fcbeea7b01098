"""Kohonen's map: units on a grid that spread over the data, neighbours on the grid standing for rows that are alike."""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError, ShapeError
from neuralzoo.core.layer import Layer
from neuralzoo.layers.kohonen import Kohonen
from neuralzoo.learn.competitive import BatchMap, OnlineMap
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ASKED = 4096  # rows whose distances to all units are held at a time
SURVEYED = 20_000  # rows that the plane of the principal components is taken from


class MapSizeWarning(UserWarning):
    """A map has more units than there are rows."""


class KohonenMap(Member):
    """A self-organizing map: `fit` spreads its units over the rows, `winners` tells where on the map a row belongs.

    `evaluate` tells the quantization error ("loss") and the topographic error. Scale the columns first: a map goes by distances.

    Args:
        shape: rows and columns of units; 5·√rows units in all are a usual choice.
        grid: "rectangular" or "hexagonal".
        toroidal: whether opposite edges are joined.
        rule: "online", a change for each row, or "batch", one for each epoch: faster, and the order of rows does not matter.
        radius: how far a winner takes its neighbours along at the start, in units; None for a quarter of the longer side.
        rate: how far the winner moves at the start, online only.
        near: "gaussian", "bubble" or "mexican hat".
        decay: of rate and radius over the length of a `fit`: "asymptotic", "linear", "inverse" or "constant".
        start: units on the plane of the first two principal components, "pca", or at "rows" drawn at random.
        seed: of the order of rows, and of the rows drawn.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).uniform(size=(200, 2))
        >>> lattice = KohonenMap((4, 5), radius=2.0)
        >>> history = lattice.fit(x, epochs=10, verbose=0)
        >>> lattice.winners(x).shape, lattice.transform(x).shape
        ((200, 2), (200, 20))
        >>> lattice.quantization_error(x) < 0.15
        True
    """

    card = Card(
        key="kohonen",
        name="Kohonen map",
        short="KN",
        year=1982,
        authors="T. Kohonen",
        reference="Self-organized formation of topologically correct feature maps, Biological Cybernetics 43",
        cells=("input", "hidden"),
        rule="competition: the nearest unit and its neighbours on the map move towards each row",
        purpose="show how many-sided rows lie to each other, as a map",
        verbs=("winners", "transform", "quantization_error", "topographic_error", "hits", "labels_map", "u_matrix", "evaluate"),
        goals=(
            Goal(
                "quantization and topographic error within 2 % of MiniSom's on iris, wine and digits",
                "below MiniSom's: quantization error by 1 to 6 %, and every topographic error (10 seeds)",
                "python examples/zoo_kohonen.py 10",
            ),
        ),
    )
    usual_batch = 256
    usual_epochs = 10
    net: Kohonen

    def __init__(
        self,
        shape: tuple[int, int] = (10, 10),
        grid: str = "rectangular",
        toroidal: bool = False,
        *,
        rule: str = "online",
        radius: float | None = None,
        rate: float = 0.5,
        near: str = "gaussian",
        decay: str = "asymptotic",
        start: str = "pca",
        seed: int | None = None,
    ):
        net = Kohonen(shape, grid, toroidal, start=start)
        width = max(1.0, max(net.shape) / 4) if radius is None else float(radius)
        if rule not in ("online", "batch"):
            raise ArgumentError(f"a map has no rule {rule!r}", remedy='rule is "online" or "batch"')
        learner = OnlineMap(rate, width, near, decay) if rule == "online" else BatchMap(width, near, decay)
        Member.__init__(self, net, learner, seed)

    def check_rows(self, x: Any, y: Any) -> None:
        if isinstance(x, dict | tuple) or x.ndim != 2:
            shape = getattr(x, "shape", type(x).__name__)
            raise DataError(f"a map learns rows of features, but x has shape {shape}", remedy="reshape x to (rows, -1)")
        if self.built and x.shape[1] != self.net.kernel.shape[1]:
            self._require_features(x)

    def prepare(self, x: Any, y: Any) -> Layer:
        units = self.net.shape[0] * self.net.shape[1]
        if units > len(x):
            what = f"{units} units are more than the {len(x)} rows to learn from: some will stand for no row"
            warnings.warn(f"{what}. Give a smaller shape, {most(len(x))} at most, or more rows.", MapSizeWarning, stacklevel=2)
        draws = np.random.default_rng(self.seed)
        start = principal_plane(x, self.net.shape) if self.net.start == "pca" else x[draws.integers(0, len(x), units)]
        return self.net.set(kernel=jax.numpy.asarray(start, np.float32))

    def winners(self, x: Any) -> np.ndarray:
        """Row and column of the unit nearest to each row, `(rows, 2)`."""
        self.require_fitted("tell winners")
        return np.stack(np.divmod(self._nearest(x)[0], self.net.shape[1]), axis=1)

    def transform(self, x: Any) -> np.ndarray:
        """The distance of each row to each unit, `(rows, units)`, the units row by row of the map."""
        self.require_fitted("tell distances")
        return in_blocks(_distances, self.net, self._require_features(x))

    def quantization_error(self, x: Any) -> float:
        """The mean distance of the rows to the unit nearest to each."""
        self.require_fitted("tell errors")
        return float(np.mean(self._nearest(x)[2], dtype=np.float64))

    def topographic_error(self, x: Any) -> float:
        """The share of rows whose two nearest units are no neighbours: of 8 around a square, 6 around a hexagon."""
        self.require_fitted("tell errors")
        first, second, _ = self._nearest(x)
        return float(1 - np.mean(np.asarray(self.net.beside(first, second))))

    def hits(self, x: Any) -> np.ndarray:
        """How many rows each unit is nearest to, in the shape of the map."""
        self.require_fitted("count winners")
        return np.bincount(self._nearest(x)[0], minlength=len(self.net.kernel)).reshape(self.net.shape)

    def labels_map(self, x: Any, y: Any) -> np.ndarray:
        """The class most frequent among the rows that each unit is nearest to, in the shape of the map; -1 where there is none."""
        self.require_fitted("show classes")
        classes, numbers = np.unique(np.asarray(y).reshape(-1), return_inverse=True)
        votes = np.zeros((len(self.net.kernel), len(classes)), int)
        np.add.at(votes, (self._nearest(x)[0], numbers), 1)
        return np.where(votes.any(1), classes[votes.argmax(1)], -1).reshape(self.net.shape)

    def u_matrix(self) -> np.ndarray:
        """The mean distance of each unit to its neighbours, in the shape of the map: ridges part the clusters."""
        self.require_fitted("show distances")
        kernel, numbers = np.asarray(self.net.kernel), np.arange(len(self.net.kernel))
        means = []
        for some in np.array_split(numbers, -(-len(numbers) // 256)):
            beside = np.asarray(self.net.beside(some[:, None], numbers)) & (some[:, None] != numbers)
            for unit, others in zip(some, beside, strict=True):
                means.append(np.linalg.norm(kernel[others] - kernel[unit], axis=1).mean() if others.any() else 0.0)
        return np.array(means).reshape(self.net.shape)

    def draw(self, x: Any = None) -> "Figure":
        """The U-matrix, with the hits of `x` where it is given; beside it the units among rows of two features, else component planes."""
        from neuralzoo.inspect.map_plots import map_page

        self.require_fitted("draw")
        rows = None if x is None else self._require_features(x)
        hits = None if rows is None else self.hits(rows)
        kernel = np.asarray(self.net.kernel).reshape(*self.net.shape, -1)
        return map_page(self.u_matrix(), kernel, self.net.grid == "hexagonal", hits, rows)

    def draw_planes(self, names: Any = None) -> "Figure":
        """What each feature is across the map, a picture for each: planes that look alike tell of features that go together."""
        from neuralzoo.inspect.map_plots import component_planes

        self.require_fitted("draw")
        return component_planes(np.asarray(self.net.kernel).reshape(*self.net.shape, -1), self.net.grid == "hexagonal", names)

    @staticmethod
    def example() -> "Figure":
        """Spread 10 × 12 hexagonal units over a ring of points."""
        draws = np.random.default_rng(0)
        angle, radius = draws.uniform(0, 2 * np.pi, 1000), draws.normal(1, 0.12, 1000)
        ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        lattice = KohonenMap((10, 12), "hexagonal", radius=3.0, decay="linear")
        lattice.fit(ring, epochs=10, verbose=0)
        print(f"quantization error {lattice.quantization_error(ring):.3f}, topographic error {lattice.topographic_error(ring):.3f}")
        return lattice.draw(ring)

    def _nearest(self, x: Any) -> Any:
        return in_blocks(_two_nearest, self.net, self._require_features(x))

    def _require_features(self, x: Any) -> np.ndarray:
        array, features = as_array(x, "x"), self.net.kernel.shape[1]
        if array.ndim != 2 or array.shape[1] != features or not len(array):
            what = f"the map was fitted to rows of {features} features, but x has shape {array.shape}"
            raise ShapeError(what, remedy=f"give rows of {features} features, one at least")
        return array


def principal_plane(x: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Units `(units, features)` over the plane of the first two principal components, up to one standard deviation from the mean.

    The longer side of the map lies along the first component.
    """
    rows = np.asarray(x[:: -(-len(x) // SURVEYED)], np.float64)
    middle = rows.mean(0)
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(rows - middle, rowvar=False, bias=True)))
    axes = (vectors * np.sqrt(np.maximum(values, 0)))[:, ::-1].T[:2]
    axes = np.concatenate([axes, np.zeros((2 - len(axes), axes.shape[1]))])
    down, right = (np.linspace(-1, 1, side) if side > 1 else np.zeros(1) for side in shape)
    first, second = (axes[0], axes[1]) if shape[0] > shape[1] else (axes[1], axes[0])
    return (middle + down[:, None, None] * first + right[None, :, None] * second).reshape(-1, x.shape[1])


def most(rows: int) -> str:
    """A shape for so many rows, in words: about 5·√rows units, and fewer than rows."""
    side = max(1, int(min(5 * rows**0.5, rows) ** 0.5))
    return f"{side} × {side}"


def in_blocks(function: Callable[[Kohonen, Any], Any], net: Kohonen, x: np.ndarray) -> Any:
    """`function(net, rows)` of all rows as NumPy arrays, some at a time: memory does not grow with what lies between."""
    size = min(ASKED, 1 << (len(x) - 1).bit_length())
    parts = []
    for begin in range(0, len(x), size):
        rows = x[begin : begin + size]
        filled = np.pad(rows, ((0, size - len(rows)), (0, 0))) if len(rows) < size else rows
        parts.append(jax.tree.map(lambda a, rows=rows: np.asarray(a)[: len(rows)], function(net, filled)))
    return jax.tree.map(lambda *pieces: np.concatenate(pieces), *parts)


@jax.jit
def _two_nearest(net: Kohonen, x: Any) -> Any:
    return net.two_nearest(x)


@jax.jit
def _distances(net: Kohonen, x: Any) -> Any:
    return net(x)
