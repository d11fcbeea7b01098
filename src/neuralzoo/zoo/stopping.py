"""When rules that learn from mistakes only have nothing left to learn."""

from collections.abc import Callable
from typing import Any

from neuralzoo.train.callbacks.base import Callback

ENOUGH = 50  # epochs after which mistakes that go on say something


class StopWithoutMistakes(Callback):
    """Ends learning after an epoch without a mistake, which changed nothing.

    Args:
        tell: called with the epochs and the mistakes of the last, where there still were some after 50 epochs or more.
    """

    watches_epochs = False

    def __init__(self, tell: Callable[[int, int], Any]):
        self.tell, self.last = tell, 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.last = round(logs["mistakes"])
        if not self.last:
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        epochs = len(self.model.history.epoch)
        if epochs >= ENOUGH and self.last:
            self.tell(epochs, self.last)
