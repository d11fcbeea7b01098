"""Spiking networks: codes, readings and what they are told where something is wrong."""

import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.zoo import SpikingNetwork
from neuralzoo.zoo.spiking import SilenceWarning

X = np.random.default_rng(0).random((40, 3), np.float32)
Y = (X[:, 0] > X[:, 1]).astype(int)


@pytest.fixture(scope="module")
def fitted():
    net = SpikingNetwork((12,), steps=8, learning_rate=0.02)
    net.fit(X, Y, batch_size=20, epochs=20, verbose=0)
    return net


def test_it_learns(fitted):
    assert fitted.evaluate(X, Y, return_dict=True)["accuracy"] > 0.9


def test_probabilities_are_the_softmax_of_the_mean_membranes(fitted):
    hidden, last = fitted.layers_of_neurons.cells
    spikes, v, total = fitted.spikes(X)[0], 0.0, 0.0
    for t in range(8):
        v = np.exp(-1 / 20) * v + spikes[:, t] @ np.asarray(last.kernel) + np.asarray(last.bias)
        total = total + v / 8
    wanted = np.exp(total) / np.exp(total).sum(1, keepdims=True)
    np.testing.assert_allclose(fitted.predict(X), wanted, rtol=1e-4)
    assert set(np.unique(spikes)) == {0, 1}
    np.testing.assert_allclose(fitted.rates(X)[0], spikes.mean((0, 1)) * 1000 / hidden.dt, rtol=1e-6)


def test_spikes_that_are_given_are_as_good_as_those_made_here():
    coded = SpikingNetwork((5,), steps=6, code="latency", read="counts", resistance=2000.0)
    given = SpikingNetwork((5,), steps=6, code="given", read="counts", resistance=2000.0)
    from neuralzoo.layers import LatencyCode

    spikes = np.asarray(LatencyCode(6)(jnp.asarray(X)))
    for net, x in ((coded, X), (given, spikes)):
        net.meet(x, Y)
    np.testing.assert_array_equal(coded.predict(X), given.predict(spikes))


def test_a_silent_layer_is_named():
    net = SpikingNetwork((4,), steps=3, resistance=0.1)
    with pytest.warns(SilenceWarning, match="hidden layer 1") as caught:
        net.meet(X, Y)
    assert "resistance" in str(caught[0].message)


def test_rates_outside_0_and_1_are_named():
    for code in ("poisson", "latency"):
        with pytest.raises(DataError, match="row 3"):
            SpikingNetwork((4,), code=code).fit(np.where(np.arange(40)[:, None] == 3, 1.5, X), Y)


def test_what_cannot_be_is_refused():
    for wrong in ({"hidden": ()}, {"steps": 0}, {"code": "rate"}, {"read": "first"}, {"dt": 0.0}, {"dt": 50.0}):
        with pytest.raises(ArgumentError) as caught:
            SpikingNetwork(**wrong)
        assert caught.value.remedy
    with pytest.raises(DataError, match="classes"):
        SpikingNetwork((4,)).fit(X, X[:, 0])
    with pytest.raises(DataError, match=r"\(rows, 25, features\)"):
        SpikingNetwork((4,), code="given").fit(X, Y)
