"""Normalisation, against NumPy."""

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.layers import BatchNormalization, LayerNormalization

X = np.random.default_rng(0).normal(3, 2, size=(50, 4)).astype(np.float32)


def built(layer):
    return layer.build(jax.ShapeDtypeStruct(X.shape, jnp.float32), jax.random.key(0))


def test_batch_norm_uses_the_batch_while_training_and_its_average_afterwards():
    layer = built(BatchNormalization(momentum=0.9))
    y, after = layer.forward(jnp.asarray(X), jax.random.key(0))
    np.testing.assert_allclose(y, (X - X.mean(0)) / np.sqrt(X.var(0) + 1e-3), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(after.moving_mean, 0.1 * X.mean(0), rtol=1e-5)
    np.testing.assert_allclose(after.moving_variance, 0.9 + 0.1 * X.var(0), rtol=1e-5)
    np.testing.assert_allclose(after(jnp.asarray(X)), (X - 0.1 * X.mean(0)) / np.sqrt(0.9 + 0.1 * X.var(0) + 1e-3), rtol=1e-4, atol=1e-5)


def test_batch_norm_moves_its_mean_only_in_forward():
    layer = built(BatchNormalization())
    layer(jnp.asarray(X))
    assert float(jnp.abs(layer.moving_mean).max()) == 0


def test_a_frozen_batch_norm_keeps_and_uses_its_statistics():
    layer = built(BatchNormalization(trainable=False))
    y, after = layer.forward(jnp.asarray(X), jax.random.key(0))
    assert after == layer
    np.testing.assert_array_equal(y, layer(jnp.asarray(X)))


def test_the_running_statistics_reach_those_of_the_data():
    layer = built(BatchNormalization(momentum=0.5))
    for _ in range(30):
        _, layer = layer.forward(jnp.asarray(X), jax.random.key(0))
    np.testing.assert_allclose(layer.moving_mean, X.mean(0), rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance, X.var(0), rtol=1e-4)


def test_layer_norm_normalises_each_row_alone():
    layer = built(LayerNormalization())
    expected = (X - X.mean(1, keepdims=True)) / np.sqrt(X.var(1, keepdims=True) + 1e-3)
    np.testing.assert_allclose(layer(jnp.asarray(X)), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer(jnp.asarray(X[:1])), expected[:1], rtol=1e-4, atol=1e-5)


def test_center_and_scale_can_be_left_out():
    layer = built(BatchNormalization(center=False, scale=False))
    assert layer.gamma is None and layer.beta is None
    assert len(jax.tree.leaves(layer)) == 2
