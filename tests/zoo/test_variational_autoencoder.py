"""Variational autoencoders: the bound and its terms, held against a model whose likelihood is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError
from neuralzoo.kernels.random import own_normals
from neuralzoo.layers import Chain, Dense, Variational
from neuralzoo.layers.variational import divergence
from neuralzoo.learn.evidence_bound import EvidenceBound
from neuralzoo.learn.learner import Batch
from neuralzoo.learn.losses import BinaryCrossentropy
from neuralzoo.models import load_model
from neuralzoo.zoo import VariationalAutoencoder
from neuralzoo.zoo.autoencoding import OvercompleteWarning

BITS = (np.random.default_rng(0).random((24, 6)) < 0.4).astype(np.float32)
FEATURES, LATENT, VARIANCE = 4, 2, 0.3


@pytest.fixture(scope="module")
def linear():
    """x = W z + b + noise, with an encoder that gives the exact posterior; ln p(x) is known. Returns net, rows, ln p."""
    draws = np.random.default_rng(1)
    w, b = draws.normal(size=(LATENT, FEATURES)), draws.normal(size=FEATURES)
    w = np.linalg.qr(w.T)[0].T * [[1.5], [0.8]]  # orthogonal, so that the posterior's covariance is diagonal
    rows = (draws.normal(size=(200, LATENT)) @ w + b + np.sqrt(VARIANCE) * draws.normal(size=(200, FEATURES))).astype(np.float32)
    net = VariationalAutoencoder(LATENT, (), "gaussian", seed=0)
    net.meet(rows, None)
    precision = np.eye(LATENT) + w @ w.T / VARIANCE
    gain = np.linalg.solve(precision, w / VARIANCE).T
    head = np.concatenate([gain, np.zeros((FEATURES, LATENT))], axis=1)
    shift = np.concatenate([-b @ gain, -np.log(np.diag(precision))])
    net.net = net.net.set(
        head=net.net.head.set(kernel=jnp.float32(head), bias=jnp.float32(shift)),
        decoder=Chain([net.net.decoder.layers[-1].set(kernel=jnp.float32(w), bias=jnp.float32(b))]),
        log_variance=jnp.float32(np.log(VARIANCE)),
    )
    return net, rows, stats.multivariate_normal(b, w.T @ w + VARIANCE * np.eye(FEATURES)).logpdf(rows)


def worse(model, by=0.4):
    """The same model with an encoder that is a little off."""
    other = VariationalAutoencoder(LATENT, (), "gaussian", seed=0)
    other.meet(np.zeros((2, FEATURES), np.float32), None)
    other.net = model.net.set(head=model.net.head.set(bias=model.net.head.bias + by))
    return other


def test_the_kl_term_is_its_closed_form_and_what_draws_say():
    mean, log_variance = np.array([0.5, -1.0, 0.0]), np.array([0.3, -0.7, 0.0])
    told = float(divergence(jnp.float32(mean), jnp.float32(log_variance)))
    q = stats.norm(mean, np.exp(log_variance / 2))
    z = q.rvs((400_000, 3), random_state=2)
    assert told == pytest.approx(np.sum(q.logpdf(z) - stats.norm.logpdf(z), axis=1).mean(), abs=0.01)
    assert float(divergence(jnp.zeros(3), jnp.zeros(3))) == 0


def test_with_the_exact_posterior_every_bound_is_the_likelihood(linear):
    model, rows, exact = linear
    np.testing.assert_allclose(model.bound(rows), exact, atol=2e-4)
    np.testing.assert_allclose(model.bound(rows, 8), exact, atol=2e-4)
    assert -model.evaluate(rows)[0] == pytest.approx(exact.mean(), abs=0.1)


def test_the_bound_rises_with_draws_towards_the_likelihood(linear):
    model, rows, exact = linear
    off = worse(model)
    one, few, many = (off.bound(rows, samples).mean() for samples in (1, 8, 500))
    elbo = -off.evaluate(rows)[0]
    assert one == pytest.approx(elbo, abs=0.2)
    assert elbo < few - 0.1 < few < many < exact.mean() + 0.01
    assert many == pytest.approx(exact.mean(), abs=0.05)
    np.testing.assert_allclose(off.score_samples(rows, 500), exact, atol=0.6)


@pytest.fixture(scope="module")
def fitted():
    net = VariationalAutoencoder(2, (16,), learning_rate=0.02, seed=1)
    net.fit(BITS, batch_size=24, epochs=60, verbose=0)
    return net


def test_both_terms_are_told_and_add_up(fitted):
    told = fitted.history.history
    np.testing.assert_allclose(told["loss"], np.add(told["reconstruction"], told["kl"]), rtol=1e-5)
    assert told["loss"][-1] < told["loss"][0] - 0.5
    assert fitted.metrics_names == ["loss", "reconstruction", "kl"]


def test_without_the_kl_term_it_is_the_objective_of_an_autoencoder():
    net = Variational(2, encoder=Chain([Dense(4, "tanh")]), decoder=Chain([Dense(6)]))
    net = net.build(jax.ShapeDtypeStruct((1, 6), jnp.float32), jax.random.key(0))
    sure = net.set(head=net.head.set(bias=jnp.array([0.0, 0.0, -80.0, -80.0])))  # no noise is left in the code
    batch = Batch(jnp.asarray(BITS), None, jnp.ones(24), jnp.ones(24))
    priced = jax.jit(lambda net: EvidenceBound(beta=0).price(net, batch, jax.random.key(1), 0))(sure)
    plain = 6 * BinaryCrossentropy()(BITS, sure(jnp.asarray(BITS)))
    assert float(priced.value) == pytest.approx(float(plain), rel=1e-5)


def test_the_weight_of_the_kl_term_rises_while_warming_up():
    bound = EvidenceBound(beta=2.0, warmup=10)
    assert [float(bound.weight(count)) for count in (0, 5, 10, 99)] == pytest.approx([0, 1, 2, 2])
    assert bound.weight(None) == 2.0


def test_what_a_row_draws_is_its_own_and_normal():
    rows = jnp.asarray(np.unpackbits(np.arange(2**12, dtype=">u2").view(np.uint8)).reshape(-1, 16), jnp.float32)
    draw = jax.jit(own_normals, static_argnums=1)
    drawn = np.asarray(draw(rows, 8))
    assert stats.kstest(drawn.ravel(), "norm").pvalue > 0.01
    assert np.abs(np.corrcoef(drawn.T) - np.eye(8)).max() < 0.08
    np.testing.assert_array_equal(draw(rows[5:9], 8), drawn[5:9])


def test_samples_have_the_statistics_of_the_rows(linear):
    model, _, _ = linear
    means = model.sample(4000, seed=3)
    drawn = model.sample(4000, expected=False, seed=3)
    w = np.asarray(model.net.decoder.layers[0].kernel)
    np.testing.assert_allclose(np.cov(means.T), w.T @ w, atol=0.15)
    np.testing.assert_allclose(np.cov(drawn.T), w.T @ w + VARIANCE * np.eye(FEATURES), atol=0.15)


def test_binary_draws_are_binary_and_expectations_are_probabilities(fitted):
    assert set(np.unique(fitted.sample(50, expected=False))) == {0.0, 1.0}
    means = fitted.sample(50)
    assert means.min() > 0 and means.max() < 1


def test_a_traversal_moves_one_number_at_a_time(fitted):
    moved = fitted.traverse(BITS[3], steps=5, reach=2.0)
    assert moved.shape == (2, 5, 6)
    code = fitted.transform(BITS[3:4])[0]
    np.testing.assert_allclose(moved[1, 4], fitted.decode([[code[0], 2.0]])[0], atol=1e-6)
    np.testing.assert_allclose(fitted.reconstruct(BITS[3:4]), fitted.decode(code[None]), atol=1e-6)


def test_the_gaussian_decoder_learns_the_noise_of_the_rows(linear, tmp_path):
    _, rows, exact = linear
    net = VariationalAutoencoder(LATENT, (), "gaussian", learning_rate=0.02, seed=2)
    net.fit(rows, batch_size=200, epochs=1500, verbose=0)
    assert float(jnp.exp(net.net.log_variance)) == pytest.approx(VARIANCE, rel=0.25)
    assert net.score_samples(rows, 100).mean() > exact.mean() - 0.05
    net.save(tmp_path / "vae.nz")
    np.testing.assert_array_equal(load_model(tmp_path / "vae.nz").bound(rows, 2), net.bound(rows, 2))


def test_what_cannot_be_is_refused(fitted):
    for wrong, match, attempt in (
        (DataError, r"x\[2, 1\] is 3.*divide pixels|gaussian", lambda: VariationalAutoencoder(2).fit([[0, 1], [1, 0], [0.5, 3]])),
        (DataError, "table", lambda: VariationalAutoencoder(2).fit(np.zeros((2, 3, 3)))),
        (NotReadyError, "sample", lambda: VariationalAutoencoder(2).sample(1)),
        (ArgumentError, "at least 1 row", lambda: fitted.sample(0)),
        (ArgumentError, "at least once", lambda: fitted.bound(BITS, 0)),
        (ArgumentError, "no decoder 'poisson'", lambda: VariationalAutoencoder(2, decoder="poisson")),
        (ArgumentError, "code of 0", lambda: VariationalAutoencoder(0)),
        (ArgumentError, "beta=-1", lambda: VariationalAutoencoder(2, beta=-1)),
        (ArgumentError, "Variational", lambda: EvidenceBound().check(Dense(2))),
        (ArgumentError, "rows alone", lambda: VariationalAutoencoder(2).fit(BITS, np.zeros(24))),
        (OvercompleteWarning, "6 features", lambda: VariationalAutoencoder(9).fit(BITS, verbose=0)),
    ):
        with pytest.raises(wrong, match=match):
            attempt()
