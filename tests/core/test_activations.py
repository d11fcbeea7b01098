"""Every activation against a formula written in NumPy and against its derivative, at the kinks too."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import erf, expit

from neuralzoo.core.activations import (
    ELU,
    LeakyReLU,
    McCullochPitts,
    SmeLU,
    Step,
    activation_named,
    activations,
    leaky_relu,
)
from neuralzoo.core.errors import ArgumentError


def softplus(x):
    return np.logaddexp(x, 0)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def smelu(x, b=1.0):
    return np.where(x <= -b, 0, np.where(x >= b, x, (x + b) ** 2 / (4 * b)))


SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772
FORMULAS = {
    "linear": lambda x: x,
    "sigmoid": expit,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
    "arctan": np.arctan,
    "atan": np.arctan,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "selu": lambda x: SCALE * np.where(x > 0, x, ALPHA * np.expm1(x)),
    "smelu": smelu,
    "softplus": softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "gelu": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "silu": lambda x: x * expit(x),
    "swish": lambda x: x * expit(x),
    "mish": lambda x: x * np.tanh(softplus(x)),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_swish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "log_sigmoid": lambda x: -softplus(-x),
    "exponential": np.exp,
    "softmax": softmax,
    "log_softmax": lambda x: np.log(softmax(x)),
    "step": lambda x: np.where(x >= 0, 1.0, 0.0),
    "heaviside": lambda x: np.heaviside(x, 1),
    "sign": lambda x: np.where(x >= 0, 1.0, -1.0),
    ELU(0.7): lambda x: np.where(x > 0, x, 0.7 * np.expm1(x)),
    LeakyReLU(): lambda x: np.where(x > 0, x, 0.3 * x),
    SmeLU(0.5): lambda x: smelu(x, 0.5),
    Step(0.75): lambda x: np.where(x >= 0.75, 1.0, 0.0),
    McCullochPitts(2.0): lambda x: np.where(x >= 2, 1.0, 0.0),
}
SMOOTH_AT = np.array([-4.2, -2.6, -0.8, -0.3, 0.2, 0.7, 1.6, 3.7, 6.4])  # away from every kink
KINKS = {
    ("relu", 0.0): 0.0,
    ("relu6", 0.0): 0.0,
    ("relu6", 6.0): 0.0,
    ("leaky_relu", 0.0): 1.0,
    ("elu", 0.0): 1.0,
    (ELU(0.7), 0.0): 0.7,
    ("selu", 0.0): SCALE * ALPHA,
    ("smelu", -1.0): 0.0,
    ("smelu", 0.0): 0.5,
    ("smelu", 1.0): 1.0,
    (SmeLU(0.5), 0.5): 1.0,
    (SmeLU(0.5), -0.5): 0.0,
    ("softsign", 0.0): 1.0,
    ("step", 0.0): 0.0,
    ("sign", 0.0): 0.0,
    (Step(0.75), 0.75): 0.0,
}


def test_every_registered_activation_is_checked_here():
    assert set(activations) <= set(FORMULAS)


@pytest.mark.parametrize("name", FORMULAS, ids=str)
def test_activation_equals_its_formula(name):
    x = np.concatenate([np.linspace(-7, 7, 57), [-1, -0.5, 0, 0.5, 0.75, 1, 2, 6]]).reshape(5, 13)
    np.testing.assert_allclose(activation_named(name)(jnp.asarray(x, jnp.float32)), FORMULAS[name](x), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", FORMULAS, ids=str)
def test_derivative_equals_finite_differences(name):
    weight = np.cos(np.arange(9))
    h = 1e-6
    steps = np.eye(9) * h
    slope = [np.sum(weight * (FORMULAS[name](SMOOTH_AT + s) - FORMULAS[name](SMOOTH_AT - s))) / (2 * h) for s in steps]
    gradient = jax.jit(jax.grad(lambda x: jnp.sum(np.float32(weight) * activation_named(name)(x))))(np.float32(SMOOTH_AT))
    np.testing.assert_allclose(gradient, slope, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "at"), KINKS, ids=str)
def test_derivative_at_a_kink_is_the_stated_side(name, at):
    np.testing.assert_allclose(jax.grad(activation_named(name))(jnp.float32(at)), KINKS[name, at], rtol=1e-6)


@pytest.mark.parametrize("name", [name for name in FORMULAS if name != "exponential"], ids=str)
def test_values_and_gradients_stay_finite_far_out(name):
    sizes = np.array([1e4, 1e20, 1e30], np.float32)
    rows = np.stack([np.concatenate([sizes, -sizes]), np.zeros(6, np.float32)], axis=1)
    look = jax.jit(jax.vmap(jax.value_and_grad(lambda row: activation_named(name)(row)[0])))
    value, gradient = look(rows)
    assert np.all(np.isfinite(value))
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize("name", FORMULAS, ids=str)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_activation_keeps_shape_and_dtype_and_jits(name, dtype):
    x = jnp.ones((2, 3), dtype)
    y = jax.jit(activation_named(name))(x)
    assert y.shape == x.shape
    assert y.dtype == dtype


def test_mcculloch_pitts_computes_or_and_and():
    inputs = jnp.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    sums = inputs @ jnp.array([1, 1])
    assert McCullochPitts(1.0)(sums).tolist() == [0, 1, 1, 1]
    assert McCullochPitts(2.0)(sums).tolist() == [0, 0, 0, 1]


def test_softmax_is_stable_and_sums_to_one():
    y = activation_named("softmax")(jnp.array([[1e4, 1e4 - 1.0, -1e4]]))
    np.testing.assert_allclose(y.sum(), 1, rtol=1e-6)
    np.testing.assert_allclose(y[0, 0] / y[0, 1], np.e, rtol=1e-3)


def test_none_is_linear_and_functions_and_classes_pass():
    assert activation_named(None)(jnp.float32(3)) == 3
    assert activation_named(jnp.sin) is jnp.sin
    assert activation_named(LeakyReLU)(jnp.float32(-1)) == jnp.float32(-0.3)  # Keras's layer
    assert leaky_relu(jnp.float32(-1)) == jnp.float32(-0.2)  # Keras's function


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(ArgumentError, match="Did you mean 'leaky_relu'"):
        activation_named("leakyrelu")
    with pytest.raises(ArgumentError, match="beta > 0"):
        SmeLU(0.0)
