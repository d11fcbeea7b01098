"""A small trial of every network of the zoo: rows to learn from, and what each of its verbs is asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neuralzoo.zoo import EchoStateNetwork, ExtremeLearningMachine, HopfieldNetwork, Member

draws = np.random.default_rng(7)
SIGNS = np.sign(draws.normal(size=(4, 40))).astype(np.float32)  # four patterns of ±1

WAVES = np.sin(np.arange(12) / 2 + np.arange(4)[:, None])[..., None].astype(np.float32)  # four series of twelve steps
POINTS = draws.uniform(-1, 1, (8, 2)).astype(np.float32)  # eight points of a plane


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
    "elm": Trial(
        lambda: ExtremeLearningMachine(6, ridge=0.1),
        POINTS,
        POINTS[:, :1] * POINTS[:, 1:],
        verbs={"transform": lambda m: m.transform(POINTS)},
    ),
    "esn": Trial(
        lambda: EchoStateNetwork(8, ridge=0.1, washout=2),
        WAVES[:, :-1],
        WAVES[:, 1:],
        verbs={
            "transform": lambda m: m.transform(WAVES),
            "generate": lambda m: m.generate(3, WAVES),
            "forgetting": lambda m: m.forgetting(WAVES[0]),
        },
    ),
    "hopfield": Trial(HopfieldNetwork, SIGNS, verbs={"recall": lambda m: m.recall(-SIGNS), "energy": lambda m: m.energy(SIGNS)}),
}
