"""Training is a fold: a learner starts a memo, takes steps, and finishes."""

from typing import Any, ClassVar, NamedTuple, Self

import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.layer import Key, Layer
from neuralzoo.core.record import Record
from neuralzoo.learn.metric import Metric


class Batch(NamedTuple):
    """Rows to learn from. The rows of a last, partial batch are repeated to fill it and have `valid` = 0.

    x, y: arrays or pytrees of arrays with the rows in front; y is None where there is no target.
    weight: `(batch,)` sample weights.
    valid: `(batch,)` 1.0 for a row that counts, 0.0 for filling.
    """

    x: Any
    y: Any
    weight: Float[Array, " batch"]
    valid: Float[Array, " batch"]


class Learner(Record):
    """A learning rule as a fold: `init → plan → (step* → conclude)* → finish`; `step` is compiled over whole epochs by the engine.

    Some take a last look at the rows, `survey* → digest`, when a `fit` is over.

    `logs` are additive: the engine sums them over batches, and `read` turns the sums into the numbers people see.
    """

    once: ClassVar[bool] = False  # one pass over the rows says everything there is to learn: counts, Gram matrices
    ordered: ClassVar[bool] = False  # rows follow each other in time: they are never shuffled

    def init(self, net: Layer) -> Any:
        """The memo before the first step: optimiser state, Gram matrices, counts…"""
        return ()

    def plan(self, memo: Any, done: int, steps: int | None) -> Any:
        """The memo, told at the start of a `fit` that `done` of its `steps` were taken before (None: only a stream's end will tell).

        For rules that change over the length of learning: being in the memo, it compiles nothing again.
        """
        return memo

    def step(self, net: Any, memo: Any, batch: Batch, key: Key) -> tuple[Any, Any, dict[str, Any]]:
        """The network and memo after one batch, and the batch's additive statistics by name."""
        raise NotImplementedError(f"{type(self).__name__} defines no step")

    def conclude(self, net: Any, memo: Any) -> tuple[Any, Any]:
        """The network and memo after the last step of an epoch: for rules that change the network once all rows were seen."""
        return net, memo

    def finish(self, net: Any, memo: Any) -> Any:
        """The network that the memo amounts to. Pure: may be called after any epoch, to look."""
        return net

    def survey(self, net: Any, batch: Batch) -> Any:
        """What the finished network and a batch of the rows it learned from say together, additive: a last look, nothing learned.

        Once a `fit` is over the sums of all its rows go to `digest`: for what is only true of the weights in the end, as curvature is.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no survey")

    def digest(self, net: Any, memo: Any, sums: Any) -> tuple[Any, Any]:
        """The network and memo, told the sums of `survey` in double precision."""
        return net, memo

    def assess(self, net: Any, batch: Batch) -> dict[str, Any]:
        """The additive statistics of the finished network on a batch, nothing learned."""
        raise NotImplementedError(f"{type(self).__name__} defines no assess")

    def reasons(self, net: Any, memo: Any, batch: Batch, key: Key) -> dict[str, Any]:
        """What `step` goes by when it changes the network, as arrays by name, for those who look: winners, correlations."""
        return {}

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        """The summed statistics as numbers: a pair of a sum and a count is a mean, anything else stays as it is."""
        return {name: value[0] / max(value[1], 1) if isinstance(value, tuple) else value for name, value in logs.items()}

    def check(self, net: Layer) -> None:
        """Raise `ArgumentError` where the rule cannot teach this network."""

    def compiled(self) -> Self:
        """The learner as far as the compiled program depends on it (a rate that lives in the memo, for one, does not count)."""
        return self


def mean_statistics(rows: Float[Array, " batch"], valid: Float[Array, " batch"]) -> tuple[Array, Array]:
    """Sum and count of per-row values, for a mean over the rows that count."""
    return jnp.sum(rows * valid), jnp.sum(valid)


def measure_all(metrics: tuple[Metric, ...], batch: Batch, y: Any) -> dict[str, Any]:
    """The additive statistics of every metric."""
    return {metric.label: metric.measure(batch.y, y, batch.valid) for metric in metrics}
