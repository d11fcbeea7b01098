"""Leaky integrate-and-fire neurons: a membrane that leaks, a threshold, and spikes."""

import math
from typing import Any, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from neuralzoo.core.errors import ArgumentError, ShapeError, nearest
from neuralzoo.core.initializers import Initialize, initializer_named
from neuralzoo.core.layer import Key, Spec
from neuralzoo.core.record import Built, keyword, param, require_built
from neuralzoo.kernels.product import product
from neuralzoo.kernels.recurrence import scan_cell
from neuralzoo.kernels.spiking import SLOPES, fire, leak, spike
from neuralzoo.layers.cell import Cell, State, Steps
from neuralzoo.layers.recurrent import Recurrence

RESETS = ("subtract", "rest")


class LIFCell(Cell):
    """τ dV/dt = −(V − rest) + R·I with I = x @ kernel + bias; a spike where V ≥ threshold, and V falls back.

    Solved exactly for currents that are constant during a step of dt. The state holds (V − rest) / (threshold − rest), and the steps
    that a unit has still to rest; `millivolts` makes V of it. Outputs are spikes, 0 or 1.

    Fields:
        units: how many neurons.
        dt: ms from one step to the next.
        tau: the membrane's time constant in ms.
        rest, threshold: in mV.
        resistance: R in MΩ, where currents are in nA; None for the one by which 1 nA lifts a neuron from rest to threshold in one step.
        reset: "subtract" the way from rest to threshold from V, or set it to "rest".
        refractory: ms after a spike in which a neuron stays at rest.
        surrogate: the derivative that spikes have in training, "fast sigmoid", "arctan" or "triangular"; see `kernels.spiking`.
        steepness: of the surrogate.
        fires: False for a membrane without a threshold, whose output is the state: a read-out.
        kernel_initializer, use_bias, kernel, bias: as of `Dense`.

    References: L. Lapicque, 1907; W. Gerstner, W. Kistler, R. Naud, L. Paninski, "Neuronal dynamics", 2014, chapter 1.
    """

    units: int
    dt: float = keyword(default=1.0)
    tau: float = keyword(default=20.0)
    rest: float = keyword(default=-65.0)
    threshold: float = keyword(default=-50.0)
    resistance: float | None = keyword(default=None)
    reset: str = keyword(default="subtract")
    refractory: float = keyword(default=0.0)
    surrogate: str = keyword(default="fast sigmoid")
    steepness: float = keyword(default=25.0)
    fires: bool = keyword(default=True)
    kernel_initializer: Initialize = keyword(default="lecun_uniform")
    use_bias: bool = keyword(default=True)
    kernel: Built[Float[Array, "in units"]] = param()
    bias: Built[Float[Array, " units"]] = param()

    def __post_init__(self) -> None:
        require_neurons(self)

    @property
    def decay(self) -> float:
        """What a step leaves of V − rest."""
        return math.exp(-self.dt / self.tau)

    @property
    def gain(self) -> float:
        """What 1 nA adds in a step, as a share of the way from rest to threshold."""
        return 1.0 if self.resistance is None else (1 - self.decay) * self.resistance / (self.threshold - self.rest)

    def build(self, x: Spec, key: Key) -> Self:
        if len(x.shape) != 2:
            what = f"{type(self).__name__} needs (batch, time, features), but a step of its input has shape {tuple(x.shape)}"
            raise ShapeError(what, remedy="put a code in front, such as PoissonCode(steps), or reshape x to (batch, time, features)")
        kernel = initializer_named(self.kernel_initializer)(key, (x.shape[-1], self.units))
        return self.set(kernel=kernel, bias=jnp.zeros(self.units) if self.use_bias else None)

    def start(self, batch: int) -> State:
        v = jnp.zeros((batch, self.units))
        return (v, jnp.zeros((batch, self.units))) if self.refractory else (v,)

    def drive(self, x: Steps) -> Float[Array, "*time batch units"]:
        require_built(self, "kernel")
        current = product(x.astype(self.kernel.dtype), self.kernel * self.gain)
        return current if self.bias is None else current + self.bias * self.gain

    def step(self, drive: Any, state: State) -> tuple[Any, State]:
        u = self.decay * state[0] + drive
        if not self.fires:
            return u, (u,)
        if self.refractory:
            u = jnp.where(state[1] > 0, 0, u)
        s = spike(u - 1, self.surrogate, self.steepness)
        back = jax.lax.stop_gradient(s)
        v = u - back if self.reset == "subtract" else u * (1 - back)
        return s, (v, jnp.where(back > 0, round(self.refractory / self.dt), jnp.maximum(state[1] - 1, 0))) if self.refractory else (v,)

    def run(self, drive: Any, state: State, mask: Bool[Array, "time batch"] | None, reverse: bool) -> tuple[Any, State]:
        if mask is not None or reverse or self.refractory:
            return scan_cell(self.step, drive, state, mask, reverse)
        outputs, last = self.integrate(drive, state[0], len(drive))
        return outputs, (last,)

    def integrate(self, drive: Any, v: Any, steps: int) -> tuple[Any, Any]:
        """Outputs `(time, batch, units)` and the last state, where there is no refractory time; a drive `(batch, units)` stays the same."""
        if not self.fires:
            return leak(drive, v, steps, self.decay)
        told: dict[str, Any] = {"surrogate": self.surrogate, "steepness": self.steepness}
        return fire(drive, v, steps, self.decay, subtract=self.reset == "subtract", **told)

    def millivolts(self, v: Any) -> Any:
        """V of a state."""
        return self.rest + v * (self.threshold - self.rest)


class LIF(Recurrence, LIFCell):
    """Leaky integrate-and-fire neurons over time: `(batch, time, features) -> (batch, units)`; the equations are those of `LIFCell`.

    Fields: those of `LIFCell` and `Recurrence`. With `return_sequences` the output is the spikes of every step.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> x = jnp.full((1, 4, 1), 0.6)
        >>> neurons = LIF(3, return_sequences=True, kernel_initializer="ones").build(x, jax.random.key(0))
        >>> neurons(x)[0, :, 0].tolist()
        [0.0, 1.0, 0.0, 1.0]
    """

    def build_cell(self, x: Spec, key: Key) -> Any:
        return LIFCell.build(self, x, key)


def require_neurons(cell: LIFCell) -> None:
    """Raise `ArgumentError` for neurons that cannot be."""
    name = type(cell).__name__
    for what, value, wanted in (
        ("units", cell.units, "1 or more"),
        ("dt", cell.dt, "a time step above 0 ms"),
        ("steepness", cell.steepness, "more than 0"),
    ):
        if not value > 0:
            raise ArgumentError(f"{name}({what}={value}) is not possible", remedy=f"give {wanted}")
    if not cell.tau > 0 or cell.dt > cell.tau:
        what = f"a time step of {cell.dt} ms is longer than the time constant of {cell.tau} ms: the membrane forgets within a step"
        raise ArgumentError(what, where=name, remedy="give a dt of at most tau, such as tau / 20")
    if not cell.threshold > cell.rest:
        what = f"the threshold of {cell.threshold} mV is not above the rest of {cell.rest} mV: the neurons would fire for ever"
        raise ArgumentError(what, where=name, remedy="raise the threshold")
    if cell.refractory < 0 or (cell.resistance is not None and not cell.resistance > 0):
        raise ArgumentError(
            f"{name}(refractory={cell.refractory}, resistance={cell.resistance}) is not possible", remedy="give positive numbers"
        )
    for what, value, possible in (("reset", cell.reset, RESETS), ("surrogate", cell.surrogate, tuple(SLOPES))):
        if value not in possible:
            raise ArgumentError(f"there is no {what} {value!r}", where=name, remedy=nearest(str(value), possible))
