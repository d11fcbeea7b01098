"""Greedy learning of a stack of restricted Boltzmann machines: each learns what the ones below make of the data."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Int

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, describe
from neuralzoo.layers.restricted_boltzmann import RestrictedBoltzmann
from neuralzoo.learn.contrastive import Contrastive
from neuralzoo.learn.learner import Batch, Learner, mean_statistics


class GreedyMemo(NamedTuple):
    """What `Greedy` carries from step to step.

    memos: of each layer's rule.
    epoch: epochs that are over, which tells whose turn it is.
    """

    memos: tuple[Any, ...]
    epoch: Int[Array, ""]


class Greedy(Learner):
    """Layer after layer, `epochs` each, by `rule`: the rows of a layer are the hidden probabilities of the one below.

    The first layer of Gaussian units learns at a tenth of the rate. Once every layer had its turn, the last one learns on. Read: the
    layer's number ("layer", from 1), its "loss" and "free_energy". Assessed is the reconstruction through the whole stack.

    Fields:
        rule: of each layer.
        epochs: passes over the data for each layer.

    Reference: G. Hinton, S. Osindero, Y.-W. Teh, "A fast learning algorithm for deep belief nets", Neural Computation 18, 2006.
    """

    rule: Contrastive = Contrastive()
    epochs: int = 10

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ArgumentError(f"Greedy(epochs={self.epochs}) is not possible", remedy="give each layer at least 1 epoch")

    def check(self, net: Layer) -> None:
        layers = net.layers if isinstance(net, Chain) else ()
        if not layers or not all(isinstance(layer, RestrictedBoltzmann) for layer in layers):
            what = f"greedy learning is for a chain of RestrictedBoltzmann layers, not {describe(net)}"
            raise ArgumentError(what, remedy="compile with a loss")

    def init(self, net: Chain) -> GreedyMemo:
        return GreedyMemo(tuple(self.rule_of(layer).init(layer) for layer in machines(net)), jnp.zeros((), jnp.int32))

    def rule_of(self, layer: Any) -> Contrastive:
        """The rule with the rate that suits the layer's visible units."""
        return self.rule.set(rate=self.rule.rate / 10) if layer.visible == "gaussian" else self.rule

    def step(self, net: Chain, memo: GreedyMemo, batch: Batch, key: Key) -> tuple[Chain, GreedyMemo, dict[str, Any]]:
        turn = jnp.minimum(memo.epoch // self.epochs, len(net.layers) - 1)

        def learn(i: int) -> Any:
            below = batch.x
            for layer in machines(net)[:i]:
                below = layer(below)
            layer, own, logs = self.rule_of(machines(net)[i]).step(machines(net)[i], memo.memos[i], batch._replace(x=below), key)
            layers, memos = list(net.layers), list(memo.memos)
            layers[i], memos[i] = layer, own
            return tuple(layers), tuple(memos), logs

        layers, memos, logs = lax.switch(turn, [lambda i=i: learn(i) for i in range(len(net.layers))])
        logs["layer"] = mean_statistics(jnp.full(len(batch.valid), turn + 1.0), batch.valid)
        return net.set(layers=layers), GreedyMemo(memos, memo.epoch), logs

    def conclude(self, net: Chain, memo: GreedyMemo) -> tuple[Chain, GreedyMemo]:
        return net, memo._replace(epoch=memo.epoch + 1)

    def assess(self, net: Chain, batch: Batch) -> dict[str, Any]:
        x = batch.x.astype(jnp.float32)
        return {"loss": mean_statistics(jnp.mean((x - down(net, net(x))) ** 2, axis=1), batch.valid)}

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        return self.rule.read(logs)


def machines(net: Chain) -> tuple[RestrictedBoltzmann, ...]:
    """The layers of a chain that `Greedy` teaches."""
    return net.layers  # type: ignore[return-value]


def down(net: Chain, top: Any) -> Any:
    """What hidden probabilities `(rows, units)` of the last layer say of the visible units, `(rows, visible)`, layer by layer."""
    for layer in reversed(machines(net)):
        top = layer.down(top)
    return top


def dream(net: Chain, hidden: Any, key: Key, steps: int) -> Any:
    """Means of the visible units `(rows, visible)` after `steps` steps of Gibbs sampling in the last layer, and then down, drawing."""
    *below, top = machines(net)
    h = top.gibbs(hidden, jax.random.fold_in(key, 0), steps)
    if not below:
        return h.mean
    h = h.visible
    for i, layer in enumerate(reversed(below)):
        mean = layer.down(h)
        h = layer.draw(mean, jax.random.fold_in(key, i + 1)) if i < len(below) - 1 else mean
    return h
