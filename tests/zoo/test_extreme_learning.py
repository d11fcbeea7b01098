"""Extreme learning machines: their laws."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.learn.least_squares import SingularWarning
from neuralzoo.zoo import ExtremeLearningMachine
from neuralzoo.zoo.extreme_learning import sinc_rows

SIZE = {"batch_size": 100, "verbose": 0}


@pytest.fixture(scope="module")
def rows():
    draws = np.random.default_rng(0)
    x = draws.uniform(-3, 5, (300, 2)).astype(np.float32)
    return x, np.sin(x[:, :1]) * x[:, 1:]


@pytest.fixture(scope="module")
def machine(rows):
    model = ExtremeLearningMachine(15, ridge=1e-2, seed=4)
    model.fit(*rows, **SIZE)
    return model


def features(model, x):
    """The random features in NumPy, and a column of ones."""
    layer = model.net.layers[0]
    kernel, bias, middle, reach = (np.asarray(a, float) for a in (layer.kernel, layer.bias, layer.middle, layer.reach))
    h = 1 / (1 + np.exp(-((x - middle) / reach @ kernel + bias)))
    return np.hstack([h, np.ones((len(x), 1))])


def test_it_is_ridge_regression_on_random_features(rows, machine):
    x, y = rows
    h = features(machine, x)
    weights = np.linalg.solve(h.T @ h + np.diag([1e-2] * 15 + [0]), h.T @ y)
    np.testing.assert_allclose(machine.transform(x), h[:, :-1], atol=2e-6)
    np.testing.assert_allclose(machine.predict(x), h @ weights, atol=1e-3)


def test_inputs_are_scaled_to_their_range(rows, machine):
    layer = machine.net.layers[0]
    z = (rows[0] - np.asarray(layer.middle)) / np.asarray(layer.reach)
    np.testing.assert_allclose([z.min(0), z.max(0)], [[-1, -1], [1, 1]], atol=1e-6)


def test_rows_that_come_in_parts_teach_the_same(rows, machine):
    x, y = rows
    parts = ExtremeLearningMachine(15, ridge=1e-2, seed=4)
    parts.meet(x, y.astype(np.float32))  # the range of all rows
    for start in (200, 0, 100):
        parts.fit(x[start : start + 100], y[start : start + 100], **SIZE)
    np.testing.assert_allclose(parts.predict(x), machine.predict(x), atol=1e-3)


def test_rbf_features_are_gaussians_about_their_centres(rows):
    model = ExtremeLearningMachine(15, "rbf", scale=2.0, ridge=1e-2)
    model.fit(*rows, **SIZE)
    layer = model.net.layers[0]
    z = (rows[0][:9] - np.asarray(layer.middle)) / np.asarray(layer.reach)
    squared = ((z[:, :, None] - np.asarray(layer.kernel)) ** 2).sum(axis=1)
    np.testing.assert_allclose(model.transform(rows[0][:9]), np.exp(-4 / 2 * squared), atol=1e-5)


def test_more_units_than_rows_determine_are_no_danger():
    draws = np.random.default_rng(1)
    x, x_test = draws.uniform(-1, 1, (2, 300, 1)).astype(np.float32)
    model = ExtremeLearningMachine(60, ridge=0.0)
    with pytest.warns(SingularWarning, match="directions"):
        model.fit(x[:30], np.sin(3 * x[:30]), batch_size=30, verbose=0)
    assert np.abs(model.predict(x_test) - np.sin(3 * x_test)).max() < 0.05


def test_single_precision_is_enough_for_a_ridge_that_is_not_small(rows):
    x, y = rows
    pair = [ExtremeLearningMachine(15, ridge=0.1, precision=p) for p in ("double", "single")]
    for model in pair:
        model.fit(x, y, **SIZE)
    np.testing.assert_allclose(*(model.predict(x) for model in pair), atol=0.05)


def test_classes_are_told_apart():
    from sklearn.datasets import load_iris

    x, y = load_iris(return_X_y=True)
    model = ExtremeLearningMachine((30, 30), ridge=1e-2)
    model.fit(x, y, batch_size=75, verbose=0)
    told = model.evaluate(x, y, return_dict=True)
    assert told["accuracy"] > 0.95 and np.isclose(told["accuracy"], np.mean(model.predict(x).argmax(1) == y))
    with pytest.raises(DataError, match="label 3 is a class more"):
        model.fit(x, y + 1, batch_size=75, verbose=0)
    assert ExtremeLearningMachine(5, classes=4).net.layers[-1].units == 4


def test_rows_that_cannot_be_learned_from_are_refused(rows):
    x, y = rows
    for wrong, wanted, words in ((x[:, 0], y, "reshape"), (x, None, "y is None"), (x, -np.ones(300, int), "label -1 in row 0 is no class")):
        with pytest.raises(DataError, match=words):
            ExtremeLearningMachine(5).fit(wrong, wanted, verbose=0)
    for wrong in ({"units": 0}, {"scale": 0.0}):
        with pytest.raises(ArgumentError, match="units"):
            ExtremeLearningMachine(**wrong)
    with pytest.raises(ArgumentError, match="precision"):
        ExtremeLearningMachine(5, precision="half")


def test_twenty_units_learn_sinc_as_published():
    errors = []
    for seed in range(5):
        rows, (x, y) = sinc_rows(seed=seed)
        model = ExtremeLearningMachine(20, seed=seed)
        model.fit(*rows, verbose=0)
        errors.append(np.sqrt(np.mean((model.predict(x) - y) ** 2)))
    assert np.mean(errors) <= 0.010
