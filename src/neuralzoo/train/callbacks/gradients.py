"""A record of how large the gradient is at each layer: whether it vanishes or explodes on its way back."""

import numpy as np

from neuralzoo.core.errors import ArgumentError
from neuralzoo.learn.gradient import Gradient
from neuralzoo.train.callbacks.base import Callback, Logs


class GradientNorms(Callback):
    """Records the norm of the gradient of each layer's parameters, averaged over the steps of each epoch.

    They are measured inside the compiled step, before any clipping. `neuralzoo.inspect.gradient_plots.gradient_norms` draws them.

    Attributes:
        names: of the layers that learn, from the input to the output.
        epoch: the epochs recorded (from 0).
        norms: `(epochs, layers)`.

    Example:
        >>> import numpy as np
        >>> from neuralzoo.layers import Dense
        >>> from neuralzoo.models import Sequential
        >>> model = Sequential([Dense(3, activation="tanh", input_shape=(2,)), Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> record = GradientNorms()
        >>> x = np.ones((8, 2), np.float32)
        >>> _ = model.fit(x, x[:, :1], epochs=4, callbacks=[record])
        >>> record.names, record.norms.shape
        (['dense', 'dense_1'], (4, 2))

    Reference: S. Hochreiter, Y. Bengio, P. Frasconi, J. Schmidhuber, "Gradient flow in recurrent nets", 2001.
    """

    watches_epochs = False

    def __init__(self) -> None:
        self.names: list[str] = []
        self.epoch: list[int] = []
        self._rows: list[np.ndarray] = []

    @property
    def norms(self) -> np.ndarray:
        return np.array(self._rows).reshape(len(self._rows), len(self.names))

    def on_train_begin(self, logs: Logs | None = None) -> None:
        learner = self.model.learner
        if not isinstance(learner, Gradient):
            raise ArgumentError(f"{type(learner).__name__} follows no gradient", remedy="compile with an optimizer and a loss")
        names = learner.layers_that_learn(self.model.net)
        if names != self.names:
            self.names, self.epoch, self._rows = names, [], []
        self.model.learner = learner.set(gradient_norms=True)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs and "gradient_norms" in logs:
            self.epoch.append(epoch)
            self._rows.append(logs.pop("gradient_norms"))

    def on_train_end(self, logs: Logs | None = None) -> None:
        if isinstance(self.model.learner, Gradient):
            self.model.learner = self.model.learner.set(gradient_norms=False)
