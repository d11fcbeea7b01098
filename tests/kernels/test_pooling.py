"""Pooling against windows visited one by one in NumPy."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralzoo.core.errors import ShapeError
from neuralzoo.kernels.convolution import out_space
from neuralzoo.kernels.pooling import average_pool, max_pool, max_pool_with_switches, unpool


@st.composite
def windows(draw):
    """Images full of ties, and how a window walks over them; every window has a cell inside the image."""
    n = draw(st.integers(1, 3))
    size, strides = (tuple(draw(st.integers(1, 3)) for _ in range(n)) for _ in range(2))
    padding = tuple((draw(st.integers(0, k - 1)), draw(st.integers(0, k - 1))) for k in size)
    space = tuple(k + draw(st.integers(0, 4)) for k in size)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return rng.integers(-3, 3, (2, *space, 2)).astype(np.float32), size, strides, padding


def visited(x, size, strides, padding):
    """For each output cell, in order: its index and the cells of the image in its window, in row-major order."""
    space = x.shape[1:-1]
    for n, at, c in itertools.product(
        range(len(x)), np.ndindex(*out_space(space, size, strides, padding, (1,) * len(size))), range(x.shape[-1])
    ):
        ranges = [
            range(max(0, i * s - low), min(cells, i * s - low + k))
            for i, s, (low, _), k, cells in zip(at, strides, padding, size, space, strict=True)
        ]
        yield (n, *at, c), [(n, *cell, c) for cell in itertools.product(*ranges)]


def value_and_pullback(pool, x, window):
    counts = out_space(x.shape[1:-1], *window, (1,) * (x.ndim - 2))
    y = jnp.asarray(np.random.default_rng(0).standard_normal((x.shape[0], *counts, x.shape[-1])), jnp.float32)

    @jax.jit
    def run(x, y):
        made, pull = jax.vjp(lambda x: pool(x, *window), x)
        return made, pull(y)[0]

    return *run(x, y), y


@settings(max_examples=8, deadline=None)
@given(windows())
def test_the_maximum_of_each_window_and_its_gradient_goes_to_the_first_of_equals(case):
    x, *window = case
    made, pulled, y = value_and_pullback(max_pool, jnp.asarray(x), window)
    expected, slope = np.zeros(made.shape), np.zeros(x.shape)
    for at, cells in visited(*case):
        best = max(cells, key=lambda cell: x[cell])
        expected[at] = x[best]
        slope[best] += y[at]
    np.testing.assert_array_equal(made, expected)
    np.testing.assert_allclose(pulled, slope, rtol=1e-5, atol=1e-5)


@settings(max_examples=8, deadline=None)
@given(windows())
def test_the_mean_counts_only_cells_inside_the_image(case):
    x, *window = case
    made, pulled, y = value_and_pullback(average_pool, jnp.asarray(x), window)
    expected, slope = np.zeros(made.shape), np.zeros(x.shape)
    for at, cells in visited(*case):
        expected[at] = np.mean([x[cell] for cell in cells])
        for cell in cells:
            slope[cell] += y[at] / len(cells)
    np.testing.assert_allclose(made, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(pulled, slope, rtol=1e-5, atol=1e-5)


@settings(max_examples=6, deadline=None)
@given(windows())
def test_unpooling_places_each_value_where_the_first_maximum_was(case):
    x, *window = case
    space = x.shape[1:-1]

    @jax.jit
    def run(x):
        made, switches = max_pool_with_switches(x, *window)
        return made, switches, unpool(made, switches, space), max_pool(x, *window)

    made, switches, placed, plain = run(jnp.asarray(x))
    expected = np.zeros(x.shape)
    for at, cells in visited(*case):
        best = max(cells, key=lambda cell: x[cell])
        assert switches[at] == np.ravel_multi_index(best[1:-1], space)
        expected[best] += x[best]
    np.testing.assert_array_equal(made, plain)
    np.testing.assert_allclose(placed, expected, rtol=1e-5, atol=1e-5)


def test_unpooling_is_the_adjoint_of_pooling_at_fixed_switches():
    draw = np.random.default_rng(0).standard_normal
    x, y = (jnp.asarray(draw(shape), jnp.float32) for shape in [(2, 6, 6, 3), (2, 3, 3, 3)])
    made, pull = jax.vjp(lambda x: max_pool(x, (2, 2), (2, 2), ((0, 0), (0, 0))), x)
    switches = max_pool_with_switches(x, (2, 2), (2, 2), ((0, 0), (0, 0)))[1]
    np.testing.assert_array_equal(unpool(y, switches, (6, 6)), pull(y)[0])
    np.testing.assert_allclose((made * y).sum(), (x * unpool(y, switches, (6, 6))).sum(), rtol=1e-4)


@pytest.mark.parametrize("pool", [max_pool, average_pool])
def test_pooling_of_short_floats_by_vmap_and_of_nan(pool):
    x = jnp.arange(16.0).reshape(1, 4, 4, 1)
    window = (2, 2), (2, 2), ((0, 0), (0, 0))
    assert pool(x.astype(jnp.bfloat16), *window).dtype == jnp.bfloat16
    np.testing.assert_array_equal(jax.vmap(lambda x: pool(x[None], *window)[0])(x), pool(x, *window))
    assert np.isnan(pool(x.at[0, 1, 1, 0].set(jnp.nan), *window)[0, 0, 0, 0])


def test_the_maximum_can_be_differentiated_twice_and_forwards():
    x = jnp.arange(16.0).reshape(1, 4, 4, 1)

    def cubes(x):
        return (max_pool(x, (2, 2), (2, 2), ((0, 0), (0, 0))) ** 3).sum()

    curvature = jax.jvp(jax.grad(cubes), (x,), (jnp.ones_like(x),))[1]
    expected = np.zeros((1, 4, 4, 1))
    expected[:, 1::2, 1::2] = 6 * x[:, 1::2, 1::2]
    np.testing.assert_allclose(curvature, expected)


@pytest.mark.parametrize(("size", "strides"), [((5, 1), (1, 1)), ((2, 2), (0, 1))])
@pytest.mark.parametrize("pool", [max_pool, average_pool, max_pool_with_switches])
def test_a_window_that_does_not_fit_is_refused(pool, size, strides):
    with pytest.raises(ShapeError, match="window"):
        pool(jnp.zeros((1, 4, 4, 1)), size, strides, ((0, 0), (0, 0)))
