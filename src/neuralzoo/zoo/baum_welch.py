"""Hidden Markov models: a chain that is not seen, what it shows, and Baum and Welch's way to learn both."""

from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, param, part, state
from neuralzoo.kernels.messages import likeliest, messages
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.zoo.emissions import Emission, as_shares

UNLIKELY = 60.0  # nats: a state may be so much unlikelier at a step than the likeliest one; more would leave the range of float32


class HiddenMarkov(Layer):
    """P(state at each step | all observations): `(batch, time, …) -> (batch, time, states)`.

    All arrays have the starts in front: guesses that learn side by side. `best` is the likeliest of them.

    Fields:
        states: how many.
        starts: guesses.
        emission: what states show.
        first: P of each state at the first step.
        transitions: P of each state after each.
        likelihood: log-likelihood of each start, as last measured.

    Reference: L. Rabiner, "A tutorial on hidden Markov models and selected applications in speech recognition", Proc. IEEE 77, 1989.
    """

    states: int
    starts: int
    emission: Emission = part()
    first: Built[Float[Array, "*starts states"]] = param()
    transitions: Built[Float[Array, "*starts states states"]] = param()
    likelihood: Built[Float[Array, "*starts"]] = state()

    def build(self, x: Spec, key: Key) -> Self:
        return self

    def __call__(self, x: Any) -> Float[Array, "batch time states"]:
        return self.best().posteriors(x, x >= 0 if x.ndim == 2 else jnp.ones(x.shape[:2], bool))

    def best(self) -> Self:
        """The likeliest start by itself."""
        chosen = jnp.argmax(self.likelihood)
        return jax.tree.map(lambda a: a[chosen], self)

    # -- of one start ----------------------------------------------------------------------------------------------------

    def likelihoods(self, x: Any, real: Any) -> tuple[Array, Array]:
        """P(observation | state) over that of the likeliest state `(batch, time, states)`, and the logarithm of the latter."""
        logs = jnp.where(real[..., None], self.emission(x), 0.0)
        top = jnp.maximum(jnp.max(logs, axis=-1, keepdims=True), -1e30)
        return jnp.where(jnp.isneginf(logs), 0.0, jnp.exp(jnp.maximum(logs - top, -UNLIKELY))), top[..., 0]

    def score(self, x: Any, real: Any) -> Float[Array, " batch"]:
        """log P of each sequence."""
        b, top = self.likelihoods(x, real)
        _, scale = messages(b, real, self.first, self.transitions)
        return jnp.sum(jnp.where(real, top + scale, 0), axis=1)

    def posteriors(self, x: Any, real: Any) -> Float[Array, "batch time states"]:
        """P of each state at each step, given the whole sequence."""
        return self.expected(x, real, jnp.ones(len(x)))[1]

    def expected(self, x: Any, real: Any, weight: Float[Array, " batch"]) -> tuple[Array, Array, Array]:
        """log P of each sequence; of each step and state the weight times P; the expected transitions, weighted."""
        b, top = self.likelihoods(x, real)
        forth, scale = messages(b, real, self.first, self.transitions)
        back = messages(b[:, ::-1], real[:, ::-1], jnp.ones(self.states), self.transitions.T)[0][:, ::-1]
        predicted = jnp.concatenate([jnp.broadcast_to(self.first, (len(b), 1, self.states)), forth[:, :-1] @ self.transitions], axis=1)
        joint = predicted * back
        total = joint.sum(axis=-1, keepdims=True)
        share = real[..., None] * weight[:, None, None] / jnp.where(total > 0, total, 1)
        before, after = ((m.reshape(-1, self.states)) for m in (forth[:, :-1] * share[:, 1:], back[:, 1:]))
        return jnp.sum(jnp.where(real, top + scale, 0), axis=1), joint * share, before.T @ after * self.transitions

    def path(self, x: Any, real: Any) -> Any:
        """The likeliest states `(batch, time)`."""
        logs = jnp.log(self.first), jnp.log(self.transitions)
        return jax.vmap(lambda x, real: likeliest(self.emission(x), real, *logs))(x, real)


class ExpectedMemo(NamedTuple):
    """What `BaumWelch` adds up in an epoch, the starts in front.

    likelihood: log P of all sequences.
    first: expected first states. between: expected transitions.
    emission: what the emission's law is learned from.
    """

    likelihood: Float[Array, " starts"]
    first: Float[Array, "starts states"]
    between: Float[Array, "starts states states"]
    emission: Any


class BaumWelch(Learner):
    """Expected counts of states and transitions over all sequences, then the likeliest probabilities given them: once an epoch.

    The likelihood never falls. Batches may come in any order. Steps with weight 0 are filling at the end of a sequence.

    Reference: L. Baum, T. Petrie, G. Soules, N. Weiss, "A maximization technique occurring in the statistical analysis of
    probabilistic functions of Markov chains", Annals of Mathematical Statistics 41, 1970.
    """

    def check(self, net: Layer) -> None:
        if not isinstance(net, HiddenMarkov):
            raise ArgumentError(f"BaumWelch teaches a HiddenMarkov layer, not {net!r}", remedy="use it with HiddenMarkovModel")

    def init(self, net: HiddenMarkov) -> ExpectedMemo:
        emission = jax.vmap(lambda e: e.nothing())(net.emission)
        return ExpectedMemo(jnp.zeros_like(net.likelihood), jnp.zeros_like(net.first), jnp.zeros_like(net.transitions), emission)

    def step(self, net: HiddenMarkov, memo: ExpectedMemo, batch: Batch, key: Key) -> tuple[HiddenMarkov, ExpectedMemo, dict[str, Any]]:
        real, weight = shown(batch)

        def expect(one: HiddenMarkov) -> ExpectedMemo:
            scores, shares, between = one.expected(batch.x, real, weight)
            flat = batch.x.reshape(-1, *batch.x.shape[2:]), shares.reshape(-1, one.states)
            return ExpectedMemo(scores @ weight, shares[:, 0].sum(axis=0), between, one.emission.sums(*flat))

        found = jax.vmap(expect)(net)
        logs = {"loss": (-found.likelihood, jnp.sum(real * weight[:, None]))}
        return net, jax.tree.map(jnp.add, memo, found), logs

    def conclude(self, net: HiddenMarkov, memo: ExpectedMemo) -> tuple[HiddenMarkov, ExpectedMemo]:
        def learned(one: HiddenMarkov, sums: ExpectedMemo) -> HiddenMarkov:
            chain = {"first": as_shares(sums.first, one.first), "transitions": as_shares(sums.between, one.transitions)}
            return one.set(emission=one.emission.learned(sums.emission), likelihood=sums.likelihood, **chain)

        return jax.vmap(learned)(net, memo), jax.tree.map(jnp.zeros_like, memo)

    def assess(self, net: HiddenMarkov, batch: Batch) -> dict[str, Any]:
        real, _ = shown(batch)
        return {"loss": (-jnp.sum(net.best().score(batch.x, real)), jnp.sum(real))}

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        total, steps = logs["loss"]
        return {"loss": total.min() / max(steps, 1)}


def shown(batch: Batch) -> tuple[Any, Any]:
    """Which steps are real `(batch, time)`, and the weight of each sequence."""
    weight = batch.weight.reshape(len(batch.valid), -1) * batch.valid[:, None]
    real = jnp.broadcast_to(weight > 0, batch.x.shape[:2])
    if batch.x.ndim == 2:  # symbols: filling has a code of its own
        real = real & (batch.x >= 0)
    return real, weight.max(axis=1)
