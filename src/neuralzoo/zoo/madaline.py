"""MADALINE: many ADALINEs with thresholds behind one vote, and the two rules that disturb them as little as they can."""

import warnings
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.activations import sign
from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, DataError, nearest
from neuralzoo.core.initializers import RandomUniform
from neuralzoo.core.layer import Key, Layer
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.learn.least_squares import as_outputs
from neuralzoo.train.batches import as_array
from neuralzoo.train.callbacks.base import Callback
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import count_classes, require_table
from neuralzoo.zoo.stopping import StopWithoutMistakes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VOTES = ("and", "majority", "or")


class LocalMinimumWarning(UserWarning):
    """A Madaline goes on making mistakes: its rule has no proof of convergence."""


class Vote(Layer):
    """One fixed answer of many units of ±1: `(batch, units) -> (batch, 1)`.

    Fields:
        vote: "majority" (+1 at a tie), "or", "and".
    """

    vote: str = "majority"

    def __post_init__(self) -> None:
        if self.vote not in VOTES:
            raise ArgumentError(f"there is no vote {self.vote!r}", remedy=nearest(str(self.vote), VOTES))

    def __call__(self, x: Float[Array, "*batch units"]) -> Float[Array, "*batch 1"]:
        counted = {"majority": jnp.sum, "or": jnp.max, "and": jnp.min}[self.vote]
        return sign(counted(x, axis=-1, keepdims=True))

    def needed(self, votes: Float[Array, " units"], answer: Float[Array, ""]) -> Float[Array, ""]:
        """How many units must change over to the answer, which is +1 or -1, so that it is given."""
        if self.vote == "majority":
            total = votes.sum()
            return jnp.where(answer > 0, jnp.ceil(-total / 2), jnp.floor(total / 2) + 1)
        one_will_do = answer > 0 if self.vote == "or" else answer < 0
        return jnp.where(one_will_do, 1, jnp.sum(votes != answer))


class MadalineRule(Learner):
    """For a row that is wrong, turns the units whose sums are nearest to 0, as few as it takes; these follow w += rate · error · x/|x|².

    Behind a fixed `Vote` that is Madaline rule I. Where the second layer is a `Dense` too it is rule II: unit by unit, from the
    least certain on, a unit is turned if there are fewer wrong outputs then; outputs that stay wrong learn by the same correction.

    Fields:
        rate: the share of its error that a correction takes away.

    References: B. Widrow, "Generalization and information storage in networks of Adaline neurons", 1962 (rule I); R. Winter,
    B. Widrow, "MADALINE RULE II: a training algorithm for neural networks", ICNN 1988.
    """

    rate: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1:
            raise ArgumentError(f"MadalineRule(rate={self.rate}) is not possible", remedy="give a rate above 0, at most 1")

    def check(self, net: Layer) -> None:
        parts = net.layers if isinstance(net, Chain) else ()
        signs = [layer.activation == "sign" for layer in parts if isinstance(layer, Dense)]
        if len(parts) != 2 or not all(signs) or not isinstance(parts[0], Dense) or not isinstance(parts[1], Dense | Vote):
            remedy = "build Chain([Dense(units, activation='sign'), Vote()]), or end it with Dense(outputs, activation='sign')"
            raise ArgumentError(f"the Madaline rule teaches two layers of threshold units, not {net!r}", remedy=remedy)

    def step(self, net: Chain, memo: Any, batch: Batch, key: Key) -> tuple[Chain, Any, dict[str, Any]]:
        answers = wanted(batch.y, net)

        def row(layers: Any, rows: Any) -> tuple[Any, Any]:
            x, answer, share = rows
            first, second = layers
            sums = x @ first.kernel + first.bias
            votes = sign(sums)
            wrong = jnp.any(second(votes) != answer)
            turned = (self._by_vote if isinstance(second, Vote) else self._by_trial)(second, sums, votes, answer)
            pace = self.rate * share * wrong
            change = pace * jnp.where(turned != votes, turned - sums, 0) / (x @ x + 1)
            first = first.set(kernel=first.kernel + jnp.outer(x, change), bias=first.bias + change)
            if isinstance(second, Dense):
                votes = sign(x @ first.kernel + first.bias)
                outputs = votes @ second.kernel + second.bias
                change = pace * jnp.where(sign(outputs) != answer, answer - outputs, 0) / (len(votes) + 1)
                second = second.set(kernel=second.kernel + jnp.outer(votes, change), bias=second.bias + change)
            return (first, second), wrong

        x = batch.x.astype(jnp.float32)
        layers, wrong = lax.scan(row, net.layers, (x, answers, batch.weight * batch.valid))
        mistakes = jnp.sum(wrong * batch.valid)
        return net.set(layers=layers), memo, {"mistakes": mistakes, "rows": jnp.sum(batch.valid)}

    def _by_vote(self, vote: Vote, sums: Array, votes: Array, answer: Array) -> Array:
        against = jnp.where(votes != answer, jnp.abs(sums), jnp.inf)
        places = jnp.argsort(jnp.argsort(against))
        return jnp.where((places < vote.needed(votes, answer[0])) & (votes != answer), answer, votes)

    def _by_trial(self, output: Any, sums: Array, votes: Array, answer: Array) -> Array:
        order = jnp.argsort(jnp.abs(sums))

        def attempt(i: Any, carry: Any) -> Any:
            votes, wrong = carry
            turned = votes.at[order[i]].multiply(-1)
            then = jnp.sum(output(turned) != answer)
            return jnp.where(then < wrong, turned, votes), jnp.minimum(then, wrong)

        return lax.fori_loop(0, len(votes), attempt, (votes, jnp.sum(output(votes) != answer)))[0]

    def assess(self, net: Chain, batch: Batch) -> dict[str, Any]:
        wrong = jnp.any(net(batch.x) != wanted(batch.y, net), axis=1)
        return {"mistakes": jnp.sum(wrong * batch.valid), "rows": jnp.sum(batch.valid)}

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        share = logs["mistakes"] / max(logs["rows"], 1)
        return {"loss": share, "accuracy": 1 - share, "mistakes": logs["mistakes"]}


def wanted(y: Any, net: Chain) -> Float[Array, "rows outputs"]:
    """The answers ±1 of the outputs: one for two classes, else one for each class."""
    last = net.layers[-1]
    on = as_outputs(y, last.units) if isinstance(last, Dense) and last.units > 1 else y.reshape(-1, 1).astype(jnp.float32)
    return 2 * on - 1


class Madaline(Member):
    """Threshold units in one layer, each an ADALINE, and an answer from their votes: it learns what one plane cannot tell apart.

    `predict` gives the outputs, ±1; `classify` the class. Learning stops when an epoch passes without a mistake.

    Args:
        units: ADALINEs in the first layer.
        rule: "I" with a fixed vote, for two classes; "II" with a second layer that learns too, for any number of classes.
        vote: of rule I: "majority", "or", "and".
        rate: the share of its error that a correction takes away.
        seed: of the first weights and the order of the rows.

    Example:
        >>> import numpy as np
        >>> x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        >>> madaline = Madaline(seed=1)
        >>> history = madaline.fit(x, np.array([0, 1, 1, 0]), verbose=0)
        >>> madaline.classify(x)
        array([0, 1, 1, 0])
    """

    card = Card(
        key="madaline",
        name="MADALINE",
        short="",
        year=1962,
        authors="B. Widrow; R. Winter",
        reference="Generalization and information storage in networks of Adaline neurons, in Self-Organizing Systems; rule II in 1988",
        cells=("input", "hidden", "output"),
        rule="minimal disturbance: for a wrong answer turn the least certain units (rules I and II)",
        purpose="tell apart classes that one plane cannot",
        verbs=("predict", "classify", "evaluate"),
        goals=(Goal("learns the exclusive or, by both rules", "from 3 of 3 seeds by each rule", "pytest tests/zoo/test_madaline.py"),),
    )
    usual_epochs = 200
    net: Chain

    def __init__(self, units: int = 7, rule: str = "I", vote: str = "majority", rate: float = 0.5, *, seed: int | None = None):
        if rule not in ("I", "II") or units < 1:
            raise ArgumentError(f"Madaline(units={units}, rule={rule!r}) is not possible", remedy='rule is "I" or "II", units at least 1')
        first = Dense(units, activation="sign", bias_initializer=RandomUniform(-0.5, 0.5))
        second = Vote(vote) if rule == "I" else Dense(1, activation="sign")
        Member.__init__(self, Chain((first, second)), MadalineRule(rate), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        require_table(x)
        last = self.net.layers[-1]
        known = None if not self.built else max(2, last.units) if isinstance(last, Dense) else 2
        if count_classes(y, known) > 2 and isinstance(last, Vote):
            raise DataError(f"rule I answers yes or no, but there are {y.max() + 1} classes", remedy='take rule="II"')

    def prepare(self, x: Any, y: Any) -> Chain:
        classes, (first, last) = count_classes(y), self.net.layers
        return Chain((first, last.set(units=1 if classes == 2 else classes) if isinstance(last, Dense) else last))

    def usual_callbacks(self) -> list[Callback]:
        return [StopWithoutMistakes(tell_mistakes)]

    def classify(self, x: Any) -> np.ndarray:
        """The class of each row of x; of several, that of the output with the largest sum."""
        self.require_fitted("classify")
        first, last = self.net.layers
        votes = first(jnp.asarray(as_array(x, "x")))
        if isinstance(last, Dense) and last.units > 1:
            return np.asarray(last.set(activation=None)(votes).argmax(axis=1))
        return np.asarray(last(votes)[:, 0] > 0).astype(int)

    def draw(self, x: Any = None, y: Any = None) -> "Figure":
        """The boundary among rows `x`, `y` of two features, or the first weights where none are given; and the mistakes by epoch."""
        from neuralzoo.inspect.boundary_plots import decisions

        self.require_fitted("draw")
        rows, first = None if x is None else (as_array(x, "x"), as_array(y, "y")), self.net.layers[0]
        assert isinstance(first, Dense)
        return decisions(np.asarray(first.kernel), self.history.history.get("mistakes", ()), "mistakes", rows, self.classify)

    @staticmethod
    def example() -> "Figure":
        """Points in four quadrants, the opposite ones alike: the exclusive or."""
        draws = np.random.default_rng(2)
        x = draws.uniform(-1, 1, size=(200, 2))
        x = x[np.abs(x).min(axis=1) > 0.1]
        y = (x[:, 0] * x[:, 1] > 0).astype(int)
        madaline = Madaline(units=8, rule="II", seed=1)
        mistakes = madaline.fit(x, y, verbose=0).history["mistakes"]
        print(f"{(madaline.classify(x) == y).mean():.0%} of {len(x)} rows right after {len(mistakes)} epochs")
        return madaline.draw(x, y)


def tell_mistakes(epochs: int, mistakes: int) -> None:
    """Warn of rows that a Madaline still gets wrong."""
    what = f"after {epochs} epochs the Madaline still makes {mistakes} mistakes; nothing proves that its rule finds the answer"
    warnings.warn(f"{what}. Take more units, a smaller rate or another seed.", LocalMinimumWarning, stacklevel=2)
