"""The rule of Boltzmann machines: what is together while rows are clamped, less what is together in dreams."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer
from neuralzoo.layers.boltzmann import Boltzmann
from neuralzoo.learn.learner import Batch, Learner, mean_statistics

COOLING = ((2, 2.0), (2, 1.5), (2, 1.2), (4, 1.0))  # sweeps at each temperature: those of 1985, where the last is 10 and not 1


class TwoPhases(Learner):
    """kernel ← kernel + rate · (⟨s sᵀ⟩ with rows clamped − ⟨s sᵀ⟩ running free), each after simulated annealing; the bias likewise.

    Fields:
        rate: of learning.
        signs: change each weight by `rate` up or down, by the sign of the difference only.
        cooling: pairs of (sweeps, temperature), ending at temperature 1.
        sweeps: over which ⟨s sᵀ⟩ is taken afterwards.
        replicas: chains for each row, in both phases.
        noise: how often a clamped 1 is turned off, and a 0 on: without it, weights of rare states grow for ever.

    Reference: D. Ackley, G. Hinton, T. Sejnowski, "A learning algorithm for Boltzmann machines", Cognitive Science 9, 1985.
    """

    rate: float = 0.2
    signs: bool = False
    cooling: tuple[tuple[int, float], ...] = COOLING
    sweeps: int = 10
    replicas: int = 2
    noise: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        if not self.rate > 0 or self.sweeps < 1 or self.replicas < 1 or not all(0 <= p < 1 for p in self.noise):
            what = f"TwoPhases(rate={self.rate}, sweeps={self.sweeps}, replicas={self.replicas}, noise={self.noise}) is not possible"
            raise ArgumentError(what, remedy="rate is above 0, sweeps and replicas are at least 1, noise are two shares below 1")
        if not all(n >= 0 and t > 0 for n, t in self.cooling):
            raise ArgumentError(f"the cooling {self.cooling} is not possible", remedy="give pairs of (sweeps, temperature above 0)")

    def check(self, net: Layer) -> None:
        if not isinstance(net, Boltzmann):
            raise ArgumentError(f"TwoPhases teaches a Boltzmann layer, not {net!r}", remedy="use it with BoltzmannMachine")

    def step(self, net: Boltzmann, memo: Any, batch: Batch, key: Key) -> tuple[Boltzmann, Any, dict[str, Any]]:
        change = self.difference(net, batch, key)
        change = self.rate * (jnp.sign(change) if self.signs else change)
        after = net.set(kernel=net.kernel + net.links * change, bias=net.bias + jnp.diag(change))
        return after, memo, self.assess(net, batch)

    def difference(self, net: Boltzmann, batch: Batch, key: Key) -> Float[Array, "units units"]:
        """⟨s sᵀ⟩ clamped less ⟨s sᵀ⟩ free, estimated."""
        noise, start, settle, collect = jax.random.split(key, 4)
        x = jnp.repeat(batch.x.astype(net.kernel.dtype), self.replicas, axis=0)
        share = jnp.repeat(batch.weight * batch.valid, self.replicas)
        share = share / jnp.maximum(share.sum(), 1e-9)
        flipped = jax.random.uniform(noise, x.shape) < jnp.where(x > 0.5, *self.noise)
        first = (jax.random.uniform(start, (2, len(x), len(net.bias))) < 0.5).astype(x.dtype)
        clamped = first[0].at[:, : x.shape[1]].set(jnp.where(flipped, 1 - x, x))
        pairs = []
        for phase, s in enumerate((clamped, first[1])):
            free = jnp.ones(len(net.bias)) if phase else (jnp.arange(len(net.bias)) >= x.shape[1]).astype(x.dtype)
            s = net.anneal(s, jax.random.fold_in(settle, phase), self.cooling, free)
            pairs.append(net.activity(s, jax.random.fold_in(collect, phase), self.sweeps, free, share)[0])
        return pairs[0] - pairs[1]

    def assess(self, net: Boltzmann, batch: Batch) -> dict[str, Any]:
        x = batch.x.astype(net.kernel.dtype)
        s = jnp.concatenate([x, net(x)], axis=1)
        again = jax.nn.sigmoid(s @ net.kernel + net.bias)[:, : x.shape[1]]
        return {"loss": mean_statistics(jnp.mean((x - again) ** 2, axis=1), batch.valid)}
