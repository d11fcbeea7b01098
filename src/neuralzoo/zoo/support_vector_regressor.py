"""Support vector regression: the flattest function that misses few targets by more than epsilon."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError
from neuralzoo.core.layer import Layer
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.kernel_machine import KernelMachine
from neuralzoo.zoo.maximum_margin import MaximumMargin
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.vector_machine import VectorMachine

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DETAIL = 200  # points of a drawn line


class SupportVectorRegressor(VectorMachine):
    """Numbers from rows: errors up to epsilon cost nothing, and beyond that as much as they are large, so few rows are kept.

    The dual problem is LIBSVM's. `predict` gives `(rows,)`; `evaluate` the mean of what errors exceed epsilon by ("loss"), "mae" and "mse".

    Args:
        c: the price C of an error.
        epsilon: errors that cost nothing.
        kernel, gamma, degree, coef0: as of `SupportVectorMachine`.
        tolerance: how far the optimality conditions may be violated.
        rounds: steps of the search at most.
        seed: changes nothing: the answer is unique.

    Example:
        >>> import numpy as np
        >>> x = np.linspace(0, 6, 40)[:, None]
        >>> machine = SupportVectorRegressor(c=10, epsilon=0.1)
        >>> history = machine.fit(x, np.sin(x[:, 0]), verbose=0)
        >>> bool(np.abs(machine.predict(x) - np.sin(x[:, 0])).max() < 0.11), len(machine.support) < 20
        (True, True)
    """

    card = Card(
        key="svr",
        name="Support vector regression",
        short="SVM",
        year=1996,
        authors="H. Drucker, C. Burges, L. Kaufman, A. Smola, V. Vapnik",
        reference="Support vector regression machines, NIPS 9",
        cells=("input", "hidden", "output"),
        rule="the flattest function in a tube: a quadratic problem, solved two coefficients at a time",
        purpose="predict a number from few rows, by those at the edge of a tube",
        verbs=("predict", "evaluate"),
        goals=(
            Goal(
                "predictions of LIBSVM's regressor",
                "within 1e-3 on iris, the same support vectors",
                "pytest tests/zoo/test_support_vector.py -k regressor",
            ),
        ),
    )

    def __init__(
        self,
        c: float = 1.0,
        epsilon: float = 0.1,
        kernel: str = "rbf",
        gamma: float | str = "scale",
        degree: int = 3,
        coef0: float = 0.0,
        *,
        tolerance: float = 1e-3,
        rounds: int = 100_000,
        seed: int | None = None,
    ):
        if not epsilon >= 0:
            raise ArgumentError(f"epsilon is {epsilon}", remedy="give the error that costs nothing, at least 0")
        Member.__init__(self, KernelMachine(kernel, degree, coef0, gamma=gamma), MaximumMargin(c, epsilon, tolerance, rounds), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        self._check_table(x, y)
        if y.ndim > 2 or (y.ndim == 2 and y.shape[1] > 1):
            raise DataError(f"a regressor has one target a row, but y has the shape {y.shape}", remedy="make one machine for each column")
        self._check_room(len(x), len(x))

    def prepare(self, x: Any, y: Any) -> Layer:
        self.learner = self.learner.set(width=len(x))
        return self.net.set(room=len(x)).measured(np.asarray(x))

    def draw(self) -> "Figure":
        """The function with its tube over a single feature; else targets over what is predicted for them."""
        from neuralzoo.inspect.margin_plots import tube

        self.require_fitted("draw")
        if not len(self.support):
            raise NotReadyError("no error is above epsilon, so there is nothing to draw", remedy="take a smaller epsilon")
        (x, y, support), epsilon = self._rows(), self.learner.epsilon if self.learner is not None else 0.0
        if x.shape[1] == 1:
            line = np.linspace(x.min(), x.max(), DETAIL, dtype=np.float32)
            return tube(x[:, 0], y, support, (line, self.predict(line[:, None])), epsilon or 0.0)
        predicted = self.predict(x)
        line = np.linspace(predicted.min(), predicted.max(), 2)
        return tube(predicted, y, support, (line, line), epsilon or 0.0, "predicted")

    @staticmethod
    def example() -> "Figure":
        """Sixty noisy points of a sine."""
        draws = np.random.default_rng(0)
        x = np.sort(draws.uniform(0, 6, (60, 1)), axis=0)
        machine = SupportVectorRegressor(c=10, epsilon=0.2)
        machine.fit(x, np.sin(x[:, 0]) + draws.normal(0, 0.15, 60), verbose=0)
        error = np.sqrt(np.mean((machine.predict(x) - np.sin(x[:, 0])) ** 2))
        print(f"{len(machine.support)} of 60 rows are support vectors; {error:.2f} from the sine, the noise being 0.15")
        return machine.draw()
