"""What a callback is, under Keras's hook names."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neuralzoo.train.model import Model

Logs = dict[str, Any]


class Callback:
    """Something that is told how training goes, and may stop it with `self.model.stop_training = True`.

    Override the hooks you need. A batch hook makes the engine come back to Python after every batch, which is slow for
    small networks; an epoch hook makes it come back after every epoch.

    Attributes:
        model: the model that is trained.
        params: `{"epochs", "steps", "batch_size", "verbose", "metrics"}`.
        watches_epochs: False promises that the model itself is not looked at between epochs, so that several epochs of
            a small problem may run in one call.
    """

    watches_epochs = True
    model: "Model"
    params: dict[str, Any]

    def set_model(self, model: "Model") -> None:
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None: ...
    def on_train_end(self, logs: Logs | None = None) -> None: ...
    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None: ...
    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_test_begin(self, logs: Logs | None = None) -> None: ...
    def on_test_end(self, logs: Logs | None = None) -> None: ...
    def on_predict_begin(self, logs: Logs | None = None) -> None: ...
    def on_predict_end(self, logs: Logs | None = None) -> None: ...

    def on_call_end(self, steps: int, logs: Logs) -> None:
        """After each call of the engine, a few tenths of a second: `steps` batches of the epoch are done. Ours, not Keras's."""

    def watches_batches(self) -> bool:
        """Whether a batch hook is overridden."""
        mine = type(self)
        return mine.on_train_batch_begin is not Callback.on_train_batch_begin or mine.on_train_batch_end is not Callback.on_train_batch_end


_listeners: ContextVar[tuple[Callback, ...]] = ContextVar("listeners", default=())


@contextmanager
def listening(callback: Callback) -> Iterator[Callback]:
    """Tell `callback` of every `fit` that this thread starts within, as if it had been given to each: for code that somebody else wrote.

    >>> from neuralzoo.zoo import Oja
    >>> heard = History()
    >>> with listening(heard):
    ...     figure = Oja.example()
    the first principal component to ...; it explains ...% of the variance
    >>> len(heard.epoch) > 0
    True
    """
    token = _listeners.set((*_listeners.get(), callback))
    try:
        yield callback
    finally:
        _listeners.reset(token)


def listeners() -> tuple[Callback, ...]:
    """The callbacks that `listening` has put in force here."""
    return _listeners.get()


class CallbackList:
    """Several callbacks told together, in order."""

    def __init__(self, callbacks: Iterable[Callback], model: "Model", params: dict[str, Any]):
        self.callbacks = list(callbacks)
        for callback in self.callbacks:
            callback.set_model(model)
            callback.set_params(params)

    def tell(self, hook: str, *args: Any) -> None:
        """Call one hook of every callback."""
        for callback in self.callbacks:
            getattr(callback, hook)(*args)

    def watch_batches(self) -> bool:
        return any(callback.watches_batches() for callback in self.callbacks)

    def watch_epochs(self) -> bool:
        return any(callback.watches_epochs for callback in self.callbacks)


class History(Callback):
    """What was measured: `history` maps each name to its values by epoch, `epoch` lists the epochs (from 0)."""

    watches_epochs = False

    def __init__(self) -> None:
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []
        self.params = {}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
