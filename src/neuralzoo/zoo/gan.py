"""Generative adversarial networks: a generator that learns to make rows which a critic cannot tell from real ones."""

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, DataError, ShapeError
from neuralzoo.core.layer import Layer
from neuralzoo.layers.adversarial import AdversarialPair
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.adversarial import Adversarial
from neuralzoo.learn.coverage import NEIGHBOURS, Coverage, compare
from neuralzoo.learn.optimizers import Adam
from neuralzoo.learn.schedules import CosineDecay, Schedule
from neuralzoo.train.batches import as_array
from neuralzoo.train.callbacks.base import Callback
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.gan_watch import WatchTheGame
from neuralzoo.zoo.member import Member

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HIDDEN = (128, 128)  # of both networks, where none are given


class GenerativeAdversarialNetwork(Member):
    """A generator and a critic that learn from each other: `fit` real rows, then `sample` new ones.

    While it learns, mode collapse, vanishing gradients, a winning and a dead critic are named by warnings, see `WatchTheGame`.

    Args:
        generator: layers from `(batch, latent)` to rows; None for two hidden layers of 128 units, for rows that are vectors.
        critic: layers from rows to `(batch, 1)`, without an activation at the end; None likewise. For images give
            `architectures.dcgan_generator(shape)` and `architectures.dcgan_critic(shape)`.
        latent: how many numbers of normal noise a row is made from.
        loss: "non-saturating", "least-squares", "wasserstein", "hinge" or "minimax", the first one of 2014.
        generator_rate, critic_rate: of Adam, numbers or schedules.
        betas: of Adam, for both.
        critic_steps: of the critic for one of the generator; 5 is usual for Wasserstein's loss.
        penalty: of the critic's slope, see `Adversarial`; None for 10 with Wasserstein's loss and 0 with others.
        seed: of weights, order and noise.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(2, 0.5, (256, 1))
        >>> gan = GenerativeAdversarialNetwork(latent=1, generator_rate=1e-3, critic_rate=1e-3)
        >>> history = gan.fit(x, epochs=100, verbose=0)
        >>> abs(float(gan.sample(1000).mean()) - 2) < 0.3
        True
    """

    card: ClassVar[Card] = Card(
        key="gan",
        name="Generative adversarial network",
        short="GAN",
        year=2014,
        authors="I. Goodfellow, J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair, A. Courville, Y. Bengio",
        reference="Generative adversarial nets, NIPS 2014",
        cells=("backfed input", "hidden", "match input output"),
        rule="two gradient descents against each other: the critic's, and the generator's through the critic",
        purpose="make new rows that look like those it has seen",
        verbs=("sample", "interpolate", "score", "coverage", "predict"),
        goals=(
            Goal(
                "ring of 8 Gaussians, deviation 1/100 of the radius (Metz et al. 2017): 8 of 8 modes",
                "8 of 8 for the seeds 0, 1 and 2; 64.5, 68.4 and 67.4 % of the points within 3 deviations of one",
                "python examples/zoo_gan.py",
            ),
            Goal("a DCGAN's step of training is faster than PyTorch's", command="python -m benchmarks zoo_dcgan"),
        ),
    )
    usual_batch = 64
    usual_epochs = 50
    net: AdversarialPair

    def __init__(
        self,
        generator: Layer | None = None,
        critic: Layer | None = None,
        *,
        latent: int = 100,
        loss: str = "non-saturating",
        generator_rate: float | Schedule = 2e-4,
        critic_rate: float | Schedule = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        critic_steps: int = 1,
        penalty: float | None = None,
        seed: int | None = None,
    ):
        penalty = (10.0 if loss == "wasserstein" else 0.0) if penalty is None else penalty
        learner = Adversarial(loss, Adam(generator_rate, *betas), Adam(critic_rate, *betas), critic_steps, penalty)
        Member.__init__(self, AdversarialPair(latent, generator or Chain(), critic or Chain()), learner, seed)

    def check_rows(self, x: Any, y: Any) -> None:
        if isinstance(x, dict | tuple) or x.ndim < 2 or len(x) < 2:
            shape = getattr(x, "shape", type(x).__name__)
            raise DataError(f"x is {shape}: no rows to imitate", remedy="give an array of at least two rows, (rows, features) or images")
        reach = _reach(self.net.generator)
        if reach is not None and (x.min() < reach[0] or x.max() > reach[1]):
            what = f"the generator makes numbers from {reach[0]} to {reach[1]}, but x has some from {x.min():g} to {x.max():g}"
            raise DataError(what, remedy=f"scale x to {reach[0]} … {reach[1]}: for pixels of 0 … 255 x / 127.5 - 1 gives -1 … 1")

    def prepare(self, x: Any, y: Any) -> Layer:
        net = self.net
        if x.ndim > 2 and Chain() in (net.generator, net.critic):
            what = f"rows of shape {x.shape[1:]} need a generator and a critic of their own"
            raise ShapeError(what, remedy="give architectures.dcgan_generator(shape) and dcgan_critic(shape), or reshape x to vectors")
        hidden = tuple(Dense(units, activation="leaky_relu", kernel_initializer="he_normal") for units in HIDDEN)
        generator = Chain((*hidden, Dense(x.shape[-1]))) if net.generator == Chain() else net.generator
        return net.set(generator=generator, critic=Chain((*hidden, Dense(1))) if net.critic == Chain() else net.critic)

    def usual_callbacks(self) -> list[Callback]:
        assert isinstance(self.learner, Adversarial)
        return [WatchTheGame(self.learner.game.bounded)]

    def sample(self, rows: int, *, noise: Any = None, seed: int | None = None) -> np.ndarray:
        """New rows `(rows, *row)`, made from `noise` `(rows, latent)` where it is given."""
        self.require_fitted("make rows")
        if noise is None:
            noise = self._noise(rows, seed)
        elif np.shape(noise) != (rows, self.net.latent):
            what = f"noise for {rows} rows has shape {np.shape(noise)}"
            raise ShapeError(what, remedy=f"give {(rows, self.net.latent)}, normal numbers")
        return np.asarray(_generate(self.net, jnp.asarray(noise, jnp.float32)))

    def interpolate(self, rows: int, steps: int = 8, *, seed: int | None = None) -> np.ndarray:
        """What is made on the way from one noise to another: `(rows, steps, *row)`, along great circles, on which noise keeps its length.

        Reference: T. White, "Sampling generative networks", arXiv:1609.04468, 2016.
        """
        self.require_fitted("interpolate")
        if steps < 2:
            raise ArgumentError(f"a way of {steps} steps", remedy="ask for at least 2, its ends")
        start, end = np.split(self._noise(2 * rows, seed), 2)
        way = great_circles(start, end, steps)
        made = self.sample(rows * steps, noise=way.reshape(rows * steps, -1))
        return made.reshape(rows, steps, *made.shape[1:])

    def score(self, x: Any) -> np.ndarray:
        """The critic's value of each row, `(rows,)`: with the loss of 2014, trained to the end, ln p(row) − ln q(row), p of real rows."""
        self.require_fitted("score")
        return self.predict(x, verbose=0)

    def coverage(self, x: Any, k: int = NEIGHBOURS, *, seed: int | None = None) -> Coverage:
        """Coverage, precision and spread of as many made rows beside rows `x`, a few thousand at most; see `Coverage`."""
        self.require_fitted("be compared")
        x = as_array(x, "x")
        if len(x) <= k:
            raise DataError(f"{len(x)} rows have no {k} neighbours each", remedy=f"give more than {k} rows")
        return Coverage(*map(float, _compare(jnp.asarray(x), self.sample(len(x), seed=seed), k)))  # type: ignore[arg-type]

    def draw(self, x: Any = None, shown: int = 500) -> "Figure":
        """Made rows, as images or as points of their first two features beside real rows `x`; and how the game went."""
        from neuralzoo.inspect.adversarial_plots import game

        self.require_fitted("draw")
        return game(self.sample(shown), None if x is None else as_array(x, "x")[:shown], self.history.history)

    def _noise(self, rows: int, seed: int | None) -> np.ndarray:
        if rows < 1:
            raise ArgumentError(f"{rows} rows cannot be made", remedy="ask for at least 1")
        return np.asarray(self.net.noise(jax.random.key(self.seed if seed is None else seed), rows))

    @staticmethod
    def example() -> "Figure":
        """Learn a ring of eight clouds in the plane; count the clouds that new points come from."""
        x = ring(2048, seed=1)
        gan = ring_network(2048, seed=0)
        gan.fit(x, batch_size=64, epochs=64, verbose=0)
        found = modes(gan.sample(2000), ring_centers())
        print(f"{found.covered} of 8 clouds, {found.share:.0%} of 2,000 new points within 3 deviations of the middle of one")
        return gan.draw(x)


class Modes(NamedTuple):
    """How made points go with clouds.

    covered: how many clouds have at least one in a hundred of the points within 3 standard deviations.
    share: of all points that are that near to a cloud.
    """

    covered: int
    share: float


SPREAD = 0.01  # the clouds' standard deviation, for a ring of radius 1


def ring_centers(clouds: int = 8) -> np.ndarray:
    """Evenly spaced places on the unit circle, `(clouds, 2)`."""
    angle = 2 * np.pi * np.arange(clouds) / clouds
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def ring(rows: int, clouds: int = 8, spread: float = SPREAD, *, seed: int = 0) -> np.ndarray:
    """Points of normal clouds on the unit circle, `(rows, 2)`: the ring of L. Metz et al., "Unrolled GANs", ICLR 2017."""
    draws = np.random.default_rng(seed)
    return (ring_centers(clouds)[draws.integers(clouds, size=rows)] + draws.normal(0, spread, (rows, 2))).astype(np.float32)


def modes(points: np.ndarray, centers: np.ndarray, spread: float = SPREAD) -> Modes:
    """How many clouds the points come from, and which share of them is within 3 deviations of one."""
    far = np.linalg.norm(points[:, None] - centers, axis=2)
    near = far <= 3 * spread
    return Modes(int((near.mean(0) >= 0.01).sum()), float(near.any(1).mean()))


def ring_network(steps: int, *, seed: int | None = None) -> GenerativeAdversarialNetwork:
    """A network for the ring, its rates falling to 0 over so many steps."""
    rate = CosineDecay(2e-3, steps)
    return GenerativeAdversarialNetwork(latent=2, generator_rate=rate, critic_rate=rate, penalty=0.01, seed=seed)


def great_circles(start: np.ndarray, end: np.ndarray, steps: int) -> np.ndarray:
    """Ways `(rows, steps, latent)` from vectors to others, at even angles."""
    one, two = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (start, end))
    angle = np.arccos(np.clip(np.sum(one * two, axis=1), -1, 1))[:, None, None]
    part = np.linspace(0, 1, steps)[:, None]
    whole = np.maximum(np.sin(angle), 1e-6)
    return (np.sin((1 - part) * angle) * start[:, None] + np.sin(part * angle) * end[:, None]) / whole


def _reach(generator: Layer) -> tuple[float, float] | None:
    """The least and the greatest number that a generator can make, by its last activation; None where there is no bound."""
    last = generator.layers[-1] if isinstance(generator, Chain) and generator.layers else generator
    return {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}.get(getattr(last, "activation", None) or "")


@jax.jit
def _generate(net: AdversarialPair, noise: Any) -> Any:
    return net.generate(noise)


@partial(jax.jit, static_argnums=2)
def _compare(real: Any, fake: Any, k: int) -> Coverage:
    return compare(real, fake, k)
