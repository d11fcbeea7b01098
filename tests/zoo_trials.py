"""A small trial of every network of the zoo: rows to learn from, and what each of its verbs is asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neuralzoo.zoo import HopfieldNetwork, KohonenMap, LiquidStateMachine, Member, SpikingNetwork

draws = np.random.default_rng(7)
SIGNS = np.sign(draws.normal(size=(4, 40))).astype(np.float32)  # four patterns of ±1
SHADES = draws.random((12, 3)).astype(np.float32)
TRAINS = (draws.random((12, 10, 2)) < 0.5).astype(np.float32)
POINTS = draws.normal(size=(12, 3)).astype(np.float32)


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
    "kohonen": Trial(
        lambda: KohonenMap((2, 3), "hexagonal"),
        POINTS,
        verbs={
            "winners": lambda m: m.winners(POINTS),
            "transform": lambda m: m.transform(POINTS),
            "quantization_error": lambda m: m.quantization_error(POINTS),
            "topographic_error": lambda m: m.topographic_error(POINTS),
            "hits": lambda m: m.hits(POINTS),
            "labels_map": lambda m: m.labels_map(POINTS, np.arange(12) % 2),
            "u_matrix": lambda m: m.u_matrix(),
        },
        epochs=2,
        batch=4,
    ),
    "liquid": Trial(
        lambda: LiquidStateMachine((2, 2, 3), strength=(3.0, 0.5), ridge=0.1),
        TRAINS,
        np.arange(12) % 2,
        verbs={"states": lambda m: m.states(TRAINS), "spikes": lambda m: m.spikes(TRAINS)},
        batch=4,
    ),
    "spiking": Trial(
        lambda: SpikingNetwork((6,), steps=4, code="poisson"),
        SHADES,
        np.arange(12) % 2,
        verbs={"spikes": lambda m: m.spikes(SHADES), "rates": lambda m: m.rates(SHADES)},
        epochs=2,
        batch=4,
    ),
    "hopfield": Trial(HopfieldNetwork, SIGNS, verbs={"recall": lambda m: m.recall(-SIGNS), "energy": lambda m: m.energy(SIGNS)}),
}
