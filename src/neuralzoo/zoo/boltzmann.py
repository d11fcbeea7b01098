"""Boltzmann machines: units that are 1 by chance, visible and hidden, all connected; they learn to dream what they have seen."""

from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Key
from neuralzoo.layers.boltzmann import Boltzmann
from neuralzoo.learn.two_phases import COOLING, TwoPhases
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class BoltzmannMachine(Member):
    """A model of binary rows with hidden units and all connections, learned by annealing with and without the rows.

    History and `evaluate` tell the mean squared error of each visible unit foretold by the others ("loss").

    Args:
        hidden: hidden units; the visible ones come with the data.
        apart: groups of units (visible ones are numbered first) without connections from one group to another.
        rate, signs, cooling, sweeps, replicas, noise: of `TwoPhases`.
        seed: of weights and draws.

    Example:
        >>> import numpy as np
        >>> x = np.repeat([[1, 1, 0], [0, 0, 1.0]], 20, axis=0)
        >>> machine = BoltzmannMachine(1, rate=0.5)
        >>> history = machine.fit(x, epochs=60, verbose=0)
        >>> machine.complete(np.array([[1, 0, 0]]), known=[True, False, False]).round().tolist()
        [[1.0, 1.0, 0.0]]
    """

    card = Card(
        key="boltzmann",
        name="Boltzmann machine",
        short="BM",
        year=1985,
        authors="D. Ackley, G. Hinton, T. Sejnowski",
        reference="A learning algorithm for Boltzmann machines, Cognitive Science 9",
        cells=("backfed input", "probabilistic hidden"),
        rule="co-occurrence with rows clamped, less that when running free",
        purpose="model binary rows, complete and dream them",
        verbs=("complete", "sample", "energy", "score_samples", "evaluate"),
        goals=(
            Goal(
                "solves the 4-2-4 encoder in 250 of 250 runs, after 110 cycles in the median (Ackley, Hinton and Sejnowski 1985)",
                "249 of 250 solved once or more within 2500 cycles, first after 66 in the median and 1215 at most",
                "python examples/zoo_boltzmann.py 250 2500",
            ),
        ),
    )
    usual_epochs = 100
    net: Boltzmann

    def __init__(
        self,
        hidden: int,
        apart: tuple[tuple[int, ...], ...] = (),
        *,
        rate: float = 0.2,
        signs: bool = False,
        cooling: tuple[tuple[int, float], ...] = COOLING,
        sweeps: int = 10,
        replicas: int = 2,
        noise: tuple[float, float] = (0.0, 0.0),
        seed: int | None = None,
    ):
        Member.__init__(self, Boltzmann(hidden, apart), TwoPhases(rate, signs, cooling, sweeps, replicas, noise), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        if x.ndim != 2:
            raise DataError(f"x has shape {x.shape}, but a row is a vector", remedy="reshape it: x.reshape(len(x), -1)")
        wrong = np.argwhere((x != 0) & (x != 1))
        if len(wrong):
            what = f"units are 0 or 1, but x[{wrong[0][0]}, {wrong[0][1]}] is {x[tuple(wrong[0])]:g}"
            raise DataError(what, remedy="try np.where(x > threshold, 1, 0)")
        last = max((unit for group in self.net.apart for unit in group), default=0)
        if last >= x.shape[1] + self.net.hidden:
            what = f"apart names the unit {last}, but there are {x.shape[1]} visible and {self.net.hidden} hidden ones"
            raise DataError(what, remedy="count units from 0, the visible ones first")

    def complete(self, x: Any, known: Any, sweeps: int = 100) -> np.ndarray:
        """Rows `(rows, visible)` with the units that are not `known`, `(visible,)`, by the share of `sweeps` in which they are 1."""
        self.require_fitted("complete")
        free = np.concatenate([~np.asarray(known, bool), np.ones(self.net.hidden, bool)])
        rows = as_array(x, "x")
        return np.asarray(_run(self.net, jnp.asarray(rows, jnp.float32), jnp.asarray(free, jnp.float32), self.key, sweeps)[0])[
            :, : rows.shape[1]
        ]

    def sample(self, rows: int, sweeps: int = 100, *, seed: int | None = None) -> np.ndarray:
        """Rows `(rows, visible)` that the machine dreams: after annealing and `sweeps` sweeps more."""
        self.require_fitted("sample")
        if rows < 1 or sweeps < 1:
            raise ArgumentError(f"sample(rows={rows}, sweeps={sweeps}) is not possible", remedy="ask for at least 1 row and 1 sweep")
        visible = len(self.net.bias) - self.net.hidden
        key = self.key if seed is None else jax.random.key(seed)
        return np.asarray(_run(self.net, jnp.zeros((rows, visible)), jnp.ones(len(self.net.bias)), key, sweeps)[1])[:, :visible]

    def energy(self, x: Any) -> np.ndarray:
        """The energy of each whole state `(rows, units)`, visible units first."""
        self.require_fitted("tell energies")
        return np.asarray(self.net.energy(jnp.asarray(as_array(x, "x"))))

    def score_samples(self, x: Any) -> np.ndarray:
        """ln P(row) of each row `(rows, visible)`, by counting all states: for up to 20 units."""
        self.require_fitted("score")
        total, _ = self.net.exact()
        return np.asarray(self.net.exact(jnp.asarray(as_array(x, "x"), jnp.float32))[0] - total)

    def draw(self) -> "Figure":
        """The weights between all units, and what the machine dreams."""
        from neuralzoo.inspect.boltzmann_plots import weights_and_fantasies

        self.require_fitted("draw")
        return weights_and_fantasies(np.asarray(self.net.kernel), self.sample(24), self.net.hidden)

    @staticmethod
    def example() -> "Figure":
        """The 4-2-4 encoder: two groups of four units that see each other through two hidden ones only, of which one code each."""
        x = np.tile(np.eye(4), (1, 2))
        machine = encoder(seed=2)
        machine.fit(x, batch_size=4, epochs=600, verbose=0)
        answers = machine.complete(x * (np.arange(8) < 4), known=np.arange(8) < 4)[:, 4:]
        print(f"{(answers.argmax(1) == np.arange(4)).sum()} of 4 numbers come through; ln P of a row {machine.score_samples(x).mean():.2f}")
        return machine.draw()


def encoder(seed: int = 0) -> BoltzmannMachine:
    """The machine for the 4-2-4 encoder, with the rule's numbers of 1985 in units of its last temperature."""
    return BoltzmannMachine(2, ((0, 1, 2, 3), (4, 5, 6, 7)), rate=0.2, signs=True, noise=(0.15, 0.05), seed=seed)


@partial(jax.jit, static_argnums=4)
def _run(net: Boltzmann, x: Any, free: Any, key: Key, sweeps: int) -> tuple[Any, Any]:
    """Mean and last states, after annealing, of the machine with the visible units `x` held where not `free`."""
    start, settle, collect = jax.random.split(key, 3)
    drawn = (jax.random.uniform(start, (len(x), len(net.bias))) < 0.5).astype(x.dtype)
    held = jnp.concatenate([x, drawn[:, x.shape[1] :]], axis=1)
    s = net.anneal(jnp.where(free > 0, drawn, held), settle, COOLING, free)
    return net.activity(s, collect, sweeps, free, jnp.ones(len(x)))[1:]
