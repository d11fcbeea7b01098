"""Generative adversarial networks: their laws, and each way they fail, provoked and named."""

import re
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.architectures import dcgan_critic, dcgan_generator
from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError, ShapeError
from neuralzoo.core.record import split
from neuralzoo.layers import AdversarialPair, BatchNormalization, Chain, Conv2D, Dense, Flatten, SpectralNormalization
from neuralzoo.learn.adversarial import Adversarial
from neuralzoo.learn.adversarial_losses import GAMES, slope_penalty
from neuralzoo.learn.coverage import compare
from neuralzoo.learn.learner import Batch
from neuralzoo.zoo import GenerativeAdversarialNetwork
from neuralzoo.zoo.gan import great_circles, modes, ring, ring_centers
from neuralzoo.zoo.gan_watch import DeadCriticWarning, ModeCollapseWarning, VanishingGradientWarning, WatchTheGame, WinningCriticWarning

ROWS = jnp.asarray(np.random.default_rng(3).normal(size=(8, 2)), jnp.float32)
BATCH = Batch(ROWS, None, jnp.ones(8), jnp.ones(8))


@pytest.fixture(scope="module")
def pair():
    """Small networks, both with running statistics."""
    layers = (Dense(4, activation="tanh"), BatchNormalization())
    return AdversarialPair(3, Chain((*layers, Dense(2))), Chain((*layers, Dense(1)))).build(ROWS, jax.random.key(0))


def step(pair, **settings):
    learner = Adversarial(**settings)
    return jax.jit(learner.step)(pair, learner.init(pair), BATCH, jax.random.key(1))[0]


def test_the_critics_step_leaves_the_generator_and_the_generators_step_the_critic(pair):
    first, both = step(pair, critic_steps=2), step(pair)
    assert first.generator == pair.generator and first.average == pair.average and first.critic != pair.critic
    assert both.critic == first.critic and both.generator != pair.generator  # its turn comes in the same step, and changes itself only
    assert both.generator.layers[1].moving_mean.tolist() != pair.generator.layers[1].moving_mean.tolist()


def test_a_step_goes_down_both_losses():
    """Against gradients by hand: one linear critic, one linear generator, plain descent."""
    from neuralzoo.learn.optimizers import SGD

    net = AdversarialPair(2, Dense(2, use_bias=False), Dense(1, use_bias=False)).build(ROWS, jax.random.key(0))
    learner = Adversarial("non-saturating", SGD(0.1), SGD(0.1))
    after, _, logs = jax.jit(learner.step)(net, learner.init(net), BATCH, jax.random.key(1))
    noise = np.asarray(net.noise(jax.random.split(jax.random.key(1), 4)[0], 8))
    kernel, maker = np.asarray(net.critic.kernel)[:, 0], np.asarray(net.generator.kernel)
    sure = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731
    fake, real = noise @ maker, np.asarray(ROWS)
    slope = (-(1 - sure(real @ kernel)) @ real + sure(fake @ kernel) @ fake) / 8
    kernel = kernel - 0.1 * slope
    np.testing.assert_allclose(after.critic.kernel[:, 0], kernel, rtol=1e-4)
    np.testing.assert_allclose(after.generator.kernel, maker + 0.1 * noise.T @ ((1 - sure(fake @ kernel))[:, None] * kernel) / 8, rtol=1e-4)
    assert np.isclose(
        logs["told_apart"][0] / 8, np.mean(real @ np.asarray(net.critic.kernel)[:, 0] > fake @ np.asarray(net.critic.kernel)[:, 0])
    )


@pytest.mark.parametrize("loss", sorted(GAMES))
def test_losses_are_lower_where_the_critic_is_right_and_where_it_is_fooled(loss):
    game, values = GAMES[loss], jnp.array([game_level := GAMES[loss].level - 0.4, game_level + 0.8])
    for cost, better in ((game.real, 1), (game.fake, 0), (game.generator, 1)):
        costs = cost(values)
        assert costs[better] < costs[1 - better]


def test_the_penalty_of_slopes_equals_finite_differences():
    critic = Chain((Dense(5, activation="tanh"), Dense(1))).build(ROWS, jax.random.key(2))
    value = lambda x: critic(x)[:, 0]  # noqa: E731
    with jax.enable_x64(True):
        critic64 = jax.tree.map(lambda a: a.astype(jnp.float64), critic)
        real, fake = np.asarray(ROWS, np.float64), np.asarray(ROWS, np.float64)[::-1] * 2
        mix, share = np.linspace(0, 1, 8), np.full(8, 1 / 8)
        x, h = mix[:, None] * real + (1 - mix)[:, None] * fake, 1e-5
        moved = [(critic64(jnp.asarray(x + h * e)) - critic64(jnp.asarray(x - h * e)))[:, 0] / (2 * h) for e in np.eye(2)]
        wanted = np.mean((np.linalg.norm(np.stack(moved), axis=0) - 1) ** 2)
    got = slope_penalty(value, *(jnp.asarray(a, jnp.float32) for a in (real, fake, mix, share)))
    np.testing.assert_allclose(got, wanted, rtol=1e-4)


def test_the_best_critic_tells_the_densities_apart_by_their_ratio():
    """Made rows are N(0, 1), real ones N(1, 1/4): the value becomes ln p/q, so the sigmoid p / (p + q)."""
    fixed = Dense(1, use_bias=False, kernel_initializer="ones", trainable=False)
    x = np.random.default_rng(0).normal(1, 0.5, (8192, 1))
    critic = Chain((Dense(16, activation="tanh"), Dense(1)))
    gan = GenerativeAdversarialNetwork(fixed, critic, latent=1, critic_rate=5e-3, seed=0)
    gan.fit(x, batch_size=512, epochs=60, verbose=0)
    places = np.linspace(-0.5, 2, 11)
    p, q = np.exp(-2 * (places - 1) ** 2) * 2, np.exp(-(places**2) / 2)
    np.testing.assert_allclose(1 / (1 + np.exp(-gan.score(places[:, None]))), p / (p + q), atol=0.06)


@pytest.mark.parametrize("layer", [Dense(5), Conv2D(6, 3)])
def test_the_spectral_norm_is_the_top_singular_value(layer):
    x = jnp.ones((2, 6, 6, 4) if isinstance(layer, Conv2D) else (2, 4))
    normed = SpectralNormalization(layer).build(x, jax.random.key(0))
    forward = jax.jit(lambda layer: layer.forward(x, jax.random.key(1))[1])
    for _ in range(30):
        normed = forward(normed)
    kernel = np.asarray(normed.layer.kernel)
    np.testing.assert_allclose(normed.sigma(), np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]))[1][0], rtol=1e-4)
    moved = normed.set(layer=normed.layer.set(kernel=normed.layer.kernel * 3))
    np.testing.assert_allclose(moved.sigma(), 3 * normed.sigma(), rtol=1e-5)


def test_coverage_finds_missing_modes_and_strange_rows():
    real, same = ring(400, seed=0), ring(400, seed=1)
    whole = compare(real, same)
    assert whole.coverage > 0.9 and whole.precision > 0.9 and abs(whole.spread - 1) < 0.05
    half = compare(real, ring(400, 8, seed=1)[ring(400, 8, seed=1)[:, 0] > 0.1])
    assert 0.2 < half.coverage < 0.5 and half.precision > 0.9
    assert compare(real, same * 2)[:2] == (0, 0)


def test_coverage_agrees_with_scikit_learn():
    from sklearn.neighbors import NearestNeighbors

    draws = np.random.default_rng(0)
    real, fake = draws.normal(size=(60, 3)).astype(np.float32), draws.normal(0.5, 1, (40, 3)).astype(np.float32)
    radius = NearestNeighbors(n_neighbors=6).fit(real).kneighbors(real)[0][:, 5]
    within = np.linalg.norm(real[:, None] - fake, axis=2) <= radius[:, None]
    got = compare(jnp.asarray(real), jnp.asarray(fake))
    np.testing.assert_allclose(got[:2], [within.any(1).mean(), within.any(0).mean()], rtol=1e-6)


def test_great_circles_begin_and_end_where_they_should():
    start, end = np.eye(3)[:1], np.eye(3)[1:2]
    way = great_circles(start, end, 5)
    np.testing.assert_allclose(way[:, [0, -1]], np.stack([start, end], 1), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(way, axis=2), 1)


def test_clouds_are_counted():
    points = np.concatenate([np.repeat(ring_centers()[:3], 100, 0), np.zeros((100, 2))])
    assert modes(points, ring_centers()) == (3, 0.75)


# -- what goes wrong is named ---------------------------------------------------------------------------------------------


def provoked(kind, pattern, shift=0.0, change=lambda net: net, **settings):
    """Fit so that it must fail, beginning with the network that `change` makes, and expect that to be named."""
    x, tiny = ring(512, seed=1) + shift, Dense(16, activation="leaky_relu")
    gan = GenerativeAdversarialNetwork(Chain((tiny, Dense(2))), Chain((tiny, Dense(1))), latent=2, seed=0, **settings)
    gan.meet(x, None)
    gan.net = change(gan.net)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gan.fit(x, batch_size=32, epochs=30, verbose=0)
    assert [w for w in caught if w.category is kind and re.search(pattern, str(w.message))], caught


def test_collapse_is_named():
    """A generator that is faster than its critic runs after the few best places."""
    provoked(ModeCollapseWarning, "are like real ones, but only 2", generator_rate=0.02, critic_rate=0.002)


def test_a_generator_that_makes_one_thing_only_is_named():

    def stay(net):
        hidden, last = net.generator.layers
        return net.set(generator=Chain((hidden, last.set(kernel=0.005 * last.kernel, bias=jnp.eye(2)[0]))))

    provoked(ModeCollapseWarning, "only 1[0-9]% of the real rows", change=stay, generator_rate=0.0)


def test_a_vanishing_gradient_is_named():
    """The first loss of 2014 and a critic that is soon sure: real rows are far away."""
    provoked(VanishingGradientWarning, "less than a hundredth", 20, loss="minimax", critic_rate=0.1, generator_rate=1e-5)


def test_a_critic_that_wins_is_named():
    provoked(WinningCriticWarning, "critic_rate", 5, critic_rate=0.05, generator_rate=1e-6)


def test_a_dead_critic_is_named():
    """Its last weights are 0 and stay so."""
    provoked(
        DeadCriticWarning,
        "no better than by chance",
        3,
        lambda net: net.set(critic=jax.tree.map(jnp.zeros_like, net.critic)),
        critic_rate=0.0,
    )


def test_a_critic_that_is_still_finding_its_way_is_not_called_dead():
    def named(values):
        watch = WatchTheGame(bounded=True)
        watch.params = {"steps": 1000}
        watch.on_train_begin()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for epoch, value in enumerate(values):
                same = {"told_apart": 0.5, "coverage": 0.0, "precision": 0.0, "spread": 1.0, "gradient": 1.0}
                watch.on_epoch_end(epoch, {**same, "real": value, "fake": value - 0.01})
        return [w.category for w in caught]

    assert named([0.1] * 4) == [DeadCriticWarning]
    assert named([0.1, 0.2, 0.1, 0.0]) == []


# -- bad input ------------------------------------------------------------------------------------------------------------


def test_images_of_sizes_a_dcgan_cannot_make_are_refused():
    with pytest.raises(ArgumentError, match="30 × 30") as caught:
        dcgan_generator((30, 30, 1))
    assert "32 × 32" in caught.value.remedy or "28 × 28" in caught.value.remedy
    for shape in ((28, 28, 1), (32, 32, 3), (8, 8, 1), (64, 32, 3)):
        noise = jax.ShapeDtypeStruct((2, 10), jnp.float32)
        made = jax.eval_shape(lambda k, s=shape, n=noise: dcgan_generator(s, 2).build(n, k)(jnp.ones((2, 10))), jax.random.key(0))
        assert made.shape == (2, *shape)
        valued = jax.eval_shape(lambda k, m=made, s=shape: dcgan_critic(s, 2).build(m, k)(jnp.ones(m.shape)), jax.random.key(0))
        assert valued.shape == (2, 1)


def test_a_pair_that_does_not_fit_is_refused():
    with pytest.raises(ArgumentError, match="latent=1"):
        GenerativeAdversarialNetwork(latent=0)
    with pytest.raises(ArgumentError, match="non-saturating"):
        GenerativeAdversarialNetwork(loss="non-saturatin")
    with pytest.raises(ShapeError, match=r"\(2,\)"):
        GenerativeAdversarialNetwork(Dense(2), latent=2).fit(np.ones((4, 3)), verbose=0)
    with pytest.raises(ShapeError, match="Dense"):
        GenerativeAdversarialNetwork(critic=Flatten(), latent=2).fit(np.ones((4, 3)), verbose=0)
    with pytest.raises(ShapeError, match="dcgan"):
        GenerativeAdversarialNetwork().fit(np.ones((4, 8, 8, 1)), verbose=0)
    with pytest.raises(DataError, match=r"127\.5"):
        GenerativeAdversarialNetwork(dcgan_generator((8, 8, 1), 2), dcgan_critic((8, 8, 1), 2)).fit(np.full((4, 8, 8, 1), 255.0), verbose=0)
    with pytest.raises(NotReadyError, match="before it was fitted"):
        GenerativeAdversarialNetwork().sample(3)


def test_the_parameters_of_the_average_are_not_learned(pair):
    params = split(pair)[0]
    assert jax.tree.leaves(params.average) == [] and jax.tree.leaves(params.generator)
