"""Radial basis function networks: their units, their rules for centers and widths, and their laws."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.learn.least_squares import read_out
from neuralzoo.zoo import RBFNetwork
from neuralzoo.zoo import centers as places


@pytest.fixture(scope="module")
def rows():
    draws = np.random.default_rng(0)
    x = draws.uniform(-3, 3, size=(80, 2)).astype(np.float32)
    return x, (np.sin(x[:, 0]) + 0.3 * x[:, 1] ** 2).astype(np.float32)


@pytest.fixture(scope="module")
def fitted(rows):
    network = RBFNetwork(units=12, width=1.5, ridge=1e-3, seed=3)
    network.fit(*rows, batch_size=80, verbose=0)
    return network


def test_it_is_ridge_regression_on_gaussian_units(rows, fitted):
    x, y = rows
    front = fitted.net.layers[0]
    h = np.exp(-0.5 * cdist(x, np.asarray(front.centers), "sqeuclidean") / 1.5**2)
    h = np.hstack([h, np.ones((80, 1))])
    weights = np.linalg.solve(h.T @ h + np.diag([1e-3] * 12 + [0]), h.T @ y)
    np.testing.assert_allclose(fitted.predict(x)[:, 0], h @ weights, atol=2e-3)
    assert np.mean((fitted.predict(x)[:, 0] - y) ** 2) < 0.05 * y.var()


def test_centers_of_k_means_are_means_of_their_rows(rows):
    x, _ = rows
    centers = places.by_k_means(x, 5, seed=0)
    nearest = cdist(x, centers).argmin(axis=1)
    np.testing.assert_allclose(centers, [x[nearest == k].mean(axis=0) for k in range(5)], atol=1e-3)


def test_random_centers_are_rows_without_repetition(rows):
    centers = places.by_chance(rows[0], 80, seed=1)
    np.testing.assert_array_equal(np.unique(centers, axis=0), np.unique(rows[0], axis=0))


def residual(x, y, chosen, width):
    h = np.hstack([np.exp(-0.5 * cdist(x, chosen, "sqeuclidean") / width**2), np.ones((len(x), 1))])
    return np.sum((y - h @ np.linalg.lstsq(h, y, rcond=None)[0]) ** 2)


def test_orthogonal_least_squares_take_the_center_that_explains_most(rows):
    x, y = rows[0][:25].astype(float), rows[1][:25, None].astype(float)
    chosen = places.by_orthogonal_least_squares(x, y, 3, 1.5, seed=0)
    for k in range(3):
        best = min(residual(x, y, np.vstack([chosen[:k], row[None]]), 1.5) for row in x)
        assert residual(x, y, chosen[: k + 1], 1.5) == pytest.approx(best, rel=1e-6)


def test_widths_follow_their_rules():
    centers = np.array([[0.0, 0], [3, 0], [0, 4]])
    np.testing.assert_allclose(places.widths_of(centers, "spread", 1), 5 / np.sqrt(6))
    np.testing.assert_allclose(places.widths_of(centers, "nearest", 1), [3, 3, 4])
    np.testing.assert_allclose(places.widths_of(centers, "nearest", 2), np.sqrt([(9 + 16) / 2, (9 + 25) / 2, (16 + 25) / 2]))
    np.testing.assert_allclose(places.widths_of(centers, 0.5, 1), 0.5)


def test_classes_get_an_output_each(rows):
    x, _ = rows
    y = (np.linalg.norm(x, axis=1) > 2).astype(int)
    network = RBFNetwork(units=12, centers="random", width=1.5, ridge=1e-3, seed=3)
    network.fit(x, y, batch_size=80, verbose=0)
    assert network.predict(x).shape == (80, 2)
    right = np.mean(network.classify(x) == y)
    assert right > 0.9 and network.evaluate(x, y, return_dict=True)["accuracy"] == pytest.approx(right)


def test_rows_that_cannot_hold_the_centers_are_refused(rows):
    x, y = rows
    for wrong, message in (
        (lambda: RBFNetwork(units=81).fit(x, y), "81 centers cannot be taken from 80 rows"),
        (lambda: RBFNetwork(units=4, centers="random", neighbours=1).fit(np.ones((9, 2)), y[:9]), "width 0"),
        (lambda: RBFNetwork(units=4, centers="orthogonal", width=1.0).fit(np.ones((9, 2)), y[:9]), "found 0 centers"),
        (lambda: RBFNetwork(units=4).fit(x), "no targets"),
    ):
        with pytest.raises(DataError, match=message) as caught:
            wrong()
        assert caught.value.remedy


@pytest.mark.parametrize("wrong", [{"centers": "kmeans"}, {"width": "wide"}, {"width": 0}, {"centers": "orthogonal"}, {"units": 0}])
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ArgumentError) as caught:
        RBFNetwork(**wrong)
    assert caught.value.remedy


def test_another_fit_adds_rows_to_the_read_out(rows, fitted):
    x, y = rows
    parts = RBFNetwork(units=12, width=1.5, ridge=1e-3, seed=3)
    parts.meet(x, y)
    parts.fit(x[:40], y[:40], batch_size=40, verbose=0)
    parts.fit(x[40:], y[40:], batch_size=40, verbose=0)
    np.testing.assert_allclose(parts.predict(x), fitted.predict(x), atol=2e-3)
    assert read_out(parts.net).units == 1
