"""Radial basis function networks: units that each know a place, and a read-out in closed form."""

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, DataError, nearest
from neuralzoo.core.layer import Layer
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.radial import RadialBasis
from neuralzoo.learn.least_squares import LeastSquares, read_out
from neuralzoo.train.batches import as_array
from neuralzoo.zoo import centers as places
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import count_classes, is_classes, require_table, width_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CENTERS = ("k-means", "orthogonal", "random")
WIDTHS = ("nearest", "spread")


class Placement(Layer):
    """Stands where the radial units will be, until rows tell their places.

    Fields:
        units: number of centers.
        rule: "k-means", "random" rows, or "orthogonal" least squares.
        width: "nearest", "spread" or a number.
        neighbours: how many centers "nearest" looks at.
    """

    units: int
    rule: str
    width: str | float
    neighbours: int

    def place(self, x: np.ndarray, y: np.ndarray, seed: int) -> RadialBasis:
        """The units among the rows; `y` is `(rows, outputs)`."""
        if self.rule == "orthogonal":
            centers = places.by_orthogonal_least_squares(x, y, self.units, float(self.width), seed)
        else:
            centers = (places.by_k_means if self.rule == "k-means" else places.by_chance)(x, self.units, seed)
        widths = places.widths_of(centers, self.width, self.neighbours)
        return RadialBasis(self.units).set(centers=jnp.asarray(centers, jnp.float32), widths=jnp.asarray(widths, jnp.float32))


class RBFNetwork(Member):
    """Gaussian units around centers taken from the rows, and linear outputs solved for by least squares.

    Whole-number targets are classes, with an output each (`classify` takes the largest); others are numbers to predict. The
    centers are taken from the rows that the first `fit` sees, from the first batch of a stream; another `fit` adds rows to the
    equations of the read-out.

    Args:
        units: number of centers.
        centers: "k-means", "random" rows, or "orthogonal" least squares, which need a number as `width`.
        width: "nearest", root mean square distance to the nearest centers; "spread", d_max / √(2 units); or a number for all.
        neighbours: how many centers "nearest" looks at.
        ridge: of the read-out's penalty ridge·‖W‖².
        seed: of the centers.

    Example:
        >>> import numpy as np
        >>> x = np.linspace(0, 6, 60)[:, None]
        >>> network = RBFNetwork(units=8, centers="orthogonal", width=1.0)
        >>> history = network.fit(x, np.sin(x), verbose=0)
        >>> bool(np.abs(network.predict(x) - np.sin(x)).max() < 0.1)
        True
    """

    card = Card(
        key="rbf",
        name="Radial basis function network",
        short="RBF",
        year=1988,
        authors="D. Broomhead, D. Lowe",
        reference="Multivariable functional interpolation and adaptive networks, Complex Systems 2",
        cells=("input", "hidden", "output"),
        rule="centers by k-means, by chance or by orthogonal least squares; least squares for the read-out",
        purpose="classes and smooth functions from local units, without iterations",
        verbs=("predict", "classify", "evaluate"),
        goals=(
            Goal(
                "MNIST, 1000 units and a linear read-out: 3.6 % test error (LeCun et al. 1998)",
                "3.42 % (one network; width 4 chosen on the last 10,000 training images)",
                "python examples/zoo_rbf.py",
            ),
        ),
    )
    usual_batch = 512
    net: Chain

    def __init__(
        self,
        units: int = 100,
        centers: str = "k-means",
        width: str | float = "nearest",
        neighbours: int = 2,
        ridge: float = 1e-3,
        *,
        seed: int | None = None,
    ):
        if centers not in CENTERS:
            raise ArgumentError(f"there is no rule {centers!r} for centers", remedy=nearest(str(centers), CENTERS))
        if width not in WIDTHS if isinstance(width, str) else not 0 < width < np.inf:
            raise ArgumentError(f"width={width!r} is not possible", remedy='width is "nearest", "spread" or a number above 0')
        if centers == "orthogonal" and isinstance(width, str):
            what = f"orthogonal least squares choose centers for a given width, not for width={width!r}"
            raise ArgumentError(what, remedy="give a number, about the distance over which the target changes")
        if units < 1 or neighbours < 1:
            raise ArgumentError(f"units={units}, neighbours={neighbours} are not possible", remedy="give at least one of each")
        front = Placement(units, centers, width if isinstance(width, str) else float(width), neighbours)
        Member.__init__(self, Chain((front, Dense(1))), LeastSquares(ridge), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        require_table(x)
        if is_classes(y):
            count_classes(y, read_out(self.net).units if self.built else None)
        front: Any = self.net.layers[0]
        if not self.built and len(x) < front.units:
            what = f"{front.units} centers cannot be taken from {len(x)} rows"
            raise DataError(what, remedy=f"give more rows, in the first batch of a stream too, or take units={max(1, len(x) // 2)}")

    def prepare(self, x: Any, y: Any) -> Layer:
        outputs = count_classes(y) if is_classes(y) else width_of(y)
        wanted = np.eye(outputs)[y.reshape(-1)] if is_classes(y) else y.reshape(len(y), -1)
        placement: Any = self.net.layers[0]
        return Chain((placement.place(x, wanted, self.seed), Dense(outputs)))

    def classify(self, x: Any) -> np.ndarray:
        """The class of each row of x: the largest output."""
        return self.predict(x).argmax(axis=1)

    def draw(self, x: Any = None, y: Any = None) -> "Figure":
        """The centers with their widths, over rows `x` where they are given: a plane with its classes, or a function of one input."""
        from neuralzoo.inspect.radial_plots import centers_in_plane, function

        self.require_fitted("draw")
        front: Any = self.net.layers[0]
        centers, widths = np.asarray(front.centers), np.asarray(front.widths)
        rows = None if x is None else (as_array(x, "x"), None if y is None else as_array(y, "y"))
        if centers.shape[1] == 1:
            return function(centers[:, 0], widths, lambda points: self.predict(points)[:, 0], rows)
        classes = centers.shape[1] == 2 and rows is not None and rows[1] is not None and is_classes(rows[1])
        return centers_in_plane(centers, widths, rows, self.classify if classes else None)

    @staticmethod
    def example() -> "Figure":
        """Two half moons, told apart by twelve places in the plane."""
        from neuralzoo.data.made import moons

        held = moons(seed=1)
        assert held.table is not None
        x, y = held.table.to_numpy(np.float32), held.y.astype(int)
        network = RBFNetwork(units=12, seed=0)
        network.fit(x[:500], y[:500], verbose=0)
        print(f"{(network.classify(x[500:]) == y[500:]).mean():.1%} of 500 rows that it has not seen are right")
        return network.draw(x[:500], y[:500])
