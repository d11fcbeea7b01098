"""Weight averaging: by a moving average of every step, and by the mean over epochs with its statistics measured again."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.callbacks import EarlyStopping, LambdaCallback, StochasticWeightAveraging, SwapEMAWeights
from neuralzoo.core.errors import ArgumentError, NotReadyError
from neuralzoo.layers import BatchNormalization, Dense
from neuralzoo.models import Sequential, load_model
from neuralzoo.optimizers import SGD
from neuralzoo.utils import reestimate_statistics

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 3)).astype(np.float32)
Y = (X @ RNG.normal(size=(3, 1)) + 0.1).astype(np.float32)
DATA = {"batch_size": 8, "shuffle": False}


def line(optimizer, *more):
    model = Sequential([*more, Dense(1)], seed=3)
    model.build(X)
    model.compile(optimizer, "mse")
    return model


def steps_by_hand(rate, epochs, start, after=lambda i, w: w):
    """The weights after each step of gradient descent on the mean squared error."""
    w, path = np.concatenate([np.asarray(start[1]).ravel(), np.zeros(1)]), []
    for i in range(3 * epochs):
        rows = slice(8 * (i % 3), 8 * (i % 3) + 8)
        a = np.hstack([X[rows], np.ones((8, 1))])
        w = after(i, w - rate * 2 / 8 * a.T @ (a @ w - Y[rows, 0]))
        path.append(w)
    return np.array(path)


def flat(model):
    bias, kernel = sorted(model.get_weights(), key=np.size)
    return np.concatenate([kernel.ravel(), bias])


def test_the_moving_average_is_that_of_the_steps_by_hand():
    model = line(SGD(0.1, use_ema=True, ema_momentum=0.8))
    start = sorted(model.get_weights(), key=np.size)
    path = steps_by_hand(0.1, 4, start)
    average = path[0]
    for w in path[1:]:
        average = 0.8 * average + 0.2 * w
    inside = []
    model.fit(X, Y, epochs=4, callbacks=[LambdaCallback(on_epoch_end=lambda e, logs: inside.append(flat(model)))], **DATA)
    np.testing.assert_allclose(inside, path[2::3], rtol=1e-4, atol=1e-6)  # training itself is not touched
    np.testing.assert_allclose(flat(model), average, rtol=1e-4, atol=1e-6)


def test_overwriting_makes_training_go_on_from_the_average():
    model = line(SGD(0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2))
    start = sorted(model.get_weights(), key=np.size)
    held = {"average": None}

    def after(i, w):
        held["average"] = w if i == 0 else 0.5 * held["average"] + 0.5 * w
        return held["average"] if i % 2 == 1 else w

    path = steps_by_hand(0.1, 2, start, after)
    model.fit(X, Y, epochs=2, **DATA)
    np.testing.assert_allclose(flat(model), path[-1], rtol=1e-4, atol=1e-6)


def test_validation_sees_the_average_and_training_does_not():
    runs = []
    for callbacks in ([], [SwapEMAWeights()], [SwapEMAWeights(swap_on_epoch=True)]):
        model = line(SGD(0.1, use_ema=True, ema_momentum=0.9))
        runs.append((model, model.fit(X, Y, epochs=3, validation_data=(X, Y), callbacks=callbacks, **DATA).history))
    for model, history in runs[1:]:
        assert history["loss"] == runs[0][1]["loss"]
        assert history["val_loss"][-1] == pytest.approx(model.evaluate(X, Y), rel=1e-5)
        assert history["val_loss"] != runs[0][1]["val_loss"]
        np.testing.assert_array_equal(flat(model), flat(runs[0][0]))


def test_early_stopping_can_keep_the_best_average():
    model = line(SGD(0.3, use_ema=True, ema_momentum=0.9))
    watch = [SwapEMAWeights(swap_on_epoch=True), EarlyStopping("val_loss", patience=1)]
    history = model.fit(X, Y, epochs=6, validation_data=(X, Y), callbacks=watch, **DATA).history
    assert model.evaluate(X, Y) == pytest.approx(min(history["val_loss"]), rel=1e-5)


def test_the_average_is_saved_and_training_goes_on_exactly(tmp_path):
    whole, half = (line(SGD(0.1, momentum=0.9, use_ema=True)) for _ in range(2))
    whole.fit(X, Y, epochs=2, **DATA)
    half.fit(X, Y, epochs=1, **DATA)
    half.save(tmp_path / "m.nz")
    again = load_model(tmp_path / "m.nz")
    for model in (half, again):
        model.fit(X, Y, epochs=2, initial_epoch=1, **DATA)
    assert again.net == half.net and again.learner == half.learner
    for one, two in zip(jax.tree.leaves(again.memo), jax.tree.leaves(half.memo), strict=True):
        np.testing.assert_array_equal(one, two)


def test_averages_that_make_no_sense_are_refused():
    with pytest.raises(ArgumentError, match="momentum 1"):
        SGD(use_ema=True, ema_momentum=1.0)
    with pytest.raises(ArgumentError, match="every 0"):
        SGD(ema_overwrite_frequency=0)
    with pytest.raises(ArgumentError, match="use_ema"):
        line(SGD(0.1)).fit(X, Y, callbacks=[SwapEMAWeights()])
    with pytest.raises(ArgumentError, match="take every 0"):
        StochasticWeightAveraging(0, every=0)


def test_stochastic_weight_averaging_is_the_mean_over_its_epochs():
    model, seen = line(SGD(0.1)), []
    note = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(flat(model)))
    swa = StochasticWeightAveraging(2, every=2, learning_rate=0.3)
    model.fit(X, Y, epochs=7, callbacks=[note, swa], **DATA)
    assert swa.taken == 3 and model.learning_rate == pytest.approx(0.3)
    np.testing.assert_allclose(flat(model), np.mean(seen[2::2], axis=0), rtol=1e-5)


def test_the_mean_of_a_noisy_descent_is_better_than_its_last_weights():
    noise = RNG.normal(size=Y.shape).astype(np.float32)
    losses = []
    for callbacks in ([], [StochasticWeightAveraging(20)]):
        model = line(SGD(0.2))
        model.fit(X, Y + noise, epochs=60, callbacks=callbacks, batch_size=2)
        losses.append(model.evaluate(X, Y + noise))
    best = np.linalg.lstsq(np.hstack([X, np.ones((24, 1))]), Y + noise, rcond=None)[1].item() / 24
    assert losses[1] - best < 0.5 * (losses[0] - best)


def test_statistics_are_needed_where_there_are_any_and_are_those_of_the_mean():
    with pytest.raises(ArgumentError, match="running statistics"):
        line(SGD(0.1), Dense(4), BatchNormalization()).fit(X, Y, callbacks=[StochasticWeightAveraging(0)])
    model = line(SGD(0.1), Dense(4), BatchNormalization())
    model.fit(X, Y, epochs=3, callbacks=[StochasticWeightAveraging(1, statistics=X, batch_size=8)], **DATA)
    hidden = np.asarray(model.net.layers[0](jnp.asarray(X))).reshape(3, 8, 4)
    np.testing.assert_allclose(model.net.layers[1].moving_mean, hidden.mean((0, 1)), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model.net.layers[1].moving_variance, hidden.var(1).mean(0), rtol=1e-4)


def test_measured_statistics_weigh_a_last_partial_batch_by_its_rows_and_leave_frozen_layers_alone():
    model = line(SGD(0.1), BatchNormalization(), BatchNormalization(trainable=False))
    reestimate_statistics(model, X, batch_size=9)
    np.testing.assert_allclose(model.net.layers[0].moving_mean, X.mean(0), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(model.net.layers[1].moving_variance, np.ones(3))
    assert model.net.layers[0].momentum == 0.99
    with pytest.raises(NotReadyError):
        reestimate_statistics(Sequential([Dense(1)]), X)
    with pytest.raises(ArgumentError, match="no rows"):
        reestimate_statistics(model, X[:0])
