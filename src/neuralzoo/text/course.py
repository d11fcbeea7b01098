"""How training over a text is led: memory from window to window, a falling rate, the clock, the best network."""

import math
import time
from collections.abc import Callable
from typing import Any

import jax

from neuralzoo.core.layer import Key, Layer
from neuralzoo.core.record import roles
from neuralzoo.data.text import Codes, Streams
from neuralzoo.layers.recurrent import remembering
from neuralzoo.learn.gradient import Gradient, GradientMemo
from neuralzoo.learn.learner import Batch
from neuralzoo.text.reading import price
from neuralzoo.train.callbacks.base import Callback, Logs

LAST_RATE = 0.03  # share of the learning rate that is left at the end
FORGETS = 0.1  # of the rows start a window with an empty memory
SHOW_SECONDS = 10.0  # between two samples


class Reading(Gradient):
    """`Gradient` for a network that remembers from batch to batch: now and then a row forgets, as if its text began there.

    Otherwise a network would meet an empty memory only once an epoch, and write nonsense after a short prompt.

    Fields:
        forgets: probability that a row starts a batch with an empty memory.
    """

    forgets: float = FORGETS

    def step(self, net: Any, memo: GradientMemo, batch: Batch, key: Key) -> tuple[Any, GradientMemo, dict[str, Any]]:
        keeps = jax.random.bernoulli(jax.random.fold_in(key, 0), 1 - self.forgets, batch.valid.shape)

        def emptied(role: str, a: Any) -> Any:
            return a * keeps.reshape(-1, *(1,) * (a.ndim - 1)) if role == "memory" else a

        return Gradient.step(self, jax.tree.map(emptied, roles(net), net), memo, batch, key)


class TimeIsUpError(Exception):
    """The minutes that training was given are over."""


class Course(Callback):
    """Leads `Model.fit` over the windows of a text.

    Args:
        streams: the windows; each epoch starts them elsewhere.
        validation: codes that are priced after each epoch; the network that prices them lowest is the best.
        rate: the learning rate at the start; it falls along half a cosine, by epochs or by the clock, whichever is ahead.
        seconds: after which `TimeIsUpError` is raised; None for no limit.
        show: called with the network at the start of an epoch, every `SHOW_SECONDS`; None for nothing.

    Attributes:
        best: the best network so far, None before the end of the first epoch.
        least: what it prices, in nats a character.
    """

    def __init__(self, streams: Streams, validation: Codes, rate: float, seconds: float | None, show: Callable[[Layer], Any] | None):
        self.streams, self.validation, self.rate, self.seconds, self.show = streams, validation, rate, seconds, show
        self.best: Layer | None = None
        self.least = math.inf
        self.began = self.shown = time.perf_counter()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.began = self.shown = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        if epoch and self.show and time.perf_counter() - self.shown >= SHOW_SECONDS:
            self.show(self.model.net)
            self.shown = time.perf_counter()
        self.streams.epoch = epoch
        self.model.net = remembering(self.model.net, self.streams.batch)  # each stream starts afresh
        self.model.learning_rate = self.rate * falling(self.done(epoch))

    def done(self, epoch: int) -> float:
        """The share of training that is over when an epoch begins."""
        by_time = (time.perf_counter() - self.began) / self.seconds if self.seconds else 0.0
        return max(epoch / self.params["epochs"], min(by_time, 1.0))

    def on_call_end(self, steps: int, logs: Logs) -> None:
        in_nats_and_bits(logs)
        if self.seconds and time.perf_counter() - self.began > self.seconds:
            raise TimeIsUpError

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["val_loss"] = self.look()
            in_nats_and_bits(logs)

    def look(self) -> float:
        """Price the validation text with the network as it is now, and keep it if it is the best."""
        value = price(self.model.net, self.validation)
        if value < self.least or self.best is None:
            self.best, self.least = self.model.net, value  # networks are immutable: a reference is a copy
        return value


def falling(done: float) -> float:
    """From 1 at the start to `LAST_RATE` at the end along half a cosine.

    >>> falling(0.0), round(falling(0.5), 3), round(falling(1.0), 2)
    (1.0, 0.515, 0.03)
    """
    return LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done))


def in_nats_and_bits(logs: Logs) -> None:
    """Call the loss by its unit, and say it in the other unit too."""
    for before in ("", "val_"):
        if (value := logs.pop(f"{before}loss", None)) is not None:
            logs[f"{before}nats"], logs[f"{before}bits"] = value, value / math.log(2)
