"""Least squares: against NumPy, and its laws."""

import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError
from neuralzoo.layers import Dense, SimpleRNN
from neuralzoo.learn.least_squares import LeastSquares, SingularWarning, leave_one_out, solve
from neuralzoo.models import Sequential


def made(layers, **settings):
    model = Sequential(layers, seed=1)
    model.compile(learner=LeastSquares(**settings))
    return model


@pytest.fixture(scope="module")
def rows():
    draws = np.random.default_rng(0)
    x = draws.normal(size=(50, 4)).astype(np.float32)
    return x, (x @ draws.normal(size=(4, 2)) + draws.normal(size=(50, 2)) * 0.1 + 3).astype(np.float32)


@pytest.fixture(scope="module")
def fitted(rows):
    model = made([Dense(2)], ridge=0.5)
    model.fit(*rows, batch_size=16, verbose=0)
    return model


def test_it_solves_the_ridge_equations(rows, fitted):
    x, y = rows
    h = np.hstack([x, np.ones((50, 1))])
    weights = np.linalg.solve(h.T @ h + np.diag([0.5] * 4 + [0]), h.T @ y)
    np.testing.assert_allclose(np.vstack([fitted.net.layers[0].kernel, fitted.net.layers[0].bias]), weights, rtol=1e-4)


def test_a_weight_of_two_is_a_row_twice(rows):
    x, y = rows
    weight = np.where(np.arange(50) < 10, 2.0, 1.0)
    weighted, repeated = made([Dense(2)]), made([Dense(2)])
    weighted.fit(x, y, sample_weight=weight, batch_size=50, verbose=0)
    repeated.fit(np.vstack([x, x[:10]]), np.vstack([y, y[:10]]), batch_size=60, verbose=0)
    np.testing.assert_allclose(weighted.predict(x), repeated.predict(x), rtol=1e-4)


def test_rows_may_come_in_parts(rows, fitted):
    x, y = rows
    parts = made([Dense(2)], ridge=0.5)
    parts.fit(x[30:], y[30:], batch_size=10, verbose=0)
    parts.fit(x[:30], y[:30], batch_size=10, verbose=0)
    np.testing.assert_allclose(parts.predict(x), fitted.predict(x), rtol=1e-4)


def test_classes_become_columns(rows):
    x, _ = rows
    y = (x[:, 0] > 0).astype(int)
    model = made([Dense(2)])
    model.fit(x, y, verbose=0)
    told = model.evaluate(x, y, return_dict=True)
    assert told["accuracy"] > 0.9 and np.isclose(told["accuracy"], np.mean(model.predict(x).argmax(1) == y))


def test_the_first_steps_of_a_sequence_are_washed_out():
    draws = np.random.default_rng(1)
    x, y = draws.normal(size=(3, 20, 2)).astype(np.float32), draws.normal(size=(3, 20, 1)).astype(np.float32)
    layers = [SimpleRNN(6, return_sequences=True, trainable=False), Dense(1)]
    model = made(layers, washout=5, ridge=0.1)
    model.fit(x, y, verbose=0)
    spoilt = y.copy()
    spoilt[:, :5] = 99
    other = made(layers, washout=5, ridge=0.1)
    other.fit(x, spoilt, verbose=0)
    np.testing.assert_array_equal(model.predict(x), other.predict(x))
    states = np.asarray(model.net.layers[0](jnp.asarray(x)))[:, 5:].reshape(-1, 6)
    h = np.hstack([states, np.ones((len(states), 1))])
    weights = np.linalg.solve(h.T @ h + np.diag([0.1] * 6 + [0]), h.T @ y[:, 5:].reshape(-1, 1))
    np.testing.assert_allclose(model.net.layers[1].kernel, weights[:-1], rtol=2e-3, atol=1e-4)


def test_where_the_rows_leave_weights_open_the_smallest_are_taken(rows):
    x, y = rows
    twice = np.hstack([x, x])
    model = made([Dense(2)], ridge=0.0)
    with pytest.warns(SingularWarning, match="4 of 8 directions"):
        model.fit(twice, y, verbose=0)
    smallest = np.linalg.lstsq(np.hstack([twice, np.ones((50, 1))]).astype(float), y, rcond=1e-6)[0]
    np.testing.assert_allclose(model.net.layers[0].kernel, smallest[:-1], atol=1e-3)


def test_only_a_linear_layer_at_the_end_can_be_solved_for(rows):
    with pytest.raises(ArgumentError, match="linear Dense layer at the end"):
        made([Dense(2, activation="tanh")]).fit(*rows, verbose=0)
    with pytest.raises(ArgumentError, match="in one"):
        made([Dense(2)]).fit(*rows, epochs=2, verbose=0)
    with pytest.raises(ArgumentError, match="at least 0"):
        LeastSquares(ridge=-1)


def test_sums_hold_what_float32_loses():
    draws = np.random.default_rng(3)
    common = draws.normal(size=(400, 1))
    x = (common + 1e-3 * draws.normal(size=(400, 5))).astype(np.float32)  # nearly one direction: HᵀH is as 1 to 10⁶
    y = x.astype(float) @ np.arange(5.0)[:, None]
    model = made([Dense(1)], ridge=0.0)
    model.fit(x, y, batch_size=50, verbose=0)
    np.testing.assert_allclose(model.net.layers[0].kernel, np.arange(5.0)[:, None], atol=1e-2)


@pytest.mark.parametrize("double", [True, False])
def test_the_upper_triangle_of_wide_sums_is_whole(double):
    from neuralzoo.kernels.double import PANEL, add_square, zero_pair

    n = 2 * PANEL + 5
    h = np.random.default_rng(4).normal(size=(20, n)).astype(np.float32)
    share = np.linspace(0, 2, 20).astype(np.float32)
    total = zero_pair(n, n)
    for _ in range(2):
        total = add_square(total, jnp.asarray(h), jnp.asarray(share), double=double)
    found = np.triu(np.asarray(total.high, float) + np.asarray(total.low, float))
    wanted = np.triu(2 * (h.astype(float) * share[:, None]).T @ h)
    np.testing.assert_allclose(found, wanted, atol=1e-10 if double else 1e-3)


def test_another_ridge_needs_no_other_program():
    assert LeastSquares(1.0).compiled() == LeastSquares(2.0).compiled()


@pytest.mark.parametrize("bias", [True, False])
def test_leaving_a_row_out_is_solving_without_it(bias):
    draws = np.random.default_rng(0)
    h, y, share = draws.normal(size=(40, 6)), draws.normal(size=(40, 2)), draws.uniform(0.2, 3, 40)
    h[:, -1] = 1 if bias else h[:, -1]

    def solved(kept):
        weighted = h[kept] * share[kept, None]
        return solve(weighted.T @ h[kept], weighted.T @ y[kept], 0.7, bias)

    everyone = np.arange(40)
    weighted = h * share[:, None]
    weights, left_out = leave_one_out((weighted.T @ h, weighted.T @ y), h[5:], y[5:], share[5:], 0.7, bias)
    np.testing.assert_allclose(weights, solved(everyone))
    np.testing.assert_allclose(left_out, [h[n] @ solved(everyone != n) for n in everyone[5:]])
