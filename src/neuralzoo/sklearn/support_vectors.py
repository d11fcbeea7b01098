"""Support vector machines as estimators."""

from typing import Any

import numpy as np
from sklearn.utils.metaestimators import available_if

from neuralzoo.sklearn.base import ZooClassifier, ZooRegressor
from neuralzoo.train.model import Model
from neuralzoo.zoo import LinearSupportVectorMachine, SupportVectorMachine, SupportVectorRegressor


class SVMClassifier(ZooClassifier):
    """A `SupportVectorMachine`; `predict_proba` is there where it was asked for.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> bool(SVMClassifier().fit(X, y).score(X, y) > 0.95)
        True
    """

    gives = "scores"

    def __init__(
        self,
        c: float = 1.0,
        kernel: str = "rbf",
        gamma: Any = "scale",
        degree: int = 3,
        coef0: float = 0.0,
        *,
        probability: bool = False,
        tolerance: float = 1e-3,
    ):
        self.c = c
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.probability = probability
        self.tolerance = tolerance

    def make(self, features: int, outputs: int) -> Model:
        settings = {"probability": self.probability, "tolerance": self.tolerance}
        return SupportVectorMachine(self.c, self.kernel, self.gamma, self.degree, self.coef0, **settings)

    @available_if(lambda self: self.probability)
    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """The probability of each class, by Platt's method; the likeliest may be another than `predict` says."""
        rows = self.checked(X, first=False)
        machine: Any = self.model_
        return machine.predict_proba(rows)


class LinearSVMClassifier(ZooClassifier):
    """A `LinearSupportVectorMachine`, for many rows."""

    gives = "scores"

    def __init__(self, c: float = 1.0, *, epochs: int = 40):
        self.c = c
        self.epochs = epochs

    def make(self, features: int, outputs: int) -> Model:
        return LinearSupportVectorMachine(self.c, seed=0)


class SVMRegressor(ZooRegressor):
    """A `SupportVectorRegressor` of one target."""

    several = False

    def __init__(
        self,
        c: float = 1.0,
        epsilon: float = 0.1,
        kernel: str = "rbf",
        gamma: Any = "scale",
        degree: int = 3,
        coef0: float = 0.0,
        *,
        tolerance: float = 1e-3,
    ):
        self.c = c
        self.epsilon = epsilon
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.tolerance = tolerance

    def make(self, features: int, outputs: int) -> Model:
        return SupportVectorRegressor(self.c, self.epsilon, self.kernel, self.gamma, self.degree, self.coef0, tolerance=self.tolerance)
