"""The perceptron and McCulloch and Pitts's neuron: their laws."""

import itertools

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError, ShapeError
from neuralzoo.layers import Dense
from neuralzoo.learn.perceptron import PerceptronRule
from neuralzoo.models import Sequential
from neuralzoo.zoo import McCullochPitts, Perceptron
from neuralzoo.zoo.perceptron import NotSeparableWarning

CORNERS = np.array(list(itertools.product((0, 1), repeat=2)), np.float32)


@pytest.fixture(scope="module")
def separable():
    """Rows with a margin, the longest of them, and the margin of the plane that labelled them; the bias counts as an input of 1."""
    draws = np.random.default_rng(0)
    x = draws.normal(size=(120, 2))
    plane = np.array([1.0, 2.0, 0.3])
    extended = np.hstack([x, np.ones((120, 1))])
    far = extended @ plane / np.linalg.norm(plane)
    kept = np.abs(far) > 0.2
    return x[kept].astype(np.float32), (far[kept] > 0).astype(int), np.linalg.norm(extended[kept], axis=1).max(), np.abs(far[kept]).min()


@pytest.fixture(scope="module")
def learned(separable):
    model = Perceptron(seed=1)
    model.fit(*separable[:2], batch_size=16, verbose=0)
    return model


def by_hand(x, y, epochs, rate=1.0):
    """Rosenblatt's rule, one row after the other."""
    w, mistakes = np.zeros(3), 0
    for _ in range(epochs):
        for row, label in zip(np.hstack([x, np.ones((len(x), 1))]), y, strict=True):
            error = label - float(w @ row >= 0)
            w, mistakes = w + rate * error * row, mistakes + (error != 0)
    return w, mistakes


def test_mistakes_stay_below_the_bound_and_end(separable, learned):
    x, y, radius, margin = separable
    mistakes = learned.history.history["mistakes"]
    assert 0 < sum(mistakes) <= (radius / margin) ** 2
    assert mistakes[-1] == 0 < mistakes[-2] and len(mistakes) < 100
    np.testing.assert_array_equal(learned.classify(x), y)


def test_blocks_of_rows_learn_as_rosenblatt_did_row_by_row(separable):
    x, y = np.resize(separable[0], (140, 2)) + np.float32(0.1), np.resize(separable[1], 140)
    net = Sequential([Dense(1, activation="step", kernel_initializer="zeros")])
    net.compile(learner=PerceptronRule(0.5))
    history = net.fit(x, y, batch_size=140, epochs=2, shuffle=False, verbose=0).history
    w, mistakes = by_hand(x.astype(float), y, 2, 0.5)
    np.testing.assert_allclose(np.append(net.net.layers[0].kernel, net.net.layers[0].bias), w, atol=1e-4)
    assert sum(history["mistakes"]) == mistakes


def test_the_pocket_keeps_the_longest_run():
    draws = np.random.default_rng(3)
    x, y = draws.normal(size=(60, 2)).astype(np.float32), draws.integers(0, 2, 60)
    model = Perceptron()
    model.fit(x, y, batch_size=20, epochs=2, shuffle=False, verbose=0)
    w, pocket, run, best = np.zeros(3), np.zeros(3), 0, 0
    for row, label in 2 * list(zip(np.hstack([x, np.ones((60, 1))]).astype(float), y, strict=True)):
        error = label - float(w @ row >= 0)
        run = run + 1 if not error else 0
        if run > best:
            best, pocket = run, w
        w = w + error * row
    np.testing.assert_allclose(np.append(model.net.kernel, model.net.bias), pocket, atol=1e-4)
    np.testing.assert_allclose(np.append(model.memo.kernel, model.memo.bias), w, atol=1e-4)


@pytest.mark.filterwarnings("ignore::neuralzoo.zoo.perceptron.NotSeparableWarning")
def test_a_whole_batch_is_corrected_at_once_and_the_pocket_holds_the_best():
    draws = np.random.default_rng(4)
    x, y = draws.normal(size=(30, 2)).astype(np.float32), draws.integers(0, 2, 30)
    model = Perceptron(online=False)
    mistakes = model.fit(x, y, batch_size=30, epochs=60, verbose=0).history["mistakes"]
    assert model.evaluate(x, y, return_dict=True)["mistakes"] == min(mistakes)


def test_one_perceptron_cannot_learn_the_exclusive_or_and_says_so():
    model = Perceptron()
    with pytest.warns(NotSeparableWarning, match=r"hardly separable"):
        history = model.fit(CORNERS, np.array([0, 1, 1, 0]), verbose=0).history
    assert len(history["mistakes"]) == 100 and min(history["mistakes"]) > 0
    assert model.evaluate(CORNERS, np.array([0, 1, 1, 0]), return_dict=True)["accuracy"] <= 0.75


def test_each_of_several_classes_has_a_unit():
    draws = np.random.default_rng(1)
    y = np.arange(90) % 3
    x = np.array([[0, 4.0], [-4, -2], [4, -2]])[y] + draws.normal(size=(90, 2)) * 0.5
    model = Perceptron()
    history = model.fit(x, y, verbose=0).history
    assert history["mistakes"][-1] == 0 and model.predict(x).shape == (90, 3)
    np.testing.assert_array_equal(model.classify(x), y)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (CORNERS, np.array([0.5, 1, 0, 1]), "whole numbers"),
        (CORNERS, np.array([-1, 1, -1, 1]), "-1"),
        (CORNERS, np.zeros(4, int), "all rows are of class 0"),
        (CORNERS, None, "no targets"),
        (np.ones((4, 2, 2)), np.array([0, 1, 0, 1]), "not a table"),
    ],
)
def test_rows_that_are_not_classes_of_a_table_are_refused(x, y, message):
    with pytest.raises(DataError, match=message) as caught:
        Perceptron().fit(x, y, verbose=0)
    assert caught.value.remedy


def test_a_class_that_was_not_there_at_first_is_refused(learned, separable):
    with pytest.raises(DataError, match="label 2"):
        learned.fit(separable[0][:3], np.array([0, 1, 2]), verbose=0)
    with pytest.raises(ArgumentError, match="rate"):
        Perceptron(rate=0)


@pytest.mark.parametrize(("name", "law"), [("and", np.all), ("or", np.any), ("majority", lambda r, axis: r.mean(axis) > 0.5)])
def test_gates_are_their_functions(name, law):
    for inputs in (1, 3, 5):
        rows = np.array(list(itertools.product((0, 1), repeat=inputs)))
        np.testing.assert_array_equal(McCullochPitts.gate(name, inputs).predict(rows), law(rows, axis=1))


def test_not_inhibits():
    assert McCullochPitts.gate("not", 1).predict([[0], [1]]).tolist() == [1, 0]


def test_a_neuron_of_0_and_1_takes_nothing_else():
    neuron = McCullochPitts([1, 1], 2)
    with pytest.raises(DataError, match=r"x\[1, 0\] is 0.5"):
        neuron.predict([[0, 1], [0.5, 1]])
    with pytest.raises(ShapeError, match="2 weights"):
        neuron.predict([[0, 1, 1]])
    for wrong in (lambda: McCullochPitts([], 1), lambda: McCullochPitts.gate("nand"), lambda: McCullochPitts.gate("not", 2)):
        with pytest.raises(ArgumentError):
            wrong()
