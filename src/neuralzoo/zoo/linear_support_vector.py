"""The linear support vector machine for many rows: it keeps no kernel matrix, and learns from streams."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.layer import Layer
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.squared_hinge import HingeMemo, SquaredHinge
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import class_counts, count_classes, require_table
from neuralzoo.zoo.vector_machine import warn_of_scales

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class LinearSupportVectorMachine(Member):
    """A linear classifier of any number of rows: each class against the rest, with a price on the square of violations.

    It minimises what LIBLINEAR does, ½‖w‖² + C Σ max(0, 1 − y w·x)² with the bias among the weights. An epoch is a pass over the rows and a
    step of a quasi-Newton method, so rows may be streamed and batches may have any size; the loss is that at the start of the epoch.
    `predict` gives the score of each class, `classify` the best one; `evaluate` the mean of the squared violations ("loss") and "accuracy".

    Args:
        c: the price C of a violation.
        seed: of the order of the rows, which changes rounding errors only.

    Example:
        >>> import numpy as np
        >>> x = np.array([[0, 0], [0, 1], [2, 0], [2, 1.0]])
        >>> machine = LinearSupportVectorMachine(c=10)
        >>> history = machine.fit(x, np.array([0, 0, 1, 1]), verbose=0)
        >>> machine.classify(np.array([[0.5, 0], [1.5, 5]]))
        array([0, 1])
    """

    card = Card(
        key="linear_svm",
        name="Linear support vector machine",
        short="SVM",
        year=2008,
        authors="R.-E. Fan, K.-W. Chang, C.-J. Hsieh, X.-R. Wang, C.-J. Lin",
        reference="LIBLINEAR: a library for large linear classification, JMLR 9",
        cells=("input", "output"),
        rule="squared violations of the margin, by a quasi-Newton method",
        purpose="classify many rows by a margin, in bounded memory",
        verbs=("predict", "classify", "evaluate"),
        goals=(
            Goal(
                "LIBLINEAR's objective on MNIST's 60,000 rows, 42,592.66 at C = 1, in a fifth of its time",
                "42,592.46 after 40 passes; for the time see the benchmark",
                "python -m benchmarks zoo_svm",
            ),
        ),
    )
    usual_epochs = 40
    usual_batch = 2048
    net: Dense
    learner: SquaredHinge
    memo: HingeMemo | None

    def __init__(self, c: float = 1.0, *, seed: int | None = None):
        Member.__init__(self, Dense(2), SquaredHinge(c), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        require_table(x)
        count_classes(y, self.net.units if self.built else None)
        warn_of_scales(x)

    def prepare(self, x: Any, y: Any) -> Layer:
        return self.net.set(units=len(class_counts(y)))

    @property
    def objective(self) -> float:
        """The sum over classes of ½‖w‖² + C Σ max(0, 1 − y w·x)², as of the last pass."""
        self.require_fitted("tell its objective")
        return float(np.sum(self.memo.value)) if self.memo is not None else float("nan")

    def classify(self, x: Any) -> np.ndarray:
        """The class of each row."""
        return np.argmax(self.predict(x), axis=1)

    def draw(self) -> "Figure":
        """The weights of each class: as pictures where the features are pixels of a square, else as bars."""
        from neuralzoo.inspect.margin_plots import weights

        self.require_fitted("draw")
        return weights(np.asarray(self.net.kernel))

    @staticmethod
    def example() -> "Figure":
        """Scikit-learn's digits, and what each class looks for."""
        from sklearn.datasets import load_digits

        x, y = load_digits(return_X_y=True)
        machine = LinearSupportVectorMachine(c=0.1)
        machine.fit(x[:1200] / 16, y[:1200], verbose=0)
        print(f"accuracy on digits it has not seen: {machine.evaluate(x[1200:] / 16, y[1200:], return_dict=True)['accuracy']:.3f}")
        return machine.draw()
