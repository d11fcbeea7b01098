"""Support vector machines: their laws, and scikit-learn's as the reference."""

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.svm import SVC, SVR, LinearSVC

from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError
from neuralzoo.zoo import LinearSupportVectorMachine, SupportVectorMachine, SupportVectorRegressor
from neuralzoo.zoo.maximum_margin import ConvergenceWarning
from neuralzoo.zoo.vector_machine import ScaleWarning

TIGHT = 1e-4


@pytest.fixture(scope="module")
def iris():
    x, y = load_iris(return_X_y=True)
    return x.astype(np.float32), y


@pytest.fixture(scope="module")
def machine(iris):
    """Three classes, radial, with probabilities."""
    model = SupportVectorMachine(2.0, probability=True, tolerance=TIGHT, seed=0)
    model.fit(*iris, verbose=0)
    return model


@pytest.fixture(scope="module")
def peer(iris):
    return SVC(C=2.0, tol=1e-6, decision_function_shape="ovo", break_ties=False).fit(*iris)


def clouds(apart: float):
    """Two clouds of twenty points each, `apart` from each other."""
    draws = np.random.default_rng(3)
    y = np.arange(40) % 2
    return (draws.normal(0, 0.5, (40, 2)) + apart * (y[:, None] - 0.5)).astype(np.float32), y


@pytest.fixture(scope="module")
def hard():
    """A linear machine with next to no violations allowed."""
    model = SupportVectorMachine(1e4, "linear", tolerance=TIGHT)
    model.fit(*clouds(4.0), verbose=0)
    return model


def test_it_decides_as_libsvm_with_the_same_support_vectors(machine, peer, iris):
    x, _ = iris
    np.testing.assert_allclose(machine.decision_function(x), peer.decision_function(x), atol=2e-3)
    np.testing.assert_array_equal(machine.classify(x), peer.predict(x))
    np.testing.assert_array_equal(machine.support, peer.support_)
    np.testing.assert_allclose(machine.support_vectors, peer.support_vectors_, rtol=1e-6)


def test_the_best_score_is_the_class_that_most_others_lose_to(machine, iris):
    x, _ = iris
    f, scores = machine.decision_function(x), machine.predict(x)
    votes = np.stack([(f[:, 0] > 0) * 1 + (f[:, 1] > 0), (f[:, 0] <= 0) * 1 + (f[:, 2] > 0), (f[:, 1] <= 0) * 1 + (f[:, 2] <= 0)], axis=1)
    np.testing.assert_array_equal(np.round(scores), votes)


def test_probabilities_are_near_libsvm_s_and_sum_to_one(machine, iris):
    from sklearn.calibration import CalibratedClassifierCV

    p = machine.predict_proba(iris[0])
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-9)
    reference = CalibratedClassifierCV(SVC(C=2.0), ensemble=False, cv=5).fit(*iris).predict_proba(iris[0])
    assert np.mean(np.abs(p - reference)) < 0.03
    np.testing.assert_array_equal(p.argmax(axis=1)[p.max(axis=1) > 0.6], machine.classify(iris[0])[p.max(axis=1) > 0.6])


def test_an_epoch_more_has_nothing_to_do(machine, iris):
    before = machine.coefficients, machine.objective
    machine.fit(*iris, verbose=0)
    assert machine.rounds <= 2
    np.testing.assert_allclose(machine.coefficients, before[0], atol=1e-3)
    assert machine.objective == pytest.approx(before[1], rel=1e-6)


def test_the_margin_of_separable_rows_is_two_over_the_length_of_the_weights(hard):
    x, y = clouds(4.0)
    w = hard.weights[:, 0].astype(float)
    assert hard.margin[0] == pytest.approx(2 / np.linalg.norm(w), rel=1e-5)
    along = x @ (w / np.linalg.norm(w))  # class 0 is the first of the pair, so on the side that w points to
    assert along[y == 0].min() - along[y == 1].max() == pytest.approx(hard.margin[0], rel=1e-3)
    assert (hard.decision_function(x) > 0).tolist() == (y == 1).tolist()


def test_weights_of_rows_and_classes_count_as_in_libsvm():
    x, y = clouds(1.0)
    each = np.random.default_rng(0).uniform(0.2, 3, 40)
    model = SupportVectorMachine(0.7, "linear", tolerance=TIGHT)
    model.fit(x, y, sample_weight=each, class_weight={0: 1.0, 1: 4.0}, verbose=0)
    reference = SVC(C=0.7, kernel="linear", tol=1e-6, class_weight={0: 1.0, 1: 4.0}).fit(x, y, sample_weight=each)
    np.testing.assert_allclose(model.decision_function(x), reference.decision_function(x), atol=2e-3)


def test_other_rows_take_the_place_of_those_before():
    (x, y), model, fresh = clouds(1.0), SupportVectorMachine(kernel="linear"), SupportVectorMachine(kernel="linear")
    model.fit(x, y, verbose=0)
    model.fit(x[:, ::-1].copy(), y, verbose=0)
    fresh.fit(x[:, ::-1].copy(), y, verbose=0)
    np.testing.assert_array_equal(model.decision_function(x), fresh.decision_function(x))
    with pytest.raises(DataError, match="room"):
        model.fit(np.concatenate([x, x]), np.concatenate([y, y]), verbose=0)


def test_the_regressor_predicts_as_libsvm(iris):
    x, y = iris[0][:, :3], iris[0][:, 3]
    model = SupportVectorRegressor(3.0, 0.15, tolerance=TIGHT)
    model.fit(x, y, verbose=0)
    reference = SVR(C=3.0, epsilon=0.15, tol=1e-6).fit(x, y)
    np.testing.assert_allclose(model.predict(x), reference.predict(x), atol=1e-3)
    np.testing.assert_array_equal(model.support, np.sort(reference.support_))
    readings = model.evaluate(x, y, return_dict=True)
    error = np.abs(reference.predict(x) - y)
    assert readings["mae"] == pytest.approx(error.mean(), abs=1e-3)
    assert readings["loss"] == pytest.approx(np.maximum(error - 0.15, 0).mean(), abs=1e-3)


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return (x[:600] / 16).astype(np.float32), y[:600]


def test_the_linear_machine_reaches_liblinear_s_objective(digits):
    x, y = digits
    model, reference = LinearSupportVectorMachine(0.5), LinearSVC(C=0.5, dual=False, tol=1e-8, max_iter=10_000).fit(x, y)
    model.fit(x, y, verbose=0)
    w, signs = np.vstack([reference.coef_.T, reference.intercept_]), np.where(y[:, None] == np.arange(10), 1, -1)
    scores = x @ w[:-1] + w[-1]
    theirs = 0.5 * np.sum(w**2) + 0.5 * np.sum(np.maximum(1 - signs * scores, 0) ** 2)
    assert model.objective == pytest.approx(theirs, rel=1e-5)
    np.testing.assert_allclose(model.predict(x), scores, atol=0.02)
    np.testing.assert_array_equal(model.classify(x), reference.predict(x))


def test_what_cannot_be_learned_from_is_named():
    x, y = clouds(1.0)
    for targets, told in (
        (np.zeros(40, int), "nothing to tell apart"),
        (y + 0.5, "whole numbers"),
        (2 * y - 1, "no class"),
        (2 * y, "class 1 has no rows"),
        (np.eye(2)[y], "argmax"),
        (None, "no targets"),
    ):
        for model in (SupportVectorMachine(), LinearSupportVectorMachine()):
            with pytest.raises(DataError, match=told):
                model.fit(x, targets, verbose=0)
    with pytest.raises(DataError, match="not a table"):
        SupportVectorMachine().fit(x[:, :, None], y)
    with pytest.raises(DataError, match=r"160,000,000,000 bytes.*\n.*LinearSupportVectorMachine"):
        SupportVectorMachine().fit(np.zeros((200_000, 1), np.float32), np.arange(200_000) % 2)
    with pytest.raises(DataError, match="probabilities need 5"):
        SupportVectorMachine(probability=True).fit(x[:8], y[:8])
    with pytest.raises(DataError, match="one target a row"):
        SupportVectorRegressor().fit(x, x)


def test_settings_that_cannot_be_are_refused():
    for wrong, told in (
        ({"c": 0}, "C is 0"),
        ({"c": -1.0}, "C is -1"),
        ({"kernel": "rfb"}, "'rbf'"),
        ({"kernel": "poly", "degree": 0}, "degree 0"),
        ({"gamma": -1}, "gamma"),
        ({"gamma": "scales"}, "gamma"),
        ({"tolerance": 0}, "tolerance"),
    ):
        with pytest.raises(ArgumentError, match=told):
            SupportVectorMachine(**wrong)
    with pytest.raises(ArgumentError, match="epsilon"):
        SupportVectorRegressor(epsilon=-0.1)
    with pytest.raises(ArgumentError, match="C is 0"):
        LinearSupportVectorMachine(c=0)


def test_a_feature_that_outweighs_the_others_is_named_with_a_remedy():
    x, y = clouds(1.0)
    wide = np.concatenate([x, 1000 * x[:, :1]], axis=1)
    for model in (SupportVectorMachine(), SupportVectorRegressor(), LinearSupportVectorMachine()):
        with pytest.warns(ScaleWarning, match=r"feature 2 .*std"):
            model.check_rows(wide, y)


def test_a_search_that_ends_too_soon_says_so(hard):
    model = SupportVectorMachine(1e4, "linear", tolerance=TIGHT, rounds=3)
    with pytest.warns(ConvergenceWarning, match="3 rounds"):
        model.fit(*clouds(4.0), verbose=0)
    assert model.gap > TIGHT > hard.gap


def test_what_was_not_taught_is_not_told(hard):
    with pytest.raises(NotReadyError, match="probability=True"):
        hard.predict_proba(clouds(1.0)[0])
    with pytest.raises(NotReadyError, match="fitted"):
        SupportVectorMachine().margin  # noqa: B018
