"""A compiled model that learns on in pieces of any number of steps, with the very steps that `Model.fit` would take."""

import time
from typing import Any

import jax
import numpy as np

from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.play import limits
from neuralzoo.train import program
from neuralzoo.train.batches import ArraySource, as_arrays, steps_in_block
from neuralzoo.train.model import Model

CURVE = 600  # points of a curve that are kept; after that every other one goes
BLOCK = 512  # batches of a call at most
SELDOM = 4  # hurried measurements take at most a fifth of the time
_programs: set[Any] = set()  # the structures that are compiled


class Lesson:
    """A model and the rows that it learns from, some steps at a time; `Training` measures it besides.

    Args:
        model: a network of the zoo, or a compiled model.
        x, y: as for its `fit`.
        batch: rows in a batch.
        weight: of the rows.
        epochs: how long it will be in all, for rules that plan ahead (Kohonen's radius); None where nobody knows.

    Attributes:
        curve: (steps, numbers…) as noted, thinned out evenly.
        rate: steps a second, measured over the last half of one.
    """

    def __init__(self, model: Model, x: Any, y: Any = None, batch: int = 32, epochs: int | None = None, weight: Any = None):
        x, y, weight = model.receive(x, y, weight)
        x, y = as_arrays(x, "x"), None if y is None else as_arrays(y, "y")
        model.meet(x, y)
        learner = model.require_ready("learn")
        source = model.source(x, y, weight, batch, shuffle=not learner.ordered)
        assert isinstance(source, ArraySource)
        self.model, self.source, self.curve, self.rate = model, source, list[tuple[float, ...]](), 0.0
        if type(learner).plan is not Learner.plan:
            memo = learner.init(model.net) if model.memo is None else model.memo
            model.memo = learner.plan(memo, model.count, None if epochs is None else epochs * source.taken)
        self.engine = model.engine()
        self.block = min(BLOCK, steps_in_block(source.example(), BLOCK))
        self._every, self._began, self._taken = 1, time.perf_counter(), 0
        _remember((jax.tree.structure(model.net), batch, self.block))

    @property
    def steps(self) -> int:
        return self.engine.progress.count

    @property
    def epoch(self) -> float:
        return self.steps / self.source.taken

    def advance(self, steps: int) -> None:
        """Take some steps. Raises `NotFiniteError` at the first NaN, the network being as before the call."""
        while steps > 0:
            steps -= self._call(min(steps, self.block))
        self.model.adopt(self.engine)

    def turn(self, seconds: float = limits.TURN_SECONDS) -> None:
        """Take as many steps as fit into so many seconds."""
        end, first = time.perf_counter() + seconds, True
        while (left := end - time.perf_counter()) > 0:
            each = self.engine.seconds
            affordable = int(left / each) if each else 1
            if affordable < 1 and not first:
                break
            self._call(int(np.clip(affordable, 1, self.block)))
            first = False
        self.model.adopt(self.engine)

    def _call(self, steps: int) -> int:
        taken = self.engine.learn_on(self.source, steps, self.block)
        self._taken += taken
        if (passed := time.perf_counter() - self._began) > 0.5:
            self.rate, self._taken, self._began = self._taken / passed, 0, time.perf_counter()
        return taken

    def note(self, *numbers: float) -> None:
        """Add numbers to the curve; every other point goes where they have become many."""
        if not self.curve or self.steps >= self.curve[-1][0] + self._every:
            self.curve.append((float(self.steps), *numbers))
            if len(self.curve) > CURVE:
                self.curve = self.curve[::2]
                self._every = max(1, int(self.curve[1][0] - self.curve[0][0]))

    def readings(self) -> dict[str, float]:
        """What the learner read while it took its last steps."""
        return {name: value for name, value in self.engine.readings().items() if isinstance(value, float)} if self.steps else {}


class Training(Lesson):
    """A compiled model with the rows that it learns from, and those that it is measured on besides."""

    def __init__(self, model: Model, training: tuple[Any, Any], validation: tuple[Any, Any], batch: int):
        Lesson.__init__(self, model, *training, batch)
        self.sets = [_padded(*rows) for rows in (training, validation)]
        self._last: tuple[dict[str, float], dict[str, float]] | None = None
        self._when, self._cost = 0.0, 0.0

    def measure(self, hurried: bool = False) -> tuple[dict[str, float], dict[str, float]]:
        """The readings on both sets now, noted in the curve; hurried, those of a moment ago where measuring takes its time."""
        began, learner, readings = time.perf_counter(), self.engine.learner, []
        if hurried and self._last is not None and began - self._when < SELDOM * self._cost:
            return self._last
        for block in self.sets:
            logs, _ = program.assess(self.engine.compiled, self.model.net, block, 1)
            readings.append({k: float(v) for k, v in learner.read(jax.tree.map(lambda a: np.asarray(a, np.float64), logs)).items()})
        self.note(readings[0]["loss"], readings[1]["loss"])
        self._last, self._when, self._cost = (readings[0], readings[1]), time.perf_counter(), time.perf_counter() - began
        return self._last


def _padded(x: np.ndarray, y: np.ndarray) -> Batch:
    """All rows as a block of one batch, filled up so that few sizes are compiled."""
    room = -(-len(x) // 512) * 512
    index = np.resize(np.arange(len(x)), room)
    valid = (np.arange(room) < len(x)).astype(np.float32)
    return Batch(x[index][None], y[index][None], np.ones((1, room), np.float32), valid[None])  # pyright: ignore[reportArgumentType]


def _remember(structure: Any) -> None:
    """Note what is compiled, and drop all programs where they have become many: their number is bounded, the cache on disk stays."""
    _programs.add(structure)
    if len(_programs) > limits.PROGRAMS:
        _programs.clear()
        jax.clear_caches()
