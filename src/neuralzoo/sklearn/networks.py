"""Networks of dense layers, trained by backpropagation, as estimators."""

from collections.abc import Sequence
from typing import Any

from neuralzoo.layers.dense import Dense
from neuralzoo.learn.crossentropy import SparseCategoricalCrossentropy
from neuralzoo.learn.optimizers import optimizer_named
from neuralzoo.sklearn.base import ZooClassifier, ZooRegressor
from neuralzoo.train.model import Model
from neuralzoo.train.sequential import Sequential


class NetworkClassifier(ZooClassifier):
    """Dense layers and a softmax: a classifier for scikit-learn.

    Features should have about the same scale: put a `StandardScaler` before it.

    Args:
        hidden_layer_sizes: units of each hidden layer.
        activation: of the hidden layers.
        optimizer: name of the rule that takes the steps.
        learning_rate: of the optimizer; None for its own.
        epochs: how often to go through the rows.
        batch_size: rows in a step.
        random_state: of the first weights and the order of the rows.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> network = NetworkClassifier((16,), learning_rate=0.02, epochs=40, random_state=0).fit(X, y)
        >>> bool(network.score(X, y) > 0.9)
        True
    """

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100,),
        activation: str = "relu",
        *,
        optimizer: str = "adam",
        learning_rate: float | None = None,
        epochs: int = 100,
        batch_size: int = 32,
        random_state: Any = None,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state

    def make(self, features: int, outputs: int) -> Model:
        return dense(self, features, outputs, SparseCategoricalCrossentropy(from_logits=True))


class NetworkRegressor(ZooRegressor):
    """Dense layers and a linear output, squared error: a regressor for scikit-learn, of one target or several.

    Features and targets should be of a scale of about one: put a `StandardScaler` before it, and a `TransformedTargetRegressor` around.

    Args:
        hidden_layer_sizes, activation, optimizer, learning_rate, epochs, batch_size, random_state: as for `NetworkClassifier`.

    Example:
        >>> import numpy as np
        >>> X = np.linspace(-1, 1, 64)[:, None]
        >>> network = NetworkRegressor((16,), "tanh", learning_rate=0.03, epochs=60, random_state=0).fit(X, np.sin(3 * X[:, 0]))
        >>> bool(network.score(X, np.sin(3 * X[:, 0])) > 0.9)
        True
    """

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100,),
        activation: str = "relu",
        *,
        optimizer: str = "adam",
        learning_rate: float | None = None,
        epochs: int = 100,
        batch_size: int = 32,
        random_state: Any = None,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state

    def make(self, features: int, outputs: int) -> Model:
        return dense(self, features, outputs, "mse")


def dense(settings: Any, features: int, outputs: int, loss: Any) -> Model:
    """The compiled network that an estimator's arguments describe."""
    hidden = [Dense(units, activation=settings.activation) for units in settings.hidden_layer_sizes]
    first, *rest = [*hidden, Dense(outputs)]
    model = Sequential([first.set(input_shape=(features,)), *rest], seed=settings.seed())
    optimizer = optimizer_named(settings.optimizer)
    model.compile(optimizer if settings.learning_rate is None else optimizer.set(learning_rate=settings.learning_rate), loss)
    return model
