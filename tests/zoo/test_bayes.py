"""Bayesian networks: against the posterior of a linear model, which is known in closed form, and their other laws."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError, ShapeError
from neuralzoo.layers import Conv1D, Dense, Dropout, Flatten, LayerNormalization
from neuralzoo.learn.curvature import fisher_root, gauss_newton, kronecker
from neuralzoo.learn.schedules import CosineDecay
from neuralzoo.models import Sequential
from neuralzoo.zoo import BayesByBackprop, LaplaceNetwork, MonteCarloDropout, NoUTurnNetwork
from neuralzoo.zoo.nuts import moments
from neuralzoo.zoo.predictive import Classes, Numbers, coverage, reliability

NOISE, PRIOR = 0.4, 2.0
DRAWS = np.random.default_rng(0)
X = DRAWS.normal(size=(30, 3)).astype(np.float32)
Y = (X @ [1.0, -2.0, 0.5] + 0.3 + NOISE * DRAWS.normal(size=30)).astype(np.float32)
LABELS = (Y > 0.3).astype(np.int32)
LINEAR = {"noise": NOISE, "prior": PRIOR, "standardize": False}
PRECISIONS = np.array([3, 3, 3, 1]) / PRIOR**2  # of the prior: three inputs share what a unit gets


def exact(x=X, y=Y, strength=1.0):
    """Mean and covariance of kernel and bias given the rows."""
    rows = np.hstack([x, np.ones((len(x), 1))]).astype(float)
    covariance = np.linalg.inv(rows.T @ rows / NOISE**2 + strength * np.diag(PRECISIONS))
    return covariance @ (rows.T @ y / NOISE**2), covariance


def fitted(kind, *, epochs=800, rate=0.05, x=X, y=Y, **settings):
    network = kind((), **{**LINEAR, "learning_rate": CosineDecay(rate, epochs), **settings})
    network.fit(x, y, batch_size=len(x), epochs=epochs, verbose=0)
    return network


@pytest.fixture(scope="module")
def laplace():
    return fitted(LaplaceNetwork, tune=False)


def weights(layer):
    return np.concatenate([np.asarray(layer.kernel)[:, 0], np.asarray(layer.bias)])


def test_laplace_is_the_posterior_of_a_linear_model(laplace):
    mean, covariance = exact()
    np.testing.assert_allclose(weights(laplace.net.observed.inner.layers[0]), mean, atol=1e-4)
    np.testing.assert_allclose(laplace.covariance(), covariance, rtol=1e-3, atol=1e-7)
    rows = np.hstack([X, np.ones((30, 1))])
    told = laplace.predict_distribution(X, 4000)
    np.testing.assert_allclose(told.epistemic[:, 0], np.sqrt(np.einsum("ni,ij,nj->n", rows, covariance, rows)), rtol=0.06)
    np.testing.assert_allclose(told.aleatoric, NOISE, rtol=1e-5)


def test_kroneckers_factors_are_exact_for_a_linear_model():
    network = fitted(LaplaceNetwork, tune=False, structure="kronecker", epochs=1)
    (inputs, outputs), values = network.net.modes[0], network.net.values[0]
    modes = np.kron(np.asarray(inputs), np.asarray(outputs))
    np.testing.assert_allclose(modes / (values.reshape(-1) + 1) @ modes.T, exact()[1], rtol=1e-3, atol=1e-7)


def test_kroneckers_factors_are_exact_for_one_row(key):
    layer = Dense(2, activation="tanh").build(jax.ShapeDtypeStruct((1, 3), jnp.float32), key)
    x, share = jnp.asarray(X[:1]), jnp.ones(1)
    (factors,) = kronecker(layer, x, lambda y: y, share, "classes")
    told = lambda w, x: jnp.tanh(x @ w[:3] + w[3])  # noqa: E731
    whole = gauss_newton(told, jnp.vstack([layer.kernel, layer.bias]), x, share, "classes")
    np.testing.assert_allclose(jnp.kron(factors.inputs, factors.outputs), whole, rtol=1e-4, atol=1e-6)


def test_gauss_and_newton_s_matrix_is_the_hessian_where_the_network_is_linear():
    common = {"structure": "full", "noise": "learned", "tune": False, "epochs": 30, "y": LABELS}
    some, all_ = (fitted(LaplaceNetwork, hessian=hessian, **common).covariance() for hessian in (False, True))
    np.testing.assert_allclose(some, all_, rtol=2e-3, atol=1e-5)


def test_the_roots_are_those_of_fishers_information():
    logits = jnp.array([0.5, -1.0, 2.0])
    p, root = jax.nn.softmax(logits), fisher_root(logits, "classes")
    np.testing.assert_allclose(root @ root.T, jnp.diag(p) - jnp.outer(p, p), atol=1e-6)
    root = fisher_root(jnp.array([1.0, np.log(0.5)]), "row")
    draws = 1.0 + 0.5 * np.random.default_rng(1).normal(size=400_000)  # scores of mean and log σ, by hand
    scores = np.stack([(draws - 1) / 0.25, (draws - 1) ** 2 / 0.25 - 1])
    np.testing.assert_allclose(root @ root.T, scores @ scores.T / draws.size, rtol=0.02, atol=0.02)


def test_the_strength_of_the_prior_is_that_of_the_largest_evidence():
    network = fitted(LaplaceNetwork, epochs=400)
    for _ in range(3):
        network.fit(X, Y, batch_size=30, epochs=400, verbose=0)
    rows = np.hstack([X, np.ones((30, 1))]).astype(float)

    def evidence(strength):
        return multivariate_normal.logpdf(Y, cov=NOISE**2 * np.eye(30) + rows @ np.diag(1 / (strength * PRECISIONS)) @ rows.T)

    best = max(evidence(s) for s in np.geomspace(0.05, 50, 200))
    assert evidence(float(network.net.strength)) > best - 0.01


def test_mean_field_has_the_means_and_the_diagonal_of_the_precision():
    network = fitted(BayesByBackprop, draws=16, epochs=1500, local=False)
    layer = network.net.observed.inner.layers[0]
    mean, covariance = exact()
    np.testing.assert_allclose(weights(layer.inner), mean, atol=0.02)
    sigma = np.concatenate([np.asarray(s).reshape(-1) for s in layer.sigmas()])
    np.testing.assert_allclose(sigma**2, 1 / np.diag(np.linalg.inv(covariance)), rtol=0.1)
    told = norm(weights(layer.inner), sigma)
    drawn = told.rvs((100_000, 4), random_state=0)
    monte_carlo = np.sum(told.logpdf(drawn) - norm(0, PRECISIONS**-0.5).logpdf(drawn), axis=1)
    np.testing.assert_allclose(network.divergence(), monte_carlo.mean(), atol=5 * monte_carlo.std() / 100_000**0.5)
    key = jax.random.key(3)
    both = [
        jax.vmap(lambda k, own=own: layer.set(local=own).forward(jnp.asarray(X), k)[0])(jax.random.split(key, 4000))
        for own in (True, False)
    ]
    np.testing.assert_allclose(both[0].mean(0), both[1].mean(0), atol=0.02)  # by row or by weight: each row's law is the same
    np.testing.assert_allclose(both[0].std(0), both[1].std(0), rtol=0.08)


@pytest.fixture(scope="module")
def drawn():
    network = NoUTurnNetwork((), draws=500, warmup=200, **LINEAR)
    network.fit(X, Y, verbose=0)
    return network


def test_draws_without_u_turns_have_the_moments_of_the_posterior(drawn):
    mean, covariance = exact()
    found, spread = moments(drawn)
    independent = drawn.report().effective
    assert independent > 100 and drawn.report().divergences == 0 and abs(drawn.report().repeats - 1) < 0.05
    assert np.all(np.abs(found - mean) < 5 * np.sqrt(np.diag(covariance) / independent))
    np.testing.assert_allclose(np.diag(spread), np.diag(covariance), rtol=5 * np.sqrt(2 / independent))


def test_more_rows_take_epistemic_spread_away_and_distance_adds_to_it(laplace):
    more = fitted(LaplaceNetwork, tune=False, x=np.tile(X, (16, 1)), y=np.tile(Y, 16), epochs=300)
    near, far = X[:5], 20 * X[:5]
    few, many = (network.predict_distribution(np.vstack([near, far])).epistemic for network in (laplace, more))
    np.testing.assert_allclose(many, few / 4, rtol=0.1)
    assert (few[5:] > 5 * few[:5]).all()


def test_masks_have_the_mean_of_the_network_and_the_variance_of_their_bits():
    network = MonteCarloDropout([Dropout(0.25), Dense(1)], noise=NOISE, standardize=False)
    network.fit(X, Y, batch_size=30, epochs=50, verbose=0)
    told, plain = network.predict_distribution(X, 8000), np.asarray(network.net(jnp.asarray(X)))[:, 0]
    kernel = np.asarray(network.net.observed.inner.layers[1].kernel)[:, 0]
    variance = (X**2 @ kernel**2) * 0.25 / 0.75
    np.testing.assert_allclose(told.epistemic[:, 0] ** 2, variance, rtol=0.12)
    assert np.all(np.abs(told.mean[:, 0] - plain) < 5 * np.sqrt(variance / 8000))
    same = network.sample(np.vstack([X[:1], X[:1]]), 20)
    np.testing.assert_array_equal(same[:, 0], same[:, 1])  # a draw is one function


def test_intervals_and_densities_are_those_of_the_mixture():
    told = Numbers(DRAWS.normal(size=(50, 4, 1)), np.full((50, 4, 1), 0.3))
    low, high = told.interval(0.9)
    np.testing.assert_allclose(told.below(high) - told.below(low), 0.9, atol=1e-6)
    wanted = np.log(norm.pdf(0.2, told.means[:, :, 0], 0.3).mean(axis=0))
    np.testing.assert_allclose(told.log_density(np.full(4, 0.2)), wanted, rtol=1e-9)
    np.testing.assert_allclose(told.std**2, told.means.var(axis=0) + 0.09)


def test_calibration_tells_the_sure_from_the_right():
    y = DRAWS.normal(size=4000)
    right, proud = (coverage(Numbers(np.zeros((1, 4000, 1)), np.full((1, 4000, 1), s)), y, [0.5, 0.9]) for s in (1.0, 0.5))
    assert right.error < 0.02 and (proud.held < proud.levels - 0.1).all()
    p = DRAWS.uniform(0.5, 1, 4000)
    told = Classes(np.stack([np.zeros(4000), np.log(p / (1 - p))], axis=1)[None])
    assert reliability(told, DRAWS.random(4000) < p).error < 0.03 < reliability(told, DRAWS.random(4000) < 0.6).error
    np.testing.assert_allclose(told.epistemic, 0, atol=1e-12)


def test_networks_of_the_user_s_own_layers_tell_more_of_classes_than_their_shares():
    layers = Sequential([Flatten(), LayerNormalization(), Dense(4, activation="tanh"), Dense(2, activation="softmax")])
    network = BayesByBackprop(layers, learning_rate=0.03, draws=2)
    x = X[:, :, None]
    network.fit(x, LABELS, batch_size=30, epochs=200, verbose=0)
    shares = np.bincount(LABELS) / len(LABELS)
    assert network.score(x, LABELS) > shares @ np.log(shares) + 0.1
    assert network.draw_calibration(x, LABELS).axes and network.draw().axes
    told = network.predict_distribution(x)
    np.testing.assert_allclose(told.total, told.epistemic + told.aleatoric, rtol=1e-9)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: MonteCarloDropout([Dense(4), Dense(1)]), "no dropout"),
        (lambda: MonteCarloDropout((4,), 0.0), "no dropout"),
        (lambda: LaplaceNetwork((4,), hessian=True), "hessian"),
        (lambda: LaplaceNetwork((4,), structure="diagonal"), "structure"),
        (lambda: BayesByBackprop((4,), noise="loud"), "noise"),
        (lambda: BayesByBackprop((4,), noise=-1.0), "noise"),
        (lambda: BayesByBackprop("net"), "no network"),
        (lambda: BayesByBackprop((4,), prior=0.0), "prior"),
        (lambda: NoUTurnNetwork((4,), warmup=2), "warmup"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, says):
    with pytest.raises(ArgumentError, match=says) as caught:
        wrong()
    assert caught.value.remedy


def test_rows_that_do_not_suit_are_named(laplace, drawn):
    with pytest.raises(DataError, match="classes have no noise"):
        BayesByBackprop((4,), noise=0.1).fit(X, LABELS)
    with pytest.raises(DataError, match="predicts numbers, but y holds classes"):
        laplace.fit(X, LABELS)
    with pytest.raises(DataError, match="a row is a vector"):
        BayesByBackprop((4,)).fit(X[:, 0], Y)
    with pytest.raises(ShapeError, match=r"shape \(1,\) where 2 are needed"):
        BayesByBackprop([Dense(1)], noise="row").fit(X, Y)
    with pytest.raises(DataError, match="room for 30 rows"):
        drawn.fit(np.vstack([X, X]), np.hstack([Y, Y]))
    with pytest.raises(ArgumentError, match="Dense layers, not for Conv1D"):
        LaplaceNetwork([Conv1D(2, 2), Flatten(), Dense(1)], structure="kronecker").fit(X[:, :, None], Y)


def test_too_few_draws_are_named(laplace, drawn):
    with pytest.raises(ArgumentError, match="4 draws are too few") as caught:
        laplace.predict_distribution(X, 4).interval(0.9)
    assert "20 draws" in caught.value.remedy
    with pytest.raises(ArgumentError, match="500 were kept"):
        drawn.predict_distribution(X, 501)


def test_curvature_that_is_none_is_named(laplace):
    broken = LaplaceNetwork((), **LINEAR)
    broken.meet(X, Y)
    with pytest.raises(NotReadyError, match="before the curvature was taken"):
        broken.predict(X)
    learner = laplace.learner.set(hessian=True)
    with pytest.raises(DataError, match="not positive definite") as caught:
        learner.digest(laplace.net, None, {"curvature": -100 * np.eye(4), "misfit": 1.0, "rows": 30.0})
    assert "train longer" in caught.value.remedy


def test_a_missing_sampler_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "blackjax", None)
    with pytest.raises(NotReadyError, match="blackjax") as caught:
        NoUTurnNetwork((4,))
    assert "neuralzoo[bayes]" in caught.value.remedy


def test_draws_that_diverge_are_counted_with_a_warning(drawn):
    from neuralzoo.zoo.no_u_turn import DivergenceWarning

    learner = drawn.learner.set(rows=30)
    wild = jax.tree.map(lambda a: a, drawn.memo)._replace(y=drawn.memo.y * 1e8)
    with pytest.warns(DivergenceWarning, match="diverged") as caught:
        learner.finish(drawn.net, wild)
    assert "0.95" in str(caught[0].message)
