"""Pooling and unpooling: row A8's arithmetic for all small cases, and values against loops in NumPy."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from convolving import images, size_of
from neuralzoo import layers
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.masked import Masked
from neuralzoo.io import read, write
from neuralzoo.layers import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    Chain,
    Conv2D,
    Dropout,
    First,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    Switches,
    Unpooling1D,
    Unpooling2D,
    Unpooling3D,
)
from neuralzoo.models import Sequential


def pooled(x, function, size, strides, sides):
    """`function` of the cells of each window that lie inside the image."""
    x = np.pad(x, [(0, 0), *sides, (0, 0)], constant_values=np.nan)
    out = [(n - k) // s + 1 for n, k, s in zip(x.shape[1:-1], size, strides, strict=True)]
    y = np.zeros((len(x), *out, x.shape[-1]))
    for place in np.ndindex(*out):
        cells = tuple(slice(p * s, p * s + k) for p, s, k in zip(place, strides, size, strict=True))
        y[:, *place] = function(x[:, *cells].reshape(len(x), -1, x.shape[-1]), axis=1)
    return y


@pytest.mark.parametrize("kind", [MaxPooling1D, AveragePooling1D])
def test_the_number_of_places_is_w_minus_k_plus_2p_over_s_plus_1(kind):
    for width, size, stride, pad in itertools.product(range(1, 9), range(1, 5), (1, 2, 3), (0, 1, 2)):
        if pad >= size:
            with pytest.raises(ArgumentError, match="nothing but padding"):
                kind(size, strides=stride, padding=pad)
        elif width - size + 2 * pad < 0:
            with pytest.raises(ShapeError, match="do not fit"):
                size_of(kind(size, strides=stride, padding=pad), 1, width, 1)
        else:
            places = (width - size + 2 * pad) // stride + 1
            assert size_of(kind(size, strides=stride, padding=pad), 1, width, 1) == (1, places, 1)


def test_six_by_six_by_windows_of_two_is_three_by_three():
    assert size_of(MaxPooling2D(2, strides=2), 1, 6, 6, 1) == size_of(AveragePooling2D(), 1, 6, 6, 1) == (1, 3, 3, 1)
    for width, size, stride in itertools.product(range(1, 9), range(1, 5), (1, 2, 3)):
        assert size_of(MaxPooling1D(size, stride, padding="same"), 1, width, 1)[1] == math.ceil(width / stride)


CASES = [  # pool_size, strides, padding, sides, space
    ((2,), None, "valid", [(0, 0)], (7,)),
    ((3,), (2,), "same", [(0, 1)], (6,)),
    ((3, 2), (2, 1), "valid", [(0, 0), (0, 0)], (7, 6)),
    ((3, 3), (2, 2), "same", [(1, 1), (0, 1)], (7, 6)),
    ((3, 3), None, ((1, 0), (2, 1)), [(1, 0), (2, 1)], (7, 6)),
    ((2, 1, 2), (1, 2, 2), "same", [(0, 1), (0, 0), (0, 1)], (3, 4, 3)),
]
KINDS = {1: (MaxPooling1D, AveragePooling1D), 2: (MaxPooling2D, AveragePooling2D), 3: (MaxPooling3D, AveragePooling3D)}


@pytest.mark.parametrize(("size", "strides", "padding", "sides", "space"), CASES)
def test_pooling_takes_the_maximum_or_the_mean_of_each_window(size, strides, padding, sides, space):
    x = images(2, *space, 3) - 5  # below 0, so that padding would win
    for kind, function in zip(KINDS[len(size)], (np.nanmax, np.nanmean), strict=True):
        y = kind(size, strides, padding)(jnp.asarray(x))
        np.testing.assert_allclose(y, pooled(x, function, size, strides or size, sides), rtol=1e-5)


def test_global_pooling_takes_all_of_space():
    x = images(2, 3, 4, 5)
    np.testing.assert_allclose(GlobalAveragePooling2D()(jnp.asarray(x)), x.mean((1, 2)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(GlobalMaxPooling2D(keepdims=True)(jnp.asarray(x)), x.max((1, 2), keepdims=True))
    np.testing.assert_allclose(GlobalAveragePooling1D()(jnp.asarray(x[:, 0])), x[:, 0].mean(1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(GlobalMaxPooling3D()(jnp.asarray(x[..., None])), x.max((1, 2, 3))[:, None])


def test_global_pooling_of_masked_sequences_counts_real_steps_only():
    x, lengths = images(3, 5, 2), (2, 5, 0)
    masked = Masked(jnp.asarray(x), jnp.arange(5) < jnp.array(lengths)[:, None])
    for layer, function in ((GlobalAveragePooling1D(), np.mean), (GlobalMaxPooling1D(), np.max)):
        reference = [function(row[:n], axis=0) if n else np.zeros(2) for row, n in zip(x, lengths, strict=True)]
        np.testing.assert_allclose(Chain([layer])(masked), reference, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(layer.set(keepdims=True)(masked)[:, 0], reference, rtol=1e-5, atol=1e-6)
        assert bool(jnp.isfinite(jax.grad(lambda v, layer=layer: layer(Masked(v, masked.mask)).sum())(masked.values)).all())


def test_whole_numbers_keep_their_maximum_and_have_a_real_mean():
    x = jnp.array([0, 1, 254, 255], jnp.uint8).reshape(1, 2, 2, 1)
    assert MaxPooling2D()(x).item() == 255 and AveragePooling2D()(x).item() == 127.5 and GlobalAveragePooling2D()(x).item() == 127.5


def test_the_gradient_of_a_maximum_goes_to_its_place():
    x = jnp.asarray(images(2, 5, 4, 3))
    y, switches = MaxPooling2D((3, 2), strides=(1, 2), return_switches=True)(x)
    g = jnp.asarray(images(*y.shape))
    gradient = jax.grad(lambda x: jnp.sum(MaxPooling2D((3, 2), strides=(1, 2))(x) * g))(x)
    np.testing.assert_allclose(Unpooling2D()((g, switches)), gradient, rtol=1e-6)


@pytest.mark.parametrize(("size", "strides", "padding", "sides", "space"), CASES)
def test_switches_say_where_each_maximum_was(size, strides, padding, sides, space):
    x = images(2, *space, 3)
    y, switches = KINDS[len(size)][0](size, strides, padding, return_switches=True)(jnp.asarray(x))
    np.testing.assert_allclose(y, pooled(x, np.nanmax, size, strides or size, sides))
    assert isinstance(switches, Switches) and switches.space == space
    flat = x.reshape(2, -1, 3)
    np.testing.assert_array_equal(np.take_along_axis(flat, np.asarray(switches.places).reshape(2, -1, 3), axis=1).reshape(y.shape), y)


@pytest.mark.parametrize(("pool", "back"), [(MaxPooling1D, Unpooling1D), (MaxPooling2D, Unpooling2D), (MaxPooling3D, Unpooling3D)])
def test_unpooling_puts_each_maximum_back_and_pooling_finds_it_again(pool, back):
    space = (7, 5, 4)[: pool.dimensions]
    x = jnp.abs(jnp.asarray(images(2, *space, 3)))
    y, switches = pool(2, return_switches=True)(x)
    whole = back()((y, switches))
    assert whole.shape == x.shape
    assert bool(((whole == x) | (whole == 0)).all()) and int((whole != 0).sum()) == y.size
    np.testing.assert_array_equal(pool(2)(whole), y)


def deconvnet():
    """Two levels of pooling, each undone by its own switches."""
    inner = [Conv2D(4, 3, padding="same", activation="relu"), MaxPooling2D(2, return_switches=True), First([Dropout(0.5)]), Unpooling2D()]
    return [Conv2D(4, 3, padding="same"), MaxPooling2D(2, return_switches=True), First(inner), Unpooling2D(), Conv2D(1, 1)]


def test_an_encoder_with_its_decoder_learns_and_drops_only_while_training(tmp_path):
    x = images(8, 9, 6, 1)
    model = Sequential([deconvnet()[0].set(input_shape=(9, 6, 1)), *deconvnet()[1:]], seed=0)
    model.compile("adam", "mse")
    history = model.fit(x, x, epochs=8, batch_size=4, verbose=0).history["loss"]
    assert history[-1] < history[0] and model.predict(x, verbose=0).shape == x.shape
    assert model.count_params() == (9 * 4 + 4) + (9 * 4 * 4 + 4) + (4 + 1)
    net, images_ = model.net, jnp.asarray(x)
    one, two = (net.forward(images_, jax.random.key(seed))[0] for seed in (0, 1))
    assert not np.allclose(one, two) and np.allclose(net(images_), model.predict(x, verbose=0), atol=1e-5)
    write(tmp_path / "net.nz", {"net": net})
    assert read(tmp_path / "net.nz")["net"] == net


@pytest.mark.parametrize(
    ("short", "name"),
    [
        ("MaxPool", "MaxPooling"),
        ("AvgPool", "AveragePooling"),
        ("GlobalMaxPool", "GlobalMaxPooling"),
        ("GlobalAvgPool", "GlobalAveragePooling"),
        ("Convolution", "Conv"),
    ],
)
def test_keras_other_names_are_the_same_classes(short, name):
    assert all(getattr(layers, f"{short}{d}D") is getattr(layers, f"{name}{d}D") for d in (1, 2, 3))


REFUSED = [  # what is built, for an input of which shape, and words of the message and its remedy
    (lambda: MaxPooling2D(3), (1, 2, 5, 1), ("MaxPooling2D covers 3 × 3", "2 × 5", "same")),
    (lambda: AveragePooling2D(2), (128, 784), ("AveragePooling2D needs (batch, height, width, channels)", "Reshape((28, 28, 1))")),
    (lambda: MaxPooling1D(2), (3, 4, 5, 6), ("(3, 4, 5, 6)", "x.reshape((-1, steps, channels))")),
    (lambda: GlobalAveragePooling2D(), (128, 10), ("GlobalAveragePooling2D needs", "(128, 10)")),
    (lambda: MaxPooling2D(0), None, ("pool_size=0", "1 or more")),
    (lambda: MaxPooling2D(2, strides=0), None, ("strides=0", "1 or more")),
    (lambda: MaxPooling2D(2, padding="vaild"), None, ("padding='vaild'", "Did you mean 'valid'?")),
    (lambda: MaxPooling1D(2, padding="causal"), None, ("padding='causal'",)),
    (lambda: MaxPooling2D(2, padding=2), None, ("padding=2", "smaller than the pool_size")),
    (lambda: AveragePooling3D(2, data_format="channels_first"), None, ("channels_first", "Permute((2, 3, 4, 1))")),
    (lambda: GlobalMaxPooling2D("channels_first"), None, ("channels_first",)),
    (lambda: Unpooling2D(), (1, 2, 2, 1), ("Unpooling2D needs the pair", "(1, 2, 2, 1)", "return_switches=True")),
    (lambda: First([Dropout(0.5)]), (1, 2, 2, 1), ("First needs several values",)),
    (lambda: Chain([MaxPooling2D(return_switches=True), First([Conv2D(3, 1)]), Unpooling2D()]), (1, 4, 4, 1), ("(1, 2, 2, 3)", "keep")),
]  # fmt: skip


@pytest.mark.parametrize(("make", "shape", "words"), REFUSED)
def test_what_cannot_work_is_refused_with_a_remedy(make, shape, words):
    with pytest.raises(ShapeError if shape else ArgumentError) as caught:
        size_of(make(), *shape)
    assert caught.value.remedy
    for word in words:
        assert word in str(caught.value)
