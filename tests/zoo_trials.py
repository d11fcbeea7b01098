"""A small trial of every network of the zoo: rows to learn from, and what each of its verbs is asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neuralzoo.zoo import BoltzmannMachine, DeepBeliefNetwork, HopfieldNetwork, Member, ModernHopfieldNetwork, RestrictedBoltzmannMachine

draws = np.random.default_rng(7)
SIGNS = np.sign(draws.normal(size=(4, 40))).astype(np.float32)  # four patterns of ±1
BITS = (draws.random((8, 9)) < 0.5).astype(np.float32)  # eight rows of 0 and 1


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
    "rbm": Trial(
        lambda: RestrictedBoltzmannMachine(3, chains=4),
        BITS,
        verbs={
            "transform": lambda m: m.transform(BITS),
            "reconstruct": lambda m: m.reconstruct(BITS),
            "sample": lambda m: m.sample(3, 4),
            "free_energy": lambda m: m.free_energy(BITS),
            "score_samples": lambda m: m.score_samples(BITS),
        },
        epochs=2,
        batch=4,
    ),
    "dbn": Trial(
        lambda: DeepBeliefNetwork((4, 3), layer_epochs=1),
        BITS,
        verbs={
            "transform": lambda m: m.transform(BITS),
            "reconstruct": lambda m: m.reconstruct(BITS),
            "sample": lambda m: m.sample(3, 4),
        },
        epochs=2,
        batch=4,
    ),
    "modern_hopfield": Trial(
        lambda: ModernHopfieldNetwork(capacity=8),
        SIGNS,
        verbs={"recall": lambda m: m.recall(SIGNS / 2), "energy": lambda m: m.energy(SIGNS)},
    ),
    "boltzmann": Trial(
        lambda: BoltzmannMachine(2),
        BITS[:, :4],
        verbs={
            "complete": lambda m: m.complete(BITS[:, :4], [True, True, False, False], 5),
            "sample": lambda m: m.sample(3, 5),
            "energy": lambda m: m.energy(BITS[:, :6]),
            "score_samples": lambda m: m.score_samples(BITS[:, :4]),
        },
        epochs=2,
        batch=4,
    ),
}
