"""Rows A2 and A8 of a neuron's arithmetic, against NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import NotReadyError, ShapeError
from neuralzoo.kernels.product import LARGE, SMALL, product
from neuralzoo.layers import Chain, Dense
from neuralzoo.models import Sequential

RNG = np.random.default_rng(0)


def built(layer, *shape):
    return layer.build(jax.ShapeDtypeStruct(shape, jnp.float32), jax.random.key(0))


@pytest.mark.parametrize("shape", [(5, 3), (2, 4, 3), (1, 3)])
def test_a_dense_layer_is_the_activated_weighted_sum(shape):
    x = RNG.normal(size=shape).astype(np.float32)
    layer = built(Dense(4, activation="tanh", bias_initializer="ones"), *shape)
    np.testing.assert_allclose(layer(jnp.asarray(x)), np.tanh(x @ np.asarray(layer.kernel) + 1), rtol=1e-5, atol=1e-6)


def test_bias_as_an_extra_unit_is_the_same_network():
    x = RNG.normal(size=(20, 5)).astype(np.float32)
    net = built(Chain([Dense(4, activation="sigmoid"), Dense(2)]), 20, 5)
    net = net.set(layers=tuple(layer.set(bias=jnp.asarray(RNG.normal(size=layer.units), jnp.float32)) for layer in net.layers))
    values = jnp.asarray(x)
    for layer in net.layers:  # each layer sees one more unit, which is always 1, and has no bias
        joined = Dense(layer.units, layer.activation, use_bias=False).set(kernel=jnp.vstack([layer.kernel, layer.bias]))
        values = joined(jnp.hstack([values, jnp.ones((len(values), 1))]))
    np.testing.assert_allclose(values, net(jnp.asarray(x)), atol=1e-6)


@pytest.mark.parametrize(("sizes", "count"), [((10, 2, 1), 25), ((10, 25, 25, 1), 951), ((784, 512, 512, 10), 669706)])
def test_parameters_are_counted_as_the_lectures_count_them(sizes, count):
    layers = [Dense(units) for units in sizes[1:]]
    layers[0] = Dense(sizes[1], input_shape=(sizes[0],))
    assert Sequential(layers).count_params() == count


@pytest.mark.parametrize("rows", [1, 7, 64, 500])
def test_the_small_product_and_the_large_one_agree_in_values_and_gradients(rows):
    x, w = (jnp.asarray(RNG.normal(size=shape), jnp.float32) for shape in ((rows, 8), (8, 5)))
    assert (rows * 8 * 5 <= SMALL) == (rows < 64)
    np.testing.assert_allclose(product(x, w), np.asarray(x) @ np.asarray(w), rtol=1e-5, atol=1e-5)
    ours = jax.grad(lambda x, w: jnp.sum(jnp.sin(product(x, w))), argnums=(0, 1))(x, w)
    plain = jax.grad(lambda x, w: jnp.sum(jnp.sin(x @ w)), argnums=(0, 1))(x, w)
    for a, b in zip(ours, plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 8192), (8192,), (2, 8192), (1, 8191)])
def test_one_row_with_a_large_kernel_is_multiplied_in_parts(shape):
    x, w = (RNG.normal(size=s).astype(np.float32) for s in (shape, (shape[-1], 130)))
    assert w.size >= LARGE
    np.testing.assert_allclose(product(jnp.asarray(x), jnp.asarray(w)), x.astype(float) @ w, rtol=1e-4, atol=1e-3)


def test_glorot_weights_have_the_spread_that_keeps_the_signal():
    kernel = np.asarray(built(Dense(300), 1, 500).kernel)
    limit = np.sqrt(6 / 800)
    assert abs(kernel).max() <= limit
    np.testing.assert_allclose(kernel.std(), limit / np.sqrt(3), rtol=0.02)


def test_a_layer_without_weights_says_so():
    with pytest.raises(NotReadyError, match="never built"):
        Dense(3)(jnp.ones((1, 2)))


def test_a_vector_is_not_a_batch():
    with pytest.raises(ShapeError, match="batch of vectors"):
        built(Dense(3), 4)
