"""The first neurons as estimators. ADALINE for classes is left out: in closed form it is scikit-learn's `RidgeClassifier`."""

from typing import Any

import numpy as np

from neuralzoo.sklearn.base import ZooClassifier, ZooRegressor
from neuralzoo.train.model import Model
from neuralzoo.zoo import Adaline, Madaline, Perceptron


class PerceptronClassifier(ZooClassifier):
    """A `Perceptron`: it corrects its mistakes, and keeps the weights that were right for the longest time.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> bool(PerceptronClassifier(epochs=20, random_state=0).fit(X, y == 0).score(X, y == 0) == 1)
        True
    """

    gives = "scores"

    def __init__(self, rate: float = 1.0, online: bool = True, *, epochs: int = 100, batch_size: int = 32, random_state: Any = None):
        self.rate = rate
        self.online = online
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state

    def make(self, features: int, outputs: int) -> Model:
        return Perceptron(self.rate, self.online, seed=self.seed())

    def model_outputs(self, X: Any) -> np.ndarray:  # noqa: N803
        """The weighted sums of the units, before their thresholds; of one unit once more for the class it says no to."""
        rows = self.checked(X, first=False)
        net: Any = self.model_.net
        sums = rows @ np.asarray(net.kernel) + np.asarray(net.bias)
        return sums if net.units > 1 else np.hstack([0 * sums, sums])


class MadalineClassifier(ZooClassifier):
    """A `Madaline` by rule II: threshold units in two layers, each turned where that disturbs least."""

    gives = "classes"

    def __init__(self, units: int = 7, rate: float = 0.5, *, epochs: int = 200, batch_size: int = 32, random_state: Any = None):
        self.units = units
        self.rate = rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state

    def make(self, features: int, outputs: int) -> Model:
        return Madaline(self.units, "II", rate=self.rate, seed=self.seed())

    def model_outputs(self, X: Any) -> np.ndarray:  # noqa: N803
        rows = self.checked(X, first=False)
        madaline: Any = self.model_
        return madaline.classify(rows)


class AdalineRegressor(ZooRegressor):
    """An `Adaline`: linear outputs that follow their error row by row; the normalised rule needs no scaling of the features."""

    def __init__(self, rate: float = 0.1, rule: str = "normalized", *, epochs: int = 20, batch_size: int = 32, random_state: Any = None):
        self.rate = rate
        self.rule = rule
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state

    def make(self, features: int, outputs: int) -> Model:
        return Adaline(self.rate, self.rule, seed=self.seed())

    def fit_settings(self) -> dict[str, Any]:
        return {"epochs": 1 if self.rule == "least squares" else self.epochs, "batch_size": self.batch_size}
