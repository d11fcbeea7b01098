"""Row B14: the way back through a convolutional network is its adjoint but for the rectifiers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError, ShapeError
from neuralzoo.inspect.projection import activations, project
from neuralzoo.layers import AveragePooling2D, BatchNormalization, Chain, Conv2D, Dense, Dropout, Flatten, MaxPooling2D, Residual
from neuralzoo.zoo import DeconvolutionalNetwork

IMAGES = jnp.asarray(np.random.default_rng(0).normal(size=(3, 9, 8, 2)), jnp.float32)


def chain(*layers):
    return Chain(layers).build(IMAGES, jax.random.key(1)).layers


def test_without_rectifiers_it_is_the_activation_times_its_gradient():
    """A network of linear layers and max pooling: what comes back is the gradient of the unit's greatest activation, times that."""
    linear = (Conv2D(4, 3, padding="same", groups=2), MaxPooling2D(2, padding="same"), BatchNormalization(), Dropout(0.5))
    layers = chain(*linear, Conv2D(3, 2, strides=2), AveragePooling2D(1))
    greatest = lambda x: jnp.max(activations(layers, x, -1)[..., 1], axis=(1, 2))  # noqa: E731
    wanted = jax.grad(lambda x: jnp.sum(greatest(x)))(IMAGES) * greatest(IMAGES)[:, None, None, None]
    np.testing.assert_allclose(project(layers, IMAGES, -1, 1), wanted, rtol=1e-4, atol=1e-5)


def test_a_rectifier_lets_only_what_is_above_zero_come_back():
    """Two 1 × 1 convolutions by hand: of the way back through the first only its positive signals remain."""
    one, two = chain(Conv2D(3, 1, activation="relu", use_bias=False), Conv2D(2, 1, activation="relu", use_bias=False))
    kernel, second = np.asarray(one.kernel)[0, 0], np.asarray(two.kernel)[0, 0]
    maps = np.maximum(np.maximum(np.asarray(IMAGES) @ kernel, 0) @ second, 0)[..., 0]
    came = np.asarray(project((one, two), IMAGES, 1, 0))
    for image, back in zip(maps, came, strict=True):
        place = np.unravel_index(image.argmax(), image.shape)
        wanted = np.zeros_like(back)
        wanted[place] = np.maximum(image.max() * second[:, 0], 0) @ kernel.T
        np.testing.assert_allclose(back, wanted, rtol=1e-5, atol=1e-6)


def test_only_what_the_unit_could_see_comes_back():
    layers = chain(Conv2D(4, 3, activation="relu"), MaxPooling2D(2), Conv2D(4, 2, activation="relu"))
    fields = [np.asarray(back).any(-1) for unit in range(4) for back in project(layers, IMAGES, 2, unit)]
    extents = [np.ptp(np.argwhere(field), axis=0).max() + 1 for field in fields if field.any()]
    assert extents and max(extents) <= 6  # two cells of the pooled map, four before it, and two more of the first window


@pytest.fixture(scope="module")
def bars():
    """Images with an upright bar, or a lying one, somewhere, and a network that tells them apart."""
    draws = np.random.default_rng(1)
    x, y = draws.normal(0, 0.05, (96, 8, 8, 1)).astype(np.float32), np.arange(96) % 2
    for image, kind, at in zip(x, y, draws.integers(0, 8, 96), strict=True):
        image[(slice(None), at) if kind else (at, slice(None))] += 1.0
    net = DeconvolutionalNetwork((4,), learning_rate=0.02, seed=0)
    net.fit(x, y, batch_size=32, epochs=20, verbose=0)
    return net, x, y


def test_the_strongest_images_are_those_with_the_greatest_activation(bars):
    net, x, _ = bars
    peaks = np.asarray(activations(net.net.layers, x, 0)).max((1, 2))
    rows = net.strongest(x, 0, 2, 5)
    np.testing.assert_allclose(peaks[rows, 2], np.sort(peaks[:, 2])[::-1][:5])


def test_what_comes_back_lies_where_the_pattern_is(bars):
    net, x, y = bars
    assert np.mean(net.predict(x).argmax(1) == y) > 0.95
    unit = int(net.activations(x, 0).max(0).argmax())
    rows = net.strongest(x, 0, unit, 9)
    back = np.abs(net.project(x[rows], 0, unit))
    bright = x[rows] > 0.5
    assert (back * bright).sum() / back.sum() > 1.5 * bright.mean()


def test_what_has_no_way_back_is_refused():
    layers = chain(Conv2D(2, 3, activation="tanh"), Flatten(), Dense(2))
    with pytest.raises(ArgumentError, match="relu"):
        project(layers, IMAGES, 0, 0)
    flat = chain(Conv2D(2, 3), Flatten(), Dense(2))
    with pytest.raises(ShapeError, match="Flatten"):
        project(flat, IMAGES, 1, 0)
    with pytest.raises(ArgumentError, match="no unit 2"):
        project(flat, IMAGES, 0, 2)
    with pytest.raises(ArgumentError, match="holds layers"):
        project(chain(Residual([Conv2D(2, 3, padding="same")])), IMAGES, 0, 0)
    with pytest.raises(DataError, match="not images"):
        DeconvolutionalNetwork().fit(np.ones((4, 64)), np.zeros(4, int), verbose=0)
    with pytest.raises(DataError, match="halved 2 times"):
        DeconvolutionalNetwork().fit(np.ones((4, 3, 8, 1)), np.zeros(4, int), verbose=0)
    with pytest.raises(ArgumentError, match="no convolution 2"):
        DeconvolutionalNetwork()._place(2)
