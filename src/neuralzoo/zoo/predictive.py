"""What a Bayesian network predicts: distributions of numbers or of classes, told apart by where their spread comes from."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import log_softmax, logsumexp, ndtr, ndtri

from neuralzoo.core.errors import ArgumentError, DataError

HALVINGS = 40  # of the interval that a quantile is sought in
PIECE = 4_000_000  # numbers that are held at a time


@dataclass(frozen=True)
class Numbers:
    """A distribution of each target of each row: a mixture of normal distributions, one for each network drawn.

    Fields:
        means, sigmas: `(draws, rows, targets)` of what each network says, the spread being that of the noise.
    """

    means: np.ndarray
    sigmas: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """The mean `(rows, targets)`."""
        return self.means.mean(axis=0)

    @property
    def epistemic(self) -> np.ndarray:
        """How far networks that fit the rows differ, a standard deviation `(rows, targets)`: it shrinks with more rows."""
        return self.means.std(axis=0)

    @property
    def aleatoric(self) -> np.ndarray:
        """The noise, a standard deviation `(rows, targets)`: no number of rows takes it away."""
        return np.sqrt((self.sigmas**2).mean(axis=0))

    @property
    def std(self) -> np.ndarray:
        """The standard deviation `(rows, targets)` of both together."""
        return np.sqrt(self.epistemic**2 + self.aleatoric**2)

    def quantile(self, share: float) -> np.ndarray:
        """The number `(rows, targets)` that a target is below with probability `share`, of the mixture itself."""
        require_draws(len(self.means), share)
        low, high = ((self.means + side * 10 * self.sigmas) for side in (-1, 1))
        low, high = low.min(axis=0), high.max(axis=0)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            below = self.below(middle) < share
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return (low + high) / 2

    def below(self, y: np.ndarray) -> np.ndarray:
        """The probability `(rows, targets)` of a target below y."""
        rows = max(1, PIECE // max(1, self.means[:, 0].size))
        parts = [slice(i, i + rows) for i in range(0, len(y), rows)]
        return np.concatenate([ndtr((y[p] - self.means[:, p]) / self.sigmas[:, p]).mean(axis=0) for p in parts])

    def interval(self, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
        """The central interval that holds a target with probability `level`: its ends, `(rows, targets)` each."""
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)

    def log_density(self, y: Any) -> np.ndarray:
        """log p(y) of each row's targets in nats, `(rows,)`."""
        error = (np.asarray(y, np.float64).reshape(len(self.mean), -1) - self.means) / self.sigmas
        each = (-0.5 * error**2 - np.log(self.sigmas) - 0.5 * math.log(2 * math.pi)).sum(axis=2)
        return np.asarray(logsumexp(each, axis=0)) - math.log(len(each))


@dataclass(frozen=True)
class Classes:
    """Probabilities of classes, and how far networks drawn differ about them.

    Fields:
        logits: `(draws, rows, classes)`.
    """

    logits: np.ndarray

    @property
    def probabilities(self) -> np.ndarray:
        """What each network says, `(draws, rows, classes)`."""
        return np.exp(log_softmax(self.logits, axis=2))

    @property
    def mean(self) -> np.ndarray:
        """The probability `(rows, classes)` of each class."""
        return self.probabilities.mean(axis=0)

    @property
    def total(self) -> np.ndarray:
        """The entropy `(rows,)` of the mean, in nats: epistemic and aleatoric together."""
        return entropy(self.mean)

    @property
    def aleatoric(self) -> np.ndarray:
        """The mean entropy `(rows,)` of what each network says: classes that overlap."""
        return entropy(self.probabilities).mean(axis=0)

    @property
    def epistemic(self) -> np.ndarray:
        """What the weights would tell of the class, the mutual information `(rows,)` in nats: networks that disagree."""
        return np.maximum(self.total - self.aleatoric, 0)

    @property
    def std(self) -> np.ndarray:
        """How far networks differ in the probability of each class, `(rows, classes)`."""
        return self.probabilities.std(axis=0)

    def quantile(self, share: float) -> np.ndarray:
        """What a share of the networks says at most of the probability of each class, `(rows, classes)`."""
        require_draws(len(self.logits), share)
        return np.quantile(self.probabilities, share, axis=0)

    def interval(self, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
        """The central interval of the networks' probabilities of each class: its ends, `(rows, classes)` each."""
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)

    def log_density(self, y: Any) -> np.ndarray:
        """The log-probability of each row's class, `(rows,)`."""
        labels = np.asarray(y).reshape(-1)
        each = log_softmax(self.logits, axis=2)[:, np.arange(len(labels)), labels]
        return np.asarray(logsumexp(each, axis=0)) - math.log(len(each))


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """−Σ p log p over the last axis."""
    return -(probabilities * np.log(np.maximum(probabilities, 1e-300))).sum(axis=-1)


def require_draws(draws: int, share: float) -> None:
    """Raise `ArgumentError` for a share that is none, or so near 0 or 1 that not one of the draws lies beyond it."""
    if not 0 < share < 1:
        raise ArgumentError(
            f"a quantile of {share:g}, that is an interval of {abs(2 * share - 1):g}, is not possible",
            remedy="give a share between 0 and 1",
        )
    needed = math.ceil(1 / min(share, 1 - share) - 1e-9)
    if draws < needed:
        what = f"{draws} draws are too few for the quantile {share:g}: less than one of them lies beyond it"
        raise ArgumentError(what, remedy=f"ask for at least {needed} draws, or for a narrower interval")


@dataclass(frozen=True)
class Coverage:
    """How often central intervals hold the targets.

    Fields:
        levels: the probability of each interval. held: the share of held-out targets inside.
    """

    levels: np.ndarray
    held: np.ndarray

    @property
    def error(self) -> float:
        """The mean distance of the two."""
        return float(np.abs(self.held - self.levels).mean())


@dataclass(frozen=True)
class Reliability:
    """How often the likeliest class is right, by how sure the network was.

    Fields:
        confidence, accuracy: of the rows in each bin. counts: how many there are.
    """

    confidence: np.ndarray
    accuracy: np.ndarray
    counts: np.ndarray

    @property
    def error(self) -> float:
        """The expected calibration error: the mean distance over rows (M. Naeini, G. Cooper, M. Hauskrecht, AAAI 2015)."""
        return float(np.abs(self.accuracy - self.confidence) @ self.counts / self.counts.sum())


def coverage(told: Numbers, y: Any, levels: Any) -> Coverage:
    """The share of targets inside central intervals, from where each lies in its own distribution."""
    y = np.asarray(y, np.float64).reshape(told.mean.shape)
    off = np.abs(2 * told.below(y) - 1)
    levels = np.asarray(levels, np.float64)
    return Coverage(levels, np.array([(off <= level).mean() for level in levels]))


def reliability(told: Classes, y: Any, bins: int = 10) -> Reliability:
    """The rows by the probability of their likeliest class, in `bins` bins of equal width; empty ones are left out."""
    labels = np.asarray(y).reshape(-1)
    if len(labels) != len(told.mean):
        raise DataError(f"{len(labels)} labels for {len(told.mean)} rows", remedy="give one label for each row")
    sure, right = told.mean.max(axis=1), told.mean.argmax(axis=1) == labels
    place = np.minimum((sure * bins).astype(int), bins - 1)
    counts = np.bincount(place, minlength=bins)
    full = counts > 0
    mean = [np.bincount(place, weights=values, minlength=bins)[full] / counts[full] for values in (sure, right)]
    return Reliability(mean[0], mean[1], counts[full])


def sigmas_from(level: float) -> float:
    """How many standard deviations the central interval of a normal distribution reaches.

    >>> round(sigmas_from(0.95), 2)
    1.96
    """
    return float(ndtri((1 + level) / 2))
