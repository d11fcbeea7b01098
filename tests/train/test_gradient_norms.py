"""The norms of the gradient by layer: against hand-made ones, and what they tell of depth; and mixed precision."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.callbacks import GradientNorms
from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.record import merge, split
from neuralzoo.inspect.gradient_plots import gradient_norms
from neuralzoo.inspect.svg import as_svg
from neuralzoo.layers import BatchNormalization, Dense, Residual
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.learner import Batch
from neuralzoo.learn.losses import MeanSquaredError
from neuralzoo.learn.optimizers import Adam
from neuralzoo.models import Sequential, freeze

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 4)).astype(np.float32)
Y = X[:, :1] * X[:, 1:2]


def deep(residual, layers=12):
    body = [Dense(4, activation="sigmoid") for _ in range(layers)]
    model = Sequential([*((Residual([layer]) if residual else layer) for layer in body), Dense(1)], seed=1)
    model.build(X)
    model.compile("sgd", "mse")
    return model


def recorded(model, epochs=2, **settings):
    record = GradientNorms()
    history = model.fit(X, Y, epochs=epochs, batch_size=16, callbacks=[record], **settings)
    return record, history.history


def test_they_are_the_norms_of_the_gradient():
    model = deep(residual=False, layers=1)
    params, rest = split(model.net)
    gradient = jax.grad(lambda p: jnp.mean((merge(p, rest)(jnp.asarray(X)) - Y) ** 2))(params)
    expected = [np.sqrt(sum(float(jnp.sum(a**2)) for a in jax.tree.leaves(layer))) for layer in gradient.layers]
    record = GradientNorms()
    model.fit(X, Y, batch_size=32, callbacks=[record])
    assert record.names == ["dense", "dense_1"] and record.epoch == [0]
    np.testing.assert_allclose(record.norms, [expected], rtol=1e-5)


def test_recording_changes_neither_training_nor_history():
    model, other = deep(residual=False, layers=2), deep(residual=False, layers=2)
    _, history = recorded(model, validation_data=(X, Y))
    assert other.fit(X, Y, epochs=2, batch_size=16, validation_data=(X, Y)).history == history
    assert model.net == other.net and model.learner == other.learner


def test_a_second_fit_goes_on_recording_and_frozen_layers_are_left_out():
    model = deep(residual=False, layers=3)
    record, _ = recorded(model)
    model.fit(X, Y, epochs=3, initial_epoch=2, callbacks=[record])
    assert record.epoch == [0, 1, 2] and record.norms.shape == (3, 4)
    freeze(model, "dense_1")
    model.fit(X, Y, callbacks=[record])
    assert record.names == ["dense", "dense_2", "dense_3"] and record.norms.shape == (1, 3)


def test_the_gradient_vanishes_in_a_deep_plain_network_and_not_in_a_residual_one():
    shares = []
    for residual in (False, True):
        norms = recorded(deep(residual))[0].norms[0]
        shares.append(norms[0] / norms[-1])
    assert shares[0] < 1e-4 and shares[1] > 1e-2


def test_the_figure_shows_networks_side_by_side_whatever_the_numbers():
    records = {"plain $": recorded(deep(False, 3))[0], "résidual <b>": recorded(deep(True, 2), epochs=1)[0]}
    records["plain $"]._rows[0][:] = [0.0, np.nan, np.inf, 1e-30]
    figure = gradient_norms(records)
    assert len(figure.axes) == 4
    assert as_svg(figure).startswith("<svg")
    lines = figure.axes[0].get_lines()
    np.testing.assert_allclose(lines[1].get_ydata(), records["résidual <b>"].norms[0], rtol=1e-5)
    with pytest.raises(DataError, match="empty"):
        gradient_norms({"none": GradientNorms()})
    with pytest.raises(ArgumentError, match="0 records"):
        gradient_norms({})
    with pytest.raises(ArgumentError, match="conv"):
        gradient_norms(records, only="conv*")
    inner = gradient_norms({"résidual <b>": records["résidual <b>"]}, only="residual*")
    np.testing.assert_allclose(inner.axes[0].get_lines()[0].get_ydata(), records["résidual <b>"].norms[0, :2], rtol=1e-5)


def batch():
    return Batch(jnp.asarray(X), jnp.asarray(Y), jnp.ones(32), jnp.ones(32))


def test_mixed_precision_keeps_float32_where_things_add_up():
    net = Sequential([Dense(8, activation="relu"), BatchNormalization(), Dense(1)], seed=2)
    net.build(X)
    runs = []
    for precision in ("float32", "mixed_bfloat16"):
        learner = Gradient(MeanSquaredError(), Adam(0.01), precision=precision)
        memo = learner.init(net.net)
        after, memo, logs = jax.jit(learner.step)(net.net, memo, batch(), jax.random.key(0))
        assert all(a.dtype == jnp.float32 for a in jax.tree.leaves((after, logs, memo.optimizer)) if a.dtype != jnp.int32)
        runs.append((after, logs["loss"][0]))
    assert float(runs[1][1]) == pytest.approx(float(runs[0][1]), rel=0.02)
    assert float(runs[1][1]) != float(runs[0][1])
    np.testing.assert_allclose(runs[1][0].layers[1].moving_mean, runs[0][0].layers[1].moving_mean, atol=2e-4)


def test_mixed_precision_multiplies_in_bfloat16_and_learns():
    model = Sequential([Dense(128, activation="tanh"), Dense(1)], seed=2)
    model.compile(Adam(0.02), "mse", precision="mixed_bfloat16")
    history = model.fit(X, Y, epochs=60, batch_size=16).history["loss"]
    assert history[-1] < 0.2 * history[0]
    learner = model.learner
    program = str(jax.make_jaxpr(learner.step)(model.net, model.memo, batch(), jax.random.key(0)))
    products = [line for line in program.splitlines() if "dot_general" in line]
    assert products and all("bf16" in line for line in products)


def test_float16_is_refused_with_the_reason():
    with pytest.raises(ArgumentError, match="bfloat16"):
        Sequential([Dense(1)]).compile("sgd", "mse", precision="mixed_float16")
    with pytest.raises(ArgumentError, match="float32"):
        Sequential([Dense(1)]).compile("sgd", "mse", precision="double")
