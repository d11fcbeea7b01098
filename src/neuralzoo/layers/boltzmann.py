"""Boltzmann machines: visible and hidden units, each 1 by chance, and connections between all of them."""

from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, fixed, param, require_built

COUNTED = 20  # units whose 2ⁿ states are counted one by one
SETTLING = 50  # steps of the mean-field equations


class Boltzmann(Layer):
    """Mean-field probabilities of the hidden units, h ← sigmoid((v, h) @ kernel + bias): `(batch, visible) -> (batch, hidden)`.

    A state s is visible units, then hidden ones, each 0 or 1; its energy is −½ s·kernel·s − bias·s.

    Fields:
        hidden: number of hidden units.
        apart: groups of units without connections from one group to another; all others are connected.
        kernel, bias: the weights, symmetric and 0 on the diagonal; the thresholds, negated.
        links: 1 where two units are connected.

    Reference: D. Ackley, G. Hinton, T. Sejnowski, "A learning algorithm for Boltzmann machines", Cognitive Science 9, 1985.
    """

    hidden: int
    apart: tuple[tuple[int, ...], ...] = ()
    kernel: Built[Float[Array, "units units"]] = param()
    bias: Built[Float[Array, " units"]] = param()
    links: Built[Float[Array, "units units"]] = fixed()

    def __post_init__(self) -> None:
        if self.hidden < 0:
            raise ArgumentError(f"Boltzmann(hidden={self.hidden}) is not possible", remedy="give 0 hidden units or more")

    def build(self, x: Spec, key: Key) -> Self:
        if len(x.shape) != 2:
            raise ShapeError(
                f"Boltzmann needs a batch of vectors, but its input has shape {x.shape}", remedy="reshape x to (rows, features)"
            )
        units = x.shape[-1] + self.hidden
        links = 1 - np.eye(units, dtype=np.float32)
        for group in self.apart:
            for other in self.apart:
                if other != group:
                    links[np.ix_(group, other)] = 0
        kernel = 0.1 * jnp.triu(jax.random.normal(key, (units, units)), 1)
        return self.set(kernel=(kernel + kernel.T) * links, bias=jnp.zeros(units), links=jnp.asarray(links))

    def __call__(self, x: Shaped[Array, "batch visible"]) -> Float[Array, "batch hidden"]:
        require_built(self, "kernel")
        visible = len(self.bias) - self.hidden
        if x.shape[-1] != visible:
            what = f"Boltzmann was built for {visible} visible units but was given {x.shape[-1]}"
            raise ShapeError(what, remedy=f"give it rows of {visible} values")
        drive = x @ self.kernel[:visible, visible:] + self.bias[visible:]
        settle = lambda _, h: 0.5 * (h + jax.nn.sigmoid(drive + h @ self.kernel[visible:, visible:]))  # noqa: E731
        return lax.fori_loop(0, SETTLING, settle, jnp.full(drive.shape, 0.5))

    def energy(self, s: Shaped[Array, "batch units"]) -> Float[Array, " batch"]:
        """−½ s·kernel·s − bias·s of each state."""
        return -0.5 * jnp.sum((s @ self.kernel) * s, axis=1) - s @ self.bias

    def sweep(self, s: Any, key: Key, temperature: Any, free: Any) -> Any:
        """States after each unit was drawn once given the others, one after the other; only where `free`, `(units,)`, is 1."""
        uniform = jax.random.uniform(key, s.T.shape)

        def unit(i: Any, s: Any) -> Any:
            after = (uniform[i] < jax.nn.sigmoid((self.kernel[i] @ s + self.bias[i]) / temperature)).astype(s.dtype)
            return s.at[i].set(jnp.where(free[i] > 0, after, s[i]))

        return lax.fori_loop(0, len(self.bias), unit, s.T).T

    def anneal(self, s: Any, key: Key, cooling: tuple[tuple[int, float], ...], free: Any) -> Any:
        """States after the sweeps of `cooling`: pairs of (sweeps, temperature)."""
        temperatures = jnp.repeat(
            jnp.array([t for _, t in cooling]), jnp.array([n for n, _ in cooling]), total_repeat_length=total(cooling)
        )
        return lax.scan(
            lambda s, xs: (self.sweep(s, xs[0], xs[1], free), None), s, (jax.random.split(key, len(temperatures)), temperatures)
        )[0]

    def activity(self, s: Any, key: Key, sweeps: int, free: Any, share: Any) -> tuple[Any, Any, Any]:
        """Over `sweeps` at temperature 1: the mean of s sᵀ by the rows' `share`, of each state, and the last states."""

        def one(s: Any, key: Key) -> Any:
            s = self.sweep(s, key, 1.0, free)
            return s, ((s * share[:, None]).T @ s, s)

        last, (pairs, states) = lax.scan(one, s, jax.random.split(key, sweeps))
        return pairs.mean(0), states.mean(0), last

    def exact(self, x: Any = None) -> tuple[Any, Any]:
        """ln Σ exp(−energy) and the mean of s sᵀ, over all states; with visible units `x` clamped: `(rows,)`, and the mean over rows."""
        units = len(self.bias)
        count = units if x is None else units - x.shape[1]
        if count > COUNTED:
            raise ArgumentError(f"{count} units have 2^{count} states", where=f"up to {COUNTED} are counted", remedy="use fewer, or sample")
        states = ((jnp.arange(2**count)[:, None] >> jnp.arange(count)) & 1).astype(self.kernel.dtype)

        def over(states: Any) -> tuple[Any, Any]:
            scores = -self.energy(states)
            return jax.nn.logsumexp(scores), (states * jax.nn.softmax(scores)[:, None]).T @ states

        if x is None:
            return over(states)
        sums, pairs = lax.map(lambda v: over(jnp.concatenate([jnp.broadcast_to(v, (len(states), len(v))), states], axis=1)), x)
        return sums, pairs.mean(0)


def total(cooling: tuple[tuple[int, float], ...]) -> int:
    """All sweeps of a cooling."""
    return sum(sweeps for sweeps, _ in cooling)
