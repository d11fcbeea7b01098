"""Liquid state machines: a column of neurons wired at random, stirred by spikes; a linear read-out tells what stirred it."""

import warnings
from typing import TYPE_CHECKING, Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, fixed, keyword
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.spiking import LIFCell
from neuralzoo.learn.least_squares import LeastSquares
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.spiking import SilenceWarning

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LIKELY = {"EE": 0.3, "EI": 0.2, "IE": 0.4, "II": 0.1}  # C of a connection from an excitatory (E) or inhibitory (I) neuron to one
LOOKED_AT = 64  # rows that a liquid is looked at with before it learns
INHIBITION = 0.2  # the share of inhibitory neurons


class Liquid(Layer):
    """A column of leaky neurons, 80 % excitatory: `(batch, steps, inputs) -> (batch, neurons)`, the filtered spikes at the end.

    Neurons a and b are connected with probability C·exp(−(d(a, b)/λ)²). A spike adds to a current that fades with `synapse`, the
    current charges a LIF membrane, and what is read are its spikes, filtered by exp(−t/`fading`). Nothing in it learns.

    Fields:
        shape: of the column; a grid of neurons 1 apart.
        reach: λ, in distances between neighbours.
        dt, synapse, fading: in ms.
        strength: of inputs and of connections, in units of the way from rest to threshold; a connection's own is drawn around it.
        refractory: ms after a spike at rest.
        samples: how many states are read, evenly spread over the steps, side by side.
        kernel, recurrent: `(inputs, neurons)`, `(neurons, neurons)`.
        inhibitory: which neurons are.

    Reference: W. Maass, T. Natschläger, H. Markram, "Real-time computing without stable states", Neural Computation 14, 2002.
    """

    shape: tuple[int, int, int] = (3, 3, 15)
    reach: float = 2.0
    dt: float = keyword(default=1.0)
    tau: float = keyword(default=30.0)
    synapse: float = keyword(default=3.0)
    fading: float = keyword(default=30.0)
    strength: tuple[float, float] = keyword(default=(1.0, 0.5))
    refractory: float = keyword(default=3.0)
    samples: int = keyword(default=1)
    kernel: Built[Float[Array, "inputs neurons"]] = fixed()
    recurrent: Built[Float[Array, "neurons neurons"]] = fixed()
    inhibitory: Built[Bool[Array, " neurons"]] = fixed()

    def __post_init__(self) -> None:
        if np.shape(self.shape) != (3,) or min(self.shape) < 1 or not self.reach >= 0 or self.samples < 1:
            what = f"Liquid(shape={self.shape}, reach={self.reach}, samples={self.samples}) is not possible"
            raise ArgumentError(what, remedy="give three sizes of a column, such as (3, 3, 15), a reach of 0 or more, and a sample or more")
        for name, value in (("synapse", self.synapse), ("fading", self.fading)):
            if not value > 0:
                raise ArgumentError(f"Liquid({name}={value}) is not possible", remedy="give a time above 0 ms")
        self.membrane()  # which checks dt, tau and refractory

    def membrane(self) -> LIFCell:
        """What every neuron is."""
        return LIFCell(int(np.prod(self.shape)), dt=self.dt, tau=self.tau, refractory=self.refractory, reset="rest", use_bias=False)

    def build(self, x: Spec, key: Key) -> Self:
        places = np.stack(np.meshgrid(*map(np.arange, self.shape), indexing="ij"), -1).reshape(-1, 3)
        neurons = len(places)
        kinds, wires, weights, inputs = jax.random.split(key, 4)
        inhibitory = np.asarray(jax.random.permutation(kinds, neurons)) < round(INHIBITION * neurons)
        names = np.where(inhibitory, "I", "E")
        likely = np.vectorize(LIKELY.__getitem__)(np.char.add(names[:, None], names))
        distance = ((places[:, None] - places) ** 2).sum(-1)
        chance = likely * np.exp(-distance / max(self.reach, 1e-6) ** 2) * (distance > 0)
        wired = jax.random.uniform(wires, chance.shape) < chance
        drawn = jax.random.gamma(weights, 1.0, chance.shape) * self.strength[1]  # as the paper: standard deviation and mean are alike
        signed = jnp.where(jnp.asarray(inhibitory)[:, None], -1.0, 1.0)
        kernel = jax.random.uniform(inputs, (x.shape[-1], neurons), minval=0.0, maxval=2.0) * self.strength[0]
        reached = jax.random.uniform(jax.random.fold_in(inputs, 1), kernel.shape) < 0.3
        return self.set(kernel=kernel * reached, recurrent=wired * drawn * signed, inhibitory=jnp.asarray(inhibitory))

    def __call__(self, x: Float[Array, "batch steps inputs"]) -> Float[Array, "batch features"]:
        states = self.course(x)[1]
        when = np.linspace(0, states.shape[0], self.samples + 1)[1:].round().astype(int) - 1
        return states[when].swapaxes(0, 1).reshape(len(x), -1)

    def course(
        self, x: Float[Array, "batch steps inputs"]
    ) -> tuple[Float[Array, "steps batch neurons"], Float[Array, "steps batch neurons"]]:
        """The spikes of every step, and the filtered spikes."""
        cell = self.membrane()
        drive = x.swapaxes(0, 1).astype(jnp.float32) @ self.kernel
        fade, forget = np.exp(-self.dt / self.synapse), np.exp(-self.dt / self.fading)

        def step(carry: Any, arriving: Any) -> Any:
            membrane, current, spikes, trace = carry
            current = fade * current + arriving + spikes @ self.recurrent
            spikes, membrane = cell.step((1 - fade) * current, membrane)  # so that a spike brings its strength in all
            trace = forget * trace + spikes
            return (membrane, current, spikes, trace), (spikes, trace)

        nothing = jnp.zeros(drive.shape[1:])
        _, course = lax.scan(step, (cell.start(drive.shape[1]), nothing, nothing, nothing), drive)
        return course


class LiquidStateMachine(Member):
    """Spike trains told apart by a linear read-out of a liquid that they stir: `(rows, steps, inputs)` of 0 and 1.

    Whole numbers as targets are classes, others are values. `predict` gives the read-out, `states` what it reads.

    Args:
        shape: of the column of neurons.
        reach: λ of the connections; 0 for none.
        dt, tau, synapse, fading, refractory: times in ms; see `Liquid`.
        strength: of inputs and connections.
        samples: states read, evenly spread over the steps.
        ridge: of the read-out's least squares.
        seed: of the wiring.

    Example:
        >>> import numpy as np
        >>> x, y = spike_patterns(templates=2, rows=60, steps=50)
        >>> machine = LiquidStateMachine((3, 3, 5), ridge=1e-2)
        >>> history = machine.fit(x[:40], y[:40], verbose=0)
        >>> machine.predict(x[40:]).shape, machine.states(x[40:]).shape
        ((20, 2), (20, 45))
    """

    card = Card(
        key="liquid",
        name="Liquid state machine",
        short="LSM",
        year=2002,
        authors="W. Maass, T. Natschläger, H. Markram",
        reference="Real-time computing without stable states, Neural Computation 14",
        cells=("input", "spiking hidden", "output"),
        rule="least squares of the read-out; the liquid stays as it was drawn",
        purpose="tell spike trains apart by the ripples that they leave",
        verbs=("predict", "evaluate", "states", "spikes"),
        goals=(
            Goal(
                "jittered copies of template spike trains told apart, better than by a read-out from the input alone (Maass 2002)",
                "2 templates 100 % (input alone 73.8 %), 4 templates 86.8 % (51.8 %), mean of 2 seeds",
                "python examples/zoo_liquid.py",
            ),
        ),
    )
    usual_batch = 64

    def __init__(
        self,
        shape: tuple[int, int, int] = (3, 3, 15),
        *,
        reach: float = 2.0,
        dt: float = 1.0,
        tau: float = 30.0,
        synapse: float = 3.0,
        fading: float = 30.0,
        strength: tuple[float, float] = (1.0, 0.5),
        refractory: float = 3.0,
        samples: int = 1,
        ridge: float = 1e-3,
        seed: int | None = None,
    ):
        times: dict[str, Any] = {"dt": dt, "tau": tau, "synapse": synapse, "fading": fading, "refractory": refractory}
        liquid = Liquid(shape, reach, strength=strength, samples=samples, **times)
        Member.__init__(self, Chain((liquid, Dense(1))), LeastSquares(ridge), seed)

    @property
    def liquid(self) -> Liquid:
        liquid = self.net.layers[0] if isinstance(self.net, Chain) else self.net
        assert isinstance(liquid, Liquid)
        return liquid

    def check_rows(self, x: Any, y: Any) -> None:
        if isinstance(x, dict | tuple) or x.ndim != 3:
            shape = getattr(x, "shape", type(x).__name__)
            raise DataError(
                f"spike trains are (rows, steps, inputs), but x has shape {shape}", remedy="make them of numbers by PoissonCode(steps)"
            )
        if y is None:
            raise DataError("there are no targets: y is None", remedy="pass y, a class or values for each row")

    def prepare(self, x: Any, y: Any) -> Layer:
        outputs = max(2, int(y.max()) + 1) if y.dtype.kind in "iu" else 1 if y.ndim == 1 else y.shape[-1]
        return Chain((self.liquid, Dense(outputs)))

    def meet(self, x: Any, y: Any) -> None:
        Member.meet(self, x, y)
        rows = np.asarray(x[:LOOKED_AT])
        if not np.asarray(_course(self.liquid, rows)[0]).any():
            what = f"no neuron of the liquid fires in {rows.shape[1]} steps on {len(rows)} rows: there is nothing to read"
            warnings.warn(f"{what}. Raise the strength of the inputs, {self.liquid.strength[0]}.", SilenceWarning, stacklevel=3)

    def states(self, x: Any) -> np.ndarray:
        """What the read-out reads of each row, `(rows, samples · neurons)`."""
        self.require_fitted("tell states")
        return np.asarray(_states(self.liquid, as_array(x, "x")))

    def spikes(self, x: Any) -> np.ndarray:
        """The spikes of the liquid, `(rows, steps, neurons)`."""
        self.require_fitted("spike")
        return np.asarray(_course(self.liquid, as_array(x, "x"))[0]).swapaxes(0, 1)

    def draw(self, x: Any = None) -> "Figure":
        """Rasters of a row's spikes, Poisson ones unless given, and of the liquid's; inhibitory neurons in orange."""
        from neuralzoo.inspect.spike_plots import liquid_page

        self.require_fitted("draw")
        inputs = self.liquid.kernel.shape[0]
        row = np.random.default_rng(self.seed).random((1, 200, inputs)) < 0.03 if x is None else as_array(x, "x").reshape(1, -1, inputs)
        return liquid_page(np.asarray(row[0]), self.spikes(row)[0], np.asarray(self.liquid.inhibitory), self.liquid.dt)

    @staticmethod
    def example() -> "Figure":
        """Tell jittered copies of four spike trains apart."""
        x, y = spike_patterns(templates=4, rows=500, steps=200, inputs=4)
        machine = LiquidStateMachine(ridge=1.0, samples=4)
        machine.fit(x[:400], y[:400], verbose=0)
        right = np.mean(machine.predict(x[400:]).argmax(1) == y[400:])
        print(f"{right:.0%} of 100 spike trains told apart, 25 % by chance; neurons fire at {1000 * machine.spikes(x[400:]).mean():.0f} Hz")
        return machine.draw(x[400])


def spike_patterns(
    templates: int = 2,
    rows: int = 200,
    steps: int = 500,
    *,
    inputs: int = 1,
    rate: float = 20.0,
    jitter: float = 4.0,
    dt: float = 1.0,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Spike trains `(rows, steps, inputs)` and which template each is a copy of: the task of Maass 2002.

    Args:
        templates: Poisson spike trains, drawn once.
        rate: of their spikes, in Hz.
        jitter: the standard deviation by which each spike of a copy is moved, in ms.
        dt: ms a step.
        seed: of templates and copies.

    >>> x, y = spike_patterns(templates=3, rows=5, steps=100)
    >>> x.shape, sorted(set(x.ravel().tolist())), y.shape
    ((5, 100, 1), [0.0, 1.0], (5,))
    """
    if min(templates, rows, steps, inputs) < 1 or not 0 < rate * dt <= 1000 or jitter < 0:
        raise ArgumentError(
            "no such spike patterns are possible", remedy="give sizes of 1 or more, a rate of 1000 / dt Hz at most, a jitter of 0 or more"
        )
    draws = np.random.default_rng(seed)
    originals = draws.random((templates, steps, inputs)) < rate * dt / 1000
    y = draws.integers(0, templates, rows)
    row, when, which = np.nonzero(originals[y])
    moved = np.rint(when + draws.normal(0, jitter / dt, len(when))).astype(int)
    kept = (moved >= 0) & (moved < steps)
    x = np.zeros((rows, steps, inputs), np.float32)
    x[row[kept], moved[kept], which[kept]] = 1
    return x, y


@jax.jit
def _states(liquid: Liquid, x: Any) -> Any:
    return liquid(x)


@jax.jit
def _course(liquid: Liquid, x: Any) -> Any:
    return liquid.course(x)
