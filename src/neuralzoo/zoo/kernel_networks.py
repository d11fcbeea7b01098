"""Networks that keep their rows: Specht's probabilistic network (PNN) and his general regression network (GRNN)."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.kept_rows import Keeping, KeptRows, kept_rows
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import count_classes, require_table, require_targets, width_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class KernelNetwork(Member):
    """What GRNN and PNN have in common: rows that are kept."""

    usual_batch = 512
    net: KeptRows

    def check_rows(self, x: Any, y: Any) -> None:
        require_table(x)
        require_targets(y)
        learner = self.learner
        if not self.built and isinstance(learner, Keeping) and learner.width is None and (x == x[0]).all():
            what = f"all {len(x)} rows are the same, so their distances, which are 0, tell no width"
            raise DataError(what, remedy="give rows that differ, or give width a number")


class GRNN(KernelNetwork):
    """Predicts numbers as the mean of the targets it has seen, weighted by how near their rows are (Nadaraya and Watson).

    `fit` keeps the rows, another `fit` adds more. There is room for `capacity` of them, for as many as the first `fit` shows
    unless it is given; past it the oldest are overwritten, with a `ForgottenWarning`.

    Args:
        width: how far a row reaches; None for the width that predicts each row best from the others.
        capacity: rows that it can keep; give it for a stream, where the first batch only is known.
        seed: unused, there is no chance in it but the order of the rows.

    Example:
        >>> import numpy as np
        >>> x = np.linspace(0, 6, 100)[:, None]
        >>> network = GRNN()
        >>> history = network.fit(x, np.sin(x), verbose=0)
        >>> bool(np.abs(network.predict(x) - np.sin(x)).max() < 0.1)
        True
    """

    card = Card(
        key="grnn",
        name="General regression network",
        short="",
        year=1991,
        authors="D. Specht",
        reference="A general regression neural network, IEEE Transactions on Neural Networks 2",
        cells=("input", "kernel", "output"),
        rule="keeps its rows; the width by leaving one out after the other",
        purpose="smooth regression from few rows, at once",
        verbs=("predict", "evaluate"),
        goals=(Goal("equal to the estimator of Nadaraya and Watson", "to 1e-5", "pytest tests/zoo/test_kernel_networks.py"),),
    )

    def __init__(self, width: float | None = None, capacity: int | None = None, *, seed: int | None = None):
        require_sizes(width, capacity)
        Member.__init__(self, KeptRows(capacity or 0, 1), Keeping(width), seed)

    def prepare(self, x: Any, y: Any) -> KeptRows:
        return self.net.set(capacity=self.net.capacity or len(x), outputs=width_of(y))

    def draw(self, x: Any = None, y: Any = None) -> "Figure":
        """The regression of the first input, the others at their means, over rows `x`, `y`: those that are kept unless they are given."""
        from neuralzoo.inspect.radial_plots import function

        self.require_fitted("draw")
        rows, targets = kept_rows(self.net) if x is None else (as_array(x, "x"), as_array(y, "y").reshape(len(y), -1))
        middle = rows.mean(axis=0)

        def along(first: np.ndarray) -> np.ndarray:
            points = np.tile(middle, (len(first), 1)).astype(np.float32)
            points[:, 0] = first[:, 0]
            return self.predict(points)[:, 0]

        width = float(self.net.width)
        return function(np.sort(rows[:, 0]), np.full(len(rows), width), along, (rows, targets[:, :1]), what=f"kernel, width {width:.2g}")

    @staticmethod
    def example() -> "Figure":
        """A noisy wave, smoothed by a width that the rows choose."""
        draws = np.random.default_rng(0)
        x = np.sort(draws.uniform(0, 10, size=(120, 1)), axis=0)
        y = np.sin(x[:, 0]) * np.exp(-x[:, 0] / 8) + draws.normal(size=120) * 0.12
        network = GRNN()
        network.fit(x, y, verbose=0)
        error = np.sqrt(np.mean((network.predict(x)[:, 0] - np.sin(x[:, 0]) * np.exp(-x[:, 0] / 8)) ** 2))
        print(f"width {float(network.net.width):.2f}; off the wave below the noise of 0.12 by {error:.2f}")
        return network.draw()


class PNN(KernelNetwork):
    """Tells classes by their densities, each a sum of kernels at its rows (Parzen), and their priors (Bayes).

    `predict_proba` and `predict` give the probability of each class, `classify` the likeliest. Rows are kept as in `GRNN`.

    Args:
        width: how far a row reaches; None for the width that predicts each row best from the others.
        priors: "data" as frequent as in the rows, "equal" all alike.
        capacity: rows that it can keep; give it for a stream, where the first batch only is known.
        seed: unused, there is no chance in it but the order of the rows.

    Example:
        >>> import numpy as np
        >>> network = PNN(width=0.5)
        >>> history = network.fit(np.array([[0.0], [1.0], [4.0]]), np.array([0, 0, 1]), verbose=0)
        >>> network.classify([[0.4], [3.5]])
        array([0, 1])
    """

    card = Card(
        key="pnn",
        name="Probabilistic network",
        short="",
        year=1990,
        authors="D. Specht",
        reference="Probabilistic neural networks, Neural Networks 3",
        cells=("input", "kernel", "output"),
        rule="keeps its rows; the width by leaving one out after the other",
        purpose="probabilities of classes from few rows, at once",
        verbs=("predict", "predict_proba", "classify", "evaluate"),
        goals=(Goal("equal to Bayes's rule on kernel densities", "to 1e-5", "pytest tests/zoo/test_kernel_networks.py"),),
    )

    def __init__(self, width: float | None = None, priors: str = "data", capacity: int | None = None, *, seed: int | None = None):
        require_sizes(width, capacity)
        if priors not in ("data", "equal"):
            raise ArgumentError(f"PNN(priors={priors!r}) is unknown", remedy='priors is "data" or "equal"')
        Member.__init__(self, KeptRows(capacity or 0, 1, priors == "equal"), Keeping(width), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        KernelNetwork.check_rows(self, x, y)
        count_classes(y, self.net.outputs if self.built else None)

    def prepare(self, x: Any, y: Any) -> KeptRows:
        return self.net.set(capacity=self.net.capacity or len(x), outputs=count_classes(y))

    def predict_proba(self, x: Any) -> np.ndarray:
        """The probability `(rows, classes)` of each class."""
        return self.predict(x)

    def classify(self, x: Any) -> np.ndarray:
        """The likeliest class of each row of x."""
        return self.predict(x).argmax(axis=1)

    def draw(self) -> "Figure":
        """The classes over the plane of the first two inputs, the others at their means, and the rows that are kept."""
        from neuralzoo.inspect.boundary_plots import densities

        self.require_fitted("draw")
        rows, targets = kept_rows(self.net)
        middle = rows.mean(axis=0)

        def over(points: np.ndarray) -> np.ndarray:
            filled = np.tile(middle, (len(points), 1)).astype(np.float32)
            filled[:, :2] = points[:, : rows.shape[1]]
            return self.predict(filled)

        plane = rows[:, :2] if rows.shape[1] > 1 else np.hstack([rows, np.zeros_like(rows)])
        return densities(plane, targets.argmax(axis=1), over)

    @staticmethod
    def example() -> "Figure":
        """Two spirals wound into each other, from 200 rows."""
        from neuralzoo.data.made import spirals

        held = spirals(seed=2)
        assert held.table is not None
        x, y = held.table.to_numpy(np.float32), held.y.astype(int)
        network = PNN()
        network.fit(x[:200], y[:200], verbose=0)
        print(
            f"{(network.classify(x[200:]) == y[200:]).mean():.1%} of 800 rows that it has not seen are right, width {network.net.width:.3f}"
        )
        return network.draw()


def require_sizes(width: Any, capacity: Any) -> None:
    """Raise `ArgumentError` for a width or a capacity that cannot be."""
    if width is not None and not 0 < width < np.inf:
        raise ArgumentError(
            f"width={width} is not possible: kernels reach some way", remedy="give a number above 0, or None to have it chosen"
        )
    if capacity is not None and capacity < 1:
        raise ArgumentError(f"capacity={capacity} keeps nothing", remedy="give the number of rows to keep")
