"""Callbacks that average the weights that training passes through: the mean generalises better than the last."""

from typing import Any

import jax

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.record import merge, split
from neuralzoo.learn.gradient import Gradient
from neuralzoo.train.callbacks.base import Callback, Logs
from neuralzoo.train.callbacks.rate import require_free_rate
from neuralzoo.train.statistics import has_statistics, reestimate_statistics


class SwapEMAWeights(Callback):
    """Validates the moving average of the weights instead of the weights, for an optimizer with `use_ema=True`.

    Training goes on with the weights themselves. At the end of `fit` the network takes the average over, with or without this.

    Args:
        swap_on_epoch: show the average to the callbacks listed after this one at the end of each epoch, too, so that
            `ModelCheckpoint` and `EarlyStopping` keep it. `BackupAndRestore` belongs before this one.

    Example:
        >>> import numpy as np
        >>> from neuralzoo.layers import Dense
        >>> from neuralzoo.models import Sequential
        >>> from neuralzoo.optimizers import SGD
        >>> model = Sequential([Dense(1, input_shape=(2,))])
        >>> model.compile(SGD(use_ema=True, ema_momentum=0.9), "mse")
        >>> x, y = np.ones((8, 2), np.float32), np.ones((8, 1), np.float32)
        >>> "val_loss" in model.fit(x, y, validation_data=(x, y), callbacks=[SwapEMAWeights()]).history
        True
    """

    def __init__(self, swap_on_epoch: bool = False):
        self.swap_on_epoch = swap_on_epoch
        self.own: Any = None  # the network in training while the average stands in for it

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.own = None
        learner = self.model.learner
        if not isinstance(learner, Gradient) or not learner.optimizer.use_ema:
            raise ArgumentError("SwapEMAWeights needs an average of the weights", remedy="compile with an optimizer that has use_ema=True")

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self._show()

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._hide()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.swap_on_epoch:
            self._show()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._hide()

    def _show(self) -> None:
        learner, model = self.model.learner, self.model
        if self.own is None and isinstance(learner, Gradient) and model.memo is not None:
            self.own, model.net = model.net, learner.averaged(model.net, model.memo)

    def _hide(self) -> None:
        if self.own is not None:
            self.model.net, self.own = self.own, None


class StochasticWeightAveraging(Callback):
    """Gives the network, when training ends, the mean of its weights at the end of epochs: w ← Σ wₑ / n.

    A learning rate that stays high lets the weights wander about the bottom of a broad valley; their mean lies in its middle.
    The running statistics of batch normalisation belong to other weights and are measured again.

    Args:
        start_epoch: the first epoch (from 0) whose weights are taken; about three quarters of the way.
        every: take the weights of every so many epochs.
        learning_rate: from `start_epoch` on; None leaves it.
        statistics: inputs, such as the training data or a few thousand rows of it, to measure the statistics on; needed where
            the network has any.
        batch_size: of these inputs.

    Attributes:
        taken: how many networks the mean is of.

    Reference: P. Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018.
    """

    def __init__(self, start_epoch: int, every: int = 1, learning_rate: float | None = None, statistics: Any = None, batch_size: int = 128):
        if start_epoch < 0 or every < 1:
            raise ArgumentError(
                f"StochasticWeightAveraging cannot start at epoch {start_epoch} and take every {every}",
                remedy="choose start_epoch of at least 0 and every of at least 1",
            )
        self.start_epoch, self.every, self.learning_rate = start_epoch, every, learning_rate
        self.statistics, self.batch_size = statistics, batch_size
        self.taken, self.mean = 0, None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.taken, self.mean = 0, None
        if self.statistics is None and has_statistics(self.model.net):
            raise ArgumentError(
                "the network has running statistics, which fit other weights than the mean",
                remedy="pass StochasticWeightAveraging(…, statistics=x) with training inputs to measure them again",
            )
        if self.learning_rate is not None:
            require_free_rate(self.model)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        if self.learning_rate is not None and epoch == self.start_epoch:
            self.model.learning_rate = self.learning_rate

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if epoch < self.start_epoch or (epoch - self.start_epoch) % self.every:
            return
        params = split(self.model.net)[0]
        self.taken += 1
        mean = params if self.mean is None else self.mean
        self.mean = jax.tree.map(lambda m, w: m + (w - m) / self.taken, mean, params)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.mean is None:
            return
        self.model.net = merge(self.mean, split(self.model.net)[1])
        if self.statistics is not None:
            reestimate_statistics(self.model, self.statistics, self.batch_size)
