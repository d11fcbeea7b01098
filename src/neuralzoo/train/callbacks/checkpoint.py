"""Callbacks that write the model to files."""

import os
from os import PathLike
from pathlib import Path

import jax

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.train.callbacks.base import Callback, Logs
from neuralzoo.train.callbacks.monitor import Monitor, scalars


class ModelCheckpoint(Callback):
    """Saves the model after every epoch, or whenever a reading is better than ever.

    Args:
        filepath: the `.nz` file; may hold patterns such as "model-{epoch:02d}-{val_loss:.2f}.nz", epochs from 1.
        monitor: the reading to watch; only for `save_best_only`.
        verbose: 1 tells of each file.
        save_best_only: save only where the reading improves.
        save_weights_only: write the arrays only, for `load_weights`, rather than the whole model.
        mode: "min", "max", or "auto" to tell by the name of the reading.
        save_freq: "epoch", or after how many batches to save. Counting batches is slow for small networks.
        initial_value_threshold: the first file is written when the reading is better than this.

    Attributes:
        best: the best reading so far; kept from one `fit` to the next.

    Raises `ArgumentError` for a pattern or a monitor that is not measured, and for another `save_freq`.
    """

    def __init__(
        self,
        filepath: str | PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: int | float | None = None,
    ):
        if save_freq != "epoch" and (isinstance(save_freq, str) or save_freq < 1):
            raise ArgumentError(f"ModelCheckpoint has no save_freq {save_freq!r}", remedy="use 'epoch', or a number of batches")
        self.filepath, self.verbose, self.save_freq = os.fspath(filepath), verbose, save_freq
        self.monitor = Monitor("ModelCheckpoint", monitor, mode) if save_best_only else None
        self.save_weights_only, self.best = save_weights_only, initial_value_threshold
        self.epoch = self.batches = 0

    def watches_batches(self) -> bool:
        return self.save_freq != "epoch"

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.batches = 0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.batches += 1
        if isinstance(self.save_freq, int) and self.batches % self.save_freq == 0:
            self._consider(self.epoch, {"batch": batch + 1, **(logs or {})})

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch":
            self._consider(epoch, logs or {})

    def _consider(self, epoch: int, logs: Logs) -> None:
        if self.monitor is None:
            self._save(epoch, logs, "")
            return
        value = self.monitor.value(epoch, logs, self.params)
        if value is not None and self.monitor.better(value, self.best):
            before = "first value" if self.best is None else f"{self.best:.5g} before"
            self.best = value
            self._save(epoch, logs, f": {self.monitor.name} is {value:.5g}, {before}")

    def _save(self, epoch: int, logs: Logs, why: str) -> None:
        path = self._path(epoch, logs)
        path.parent.mkdir(parents=True, exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        if self.verbose:
            print(f"Epoch {epoch + 1}: saved {path}{why}")

    def _path(self, epoch: int, logs: Logs) -> Path:
        names = {"epoch": epoch + 1, **scalars(logs)}
        try:
            return Path(self.filepath.format_map({**names, "batch": logs.get("batch", 0)}))
        except (KeyError, IndexError, ValueError) as error:
            missing = str(error.args[0]) if isinstance(error, KeyError) else ""
            raise ArgumentError(
                f"ModelCheckpoint cannot fill in filepath {self.filepath!r}: {missing or error}",
                where=f"epoch {epoch + 1}",
                remedy=nearest(missing, names),
            ) from None


class BackupAndRestore(Callback):
    """Lets a `fit` that was interrupted go on where it was, bit for bit: run the same program again.

    The model with its optimizer is saved after every epoch; at the start of `fit` the newest backup is restored and the
    epochs it covers are skipped. The history begins anew, and so do other callbacks, which keep nothing on disk.

    Args:
        backup_dir: a folder of its own for this run.
        save_freq: "epoch" only; half an epoch cannot be resumed exactly.
        double_checkpoint: keep the backup before the newest as well.
        delete_checkpoint: delete the backups when training has reached its end.

    Raises `ArgumentError` for another `save_freq`, or if the backup is of another network, optimizer or seed.
    """

    def __init__(
        self,
        backup_dir: str | PathLike[str],
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ):
        if save_freq != "epoch":
            raise ArgumentError(f"BackupAndRestore cannot save with save_freq={save_freq!r}", remedy="use 'epoch'")
        self.folder, self.kept, self.delete_checkpoint = Path(backup_dir), 1 + double_checkpoint, delete_checkpoint

    def backups(self) -> list[Path]:
        """The files that are there, oldest first."""
        return sorted(self.folder.glob("epoch-[0-9]*.nz"))

    def on_train_begin(self, logs: Logs | None = None) -> None:
        if found := self.backups():
            self._restore(found[-1])
            self.params["initial_epoch"] = int(found[-1].stem.removeprefix("epoch-"))

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / "unfinished.nz"
        self.model.save(unfinished)
        unfinished.replace(self.folder / f"epoch-{epoch + 1:07d}.nz")  # at once: a crash never leaves half a backup
        self._delete(self.backups()[: -self.kept])

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.delete_checkpoint:
            self._delete(self.backups())

    def _delete(self, files: list[Path]) -> None:
        for file in files:
            file.unlink(missing_ok=True)

    def _restore(self, path: Path) -> None:
        from neuralzoo.train.saving import load

        model, backup = self.model, load(path)
        if backup.seed != model.seed:
            raise self._foreign(path, f"a model with seed {backup.seed}, but this one has seed {model.seed}")
        assert model.learner is not None
        for here, there, what in ((model.net, backup.net, "network"), (model.learner.init(model.net), backup.memo, "optimizer")):
            if [(a.shape, a.dtype) for a in jax.tree.leaves(here)] != [(a.shape, a.dtype) for a in jax.tree.leaves(there)]:
                raise self._foreign(path, f"a model with another {what}")
        model.net = jax.tree.unflatten(jax.tree.structure(model.net), jax.tree.leaves(backup.net))
        model.memo = jax.tree.unflatten(jax.tree.structure(model.learner.init(model.net)), jax.tree.leaves(backup.memo))
        model.count = backup.count

    def _foreign(self, path: Path, what: str) -> ArgumentError:
        return ArgumentError(
            f"the backup {path} is of {what}", remedy=f"delete {self.folder} to start anew, or run the program that wrote it"
        )
