"""Recurrent networks of the zoo: their gates by hand, answers at the end and at every step, both directions."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.zoo import BidirectionalNetwork, GRUNetwork, LSTMNetwork, RecurrentNetwork
from neuralzoo.zoo.recurrent import neighbours

X = np.random.default_rng(0).normal(size=(6, 5, 2)).astype(np.float32)
ENDS = np.arange(6) % 2


def sigma(x):
    return 1 / (1 + np.exp(-x))


def test_the_gates_of_an_lstm_are_those_of_its_equations():
    net = LSTMNetwork(3)
    net.meet(X, ENDS)
    kernel, recurrent, bias = net.get_weights()[:3]
    gates, y, c = net.gates(X), np.zeros((6, 3)), np.zeros((6, 3))
    for t in range(5):
        i, f, g, o = np.split(X[:, t] @ kernel + y @ recurrent + bias, 4, axis=1)
        c = sigma(f) * c + sigma(i) * np.tanh(g)
        y = sigma(o) * np.tanh(c)
        wanted = {"input gate": sigma(i), "forget gate": sigma(f), "output gate": sigma(o), "memory": c, "state": y}
        for name, values in wanted.items():
            np.testing.assert_allclose(gates[name][:, t], values, rtol=1e-4, atol=1e-5, err_msg=name)
    np.testing.assert_array_equal(net.states(X)[0], gates["state"])


def test_the_gates_of_a_gru_mix_what_was_with_what_is_new():
    net = GRUNetwork(3)
    net.meet(X, ENDS)
    kernel, recurrent, bias = net.get_weights()[:3]
    gates, y = net.gates(X), np.zeros((6, 3))
    for t in range(5):
        drive, fed = (np.split(part, 3, axis=1) for part in (X[:, t] @ kernel + bias[0], y @ recurrent + bias[1]))
        z, r = sigma(drive[0] + fed[0]), sigma(drive[1] + fed[1])
        y = z * y + (1 - z) * np.tanh(drive[2] + r * fed[2])
        for name, values in {"update gate": z, "reset gate": r, "state": y}.items():
            np.testing.assert_allclose(gates[name][:, t], values, rtol=1e-4, atol=1e-5, err_msg=name)


def test_targets_say_whether_the_answer_comes_at_the_end_or_at_every_step():
    shapes = {}
    for what, y in (
        ("a class", ENDS),
        ("a class a step", np.tile(np.arange(5) % 3, (6, 1))),
        ("a number", X[:, 0, 0]),
        ("two numbers", X[:, 0]),
        ("a number a step", X[..., 0]),
        ("two numbers a step", X),
    ):
        net = RecurrentNetwork((3, 2))
        net.meet(X, y)
        shapes[what] = net.predict(X).shape
    assert shapes == {
        "a class": (6, 2),
        "a class a step": (6, 5, 3),
        "a number": (6, 1),
        "two numbers": (6, 2),
        "a number a step": (6, 5, 1),
        "two numbers a step": (6, 5, 2),
    }


def test_both_directions_know_what_one_has_to_guess():
    bits, ones = neighbours(300, 8)
    net = BidirectionalNetwork(6, rate=0.03)
    net.fit(bits[:200], ones[:200], epochs=40, verbose=0)
    assert np.mean(net.classify(bits[200:]) == ones[200:]) == 1
    ahead, back = net.states(bits[:1])
    changed = bits[:1].copy()
    changed[:, 4] = 1 - changed[:, 4]
    for before, after, same in zip((ahead, back), net.states(changed), (slice(None, 4), slice(5, None)), strict=True):
        np.testing.assert_array_equal(before[:, same], after[:, same])
        assert (before != after).any()


def test_what_cannot_be_is_refused():
    for make in (lambda: RecurrentNetwork(0), lambda: LSTMNetwork(())):
        with pytest.raises(ArgumentError) as caught:
            make()
        assert caught.value.remedy
    with pytest.raises(DataError, match="time, features") as caught:
        GRUNetwork(2).fit(X[..., 0], ENDS)
    assert "None" in str(caught.value)
    with pytest.raises(DataError, match="6 sequences of 5 steps"):
        GRUNetwork(2).fit(X, np.tile([0, 1, 0], (6, 1)))
