"""Callbacks by hand: a fake model, and hooks called in the order of `fit`."""

from pathlib import Path

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
from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError


class FakeModel:
    """A model whose network is a number, the epochs learned."""

    def __init__(self):
        self.net, self.stop_training, self.learning_rate, self.count = 0, False, 1.0, 0
        self.saved = []

    def save(self, path):
        self.saved.append(path.name)
        path.write_text(str(self.net))

    save_weights = save


def train(callback, readings, model=None, **params):
    """Tell a callback of epochs with these readings; returns the model."""
    model = model or FakeModel()
    callback.model, callback.params = model, {"epochs": len(readings), **params}
    callback.on_train_begin()
    for epoch, logs in enumerate(readings):
        callback.on_epoch_begin(epoch)
        model.net += 1
        callback.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    callback.on_train_end()
    return model


def losses(*values):
    return [{"loss": value, "val_loss": value} for value in values]


# -- early stopping -------------------------------------------------------------------------------------------------


def test_early_stopping_waits_for_its_patience_and_restores_the_best_network():
    stopping = EarlyStopping(patience=2)
    model = train(stopping, losses(3.0, 1.0, 2.0, 2.0, 0.0))
    assert model.stop_training
    assert (stopping.stopped_epoch, stopping.best_epoch, stopping.best, model.net) == (3, 1, 1.0, 2)


def test_early_stopping_restores_the_best_network_when_it_did_not_stop_as_well():
    model = train(EarlyStopping(patience=9), losses(3.0, 1.0, 2.0))
    assert not model.stop_training
    assert model.net == 2


def test_early_stopping_leaves_the_last_network_where_asked_to():
    assert train(EarlyStopping(patience=9, restore_best_weights=False), losses(3.0, 1.0, 2.0)).net == 3


def test_early_stopping_stops_not_in_the_first_epoch():
    assert train(EarlyStopping(baseline=0.1), losses(1.0, 2.0, 3.0)).net == 1
    assert EarlyStopping().stopped_epoch == 0


def test_early_stopping_counts_small_improvements_as_none():
    stopping = EarlyStopping(min_delta=0.5, patience=1)
    train(stopping, losses(1.0, 0.9, 0.8))
    assert (stopping.stopped_epoch, stopping.best) == (1, 1.0)


def test_early_stopping_lets_the_first_epochs_pass():
    stopping = EarlyStopping(patience=1, start_from_epoch=2)
    train(stopping, losses(1.0, 2.0, 3.0, 2.5, 2.6))
    assert (stopping.stopped_epoch, stopping.best_epoch) == (4, 3)


def test_early_stopping_runs_out_of_patience_above_its_baseline():
    stopping = EarlyStopping(patience=3, baseline=0.5)
    train(stopping, losses(0.9, 0.8, 0.8, 0.8, 0.8))
    assert stopping.stopped_epoch == 2
    train(stopping, losses(0.4, 0.8, 0.8, 0.8, 0.8))
    assert stopping.stopped_epoch == 3


def test_early_stopping_begins_each_fit_afresh():
    stopping = EarlyStopping(patience=1)
    train(stopping, losses(0.1, 0.2, 0.3))
    assert train(stopping, losses(3.0, 2.0, 1.0)).net == 3
    assert (stopping.best, stopping.stopped_epoch) == (1.0, 0)


def test_early_stopping_takes_nan_for_no_improvement():
    stopping = EarlyStopping(patience=5)
    assert train(stopping, losses(float("nan"), 1.0, float("nan"))).net == 2
    assert stopping.best == 1.0


def test_a_missing_monitor_raises_at_the_first_epoch_and_names_what_there_is():
    with pytest.raises(ArgumentError, match=r"'val_loss', which was not measured\n.*epoch 1\n.*validation_data.*accuracy, loss"):
        train(EarlyStopping(), [{"loss": 1.0, "accuracy": 0.5}])
    with pytest.raises(ArgumentError, match="Did you mean 'accuracy'"):
        train(EarlyStopping("acuracy", mode="max"), [{"loss": 1.0, "accuracy": 0.5}])


def test_a_monitor_waits_for_epochs_that_validate_but_not_longer():
    model = train(EarlyStopping(patience=1), [{"loss": 1.0}, *losses(1.0), {"loss": 1.0}, *losses(2.0)], validation_freq=2)
    assert (model.net, model.stop_training) == (2, True)
    with pytest.raises(ArgumentError, match="epoch 2"):
        train(EarlyStopping(), [{"loss": 1.0}] * 3, validation_freq=2)


def test_an_array_cannot_be_watched():
    with pytest.raises(ArgumentError, match=r"is an array\n.*watch a number: loss"):
        train(EarlyStopping("accuracy"), [{"loss": 1.0, "accuracy": np.ones((2, 2))}])


@pytest.mark.parametrize(
    "name", ["accuracy", "val_sparse_categorical_accuracy", "auc", "f1_score", "precision", "val_recall", "r2_score", "top_k"]
)
def test_auto_mode_lets_scores_rise(name):
    assert train(EarlyStopping(name, patience=9), [{name: 0.1}, {name: 0.9}, {name: 0.2}]).net == 2


@pytest.mark.parametrize("name", ["loss", "val_loss", "mae", "mean_squared_error", "binary_crossentropy", "accuracy_loss"])
def test_auto_mode_lets_losses_fall(name):
    assert train(EarlyStopping(name, patience=9), [{name: 0.9}, {name: 0.1}, {name: 0.2}]).net == 2


def test_auto_mode_asks_about_names_it_does_not_know():
    with pytest.raises(ArgumentError, match="mode='min'"):
        EarlyStopping("spikes")
    EarlyStopping("spikes", mode="max")
    with pytest.raises(ArgumentError, match="no mode 'up'"):
        EarlyStopping(mode="up")


# -- the learning rate ----------------------------------------------------------------------------------------------


def test_a_plateau_reduces_the_rate_down_to_the_least():
    readings = losses(*[1.0] * 6)
    model = train(ReduceLROnPlateau(factor=0.1, patience=2, min_lr=0.05), readings)
    assert model.learning_rate == 0.05
    assert [logs["learning_rate"] for logs in readings] == [1.0, 1.0, 1.0, 0.1, 0.1, 0.05]


def test_nothing_is_counted_in_the_cooldown_of_a_plateau():
    readings = losses(*[1.0] * 7)
    train(ReduceLROnPlateau(factor=0.5, patience=1, cooldown=2), readings)
    assert [logs["learning_rate"] for logs in readings] == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.125]


def test_a_plateau_cannot_raise_the_rate():
    with pytest.raises(ArgumentError, match="factor=2"):
        ReduceLROnPlateau(factor=2)


def test_a_schedule_may_take_the_epoch_alone_or_the_rate_too():
    readings = losses(1.0, 1.0, 1.0)
    train(LearningRateScheduler(lambda epoch: 1 / (epoch + 1)), readings)
    assert [logs["learning_rate"] for logs in readings] == [1.0, 1 / 2, 1 / 3]
    train(LearningRateScheduler(lambda epoch, lr: lr / 2), readings)
    assert [logs["learning_rate"] for logs in readings] == [1 / 2, 1 / 4, 1 / 8]


@pytest.mark.parametrize("answer", [None, -1.0, float("nan"), "fast"])
def test_a_schedule_must_return_a_rate(answer):
    with pytest.raises(ArgumentError, match="epoch 1"):
        train(LearningRateScheduler(lambda epoch: answer), losses(1.0))


# -- logs -----------------------------------------------------------------------------------------------------------


def test_the_csv_file_has_sorted_columns_and_no_arrays(tmp_path):
    readings = [{"loss": 0.5, "accuracy": 0.25, "confusion": np.eye(2)}, {"loss": 0.125}]
    train(CSVLogger(tmp_path / "log.csv"), readings)
    assert (tmp_path / "log.csv").read_text() == "epoch,accuracy,loss\n0,0.25,0.5\n1,NA,0.125\n"


def test_the_csv_file_is_complete_after_each_epoch(tmp_path):
    logger = CSVLogger(tmp_path / "log.csv", separator=";")
    logger.params = {}
    logger.on_train_begin()
    logger.on_epoch_end(0, {"loss": 0.5})
    assert (tmp_path / "log.csv").read_text() == "epoch;loss\n0;0.5\n"


def test_the_csv_file_has_columns_for_validation_that_comes_later(tmp_path):
    train(CSVLogger(tmp_path / "log.csv"), [{"loss": 0.5}, *losses(0.25)], validation_freq=2)
    assert (tmp_path / "log.csv").read_text() == "epoch,loss,val_loss\n0,0.5,NA\n1,0.25,0.25\n"


def test_a_csv_file_is_replaced_or_continued(tmp_path):
    path = tmp_path / "log.csv"
    train(CSVLogger(path), losses(1.0))
    train(CSVLogger(path, append=True), [{"loss": 2.0}])
    assert path.read_text() == "epoch,loss,val_loss\n0,1.0,1.0\n0,2.0,NA\n"
    with pytest.raises(DataError, match="no column for 'accuracy'"):
        train(CSVLogger(path, append=True), [{"accuracy": 2.0}])
    train(CSVLogger(path), [{"loss": 3.0}])
    assert path.read_text() == "epoch,loss\n0,3.0\n"


def test_a_csv_file_in_no_folder_or_on_a_full_disk_is_told_clearly(tmp_path):
    with pytest.raises(DataError, match=r"No such file.*\n.*folder exists"):
        CSVLogger(tmp_path / "none" / "log.csv").on_train_begin()
    if not Path("/dev/full").exists():
        pytest.skip("this system has no disk that is always full")
    with pytest.raises(DataError, match="No space left"):
        train(CSVLogger("/dev/full"), losses(1.0))


def test_functions_are_called_and_may_add_to_the_logs():
    told, logs = [], {"loss": 1.0}
    callback = LambdaCallback(on_train_begin=told.append, on_epoch_end=lambda epoch, logs: logs.update(epoch=epoch))
    train(callback, [logs])
    assert (told, logs) == ([{}], {"loss": 1.0, "epoch": 0})


def test_only_functions_for_batches_make_batches_slow():
    assert not LambdaCallback(on_epoch_end=print).watches_batches()
    assert LambdaCallback(on_train_batch_end=print).watches_batches()
    assert not LambdaCallback(on_train_begin=print).watches_epochs
    quick = [EarlyStopping(), ModelCheckpoint("a.nz"), TerminateOnNaN(), CSVLogger("a.csv"), ReduceLROnPlateau(), BackupAndRestore("a")]
    assert not any(callback.watches_batches() for callback in quick)
    assert ModelCheckpoint("a.nz", save_freq=10).watches_batches()


# -- checkpoints ----------------------------------------------------------------------------------------------------


def test_checkpoints_fill_in_patterns_and_make_folders(tmp_path):
    train(ModelCheckpoint(tmp_path / "new" / "{epoch:02d}-{val_loss:.2f}.nz"), losses(1.0, 0.126))
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["01-1.00.nz", "02-0.13.nz"]


def test_only_the_best_is_saved_where_asked_to(tmp_path, capsys):
    path = tmp_path / "best.nz"
    model = train(ModelCheckpoint(path, "val_accuracy", save_best_only=True, verbose=1), [{"val_accuracy": v} for v in (0.5, 0.7, 0.6)])
    assert (len(model.saved), path.read_text()) == (2, "2")
    assert "Epoch 2: saved" in capsys.readouterr().out
    model = train(ModelCheckpoint(path, save_best_only=True, initial_value_threshold=0.1), losses(1.0, 0.5))
    assert model.saved == []


def test_a_checkpoint_pattern_that_was_not_measured_raises(tmp_path):
    with pytest.raises(ArgumentError, match=r"val_los.*\n.*epoch 1\n.*Did you mean 'val_loss'"):
        train(ModelCheckpoint(tmp_path / "{val_los}.nz"), losses(1.0))
    with pytest.raises(ArgumentError, match="not measured"):
        train(ModelCheckpoint(tmp_path / "a.nz", save_best_only=True), [{"loss": 1.0}])


def test_checkpoints_may_count_batches(tmp_path):
    checkpoint, model = ModelCheckpoint(tmp_path / "{epoch}-{batch}.nz", save_freq=2), FakeModel()
    checkpoint.model, checkpoint.params = model, {}
    checkpoint.on_train_begin()
    for epoch in range(2):
        checkpoint.on_epoch_begin(epoch)
        for batch in range(3):
            checkpoint.on_train_batch_end(batch, {"loss": 1.0})
        checkpoint.on_epoch_end(epoch, {"loss": 1.0})
    assert model.saved == ["1-2.nz", "2-1.nz", "2-3.nz"]
    with pytest.raises(ArgumentError, match="save_freq"):
        ModelCheckpoint("a.nz", save_freq="batch")


def test_backups_are_replaced_and_deleted_at_the_end(tmp_path):
    backup = BackupAndRestore(tmp_path)
    backup.model, backup.params = FakeModel(), {}
    for epoch in range(3):
        backup.on_epoch_end(epoch)
    assert [p.name for p in tmp_path.iterdir()] == ["epoch-0000003.nz"]
    backup.on_train_end()
    assert backup.backups() == []
    with pytest.raises(ArgumentError, match="save_freq=5"):
        BackupAndRestore(tmp_path, save_freq=5)


# -- tensorboard ----------------------------------------------------------------------------------------------------


def events(folder):
    """(tag, step, value) of each scalar, and the tags of histograms, read back record by record."""
    from tensorboardX.proto.event_pb2 import Event

    scalars, histograms = [], []
    for path in sorted(folder.glob("events*")):
        data = path.read_bytes()
        while data:
            size = int.from_bytes(data[:8], "little")
            event, data = Event.FromString(data[12 : 12 + size]), data[16 + size :]
            for value in event.summary.value:
                if value.WhichOneof("value") == "histo":
                    histograms.append(value.tag)
                else:
                    scalars.append((value.tag, event.step, value.simple_value))
    return scalars, histograms


def test_event_files_hold_training_and_validation_as_two_runs(tmp_path):
    pytest.importorskip("tensorboardX")
    train(TensorBoard(tmp_path), [{"loss": 1.0, "val_loss": 2.0, "confusion": np.eye(2)}, {"loss": 0.5, "val_loss": 0.25}])
    assert events(tmp_path / "train")[0] == [("epoch_loss", 0, 1.0), ("epoch_loss", 1, 0.5)]
    assert events(tmp_path / "validation")[0] == [("epoch_loss", 0, 2.0), ("epoch_loss", 1, 0.25)]


def test_event_files_hold_histograms_and_speed_where_asked_to(tmp_path):
    pytest.importorskip("tensorboardX")
    model = FakeModel()
    model.layers, model.names = [{"kernel": np.ones((2, 2)), "count": np.ones(2, int)}], lambda: ["dense"]
    train(TensorBoard(tmp_path, histogram_freq=2, write_steps_per_second=True), [{"loss": 1.0}] * 3, model)
    scalars, histograms = events(tmp_path / "train")
    assert [tag for tag, _, _ in scalars].count("epoch_steps_per_second") == 3
    assert histograms == ["dense/kernel/histogram"] * 2


def test_event_files_hold_batches_where_asked_to(tmp_path):
    pytest.importorskip("tensorboardX")
    board = TensorBoard(tmp_path, update_freq=2)
    board.model, board.params = FakeModel(), {}
    assert board.watches_batches()
    for batch in range(4):
        board.model.count += 1
        board.on_train_batch_end(batch, {"loss": 1.0})
    board.on_train_end()
    assert events(tmp_path / "train")[0] == [("batch_loss", 2, 1.0), ("batch_loss", 4, 1.0)]


def test_tensorboard_says_what_it_lacks(monkeypatch):
    with pytest.raises(ArgumentError, match="write_images=True"):
        TensorBoard(write_images=True)
    monkeypatch.setitem(__import__("sys").modules, "tensorboardX", None)
    with pytest.raises(NotReadyError, match=r"pip install neuralzoo\[tensorboard\]"):
        TensorBoard()


def test_every_public_callback_is_a_callback_and_the_list_is_sorted():
    import neuralzoo.callbacks as public

    assert public.__all__ == sorted(public.__all__)
    classes = [getattr(public, name) for name in public.__all__ if name != "CallbackList"]
    assert all(issubclass(each, Callback) for each in classes)
