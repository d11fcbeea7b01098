"""The first neurons: McCulloch and Pitts's, whose weights are given, and Rosenblatt's perceptron, which corrects its mistakes."""

import itertools
import warnings
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.activations import step
from neuralzoo.core.errors import ArgumentError, DataError, ShapeError, nearest
from neuralzoo.core.layer import Layer
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.perceptron import PerceptronRule
from neuralzoo.train.batches import as_array
from neuralzoo.train.callbacks.base import Callback
from neuralzoo.train.model import Model
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import count_classes, require_table
from neuralzoo.zoo.stopping import StopWithoutMistakes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GATES = ("and", "majority", "not", "or")


class NotSeparableWarning(UserWarning):
    """The perceptron goes on making mistakes, as it must where no plane separates the classes."""


def tell_mistakes(epochs: int, mistakes: int) -> None:
    """Warn of rows that the perceptron still gets wrong."""
    what = f"after {epochs} epochs the perceptron still makes {mistakes} mistakes: its classes are hardly separable by a plane"
    remedy = "The weights that were right for the longest time are kept. Give it other features, or use a network with a hidden layer."
    warnings.warn(f"{what}. {remedy}", NotSeparableWarning, stacklevel=2)


class Perceptron(Member):
    """Threshold units that learn from their mistakes: one for two classes, one each for more.

    `predict` gives the units' outputs, 0 and 1; `classify` the class, for several classes that of the unit with the largest sum.
    Learning stops when an epoch passes without a mistake. Where that never happens the weights that gave the longest run of
    right answers are kept (the pocket), with a `NotSeparableWarning` after 50 epochs or more.

    Args:
        rate: how far a mistake moves the weights; as these start at 0, it changes their length only.
        online: correct after each row; False corrects once for a batch.
        seed: of the order of the rows.

    Example:
        >>> import numpy as np
        >>> x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        >>> perceptron = Perceptron()
        >>> perceptron.fit(x, x.all(axis=1).astype(int), verbose=0).history["mistakes"][-1]
        0.0
        >>> perceptron.classify(x)
        array([0, 0, 0, 1])
    """

    card = Card(
        key="perceptron",
        name="Perceptron",
        short="P",
        year=1958,
        authors="F. Rosenblatt",
        reference="The perceptron: a probabilistic model for information storage and organization in the brain, Psychological Review 65",
        cells=("input", "output"),
        rule="error correction: w ← w + rate · (target − output) · x",
        purpose="tell classes apart by planes",
        verbs=("predict", "classify", "evaluate"),
        goals=(
            Goal(
                "at most (R/γ)² mistakes where a plane separates the rows (Novikoff 1962)",
                "held on drawn rows with known margins",
                "pytest tests/zoo/test_perceptron.py",
            ),
            Goal(
                "the exclusive or is impossible for one perceptron (Minsky and Papert 1969)",
                "at most 3 of 4 rows right; a Madaline or two layers get all",
                "python examples/xor.py",
            ),
        ),
    )
    usual_epochs = 100
    net: Dense

    def __init__(self, rate: float = 1.0, online: bool = True, *, seed: int | None = None):
        if not rate > 0:
            raise ArgumentError(f"Perceptron(rate={rate}) learns nothing", remedy="give a rate above 0")
        net = Dense(1, activation="step", kernel_initializer="zeros")
        Member.__init__(self, net, PerceptronRule(rate, online, pocket=True), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        require_table(x)
        count_classes(y, max(2, self.net.units) if self.built else None)

    def prepare(self, x: Any, y: Any) -> Dense:
        classes = count_classes(y)
        return self.net.set(units=1 if classes == 2 else classes)

    def usual_callbacks(self) -> list[Callback]:
        return [StopWithoutMistakes(tell_mistakes)]

    def classify(self, x: Any) -> np.ndarray:
        """The class of each row of x."""
        self.require_fitted("classify")
        sums = as_array(x, "x") @ np.asarray(self.net.kernel) + np.asarray(self.net.bias)
        return sums.argmax(axis=1) if self.net.units > 1 else (sums[:, 0] >= 0).astype(int)

    def draw(self, x: Any = None, y: Any = None) -> "Figure":
        """The boundary among rows `x`, `y` of two features, or the weights where none are given; and the mistakes by epoch."""
        from neuralzoo.inspect.boundary_plots import decisions

        self.require_fitted("draw")
        rows = None if x is None else (as_array(x, "x"), as_array(y, "y"))
        return decisions(np.asarray(self.net.kernel), self.history.history.get("mistakes", ()), "mistakes", rows, self.classify)

    @staticmethod
    def example() -> "Figure":
        """Points that a line separates, narrowly."""
        x = np.random.default_rng(0).normal(size=(150, 2))
        far = x @ [0.8, 0.6] - 0.3
        x, y = x[np.abs(far) > 0.08], (far[np.abs(far) > 0.08] > 0).astype(int)
        perceptron = Perceptron(seed=1)
        mistakes = perceptron.fit(x, y, verbose=0).history["mistakes"]
        wrong = (perceptron.classify(x) != y).sum()
        print(f"{sum(mistakes):.0f} mistakes in {len(mistakes)} epochs, {wrong} of {len(x)} rows wrong at the end")
        return perceptron.draw(x, y)


class ThresholdUnit(Layer):
    """1 where weights·x reaches the threshold, else 0: `(batch, inputs) -> (batch,)`.

    Fields:
        weights: one for each input.
        threshold: what the weighted sum has to reach.

    Reference: W. McCulloch, W. Pitts, "A logical calculus of the ideas immanent in nervous activity", 1943.
    """

    weights: tuple[float, ...]
    threshold: float

    def __call__(self, x: Shaped[Array, "batch inputs"]) -> Float[Array, " batch"]:
        return step(self.sums(x), self.threshold)

    def sums(self, x: Shaped[Array, "batch inputs"]) -> Float[Array, " batch"]:
        """The weighted sums."""
        if x.shape[-1] != len(self.weights):
            what = f"the neuron has {len(self.weights)} weights but was given {x.shape[-1]} inputs (shape {x.shape})"
            raise ShapeError(what, remedy=f"give rows of {len(self.weights)} binary inputs")
        return x.astype(jnp.float32) @ jnp.asarray(self.weights, jnp.float32)


class McCullochPitts(Member):
    """A neuron of 0 and 1 whose weights are given: it fires where its weighted sum reaches the threshold. It learns nothing.

    Args:
        weights: one for each input; below 0 the input inhibits.
        threshold: what the sum has to reach.

    Example:
        >>> McCullochPitts([1, 1], threshold=2).predict([[0, 1], [1, 1]])
        array([0., 1.], dtype=float32)
        >>> McCullochPitts.gate("majority", 3).predict([[1, 0, 1]])
        array([1.], dtype=float32)
    """

    card = Card(
        key="mcculloch_pitts",
        name="McCulloch–Pitts neuron",
        short="",
        year=1943,
        authors="W. McCulloch, W. Pitts",
        reference="A logical calculus of the ideas immanent in nervous activity, Bulletin of Mathematical Biophysics 5",
        cells=("input", "output"),
        rule="none, its weights are given",
        purpose="logic: and, or, not, majority, and by networks of them any other",
        verbs=("predict",),
        goals=(
            Goal(
                "and, or, not and majority for every input", "all inputs of up to 5 binary variables", "pytest tests/zoo/test_perceptron.py"
            ),
        ),
    )
    net: ThresholdUnit

    def __init__(self, weights: Any, threshold: float):
        if not len(weights) or not np.isfinite([*weights, threshold]).all():
            raise ArgumentError(f"a neuron with weights {weights} and threshold {threshold} is not possible", remedy="give finite numbers")
        Member.__init__(self, ThresholdUnit(tuple(float(w) for w in weights), float(threshold)), None)

    @staticmethod
    def gate(name: str, inputs: int = 2) -> "McCullochPitts":
        """The neuron of a logical function: "and", "or", "majority" (more than half), or "not" of one input."""
        if name not in GATES or inputs < 1 or (name == "not" and inputs != 1):
            what = f"there is no gate {name!r} of {inputs} inputs"
            raise ArgumentError(what, remedy="not has one input, gate('not', 1)" if name == "not" else nearest(name, GATES))
        if name == "not":
            return McCullochPitts([-1], 0)
        return McCullochPitts([1] * inputs, {"and": inputs, "or": 1, "majority": inputs // 2 + 1}[name])

    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = "auto", steps: int | None = None, callbacks: Any = None) -> Any:
        """1 where the neuron fires, for rows of 0 and 1; anything else is refused."""
        rows = as_array(x, "x")
        wrong = np.argwhere((rows != 0) & (rows != 1))
        if len(wrong):
            what = f"the neuron takes 0 and 1 only, but x[{', '.join(map(str, wrong[0]))}] is {rows[tuple(wrong[0])]:g}"
            raise DataError(what, remedy="give binary inputs, (x > threshold).astype(int) for instance; a Perceptron takes any numbers")
        return Model.predict(self, rows, batch_size, verbose, steps, callbacks)

    def draw(self) -> "Figure":
        """The weighted sum of every combination of up to five inputs (more stay 0), and which make the neuron fire."""
        from neuralzoo.inspect.boundary_plots import truth_table

        count = len(self.net.weights)
        inputs = np.zeros((2 ** min(count, 5), count), np.float32)
        inputs[:, :5] = list(itertools.product((0, 1), repeat=min(count, 5)))
        return truth_table(inputs, np.asarray(self.net.sums(jnp.asarray(inputs))), self.net.threshold)

    @staticmethod
    def example() -> "Figure":
        """The majority of three."""
        neuron = McCullochPitts.gate("majority", 3)
        for row in ([0, 0, 1], [1, 0, 1]):
            print(f"{row} -> {neuron.predict([row])[0]:.0f}")
        return neuron.draw()
