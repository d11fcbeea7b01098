"""Initializers: spread, bounds, orthogonality, seeds and fans."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.initializers import (
    Constant,
    Identity,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    fans,
    initializer_named,
    initializers,
)

KEY = jax.random.key(3)
SHAPE = (3, 3, 40, 60)  # fan-in 360, fan-out 540, average 450
VARIANCE = {
    "glorot_uniform": 1 / 450,
    "glorot_normal": 1 / 450,
    "he_normal": 2 / 360,
    "he_uniform": 2 / 360,
    "lecun_normal": 1 / 360,
    "lecun_uniform": 1 / 360,
    "variance_scaling": 1 / 360,
    VarianceScaling(3.0, "fan_out", "untruncated_normal"): 3 / 540,
    VarianceScaling(3.0, "fan_avg", "uniform"): 3 / 450,
    RandomNormal(0.0, 0.1): 0.01,
    RandomUniform(-0.3, 0.3): 0.03,
    TruncatedNormal(0.0, 0.1): 0.01 * 0.87962566**2,
    "random_normal": 0.05**2,
    "random_uniform": 0.05**2 / 3,
    "truncated_normal": (0.05 * 0.87962566) ** 2,
}
DRAWN = sorted({cls.__name__ for cls in initializers.values()} - {"Zeros", "Ones", "Constant", "Identity"})


@pytest.mark.parametrize("name", VARIANCE, ids=str)
def test_variance_is_the_formula_and_mean_is_zero(name):
    draw = np.asarray(initializer_named(name)(KEY, SHAPE))
    assert draw.shape == SHAPE
    assert draw.dtype == np.float32
    deviation = np.sqrt(VARIANCE[name])
    np.testing.assert_allclose(draw.std(), deviation, rtol=0.02)
    assert abs(draw.mean()) < 4 * deviation / np.sqrt(draw.size)


@pytest.mark.parametrize(("name", "bound"), [
    ("glorot_uniform", np.sqrt(6 / 900)), ("he_uniform", np.sqrt(6 / 360)), ("lecun_uniform", np.sqrt(3 / 360)),
    ("he_normal", 2 * np.sqrt(2 / 360) / 0.87962566), ("truncated_normal", 0.1), ("random_uniform", 0.05),
])  # fmt: skip
def test_draws_keep_within_their_bound_and_come_near_it(name, bound):
    largest = np.abs(initializer_named(name)(KEY, SHAPE)).max()
    assert 0.97 * bound < largest <= bound * (1 + 1e-6)


@pytest.mark.parametrize("name", DRAWN)
def test_key_decides_unless_a_seed_does(name):
    plain, seeded = initializers[name](), initializers[name](seed=7)
    other = jax.random.key(4)
    assert np.array_equal(plain(KEY, (4, 5)), plain(KEY, (4, 5)))
    assert not np.array_equal(plain(KEY, (4, 5)), plain(other, (4, 5)))
    assert np.array_equal(seeded(KEY, (4, 5)), seeded(other, (4, 5)))
    assert plain(KEY, (4, 5), jnp.bfloat16).dtype == jnp.bfloat16


@pytest.mark.parametrize("shape", [(5, 5), (8, 3), (3, 8), (3, 3, 2, 7)])
def test_orthogonal_has_orthonormal_rows_or_columns_times_gain(shape):
    w = np.asarray(Orthogonal(gain=2.0)(KEY, shape)).reshape(-1, shape[-1])
    gram = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-5)


def test_constants():
    assert np.array_equal(initializer_named("zeros")(KEY, (2, 3)), np.zeros((2, 3)))
    assert np.array_equal(initializer_named("ones")(KEY, (2, 3)), np.ones((2, 3)))
    assert np.array_equal(Constant(0.5)(KEY, (2,)), [0.5, 0.5])
    assert np.array_equal(Constant(np.arange(6.0).reshape(2, 3))(KEY, (2, 3)), np.arange(6.0).reshape(2, 3))
    assert np.array_equal(Identity(2.0)(KEY, (2, 3)), 2 * np.eye(2, 3))


def test_fans_count_the_window_of_a_convolution():
    assert fans(()) == (1, 1)
    assert fans((7,)) == (7, 7)
    assert fans((4, 10)) == (4, 10)
    assert fans((5, 4, 10)) == (20, 50)
    assert fans((2, 3, 5, 4, 10)) == (120, 300)


def test_names_classes_records_and_functions_pass_and_others_are_refused():
    assert initializer_named("GlorotUniform") == initializer_named("glorot_uniform")
    assert initializer_named(Orthogonal) == Orthogonal()
    plain = jax.nn.initializers.he_normal()
    assert initializer_named(plain) is plain
    with pytest.raises(ArgumentError, match="Did you mean 'he_normal'"):
        initializer_named("he_normall")
    with pytest.raises(ArgumentError, match="fan_in"):
        VarianceScaling(mode="in")
    for bad, shape in ((Orthogonal(), (3,)), (Identity(), (2, 2, 2))):
        with pytest.raises(ShapeError):
            bad(KEY, shape)
