"""The perceptron's error-correction rule: the second learner, and the oldest."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, describe
from neuralzoo.core.record import walk
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.learner import Batch, Learner


class PerceptronRule(Learner):
    """w ← w + rate · (target − output) · x for each row that is wrong; rows that are right change nothing.

    Teaches one `Dense` layer of threshold units: activation "step" with targets 0 and 1, or "sign" with −1 and +1.
    With linearly separable rows the number of mistakes is at most (R/γ)², R being the longest row and γ the margin.

    Fields:
        rate: how far a mistake moves the weights.
        online: correct after each row, as Rosenblatt did; False corrects once for a batch.

    Reference: F. Rosenblatt, "The perceptron", Psychological Review 65, 1958; the bound: A. Novikoff, 1962.
    """

    rate: float = 1.0
    online: bool = True

    def check(self, net: Layer) -> None:
        dense = [layer for layer in walk(net) if isinstance(layer, Dense)]
        if len(dense) != 1 or dense[0].activation not in ("step", "sign"):
            found = ", ".join(describe(layer) for layer in dense) or "none"
            raise ArgumentError(
                "the perceptron rule teaches one Dense layer with activation 'step' or 'sign'",
                where=f"Dense layers found: {found}",
                remedy="use one such layer, or compile the network with an optimizer and a loss",
            )

    def step(self, net: Layer, memo: Any, batch: Batch, key: Key) -> tuple[Layer, Any, dict[str, Any]]:
        x, layer = _before_dense(net, batch.x)
        target = batch.y.reshape(x.shape[0], -1).astype(x.dtype)
        share = batch.valid * batch.weight

        def correct(layer: Dense, row: tuple[Array, Array, Array]) -> tuple[Dense, Float[Array, ""]]:
            x, target, share = row
            error = target - layer(x)
            moved = layer.set(kernel=layer.kernel + self.rate * x.T @ (error * share[:, None]))
            if layer.bias is not None:
                moved = moved.set(bias=layer.bias + self.rate * jnp.sum(error * share[:, None], axis=0))
            return moved, jnp.sum(jnp.any(error != 0, axis=1) * share)

        if self.online:
            singles = jax.tree.map(lambda a: a[:, None], (x, target, share))
            layer, mistakes = lax.scan(correct, layer, singles)
        else:
            layer, mistakes = correct(layer, (x, target, share))
        return _replace_dense(net, layer), memo, self._statistics(jnp.sum(mistakes), batch)

    def assess(self, net: Layer, batch: Batch) -> dict[str, Any]:
        y = net(batch.x)
        wrong = jnp.any(batch.y.reshape(y.shape) != y, axis=1)
        return self._statistics(jnp.sum(wrong * batch.valid), batch)

    def _statistics(self, mistakes: Array, batch: Batch) -> dict[str, Any]:
        return {"mistakes": mistakes, "accuracy": (jnp.sum(batch.valid) - mistakes, jnp.sum(batch.valid))}

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        right, count = logs["accuracy"]
        return {"loss": (count - right) / max(count, 1), "accuracy": right / max(count, 1), "mistakes": logs["mistakes"]}


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
