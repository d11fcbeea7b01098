"""Learning by competition: the nearest unit wins a row, and its neighbours on the map learn with it."""

from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.core.layer import Key, Layer
from neuralzoo.layers.kohonen import Kohonen
from neuralzoo.learn.learner import Batch, Learner

BLOCK = 64  # rows whose products with the units are one matrix product; winners are found one after the other all the same
SMOOTHED = 256  # units that the batch rule moves at a time
NEIGHBOURHOODS = ("gaussian", "bubble", "mexican hat")
DECAYS = ("asymptotic", "linear", "inverse", "constant")


class Clock(NamedTuple):
    """How far learning has come.

    time: steps taken since it began.
    horizon: steps that it will take in all; infinite where nobody said, and then nothing decays.
    """

    time: Float[Array, ""]
    horizon: Float[Array, ""]


class OnlineMap(Learner):
    """kernelᵤ ← kernelᵤ + rate · near(u, winner) · (x − kernelᵤ) for every unit u, row by row, the winner being the unit nearest to x.

    Rate and radius change over the whole length of a `fit`, f being the part of it that is over: "asymptotic" v / (1 + 2f);
    "linear" towards rate 0 and radius 1; "inverse" rate / (1 + 100f) and towards radius 1; or "constant".

    Rows of a block share their matrix products: within it kernelᵤ stays a weighted sum of what it was and of the block's rows, so
    only the weights of that sum and the products kernelᵤ·x change from row to row. Winners are those of the rule as it stands.

    Fields:
        rate: how far the winner moves at the start, from 0 to 1.
        radius: the width σ of near(u, v) at the start, in units of the grid.
        near: "gaussian" exp(−d²/2σ²), "bubble" 1 where d ≤ σ, or "mexican hat" (1 − d²/σ²) exp(−d²/2σ²).
        decay: of rate and radius.

    Reference: T. Kohonen, "The self-organizing map", Proceedings of the IEEE 78, 1990.
    """

    rate: float = 0.5
    radius: float = 1.0
    near: str = "gaussian"
    decay: str = "asymptotic"

    def __post_init__(self) -> None:
        require_possible(self)
        if not 0 < self.rate <= 1:
            raise ArgumentError(f"a rate of {self.rate} is not possible", remedy="give a number above 0, and 1 at most")

    def check(self, net: Layer) -> None:
        require_map(self, net)

    def init(self, net: Kohonen) -> Clock:
        return Clock(jnp.zeros(()), jnp.full((), jnp.inf))

    def plan(self, memo: Clock, done: int, steps: int | None) -> Clock:
        return Clock(jnp.float32(done), jnp.float32(known(steps)))

    def step(self, net: Kohonen, memo: Clock, batch: Batch, key: Key) -> tuple[Kohonen, Clock, dict[str, Any]]:
        rows = len(batch.x)
        size = min(BLOCK, rows)
        told = (batch.x.astype(net.kernel.dtype), *self._pace(memo, batch))
        blocks = jax.tree.map(lambda a: jnp.pad(a, ((0, -rows % size), *((0, 0),) * (a.ndim - 1))).reshape(-1, size, *a.shape[1:]), told)
        kernel, distances = lax.scan(lambda kernel, block: self.block(net, kernel, *block), net.kernel, blocks)
        logs = {"loss": (jnp.sum(distances.reshape(-1)[:rows] * batch.valid), jnp.sum(batch.valid))}
        return net.set(kernel=kernel), memo._replace(time=memo.time + 1), logs

    def reasons(self, net: Kohonen, memo: Clock, batch: Batch, key: Key) -> dict[str, Any]:
        """The winner of each row, and how far each unit is drawn to the row, `(rows, units)`: of the map as it is before the step."""
        rate, radius = self._pace(memo, batch)
        winner, places = jnp.argmin(net.squares(batch.x), 1), jnp.asarray(net.places())
        near = jax.vmap(lambda w, radius: nearness(self.near, net.gaps(places[w], places), radius))(winner, radius)
        return {"winner": winner, "rate": rate, "radius": radius, "drawn": rate[:, None] * near}

    def _pace(self, memo: Clock, batch: Batch) -> tuple[Array, Array]:
        """The rate and the radius of each row."""
        rows = len(batch.x)
        part = (memo.time + jnp.arange(rows) / rows) / memo.horizon
        rate = decayed(self.decay, self.rate, part, to=0) * batch.weight * batch.valid
        return rate, decayed(self.decay, self.radius, part, to=1)

    def block(self, net: Kohonen, kernel: Any, x: Any, rate: Any, radius: Any) -> tuple[Any, Any]:
        """The kernel after the rows `(size, features)`, and how far each was from its winner."""
        middle = kernel.mean(0)
        kernel, x = kernel - middle, x - middle
        places, size = jnp.asarray(net.places()), len(x)
        products, number = x @ x.T, jnp.arange(size)
        # Row t of `held` is x_t·kernelᵤ until t has had its turn, the weight of x_t in kernelᵤ from then on: `drawn` says what h adds.
        drawn = jnp.where(number[:, None] < number, products, jnp.eye(size))

        def turn(t: Any, carry: Any) -> Any:
            held, squares, kept, distances = carry
            fit = squares - 2 * held[t]
            winner = jnp.argmin(fit)
            h = rate[t] * nearness(self.near, net.gaps(places[winner], places), radius[t])
            squares = (1 - h) ** 2 * squares + 2 * h * (1 - h) * held[t] + h**2 * products[t, t]
            distance = jnp.sqrt(jnp.maximum(fit[winner] + products[t, t], 0))
            held = jnp.where(number[:, None] == t, 0, held) * (1 - h) + drawn[t][:, None] * h
            return held, squares, kept * (1 - h), distances.at[t].set(distance)

        start = (x @ kernel.T, jnp.sum(kernel**2, 1), jnp.ones(len(kernel)), jnp.zeros(size))
        held, _, kept, distances = lax.fori_loop(0, size, turn, start)
        return kept[:, None] * kernel + held.T @ x + middle, distances

    def assess(self, net: Kohonen, batch: Batch) -> dict[str, Any]:
        return map_statistics(net, batch)


class BatchMapMemo(NamedTuple):
    """What `BatchMap` adds up over an epoch.

    sums, counts: the rows that each unit won, `(units, features)`, and how many they were, `(units,)`.
    clock: as it was when the epoch began.
    taken: steps since then.
    """

    sums: Float[Array, "units features"]
    counts: Float[Array, " units"]
    clock: Clock
    taken: Float[Array, ""]


class BatchMap(Learner):
    """kernelᵤ ← Σₓ near(u, winner(x)) · x / Σₓ near(u, winner(x)) over all rows x of an epoch: no rate, and rows in any order.

    A unit that no row comes near stays where it is.

    Fields:
        radius, near, decay: as of `OnlineMap`; without "mexican hat", whose sums may be 0.

    Reference: T. Kohonen, "Essentials of the self-organizing map", Neural Networks 37, 2013.
    """

    ordered: ClassVar[bool] = True  # sums need no shuffling

    radius: float = 1.0
    near: str = "gaussian"
    decay: str = "asymptotic"

    def __post_init__(self) -> None:
        require_possible(self)
        if self.near == "mexican hat":
            raise ArgumentError("the batch rule divides by sums that a Mexican hat makes 0 or negative", remedy='use near="gaussian"')

    def check(self, net: Layer) -> None:
        require_map(self, net)

    def init(self, net: Kohonen) -> BatchMapMemo:
        clock = Clock(jnp.zeros(()), jnp.full((), jnp.inf))
        return BatchMapMemo(jnp.zeros_like(net.kernel), jnp.zeros(len(net.kernel)), clock, jnp.zeros(()))

    def plan(self, memo: BatchMapMemo, done: int, steps: int | None) -> BatchMapMemo:
        return memo._replace(clock=Clock(jnp.float32(done), jnp.float32(known(steps))))

    def step(self, net: Kohonen, memo: BatchMapMemo, batch: Batch, key: Key) -> tuple[Kohonen, BatchMapMemo, dict[str, Any]]:
        x = batch.x.astype(net.kernel.dtype)
        squares = net.squares(x)
        least, share = squares.min(1), batch.weight * batch.valid
        units = squares.shape[1]
        winner = jnp.where(squares <= least[:, None], jnp.arange(units), units).min(1)  # on a CPU argmin takes half as long again
        logs = {"loss": (jnp.sum(jnp.sqrt(least) * batch.valid), jnp.sum(batch.valid))}
        sums, counts = memo.sums.at[winner].add(x * share[:, None]), memo.counts.at[winner].add(share)
        return net, BatchMapMemo(sums, counts, memo.clock, memo.taken + 1), logs

    def reasons(self, net: Kohonen, memo: BatchMapMemo, batch: Batch, key: Key) -> dict[str, Any]:
        """The winner of each row."""
        return {"winner": jnp.argmin(net.squares(batch.x), 1)}

    def conclude(self, net: Kohonen, memo: BatchMapMemo) -> tuple[Kohonen, BatchMapMemo]:
        radius = decayed(self.decay, self.radius, memo.clock.time / memo.clock.horizon, to=1)
        places = jnp.asarray(net.places())

        def moved(unit: Any) -> Any:
            h = nearness(self.near, net.gaps(places[unit], places), radius)
            share = h @ memo.counts
            return jnp.where(share > 1e-12, h @ memo.sums / jnp.maximum(share, 1e-12), net.kernel[unit])

        units = len(places)
        kernel = lax.map(moved, jnp.arange(units), batch_size=min(units, SMOOTHED))
        fresh = self.init(net)
        return net.set(kernel=kernel), fresh._replace(clock=memo.clock._replace(time=memo.clock.time + memo.taken))

    def assess(self, net: Kohonen, batch: Batch) -> dict[str, Any]:
        return map_statistics(net, batch)


def nearness(near: str, gaps: Any, radius: Any) -> Any:
    """How much a unit learns with the winner, by its squared distance on the map."""
    wide = jnp.maximum(2 * radius**2, 1e-12)
    if near == "bubble":
        return (2 * gaps <= wide).astype(jnp.float32)
    return jnp.exp(-gaps / wide) * (1 - 2 * gaps / wide if near == "mexican hat" else 1)


def decayed(decay: str, start: float, part: Any, to: int) -> Any:
    """A rate (to 0) or a radius (to 1) when a part of learning is over."""
    part = jnp.minimum(part, 1)
    if decay == "asymptotic":
        return start / (1 + 2 * part)
    if decay == "linear":
        return start + part * (to - start)
    if decay == "inverse":
        return start / (1 + part * ((start - 1) if to else 100))
    return jnp.full_like(part, start)


def map_statistics(net: Kohonen, batch: Batch) -> dict[str, Any]:
    """Sums of the quantization error ("loss") and the topographic error."""
    first, second, distance = net.two_nearest(batch.x)
    rows = jnp.sum(batch.valid)
    apart = ~net.beside(first, second)
    return {"loss": (jnp.sum(distance * batch.valid), rows), "topographic_error": (jnp.sum(apart * batch.valid), rows)}


def known(steps: int | None) -> int:
    if steps is None:
        raise ArgumentError("a map's radius shrinks over the length of learning, but the stream has none", remedy="pass steps_per_epoch")
    return max(steps, 1)


def require_map(learner: Learner, net: Layer) -> None:
    if not isinstance(net, Kohonen):
        raise ArgumentError(f"{type(learner).__name__} teaches a Kohonen layer, not {net!r}", remedy="use it with KohonenMap")


def require_possible(learner: "OnlineMap | BatchMap") -> None:
    for value, all_, what in ((learner.near, NEIGHBOURHOODS, "neighbourhood"), (learner.decay, DECAYS, "decay")):
        if value not in all_:
            raise ArgumentError(f"there is no {what} {value!r}", remedy=nearest(str(value), all_))
    if not learner.radius > 0:
        raise ArgumentError(f"a radius of {learner.radius} is not possible", remedy="give a number above 0, in units of the grid")
