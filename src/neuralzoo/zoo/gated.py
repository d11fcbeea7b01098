"""Recurrent networks with gates, which keep what they remember until they choose not to: LSTM and GRU."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.layers import GRU, LSTM
from neuralzoo.zoo.backpropagating import Rate
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.sequences import SequenceMember
from neuralzoo.zoo.sizes import Sizes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class GatedMember(SequenceMember):
    """Recurrent layers whose units have gates."""

    def gates(self, x: Any, layer: int = -1) -> dict[str, np.ndarray]:
        """What the gates of a recurrent layer do at every step of sequences, and what its units remember: `(rows, time, units)` each."""
        note = self.recurrent(x)[layer]
        kept = {name: values for name, values in note.inside.items() if name.endswith("gate")}
        state = note.inside["state"]
        return kept | ({"memory": state[1]} if len(state) > 1 else {}) | {"state": state[0]}

    def panels(self, x: Any) -> Mapping[str, np.ndarray]:
        return {name: values[0] for name, values in self.gates(x).items()}


class LSTMNetwork(GatedMember):
    """Units with a memory cell, and gates that say what is written into it, what is kept, and what is told of it.

    x is `(rows, time, features)`. y has a class or a number for each sequence, or for each step, `(rows, time)`: whole targets are
    classes. `layers.LSTM` in a `Sequential` is the same with everything free to choose.

    Args:
        units: of the recurrent layer; several numbers make layers one upon the other.
        rate: of Adam; or a schedule of it, or another optimizer.
        seed: of the weights and the order of rows.

    Example:
        >>> x = np.random.default_rng(0).random((32, 6, 2), np.float32)
        >>> net = LSTMNetwork(4)
        >>> history = net.fit(x, (x[:, 0, 0] > 0.5).astype(int), epochs=1, verbose=0)
        >>> sorted(net.gates(x))
        ['forget gate', 'input gate', 'memory', 'output gate', 'state']
    """

    card = Card(
        key="lstm",
        name="Long short-term memory",
        short="LSTM",
        year=1997,
        authors="S. Hochreiter, J. Schmidhuber; the forget gate F. Gers, J. Schmidhuber, F. Cummins 2000",
        reference="Long short-term memory, Neural Computation 9",
        cells=("input", "memory", "output"),
        rule="gradient descent back through time, undiminished along the memory",
        purpose="learn from sequences in which something long ago matters",
        verbs=("predict", "evaluate", "classify", "states", "gates"),
        goals=(
            Goal(
                "embedded Reber grammar: solved in 100 % of runs (Hochreiter and Schmidhuber 1997)",
                "10 of 10 seeds",
                "pytest -m slow tests/data/test_sequences.py",
            ),
            Goal("adding problem over 100 steps", "3 of 3 seeds below an error of 0.01", "pytest -m slow tests/data/test_sequences.py"),
            Goal("tiny Shakespeare: at most 1.6 nats a character", "1.522 (256 units, seed 0)", "neuralzoo train text shakespeare"),
        ),
    )

    def __init__(self, units: Sizes = 32, *, rate: Rate = 1e-3, seed: int | None = None):
        SequenceMember.__init__(self, partial(LSTM, return_sequences=True), units, rate, seed)

    @staticmethod
    def example() -> "Figure":
        """Remember the first of 25 letters, A or B, through a crowd of others until the end."""
        x, y, letters = first_letters(400)
        net = LSTMNetwork(8, rate=0.02, seed=0)
        net.fit(x[:300], y[:300], epochs=25, verbose=0)
        print(f"{np.mean(net.classify(x[300:]) == y[300:]):.0%} of 100 new sequences right")
        return net.draw(x[300:], letters[300])


class GRUNetwork(GatedMember):
    """Units with an update gate, which keeps what they say or changes it, and a reset gate, which lets them forget it while they do.

    x is `(rows, time, features)`. y has a class or a number for each sequence, or for each step, `(rows, time)`: whole targets are
    classes. `layers.GRU` in a `Sequential` is the same with everything free to choose.

    Args:
        units: of the recurrent layer; several numbers make layers one upon the other.
        rate: of Adam; or a schedule of it, or another optimizer.
        seed: of the weights and the order of rows.

    Example:
        >>> x = np.random.default_rng(0).random((32, 6, 2), np.float32)
        >>> net = GRUNetwork(4)
        >>> history = net.fit(x, x.cumsum(1)[..., 0] / 6, epochs=1, verbose=0)
        >>> sorted(net.gates(x))
        ['reset gate', 'state', 'update gate']
    """

    card = Card(
        key="gru",
        name="Gated recurrent units",
        short="GRU",
        year=2014,
        authors="K. Cho, B. van Merriënboer, Ç. Gülçehre, D. Bahdanau, F. Bougares, H. Schwenk, Y. Bengio",
        reference="Learning phrase representations using RNN encoder-decoder for statistical machine translation, EMNLP",
        cells=("input", "different memory", "output"),
        rule="gradient descent back through time",
        purpose="remember over long sequences with two gates for the LSTM's three",
        verbs=("predict", "evaluate", "classify", "states", "gates"),
        goals=(
            Goal(
                "the equations of the paper, step by step: equal to 1e-5",
                "equal, both forms of the reset",
                "pytest tests/layers/test_recurrent.py",
            ),
        ),
    )

    def __init__(self, units: Sizes = 32, *, rate: Rate = 1e-3, seed: int | None = None):
        SequenceMember.__init__(self, partial(GRU, return_sequences=True), units, rate, seed)

    @staticmethod
    def example() -> "Figure":
        """Hold a number until the next mark: the update gate lets go where there is one."""
        x, y = sample_and_hold(400)
        net = GRUNetwork(10, rate=0.02, seed=0)
        net.fit(x[:300], y[:300], epochs=45, verbose=0)
        print(f"error of the number held, root mean square: {net.evaluate(x[300:], y[300:]) ** 0.5:.3f} (numbers within ±1)")
        return net.draw(x[300:])


def first_letters(rows: int, steps: int = 25, seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Sequences of letters, A or B and then others, as `(rows, steps, 6)` of 0 and 1; which came first; and the letters.

    >>> x, y, letters = first_letters(4)
    >>> ["AB"[label] == word[0] for label, word in zip(y, letters)]
    [True, True, True, True]
    """
    draws = np.random.default_rng(seed)
    y, codes = draws.integers(2, size=rows), draws.integers(2, 6, size=(rows, steps))
    codes[:, 0] = y
    return np.eye(6, dtype=np.float32)[codes], y, ["".join("ABcdef"[code] for code in row) for row in codes]


def sample_and_hold(rows: int, steps: int = 30, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and marks `(rows, steps, 2)`; and the number that was last marked, `(rows, steps, 1)`. The first step has a mark.

    >>> x, y = sample_and_hold(3)
    >>> bool((y[x[..., 1] == 1] == x[x[..., 1] == 1, :1]).all())
    True
    """
    draws = np.random.default_rng(seed)
    numbers, marks = draws.uniform(-1, 1, (rows, steps)), draws.random((rows, steps)) < 0.15
    marks[:, 0] = True
    last = np.maximum.accumulate(np.where(marks, np.arange(steps), 0), axis=1)
    return np.stack([numbers, marks], axis=-1).astype(np.float32), np.take_along_axis(numbers, last, 1)[..., None].astype(np.float32)
