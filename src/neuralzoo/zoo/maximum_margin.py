"""The largest margin as a learning rule: it weighs the rows of a kernel machine by the dual problem, solved at the end of a pass."""

import math
import warnings
from typing import Any, ClassVar, NamedTuple, Self

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Key, Layer
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.learn.margin import Duals, objectives, offsets, solve
from neuralzoo.learn.platt import FOLDS, fit_sigmoid
from neuralzoo.zoo.kernel_machine import KernelMachine


class ConvergenceWarning(UserWarning):
    """The search ended before its conditions held."""


class MarginMemo(NamedTuple):
    """What `MaximumMargin` remembers.

    c, tolerance, most: the price of a violation, and when the search ends.
    rows, targets, weights: `(room, …)`, the rows as they came.
    seen, held: how many came in this epoch, and in the last one.
    changed: whether one of them differs from what was there before.
    beta, bias, decisions: of each dual problem: its signed coefficients, −ρ, and f at the rows of its windows.
    places, left_out: where these rows are when they are sorted by class; which of them were in a fold that was left out.
    gap, rounds, objective, widest: how the last search ended: see `Solution`; the objectives' sum; rows of the largest class.
    """

    c: Float[Array, ""]
    tolerance: Float[Array, ""]
    most: Int[Array, ""]
    rows: Float[Array, "room features"]
    targets: Float[Array, " room"]
    weights: Float[Array, " room"]
    seen: Int[Array, ""]
    held: Int[Array, ""]
    changed: Bool[Array, ""]
    beta: Float[Array, "problems 2 width"]
    bias: Float[Array, " problems"]
    decisions: Float[Array, "problems 2 width"]
    places: Int[Array, "problems 2 width"]
    left_out: Bool[Array, "problems 2 width"]
    gap: Float[Array, ""]
    rounds: Int[Array, ""]
    objective: Float[Array, ""]
    widest: Int[Array, ""]


class MaximumMargin(Learner):
    """½‖w‖² + C Σ violations, the least: a pass collects the rows, and at its end the dual problems of all pairs of classes are solved.

    A violation is max(0, 1 − y f(x)), or max(0, |f(x) − y| − epsilon) for numbers. Another epoch goes on from where the search
    stopped; other rows in a later `fit` take the place of those before.

    Fields:
        c: the price C, times the weight of each row.
        epsilon: errors of a number that cost nothing; None for classes.
        tolerance: how far the conditions of Karush, Kuhn and Tucker may be violated in the end.
        rounds: how often each problem's coefficients are moved at most.
        probability: whether to calibrate probabilities, which takes six searches instead of one.
        width: rows of the largest class.

    References: B. Boser, I. Guyon, V. Vapnik, "A training algorithm for optimal margin classifiers", COLT 1992; C. Cortes, V. Vapnik,
    "Support-vector networks", Machine Learning 20, 1995; V. Vapnik, "The nature of statistical learning theory", 1995.
    """

    ordered: ClassVar[bool] = True

    c: float = 1.0
    epsilon: float | None = None
    tolerance: float = 1e-3
    rounds: int = 100_000
    probability: bool = False
    width: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.c < math.inf:
            raise ArgumentError(f"C is {self.c}", remedy="give the price of a violation as a number above 0; 1 is usual")
        if (self.epsilon or 0) < 0 or not self.tolerance > 0 or self.rounds < 1:
            what = f"epsilon={self.epsilon}, tolerance={self.tolerance}, rounds={self.rounds} is not possible"
            raise ArgumentError(what, remedy="epsilon is at least 0, tolerance above 0 and rounds at least 1")

    def check(self, net: Layer) -> None:
        if not isinstance(net, KernelMachine):
            raise ArgumentError(f"MaximumMargin teaches a KernelMachine, not {net!r}", remedy="use it with SupportVectorMachine")

    def compiled(self) -> Self:
        return self.set(c=1.0, tolerance=1.0, rounds=1)  # they live in the memo, so another C compiles nothing

    def init(self, net: KernelMachine) -> MarginMemo:
        problems = len(net.pairs()) * (1 + FOLDS * self.probability) or 1
        windows, none, number = np.zeros((problems, 2, self.width), np.float32), jnp.zeros((), int), jnp.zeros(())
        row = jnp.zeros(net.room)
        return MarginMemo(
            c=jnp.float32(self.c),
            tolerance=jnp.float32(self.tolerance),
            most=jnp.int32(self.rounds),
            rows=jnp.zeros((net.room, net.vectors.shape[1])),
            targets=row,
            weights=row,
            seen=none,
            held=none,
            changed=jnp.array(False),
            beta=jnp.asarray(windows),
            bias=jnp.zeros(problems),
            decisions=jnp.asarray(windows),
            places=jnp.asarray(windows.astype(int)),
            left_out=jnp.asarray(windows > 0),
            gap=number,
            rounds=none,
            objective=number,
            widest=none,
        )

    def step(self, net: KernelMachine, memo: MarginMemo, batch: Batch, key: Key) -> tuple[KernelMachine, MarginMemo, dict[str, Any]]:
        counts = batch.valid > 0
        place = jnp.where(counts, memo.seen + jnp.cumsum(counts) - 1, net.room)  # what is beyond the room is dropped
        new = batch.x.astype(memo.rows.dtype), batch.y.reshape(-1).astype(memo.targets.dtype), batch.weight
        old = memo.rows, memo.targets, memo.weights
        kept = [held.at[place].set(rows, mode="drop") for held, rows in zip(old, new, strict=True)]
        changed = memo.changed | jnp.any(jnp.array([jnp.any(a != b) for a, b in zip(old, kept, strict=True)]))
        rows = jnp.sum(batch.valid)
        memo = memo._replace(rows=kept[0], targets=kept[1], weights=kept[2], seen=memo.seen + jnp.sum(counts), changed=changed)
        return net, memo, {"rows": rows}

    def conclude(self, net: KernelMachine, memo: MarginMemo) -> tuple[KernelMachine, MarginMemo]:
        order, begins, counts = self.sides(net, memo)
        rows, pairs = memo.rows[order], len(net.pairs()) or 1
        first = jnp.minimum(begins, net.room - self.width)  # a window ends with the matrix at the latest
        places = first[:, :, None] + jnp.arange(self.width)
        offset = places - begins[:, :, None]
        member = (offset >= 0) & (offset < counts[:, :, None])
        fold = jnp.arange(len(first)) // pairs - 1  # −1 for the problems with all rows
        left_out = member & (offset % FOLDS == fold[:, None, None])
        price = jnp.where(member & ~left_out, memo.c * memo.weights[order][places], 0)
        side = jnp.array([[1.0], [-1.0]])
        linear = side * (self.epsilon or 0) - memo.targets[order][places] if not net.classes else jnp.broadcast_to(-side, price.shape)
        duals = Duals(first, linear, jnp.where(side > 0, 0, -price), jnp.where(side > 0, price, 0))
        start = jnp.where(memo.changed | (memo.seen != memo.held), 0, memo.beta)
        found = solve(net.likeness(rows, rows), duals, start, memo.tolerance, memo.most)
        bias = -offsets(duals, found)
        return net, memo._replace(
            seen=jnp.zeros_like(memo.seen),
            held=memo.seen,
            changed=jnp.zeros_like(memo.changed),
            beta=found.beta,
            bias=bias,
            decisions=found.errors - linear + bias[:, None, None],
            places=places,
            left_out=left_out,
            gap=jnp.max(found.gap),
            rounds=found.rounds,
            objective=jnp.sum(objectives(duals, found)[:pairs]),
            widest=jnp.max(counts),
        )

    def sides(self, net: KernelMachine, memo: MarginMemo) -> tuple[Array, Array, Array]:
        """The order `(room,)` of the rows by class; where both sides of each problem begin in it, and how many rows they have.

        The problems are the pairs of classes, and for probabilities these once more for each fold. Both sides of a regressor are all rows.
        """
        if not net.classes:
            return jnp.arange(net.room), jnp.zeros((1, 2), int), jnp.full((1, 2), memo.seen)
        labels = jnp.where(jnp.arange(net.room) < memo.seen, memo.targets.astype(int), net.classes)
        counts = jnp.sum(labels[:, None] == jnp.arange(net.classes), axis=0)
        pairs = jnp.tile(net.pairs(), (1 + FOLDS * self.probability, 1))
        return jnp.argsort(labels, stable=True), (jnp.cumsum(counts) - counts)[pairs], counts[pairs]

    def finish(self, net: KernelMachine, memo: MarginMemo) -> KernelMachine:
        if not int(memo.held) or int(memo.seen):  # nothing was solved yet, or rows are being collected
            return net
        if int(memo.held) > net.room or int(memo.widest) > self.width:
            what = f"{int(memo.held)} rows came, {int(memo.widest)} of one class, but there is room for {net.room} and {self.width}"
            raise DataError(what, remedy="pass arrays, not a stream, or call meet(x, y) with all rows first")
        if float(memo.gap) > self.tolerance:
            what = f"the search stopped after {int(memo.rounds)} rounds with conditions violated by {float(memo.gap):.2g}"
            remedy = "Scale the features, take a smaller C, or fit another epoch, which goes on from here."
            warnings.warn(f"{what}, not {self.tolerance:g}. {remedy}", ConvergenceWarning, stacklevel=2)
        held, rows, targets = int(memo.held), np.asarray(memo.rows), np.asarray(memo.targets)
        order = np.argsort(targets[:held], kind="stable") if net.classes else np.arange(held)
        pairs = len(net.pairs()) or 1
        coefficients = np.zeros((net.room, pairs), np.float32)
        np.add.at(coefficients, (np.asarray(memo.places)[:pairs], np.arange(pairs)[:, None, None]), np.asarray(memo.beta)[:pairs])
        support = np.flatnonzero(np.any(coefficients != 0, axis=1))
        own = order[support]
        room = next(size for size in (net.room // 4, net.room // 2, net.room) if size >= len(own))  # few shapes: little is compiled
        fill = ((0, room - len(own)), (0, 0))
        return net.set(
            vectors=jnp.asarray(np.pad(rows[own], fill)),
            support=jnp.asarray(np.pad(own, fill[0], constant_values=-1)),
            labels=jnp.asarray(np.pad(targets[own], fill[0])),
            coefficients=jnp.asarray(np.pad(coefficients[support], fill)),
            bias=jnp.asarray(np.asarray(memo.bias)[:pairs]),
            sigmoids=jnp.asarray(self.sigmoids(pairs, memo), jnp.float32) if self.probability else net.sigmoids,
        )

    def sigmoids(self, pairs: int, memo: MarginMemo) -> np.ndarray:
        """A and B of each pair, from decisions on folds that were not learned from."""
        decisions, out = (np.asarray(a).reshape(1 + FOLDS, pairs, 2, -1)[1:] for a in (memo.decisions, memo.left_out))
        return np.array([fit_sigmoid(*(decisions[:, p, half][out[:, p, half]].astype(float) for half in range(2))) for p in range(pairs)])

    def assess(self, net: KernelMachine, batch: Batch) -> dict[str, Any]:
        count, decisions = jnp.sum(batch.valid), net.decide(batch.x)
        if not net.classes:
            error = jnp.abs(decisions[:, 0] - batch.y.reshape(-1))
            beyond = jnp.maximum(error - (self.epsilon or 0), 0)
            return {name: (jnp.sum(value * batch.valid), count) for name, value in (("loss", beyond), ("mae", error), ("mse", error**2))}
        labels, (first, second) = batch.y.reshape(-1).astype(int)[:, None], net.pairs().T
        sides = jnp.where(labels == first, 1, jnp.where(labels == second, -1, 0))  # 0 for the pairs that a row has no part in
        hinge = jnp.sum(jnp.where(sides != 0, jnp.maximum(1 - sides * decisions, 0), 0), axis=1) / (net.classes - 1)
        right = jnp.argmax(net.scores(decisions), axis=1) == labels[:, 0]
        return {"loss": (jnp.sum(hinge * batch.valid), count), "accuracy": (jnp.sum(right * batch.valid), count)}
