"""Support vector machines: the border between classes that is farthest from their rows, in the features that a kernel implies."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from neuralzoo.core.errors import DataError, NotReadyError
from neuralzoo.core.layer import Layer
from neuralzoo.learn.platt import FOLDS, couple
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.kernel_machine import KernelMachine
from neuralzoo.zoo.maximum_margin import MaximumMargin
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import class_counts
from neuralzoo.zoo.vector_machine import VectorMachine

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIECE = 2048  # rows whose likenesses to all support vectors are held at once
DETAIL = 121  # points across a picture of a plane


class SupportVectorMachine(VectorMachine):
    """A classifier: of all borders between two classes the one with the widest margin, one machine for each pair of classes.

    The dual problems are LIBSVM's, and so are their answers; all pairs are solved side by side. `predict` gives a score of each class,
    `classify` the best one (LIBSVM settles ties of votes by order, this machine by decisions). `evaluate` tells the hinge loss of the
    pairs that a row has part in ("loss") and the share of rows that are classified right ("accuracy"). Probabilities are Platt's, from
    decisions on five folds that were not learned from.

    Args:
        c: the price C of a violation: small for a wide margin, large for few errors.
        kernel: "linear", "rbf", "poly" or "sigmoid".
        gamma: a number, "scale" for 1 / (features · variance), "auto" for 1 / features.
        degree, coef0: of the polynomial and sigmoid kernels.
        probability: whether `predict_proba` is wanted; takes longer.
        tolerance: how far the optimality conditions may be violated.
        rounds: steps of the search at most.
        seed: changes nothing: the answer is unique.

    Example:
        >>> import numpy as np
        >>> x = np.array([[0, 0], [0, 1], [2, 0], [2, 1.0]])
        >>> machine = SupportVectorMachine(c=100, kernel="linear")
        >>> history = machine.fit(x, np.array([0, 0, 1, 1]), verbose=0)
        >>> machine.margin.round(2), machine.classify(np.array([[0.9, 0], [1.1, 5]]))
        (array([2.]), array([0, 1]))
    """

    card = Card(
        key="svm",
        name="Support vector machine",
        short="SVM",
        year=1995,
        authors="C. Cortes, V. Vapnik",
        reference="Support-vector networks, Machine Learning 20",
        cells=("input", "hidden", "output"),
        rule="the largest margin: a quadratic problem, solved two coefficients at a time",
        purpose="classify with few rows and many features, by the rows nearest to the border",
        verbs=("predict", "classify", "decision_function", "evaluate"),
        goals=(
            Goal(
                "dual objective within 1e-4 of LIBSVM's",
                "within 1e-4 for linear, radial, polynomial and sigmoid kernels on wine",
                "pytest tests/learn/test_margin.py",
            ),
            Goal(
                "raw → scaled → tuned, as svmguide1 of LIBSVM's guide: 66.9 → 96.2 → 96.9 %",
                "breast cancer: 61.9 → 96.9 → 97.1 %, mean of five splits",
                "python examples/zoo_svm.py",
            ),
        ),
    )

    def __init__(
        self,
        c: float = 1.0,
        kernel: str = "rbf",
        gamma: float | str = "scale",
        degree: int = 3,
        coef0: float = 0.0,
        *,
        probability: bool = False,
        tolerance: float = 1e-3,
        rounds: int = 100_000,
        seed: int | None = None,
    ):
        learner = MaximumMargin(c, tolerance=tolerance, rounds=rounds, probability=probability)
        Member.__init__(self, KernelMachine(kernel, degree, coef0, gamma=gamma), learner, seed)

    def check_rows(self, x: Any, y: Any) -> None:
        self._check_table(x, y)
        counts = class_counts(y, self.net.classes if self.built else None)
        if self.learner.probability and counts.min() < FOLDS:
            what = f"class {counts.argmin()} has {counts.min()} rows, and probabilities need {FOLDS}"
            raise DataError(what, remedy="give more rows of it, or leave probability out")
        self._check_room(len(x), int(counts.max()))

    def prepare(self, x: Any, y: Any) -> Layer:
        counts = class_counts(y)
        self.learner = self.learner.set(width=int(counts.max()))
        return self.net.set(classes=len(counts), room=len(x)).measured(np.asarray(x))

    def classify(self, x: Any) -> np.ndarray:
        """The class of each row."""
        return np.argmax(self.predict(x), axis=1)

    def decision_function(self, x: Any) -> np.ndarray:
        """f of each row: of two classes `(rows,)`, positive for class 1; of more `(rows, pairs)`, positive for the first of the pair."""
        self.require_fitted("decide")
        x = as_array(x, "x")
        f = np.concatenate([np.asarray(self.net.decide(jnp.asarray(x[i : i + PIECE]))) for i in range(0, len(x), PIECE)])
        return -f[:, 0] if self.net.classes == 2 else f

    def predict_proba(self, x: Any) -> np.ndarray:
        """The probability of each class, `(rows, classes)`."""
        decisions = self.decision_function(x).astype(np.float64)
        if not len(self.net.sigmoids):
            raise NotReadyError("this machine was not taught probabilities", remedy="make it with probability=True, and fit it")
        a, b = np.asarray(self.net.sigmoids, np.float64).T
        f = -decisions[:, None] if self.net.classes == 2 else decisions
        first = np.clip(1 / (1 + np.exp(np.clip(a * f + b, -500, 500))), 1e-7, 1 - 1e-7)
        pairwise, (i, j) = np.zeros((len(f), self.net.classes, self.net.classes)), self.net.pairs().T
        pairwise[:, i, j], pairwise[:, j, i] = first, 1 - first
        return couple(pairwise)

    def draw(self) -> "Figure":
        """The margin and its support vectors where there are two features; else what the rows of each class decide, or who was kept."""
        from neuralzoo.inspect import margin_plots

        x, y, support = self._rows()
        y = y.astype(int)
        if x.shape[1] == 2:
            return planes([self], [f"C = {float(self._search().c):g}" if self.memo is not None else ""])
        if self.net.classes == 2:
            return margin_plots.decisions(self.decision_function(x), y)
        return margin_plots.shares(*(np.bincount(labels, minlength=self.net.classes) for labels in (y[support], y)))

    @staticmethod
    def example() -> "Figure":
        """Two clouds that overlap: a small C takes the wide margin with its violations, a large one the narrow."""
        draws = np.random.default_rng(4)
        y = np.arange(80) % 2
        x = draws.normal(0, 0.8, (80, 2)) + 1.1 * np.where(y, 1, -1)[:, None]
        machines = [SupportVectorMachine(c, "linear") for c in (0.01, 0.1, 10)]
        for machine in machines:
            machine.fit(x, y, verbose=0)
            accuracy = machine.evaluate(x, y, return_dict=True)["accuracy"]
            kept = f"{len(machine.support)} support vectors"
            print(f"C = {machine.learner.c:<5g} margin {machine.margin[0]:.2f}, {kept}, accuracy {accuracy:.3f}")
        return planes(machines, [f"C = {machine.learner.c:g}" for machine in machines])


def planes(machines: Sequence[SupportVectorMachine], titles: Sequence[str]) -> "Figure":
    """Machines that learned from the same rows of two features, side by side."""
    from neuralzoo.inspect import margin_plots

    x, y, _ = machines[0]._rows()
    low, high = x.min(axis=0), x.max(axis=0)
    low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)
    across, down = np.meshgrid(np.linspace(low[0], high[0], DETAIL), np.linspace(low[1], high[1], DETAIL))
    points = np.stack([across.ravel(), down.ravel()], axis=1).astype(np.float32)
    shown = []
    for machine, title in zip(machines, titles, strict=True):
        field = machine.decision_function(points) if machine.net.classes == 2 else machine.predict(points)
        shown.append(margin_plots.Plane(title, field.reshape(DETAIL, DETAIL, *field.shape[1:]), machine._rows()[2]))
    return margin_plots.margins(x, y.astype(int), (low[0], high[0], low[1], high[1]), shown)
