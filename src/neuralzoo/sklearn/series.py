"""Networks of one series: the rows follow each other in time, so cross-validate them by `TimeSeriesSplit`."""

from typing import Any, Self

from neuralzoo.sklearn.base import ZooRegressor
from neuralzoo.train.model import Model
from neuralzoo.zoo import EchoStateNetwork


class EchoStateRegressor(ZooRegressor):
    """An `EchoStateNetwork`: the rows are the steps of one series, each with its target.

    `predict` starts from rest, so its first answers are those of a reservoir that has heard little: let the rows begin some steps early.

    Example:
        >>> import numpy as np
        >>> wave = np.sin(np.arange(300) / 5)
        >>> network = EchoStateRegressor(40, washout=50, random_state=0).fit(wave[:200, None], np.roll(wave, 3)[:200])
        >>> bool(np.abs(network.predict(wave[200:, None]) - np.roll(wave, 3)[200:])[50:].max() < 0.01)
        True
    """

    least_rows = 2

    def __init__(
        self,
        units: int = 100,
        spectral_radius: float = 0.9,
        leak: float = 1.0,
        ridge: float = 1e-6,
        washout: int = 0,
        *,
        random_state: Any = None,
    ):
        self.units = units
        self.spectral_radius = spectral_radius
        self.leak = leak
        self.ridge = ridge
        self.washout = washout
        self.random_state = random_state

    def make(self, features: int, outputs: int) -> Model:
        return EchoStateNetwork(self.units, self.spectral_radius, self.leak, self.ridge, self.washout, seed=self.seed())

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        return self.learn(X, y)
