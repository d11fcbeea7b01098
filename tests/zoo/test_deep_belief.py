"""Deep belief networks: layer after layer, and a classifier that begins with the same features."""

import jax
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError
from neuralzoo.layers import Chain, Dense, Dropout
from neuralzoo.learn.greedy import Greedy
from neuralzoo.zoo import DeepBeliefNetwork, RestrictedBoltzmannMachine

X = np.repeat([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1.0]], 8, axis=0).astype(np.float32)


@pytest.fixture(scope="module")
def stages():
    """The network after each of four epochs, two for each layer."""
    deep, nets = DeepBeliefNetwork((4, 3), layer_epochs=2, rate=0.3, seed=1), []
    for epoch in range(4):
        deep.fit(X, batch_size=8, epochs=epoch + 1, initial_epoch=epoch, verbose=0)
        nets.append(deep.net)
    return deep, nets


def test_one_layer_learns_after_the_other(stages):
    _, (_, second, third, fourth) = stages
    first, top = ([net.layers[i] for net in (second, third, fourth)] for i in (0, 1))
    assert first[0] == first[1] == first[2]
    assert top[0] != top[1] != top[2]


def test_the_first_layer_learns_like_a_machine_of_its_own(stages):
    _, (_, second, *_) = stages
    alone = RestrictedBoltzmannMachine(4, rate=0.3, seed=1)
    alone.meet(X, None)
    deep = DeepBeliefNetwork((4, 3), rate=0.3, seed=1)
    deep.meet(X, None)
    alone.net = deep.net.layers[0]
    for epoch in range(2):
        alone.fit(X, batch_size=8, epochs=epoch + 1, initial_epoch=epoch, verbose=0)
    for one, two in zip(jax.tree.leaves(alone.net), jax.tree.leaves(second.layers[0]), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


def test_the_classifier_begins_with_the_features(stages):
    deep, _ = stages
    classifier = deep.to_classifier(5)
    features = deep.transform(X)
    kernel, bias = classifier.get_weights()[-2:]
    scores = np.exp(features @ kernel + bias)
    np.testing.assert_allclose(classifier.predict(X), scores / scores.sum(1, keepdims=True), rtol=1e-4)
    assert kernel.shape == (3, 5)
    noisy = deep.to_classifier(5, dropout=0.5)  # leaves nothing out where it is used
    noisy.set_weights([*noisy.get_weights()[:-2], kernel, bias])
    np.testing.assert_array_equal(noisy.predict(X), classifier.predict(X))
    assert [layer.rate for layer in noisy.layers if isinstance(layer, Dropout)] == [0.5, 0.5]


def test_up_and_down_is_through_every_layer(stages):
    deep, _ = stages
    sigmoid = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
    below, top = ([np.asarray(a) for a in (m.kernel, m.bias, m.visible_bias)] for m in deep.machines)
    hidden = sigmoid(sigmoid(X @ below[0] + below[1]) @ top[0] + top[1])
    wanted = sigmoid(sigmoid(hidden @ top[0].T + top[2]) @ below[0].T + below[2])
    np.testing.assert_allclose(deep.reconstruct(X), wanted, atol=1e-5)
    assert deep.evaluate(X) == pytest.approx(np.mean((wanted - X) ** 2), rel=1e-4)


def test_dreams_are_of_what_was_seen():
    deep = DeepBeliefNetwork((8, 3), layer_epochs=150, rate=0.3, seed=1)
    deep.fit(X, batch_size=16, verbose=0)
    dreams = deep.sample(200, 50).round()
    assert np.mean([any((dream == row).all() for row in X[[0, 8]]) for dream in dreams]) > 0.7


def test_what_cannot_be_is_refused(stages):
    deep, _ = stages
    with pytest.raises(ArgumentError, match="layers"):
        DeepBeliefNetwork(())
    with pytest.raises(ArgumentError, match="epochs"):
        DeepBeliefNetwork((2,), layer_epochs=0)
    with pytest.raises(ArgumentError, match=r"k\)"):
        DeepBeliefNetwork((2,), steps=0)
    with pytest.raises(DataError, match="divide pixels by 255"):
        DeepBeliefNetwork((2,)).fit(np.array([[0, 255]]))
    with pytest.raises(NotReadyError, match="classifier"):
        DeepBeliefNetwork((2,)).to_classifier(2)
    with pytest.raises(ArgumentError, match="at least 2"):
        deep.to_classifier(1)
    with pytest.raises(ArgumentError, match="steps"):
        deep.sample(1, 0)
    with pytest.raises(ArgumentError, match="RestrictedBoltzmann"):
        Greedy().check(Chain([Dense(2)]))
