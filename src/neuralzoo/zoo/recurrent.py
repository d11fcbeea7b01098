"""Recurrent networks: layers that hear themselves a step later, from one end of a sequence or from both."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.activations import Activate
from neuralzoo.layers import LSTM, Bidirectional, SimpleRNN
from neuralzoo.zoo.backpropagating import Rate
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.sequences import SequenceMember
from neuralzoo.zoo.sizes import Sizes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class RecurrentNetwork(SequenceMember):
    """Units that hear the input and what all of them said a step before; an answer for a sequence, or for each of its steps.

    x is `(rows, time, features)`. y has a class or a number for each sequence, or for each step, `(rows, time)`: whole targets are
    classes. `layers.SimpleRNN` in a `Sequential` is the same with everything free to choose.

    Args:
        units: of the recurrent layer; several numbers make layers one upon the other.
        activation: of the units.
        rate: of Adam; or a schedule of it, or another optimizer.
        seed: of the weights and the order of rows.

    Example:
        >>> x = np.random.default_rng(0).integers(2, size=(64, 6, 1)).astype(np.float32)
        >>> net = RecurrentNetwork(8, rate=0.02)
        >>> history = net.fit(x[:, 1:], x[:, :-1, 0].astype(int), epochs=30, verbose=0)  # what was the last bit?
        >>> net.states(x)[0].shape
        (64, 6, 8)
    """

    card = Card(
        key="rnn",
        name="Recurrent network",
        short="RNN",
        year=1990,
        authors="J. Elman",
        reference="Finding structure in time, Cognitive Science 14",
        cells=("input", "recurrent", "output"),
        rule="gradient descent back through time",
        purpose="learn from sequences whose past matters for a few steps",
        verbs=("predict", "evaluate", "classify", "states"),
        goals=(
            Goal(
                "the lectures' network by hand: h₁ = (.54, .20, .72), y₁ = (.32, .21, .24, .22)",
                "the same",
                "pytest tests/layers/test_recurrent.py",
            ),
        ),
    )

    def __init__(self, units: Sizes = 32, activation: Activate = "tanh", *, rate: Rate = 1e-3, seed: int | None = None):
        SequenceMember.__init__(self, partial(SimpleRNN, activation=activation, return_sequences=True), units, rate, seed)

    @staticmethod
    def example() -> "Figure":
        """Go on with waves of any pitch, step by step, from what was heard so far."""
        draws = np.random.default_rng(0)
        pitch, phase = draws.uniform(0.3, 0.9, (256, 1)), draws.uniform(0, 6, (256, 1))
        waves = np.sin(pitch * np.arange(41) + phase)[..., None]
        net = RecurrentNetwork(12, rate=0.01, seed=0)
        net.fit(waves[:200, :-1], waves[:200, 1:], epochs=60, verbose=0)
        error = (net.predict(waves[200:, :-1]) - waves[200:, 1:]) ** 2
        print(f"squared error of the next value: {error[:, 0].mean():.3f} after one step, {error[:, 20:].mean():.4f} after twenty and more")
        return net.draw(waves[200:, :-1])


class BidirectionalNetwork(SequenceMember):
    """Two recurrent layers over a sequence, one from each end: at every step the answer knows what was and what is to come.

    x is `(rows, time, features)`. y has a class or a number for each sequence, or for each step, `(rows, time)`: whole targets are
    classes.

    Args:
        units: of each of the two layers; several numbers make pairs of layers one upon the other.
        rate: of Adam; or a schedule of it, or another optimizer.
        seed: of the weights and the order of rows.

    Example:
        >>> x = np.random.default_rng(0).random((32, 6, 1), np.float32)
        >>> net = BidirectionalNetwork(4)
        >>> history = net.fit(x, x[:, ::-1], epochs=1, verbose=0)
        >>> [states.shape for states in net.states(x)]  # from the first step on, and from the last
        [(32, 6, 4), (32, 6, 4)]
    """

    card = Card(
        key="bidirectional",
        name="Bidirectional network",
        short="",
        year=1997,
        authors="M. Schuster, K. Paliwal",
        reference="Bidirectional recurrent neural networks, IEEE Transactions on Signal Processing 45",
        cells=("input", "memory", "output"),
        rule="gradient descent back through time, in both directions",
        purpose="label the steps of sequences that are known to their end",
        verbs=("predict", "evaluate", "classify", "states"),
        goals=(
            Goal(
                "how many neighbours of a bit, before and behind it, are 1: all right, where from one direction half are guessed",
                "all right",
                "pytest tests/zoo/test_recurrent.py",
            ),
        ),
    )

    def __init__(self, units: Sizes = 32, *, rate: Rate = 1e-3, seed: int | None = None):
        SequenceMember.__init__(self, lambda n: Bidirectional(LSTM(n, return_sequences=True)), units, rate, seed)

    def panels(self, x: Any) -> Mapping[str, np.ndarray]:
        layers = self.states(x)
        return {f"from the {'start' if i % 2 == 0 else 'end'}": layer[0] for i, layer in enumerate(layers[-2:])}

    @staticmethod
    def example() -> "Figure":
        """Count the ones beside each bit: the one before it is known from the start, the one behind it from the end."""
        bits, asked = neighbours(400)
        net = BidirectionalNetwork(8, rate=0.02, seed=0)
        net.fit(bits[:300], asked[:300], epochs=25, verbose=0)
        print(f"{np.mean(net.classify(bits[300:]) == asked[300:]):.1%} of the bits of 100 new sequences right")
        return net.draw(bits[300:])


def neighbours(rows: int, steps: int = 16, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of bits `(rows, steps, 1)`, and for each step how many ones stand before and behind it.

    >>> bits, asked = neighbours(1, 3)
    >>> asked[0, 1] == bits[0, 0, 0] + bits[0, 2, 0]
    np.True_
    """
    bits = np.random.default_rng(seed).integers(2, size=(rows, steps))
    framed = np.pad(bits, ((0, 0), (1, 1)))
    return bits[..., None].astype(np.float32), framed[:, :-2] + framed[:, 2:]
