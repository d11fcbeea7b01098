"""Neural Turing machines: a network that learns to write into a memory and to find again what it wrote, by gradient descent."""

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, DataError, nearest
from neuralzoo.data.algorithms import copy, fresh
from neuralzoo.layers.cell import Cell
from neuralzoo.layers.cells import DenseCell, GRUCell, LSTMCell
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.recurrent import Recurrent
from neuralzoo.layers.turing import TuringCell, TuringState
from neuralzoo.learn.bits import BitErrors, BitsPerSequence
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.optimizers import Adam, Optimizer
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CONTROLLERS = {"lstm": LSTMCell(100), "gru": GRUCell(100), "feed-forward": DenseCell(100)}


class SlotsWarning(UserWarning):
    """The memory has fewer slots than a sequence has vectors to remember."""


class Weightings(NamedTuple):
    """How much of each slot the heads looked at, step by step.

    read: `(rows, steps, heads, slots)`, of those that read.
    write: the same of those that write.
    """

    read: np.ndarray
    write: np.ndarray


class NeuralTuringMachine(Member):
    """Sequences of bits to sequences of bits: a controller learns what to write into its memory, and where to read it again.

    `x` is `(rows, steps, inputs)`, and `y`, `(rows, steps, bits)`, is 0 or 1 where the machine is asked, and -1 where it is not: that
    costs nothing. `evaluate` tells bits per sequence ("loss"), 0 for an answer that is certain and right, and the share of wrong bits
    ("bit_errors"). `neuralzoo.data.algorithms` has the tasks of the paper. The memory is as new at each sequence.

    Args:
        controller: "lstm", "gru" or "feed-forward", of 100 units, or a cell, such as `LSTMCell(50)` or `DenseCell(50)`.
        slots, width: how many vectors the memory has, and how long each is.
        read_heads, write_heads: how many.
        shifts: by how many different distances a head may move in a step, an odd number.
        start_memory: "constant", or "learned".
        optimizer: how a gradient becomes a step; Adam at 0.001 unless given, the gradient's norm at most 10.
        seed: of weights and order.

    Example:
        >>> from neuralzoo.data.algorithms import copy
        >>> machine = NeuralTuringMachine(DenseCell(8), slots=4, width=3, seed=0)
        >>> history = machine.fit(*copy(64, (1, 2), bits=2), epochs=2, verbose=0)
        >>> machine.heads(copy(1, (2, 2), bits=2).x).read.shape
        (1, 5, 1, 4)

    Reference: A. Graves, G. Wayne, I. Danihelka, "Neural Turing machines", 2014.
    """

    card = Card(
        key="ntm",
        name="neural Turing machine",
        short="NTM",
        year=2014,
        authors="A. Graves, G. Wayne, I. Danihelka",
        reference="Neural Turing machines, arXiv 1410.5401",
        cells=("input", "hidden", "output", "memory"),
        rule="gradient descent through time, through a memory that is read and written everywhere a little",
        purpose="learn small programs, such as copying, from examples",
        verbs=("predict", "evaluate", "heads", "memory"),
        goals=(
            Goal(
                "copy, lengths 1 to 20, 8 bits: about 0 bits a sequence, and few mistakes at length 120 (Graves et al. 2014)",
                "0.001 bits a sequence, 0.07 % of the bits wrong at 120 (feed-forward, seed 2); seeds 0 and 1 get less far",
                "python examples/zoo_ntm.py copy 30000 2",
            ),
        ),
    )
    usual_batch = 32

    def __init__(
        self,
        controller: str | Cell = "lstm",
        slots: int = 128,
        width: int = 20,
        read_heads: int = 1,
        write_heads: int = 1,
        *,
        shifts: int = 3,
        start_memory: str = "constant",
        optimizer: Optimizer | None = None,
        seed: int | None = None,
    ):
        if isinstance(controller, str) and controller not in CONTROLLERS:
            raise ArgumentError(f"there is no controller {controller!r}", remedy=f"{nearest(controller, CONTROLLERS)}; or give a cell")
        own: Any = CONTROLLERS[controller] if isinstance(controller, str) else controller
        cell = TuringCell(own, slots, width, read_heads, write_heads, shifts, start_memory)
        learner = Gradient(BitsPerSequence(), optimizer or Adam(1e-3, global_clipnorm=10.0), (BitErrors(),))
        Member.__init__(self, Chain((Recurrent(cell, return_sequences=True), Dense(1, activation="sigmoid"))), learner, seed)

    @property
    def cell(self) -> TuringCell:
        assert isinstance(self.net, Chain)
        first = self.net.layers[0]
        assert isinstance(first, Recurrent)
        return first.cell

    def check_rows(self, x: Any, y: Any) -> None:
        if y is None or getattr(x, "ndim", 0) != 3 or y.ndim != 3 or x.shape[:2] != y.shape[:2]:
            shapes = " and ".join(f"{name} {getattr(a, 'shape', type(a).__name__)}" for name, a in (("x", x), ("y", y)))
            what = f"sequences are x (rows, steps, inputs) and y (rows, steps, bits), but there are {shapes}"
            raise DataError(what, remedy="give a target for each bit of each step, -1 where nothing is asked")
        wrong = np.argwhere((y != 0) & (y != 1) & (y != -1))
        if len(wrong):
            row, step, bit = wrong[0]
            what = f"targets are bits, 0 or 1, and -1 where nothing is asked, but y[{row}, {step}, {bit}] is {y[row, step, bit]:g}"
            raise DataError(what, remedy="write numbers as several bits each")
        asked = (y >= 0).any(axis=2)
        if not asked.any():
            raise DataError("nothing is asked: all targets are -1", remedy="give 0 or 1 where the machine is to answer")
        kept = int(np.minimum(asked.sum(axis=1), asked.argmax(axis=1)).max())  # answers, but no more than steps before the first of them
        if self.cell.slots < kept:
            what = f"the memory has {self.cell.slots} slots, but up to {kept} vectors are to be told from memory: there is no room for them"
            warnings.warn(f"{what}. Give slots={kept} or more.", SlotsWarning, stacklevel=2)

    def prepare(self, x: Any, y: Any) -> Chain:
        assert isinstance(self.net, Chain)
        return self.net.set(layers=(self.net.layers[0], Dense(y.shape[-1], activation="sigmoid")))

    def heads(self, x: Any) -> Weightings:
        """What the heads look at, at each step of sequences `(rows, steps, inputs)`."""
        self.require_fitted("show its heads")
        weightings, first = self._looked_at(x)[1].weighting.transpose(1, 0, 2, 3), self.cell.read_heads
        return Weightings(weightings[:, :, :first], weightings[:, :, first:])

    def memory(self, x: Any) -> np.ndarray:
        """The memory at the end of sequences `(rows, steps, inputs)`: `(rows, slots, width)`."""
        self.require_fitted("show its memory")
        return self._looked_at(x)[1].memory[-1].swapaxes(1, 2)

    def _looked_at(self, x: Any) -> tuple[np.ndarray, Any]:
        """The answers, and the `TuringState` after each step, time in front, as NumPy arrays."""
        return jax.device_get(_over(self.net, jnp.asarray(as_array(x, "x"))))

    def draw(self, x: Any = None, y: Any = None) -> "Figure":
        """One sequence: inputs, answers where `y` asks for them, and where the heads write and read; bits to copy unless `x` is given."""
        from neuralzoo.inspect.turing_plots import heads_at_work

        self.require_fitted("draw")
        if x is None:
            x, y = copy(1, (5, 5), max(1, self.input.shape[-1] - 1), self.seed)
        x = as_array(x, "x")
        said, states = self._looked_at(x.reshape(1, *x.shape[-2:]))
        said, looked, first = said[:, 0], states.weighting[:, 0], self.cell.read_heads
        if y is not None and np.shape(y)[-1] == said.shape[-1]:
            said = np.where(np.reshape(y, said.shape) < 0, np.nan, said)
        return heads_at_work(x.reshape(x.shape[-2:]), said, looked[:, first:], looked[:, :first])

    @staticmethod
    def example() -> "Figure":
        """Learn to copy up to three vectors of three bits for some seconds, and see where the heads write and read."""
        machine = NeuralTuringMachine(DenseCell(32), slots=8, width=6, optimizer=Adam(5e-3, global_clipnorm=10.0), seed=0)
        machine.fit(fresh(copy, 32, lengths=(1, 3), bits=3), steps_per_epoch=1000, epochs=1, verbose=0)
        loss, wrong = machine.evaluate(*copy(1000, (1, 3), 3, seed=1), verbose=0)
        print(f"1000 new sequences of up to three vectors: {loss:.3f} bits a sequence, {wrong:.2%} of the bits wrong")
        return machine.draw(*copy(1, (3, 3), 3, seed=2))


@jax.jit
def _over(net: Chain, x: Any) -> tuple[Any, TuringState]:
    recurrent, read_out = net.layers
    outputs, states = recurrent.cell.over(x)  # type: ignore[attr-defined]
    return read_out(outputs), states
