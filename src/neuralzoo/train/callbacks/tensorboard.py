"""Event files for TensorBoard."""

import time
from os import PathLike
from pathlib import Path
from typing import Any

import jax
import numpy as np

from neuralzoo.core.errors import ArgumentError, NotReadyError
from neuralzoo.train.callbacks.base import Callback, Logs
from neuralzoo.train.callbacks.monitor import scalars


class TensorBoard(Callback):
    """Writes readings, and histograms of the weights, for `tensorboard --logdir logs`.

    Training and validation are two runs, in the sub-folders `train` and `validation`, so that one diagram shows both.

    Args:
        log_dir: the folder for the event files.
        histogram_freq: after how many epochs to write histograms of all arrays; 0 for never.
        write_graph: accepted for Keras listings; `model.summary()` shows the structure.
        write_images, profile_batch, embeddings_freq, embeddings_metadata: accepted as Keras's defaults only.
        write_steps_per_second: write the speed of each epoch.
        update_freq: "epoch", "batch", or after how many batches to write readings as well. Batches are slow for small networks.

    Raises `NotReadyError` if the package tensorboardX is missing, `ArgumentError` for what is not written here.
    """

    def __init__(
        self,
        log_dir: str | PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ):
        extras = {"write_images": write_images, "profile_batch": profile_batch, "embeddings_freq": embeddings_freq}
        for name, value in {**extras, "embeddings_metadata": embeddings_metadata}.items():
            if value:
                raise ArgumentError(f"TensorBoard here does not offer {name}={value!r}", remedy=f"leave {name} out")
        if update_freq not in ("epoch", "batch") and (isinstance(update_freq, str) or update_freq < 1):
            raise ArgumentError(f"TensorBoard has no update_freq {update_freq!r}", remedy="use 'epoch', 'batch' or a number of batches")
        self.make_writer = writer_class()
        self.log_dir, self.histogram_freq, self.write_steps_per_second = Path(log_dir), histogram_freq, write_steps_per_second
        self.every = {"epoch": 0, "batch": 1}.get(str(update_freq), update_freq)
        self.watches_epochs = histogram_freq > 0 or write_steps_per_second  # only then the model itself is looked at
        self.writers: dict[str, Any] = {}
        self.batches = self.count = 0
        self.began = 0.0

    def watches_batches(self) -> bool:
        return self.every != 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.batches = 0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.began, self.count = time.perf_counter(), self.model.count

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.batches += 1
        if isinstance(self.every, int) and self.every and self.batches % self.every == 0:
            for name, value in scalars(logs).items():
                self._writer("train").add_scalar(f"batch_{name}", value, self.model.count)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        for name, value in scalars(logs).items():
            run = "validation" if name.startswith("val_") else "train"
            self._writer(run).add_scalar(f"epoch_{name.removeprefix('val_')}", value, epoch)
        if self.write_steps_per_second:
            speed = (self.model.count - self.count) / (time.perf_counter() - self.began)
            self._writer("train").add_scalar("epoch_steps_per_second", speed, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._histograms(epoch)

    def on_train_end(self, logs: Logs | None = None) -> None:
        for writer in self.writers.values():
            writer.close()
        self.writers = {}

    def _histograms(self, epoch: int) -> None:
        for name, layer in zip(self.model.names(), self.model.layers, strict=True):
            for path, array in jax.tree_util.tree_leaves_with_path(layer):
                if np.asarray(array).dtype.kind == "f":
                    tag = f"{name}/{jax.tree_util.keystr(path, simple=True, separator='/')}/histogram"
                    self._writer("train").add_histogram(tag, np.asarray(array), epoch)

    def _writer(self, run: str) -> Any:
        if run not in self.writers:  # no empty validation run
            self.writers[run] = self.make_writer(str(self.log_dir / run), flush_secs=2)
        return self.writers[run]


def writer_class() -> Any:
    """tensorboardX's `SummaryWriter`, imported only when it is needed; raises `NotReadyError` if it is not installed."""
    try:
        from tensorboardX import SummaryWriter  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise NotReadyError("TensorBoard needs the package tensorboardX", remedy="pip install neuralzoo[tensorboard]") from None
    return SummaryWriter
