"""Callbacks in a real `fit` on a tiny problem."""

import numpy as np
import pytest

from neuralzoo.callbacks import (
    BackupAndRestore,
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TensorBoard,
    TerminateOnNaN,
)
from neuralzoo.core.errors import ArgumentError, NotFiniteError
from neuralzoo.layers import Dense, Dropout
from neuralzoo.models import Sequential, load_model

X = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
Y = X.sum(axis=1, keepdims=True)


def regressor(optimizer="adam", seed=0):
    model = Sequential([Dense(8, activation="tanh", input_shape=(4,)), Dropout(0.2), Dense(1)], seed=seed)
    model.compile(optimizer, "mse", ["mae"])
    return model


def fit(model, *callbacks, **arguments):
    return model.fit(X, Y, **{"epochs": 4, "verbose": 0, "validation_split": 0.25, "callbacks": list(callbacks), **arguments})


def arrays_equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


def test_early_stopping_restores_what_the_best_epoch_validated():
    model, stopping = regressor(), EarlyStopping(patience=3)
    history = fit(model, stopping, epochs=300, batch_size=8).history
    assert len(history["loss"]) < 300
    assert stopping.best_epoch == int(np.argmin(history["val_loss"]))
    assert model.evaluate(X[48:], Y[48:], verbose=0, return_dict=True)["loss"] == pytest.approx(min(history["val_loss"]), rel=1e-5)


def test_a_missing_monitor_stops_fit_after_one_epoch():
    model = regressor()
    with pytest.raises(ArgumentError, match="validation_data or validation_split"):
        fit(model, EarlyStopping(), validation_split=0.0)
    assert model.count == 2


def test_validation_in_every_other_epoch_satisfies_a_monitor():
    history = fit(regressor(), EarlyStopping(patience=5), validation_freq=2).history
    assert (len(history["loss"]), len(history["val_loss"])) == (4, 2)


def test_the_learning_rate_is_in_the_history_and_is_learned_with():
    model = regressor()
    history = fit(model, LearningRateScheduler(lambda epoch, rate: rate if epoch < 2 else 0.0)).history
    assert history["learning_rate"] == pytest.approx([0.001, 0.001, 0, 0])
    assert history["val_loss"][1] == history["val_loss"][3]
    assert model.learning_rate == 0


def test_a_plateau_changes_the_rate_of_the_epochs_that_follow():
    history = fit(regressor(), ReduceLROnPlateau(patience=1, min_delta=1e9)).history
    assert history["learning_rate"] == pytest.approx([1e-3, 1e-3, 1e-4, 1e-5])


def test_a_checkpoint_is_the_model_of_its_epoch(tmp_path):
    model = regressor()
    fit(model, ModelCheckpoint(tmp_path / "{epoch}.nz"))
    assert arrays_equal(load_model(tmp_path / "4.nz"), model)
    assert not arrays_equal(load_model(tmp_path / "3.nz"), model)


def test_checkpoints_of_weights_load_into_a_new_model(tmp_path):
    model, other = regressor(), regressor(seed=1)
    fit(model, ModelCheckpoint(tmp_path / "best.nz", save_weights_only=True, save_freq=2))
    other.load_weights(tmp_path / "best.nz")
    assert arrays_equal(model, other)


class PowerCutError(Exception):
    """Training is interrupted."""


def test_an_interrupted_fit_goes_on_bit_for_bit(tmp_path):
    def cut(epoch, logs):
        if epoch == 2:
            raise PowerCutError

    whole, begun, resumed = regressor(), regressor(), regressor()
    fit(whole)
    with pytest.raises(PowerCutError):
        fit(begun, BackupAndRestore(tmp_path), LambdaCallback(on_epoch_begin=cut))
    assert [p.name for p in tmp_path.iterdir()] == ["epoch-0000002.nz"]
    history = fit(resumed, BackupAndRestore(tmp_path))
    assert history.epoch == [2, 3]
    assert arrays_equal(whole, resumed)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_another_model_is_refused(tmp_path):
    fit(regressor(), BackupAndRestore(tmp_path, delete_checkpoint=False))
    with pytest.raises(ArgumentError, match="another optimizer"):
        fit(regressor("sgd"), BackupAndRestore(tmp_path))
    with pytest.raises(ArgumentError, match="seed 0, but this one has seed 1"):
        fit(regressor(seed=1), BackupAndRestore(tmp_path))
    other = Sequential([Dense(9, input_shape=(4,)), Dense(1)])
    other.compile("adam", "mse")
    with pytest.raises(ArgumentError, match="another network"):
        fit(other, BackupAndRestore(tmp_path))


def test_the_csv_file_agrees_with_the_history(tmp_path):
    history = fit(regressor(), CSVLogger(tmp_path / "log.csv"), validation_split=0.0).history
    header, *rows = (tmp_path / "log.csv").read_text().splitlines()
    assert header == "epoch,loss,mae"
    assert [float(row.split(",")[1]) for row in rows] == history["loss"]


def test_tensorboard_writes_while_fit_runs(tmp_path):
    pytest.importorskip("tensorboardX")
    fit(regressor(), TensorBoard(tmp_path, histogram_freq=1, update_freq="batch"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["train", "validation"]


def test_a_nan_raises_and_with_terminate_on_nan_ends_quietly(capsys):
    x = X.copy()
    x[5, 2] = np.nan
    with pytest.raises(NotFiniteError):
        regressor().fit(x, Y, verbose=0)
    with pytest.raises(NotFiniteError):
        regressor().fit(x, Y, verbose=0, callbacks=[TerminateOnNaN(raise_error=True)])
    model = regressor()
    model.fit(x, Y, verbose=0, callbacks=[TerminateOnNaN()])
    assert model.stop_training
    assert "x holds a NaN" in capsys.readouterr().out


def test_a_callback_that_counts_batches_is_told_of_each():
    class Count(Callback):
        batches = 0

        def on_train_batch_end(self, batch, logs=None):
            self.batches += 1

    count = Count()
    fit(regressor(), count, batch_size=8)
    assert count.batches == 4 * 6


def test_lines_are_printed_for_each_epoch_where_asked_to(capsys):
    fit(regressor(), verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" - ")[0] for line in lines] == [f"Epoch {i}/4" for i in (1, 2, 3, 4)]
    fit(regressor())
    assert capsys.readouterr().out == ""
