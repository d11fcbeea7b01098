"""The gradient penalty against closed forms, and its own gradient against finite differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.penalties import GradientPenalty

X = jnp.array([[1.0, -2.0, 0.5], [0.0, 1.0, 1.0]])
KEY = jax.random.key(1)


def test_for_a_linear_neuron_the_weight_penalty_is_the_input_norm_and_the_input_penalty_the_weight_norm():
    net = Dense(1).build(X, KEY)
    by_weights = np.mean(np.sum(np.square(X), axis=1) + 1)  # ∂ŷ/∂w = x, ∂ŷ/∂b = 1
    np.testing.assert_allclose(GradientPenalty(0.3)(net, X), 0.3 * by_weights, rtol=1e-6)
    np.testing.assert_allclose(GradientPenalty(0.3, "inputs")(net, X), 0.3 * np.sum(np.square(net.kernel)), rtol=1e-6)


@pytest.mark.parametrize("wrt", ["weights", "inputs"])
def test_penalty_of_a_hidden_layer_equals_the_chain_rule_by_hand(wrt):
    net = Chain([Dense(4, activation="tanh"), Dense(2)]).build(X, KEY)
    first, second = net.layers
    hidden = np.tanh(X @ first.kernel + first.bias)
    back = np.asarray(second.kernel.sum(axis=1)) * (1 - hidden**2)  # ∂ŷ/∂(weighted sum of the hidden layer)
    if wrt == "inputs":
        expected = np.mean(np.sum((back @ np.asarray(first.kernel).T) ** 2, axis=1))
    else:
        squared = np.sum(back**2, axis=1) * (np.sum(np.square(X), axis=1) + 1) + 2 * (np.sum(hidden**2, axis=1) + 1)
        expected = np.mean(squared)
    np.testing.assert_allclose(GradientPenalty(wrt=wrt)(net, X), expected, rtol=1e-5)


@pytest.mark.parametrize("wrt", ["weights", "inputs"])
def test_penalty_can_be_differentiated_again(wrt):
    net = Chain([Dense(4, activation="softplus"), Dense(1)]).build(X, KEY)
    price = GradientPenalty(0.5, wrt)
    gradient = jax.jit(jax.grad(price))(net, X).layers[0].kernel
    h = 1e-2
    for i, j in ((0, 0), (2, 3)):
        up, down = (net.set(layers=(net.layers[0].set(kernel=net.layers[0].kernel.at[i, j].add(s)), net.layers[1])) for s in (h, -h))
        np.testing.assert_allclose(gradient[i, j], (price(up, X) - price(down, X)) / (2 * h), rtol=2e-2, atol=1e-3)


def test_frozen_weights_carry_no_penalty_and_settings_are_checked():
    net = Dense(1, trainable=False).build(X, KEY)
    assert float(GradientPenalty()(net, X)) == 0.0
    with pytest.raises(ArgumentError, match="weights"):
        GradientPenalty(wrt="weight")
