"""Learning a linear machine by the squared hinge: one pass over the rows for each step of a quasi-Newton method."""

import math
from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, describe
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.learner import Batch, Learner, mean_statistics

REMEMBERED = 20  # steps from which the curvature is learned
DENSE = 4096  # features up to which the metric is the inverse of a matrix; above, of its diagonal
OWN = 2**25  # numbers in the metrics of all classes, up to which each class has its own
AGAIN = 14  # passes after which the curvature is measured once more, where few rows violate their margins by now
SHARE = 4  # then, of that many rows of a batch one is looked at, which violate their margins
ENOUGH = 1e-4  # share of the decrease that the slope promises, from which a step is taken
ROUNDING = 1e-6  # of an objective that is summed in 32 bits


class HingeMemo(NamedTuple):
    """What `SquaredHinge` remembers; the last feature is the bias.

    c: the price of a violation.
    metric: `(classes or 1, features, features)`, or a diagonal `(features,)`: sums of a pass, and from its end their inverse.
    losses, slopes: sums of this pass at `trial`: squared violations of each class, and their gradient.
    trial, point: the weights that this pass looks at, and the best so far.
    value, gradient: the objective of each class at `point`.
    heading, stride: the direction from `point`, and how far along it `trial` is.
    moves, bends: `(REMEMBERED, features, classes)`, steps taken, and how the gradient changed along them, oldest first.
    passes: how many have ended.
    """

    c: Float[Array, ""]
    metric: Float[Array, "..."]
    losses: Float[Array, " classes"]
    slopes: Float[Array, "features classes"]
    trial: Float[Array, "features classes"]
    point: Float[Array, "features classes"]
    value: Float[Array, " classes"]
    gradient: Float[Array, "features classes"]
    heading: Float[Array, "features classes"]
    stride: Float[Array, " classes"]
    moves: Float[Array, "remembered features classes"]
    bends: Float[Array, "remembered features classes"]
    passes: Int[Array, ""]


class SquaredHinge(Learner):
    """½‖w‖² + C Σ max(0, 1 − y w·x)², the least for each class against the rest: what LIBLINEAR minimises, the bias among the weights.

    A pass adds up the objective and its gradient; at its end each class takes a step of L-BFGS, or half of the last one where that went
    too far. The first step is Newton's: all rows violate their margins then, so the curvature is the Gram matrix of all rows; its inverse
    stays the metric. Later it is measured once more, for each class on the rows that violate its margin. Rows may come from a
    stream, in any order.

    Fields:
        c: the price C, times the weight of each row.

    References: R.-E. Fan et al., "LIBLINEAR", JMLR 9, 2008; D. Liu, J. Nocedal, "On the limited memory BFGS method", Mathematical
    Programming 45, 1989.
    """

    c: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.c < math.inf:
            raise ArgumentError(f"C is {self.c}", remedy="give the price of a violation as a number above 0; 1 is usual")

    def check(self, net: Layer) -> None:
        if not isinstance(net, Dense) or net.activation not in (None, "linear") or not net.use_bias:
            remedy = "use one Dense(classes) with a bias and without an activation"
            raise ArgumentError("the squared hinge teaches one linear layer", where=f"the network is {describe(net)}", remedy=remedy)

    def compiled(self) -> Self:
        return self.set(c=1.0)  # C lives in the memo, so another C compiles nothing

    def init(self, net: Dense) -> HingeMemo:
        features, classes = net.kernel.shape[0] + 1, net.kernel.shape[1]
        weights, each, steps = jnp.zeros((features, classes)), jnp.zeros(classes), jnp.zeros((REMEMBERED, features, classes))
        copies, never = classes if classes * features**2 <= OWN else 1, jnp.full(classes, jnp.inf)
        metric = jnp.zeros((copies, features, features) if features <= DENSE else features)
        return HingeMemo(
            jnp.float32(self.c), metric, each, weights, weights, weights, never, weights, weights, each, steps, steps, jnp.zeros((), int)
        )

    def step(self, net: Dense, memo: HingeMemo, batch: Batch, key: Key) -> tuple[Dense, HingeMemo, dict[str, Any]]:
        x, share = batch.x.astype(memo.trial.dtype), batch.weight * batch.valid
        scores = x @ memo.trial[:-1] + memo.trial[-1]
        signs, violations = against_the_rest(batch.y, scores)
        pull = -2 * share[:, None] * signs * violations
        slopes = jnp.concatenate([x.T @ pull, jnp.sum(pull, axis=0, keepdims=True)])
        metric = _add_all(memo.metric, x, share, _measuring(memo) == 1)
        metric = _add_violating(metric, x, share, violations, _measuring(memo) == 2)
        losses = memo.losses + share @ violations**2
        return net, memo._replace(metric=metric, losses=losses, slopes=memo.slopes + slopes), self.assessed(batch, scores)

    def conclude(self, net: Dense, memo: HingeMemo) -> tuple[Dense, HingeMemo]:
        value = 0.5 * jnp.sum(memo.trial**2, axis=0) + memo.c * memo.losses
        gradient = memo.trial + memo.c * memo.slopes
        measured = _measuring(memo)
        metric = _inverted(memo.metric, 2 * memo.c, measured)
        slope = jnp.sum(memo.gradient * memo.heading, axis=0)
        better = value <= memo.value + ENOUGH * memo.stride * slope + ROUNDING * value
        taken = better & (memo.passes > 0)
        moves = jnp.where(taken, _pushed(memo.moves, memo.trial - memo.point), memo.moves) * (measured == 0)
        bends = jnp.where(taken, _pushed(memo.bends, gradient - memo.gradient), memo.bends) * (measured == 0)
        point, value, gradient = (
            jnp.where(better, new, old) for new, old in ((memo.trial, memo.point), (value, memo.value), (gradient, memo.gradient))
        )
        fresh = better | (measured > 0)
        heading = jnp.where(fresh, -_curved(gradient, metric, moves, bends), memo.heading)
        stride = jnp.where(fresh, 1.0, memo.stride / 2)
        next_ = memo._replace(passes=memo.passes + 1)
        metric = _emptied(metric, _measuring(next_) > 0)  # room for the sums of the next pass
        return net, memo._replace(
            metric=metric, losses=jnp.zeros_like(value), slopes=jnp.zeros_like(gradient), trial=point + stride * heading, point=point,
            value=value, gradient=gradient, heading=heading, stride=stride, moves=moves, bends=bends, passes=memo.passes + 1,
        )  # fmt: skip

    def finish(self, net: Dense, memo: HingeMemo) -> Dense:
        return net.set(kernel=memo.point[:-1], bias=memo.point[-1]) if int(memo.passes) else net

    def assess(self, net: Dense, batch: Batch) -> dict[str, Any]:
        return self.assessed(batch, net(batch.x.astype(net.kernel.dtype)))

    def assessed(self, batch: Batch, scores: Float[Array, "batch classes"]) -> dict[str, Any]:
        """The sum over classes of the squared violations, and whether the best score is the right one."""
        violations = against_the_rest(batch.y, scores)[1]
        right = jnp.argmax(scores, axis=1) == batch.y.reshape(-1)
        return {
            "loss": mean_statistics(jnp.sum(violations**2, axis=1), batch.valid),
            "accuracy": mean_statistics(right.astype(scores.dtype), batch.valid),
        }


def against_the_rest(y: Any, scores: Float[Array, "batch classes"]) -> tuple[Array, Array]:
    """1 in the column of each row's class and −1 elsewhere; and max(0, 1 − sign · score)."""
    signs = 2 * jax.nn.one_hot(y.reshape(-1).astype(int), scores.shape[1]) - 1
    return signs, jnp.maximum(1 - signs * scores, 0)


def _measuring(memo: HingeMemo) -> Any:
    """1 in the pass that measures the curvature of all rows, 2 in that which measures it for each class, else 0."""
    again = 2 if _own(memo.metric, memo.trial.shape[1]) else 0
    return jnp.where(memo.passes == 0, 1, jnp.where(memo.passes == AGAIN, again, 0))


def _where(wanted: Any, times: int, change: Any, held: Any) -> Any:
    """`change(k, held)` for k = 0 … times − 1 where `wanted`; a loop of no rounds, unlike a condition, copies nothing."""
    return lax.fori_loop(0, jnp.where(wanted, times, 0), change, held)


def _with_ones(x: Any) -> Any:
    return jnp.concatenate([x, jnp.ones((len(x), 1), x.dtype)], axis=1)


def _add_all(gram: Any, x: Any, share: Any, wanted: Any) -> Any:
    """Adds the Gram matrix of the rows to the first of the matrices, or its diagonal."""

    def add(k: Any, gram: Any) -> Any:
        rows, own = _with_ones(x), share * (k == 0)  # what depends on the round is not computed before the loop
        return gram + own @ rows**2 if gram.ndim == 1 else gram.at[0].add((rows * own[:, None]).T @ rows)

    return _where(wanted, 1, add, gram)


def _add_violating(gram: Any, x: Any, share: Any, violations: Any, wanted: Any) -> Any:
    """Adds the Gram matrix of the rows that violate each class's margin, of some of them where they are many."""
    if not _own(gram, violations.shape[1]):
        return gram

    def add(k: Any, gram: Any) -> Any:
        active = share * (violations[:, k] > 0)
        rows = jnp.nonzero(active, size=-(-len(x) // SHARE), fill_value=len(x))[0]
        some = jnp.take(active, rows, mode="fill", fill_value=0)
        seen = _with_ones(jnp.take(x, rows, axis=0, mode="clip"))
        scale = jnp.sum(active) / jnp.maximum(jnp.sum(some), 1e-30)
        return gram.at[k].add((seen * (scale * some)[:, None]).T @ seen)

    return _where(wanted, len(gram), add, gram)


def _own(metric: Any, classes: int) -> bool:
    """Whether each class has a metric of its own."""
    return metric.ndim == 3 and len(metric) == classes


def _inverted(gram: Any, scale: Any, measured: Any) -> Any:
    """The inverses of I + scale · gram where it was measured; of the first matrix for all of them in the first pass."""
    if gram.ndim == 1:
        return jnp.where(measured > 0, 1 / (1 + scale * gram), gram)

    def invert(one: Any) -> Any:
        unit = jnp.eye(len(one))
        return jax.scipy.linalg.cho_solve(jax.scipy.linalg.cho_factor(unit + scale * one), unit)

    def set_one(k: Any, gram: Any) -> Any:
        return gram.at[k].set(lax.cond((k == 0) | (measured == 2), lambda: invert(gram[k]), lambda: gram[0]))

    return _where(measured > 0, len(gram), set_one, gram)


def _emptied(metric: Any, wanted: Any) -> Any:
    if metric.ndim == 1:
        return jnp.where(wanted, 0, metric)
    return _where(wanted, len(metric), lambda k, held: held.at[k].set(0), metric)


def _pushed(steps: Any, newest: Any) -> Any:
    return jnp.concatenate([steps[1:], newest[None]])


def _curved(gradient: Any, metric: Any, moves: Any, bends: Any) -> Any:
    """The gradient times the inverse curvature that the moves tell of, class by class; moves along which nothing bends say nothing."""
    along = jnp.sum(moves * bends, axis=1)
    useful = along > 1e-10 * jnp.sum(bends * bends, axis=1)
    inverse = jnp.where(useful, 1 / jnp.where(useful, along, 1), 0)

    def measure(v: Any) -> Any:
        if metric.ndim == 1:
            return metric[:, None] * v
        return metric[0] @ v if len(metric) == 1 else jnp.einsum("kij,jk->ik", metric, v)

    def back(rest: Any, step: Any) -> tuple[Any, Any]:
        move, bend, share = step
        amount = share * jnp.sum(move * rest, axis=0)
        return rest - amount * bend, amount

    def forth(found: Any, step: Any) -> tuple[Any, None]:
        move, bend, share, amount = step
        return found + move * (amount - share * jnp.sum(bend * found, axis=0)), None

    rest, amounts = lax.scan(back, gradient, (moves, bends, inverse), reverse=True)
    newest = bends[-1]
    scale = jnp.where(useful[-1], along[-1] / jnp.maximum(jnp.sum(newest * measure(newest), axis=0), 1e-30), 1.0)
    return lax.scan(forth, scale * measure(rest), (moves, bends, inverse, amounts))[0]
