"""Networks that are no plain chain: jump connections and complete connection, against their formulas."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.zoo import CompletelyConnectedNetwork, JumpNetwork

X = np.random.default_rng(3).normal(size=(20, 3)).astype(np.float32)
SIGN = (X[:, 0] > 0).astype(int)
BITS = (np.arange(16)[:, None] >> np.arange(4) & 1).astype(np.float32)


def softmax(scores):
    return np.exp(scores) / np.exp(scores).sum(1, keepdims=True)


def test_the_lectures_formula_of_jump_connections():
    net = JumpNetwork((4,), "tanh")
    net.meet(X, SIGN)
    w, b, outward, c = net.get_weights()
    straight, by_hidden = outward[:3], outward[3:]
    np.testing.assert_allclose(net.predict(X), softmax(X @ straight + np.tanh(X @ w + b) @ by_hidden + c), atol=1e-6)


def test_each_layer_feeds_every_later_one_and_none_before():
    net = JumpNetwork((4, 2), "tanh")
    net.meet(X, SIGN)
    whole = net.wiring()
    assert whole.shape == (3 + 4 + 2, 4 + 2 + 2)
    runs = ~np.isnan(whole)
    assert runs[:3].all() and runs[3:7, 4:].all() and runs[7:, 6:].all()
    assert not runs[3:7, :4].any() and not runs[7:, :6].any()
    both = np.tanh(X @ whole[:3, :4])  # biases are zero at first
    second = np.tanh(np.c_[X, both] @ whole[:7, 4:6])
    np.testing.assert_allclose(net.predict(X), softmax(np.c_[X, both, second] @ whole[:, 6:]), atol=1e-6)


def test_what_is_linear_needs_no_hidden_unit():
    net = JumpNetwork((1,), rate=0.05)
    y = X @ [2.0, -1.0, 0.5]
    net.fit(X, y, batch_size=20, epochs=600, verbose=0)
    assert net.evaluate(X, y) < 1e-4


def test_all_units_are_asked_at_once_again_and_again():
    net = CompletelyConnectedNetwork(4, steps=3)
    net.meet(X, SIGN)
    whole, states = net.wiring(), np.zeros((20, 6))
    way = net.unroll(X)
    for step in range(3):
        total = np.c_[X, states] @ whole
        np.testing.assert_allclose(way[:, step], total, rtol=1e-5, atol=1e-5)
        states = np.tanh(total)
    np.testing.assert_allclose(net.predict(X), softmax(total[:, :2]), atol=1e-5)


def test_parity_is_solved_without_layers():
    right = []
    for seed in range(5):
        net = CompletelyConnectedNetwork(8, rate=0.02, seed=seed)
        net.fit(BITS, BITS.sum(1).astype(int) % 2, batch_size=16, epochs=1000, verbose=0)
        right.append(int(np.sum(net.classify(BITS) == BITS.sum(1) % 2)))
    assert right == [16] * 5


def test_what_cannot_be_is_refused():
    for make in (
        lambda: JumpNetwork(()),
        lambda: JumpNetwork((0,)),
        lambda: CompletelyConnectedNetwork(-1),
        lambda: CompletelyConnectedNetwork(steps=0),
    ):
        with pytest.raises(ArgumentError) as caught:
            make()
        assert caught.value.remedy
    with pytest.raises(DataError, match="table"):
        CompletelyConnectedNetwork(2).fit(X[:, None], SIGN)
