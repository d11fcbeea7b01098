"""Penalties on weights: formulas, gradients, and which arrays of a network they reach."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Layer
from neuralzoo.core.record import param
from neuralzoo.core.regularizers import L1, L1L2, L2, OrthogonalRegularizer, penalty, regularizer_named

W = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]], np.float32)


class Weighted(Layer):
    kernel_regularizer: object = None
    bias_regularizer: object = None
    kernel: object = param()
    bias: object = param()


class Misdeclared(Layer):
    output_regularizer: object = None


CASES = [
    ("l1", 0.01 * np.abs(W).sum(), 0.01 * np.sign(W)),
    ("l2", 0.01 * (W**2).sum(), 0.02 * W),
    ("l1_l2", 0.01 * np.abs(W).sum() + 0.01 * (W**2).sum(), 0.01 * np.sign(W) + 0.02 * W),
    (L1(0.5), 0.5 * np.abs(W).sum(), 0.5 * np.sign(W)),
    (L2(0.5), 0.5 * (W**2).sum(), W),
    (L1L2(0.1, 0.2), 0.1 * np.abs(W).sum() + 0.2 * (W**2).sum(), 0.1 * np.sign(W) + 0.4 * W),
]


@pytest.mark.parametrize(("thing", "value", "gradient"), CASES, ids=[str(c[0]) for c in CASES])
def test_penalty_equals_its_formula_and_gradient(thing, value, gradient):
    price = regularizer_named(thing)
    np.testing.assert_allclose(price(jnp.asarray(W)), value, rtol=1e-6)
    np.testing.assert_allclose(jax.grad(price)(jnp.asarray(W)), gradient, rtol=1e-6)


@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_orthogonal_regularizer_is_the_mean_absolute_cosine(mode):
    rows = W if mode == "rows" else W.T
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    n = len(rows)
    cosines = [abs(unit[i] @ unit[j]) for i in range(n) for j in range(n) if i != j]
    np.testing.assert_allclose(OrthogonalRegularizer(0.3, mode)(jnp.asarray(W)), 0.3 * np.mean(cosines), rtol=1e-5)
    assert float(OrthogonalRegularizer()(jnp.eye(3))) == 0.0


def test_orthogonal_regularizer_has_finite_gradients_at_a_zero_row_and_for_a_single_row():
    for w in (jnp.zeros((2, 3)), jnp.array([[0.0, 0], [1, 2]]), jnp.ones((1, 3))):
        assert jnp.all(jnp.isfinite(jax.grad(OrthogonalRegularizer())(w)))


def test_network_penalty_sums_over_every_layer_and_skips_missing_arrays():
    net = Chain([
        Weighted("l2", L1(0.5)).set(kernel=jnp.asarray(W), bias=jnp.array([1.0, -1.0])),
        Chain([Weighted(kernel_regularizer=L2(1.0), bias_regularizer="l1").set(kernel=jnp.ones(4))]),
        Weighted().set(kernel=jnp.ones(9)),
    ])  # fmt: skip
    np.testing.assert_allclose(penalty(net), 0.01 * (W**2).sum() + 0.5 * 2 + 4, rtol=1e-6)
    assert jax.jit(penalty)(net).shape == ()


def test_network_without_regularizers_costs_zero():
    assert penalty(Chain([Weighted().set(kernel=jnp.ones(3))])) == 0.0


def test_unknown_names_and_fields_without_an_array_are_refused():
    assert regularizer_named(None) is None
    assert regularizer_named(L2) == L2()
    with pytest.raises(ArgumentError, match="Did you mean 'l1_l2'"):
        regularizer_named("l1_l2_")
    with pytest.raises(ArgumentError, match="no array output"):
        penalty(Misdeclared("l2"))
    with pytest.raises(ArgumentError, match="rows"):
        OrthogonalRegularizer(mode="row")
    with pytest.raises(ShapeError, match="matrix"):
        OrthogonalRegularizer()(jnp.ones(3))
