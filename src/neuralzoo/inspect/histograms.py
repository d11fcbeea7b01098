"""How weights and outputs are spread, followed over training."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError, nearest
from neuralzoo.inspect.records import plain
from neuralzoo.inspect.tracing import execute
from neuralzoo.train.callbacks.base import Callback, Logs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Histograms(Callback):
    """A callback that counts, epoch by epoch, how the numbers of each array are spread, and the outputs of layers for some examples.

    Args:
        x: examples whose outputs are followed too; None follows weights alone.
        bins: of each histogram; its range is that of all epochs together, so numbers are kept until they are asked for.
        every: follow every so many epochs.
        samples: numbers of an array that are kept for each epoch, drawn once.

    Attributes:
        epoch: the epochs recorded (from 0).
        names: of what is followed: "dense.kernel", "dense: output".

    Example:
        >>> from neuralzoo.layers import Dense
        >>> from neuralzoo.models import Sequential
        >>> model, record = Sequential([Dense(3, "tanh", input_shape=(2,)), Dense(1)]), Histograms()
        >>> model.compile("sgd", "mse")
        >>> _ = model.fit(np.ones((8, 2)), np.ones((8, 1)), epochs=3, callbacks=[record])
        >>> edges, counts = record.histogram("dense.kernel")
        >>> record.epoch, counts.shape, counts.sum(axis=1).tolist()
        ([0, 1, 2], (3, 40), [6, 6, 6])
    """

    def __init__(self, x: Any = None, bins: int = 40, every: int = 1, samples: int = 20_000):
        if bins < 1 or every < 1 or samples < 1:
            what = f"Histograms(bins={bins}, every={every}, samples={samples}) is not possible"
            raise ArgumentError(what, remedy="give whole numbers of at least 1")
        self.x, self.bins, self.every, self.samples = x, bins, every, samples
        self.epoch: list[int] = []
        self.kept: dict[str, list[np.ndarray]] = {}

    @property
    def names(self) -> list[str]:
        return list(self.kept)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if epoch % self.every:
            return
        self.epoch.append(epoch)
        seen = execute(self.model, np.zeros((1, *self.model.input.shape[1:]), self.model.input.dtype) if self.x is None else self.x)
        for layer in seen.layers:
            for array in layer.arrays:
                self._keep(f"{layer.name}.{array.name}", array.value)
            if self.x is not None and isinstance(layer.output, np.ndarray):
                self._keep(f"{layer.name}: output", layer.output)

    def histogram(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """The edges of the bins `(bins + 1,)`, and the counts `(epochs, bins)`."""
        if not self.kept:
            raise DataError("the record is empty", remedy="fit a model with it as a callback first")
        if name not in self.kept:
            raise ArgumentError(f"nothing named {name!r} was followed", remedy=nearest(name, self.kept))
        rows = [row[np.isfinite(row)] for row in self.kept[name]]
        every = np.concatenate(rows)
        edges = np.histogram_bin_edges(every if len(every) else np.zeros(1), self.bins)
        return edges, np.stack([np.histogram(row, edges)[0] for row in rows])

    def to_dict(self) -> dict[str, Any]:
        """Edges and counts by name as lists, ready for JSON."""
        found = {name: dict(zip(("edges", "counts"), self.histogram(name), strict=True)) for name in self.kept}
        return plain({"epoch": self.epoch, "histograms": found})

    def figure(self) -> "Figure":
        """A panel for each array: its numbers upwards, epochs to the right."""
        from neuralzoo.inspect.health_plots import histograms_figure

        pairs = [self.histogram(name) for name in self.names or [""]]
        return histograms_figure(self.names, self.epoch, [edges for edges, _ in pairs], [counts for _, counts in pairs])

    def _keep(self, name: str, values: np.ndarray) -> None:
        flat = values.ravel()
        if flat.size > self.samples:
            flat = flat[np.random.default_rng(0).choice(flat.size, self.samples, replace=False)]
        self.kept.setdefault(name, []).append(flat.astype(np.float32))
