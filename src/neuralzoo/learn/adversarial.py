"""Adversarial learning: a critic learns to tell made rows from real ones, a generator learns from the critic."""

from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Int

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.core.layer import Key, Layer, describe
from neuralzoo.core.record import merge, split
from neuralzoo.layers.adversarial import AdversarialPair
from neuralzoo.learn.adversarial_losses import GAMES, Game, slope_penalty
from neuralzoo.learn.coverage import NEIGHBOURS, compare
from neuralzoo.learn.descent import Descent, descend, started, unrated
from neuralzoo.learn.learner import Batch, Learner, mean_statistics
from neuralzoo.learn.optimizers import Adam, Optimizer

COMPARED = 128  # rows of a batch whose neighbours are looked at


class AdversarialMemo(NamedTuple):
    """What `Adversarial` carries from step to step.

    generator, critic: the two players.
    count: steps of the critic taken.
    """

    generator: Descent
    critic: Descent
    count: Int[Array, ""]


class Adversarial(Learner):
    """The critic steps down its loss on each batch of real rows and as many made ones, the generator after every `critic_steps` of them.

    In its turn the generator goes down the gradient that the critic, just improved, gives at the same made rows. Each player's
    step leaves the other as it was, running statistics too.

    Read: the two losses; the critic's mean values of "real" and "fake" rows; "told_apart", the share of pairs in which the real row
    is valued above the made one (0.5: the critic cannot tell, 1: it always can); "gradient", the norm of the generator's; and
    "coverage", "precision", "spread" of made rows beside real ones in whole batches of more than five, see `Coverage`.

    Fields:
        loss: "non-saturating", "least-squares", "wasserstein", "hinge" or "minimax".
        generator, critic: the optimizers of the two.
        critic_steps: of the critic for one of the generator.
        penalty: the factor of (‖∇ value‖ − 1)² between real and made rows; 10 for Wasserstein's. The critic had better not use batch
            normalisation then.
        averaging: how slowly the average of the generator, which `generate` uses, follows it.

    Reference: I. Goodfellow et al., "Generative adversarial nets", NIPS 2014.
    """

    loss: str = "non-saturating"
    generator: Optimizer = Adam(0.0002, 0.5)
    critic: Optimizer = Adam(0.0002, 0.5)
    critic_steps: int = 1
    penalty: float = 0.0
    averaging: float = 0.999

    def __post_init__(self) -> None:
        if self.loss not in GAMES:
            raise ArgumentError(f"there is no adversarial loss {self.loss!r}", remedy=nearest(self.loss, GAMES))
        if self.critic_steps < 1 or self.penalty < 0 or not 0 <= self.averaging < 1:
            what = f"Adversarial(critic_steps={self.critic_steps}, penalty={self.penalty}, averaging={self.averaging}) is not possible"
            raise ArgumentError(what, remedy="critic_steps is at least 1 for each step of the generator, penalty ≥ 0, 0 ≤ averaging < 1")

    @property
    def game(self) -> Game:
        """What the two pay."""
        return GAMES[self.loss]

    def check(self, net: Layer) -> None:
        if not isinstance(net, AdversarialPair):
            what = f"adversarial learning is for a pair of generator and critic, not {describe(net)}"
            raise ArgumentError(what, remedy="make an AdversarialPair, or use GenerativeAdversarialNetwork")

    def init(self, net: AdversarialPair) -> AdversarialMemo:
        return AdversarialMemo(started(self.generator, net.generator), started(self.critic, net.critic), jnp.zeros((), jnp.int32))

    def compiled(self) -> Self:
        return self.set(generator=unrated(self.generator), critic=unrated(self.critic))

    def step(
        self, net: AdversarialPair, memo: AdversarialMemo, batch: Batch, key: Key
    ) -> tuple[AdversarialPair, AdversarialMemo, dict[str, Any]]:
        drawing, making, judging, turning = jax.random.split(key, 4)
        params, rest = split(net.generator)
        noise = net.noise(drawing, len(batch.valid))
        fake, back, generator = jax.vjp(lambda p: merge(p, rest).forward(noise, making), params, has_aux=True)
        critic, critic_memo, logs = self._judge(net, memo, batch, fake, judging)

        def turn() -> tuple[Layer, Descent, Array, Array]:
            def blame(rows: Array) -> Array:
                return jnp.mean(self.game.generator(critic.forward(rows, turning)[0][:, 0]))

            loss, pull = jax.value_and_grad(blame)(fake)
            (gradient,) = back(pull)
            after, player = descend(self.generator, gradient, memo.generator, generator, memo.count // self.critic_steps)
            return after, player, loss, jnp.sqrt(sum((jnp.sum(g**2) for g in jax.tree.leaves(gradient)), jnp.zeros(())))

        def wait() -> tuple[Layer, Descent, Array, Array]:
            return net.generator, memo.generator, jnp.zeros(()), jnp.zeros(())

        mine = (memo.count + 1) % self.critic_steps == 0
        made, player, loss, norm = turn() if self.critic_steps == 1 else lax.cond(mine, turn, wait)
        once = mine.astype(jnp.float32)
        logs |= {"generator_loss": (loss, once), "gradient": (norm, once)}
        average = self._averaged(net.average, made, memo.count // self.critic_steps, mine)
        return net.set(generator=made, critic=critic, average=average), AdversarialMemo(player, critic_memo, memo.count + 1), logs

    def _judge(
        self, net: AdversarialPair, memo: AdversarialMemo, batch: Batch, fake: Array, key: Key
    ) -> tuple[Layer, Descent, dict[str, Any]]:
        """The critic after its step, its memo, and what was seen on the way; `fake` rows are taken as given."""
        first, second, third, mixing = jax.random.split(key, 4)
        real, (params, rest) = batch.x.astype(fake.dtype), split(net.critic)
        share = batch.weight * batch.valid
        share = share / jnp.maximum(jnp.sum(share), 1e-9)

        def objective(params: Layer) -> tuple[Array, tuple[Array, Array, Layer]]:
            critic = merge(params, rest)
            of_real, after = critic.forward(real, first)
            of_fake, after = after.forward(fake, second)
            of_real, of_fake = of_real[:, 0], of_fake[:, 0]
            cost = jnp.sum(share * self.game.real(of_real)) + jnp.mean(self.game.fake(of_fake))
            if self.penalty:
                mix = jax.random.uniform(mixing, share.shape)
                cost += self.penalty * slope_penalty(lambda x: critic.forward(x, third)[0][:, 0], real, fake, mix, share)
            return cost, (of_real, of_fake, after)

        (cost, (of_real, of_fake, after)), gradient = jax.value_and_grad(objective, has_aux=True)(params)
        critic, player = descend(self.critic, gradient, memo.critic, after, memo.count)
        rows, above = jnp.sum(batch.valid), (of_real > of_fake) + 0.5 * (of_real == of_fake)
        logs = {
            "critic_loss": (cost * rows, rows),
            "real": mean_statistics(of_real, batch.valid),
            "fake": (jnp.sum(of_fake), jnp.array(float(len(of_fake)))),
            "told_apart": mean_statistics(above, batch.valid),
        }
        return critic, player, logs | _coverage(real, fake, batch.valid)

    def _averaged(self, average: Layer, made: Layer, count: Array, mine: Array) -> Layer:
        """The moving average of the generator; over its first steps nearly their mean."""
        share = jnp.where(mine, 1 - jnp.minimum(self.averaging, (1 + count) / (10 + count)), 0)
        return jax.tree.map(lambda a, b: a + share * (b - a), average, made.set(trainable=False))

    def assess(self, net: AdversarialPair, batch: Batch) -> dict[str, Any]:
        values = net(batch.x.astype(jnp.float32))
        return {"loss": mean_statistics(self.game.real(values), batch.valid), "real": mean_statistics(values, batch.valid)}

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        return {name: total / count for name, (total, count) in logs.items() if count}


def _coverage(real: Array, fake: Array, valid: Array) -> dict[str, Any]:
    """How made rows go with real ones, in whole batches."""
    if len(real) <= NEIGHBOURS:
        return {}
    whole = jnp.min(valid)
    seen = compare(real[:COMPARED], fake[:COMPARED])
    return {name: (whole * value, whole) for name, value in seen._asdict().items()}
