"""What `fit` shows: a bar on a terminal or in a notebook, lines elsewhere, or nothing."""

import sys
import time
from typing import Any

from neuralzoo.core.errors import ArgumentError
from neuralzoo.train.callbacks.base import Callback, Logs
from neuralzoo.train.callbacks.monitor import scalars
from neuralzoo.train.callbacks.screen import Screen

FEW = 50  # a run of so few epochs keeps the line of each
KEEP_SECONDS = 0.5  # in longer runs, quick epochs leave a line only so often
RATE_SECONDS = 0.2  # a speed measured over less is noise


class ProgressBar(Callback):
    """Shows how training goes.

    Args:
        verbose: 1 draws a bar for each epoch and leaves one line of it; when epochs are quick and many, one bar runs over all
            of them. Where there is no terminal, 1 prints plain lines as 2 does. 2 prints a line for each epoch, 0 nothing.
            "auto" is 1 on a terminal or in a notebook, else 0.

    Raises `ArgumentError` for another `verbose`.
    """

    watches_epochs = False

    def __init__(self, verbose: Any = "auto"):
        if verbose not in (0, 1, 2, "auto"):
            raise ArgumentError(f"verbose cannot be {verbose!r}", remedy="use 0 (silent), 1 (bar), 2 (one line an epoch) or 'auto'")
        live = is_live(sys.stdout)
        self.verbose = int(live) if verbose == "auto" else int(verbose)
        self.live = live and self.verbose == 1
        self.screen: Screen | None = None
        self.params = {}
        self.steps: int | None = None  # batches of an epoch, once known
        self.epoch = self.told = self.taken = 0  # epochs that ended, batches of this one
        self.began = self.kept = self.epoch_began = 0.0
        self.mark = self.mark_epochs = (0, 0.0)  # (batches or epochs, time) from which speed is measured: after compiling

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.began = self.kept = time.perf_counter()
        self.steps, self.told, self.mark_epochs = self.params.get("steps"), 0, (0, 0.0)
        if self.live:
            self.screen = Screen()
            self.screen.draw(f"{self._label(self.params.get('initial_epoch', 0))}  compiling…")

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch, self.taken, self.epoch_began = epoch, 0, time.perf_counter()
        self.mark = (0, self.epoch_began)

    def on_call_end(self, steps: int, logs: Logs) -> None:
        if not self.taken and not self.told:
            self.mark = (steps, time.perf_counter())
        self.taken = steps
        if self.screen and steps != self.steps and self.screen.due(self.epoch_began):
            pace = speed(self.mark, steps)
            left = f"{clock((self.steps - steps) / pace)} left" if self.steps and pace else ""
            unit, each = ("rows", self.params["batch_size"]) if self.params.get("batch_size") else ("steps", 1)
            total = str(self.steps or "?")
            tail = [left, f"{short(pace * each)} {unit}/s" if pace else ""]
            self.screen.bar(self._label(self.epoch), steps, self.steps, f"{steps:>{len(total)}}/{total}", paired(logs), tail)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        if self.screen and self.screen.due(self.epoch_began):
            self.screen.draw(f"{self._label(self.epoch)}  validating…")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        now = time.perf_counter()
        self.epoch, self.told, self.steps = epoch, self.told + 1, self.taken or self.steps
        # several epochs in one call are told in a burst: then only the time since the start is known
        took = span(now - self.epoch_began) if self.taken else f"after {span(now - self.began)}"
        if self.told == 1:
            self.mark_epochs = (1, now)
        if self.screen is None:
            if self.verbose:
                print(plain_line(epoch, self.params["epochs"], took, logs), flush=True)
        elif self._keeps(epoch, now):
            self.kept = now
            self.screen.keep(self._label(epoch), took, paired(logs))
        elif self.screen.due():
            pace = speed(self.mark_epochs, self.told)
            tail = [f"{clock((self.params['epochs'] - epoch - 1) / pace)} left", f"{short(pace)} epochs/s"] if pace else []
            self.screen.bar(self._label(epoch), epoch + 1, self.params["epochs"], "", paired(logs), tail)

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.close()

    def close(self) -> None:
        """Leave the terminal clean, however training ended: a half-drawn bar keeps its line, and the next line is free."""
        if self.screen:
            self.screen.close()
            self.screen = None

    def _keeps(self, epoch: int, now: float) -> bool:
        last = epoch + 1 >= self.params["epochs"] or self.model.stop_training
        return last or self.params["epochs"] <= FEW or now - self.kept >= KEEP_SECONDS

    def _label(self, epoch: int) -> str:
        total = str(self.params["epochs"])
        return f"Epoch {epoch + 1:>{len(total)}}/{total}"


def is_live(stream: Any) -> bool:
    """Whether a line can be drawn over: on a terminal, or in the output of a notebook."""
    return type(stream).__module__.startswith("ipykernel") or bool(stream and stream.isatty())


def speed(mark: tuple[int, float], now: int) -> float:
    """What was done a second since `mark`; 0 where that is too short to tell."""
    seconds = time.perf_counter() - mark[1]
    return (now - mark[0]) / seconds if seconds > RATE_SECONDS else 0.0


def plain_line(epoch: int, epochs: int, took: str, logs: Logs | None) -> str:
    """`Epoch 3/20 - 1.7s - loss: 0.1234 - accuracy: 0.9633 - val_loss: 0.2345`."""
    return " - ".join([f"Epoch {epoch + 1}/{epochs}", took, *(f"{name}: {number(v)}" for name, v in scalars(logs).items())])


def paired(logs: Logs | None) -> list[tuple[str, str, str]]:
    """(name, value, value in validation or "") of each reading."""
    readings = scalars(logs)
    both = {f"val_{name}" for name in readings}
    return [
        (name, number(value), number(readings[f"val_{name}"]) if f"val_{name}" in readings else "")
        for name, value in readings.items()
        if name not in both
    ]


def number(value: float) -> str:
    """Four decimals, or powers of ten where those would say little.

    >>> number(0.12345), number(1e-5), number(0.0), number(1234567.0)
    ('0.1235', '1.000e-05', '0.0000', '1.235e+06')
    """
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e5 else f"{value:.3e}"


def span(seconds: float) -> str:
    """
    >>> span(0.0004), span(0.012), span(1.7), span(75.0)
    ('0.4ms', '12ms', '1.7s', '1m15s')
    """
    if seconds < 1:
        return f"{seconds * 1000:.1f}ms" if seconds < 0.01 else f"{seconds * 1000:.0f}ms"
    return f"{seconds:.1f}s" if seconds < 60 else f"{int(seconds) // 60}m{int(seconds) % 60:02d}s"


def clock(seconds: float) -> str:
    """
    >>> clock(5.2), clock(3700.0)
    ('0:05', '1:01:40')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"


def short(count: float) -> str:
    """
    >>> short(3.14), short(412.0), short(52300.0), short(1.2e6)
    ('3.1', '412', '52k', '1.2M')
    """
    if count < 1000:
        return f"{count:.1f}" if count < 10 else f"{count:.0f}"
    size, letter = (count / 1e6, "M") if count >= 1e6 else (count / 1e3, "k")
    return f"{size:.1f}{letter}" if size < 10 else f"{size:.0f}{letter}"
