"""Callbacks that end training."""

from typing import Any

from neuralzoo.train.callbacks.base import Callback, Logs
from neuralzoo.train.callbacks.monitor import Monitor


class EarlyStopping(Callback):
    """Stops when a reading has not improved for `patience` epochs, and keeps the network of the best epoch.

    Args:
        monitor: the reading to watch.
        min_delta: smaller improvements do not count.
        patience: epochs without improvement that are put up with.
        verbose: 1 tells when it stops and what it restores.
        mode: "min", "max", or "auto" to tell by the name of the reading.
        baseline: patience runs out as well while the reading is no better than this.
        restore_best_weights: put the network of the best epoch back when training ends, whether it was stopped or not.
            Unlike Keras this is on by default. The optimizer stays as it is.
        start_from_epoch: epochs to let pass before watching.

    Attributes:
        best, best_epoch: the best reading, and the epoch (from 0) that gave it.
        stopped_epoch: the epoch (from 0) that stopped training; 0 if none did.
        wait: epochs since the last improvement.

    Raises `ArgumentError` at the end of the first epoch if the reading is not measured.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: int | float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: int | float | None = None,
        restore_best_weights: bool = True,
        start_from_epoch: int = 0,
    ):
        self.monitor = Monitor("EarlyStopping", monitor, mode, min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self._reset()

    def _reset(self) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best: float | None = None
        self.best_net: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.monitor.value(epoch, logs, self.params)
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        improved = self.monitor.better(value, self.best)
        if improved or self.best_net is None:
            self.best_net, self.best_epoch = self.model.net, epoch  # networks are immutable: a reference is a copy
        if improved:
            self.best = value
            if self.monitor.better(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch, self.model.stop_training = epoch, True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.verbose and self.stopped_epoch:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_net is not None:
            if self.verbose:
                print(f"Restoring the network of the best epoch: {self.best_epoch + 1}")
            self.model.net = self.best_net


class StopAboveMean(Callback):
    """Stops when a reading that should fall is above its mean over the epochs just before; the last network is kept.

    Args:
        monitor: the reading to watch.
        window: over how many epochs the mean is taken; nothing stops before there were so many.

    Reference: T. Kipf, M. Welling, "Semi-supervised classification with graph convolutional networks", ICLR 2017 (their programs).

    Raises `ArgumentError` at the end of the first epoch if the reading is not measured.
    """

    watches_epochs = False

    def __init__(self, monitor: str = "val_loss", window: int = 10):
        self.monitor, self.window = Monitor("StopAboveMean", monitor, "min"), window
        self.seen: list[float] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.seen = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.monitor.value(epoch, logs, self.params)
        if value is None:
            return
        if len(self.seen) > self.window and value > sum(self.seen[-self.window :]) / self.window:
            self.model.stop_training = True
        self.seen.append(value)


class TerminateOnNaN(Callback):
    """Ends training at the first NaN or infinity with a printed line instead of an error.

    Training always stops at the first value that is not finite: `fit` raises `NotFiniteError`, which names the batch, the
    layer and a remedy. With this callback `fit` prints that message and returns, as Keras does; `model.stop_training` is
    True then, and the network is the one from before the failing call.

    Args:
        raise_error: raise after all, as without this callback.
    """

    watches_epochs = False

    def __init__(self, raise_error: bool = False):
        self.raise_error = raise_error
