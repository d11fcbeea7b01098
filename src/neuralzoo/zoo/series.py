"""Series for recurrent networks: checks of them, networks run in a closed loop, and a chaotic one to try."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from neuralzoo.core.errors import DataError


def in_rows(x: Any, y: Any) -> tuple[Any, Any]:
    """One series `(time, features)` with its targets as the one row of a batch; several stay as they are."""
    if x.ndim != 2:
        return x, y
    if y is not None:
        y = y[None] if y.ndim > 1 or y.dtype.kind in "iu" else y[None, :, None]
    return x[None], y


def check_series(x: Any, y: Any, washout: int) -> None:
    """Raise `DataError` for series and targets that do not go together, or are too short to learn from."""
    if x.ndim != 3:
        what = f"x has shape {x.shape}, but a series is (time, features), and several are (series, time, features)"
        raise DataError(what, remedy="x.reshape(-1, 1) for one series of one feature, x[..., None] for several")
    if y is None:
        raise DataError("the network learns from a target at each step, but y is None", remedy="to forecast, pass x[:-1] and y=x[1:]")
    if y.ndim < 2 or y.shape[:2] != x.shape[:2]:
        what = f"{x.shape[0]} series of {x.shape[1]} steps have targets of shape {y.shape}"
        raise DataError(what, remedy="give a target for each step: (series, time, outputs), or (series, time) for classes")
    if x.shape[1] < 2:
        raise DataError("a series of one step has no course to learn from", remedy="put the time first: (time, features)")
    if washout >= x.shape[1]:
        what = f"a washout of {washout} steps leaves nothing of series of {x.shape[1]} steps"
        raise DataError(what, remedy="wash out fewer, or give longer series")


@partial(jax.jit, static_argnames="steps")
def continued(net: Any, x: Any, steps: int) -> Any:
    """`(series, steps, features)`: what follows `x`, each output of the network being its next input; it must remember."""
    y, net = net.advance(x)

    def one(carry: Any, _: Any) -> Any:
        net, y = carry
        after, net = net.advance(y[:, None])
        return (net, after[:, -1]), y

    return lax.scan(one, (net, y[:, -1]), length=steps)[1].swapaxes(0, 1)


@jax.jit
def closed_loop(net: Any, x: Any) -> Any:
    """The outputs `(series, time, outputs)` of a network that remembers, each fed back beside the input of the step after it."""

    def one(carry: Any, x_t: Any) -> Any:
        net, y = carry
        y, net = net.advance(jnp.concatenate([x_t, y], axis=-1)[:, None])
        return (net, y[:, 0]), y[:, 0]

    first = jnp.zeros((len(x), net.layers[-1].units))
    return lax.scan(one, (net, first), x.swapaxes(0, 1))[1].swapaxes(0, 1)


def with_feedback(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Series with the targets of the step before beside them, zeros at first."""
    before = np.concatenate([np.zeros_like(y[:, :1]), y[:, :-1]], axis=1)
    return np.concatenate([x, before], axis=-1).astype(np.float32)


def mackey_glass(steps: int, delay: int = 17, seed: int = 0) -> np.ndarray:
    """`(steps, 1)` of dx/dt = 0.2 x(t - delay) / (1 + x(t - delay)¹⁰) - 0.1 x, a step being one unit of time (fourth-order Runge–Kutta).

    It starts at 1.2, with a past of 1.2 ± 0.1. Chaotic from a delay of 17 on.

    Reference: M. Mackey, L. Glass, "Oscillation and chaos in physiological control systems", Science 197, 1977.

    >>> mackey_glass(3).round(2).tolist()[0]
    [1.2]
    """
    past = 1.2 + 0.2 * (np.random.default_rng(seed).random(delay) - 0.5)
    x = np.concatenate([past, np.full(steps, 1.2)])
    for t in range(delay, len(x) - 1):
        pull = 0.2 * x[t - delay] / (1 + x[t - delay] ** 10)
        one = pull - 0.1 * x[t]
        two = pull - 0.1 * (x[t] + one / 2)
        three = pull - 0.1 * (x[t] + two / 2)
        x[t + 1] = x[t] + (one + 2 * two + 2 * three + pull - 0.1 * (x[t] + three)) / 6
    return x[delay:, None]
