"""GRNN and PNN: against the estimators that they are, and what they do when their places are taken."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import norm

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.layers import Dense
from neuralzoo.zoo import GRNN, PNN
from neuralzoo.zoo.kept_rows import WIDTHS, ForgottenWarning, Keeping


@pytest.fixture(scope="module")
def rows():
    draws = np.random.default_rng(0)
    x = draws.uniform(-2, 2, size=(64, 2)).astype(np.float32)
    return x, (np.sin(2 * x[:, 0]) + x[:, 1]).astype(np.float32), np.random.default_rng(1).uniform(-2, 2, size=(10, 2)).astype(np.float32)


def nadaraya_watson(x, y, asked, width, weights=None):
    kernels = np.exp(-0.5 * cdist(asked, x, "sqeuclidean") / width**2) * (1 if weights is None else weights)
    return kernels @ y / kernels.sum(axis=1)


@pytest.fixture(scope="module")
def regression(rows):
    network = GRNN(width=0.3)
    network.fit(*rows[:2], batch_size=16, verbose=0)
    return network


def test_it_is_the_estimator_of_nadaraya_and_watson(rows, regression):
    x, y, asked = rows
    np.testing.assert_allclose(regression.predict(asked)[:, 0], nadaraya_watson(x, y, asked, 0.3), atol=1e-5)


def test_rows_may_have_weights(rows):
    x, y, asked = rows
    weights = np.random.default_rng(2).uniform(0.1, 3, 64)
    network = GRNN(width=0.3)
    network.fit(x, y, batch_size=16, sample_weight=weights, verbose=0)
    np.testing.assert_allclose(network.predict(asked)[:, 0], nadaraya_watson(x, y, asked, 0.3, weights), atol=1e-5)


def test_far_from_all_rows_it_answers_as_the_nearest_does(rows, regression):
    x, y, _ = rows
    far = np.array([[90.0, 80.0]], np.float32)
    assert regression.predict(far)[0, 0] == pytest.approx(y[cdist(far, x)[0].argmin()])


def test_the_width_is_the_one_that_leaves_the_smallest_error_when_rows_are_left_out(rows):
    x, y, _ = rows
    network = GRNN()
    network.fit(x, y, batch_size=16, verbose=0)
    apart = cdist(x, x)
    tried = np.median(np.sort(apart, axis=1)[:, 1]) * WIDTHS
    errors = [sum((nadaraya_watson(np.delete(x, i, 0), np.delete(y, i), x[i : i + 1], w)[0] - y[i]) ** 2 for i in range(64)) for w in tried]
    assert float(network.net.width) == pytest.approx(tried[np.argmin(errors)], rel=1e-5)


@pytest.mark.parametrize("priors", ["data", "equal"])
def test_probabilities_are_those_of_bayes_on_kernel_densities(priors):
    draws = np.random.default_rng(3)
    x, y = draws.normal(size=(64, 1)).astype(np.float32), (np.arange(64) % 4 > 0).astype(int)
    x[y == 1] += 1.5
    network = PNN(0.4, priors)
    network.fit(x, y, batch_size=16, verbose=0)
    asked = np.linspace(-2, 4, 10, dtype=np.float32)[:, None]
    densities = np.stack([norm.pdf(asked, x[y == k].T, 0.4).mean(axis=1) for k in (0, 1)], axis=1)
    posterior = densities * (np.bincount(y) / 64 if priors == "data" else 0.5)
    posterior /= posterior.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network.predict_proba(asked), posterior, atol=1e-5)
    np.testing.assert_array_equal(network.classify(asked), posterior.argmax(axis=1))


def test_past_the_capacity_the_newest_rows_are_kept_and_it_says_so(rows):
    x, y, asked = rows
    network = GRNN(width=0.3, capacity=40)
    with pytest.warns(ForgottenWarning, match="64 rows came, but there is room for 40"):
        network.fit(x, y, batch_size=16, shuffle=False, verbose=0)
    np.testing.assert_allclose(network.predict(asked)[:, 0], nadaraya_watson(x[24:], y[24:], asked, 0.3), atol=1e-5)


def test_one_batch_may_be_larger_than_the_capacity(rows):
    x, y, asked = rows
    network = GRNN(width=0.3, capacity=5)
    with pytest.warns(ForgottenWarning):
        network.fit(x, y, batch_size=64, shuffle=False, verbose=0)
    np.testing.assert_allclose(network.predict(asked)[:, 0], nadaraya_watson(x[59:], y[59:], asked, 0.3), atol=1e-5)


def test_rows_that_tell_no_width_or_no_class_are_refused(rows):
    x, y, _ = rows
    for wrong, message in (
        (lambda: GRNN().fit(np.ones((5, 2)), np.arange(5.0), verbose=0), "tell no width"),
        (lambda: PNN().fit(x, y, verbose=0), "whole numbers"),
        (lambda: GRNN().fit(x, verbose=0), "no targets"),
    ):
        with pytest.raises(DataError, match=message) as caught:
            wrong()
        assert caught.value.remedy


def test_settings_that_cannot_be_are_refused():
    for wrong in (
        lambda: GRNN(0),
        lambda: PNN(-1.0),
        lambda: GRNN(capacity=0),
        lambda: PNN(priors="none"),
        lambda: Keeping().check(Dense(1)),
    ):
        with pytest.raises(ArgumentError) as caught:
            wrong()
        assert caught.value.remedy
