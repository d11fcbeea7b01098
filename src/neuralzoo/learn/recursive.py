"""Recursive least squares: the read-out corrected after every row, as if all rows so far had been solved for again."""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer
from neuralzoo.kernels.double import Pair, enable_x64, narrowed, widened
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.learn.least_squares import LeastSquares, as_rows, before_read_out, read_out, with_read_out


class RecursiveMemo(NamedTuple):
    """What `RecursiveLeastSquares` carries, in double precision.

    spread: `(features, features)`, the inverse of the sum of h hᵀ, faded, plus ridge·I.
    weights: `(features, outputs)`, those of the read-out, the bias last.
    count: rows so far, the sum of their weights.
    """

    spread: Pair
    weights: Pair
    count: Float[Array, ""]


class RecursiveLeastSquares(Learner):
    """k = P h / (forgetting + h·P h); W ← W + k (y - h·W); P ← (P - k (P h)ᵀ) / forgetting, for each row in turn.

    After every row the last `Dense` layer of the chain has the weights of ridge regression on all rows so far, those from n rows ago
    counting forgetting^n; the bias is penalised too. Rows are taken in their order. "loss" is the squared error before each
    correction. The work of a row is features², its rounding that of float64.

    Fields:
        ridge: of the penalty that it begins with: P starts as I / ridge.
        forgetting: how much a row counts one row later, within (0, 1].
        washout: steps at the start of each sequence that are not learned from; of the first alone, where others go on from it.
        ordered: True, rows are never shuffled.

    References: R. Plackett, "Some theorems in least squares", Biometrika 37, 1950; on reservoirs: D. Sussillo, L. Abbott, "Generating
    coherent patterns of activity from chaotic neural networks" (FORCE), Neuron 63, 2009.
    """

    ordered = True  # type: ignore[assignment]

    ridge: float = 1e-2
    forgetting: float = 1.0
    washout: int = 0

    def __post_init__(self) -> None:
        if not self.ridge > 0 or not 0 < self.forgetting <= 1 or self.washout < 0:
            what = f"RecursiveLeastSquares(ridge={self.ridge}, forgetting={self.forgetting}, washout={self.washout}) is not possible"
            raise ArgumentError(what, remedy="ridge is above 0, forgetting above 0 and not above 1, washout at least 0")

    def check(self, net: Layer) -> None:
        LeastSquares().check(net)

    def init(self, net: Any) -> RecursiveMemo:
        last = read_out(net)
        weights = last.kernel if last.bias is None else jnp.concatenate([last.kernel, last.bias[None]])
        spread = jnp.eye(len(weights)) / self.ridge
        return RecursiveMemo(Pair(spread, jnp.zeros_like(spread)), Pair(weights, jnp.zeros_like(weights)), jnp.zeros(()))

    def step(self, net: Any, memo: RecursiveMemo, batch: Batch, key: Key) -> tuple[Any, RecursiveMemo, dict[str, Any]]:
        h, after = before_read_out(net, batch.x, key)
        h, y, share = as_rows(batch, h, read_out(net), jnp.where(memo.count > 0, 0, self.washout))
        with enable_x64(True):
            start = widened(memo.spread), widened(memo.weights)
            rows = tuple(a.astype(jnp.float64) for a in (h, y, share))
            (spread, weights), squares = lax.scan(self.correct, start, rows)
            spread, weights = narrowed(spread), narrowed(weights)
            squares = squares.astype(jnp.float32)
        memo = RecursiveMemo(spread, weights, memo.count + share.sum())
        return with_read_out(after, weights.high), memo, {"loss": (jnp.sum(squares), jnp.sum(share))}

    def correct(self, carry: Any, row: Any) -> tuple[Any, Any]:
        """One row: `(spread, weights)` after it, and its squared error before it times its share."""
        (spread, weights), (h, y, share) = carry, row
        fade = jnp.where(share > 0, self.forgetting, 1.0)
        towards, error = spread @ h, y - h @ weights
        gain = share * towards / (fade + share * (h @ towards))
        return ((spread - gain[:, None] * towards) / fade, weights + gain[:, None] * error), share * jnp.mean(error**2)

    def assess(self, net: Any, batch: Batch) -> dict[str, Any]:
        return LeastSquares(ordered=True).assess(net, batch)
