"""Callbacks that pass readings on: to a file, or to the user's own functions."""

import csv
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from neuralzoo.core.errors import DataError
from neuralzoo.train.callbacks.base import Callback, Logs
from neuralzoo.train.callbacks.monitor import scalars

MISSING = "NA"


class CSVLogger(Callback):
    """Writes a line for each epoch: its number (from 0) and the readings, sorted by name; "NA" where one is missing.

    The file is complete after every epoch. Readings that are arrays, such as confusion matrices, are left out.

    Args:
        filename: the file to write.
        separator: between columns.
        append: go on with the file that is there, in the columns it has, instead of starting afresh.

    Raises `DataError` if the file cannot be written, or if its columns lack a reading of this run.
    """

    watches_epochs = False

    def __init__(self, filename: str | PathLike[str], separator: str = ",", append: bool = False):
        self.path, self.separator, self.append = Path(filename), separator, append
        self.columns: list[str] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.columns = self._columns_there() if self.append else []
        if not self.columns:
            self._write([], "w")  # a folder that is missing is noticed before the first epoch, not after

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        readings = scalars(logs)
        if not self.columns:
            later = [f"val_{name}" for name in readings if self.params.get("validation_freq", 1) > 1]
            self.columns = ["epoch", *sorted({*readings, *later})]
            self._write(self.columns)
        unknown = sorted(set(readings) - set(self.columns))
        if unknown:
            raise DataError(
                f"{self.path} has no column for {unknown[0]!r}: it has {', '.join(self.columns)}",
                where=f"epoch {epoch + 1}",
                remedy="write to another file, or use append=False to start this one afresh",
            )
        self._write([epoch, *(readings.get(name, MISSING) for name in self.columns if name != "epoch")])

    def _columns_there(self) -> list[str]:
        if not self.path.exists():
            return []
        try:
            with self.path.open(newline="", encoding="utf-8") as file:
                return next(csv.reader(file, delimiter=self.separator), [])
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"cannot read {self.path}: {error}", remedy="use append=False to start it afresh") from None

    def _write(self, row: list[Any], mode: str = "a") -> None:
        """One line, on disk when this returns: opened anew each time, so that nothing is lost or left open in a crash."""
        try:
            with self.path.open(mode, newline="", encoding="utf-8") as file:
                if row:
                    csv.writer(file, delimiter=self.separator, lineterminator="\n").writerow(row)
        except OSError as error:
            raise DataError(
                f"CSVLogger cannot write {self.path}: {error.strerror or error}",
                remedy="check that the folder exists, may be written to, and that the disk is not full",
            ) from None


class LambdaCallback(Callback):
    """Calls your functions, as `on_epoch_end(epoch, logs)`, `on_train_batch_end(batch, logs)`, `on_train_begin(logs)` and so on.

    A function for batches makes every batch come back to Python, which is slow for small networks.
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        on_test_begin: Callable[..., Any] | None = None,
        on_test_end: Callable[..., Any] | None = None,
    ):
        self.epoch_begin, self.epoch_end = on_epoch_begin or nothing, on_epoch_end or nothing
        self.train_begin, self.train_end = on_train_begin or nothing, on_train_end or nothing
        self.batch_begin, self.batch_end = on_train_batch_begin or nothing, on_train_batch_end or nothing
        self.test_begin, self.test_end = on_test_begin or nothing, on_test_end or nothing
        self.watches_epochs = not self.epoch_begin is self.epoch_end is nothing

    def watches_batches(self) -> bool:
        return not self.batch_begin is self.batch_end is nothing

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch_begin(epoch, given(logs))

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch_end(epoch, given(logs))

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.train_begin(given(logs))

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.train_end(given(logs))

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self.batch_begin(batch, given(logs))

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.batch_end(batch, given(logs))

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self.test_begin(given(logs))

    def on_test_end(self, logs: Logs | None = None) -> None:
        self.test_end(given(logs))


def given(logs: Logs | None) -> Logs:
    """The same dictionary, so that a function may add to it; a new one for None."""
    return {} if logs is None else logs


def nothing(*args: Any) -> None:
    """Stands in for a function that was not given."""
