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
        rule: of each layer; `Contrastive` for restricted Boltzmann machines.
        epochs: passes over the data for each layer.

    Reference: G. Hinton, S. Osindero, Y.-W. Teh, "A fast learning algorithm for deep belief nets", Neural Computation 18, 2006.
    """

    rule: Learner = Contrastive()
    epochs: int = 10

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ArgumentError(f"Greedy(epochs={self.epochs}) is not possible", remedy="give each layer at least 1 epoch")

    def check(self, net: Layer) -> None:
        layers = net.layers if isinstance(net, Chain) else ()
        if not layers or not all(isinstance(layer, RestrictedBoltzmann) for layer in layers):
            what = f"greedy learning is for a chain of RestrictedBoltzmann layers, not {describe(net)}"
            raise ArgumentError(what, remedy="compile with a loss")

    def stages(self, net: Any) -> tuple[Any, ...]:
        """What learns one after the other, from the data on."""
        return net.layers

    def restaged(self, net: Any, stages: tuple[Any, ...]) -> Any:
        """The network with stages in the place of its own."""
        return net.set(layers=stages)

    def above(self, stage: Any, rows: Any) -> Any:
        """What a stage makes of rows for the one above it."""
        return stage(rows)

    def rule_of(self, stage: Any) -> Learner:
        """The rule with the rate that suits the stage's visible units."""
        rule = self.rule
        return rule.set(rate=rule.rate / 10) if isinstance(rule, Contrastive) and stage.visible == "gaussian" else rule

    def init(self, net: Any) -> GreedyMemo:
        return GreedyMemo(tuple(self.rule_of(stage).init(stage) for stage in self.stages(net)), jnp.zeros((), jnp.int32))

    def step(self, net: Any, memo: GreedyMemo, batch: Batch, key: Key) -> tuple[Any, GreedyMemo, dict[str, Any]]:
        stages = self.stages(net)
        turn = jnp.minimum(memo.epoch // self.epochs, len(stages) - 1)

        def learn(i: int) -> Any:
            below = batch.x
            for stage in stages[:i]:
                below = self.above(stage, below)
            learned, own, logs = self.rule_of(stages[i]).step(stages[i], memo.memos[i], batch._replace(x=below), key)
            return (*stages[:i], learned, *stages[i + 1 :]), (*memo.memos[:i], own, *memo.memos[i + 1 :]), logs

        stages, memos, logs = lax.switch(turn, [lambda i=i: learn(i) for i in range(len(stages))])
        logs["layer"] = mean_statistics(jnp.full(len(batch.valid), turn + 1.0), batch.valid)
        return self.restaged(net, stages), GreedyMemo(memos, memo.epoch), logs

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
