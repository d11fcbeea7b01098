"""Contrastive learning of restricted Boltzmann machines: data pull, what the machine dreams pushes."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, describe
from neuralzoo.layers.restricted_boltzmann import RestrictedBoltzmann
from neuralzoo.learn.learner import Batch, Learner, mean_statistics


class Velocity(NamedTuple):
    """The change of each array in the last step.

    kernel: `(visible, units)`.
    bias: `(units,)`.
    visible_bias: `(visible,)`.
    """

    kernel: Float[Array, "visible units"]
    bias: Float[Array, " units"]
    visible_bias: Float[Array, " visible"]


class ContrastiveMemo(NamedTuple):
    """What `Contrastive` carries from step to step.

    velocity: the last step.
    chains: `(chains, units)`, the hidden probabilities where the persistent chains stand.
    """

    velocity: Velocity
    chains: Float[Array, "chains units"]


class Contrastive(Learner):
    """kernel ← kernel + rate · (⟨v h⟩ of the data − ⟨v h⟩ of the chains), and the biases likewise; `finish` changes nothing.

    The chains of Gibbs sampling start at the data of each batch (contrastive divergence, CD-k), or go on from where the last step
    left them (persistent contrastive divergence), which fits the likelihood better where the rate is small.
    Read: "loss", the mean squared error of the reconstruction, and "free_energy", the mean over the rows.

    Fields:
        steps: k, the steps of Gibbs sampling for each step of learning.
        chains: persistent chains; 0 starts at the data each time.
        rate: of learning.
        momentum: the share of the last step that is taken once more.
        decay: of the penalty ½·decay·‖kernel‖².
        sparsity: the mean activity wanted of each hidden unit, or None.
        sparsity_cost: how strongly the hidden biases are drawn to it.

    References: G. Hinton, "Training products of experts by minimizing contrastive divergence", Neural Computation 14, 2002;
    T. Tieleman, "Training restricted Boltzmann machines using approximations to the likelihood gradient", ICML 2008;
    H. Lee, C. Ekanadham, A. Ng, "Sparse deep belief net model for visual area V2", NIPS 2007.
    """

    steps: int = 1
    chains: int = 0
    rate: float = 0.05
    momentum: float = 0.5
    decay: float = 0.0002
    sparsity: float | None = None
    sparsity_cost: float = 0.1

    def __post_init__(self) -> None:
        if self.steps < 1 or self.chains < 0:
            what = f"Contrastive(steps={self.steps}, chains={self.chains}) is not possible"
            raise ArgumentError(what, remedy="take at least 1 step of Gibbs sampling (k), and 0 or more persistent chains")
        if not (self.rate > 0 and 0 <= self.momentum < 1 and self.decay >= 0 and self.sparsity_cost >= 0):
            what = f"Contrastive(rate={self.rate}, momentum={self.momentum}, decay={self.decay}, sparsity_cost={self.sparsity_cost})"
            raise ArgumentError(f"{what} is not possible", remedy="rate > 0, 0 ≤ momentum < 1, decay ≥ 0, sparsity_cost ≥ 0")
        if self.sparsity is not None and not 0 < self.sparsity < 1:
            raise ArgumentError(f"the wanted activity sparsity is {self.sparsity}", remedy="choose a number between 0 and 1, such as 0.05")

    def check(self, net: Layer) -> None:
        if not isinstance(net, RestrictedBoltzmann):
            raise ArgumentError(f"contrastive learning is for RestrictedBoltzmann, not {describe(net)}", remedy="compile with a loss")

    def init(self, net: RestrictedBoltzmann) -> ContrastiveMemo:
        still = Velocity(*(jnp.zeros_like(array) for array in (net.kernel, net.bias, net.visible_bias)))
        return ContrastiveMemo(still, jnp.full((self.chains, net.units), 0.5, net.kernel.dtype))

    def step(
        self, net: RestrictedBoltzmann, memo: ContrastiveMemo, batch: Batch, key: Key
    ) -> tuple[RestrictedBoltzmann, ContrastiveMemo, dict[str, Any]]:
        v = batch.x.astype(net.kernel.dtype)
        drive = net.drive(v)
        h = jax.nn.sigmoid(drive)
        chain = net.gibbs(memo.chains if self.chains else h, key, self.steps)
        share, away = self._shares(batch)
        gradient = self.gradient(net, (v, share * h, share), (chain.visible, away * chain.hidden, away))
        velocity = Velocity(*(self.momentum * old + self.rate * new for old, new in zip(memo.velocity, gradient, strict=True)))
        after = net.set(**{name: getattr(net, name) + change for name, change in velocity._asdict().items()})
        logs = self.statistics(net, batch, v, net.down(h) if self.chains else chain.mean, drive)
        return after, ContrastiveMemo(velocity, chain.hidden if self.chains else memo.chains), logs

    def reasons(self, net: RestrictedBoltzmann, memo: ContrastiveMemo, batch: Batch, key: Key) -> dict[str, Any]:
        """⟨v h⟩ of the data and of the chains: the kernel follows their difference."""
        v = batch.x.astype(net.kernel.dtype)
        h = jax.nn.sigmoid(net.drive(v))
        chain = net.gibbs(memo.chains if self.chains else h, key, self.steps)
        share, away = self._shares(batch)
        return {"data": v.T @ (share * h), "chains": chain.visible.T @ (away * chain.hidden)}

    def _shares(self, batch: Batch) -> tuple[Array, Array]:
        """How much each row counts, of the data and of the chains, `(rows, 1)`."""
        share = batch.weight * batch.valid
        share = (share / jnp.maximum(share.sum(), 1e-9))[:, None]
        return share, jnp.full((self.chains, 1), 1 / self.chains) if self.chains else share

    def gradient(self, net: RestrictedBoltzmann, data: tuple[Array, Array, Array], model: tuple[Array, Array, Array]) -> Velocity:
        """The direction of learning from two sets of rows, each (visible states, shares times hidden probabilities, shares)."""
        (v, h, share), (v_model, h_model, away) = data, model
        kernel = jnp.concatenate([v, v_model]).T @ jnp.concatenate([h, -h_model]) - self.decay * net.kernel
        bias = h.sum(0) - h_model.sum(0)
        if self.sparsity is not None:
            bias = bias + self.sparsity_cost * (self.sparsity - h.sum(0))
        return Velocity(kernel, bias, jnp.sum(share * v, 0) - jnp.sum(away * v_model, 0))

    def assess(self, net: RestrictedBoltzmann, batch: Batch) -> dict[str, Any]:
        v = batch.x.astype(net.kernel.dtype)
        drive = net.drive(v)
        return self.statistics(net, batch, v, net.down(jax.nn.sigmoid(drive)), drive)

    def statistics(self, net: RestrictedBoltzmann, batch: Batch, v: Array, again: Array, drive: Array) -> dict[str, Any]:
        """The sums that `read` makes means of: for rows `v` that drive the hidden units like this and come back as `again`."""
        return {
            "loss": mean_statistics(jnp.mean((v - again) ** 2, axis=1), batch.valid),
            "free_energy": mean_statistics(net.free_energy_at(v, drive), batch.valid),
        }
