"""Callbacks that change the learning rate between epochs; nothing is compiled again."""

import inspect
from collections.abc import Callable
from typing import Any

from neuralzoo.core.errors import ArgumentError
from neuralzoo.train.callbacks.base import Callback, Logs
from neuralzoo.train.callbacks.monitor import Monitor


class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate by `factor` when a reading has not improved for `patience` epochs.

    Adds "learning_rate" to the history.

    Args:
        monitor: the reading to watch.
        factor: new rate = rate · factor, below 1.
        patience: epochs without improvement that are put up with.
        verbose: 1 tells of each reduction.
        mode: "min", "max", or "auto" to tell by the name of the reading.
        min_delta: smaller improvements do not count.
        cooldown: epochs after a reduction in which nothing is counted.
        min_lr: the rate never goes below.

    Raises `ArgumentError` for a factor of 1 or more, when training begins if the rate follows a schedule, and at the end of
    the first epoch if the reading is not measured.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: int | float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: int | float = 1e-4,
        cooldown: int = 0,
        min_lr: int | float = 0.0,
    ):
        if not 0 <= factor < 1:
            raise ArgumentError(f"ReduceLROnPlateau cannot reduce by factor={factor}", remedy="use a factor between 0 and 1, such as 0.1")
        self.monitor = Monitor("ReduceLROnPlateau", monitor, mode, min_delta)
        self.factor, self.patience, self.verbose, self.cooldown, self.min_lr = factor, patience, verbose, cooldown, min_lr
        self._reset()

    def _reset(self) -> None:
        self.wait = self.cooldown_counter = 0
        self.best: float | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._reset()
        require_free_rate(self.model)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = {} if logs is None else logs
        value, rate = self.monitor.value(epoch, logs, self.params), self.model.learning_rate
        logs["learning_rate"] = rate
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter, self.wait = self.cooldown_counter - 1, 0
        if self.monitor.better(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter == 0:
            self.wait += 1
            if self.wait >= self.patience and rate > self.min_lr:
                self._reduce(epoch, max(rate * self.factor, self.min_lr))

    def _reduce(self, epoch: int, rate: int | float) -> None:
        self.model.learning_rate = rate
        self.cooldown_counter, self.wait = self.cooldown, 0
        if self.verbose:
            print(f"Epoch {epoch + 1}: ReduceLROnPlateau sets the learning rate to {rate:.6g}")


class LearningRateScheduler(Callback):
    """Sets the learning rate at the start of each epoch: rate = schedule(epoch, rate) or schedule(epoch), epochs from 0.

    Adds "learning_rate" to the history.

    Args:
        schedule: a function of the epoch, or of the epoch and the rate now, that returns the rate.
        verbose: 1 tells the rate of each epoch.

    Raises `ArgumentError` if the schedule returns no number above or at 0, and when training begins if the optimizer has a
    schedule of its own.
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0):
        self.schedule, self.verbose = schedule, verbose
        self.takes_rate = takes_two(schedule)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        require_free_rate(self.model)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        answer = self.schedule(epoch, self.model.learning_rate) if self.takes_rate else self.schedule(epoch)
        try:
            rate = float(answer)
        except (TypeError, ValueError):
            rate = -1.0
        if not 0 <= rate < float("inf"):
            raise ArgumentError(
                f"the schedule of LearningRateScheduler returned {answer!r}",
                where=f"epoch {epoch + 1}",
                remedy="return a finite number of at least 0",
            )
        self.model.learning_rate = rate
        if self.verbose:
            print(f"Epoch {epoch + 1}: LearningRateScheduler sets the learning rate to {rate:.6g}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = self.model.learning_rate


def require_free_rate(model: Any) -> None:
    """Raise now, not after some epochs, if the model's rate cannot be assigned."""
    model.learning_rate = model.learning_rate


def takes_two(function: Callable[..., Any]) -> bool:
    """Whether a function may be called with two arguments."""
    try:
        inspect.signature(function).bind(0, 0.1)
    except TypeError:
        return False
    except ValueError:  # some builtins keep their signature to themselves
        pass
    return True
