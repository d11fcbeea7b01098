"""The engine: runs any learner over a source, a few tenths of a second a call."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import jax
import numpy as np

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.train import program
from neuralzoo.train.batches import ArraySource, Source, steps_in_block
from neuralzoo.train.diagnose import explain_not_finite
from neuralzoo.train.runtime import give_memory_back

CALL_SECONDS = 0.15  # long enough that Python costs nothing, short enough for a live bar and Ctrl-C
FUSED_EPOCHS = 64  # epochs one call may cover when nobody looks in between


@dataclass
class Progress:
    """Where training is: what a callback is told after a call."""

    net: Layer
    memo: Any
    count: int = 0  # steps taken since the network was built
    logs: dict[str, Any] = field(default_factory=dict)  # sums of the epoch so far


class Engine:
    """A learner, a network and the memo between them, moved forward call by call.

    Args:
        learner: the rule.
        net: a built network; it is never changed, `progress.net` is the newest.
        memo: the learner's memo, or None to start one.
        key: the root of all randomness; step i uses `fold_in(key, i)`.
        count: steps taken before, for an exact resume.
    """

    def __init__(self, learner: Learner, net: Layer, memo: Any, key: Key, count: int = 0):
        learner.check(net)
        self.learner, self.key = learner, key
        self.compiled = learner.compiled()
        self.progress = Progress(net, learner.init(net) if memo is None else memo, count)
        self.seconds = 0.0  # a step, measured
        self.warm: set[tuple[int, int]] = set()  # program shapes that have run once

    def epoch(
        self, source: Source, epoch: int, steps: int | None = None, after: Callable[[int], Any] = lambda done: None
    ) -> dict[str, Any]:
        """Learn one epoch and return its readings; `after(steps_done)` is called between calls and ends the epoch by a true value.

        `steps` fixes the batches in a call (1 for callbacks on every batch); None lets measurement choose.
        Raises `NotFiniteError` at the first NaN or infinity, with the network as it was before that call in `progress`.
        """
        self.progress.logs, done, running = {}, 0, None
        size = steps_in_block(source.example(), source.steps or 64) if steps is None else steps
        for block, held in source.blocks(epoch, size):  # gathers the next block while the last call is running
            start = 0
            while start < held:
                if running:
                    done += self._settle(running)
                    if after(done):
                        return self.readings()
                some = min(held - start, self._affordable(size))
                running = self._start(block, start, 1, some, epoch, done)
                start += some
        if running is None:
            raise ArgumentError("the data stream gave no batch", remedy="make it yield at least one batch an epoch")
        after(done + self._settle(running))
        self._conclude()
        return self.readings()

    @staticmethod
    def fuses(source: Source) -> TypeGuard[ArraySource]:
        """Whether several epochs of a source fit into one block, so that `epochs` pays."""
        return isinstance(source, ArraySource) and room_for_epochs(source) > 1

    def epochs(self, source: ArraySource, first: int, last: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Learn epochs first…last−1, several in one call, and yield the readings of each as (epoch, readings).

        For small problems without validation: the network is at the end of the call already when an epoch is told.
        """
        most = min(FUSED_EPOCHS, room_for_epochs(source), 1 << (last - first - 1).bit_length())

        def gathered(epoch: int) -> tuple[Batch, int]:
            some = min(last - epoch, most, max(1, self._affordable(2**20) // source.taken))
            orders = [source.order(e) for e in range(epoch, epoch + some)]
            rows, valid = (np.concatenate(parts) for parts in zip(*orders, strict=True))
            return source.block(rows, valid, most * source.taken), some

        epoch, ahead = first, gathered(first) if first < last else None
        while ahead is not None:
            block, some = ahead
            call = self._start(block, 0, some, source.taken, epoch, 0, epochs=max(2, most))
            ahead = gathered(epoch + some) if epoch + some < last else None  # while the call is running
            self._settle(call)
            for i in range(some):
                yield epoch + i, plain(self.learner.read(jax.tree.map(lambda a, i=i: a[i], call.record)))
            epoch += some

    def learn_on(self, source: ArraySource, steps: int, size: int) -> int:
        """Learn the next `steps` batches, at most `size`, wherever in an epoch they begin; for those who watch every few steps.

        Epochs are counted from the first step of this network. Returns the steps taken: fewer where a rule has to conclude an epoch.
        """
        epoch, done = divmod(self.progress.count, source.taken)
        concludes = type(self.learner).conclude is not Learner.conclude
        some = min(steps, size, source.taken - done if concludes else size)
        orders = [source.order(e) for e in range(epoch, epoch + -(-(done + some) // source.taken))]
        rows, valid = (np.concatenate(parts)[done : done + some] for parts in zip(*orders, strict=True))
        self.progress.logs = {}
        call = self._start(source.block(rows, valid, size), 0, 1, some, epoch, done)
        call.taken = source.taken
        taken = self._settle(call)
        if concludes and done + taken == source.taken:
            self._conclude()
        return taken

    def _conclude(self) -> None:
        """Let the learner do what it does at the end of an epoch, where it does something."""
        if type(self.learner).conclude is not Learner.conclude:
            now = self.progress
            net, memo = program.conclude(self.compiled, now.net, now.memo)
            self.progress = Progress(net, memo, now.count, now.logs)

    def readings(self) -> dict[str, Any]:
        """The numbers people see, of the epoch so far."""
        return plain(self.learner.read(self.progress.logs))

    def _affordable(self, most: int) -> int:
        """Steps that take about `CALL_SECONDS`; one while nothing is compiled, a few until one call was measured."""
        if self.seconds == 0:
            return min(most, 8 if self.warm else 1)
        return int(np.clip(CALL_SECONDS / self.seconds, 1, most))

    def _start(self, block: Batch, start: int, passes: int, steps: int, epoch: int, done: int, epochs: int = 1) -> "Call":
        """Begin a call of the program; it runs on while Python goes on."""
        now = self.progress
        call = Call(now, block, start, passes * steps, epoch, done, (len(block.valid), epochs), time.perf_counter())
        call.net, call.memo, call.record = program.learn(
            self.compiled, now.net, now.memo, block, self.key, now.count - start, start, passes, steps, epochs=epochs
        )
        return call

    def _settle(self, call: "Call") -> int:
        """Wait for a call, look whether its numbers are finite, move `progress` on; returns the steps it took."""
        call.record = jax.tree.map(lambda a: np.asarray(a, np.float64), jax.device_get(call.record))
        if call.shape in self.warm:
            self.seconds = (time.perf_counter() - call.began) / call.steps
        else:
            self.warm.add(call.shape)
            give_memory_back()  # it was compiled just now
        if not all(np.isfinite(a).all() for a in jax.tree.leaves(call.record)):
            raise explain_not_finite(self.learner, call, self.key)
        total = jax.tree.map(lambda a: a.sum(axis=0), call.record)
        logs = jax.tree.map(np.add, self.progress.logs, total) if self.progress.logs else total
        self.progress = Progress(call.net, call.memo, self.progress.count + call.steps, logs)
        return call.steps


@dataclass
class Call:
    """One run of the compiled program."""

    before: Progress
    block: Batch
    start: int  # the first of its batches in the block
    steps: int
    epoch: int
    done: int  # batches of the epoch before this call
    shape: tuple[int, int]
    began: float
    taken: int = 2**62  # batches of an epoch, where a call goes on into the next one
    net: Any = None
    memo: Any = None
    record: Any = None


def room_for_epochs(source: ArraySource) -> int:
    """How many epochs of a source one block holds."""
    return steps_in_block(source.example(), 2**20) // source.taken


def plain(readings: dict[str, Any]) -> dict[str, Any]:
    """Numbers as Python floats, arrays as NumPy arrays."""
    return {name: float(value) if np.ndim(value) == 0 else np.asarray(value) for name, value in readings.items()}
