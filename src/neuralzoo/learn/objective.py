"""Objectives: what `Gradient` lowers. One takes a network and a batch, so it may ask for more than an output and a target."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Key, Layer
from neuralzoo.core.masked import unmasked
from neuralzoo.core.record import Record
from neuralzoo.core.regularizers import penalty
from neuralzoo.learn.crossentropy import SparseCategoricalCrossentropy
from neuralzoo.learn.learner import Batch, mean_statistics, measure_all
from neuralzoo.learn.logits import scored
from neuralzoo.learn.loss import Loss
from neuralzoo.learn.metric import Metric
from neuralzoo.learn.penalties import Penalty
from neuralzoo.learn.precision import Go, forward, require_precision, training
from neuralzoo.learn.steps import by_step


class Priced(NamedTuple):
    """What a network costs on a batch.

    value: the number to lower.
    logs: the batch's additive statistics by name, "loss" first.
    after: the network's successor.
    """

    value: Float[Array, ""]
    logs: dict[str, Any]
    after: Layer


class Objective(Record):
    """A price for a network on a batch: `price` is differentiated, compiled and summed up by `Gradient`, `read` makes numbers of it.

    One that measures a target against an output is a `Loss`, and `Supervised` is the objective that it makes. Others define `price`.
    """

    def price(self, net: Any, batch: Batch, key: Key | None, count: Any) -> Priced:
        """The price after `count` steps, the network used as while training; without a key, and a count, as it is once it has learned.

        What is assessed without a key must not depend on which rows are in a batch together.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no price")

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        """The summed statistics as numbers, in the order of `names`: pairs of a sum and a count are means."""
        return {name: logs[name][0] / max(logs[name][1], 1) for name in self.names()}

    def names(self) -> list[str]:
        """What `read` tells, in its order."""
        return ["loss"]

    def check(self, net: Layer) -> None:
        """Raise `ArgumentError` for a network that it cannot price."""

    def check_targets(self, y: Any, outputs: Any) -> None:
        """Raise where targets (rows in front) cannot go with the network's outputs, of which the shapes are known."""


class Supervised(Objective):
    """The mean loss of the batch's rows, plus all penalties.

    Fields:
        loss: what one row costs.
        metrics, penalties, precision: as of `Gradient`.
    """

    loss: Loss
    metrics: tuple[Metric, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    precision: str = "float32"

    def __post_init__(self) -> None:
        require_precision(self.precision)

    def price(self, net: Any, batch: Batch, key: Key | None, count: Any, go: Go = training) -> Priced:
        """The price; with a key, `go` says how the network is gone through, without the last activation where the loss undoes it."""
        seen = scored(net, self.loss)
        y, after = (seen.net(batch.x), seen.net) if key is None else forward(self.precision, seen.net, batch.x, key, go)
        rows, y = by_step(batch, y)
        value = mean_price(seen.loss.rows(rows.y, y), rows) + penalty(net) + sum(term(net, batch.x) for term in self.penalties)
        counted = jnp.sum(rows.valid)
        measured = measure_all(self.metrics, rows, seen.finish(lax.stop_gradient(y)))
        return Priced(value, {"loss": (value * counted, counted), **measured}, seen.restore(after))

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        total, count = logs["loss"]
        return {"loss": total / max(count, 1), **{metric.label: metric.result(logs[metric.label]) for metric in self.metrics}}

    def names(self) -> list[str]:
        return ["loss", *(metric.label for metric in self.metrics)]

    def check_targets(self, y: Any, outputs: Any) -> None:
        if y is None:
            raise ArgumentError("there are no targets: y is None", remedy="pass y, one target for each row of x")
        outputs = unmasked(outputs)
        jax.eval_shape(self.loss.rows, jax.tree.map(lambda a: jax.ShapeDtypeStruct((outputs.shape[0], *a.shape[1:]), a.dtype), y), outputs)
        if isinstance(self.loss, SparseCategoricalCrossentropy):
            classes, wrong = outputs.shape[-1], y[(y < 0) | (y >= outputs.shape[-1])]
            if wrong.size:
                row = int(np.argwhere(np.isin(y, wrong))[0, 0])
                raise DataError(
                    f"class number {int(wrong[0])} is outside 0…{classes - 1}, the network has {classes} outputs",
                    where=f"y, row {row}",
                    remedy="number the classes from 0, or give the last layer one unit for each class",
                )


def mean_price(rows: Float[Array, " batch"], batch: Batch) -> Float[Array, ""]:
    """The mean of weighted prices over the rows that count."""
    total, count = mean_statistics(rows * batch.weight, batch.valid)
    return total / jnp.maximum(count, 1)
