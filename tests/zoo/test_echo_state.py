"""Echo state networks: their laws."""

import warnings

import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.layers import Recurrent, ReservoirCell
from neuralzoo.learn.least_squares import LeastSquares
from neuralzoo.learn.recursive import RecursiveLeastSquares
from neuralzoo.zoo import EchoStateNetwork
from neuralzoo.zoo.echo_state import ReservoirWarning, memory_capacity
from neuralzoo.zoo.series import mackey_glass

UNITS, STEPS, WASHOUT = 12, 60, 10


@pytest.fixture(scope="module")
def series():
    return np.random.default_rng(0).uniform(-1, 1, (STEPS, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def targets(series):
    return (np.roll(series[:, :1], 1) * 0.5 + series[:, 1:]).astype(np.float32)


@pytest.fixture(scope="module")
def network(series, targets):
    model = EchoStateNetwork(ReservoirCell(UNITS, 0.8, 0.6, 0.3, bias_scaling=0.2), ridge=1e-3, washout=WASHOUT, seed=3)
    model.fit(series, targets, verbose=0)
    return model


def by_loop(cell, x):
    """The states `(time, units)` of a reservoir from rest, in NumPy."""
    kernel, matrix, bias = (np.asarray(a, float) for a in (cell.kernel, cell.matrix(), cell.bias))
    states, z = [], np.zeros(cell.units)
    for x_t in x:
        z = (1 - cell.leak) * z + cell.leak * np.tanh(x_t @ kernel + z @ matrix + bias)
        states.append(z)
    return np.array(states)


def ridge_of(h, y, ridge, bias_too=False):
    h = np.hstack([h, np.ones((len(h), 1))])
    penalty = np.full(h.shape[1], ridge)
    penalty[-1] = ridge if bias_too else 0
    return h, np.linalg.solve(h.T @ h + np.diag(penalty), h.T @ y)


def test_states_are_those_of_a_loop(network, series):
    np.testing.assert_allclose(network.transform(series), by_loop(network.cell, series), atol=2e-6)


def test_the_reservoir_is_as_sparse_and_as_large_as_it_was_asked_to_be(network):
    matrix = np.asarray(network.cell.matrix(), float)
    assert np.isclose(np.abs(np.linalg.eigvals(matrix)).max(), 0.8, rtol=1e-5)
    assert (np.count_nonzero(matrix, axis=0) == round(0.3 * UNITS)).all()


def test_many_connections_go_through_a_product_to_the_same_states(series):
    import jax

    cell = ReservoirCell(150, connectivity=0.95).build(jax.ShapeDtypeStruct((1, 2), jnp.float32), jax.random.key(0))
    states = Recurrent(cell, return_sequences=True)(jnp.asarray(series[None, :5]))[0]
    assert np.isclose(np.abs(np.linalg.eigvals(np.asarray(cell.matrix(), float))).max(), 0.9, rtol=1e-4)
    np.testing.assert_allclose(states, by_loop(cell, series[:5]), atol=5e-6)


def test_the_read_out_solves_the_ridge_equations(network, series, targets):
    h, weights = ridge_of(by_loop(network.cell, series)[WASHOUT:], targets[WASHOUT:], 1e-3)
    np.testing.assert_allclose(network.predict(series)[WASHOUT:], h @ weights, atol=1e-4)


def test_recursive_least_squares_ends_where_ridge_regression_does(network, series, targets):
    rule = RecursiveLeastSquares(ridge=1e-3, washout=WASHOUT)
    online = EchoStateNetwork(ReservoirCell(UNITS, 0.8, 0.6, 0.3, bias_scaling=0.2), learner=rule, seed=3)
    online.meet(series[None], targets[None])
    first = np.vstack([online.net.layers[-1].kernel, online.net.layers[-1].bias[None]])  # the penalty pulls towards these
    history = online.fit(series, targets, verbose=0)
    h, weights = ridge_of(by_loop(network.cell, series)[WASHOUT:], targets[WASHOUT:], 1e-3, bias_too=True)
    weights += np.linalg.solve(h.T @ h + 1e-3 * np.eye(UNITS + 1), 1e-3 * first)
    np.testing.assert_allclose(online.predict(series)[WASHOUT:], h @ weights, atol=2e-4)
    assert history.history["loss"][0] > online.evaluate(series, targets)


def test_chunks_of_a_long_series_teach_what_the_whole_does(network, series, targets):
    chunks = EchoStateNetwork(ReservoirCell(UNITS, 0.8, 0.6, 0.3, bias_scaling=0.2), ridge=1e-3, washout=WASHOUT, stateful=True, seed=3)
    chunks.fit(series.reshape(3, 20, 2), targets.reshape(3, 20, 1), verbose=0)
    whole = network.predict(series)
    chunks.reset_states()
    parts = np.concatenate([chunks.predict(part) for part in series.reshape(3, 20, 2)])
    np.testing.assert_allclose(parts, whole, atol=1e-4)


def test_what_it_generates_is_its_own_forecast_fed_back():
    wave = np.sin(np.arange(80) / 3)[:, None].astype(np.float32)
    model = EchoStateNetwork(10, ridge=1e-4, washout=20)
    model.fit(wave[:-1], wave[1:], verbose=0)
    on = model.generate(3, wave)
    for i in range(3):
        np.testing.assert_allclose(on[i], model.predict(np.vstack([wave, on[:i]]))[-1], atol=1e-4)


def test_outputs_that_are_fed_back_let_it_count_its_own_steps():
    y = np.tile([1.0, 0.0, 0.0, 0.0], 30)[:, None]  # nothing in the input tells when
    model = EchoStateNetwork(20, 0.5, ridge=1e-6, washout=8, feedback=1.0)
    model.fit(np.ones_like(y), y, verbose=0)
    told = model.predict(np.ones((12, 1)))
    assert told.shape == (12, 1) and model.evaluate(np.ones_like(y), y) < 1e-3
    with pytest.raises(DataError, match="fed back"):
        EchoStateNetwork(5, feedback=1.0).fit(np.ones((9, 1)), np.arange(9) % 2, verbose=0)


def test_linear_memory_is_at_most_the_number_of_units():
    remembered = memory_capacity(8, 24, 2000, spectral_radius=0.9, connectivity=1.0, activation="linear", input_scaling=0.1)
    capacity = np.clip(remembered, 0, None).sum()
    assert 0.8 * 8 < capacity <= 8 * 1.01  # the share that chance adds on a thousand unseen steps


def test_a_small_radius_forgets_the_start_and_a_large_one_does_not(network, series):
    assert network.forgetting(series)[-1] < 1e-4
    wild = EchoStateNetwork(30, spectral_radius=5.0, seed=1)
    with pytest.warns(ReservoirWarning, match="not forgotten its start"):
        wild.fit(series * 0.01, series[:, :1], verbose=0)
    assert wild.forgetting(series * 0.01)[-5:].mean() > 0.3


def test_saturated_units_are_named(series):
    with pytest.warns(ReservoirWarning, match="saturated"):
        EchoStateNetwork(ReservoirCell(20, 1.1, input_scaling=1e3)).fit(series, series[:, :1], verbose=0)


def test_reservoirs_upon_each_other_and_classes():
    draws = np.random.default_rng(2)
    x = draws.uniform(-1, 1, (4, 30, 1))
    labels = (np.roll(x[..., 0], 1, axis=1) > 0).astype(int)
    model = EchoStateNetwork([10, ReservoirCell(15)], ridge=1e-4, washout=3)
    model.fit(x, labels, verbose=0)
    assert [layer.cell.units for layer in model.net.layers[:-1]] == [10, 15]
    assert model.predict(x).shape == (4, 30, 2) and model.evaluate(x, labels, return_dict=True)["accuracy"] > 0.8


def test_series_that_cannot_be_learned_from_are_refused(series):
    y = series[:, :1]
    for x, wanted, settings, words in (
        (series[:, 0], y, {}, r"reshape\(-1, 1\)"),
        (series[:1], y[:1], {}, "one step"),
        (series, y, {"washout": STEPS}, "leaves nothing"),
        (series[None], y[None, :9], {}, "60 steps have targets of shape"),
        (series, y[:50], {}, "1 series of 60 steps have targets"),
        (series, None, {}, "y is None"),
    ):
        with pytest.raises(DataError, match=words):
            EchoStateNetwork(5, **settings).fit(x, wanted, verbose=0)


def test_settings_that_cannot_be_are_refused(network, series):
    for wrong in ({"spectral_radius": 0.0}, {"spectral_radius": -1.0}, {"leak": 0.0}, {"leak": 1.5}, {"units": 0}):
        with pytest.raises(ArgumentError, match=r"spectral_radius|leak|units"):
            EchoStateNetwork(**wrong)
    for wrong in ({"forgetting": 0.0}, {"ridge": 0.0}, {"washout": -1}):
        with pytest.raises(ArgumentError, match="forgetting"):
            RecursiveLeastSquares(**wrong)
    with pytest.raises(ArgumentError, match="washout belongs"):
        EchoStateNetwork(5, washout=3, learner=LeastSquares())
    with pytest.raises(ArgumentError, match="cannot be the next"):
        network.generate(3, series)


@pytest.mark.slow
def test_mackey_glass_one_step_ahead_is_as_good_as_published():
    x = mackey_glass(2000)
    errors = []
    for seed in range(20):
        model = EchoStateNetwork(ReservoirCell(100, 1.25, 0.3, input_scaling=0.5), ridge=1e-5, washout=100, stateful=True, seed=seed)
        model.fit(x[:1599], x[1:1600], verbose=0)
        errors.append(np.sqrt(np.mean((model.predict(x[1599:1999]) - x[1600:]) ** 2)))
    assert np.mean(errors) <= 0.00203


def test_no_warning_for_a_driven_reservoir_just_above_one():
    x = mackey_glass(300)
    with warnings.catch_warnings(action="error"):
        EchoStateNetwork(50, 1.25, 0.3, washout=100).fit(x[:-1], x[1:], verbose=0)
