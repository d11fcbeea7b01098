"""The perceptron's error-correction rule: the second learner, and the oldest."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.activations import activation_named
from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, describe
from neuralzoo.core.record import walk
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.learn.least_squares import as_outputs

BLOCK = 64  # rows whose products with each other are one matrix product; the rule then goes row by row through sums only


class PocketMemo(NamedTuple):
    """What `PerceptronRule(pocket=True)` carries; the network itself holds the weights in the pocket.

    kernel, bias: the weights that learn.
    run: `(units,)`, how many rows in a row each unit has got right since it last moved.
    best: `(units,)`, the longest run so far, that of the weights in the pocket.
    wrong: `(units,)`, mistakes of this epoch.
    """

    kernel: Float[Array, "in units"]
    bias: Any
    run: Float[Array, " units"]
    best: Float[Array, " units"]
    wrong: Float[Array, " units"]


class PerceptronRule(Learner):
    """w ← w + rate · (target − output) · x for each row that is wrong; rows that are right change nothing.

    Teaches one `Dense` layer of threshold units: activation "step" with targets 0 and 1, or "sign" with −1 and +1. Targets that
    are whole numbers are classes where there are several units, one for each class. With linearly separable rows the number of
    mistakes is at most (R/γ)², R being the longest row and γ the margin.

    Fields:
        rate: how far a mistake moves the weights.
        online: correct after each row, as Rosenblatt did; False corrects once for a batch.
        pocket: keep the weights with the longest run of right answers, for rows that no plane separates; those of an epoch
            without a mistake are kept in any case.

    References: F. Rosenblatt, "The perceptron", Psychological Review 65, 1958; the bound: A. Novikoff, 1962; the pocket:
    S. Gallant, "Perceptron-based learning algorithms", IEEE Transactions on Neural Networks 1, 1990.
    """

    rate: float = 1.0
    online: bool = True
    pocket: bool = False

    def check(self, net: Layer) -> None:
        dense = [layer for layer in walk(net) if isinstance(layer, Dense)]
        if len(dense) != 1 or dense[0].activation not in ("step", "sign"):
            found = ", ".join(describe(layer) for layer in dense) or "none"
            raise ArgumentError(
                "the perceptron rule teaches one Dense layer with activation 'step' or 'sign'",
                where=f"Dense layers found: {found}",
                remedy="use one such layer, or compile the network with an optimizer and a loss",
            )

    def init(self, net: Layer) -> Any:
        if not self.pocket:
            return ()
        layer = next(layer for layer in walk(net) if isinstance(layer, Dense))
        none = jnp.zeros(layer.units)
        return PocketMemo(layer.kernel, layer.bias, none, none, none)

    def step(self, net: Layer, memo: Any, batch: Batch, key: Key) -> tuple[Layer, Any, dict[str, Any]]:
        x, layer = _before_dense(net, batch.x)
        pocket, target = layer, targets(batch.y, layer)
        if self.pocket:
            layer = layer.set(kernel=memo.kernel, bias=memo.bias)
        size = min(BLOCK, len(x)) if self.online else len(x)
        filling = -len(x) % size
        parts = [jnp.pad(a, ((0, filling), *((0, 0),) * (a.ndim - 1))) for a in (x, target, batch.valid, batch.valid * batch.weight)]
        blocks = [a.reshape(-1, size, *a.shape[1:]) for a in parts]

        def block(carry: Any, rows: Any) -> tuple[Any, Array]:
            layer, memo, pocket = carry
            sums, memo, kept = (self._row_by_row if self.online else self._at_once)(layer, memo, *rows)
            x, target, _, share = rows
            error = (target - activation_named(layer.activation)(sums)) * share[:, None]
            if self.pocket:
                until = jnp.arange(len(x))[:, None] < kept
                pocket = _select(kept >= 0, _moved(layer, x, self.rate * error * until), pocket)
            return (_moved(layer, x, self.rate * error), memo, pocket), sums

        (layer, memo, pocket), sums = lax.scan(block, (layer, memo, pocket), blocks)
        sums = sums.reshape(-1, layer.units)[: len(x)]
        if self.pocket:
            memo = memo._replace(kernel=layer.kernel, bias=layer.bias)
        return _replace_dense(net, pocket if self.pocket else layer), memo, self._statistics(layer, sums, target, batch)

    def _row_by_row(self, layer: Dense, memo: Any, x: Any, target: Any, valid: Any, share: Any) -> tuple[Array, Any, Array]:
        """The sums `(rows, units)` at which each row finds the units, after the corrections by the rows before it.

        A correction by row i moves the sum of row j by rate · error · xᵢ·xⱼ, so the weights themselves are needed only once.
        """
        activate = activation_named(layer.activation)
        likeness = x @ x.T + (layer.bias is not None)

        def meet(i: Any, carry: Any) -> Any:
            sums, memo, kept = carry
            error = target[i] - activate(sums[i])
            if self.pocket:
                run = jnp.where(valid[i] > 0, jnp.where(error == 0, memo.run + 1, 0), memo.run)
                kept = jnp.where(run > memo.best, i, kept)
                memo = memo._replace(run=run, best=jnp.maximum(run, memo.best), wrong=memo.wrong + (error != 0) * valid[i])
            change = self.rate * share[i] * likeness[i][:, None] * error
            return jnp.where(jnp.arange(len(x))[:, None] > i, sums + change, sums), memo, kept

        return lax.fori_loop(0, len(x), meet, (_sums(layer, x), memo, jnp.full(layer.units, -1)))

    def _at_once(self, layer: Dense, memo: Any, x: Any, target: Any, valid: Any, share: Any) -> tuple[Array, Any, Array]:
        """The same for one correction by all rows together; a run is then the number of rows of the batch that are right."""
        sums, kept = _sums(layer, x), jnp.full(layer.units, -1)
        if self.pocket:
            wrong = valid @ (activation_named(layer.activation)(sums) != target)
            run = valid.sum() - wrong
            kept = jnp.where(run > memo.best, 0, kept)
            memo = memo._replace(run=run, best=jnp.maximum(run, memo.best), wrong=memo.wrong + wrong)
        return sums, memo, kept

    def conclude(self, net: Layer, memo: Any) -> tuple[Layer, Any]:
        if not self.pocket:
            return net, memo
        pocket = next(layer for layer in walk(net) if isinstance(layer, Dense))
        right = pocket.set(kernel=memo.kernel, bias=memo.bias)
        return _replace_dense(net, _select(memo.wrong == 0, right, pocket)), memo._replace(wrong=jnp.zeros_like(memo.wrong))

    def assess(self, net: Layer, batch: Batch) -> dict[str, Any]:
        x, layer = _before_dense(net, batch.x)
        return self._statistics(layer, _sums(layer, x), targets(batch.y, layer), batch)

    def _statistics(self, layer: Dense, sums: Array, target: Array, batch: Batch) -> dict[str, Any]:
        """Mistakes are rows that some unit gets wrong; a row of several classes is right where the unit of its class leads."""
        missed = jnp.any(activation_named(layer.activation)(sums) != target, axis=1)
        led = sums.argmax(axis=1) == target.argmax(axis=1)
        right = led if layer.units > 1 and jnp.issubdtype(batch.y.dtype, jnp.integer) else ~missed
        return {"mistakes": jnp.sum(missed * batch.valid), "accuracy": (jnp.sum(right * batch.valid), jnp.sum(batch.valid))}

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        right, count = logs["accuracy"]
        return {"loss": (count - right) / max(count, 1), "accuracy": right / max(count, 1), "mistakes": logs["mistakes"]}


def targets(y: Any, layer: Dense) -> Float[Array, "rows units"]:
    """What each unit should answer: classes, where there are several units, as the one unit that is on."""
    if layer.units == 1 or not jnp.issubdtype(y.dtype, jnp.integer):
        return y.reshape(len(y), -1).astype(layer.kernel.dtype)
    on = as_outputs(y, layer.units)
    return on if layer.activation == "step" else 2 * on - 1


def _sums(layer: Dense, x: Array) -> Float[Array, "rows units"]:
    return layer.set(activation=None)(x)


def _moved(layer: Dense, x: Array, change: Array) -> Dense:
    """The layer after a change `(rows, units)` of its weights along each row of x."""
    moved = layer.set(kernel=layer.kernel + x.T @ change)
    return moved if layer.bias is None else moved.set(bias=layer.bias + change.sum(axis=0))


def _select(which: Array, one: Dense, other: Dense) -> Dense:
    """The layer whose units are those of `one` where `which`, else those of `other`."""
    return jax.tree.map(lambda a, b: jnp.where(which, a, b), one, other)


def _before_dense(net: Layer, x: Any) -> tuple[Array, Dense]:
    """The Dense layer of a network that has one, and its input."""
    if isinstance(net, Dense):
        return x, net
    assert isinstance(net, Chain)
    for layer in net.layers:
        if isinstance(layer, Dense):
            return x, layer
        x = layer(x)
    raise AssertionError("check() lets no network without a Dense layer pass")


def _replace_dense(net: Layer, dense: Dense) -> Layer:
    if isinstance(net, Dense):
        return dense
    assert isinstance(net, Chain)
    return net.set(layers=tuple(dense if isinstance(layer, Dense) else layer for layer in net.layers))
