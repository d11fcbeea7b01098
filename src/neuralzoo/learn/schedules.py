"""Learning-rate schedules: the rate as a function of the number of steps taken, with Keras's names and formulas."""

import math
from collections.abc import Callable
from dataclasses import field
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.record import Record

Rate = Float[Array, ""]


class Schedule(Record):
    """`schedule(step) -> rate`, for a step counted from 0; it may be traced.

    Example:
        >>> float(ExponentialDecay(0.1, decay_steps=100, decay_rate=0.5)(200))
        0.02500000037252903
    """

    name: str | None = field(default=None, kw_only=True)

    def __call__(self, step: Any) -> Rate:
        raise NotImplementedError(f"{type(self).__name__} defines no __call__")


class FunctionSchedule(Schedule):
    """Any traceable function of the step, an optax schedule for instance."""

    function: Callable[[Any], Any]

    def __call__(self, step: Any) -> Rate:
        return jnp.asarray(self.function(step))


class ExponentialDecay(Schedule):
    """initial · decay_rate^(step / decay_steps); with `staircase` the exponent is rounded down."""

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool = False

    def __call__(self, step: Any) -> Rate:
        return self.initial_learning_rate * self.decay_rate ** _periods(step, self.decay_steps, self.staircase)


class InverseTimeDecay(Schedule):
    """initial / (1 + decay_rate · step / decay_steps); with `staircase` step / decay_steps is rounded down."""

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool = False

    def __call__(self, step: Any) -> Rate:
        return self.initial_learning_rate / (1 + self.decay_rate * _periods(step, self.decay_steps, self.staircase))


class PiecewiseConstantDecay(Schedule):
    """values[i], i being the number of boundaries below the step: a step on a boundary still has the value before it.

    Example:
        >>> [round(float(PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1])(s)), 2) for s in (10, 11, 21)]
        [1.0, 0.5, 0.1]
    """

    boundaries: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.values) != len(self.boundaries) + 1 or sorted(self.boundaries) != list(self.boundaries):
            what = f"PiecewiseConstantDecay has {len(self.boundaries)} boundaries {self.boundaries} and {len(self.values)} values"
            raise ArgumentError(what, remedy="give rising boundaries and one value more than boundaries")

    def __call__(self, step: Any) -> Rate:
        return jnp.asarray(self.values, jnp.float32)[jnp.searchsorted(jnp.asarray(self.boundaries), step)]


class PolynomialDecay(Schedule):
    """end + (initial - end) · (1 - step / decay_steps)^power, then `end`; with `cycle` decay_steps grows by whole multiples."""

    initial_learning_rate: float
    decay_steps: float
    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False

    def __call__(self, step: Any) -> Rate:
        periods = _periods(step, self.decay_steps)
        done = periods / jnp.maximum(jnp.ceil(periods), 1) if self.cycle else jnp.minimum(periods, 1)
        return self.end_learning_rate + (self.initial_learning_rate - self.end_learning_rate) * (1 - done) ** self.power


class CosineDecay(Schedule):
    """Half a cosine from the initial rate down to alpha · that rate, over decay_steps.

    With a `warmup_target` the rate first rises in a straight line from the initial rate to the target over `warmup_steps`, and
    the cosine then starts from the target.

    Reference: I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.
    """

    initial_learning_rate: float
    decay_steps: float
    alpha: float = 0.0
    warmup_target: float | None = None
    warmup_steps: int = 0

    def __call__(self, step: Any) -> Rate:
        if self.warmup_target is None:
            return self.initial_learning_rate * _cosine(_periods(step, self.decay_steps), self.alpha)
        warm = jnp.minimum(_periods(step, max(self.warmup_steps, 1)), 1)
        rising = self.initial_learning_rate + (self.warmup_target - self.initial_learning_rate) * warm
        falling = self.warmup_target * _cosine(_periods(jnp.asarray(step) - self.warmup_steps, self.decay_steps), self.alpha)
        return jnp.where(jnp.asarray(step) < self.warmup_steps, rising, falling)


class CosineDecayRestarts(Schedule):
    """Half cosines one after the other, each t_mul times as long and starting m_mul times as high as the one before.

    Reference: I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.
    """

    initial_learning_rate: float
    first_decay_steps: float
    t_mul: float = 2.0
    m_mul: float = 1.0
    alpha: float = 0.0

    def __call__(self, step: Any) -> Rate:
        done = _periods(step, self.first_decay_steps)
        if self.t_mul == 1.0:
            restart = jnp.floor(done)
            inside = done - restart
        else:
            # the logarithm may round to either side of a whole number, so look one restart ahead
            restart = jnp.floor(jnp.log1p(done * (self.t_mul - 1)) / math.log(self.t_mul) - 0.5)
            restart = jnp.maximum(restart, 0)
            restart = jnp.where(done >= self._start(restart + 1), restart + 1, restart)
            inside = (done - self._start(restart)) / self.t_mul**restart
        return self.initial_learning_rate * _cosine(inside, self.alpha, self.m_mul**restart)

    def _start(self, restart: Array) -> Array:
        return (self.t_mul**restart - 1) / (self.t_mul - 1)


class OneCycle(Schedule):
    """Half a cosine up from max / initial_divisor to max, and one down to the start / final_divisor; then that.

    Fields:
        max_learning_rate: the height of the cycle.
        total_steps: its length.
        warmup_fraction: the share of it that rises.
        initial_divisor, final_divisor: see above.

    Reference: L. Smith, N. Topin, "Super-convergence: very fast training using large learning rates", 2018.
    """

    max_learning_rate: float
    total_steps: int
    warmup_fraction: float = 0.3
    initial_divisor: float = 25.0
    final_divisor: float = 1e4

    def __call__(self, step: Any) -> Rate:
        start = self.max_learning_rate / self.initial_divisor
        top = max(self.warmup_fraction * self.total_steps - 1, 1e-9)  # the last step that rises, as torch counts
        rest = max(self.total_steps - 1 - top, 1e-9)
        rising = self.max_learning_rate + (start - self.max_learning_rate) * _cosine(_periods(step, top), 0.0)
        end = start / self.final_divisor
        falling = end + (self.max_learning_rate - end) * _cosine(_periods(jnp.asarray(step) - top, rest), 0.0)
        return jnp.where(jnp.asarray(step) <= top, rising, falling)


def _periods(step: Any, length: float | int, whole: bool = False) -> Array:
    periods = jnp.asarray(step, jnp.float32) / length
    return jnp.floor(periods) if whole else periods


def _cosine(done: Array, alpha: float, height: Any = 1.0) -> Array:
    """From `height` at 0 to 0 at 1 and after, alpha being a floor that is added in."""
    return alpha + (1 - alpha) * height * 0.5 * (1 + jnp.cos(math.pi * jnp.clip(done, 0, 1)))
