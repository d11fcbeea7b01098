"""Networks of the zoo as estimators. Arguments are those of the member of the same name, `random_state` taking the place of `seed`."""

from typing import Any

import numpy as np

from neuralzoo.sklearn.base import ZooClassifier, ZooClusterer, ZooRegressor, ZooTransformer
from neuralzoo.train.model import Model
from neuralzoo.zoo import GRNN, PNN, ExtremeLearningMachine, KohonenMap, Oja, RBFNetwork, RestrictedBoltzmannMachine


class ELMClassifier(ZooClassifier):
    """An `ExtremeLearningMachine` for classes; probabilities are the softmax of its scores.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> bool(ELMClassifier(40, random_state=0).fit(X, y).score(X, y) > 0.95)
        True
    """

    def __init__(self, units: int = 100, activation: str = "sigmoid", scale: float = 8.0, ridge: float = 1e-6, *, random_state: Any = None):
        self.units = units
        self.activation = activation
        self.scale = scale
        self.ridge = ridge
        self.random_state = random_state

    def make(self, features: int, outputs: int) -> Model:
        return ExtremeLearningMachine(self.units, self.activation, self.scale, self.ridge, classes=outputs, seed=self.seed())


class ELMRegressor(ZooRegressor):
    """An `ExtremeLearningMachine` for numbers."""

    def __init__(self, units: int = 100, activation: str = "sigmoid", scale: float = 8.0, ridge: float = 1e-6, *, random_state: Any = None):
        self.units = units
        self.activation = activation
        self.scale = scale
        self.ridge = ridge
        self.random_state = random_state

    def make(self, features: int, outputs: int) -> Model:
        return ExtremeLearningMachine(self.units, self.activation, self.scale, self.ridge, seed=self.seed())


class RBFNetworkClassifier(ZooClassifier):
    """An `RBFNetwork` for classes; probabilities are the softmax of its scores."""

    def __init__(self, units: int = 20, centers: str = "k-means", width: Any = "nearest", ridge: float = 1e-3, *, random_state: Any = None):
        self.units = units
        self.centers = centers
        self.width = width
        self.ridge = ridge
        self.random_state = random_state

    def make(self, features: int, outputs: int) -> Model:
        return RBFNetwork(self.units, self.centers, self.width, ridge=self.ridge, seed=self.seed())


class RBFNetworkRegressor(ZooRegressor):
    """An `RBFNetwork` for numbers."""

    least_rows = 2

    def __init__(self, units: int = 20, centers: str = "k-means", width: Any = "nearest", ridge: float = 1e-3, *, random_state: Any = None):
        self.units = units
        self.centers = centers
        self.width = width
        self.ridge = ridge
        self.random_state = random_state

    def make(self, features: int, outputs: int) -> Model:
        return RBFNetwork(self.units, self.centers, self.width, ridge=self.ridge, seed=self.seed())


class PNNClassifier(ZooClassifier):
    """A `PNN`: Parzen's estimate of each class."""

    gives = "probabilities"

    def __init__(self, width: float | None = None, priors: str = "data"):
        self.width = width
        self.priors = priors

    def make(self, features: int, outputs: int) -> Model:
        return PNN(self.width, self.priors)


class GRNNRegressor(ZooRegressor):
    """A `GRNN`: the mean of the targets, near ones counting more."""

    def __init__(self, width: float | None = None):
        self.width = width

    def make(self, features: int, outputs: int) -> Model:
        return GRNN(self.width)


class KohonenClusterer(ZooTransformer, ZooClusterer):
    """A `KohonenMap`: the group of a row is the unit nearest to it, `transform` gives its distances to all units."""

    def __init__(self, shape: tuple[int, int] = (3, 3), grid: str = "rectangular", *, rule: str = "batch", epochs: int = 20):
        self.shape = shape
        self.grid = grid
        self.rule = rule
        self.epochs = epochs

    def make(self, features: int, outputs: int) -> Model:
        return KohonenMap(self.shape, self.grid, rule=self.rule, seed=0)

    def fit(self, X: Any, y: Any = None) -> "KohonenClusterer":  # noqa: N803
        ZooTransformer.fit(self, X)
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The number of the unit nearest to each row, counted row by row of the map."""
        return self.transform(X).argmin(axis=1)


class RestrictedBoltzmannTransformer(ZooTransformer):
    """A `RestrictedBoltzmannMachine`: the probabilities of its hidden units as features."""

    def __init__(self, units: int = 100, visible: str = "gaussian", *, rate: float = 0.01, epochs: int = 10, random_state: Any = None):
        self.units = units
        self.visible = visible
        self.rate = rate
        self.epochs = epochs
        self.random_state = random_state

    def make(self, features: int, outputs: int) -> Model:
        return RestrictedBoltzmannMachine(self.units, self.visible, rate=self.rate, seed=self.seed())


class OjaTransformer(ZooTransformer):
    """An `Oja` network: the first principal components, learned row by row."""

    least_rows = 2

    def __init__(self, units: int = 1, rate: float = 0.5, *, epochs: int = 20, random_state: Any = None):
        self.units = units
        self.rate = rate
        self.epochs = epochs
        self.random_state = random_state

    def make(self, features: int, outputs: int) -> Model:
        return Oja(self.units, self.rate, seed=self.seed())
