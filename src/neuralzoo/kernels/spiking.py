"""Leaky membranes over time, and spikes that have a derivative."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

SLOPES = {  # the derivative that stands in for that of a step at u = 0, by the steepness k
    "fast sigmoid": lambda u, k: 1 / (1 + k * jnp.abs(u)) ** 2,
    "arctan": lambda u, k: 1 / (1 + (math.pi * k * u / 2) ** 2),
    "triangular": lambda u, k: jnp.maximum(0, 1 - k * jnp.abs(u)),
}


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def spike(u: Any, surrogate: str, steepness: float) -> Any:
    """1 where u ≥ 0, else 0; its derivative is that of the surrogate.

    Reference: E. Neftci, H. Mostafa, F. Zenke, "Surrogate gradient learning in spiking neural networks", IEEE Signal Processing
    Magazine 36, 2019.
    """
    return (u >= 0).astype(u.dtype)


@spike.defjvp
def _spike_jvp(surrogate: str, steepness: float, primals: Any, tangents: Any) -> Any:
    (u,), (du,) = primals, tangents
    return spike(u, surrogate, steepness), SLOPES[surrogate](u, steepness) * du


def fire(
    drive: Float[Array, "*time batch units"], start: Float[Array, "batch units"], steps: int, decay: float, *, subtract: bool,
    surrogate: str, steepness: float,
) -> tuple[Float[Array, "time batch units"], Float[Array, "batch units"]]:  # fmt: skip
    """The spikes of every step, and the last membrane: u = decay · v + drive[t], a spike where u ≥ 1, then v = u - spike or 0.

    A drive without time stays the same at all `steps`. The reset has no gradient of its own. Backwards only u is kept of each step.
    """
    steady = drive.ndim == 2

    def after(u: Any, s: Any) -> Any:
        return u - s if subtract else u * (1 - s)

    def forward(drive: Any, start: Any) -> Any:
        def step(v: Any, drive_t: Any) -> Any:
            u = decay * v + (drive if steady else drive_t)
            s = (u >= 1).astype(u.dtype)
            return after(u, s), (s, u)

        last, (spikes, us) = lax.scan(step, start, None if steady else drive, length=steps)
        return (spikes, last), us

    def backward(us: Any, wanted: Any) -> Any:
        d_spikes, d_last = wanted

        def step(carry: Any, xs: Any) -> Any:
            d_v, total = carry
            d_s, u = xs
            d_u = d_s * SLOPES[surrogate](u - 1, steepness) + (d_v if subtract else d_v * (u < 1))
            return (decay * d_u, total + d_u if steady else None), None if steady else d_u

        (d_start, total), d_drive = lax.scan(step, (d_last, jnp.zeros_like(d_last) if steady else None), (d_spikes, us), reverse=True)
        return total if steady else d_drive, d_start

    @jax.custom_vjp
    def run(drive: Any, start: Any) -> Any:
        return forward(drive, start)[0]

    run.defvjp(forward, backward)
    return run(drive, start)


def leak(drive: Float[Array, "*time batch units"], start: Float[Array, "batch units"], steps: int, decay: float) -> tuple[Any, Any]:
    """The membranes of every step, and the last: v = decay · v + drive[t], without a threshold."""
    steady = drive.ndim == 2

    def step(v: Any, drive_t: Any) -> Any:
        v = decay * v + (drive if steady else drive_t)
        return v, v

    last, membranes = lax.scan(step, start, None if steady else drive, length=steps)
    return membranes, last
