"""Dropout and noise: only while training, with the right statistics."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.kernels.random import _normal, keep_mask, normals
from neuralzoo.layers import Dropout, GaussianNoise, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_its_rate_and_keeps_the_mean(rate):
    x = jnp.ones((500, 400))
    y, _ = Dropout(rate).forward(x, jax.random.key(0))
    np.testing.assert_allclose((y == 0).mean(), rate, atol=0.005)
    np.testing.assert_allclose(y.mean(), 1, atol=0.03)


def test_dropout_of_nothing_is_the_identity():
    x = jnp.arange(6.0)
    assert Dropout(0.0).forward(x, jax.random.key(0))[0] is x


@pytest.mark.parametrize("rate", [-0.1, 1.0, 3])
def test_a_rate_that_is_no_fraction_is_refused(rate):
    with pytest.raises(ArgumentError, match="rate"):
        Dropout(rate).build(jax.ShapeDtypeStruct((1, 2), jnp.float32), jax.random.key(0))


@pytest.mark.parametrize("kind", [SpatialDropout1D, SpatialDropout2D, SpatialDropout3D])
def test_spatial_dropout_drops_whole_channels_and_keeps_the_mean(kind):
    x = jnp.ones((50, *(3, 2, 4)[: kind.dimensions], 400))
    layer = kind(0.25).build(x, jax.random.key(0))
    y = np.asarray(layer.forward(x, jax.random.key(0))[0]).reshape(50, -1, 400)
    assert (y == y[:, :1]).all() and set(np.unique(y.round(4))) == {0, np.float32(1.3333)}
    np.testing.assert_allclose((y == 0).mean(), 0.25, atol=0.02)
    assert layer(x) is x
    with pytest.raises(ShapeError, match="channels"):
        layer(x[..., 0])
    with pytest.raises(ArgumentError, match=f"{kind.__name__}'s rate"):
        kind(1.5).build(x, jax.random.key(0))


def test_gaussian_noise_has_its_deviation():
    y, _ = GaussianNoise(0.3).forward(jnp.zeros((300, 300)), jax.random.key(1))
    np.testing.assert_allclose(y.std(), 0.3, rtol=0.02)
    np.testing.assert_allclose(y.mean(), 0, atol=0.005)


def z_of(sample, probability):
    """How many standard deviations the mean of independent draws is from its expectation."""
    return (np.mean(sample) - probability) / np.sqrt(probability * (1 - probability) / np.size(sample))


def masks(count, shape=(64, 128), rate=0.3):
    keys = jax.random.split(jax.random.key(7), count)
    return np.asarray(jax.vmap(lambda key: keep_mask(key, rate, shape))(keys))


def test_masks_keep_their_share_over_all_over_rows_and_over_columns():
    drawn = masks(200)
    assert abs(z_of(drawn, 0.7)) < 4
    assert np.abs([z_of(drawn[:, row], 0.7) for row in range(64)]).max() < 4.5
    assert np.abs([z_of(drawn[:, :, column], 0.7) for column in range(128)]).max() < 4.5


@pytest.mark.parametrize("shift", [(1, 0, 0), (2, 0, 0), (0, 1, 0), (0, 0, 1), (0, 2, 3)], ids=str)
def test_masks_do_not_depend_on_their_neighbours_in_steps_rows_and_columns(shift):
    drawn = masks(200)
    both = drawn & np.roll(drawn, shift, axis=(0, 1, 2))
    assert abs(z_of(both, 0.49)) < 4.5


def test_masks_of_neighbouring_keys_are_independent():
    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(0), jnp.arange(400))
    drawn = np.asarray(jax.vmap(lambda key: keep_mask(key, 0.5, (4096,)))(keys)).astype(np.float32) - 0.5
    correlation = drawn @ drawn.T / (0.25 * 4096)
    z = correlation[np.triu_indices(400, 1)] * np.sqrt(4096)
    assert np.abs(z).max() < 5.5
    np.testing.assert_allclose(z.std(), 1, atol=0.02)


def test_a_mask_is_the_same_for_the_same_key_and_any_number_of_axes():
    key = jax.random.key(3)
    flat = keep_mask(key, 0.4, (24,))
    assert bool((keep_mask(key, 0.4, (2, 3, 4)).reshape(24) == flat).all())
    assert bool((jax.jit(lambda k: keep_mask(k, 0.4, (24,)))(key) == flat).all())


def test_normal_numbers_follow_the_normal_law_and_are_finite_at_its_ends():
    one, other = (np.asarray(normals(jax.random.key(seed), (200, 100))) for seed in (0, 1))
    for drawn in (one.ravel(), other.ravel(), one[:, 0], one[0], ((one - other) / np.sqrt(2)).ravel()):
        assert stats.kstest(drawn, "norm").pvalue > 1e-3
    ends = np.asarray(_normal(jnp.array([0, 2**31, 2**32 - 1], jnp.uint32)))
    np.testing.assert_allclose(ends, stats.norm.ppf([2.0**-25, 0.5 + 2.0**-25, 1 - 2.0**-25]), rtol=1e-3, atol=1e-6)
