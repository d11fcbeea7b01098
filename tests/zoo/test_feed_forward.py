"""Feed-forward networks: what their layers say by hand, what they can learn, and what they are told where something is wrong."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.losses import MeanSquaredError
from neuralzoo.optimizers import SGD
from neuralzoo.zoo import DeepFeedForward, FeedForward
from neuralzoo.zoo.feed_forward import spirals

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
XOR = np.array([0, 1, 1, 0])


@pytest.fixture(scope="module")
def fitted():
    net = FeedForward(8, "tanh", rate=0.05)
    net.fit(X, XOR, epochs=200, verbose=0)
    return net


@pytest.fixture(scope="module")
def of_numbers():
    net = DeepFeedForward((8, 4), "tanh", rate=0.02)
    net.fit(X, X[:, 0] - 2 * X[:, 1], epochs=400, verbose=0)
    return net


def test_one_hidden_layer_solves_what_a_perceptron_cannot(fitted):
    assert fitted.classify(X).tolist() == XOR.tolist()
    assert fitted.evaluate(X, XOR, return_dict=True)["accuracy"] == 1


def test_each_layer_is_a_product_a_bias_and_a_bend(fitted):
    w, b, v, c = fitted.get_weights()
    np.testing.assert_allclose(fitted.hidden(X)[0], np.tanh(X @ w + b), rtol=1e-5, atol=1e-6)
    scores = np.exp(np.tanh(X @ w + b) @ v + c)
    np.testing.assert_allclose(fitted.predict(X), scores / scores.sum(1, keepdims=True), rtol=1e-4)


def test_a_column_of_numbers_may_be_flat(of_numbers):
    assert of_numbers.predict(X).shape == (4, 1) and of_numbers.classes is None
    np.testing.assert_allclose(of_numbers.predict(X)[:, 0], X[:, 0] - 2 * X[:, 1], atol=0.1)
    assert isinstance(of_numbers.learner.loss, MeanSquaredError)


def test_the_units_of_every_layer_are_told(of_numbers):
    assert [layer.shape for layer in of_numbers.hidden(X)] == [(4, 8), (4, 4)]


def test_dropout_is_for_learning_only():
    net = DeepFeedForward((4, 4), dropout=0.5)
    net.meet(X, XOR)
    np.testing.assert_array_equal(net.predict(X), net.predict(X))
    assert [layer.shape for layer in net.hidden(X)] == [(4, 4), (4, 4)]


def test_compile_still_chooses_another_optimizer():
    net = FeedForward(2)
    net.compile(SGD(0.5), "sparse_categorical_crossentropy", ["accuracy"])
    net.meet(X, XOR)
    assert isinstance(net.learner.optimizer, SGD)


def test_what_cannot_be_is_refused(fitted, of_numbers):
    for make in (lambda: FeedForward(0), lambda: DeepFeedForward(()), lambda: DeepFeedForward((3, 0))):
        with pytest.raises(ArgumentError) as caught:
            make()
        assert caught.value.remedy
    with pytest.raises(DataError, match="learned classes"):
        fitted.fit(X, XOR.astype(float))
    with pytest.raises(DataError, match="learned numbers"):
        of_numbers.fit(X, XOR)
    with pytest.raises(DataError, match="class more than the 2"):
        fitted.fit(X, XOR + 1)
    with pytest.raises(DataError, match="table"):
        FeedForward().fit(X[:, None], XOR)
    with pytest.raises(DataError, match="no targets"):
        FeedForward().fit(X)
    with pytest.raises(ArgumentError, match="knows no classes"):
        of_numbers.classify(X)


def test_spirals_turn_around_each_other():
    x, y = spirals(400)
    near = np.array([y[np.argsort(((x - one) ** 2).sum(1))[1]] for one in x])
    assert np.mean(near == y) > 0.95  # the nearest neighbour knows
    line = np.linalg.lstsq(np.c_[x, np.ones(400)], 2.0 * y - 1, rcond=None)[0]
    assert np.mean((np.c_[x, np.ones(400)] @ line > 0) == y) < 0.8  # a line mistakes more than a fifth
