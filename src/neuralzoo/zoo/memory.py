"""What associative memories have in common: spoilt patterns come to rest, and an energy falls on the way."""

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from neuralzoo.train.batches import as_array
from neuralzoo.zoo.member import Member

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Memory(Member):
    """A memory whose layer has an `energy` and a `path`: the states after 0, 1, … steps of a recall, and their energies."""

    net: Any

    def recall(self, x: Any) -> np.ndarray:
        """The states `(rows, units)` that spoilt patterns lead to."""
        self.require_fitted("recall")
        return np.asarray(self.predictor(as_array(x, "x")))

    def energy(self, x: Any) -> np.ndarray:
        """The energy of each state `(rows, units)`."""
        self.require_fitted("tell energies")
        return np.asarray(self.net.energy(jnp.asarray(as_array(x, "x"))))

    def picture(self, start: Any, steps: int, name: str) -> "Figure":
        """A recall from one state, step by step, and the energy falling."""
        from neuralzoo.inspect.memory_plots import recall

        self.require_fitted("draw")
        states, energies = self.net.path(jnp.asarray(as_array(start, "x"), jnp.float32).reshape(1, -1), steps)
        return recall(np.asarray(states[:, 0]), np.asarray(energies[:, 0]), name)

    def noise(self, units: int) -> np.ndarray:
        """A state `(units,)` to begin with where none is given."""
        return np.random.default_rng(self.seed).normal(size=units)
