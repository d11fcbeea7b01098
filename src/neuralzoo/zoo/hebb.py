"""Hebb's rule: what is active together is tied together, and calls each other up."""

from typing import TYPE_CHECKING, Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Key, Layer
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import require_table, require_targets, width_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class HebbRule(Learner):
    """kernel = Σ x yᵀ / |x|², over pairs of a key x and what it is to call up, y (or x itself). Pairs may come in any order.

    Keys that are orthogonal call up what belongs to them exactly; the more alike they are, the more is mixed in.

    References: D. Hebb, "The organization of behavior", 1949; T. Kohonen, "Correlation matrix memories", IEEE Transactions on
    Computers 21, 1972; J. Anderson, 1972.
    """

    once: ClassVar[bool] = True

    def check(self, net: Layer) -> None:
        if not isinstance(net, Dense) or net.use_bias:
            raise ArgumentError(
                f"Hebb's rule teaches one Dense layer without a bias, not {net!r}", remedy="use Dense(units, use_bias=False)"
            )

    def step(self, net: Dense, memo: Any, batch: Batch, key: Key) -> tuple[Dense, Any, dict[str, Any]]:
        x, y = _pairs(batch, net)
        lengths = jnp.sum(x**2, axis=1)
        share = batch.weight * batch.valid / jnp.where(lengths > 0, lengths, 1)
        return net.set(kernel=net.kernel + (x * share[:, None]).T @ y), memo, {"pairs": jnp.sum(batch.valid)}

    def assess(self, net: Dense, batch: Batch) -> dict[str, Any]:
        x, y = _pairs(batch, net)
        error = jnp.mean((net(x) - y) ** 2, axis=1)
        return {"loss": (jnp.sum(error * batch.valid), jnp.sum(batch.valid))}


def _pairs(batch: Batch, net: Dense) -> tuple[Array, Array]:
    x = batch.x.astype(net.kernel.dtype)
    return x, x if batch.y is None else batch.y.reshape(len(x), -1).astype(x.dtype)


class Hebb(Member):
    """An associative memory in one layer: `fit` ties keys to patterns, `recall` gives the pattern that a key calls up.

    `evaluate` tells the mean squared error of what is called up. Without patterns the keys are tied to themselves.

    Args:
        activation: "sign" for patterns of ±1, None for others.

    Example:
        >>> import numpy as np
        >>> keys = np.array([[1, 1, 1, 1], [1, -1, 1, -1]])
        >>> memory = Hebb()
        >>> history = memory.fit(keys, np.array([[1, -1], [-1, -1]]), verbose=0)
        >>> memory.recall(keys).tolist()
        [[1.0, -1.0], [-1.0, -1.0]]
    """

    card = Card(
        key="hebb",
        name="Hebbian associator",
        short="",
        year=1949,
        authors="D. Hebb",
        reference="The organization of behavior",
        cells=("input", "output"),
        rule="Hebb's: the sum of the outer products of keys and patterns",
        purpose="call up a pattern by another one that it was seen with",
        verbs=("recall", "evaluate"),
        goals=(Goal("orthogonal keys call up their patterns exactly", "equal to 1e-6", "pytest tests/zoo/test_hebb.py"),),
    )
    usual_batch = 256
    net: Dense

    def __init__(self, activation: str | None = "sign", *, seed: int | None = None):
        if activation not in (None, "linear", "sign"):
            raise ArgumentError(
                f"Hebb(activation={activation!r}) is not possible", remedy='take "sign", or None for patterns of any numbers'
            )
        net = Dense(1, activation=activation, use_bias=False, kernel_initializer="zeros")
        Member.__init__(self, net, HebbRule(), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        require_table(x)
        patterns = x if y is None else y
        require_targets(patterns)
        wrong = np.argwhere(np.abs(patterns) != 1)
        if self.net.activation == "sign" and len(wrong):
            what = f"patterns are rows of -1 and +1, but there is {patterns[tuple(wrong[0])]} in row {wrong[0][0]}"
            raise DataError(what, remedy="try np.where(y > threshold, 1, -1), or Hebb(activation=None) for any numbers")
        if self.built and width_of(patterns) != self.net.units:
            what = f"patterns of {width_of(patterns)} values cannot be added to those of {self.net.units}"
            raise DataError(what, remedy="fit a new memory to them")

    def prepare(self, x: Any, y: Any) -> Dense:
        return self.net.set(units=width_of(x if y is None else y))

    def recall(self, x: Any) -> np.ndarray:
        """The patterns `(rows, units)` that keys call up."""
        return self.predict(x)

    def draw(self, x: Any = None) -> "Figure":
        """The weights; with keys `x`, also these and what they call up, as pictures."""
        from neuralzoo.inspect.memory_plots import associations

        self.require_fitted("draw")
        keys = None if x is None else as_array(x, "x")
        return associations(np.asarray(self.net.kernel), keys, None if keys is None else self.recall(keys))

    @staticmethod
    def example() -> "Figure":
        """Tie random keys to three pictures of 5 × 5 pixels, and call these up by spoilt keys."""
        draws = np.random.default_rng(4)
        drawn = ["..#......#..#####..#....#..", "#...#.#.#...#...#.#.#...#..", "####.#..#.####.#....#......"]
        pictures = np.array([[1 if c == "#" else -1 for c in one[:25]] for one in drawn])
        keys = np.sign(draws.normal(size=(3, 100)))
        memory = Hebb()
        memory.fit(keys, pictures, verbose=0)
        spoilt = np.where(draws.random(keys.shape) < 0.2, -1, 1) * keys
        print(f"a fifth of each key spoilt: {(memory.recall(spoilt) != pictures).sum()} of 75 pixels wrong")
        return memory.draw(spoilt)
