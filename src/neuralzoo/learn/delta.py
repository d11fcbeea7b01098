"""The delta rule of Widrow and Hoff: least mean squares, a little after each row."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, describe
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.learn.least_squares import as_outputs

BLOCK = 64  # rows whose corrections are found together, from one triangular system


class DeltaRule(Learner):
    """w ← w + rate · (target − w·x) · x after each row, for a linear `Dense` layer; the error is that before the correction.

    Whole-number targets are classes, and become columns of 0 and 1. On average it converges for rates below 2/λ, λ being the
    largest eigenvalue of the rows' mean x xᵀ (with a 1 for the bias).

    Fields:
        rate: how far an error moves the weights.
        online: correct after each row; False by the mean over a batch.
        normalized: divide each correction by |x|², so that rates between 0 and 2 converge whatever the rows are (NLMS).

    References: B. Widrow, M. Hoff, "Adaptive switching circuits", IRE WESCON, 1960; B. Widrow, S. Stearns, "Adaptive signal
    processing", 1985.
    """

    rate: float = 0.01
    online: bool = True
    normalized: bool = False

    def __post_init__(self) -> None:
        if not self.rate > 0 or (self.normalized and self.rate >= 2):
            raise ArgumentError(
                f"the delta rule does not converge with rate={self.rate}{', normalized' if self.normalized else ''}",
                remedy="give a rate above 0, and below 2 where it is normalized",
            )

    def check(self, net: Layer) -> None:
        if not isinstance(net, Dense) or net.activation not in (None, "linear"):
            raise ArgumentError(
                "the delta rule teaches one Dense layer without activation",
                where=f"the network is {describe(net)}",
                remedy="use Dense(units) alone, or compile the network with an optimizer and a loss",
            )

    def step(self, net: Dense, memo: Any, batch: Batch, key: Key) -> tuple[Dense, Any, dict[str, Any]]:
        x, y, share = batch.x.astype(net.kernel.dtype), as_outputs(batch.y, net.units), batch.valid * batch.weight
        size = min(BLOCK, len(x)) if self.online else len(x)
        filling = -len(x) % size
        parts = [jnp.pad(a, ((0, filling), *((0, 0),) * (a.ndim - 1))) for a in (x, y, share)]

        def block(net: Dense, rows: Any) -> tuple[Dense, Array]:
            x, y, share = rows
            lengths = jnp.sum(x**2, axis=1) + (net.bias is not None)
            pace = self.rate * share / jnp.where(lengths > 0, lengths, 1) if self.normalized else self.rate * share
            errors = y - net(x)
            if self.online:
                errors = one_after_the_other(x @ x.T + (net.bias is not None), pace, errors)
            else:
                pace = pace / jnp.maximum(share.sum(), 1e-12)
            change = pace[:, None] * errors
            moved = net.set(kernel=net.kernel + x.T @ change)
            return moved if net.bias is None else moved.set(bias=net.bias + change.sum(axis=0)), errors

        net, errors = lax.scan(block, net, [a.reshape(-1, size, *a.shape[1:]) for a in parts])
        errors = errors.reshape(-1, net.units)[: len(x)]
        return net, memo, scores(batch, y - errors, y)

    def assess(self, net: Dense, batch: Batch) -> dict[str, Any]:
        return scores(batch, net(batch.x), as_outputs(batch.y, net.units))


def one_after_the_other(likeness: Any, pace: Any, errors: Any) -> Float[Array, "rows outputs"]:
    """The errors `(rows, outputs)` met row by row, from those met at once and the products `(rows, rows)` of the rows.

    The correction by row i changes the error of a later row j by -paceᵢ · errorᵢ · xᵢ·xⱼ: a triangular system.
    """
    system = jnp.eye(len(pace)) + jnp.tril(likeness * pace[None, :], -1)
    return jax.scipy.linalg.solve_triangular(system, errors, lower=True, unit_diagonal=True)


def scores(batch: Batch, outputs: Any, y: Any) -> dict[str, Any]:
    """Additive statistics of outputs `(rows, outputs)`: mean squared error, and for classes the share whose output leads."""
    rows = jnp.sum(batch.valid)
    logs = {"loss": (jnp.sum(jnp.mean((outputs - y) ** 2, axis=1) * batch.valid), rows)}
    if jnp.issubdtype(batch.y.dtype, jnp.integer):
        logs["accuracy"] = (jnp.sum((outputs.argmax(axis=1) == y.argmax(axis=1)) * batch.valid), rows)
    return logs
