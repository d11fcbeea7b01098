"""Convolution layers: row A8's arithmetic for all small cases, and every value against loops in NumPy."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.signal import correlate2d

from convolving import ACTIVATIONS, RNG, built, convolution, each, images, size_of
from neuralzoo.core.errors import ShapeError
from neuralzoo.layers import (
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    MaxPooling2D,
    SeparableConv2D,
)
from neuralzoo.models import Sequential


@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
def test_the_number_of_places_is_w_minus_k_plus_2p_over_s_plus_1(kernel):
    for width, stride, pad in itertools.product(range(1, 9), (1, 2, 3), (0, 1, 2)):
        places = (width - kernel + 2 * pad) // stride + 1
        layer = Conv1D(1, kernel, strides=stride, padding=pad)
        if width - kernel + 2 * pad < 0:
            with pytest.raises(ShapeError, match="do not fit"):
                size_of(layer, 1, width, 1)
        else:
            assert size_of(layer, 1, width, 1) == (1, places, 1)


def test_each_axis_has_its_own_arithmetic():
    layer = Conv3D(5, (2, 3, 4), strides=(1, 2, 3), padding=((0, 0), (1, 1), (2, 0)))
    assert size_of(layer, 7, 6, 7, 8, 2) == (7, 5, (7 - 3 + 2) // 2 + 1, (8 - 4 + 2) // 3 + 1, 5)
    assert size_of(Conv2D(1, 2, strides=2), 1, 6, 6, 1) == (1, 3, 3, 1)


def test_padding_same_makes_one_place_for_each_stride():
    for width, kernel, stride in itertools.product(range(1, 9), range(1, 5), (1, 2, 3)):
        assert size_of(Conv1D(1, kernel, strides=stride, padding="same"), 1, width, 1)[1] == math.ceil(width / stride)


CASES = [  # layer, shape of x
    (Conv1D(3, 4), (2, 9, 2)),
    (Conv1D(3, 2, padding="causal", dilation_rate=3, activation="tanh"), (2, 9, 2)),
    (Conv1D(4, 3, strides=2, padding="causal", use_bias=False), (2, 9, 2)),
    (Conv1D(2, 3, padding=((2, 1),)), (2, 9, 2)),
    (Conv2D(3, 3, activation="relu"), (2, 6, 7, 2)),
    (Conv2D(3, (2, 4), padding="SAME", use_bias=False, activation="relu"), (2, 6, 7, 2)),
    (Conv2D(3, 4, strides=(2, 3), padding="same"), (2, 6, 7, 1)),
    (Conv2D(6, 3, groups=2, padding=1), (2, 5, 5, 4)),
    (Conv2D(2, 2, dilation_rate=(2, 1), strides=(1, 2)), (2, 6, 7, 2)),
    (Conv2D(2, 3, dilation_rate=2, strides=2, padding="same"), (2, 9, 8, 2)),
    (Conv2D(4, 1, activation="sigmoid"), (2, 3, 3, 5)),
    (Conv3D(2, 2, strides=(1, 2, 1), padding="same", activation="relu"), (2, 3, 4, 5, 2)),
    (Conv3D(4, (1, 2, 3), groups=2), (2, 3, 4, 5, 2)),
]


@pytest.mark.parametrize(("layer", "shape"), CASES, ids=str)
def test_a_convolution_is_the_sum_over_its_window(layer, shape):
    x, n = images(*shape), len(shape) - 2
    layer = built(layer, x)
    padding = layer.padding.lower() if isinstance(layer.padding, str) else layer.padding if n == 1 else [(layer.padding,) * 2] * n
    y = convolution(x, layer.kernel, each(layer.strides, n), padding, each(layer.dilation_rate, n), layer.groups)
    y = ACTIVATIONS[layer.activation](y + (0 if layer.bias is None else np.asarray(layer.bias)))
    np.testing.assert_allclose(layer(jnp.asarray(x)), y, rtol=1e-4, atol=1e-5)


def test_one_channel_and_one_filter_are_scipys_correlation():
    x = images(1, 8, 9, 1)
    for mode in ("valid", "same"):
        layer = built(Conv2D(1, 3, padding=mode, use_bias=False), x)
        reference = correlate2d(x[0, ..., 0], np.asarray(layer.kernel)[..., 0, 0], mode)
        np.testing.assert_allclose(layer(jnp.asarray(x))[0, ..., 0], reference, rtol=1e-4, atol=1e-5)


def test_a_causal_convolution_does_not_see_the_future():
    x = images(1, 12, 2)
    layer = built(Conv1D(3, 3, padding="causal", dilation_rate=2), x)
    later = x.copy()
    later[:, 7:] += 1
    before, after = layer(jnp.asarray(x)), layer(jnp.asarray(later))
    np.testing.assert_array_equal(before[:, :7], after[:, :7])
    assert not np.allclose(before[:, 7], after[:, 7])


@pytest.mark.parametrize(
    "layer", [Conv2D(4, 3, strides=2, padding="same", groups=2), Conv2DTranspose(4, 3, strides=2), Conv2D(4, 2)], ids=str
)
def test_the_gradients_of_a_linear_layer_are_exact(layer):
    x = jnp.asarray(images(2, 5, 6, 2))
    layer = built(layer, x)
    g = jnp.asarray(images(*layer(x).shape))
    gradient = jax.jit(jax.grad(lambda layer, x: jnp.sum(layer(x) * g), argnums=(0, 1)))
    at, of_x = gradient(layer, x)
    kernel, bias = at.kernel, at.bias
    other_kernel, other_x = jnp.asarray(images(*kernel.shape)), jnp.asarray(images(*x.shape))
    still = layer.set(bias=jnp.zeros_like(bias))
    np.testing.assert_allclose(jnp.sum(kernel * other_kernel), jnp.sum(still.set(kernel=other_kernel)(x) * g), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(jnp.sum(of_x * other_x), jnp.sum(still(other_x) * g), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(bias, g.sum((0, 1, 2)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("layer", "shape", "count"),
    [
        (Conv1D(8, 5), (20, 3), 5 * 3 * 8 + 8),
        (Conv2D(32, 3), (28, 28, 1), 320),
        (Conv2D(64, (3, 3), use_bias=False), (26, 26, 32), 18432),
        (Conv2D(6, 5, groups=3), (8, 8, 9), 5 * 5 * 3 * 6 + 6),
        (Conv3D(2, 3), (5, 5, 5, 4), 27 * 4 * 2 + 2),
        (Conv2DTranspose(16, 4), (7, 7, 32), 16 * 32 * 16 + 16),
        (DepthwiseConv2D(3, depth_multiplier=2), (8, 8, 5), 9 * 5 * 2 + 10),
        (SeparableConv2D(7, 3, depth_multiplier=2), (8, 8, 5), 9 * 5 * 2 + 10 * 7 + 7),
    ],
    ids=str,
)
def test_parameters_are_counted_and_are_float32(layer, shape, count):
    arrays = jax.tree.leaves(jax.eval_shape(lambda key: layer.build(jnp.zeros((1, *shape)), key), jax.random.key(0)))
    assert sum(math.prod(a.shape) for a in arrays) == count
    assert {a.dtype for a in arrays} == {jnp.dtype("float32")}


def test_pixels_as_whole_numbers_give_the_same_as_real_ones():
    x = RNG.integers(0, 256, (1, 5, 5, 1)).astype(np.uint8)
    layer = built(Conv2D(2, 3), x)
    np.testing.assert_array_equal(layer(jnp.asarray(x)), layer(jnp.asarray(x, jnp.float32)))


def test_a_network_of_convolutions_trains_and_is_summarised(capsys):
    x, y = images(40, 8, 8, 1), RNG.integers(0, 2, 40)
    x[y == 1, :, 3] += 3
    layers = [Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)), MaxPooling2D(), Flatten(), Dense(1, activation="sigmoid")]
    model = Sequential(layers, seed=1)
    model.compile("adam", "binary_crossentropy")
    assert model.count_params() == 40 + 37
    history = model.fit(x, y, epochs=15, batch_size=8, verbose=0).history
    assert history["loss"][-1] < 0.8 * history["loss"][0]
    model.summary()
    assert "conv2d (Conv2D)" in (text := capsys.readouterr().out) and "(None, 6, 6, 4)" in text
