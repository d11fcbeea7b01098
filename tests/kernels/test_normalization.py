"""The kernel of batch normalisation against the textbook, in double precision."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.kernels.normalization import normalise_batch


def textbook(x, gamma, beta, epsilon):
    axes = tuple(range(x.ndim - 1))
    mean, variance = x.mean(axes), x.var(axes)
    return (x - mean) / jnp.sqrt(variance + epsilon) * gamma + beta, mean, variance


def case(seed, shape, mean=0.0, scale=1.0):
    rng = np.random.default_rng(seed)
    c = shape[-1]
    return tuple(map(jnp.asarray, (rng.normal(mean, scale, shape), rng.normal(1, 0.3, c), rng.normal(0, 1, c), rng.normal(0, 1, shape))))


@pytest.mark.parametrize("shape", [(2, 3), (7, 1), (3, 4, 2), (2, 3, 5, 4), (2, 2, 3, 2, 6)])
@pytest.mark.parametrize("mean", [0.0, -3.0, 100.0])
def test_values_and_gradients_are_those_of_the_textbook(shape, mean):
    with jax.enable_x64(True):
        x, gamma, beta, g = case(len(shape), shape, mean)

        def priced(f):
            return lambda *a: jnp.sum(f(*a, 1e-3)[0] * g)

        for mine, theirs in zip(normalise_batch(x, gamma, beta, 1e-3), textbook(x, gamma, beta, 1e-3), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-8)
        mine, theirs = (jax.jit(jax.grad(priced(f), (0, 1, 2)))(x, gamma, beta) for f in (normalise_batch, textbook))
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("mean", [0.0, 10.0, 1000.0])
def test_a_mean_far_from_zero_does_not_cancel_the_variance(mean):
    x, gamma, beta, _ = case(0, (64, 8, 8, 3), mean)
    variance = normalise_batch(x, gamma, beta, 1e-3)[2]
    np.testing.assert_allclose(variance, np.asarray(x, np.float64).var((0, 1, 2)), rtol=1e-4)


def test_a_gradient_of_a_gradient_exists():
    with jax.enable_x64(True):
        x, gamma, beta, g = case(3, (6, 2))

        def slope(f):
            return lambda x: jnp.sum(jax.grad(lambda x: jnp.sum(f(x, gamma, beta, 1e-3)[0] * g))(x) ** 2)

        np.testing.assert_allclose(jax.grad(slope(normalise_batch))(x), jax.grad(slope(textbook))(x), rtol=1e-6, atol=1e-8)


def test_the_statistics_carry_no_gradient():
    x, gamma, beta, _ = case(1, (5, 3))
    gradient = jax.grad(lambda x: jnp.sum(normalise_batch(x, gamma, beta, 1e-3)[1]))(x)
    np.testing.assert_array_equal(gradient, 0)
