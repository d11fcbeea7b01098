"""Padding, cropping, upsampling and permuting, against NumPy and SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from convolving import images, size_of
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.layers import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    Permute,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)

SIDES = [  # the setting, and the cells before and after each axis that it means
    (ZeroPadding1D, Cropping1D, 2, [(2, 2)]),
    (ZeroPadding1D, Cropping1D, (1, 2), [(1, 2)]),
    (ZeroPadding2D, Cropping2D, 1, [(1, 1), (1, 1)]),
    (ZeroPadding2D, Cropping2D, (1, 2), [(1, 1), (2, 2)]),
    (ZeroPadding2D, Cropping2D, [[1, 0], [0, 2]], [(1, 0), (0, 2)]),
    (ZeroPadding3D, Cropping3D, ((1, 0), (0, 0), (2, 1)), [(1, 0), (0, 0), (2, 1)]),
]


@pytest.mark.parametrize(("padding", "cropping", "setting", "sides"), SIDES)
def test_padding_adds_zeros_and_cropping_takes_them_away(padding, cropping, setting, sides):
    x = images(2, *(4, 5, 6)[: len(sides)], 3)
    y = padding(setting)(jnp.asarray(x))
    np.testing.assert_array_equal(y, np.pad(x, [(0, 0), *sides, (0, 0)]))
    np.testing.assert_array_equal(cropping(setting)(y), x)


def test_the_defaults_are_those_of_keras():
    assert size_of(ZeroPadding2D(), 1, 4, 4, 1) == (1, 6, 6, 1)
    assert size_of(Cropping1D(), 1, 4, 1) == (1, 2, 1)
    assert size_of(Cropping2D(), 1, 4, 4, 1) == (1, 4, 4, 1)
    assert size_of(Cropping3D(), 1, 4, 4, 4, 1) == (1, 2, 2, 2, 1)
    assert size_of(UpSampling3D(), 1, 2, 2, 2, 1) == (1, 4, 4, 4, 1)


@pytest.mark.parametrize(
    ("layer", "factors"),
    [(UpSampling1D(3), (3,)), (UpSampling2D(), (2, 2)), (UpSampling2D((1, 3)), (1, 3)), (UpSampling3D((2, 1, 2)), (2, 1, 2))],
    ids=str,
)
def test_nearest_repeats_each_cell(layer, factors):
    x = images(2, *(3, 2, 4)[: len(factors)], 2)
    reference = x
    for axis, factor in enumerate(factors):
        reference = np.repeat(reference, factor, axis=1 + axis)
    np.testing.assert_array_equal(layer(jnp.asarray(x)), reference)


def test_bilinear_is_linear_between_the_centres_of_cells():
    x = images(1, 4, 5, 1)
    rows, columns = ((np.arange(n * f) + 0.5) / f - 0.5 for n, f in ((4, 2), (5, 3)))
    at = np.stack(np.meshgrid(rows.clip(0, 3), columns.clip(0, 4), indexing="ij"), axis=-1)
    reference = RegularGridInterpolator((np.arange(4), np.arange(5)), x[0, ..., 0])(at)
    y = UpSampling2D((2, 3), interpolation="bilinear")(jnp.asarray(x))[0, ..., 0]
    np.testing.assert_allclose(y, reference, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"])
def test_every_interpolation_keeps_an_even_image_and_lets_gradients_through(interpolation):
    layer, x = UpSampling2D(2, interpolation=interpolation), jnp.full((1, 6, 6, 1), 3.0)
    y, back = jax.vjp(layer, x)
    np.testing.assert_allclose(y, 3, rtol=1e-5)
    np.testing.assert_allclose(back(y)[0].sum(), y.sum(), rtol=1e-5)


def test_permute_orders_the_axes_of_an_example():
    x = images(2, 3, 4, 5)
    np.testing.assert_array_equal(Permute([3, 1, 2])(jnp.asarray(x)), x.transpose(0, 3, 1, 2))


@pytest.mark.parametrize(
    ("make", "shape", "words"),
    [
        (lambda: Cropping2D(2), (1, 4, 9, 1), ("cropping=2", "(1, 4, 9, 1)", "fewer")),
        (lambda: ZeroPadding2D(1), (5, 64), ("(5, 64)", "Reshape((8, 8, 1))")),
        (lambda: ZeroPadding2D(-1), None, ("padding=-1", "0 or more")),
        (lambda: ZeroPadding2D("same"), None, ("padding='same'",)),
        (lambda: ZeroPadding3D((1, 2)), None, ("padding=(1, 2)", "((1, 2), (1, 2), (1, 2))")),
        (lambda: Cropping1D((1, 2, 3)), None, ("cropping=(1, 2, 3)", "(1, 2)")),
        (lambda: UpSampling2D(0), None, ("size=0", "1 or more")),
        (lambda: UpSampling2D(1.5), None, ("size=1.5",)),
        (lambda: UpSampling2D(2, interpolation="biliniar"), None, ("biliniar", "Did you mean 'bilinear'?")),
        (lambda: UpSampling2D(2, "channels_first"), None, ("channels_first",)),
        (lambda: Permute((0, 1)), None, ("dims=(0, 1)", "counted from 1")),
        (lambda: Permute(2), None, ("dims=2",)),
        (lambda: Permute((2, 1)), (1, 4, 9, 1), ("orders 2 axes", "has 3")),
    ],
)
def test_what_cannot_work_is_refused_with_a_remedy(make, shape, words):
    with pytest.raises(ShapeError if shape else ArgumentError) as caught:
        size_of(make(), *shape)
    assert caught.value.remedy
    for word in words:
        assert word in str(caught.value)
