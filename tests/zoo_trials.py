"""A small trial of every network of the zoo: rows to learn from, and what each of its verbs is asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neuralzoo.zoo import HopfieldNetwork, LinearSupportVectorMachine, Member, SupportVectorMachine, SupportVectorRegressor

draws = np.random.default_rng(7)
SIGNS = np.sign(draws.normal(size=(4, 40))).astype(np.float32)  # four patterns of ±1
PLANE = np.random.default_rng(21).normal(size=(12, 2)).astype(np.float32)  # points, and three classes of them
THIRDS = np.arange(12) % 3


@dataclass(frozen=True)
class Trial:
    """How to try a network.

    Fields:
        make: makes one, always with the same seed.
        x, y: rows to learn from.
        verbs: what each verb of its card is asked, besides `predict` and `evaluate`.
        epochs: how often to go through the rows; None for what is usual.
        batch: rows in a step.
    """

    make: Callable[[], Member]
    x: Any
    y: Any = None
    verbs: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    epochs: int | None = None
    batch: int = 2


TRIALS = {
    "hopfield": Trial(HopfieldNetwork, SIGNS, verbs={"recall": lambda m: m.recall(-SIGNS), "energy": lambda m: m.energy(SIGNS)}),
    "linear_svm": Trial(LinearSupportVectorMachine, PLANE, THIRDS, {"classify": lambda m: m.classify(PLANE)}, epochs=5, batch=4),
    "svm": Trial(
        SupportVectorMachine,
        PLANE,
        THIRDS,
        {"classify": lambda m: m.classify(PLANE), "decision_function": lambda m: m.decision_function(PLANE)},
        batch=12,
    ),
    "svr": Trial(lambda: SupportVectorRegressor(epsilon=0.01), PLANE, PLANE[:, 0] ** 2, batch=12),
}
