"""Data sets that need no file: those of scikit-learn, and drawn ones (seeded)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from neuralzoo.data.dataset import Dataset, dataset_from_arrays

ROWS = 1000  # of a drawn data set


def digits(seed: int = 0) -> Dataset:
    return _scikit("digits", "classification")


def iris(seed: int = 0) -> Dataset:
    return _scikit("iris", "classification")


def wine(seed: int = 0) -> Dataset:
    return _scikit("wine", "classification")


def breast_cancer(seed: int = 0) -> Dataset:
    return _scikit("breast_cancer", "classification")


def diabetes(seed: int = 0) -> Dataset:
    return _scikit("diabetes", "regression")


def _scikit(name: str, task: str) -> Dataset:
    import sklearn.datasets

    held: Any = getattr(sklearn.datasets, f"load_{name}")()
    features = [str(f) for f in held.feature_names]
    if task == "regression" or name == "digits":
        return replace(_named(name, held.data, held.target, task, features), target="progression" if name == "diabetes" else "digit")
    classes = tuple(str(c) for c in held.target_names)
    return replace(_named(name, held.data, np.array(classes)[held.target], task, features), target="class", class_names=classes)


def _named(name: str, x: np.ndarray, y: np.ndarray, task: str, features: list[str]) -> Dataset:
    made = dataset_from_arrays(x, y, kind="table", task=task, feature_names=features, name=name, source="scikit-learn")
    return replace(made, target_reason="the data set defines it")


def _drawn(name: str, task: str, draw: Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]], seed: int) -> Dataset:
    x, y = draw(np.random.default_rng(seed))
    features = [f"x_{k + 1}" for k in range(x.shape[1])]
    return replace(_named(name, x, y, task, features), source=f"drawn with seed {seed}", target="y")


def moons(seed: int = 0) -> Dataset:
    """Two half circles, one hooked into the other."""

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        angle, upper = rng.uniform(0, np.pi, ROWS), np.arange(ROWS) % 2 == 0
        x = np.stack([np.where(upper, np.cos(angle), 1 - np.cos(angle)), np.where(upper, np.sin(angle), 0.5 - np.sin(angle))], 1)
        return _shuffled(rng, x + rng.normal(0, 0.1, x.shape), (~upper).astype(int))

    return _drawn("moons", "classification", draw, seed)


def circles(seed: int = 0) -> Dataset:
    """A ring around a ring."""

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        angle, inner = rng.uniform(0, 2 * np.pi, ROWS), np.arange(ROWS) % 2
        x = np.stack([np.cos(angle), np.sin(angle)], 1) * (1 - 0.5 * inner)[:, None]
        return _shuffled(rng, x + rng.normal(0, 0.1, x.shape), inner)

    return _drawn("circles", "classification", draw, seed)


def spirals(seed: int = 0) -> Dataset:
    """Two spirals of two turns, wound into each other."""

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        angle, arm = 4 * np.pi * np.sqrt(rng.uniform(0.01, 1, ROWS)), np.arange(ROWS) % 2
        x = np.stack([np.cos(angle + np.pi * arm), np.sin(angle + np.pi * arm)], 1) * (angle / (4 * np.pi))[:, None]
        return _shuffled(rng, x + rng.normal(0, 0.01, x.shape), arm)

    return _drawn("spirals", "classification", draw, seed)


def xor(seed: int = 0) -> Dataset:
    """Four quadrants, the opposite ones alike."""

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x = rng.uniform(-1, 1, (ROWS, 2))
        return x, (x[:, 0] * x[:, 1] > 0).astype(int)

    return _drawn("xor", "classification", draw, seed)


def gaussians(seed: int = 0) -> Dataset:
    """Three round clouds on a triangle."""

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        y = np.arange(ROWS) % 3
        corners = np.array([[0.0, 2.0], [-1.8, -1.0], [1.8, -1.0]])
        return _shuffled(rng, corners[y] + rng.normal(0, 1, (ROWS, 2)), y)

    return _drawn("gaussians", "classification", draw, seed)


def sine(seed: int = 0) -> Dataset:
    """y = sin x on two periods, noise of deviation 0.1."""

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x = rng.uniform(-2 * np.pi, 2 * np.pi, (ROWS, 1))
        return x, np.sin(x[:, 0]) + rng.normal(0, 0.1, ROWS)

    return _drawn("sine", "regression", draw, seed)


def friedman(seed: int = 0) -> Dataset:
    """y = 10 sin(pi a b) + 20 (c - 1/2)^2 + 10 d + 5 e + noise of deviation 1; five more inputs say nothing (Friedman, 1991)."""

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x = rng.uniform(0, 1, (ROWS, 10))
        y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
        return x, y + rng.normal(0, 1, ROWS)

    return _drawn("friedman", "regression", draw, seed)


def _shuffled(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = rng.permutation(len(x))
    return x[order], y[order]
