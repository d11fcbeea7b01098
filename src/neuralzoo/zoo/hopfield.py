"""Hopfield networks: patterns are valleys of an energy, and a spoilt one rolls down to the nearest."""

import warnings
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int, Shaped

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, fixed, param
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.memory import Memory

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLOCK = 128  # units whose fields are one matrix product; within a block each sees what those before it became
SHOWN = 8  # sweeps that a trace shows
FEW = 32  # rows that go on by themselves once all others are at rest
CAPACITY = 0.138  # patterns per unit above which Hebb's rule loses them (D. Amit, H. Gutfreund, H. Sompolinsky, 1985)


class CapacityWarning(UserWarning):
    """More patterns were stored than the network can tell apart."""


class Hopfield(Layer):
    """s ← sign(s @ kernel + bias) until nothing changes, from ±1 to ±1: `(batch, units) -> (batch, units)`.

    A unit whose field is 0 stays as it is. One unit at a time, the energy -½ s·kernel·s - bias·s never rises.

    Fields:
        updates: "asynchronous", one unit after the other in an order drawn once; or "synchronous", all at once, which may
            swing between two states for ever.
        sweeps: how often each unit is asked at most.
        kernel, bias, order: the weights, symmetric and 0 on the diagonal; the thresholds, negated; the order of the units.

    Reference: J. Hopfield, "Neural networks and physical systems with emergent collective computational abilities", PNAS 79, 1982.
    """

    updates: str = "asynchronous"
    sweeps: int = 100
    kernel: Built[Float[Array, "units units"]] = param()
    bias: Built[Float[Array, " units"]] = param()
    order: Built[Int[Array, " units"]] = fixed()

    def __post_init__(self) -> None:
        if self.updates not in ("asynchronous", "synchronous") or self.sweeps < 1:
            what = f"Hopfield(updates={self.updates!r}, sweeps={self.sweeps}) is not possible"
            raise ArgumentError(what, remedy='updates is "asynchronous" or "synchronous", sweeps at least 1')

    def build(self, x: Spec, key: Key) -> Self:
        units = x.shape[-1]
        return self.set(kernel=jnp.zeros((units, units)), bias=jnp.zeros(units), order=jax.random.permutation(key, units))

    def __call__(self, x: Shaped[Array, "batch units"]) -> Float[Array, "batch units"]:
        advance = self.sweep()

        def settle(s: Any, moving: Any, taken: Any, enough: int) -> Any:
            def once(carry: Any) -> Any:
                s, _, taken = carry
                after = advance(s)
                return after, jnp.any(after != s, axis=1), taken + 1

            return lax.while_loop(lambda c: (jnp.sum(c[1]) > enough) & (c[2] < self.sweeps), once, (s, moving, taken))

        s, all_, none = x.astype(self.kernel.dtype), jnp.ones(len(x), bool), jnp.array(0)
        if len(x) <= FEW:
            return settle(s, all_, none, 0)[0]
        s, moving, taken = settle(s, all_, none, FEW)
        last = jnp.argsort(~moving)[:FEW]
        return s.at[last].set(settle(s[last], moving[last], taken, 0)[0])

    def sweep(self) -> Any:
        """The function `s -> s` that asks each unit once, for states `(batch, units)`."""
        if self.updates == "synchronous":
            return lambda s: _sign(s @ self.kernel + self.bias, s)
        units = len(self.bias)
        size = min(BLOCK, units)
        filling = -units % size
        kernel = jnp.pad(self.kernel[self.order][:, self.order], ((0, filling), (0, filling)))
        bias, back = jnp.pad(self.bias[self.order], (0, filling)), jnp.argsort(self.order)

        def block(b: Any, s: Any) -> Any:
            first = b * size
            rows = lax.dynamic_slice_in_dim(kernel, first, size)  # columns too: the kernel is symmetric
            before = jnp.tril(lax.dynamic_slice_in_dim(rows, first, size, 1), -1)
            field = rows @ s + lax.dynamic_slice_in_dim(bias, first, size)[:, None]
            states = lax.dynamic_slice_in_dim(s, first, size)

            def again(carry: Any) -> Any:
                guess, _ = carry
                after = _sign(field + before @ (guess - states), states)
                return after, jnp.any(after != guess)

            # A unit is right once those before it are, so this ends, and at nothing but what asking one after the other gives.
            after, _ = lax.while_loop(lambda carry: carry[1], again, (_sign(field, states), jnp.array(True)))
            return lax.dynamic_update_slice_in_dim(s, after, first, 0)

        def advance(s: Any) -> Any:
            padded = jnp.pad(s[:, self.order].T, ((0, filling), (0, 0)))
            return lax.fori_loop(0, (units + filling) // size, block, padded).T[:, back]

        return advance

    def workings(self, x: Any) -> dict[str, Any]:
        states, energies = self.path(x, SHOWN)
        return {"field": x @ self.kernel + self.bias, "states": states.swapaxes(0, 1), "energy": energies.T}

    def energy(self, x: Shaped[Array, "batch units"]) -> Float[Array, " batch"]:
        """-½ s·kernel·s - bias·s of each state."""
        return -0.5 * jnp.sum((x @ self.kernel) * x, axis=-1) - x @ self.bias

    def path(self, x: Shaped[Array, "batch units"], sweeps: int) -> tuple[Float[Array, "states batch units"], Float[Array, "states batch"]]:
        """The states after 0, 1, …, `sweeps` sweeps, and their energies."""
        advance, start = self.sweep(), x.astype(self.kernel.dtype)
        _, states = lax.scan(lambda s, _: (advance(s),) * 2, start, length=sweeps)
        states = jnp.concatenate([start[None], states])
        return states, jax.vmap(self.energy)(states)


class StorageMemo(NamedTuple):
    """What `Storage` adds up.

    products: `(units, units)`, the sum of s sᵀ over the patterns.
    count: how many patterns.
    """

    products: Float[Array, "units units"]
    count: Float[Array, ""]


class Storage(Learner):
    """kernel = Σ s sᵀ / units, diagonal 0: what fires together is wired together. Patterns may come in any order.

    Fields:
        rule: "hebb", or "projection" on the space of the patterns, which keeps up to `units` patterns of any likeness.

    References: D. Hebb, "The organization of behavior", 1949; L. Personnaz, I. Guyon, G. Dreyfus, "Collective computational
    properties of neural networks: new learning mechanisms", Physical Review A 34, 1986.
    """

    once: ClassVar[bool] = True

    rule: str = "hebb"

    def __post_init__(self) -> None:
        if self.rule not in ("hebb", "projection"):
            raise ArgumentError(f"Storage(rule={self.rule!r}) is unknown", remedy='rule is "hebb" or "projection"')

    def check(self, net: Layer) -> None:
        if not isinstance(net, Hopfield):
            raise ArgumentError(f"Storage teaches a Hopfield layer, not {net!r}", remedy="use it with HopfieldNetwork")

    def init(self, net: Hopfield) -> StorageMemo:
        return StorageMemo(jnp.zeros_like(net.kernel), jnp.zeros(()))

    def step(self, net: Hopfield, memo: StorageMemo, batch: Batch, key: Key) -> tuple[Hopfield, StorageMemo, dict[str, Any]]:
        share, x = batch.weight * batch.valid, batch.x.astype(net.kernel.dtype)
        memo = StorageMemo(memo.products + (x * share[:, None]).T @ x, memo.count + share.sum())
        return net, memo, {"patterns": jnp.sum(batch.valid)}

    def finish(self, net: Hopfield, memo: StorageMemo) -> Hopfield:
        kernel = memo.products / len(memo.products)
        if self.rule == "projection":
            values, vectors = np.linalg.eigh(np.asarray(memo.products, np.float64))
            known = vectors[:, values > 1e-6 * values.max()]
            kernel = jnp.asarray(known @ known.T, kernel.dtype)
        return net.set(kernel=jnp.fill_diagonal(kernel, 0.0, inplace=False))

    def assess(self, net: Hopfield, batch: Batch) -> dict[str, Any]:
        x = batch.x.astype(net.kernel.dtype)
        wrong = jnp.mean(_sign(x @ net.kernel + net.bias, x) != x, axis=1)
        rows = jnp.sum(batch.valid)
        return {"loss": (jnp.sum(wrong * batch.valid), rows), "stable": (jnp.sum((wrong == 0) * batch.valid), rows)}


class HopfieldNetwork(Memory):
    """An associative memory of ±1 patterns: `fit` stores them, `recall` mends spoilt ones.

    `evaluate` tells the share of bits that are not at rest ("loss") and the share of patterns that are ("stable").

    Args:
        rule: "hebb", or "projection" for patterns that are like each other.
        updates: "asynchronous" or "synchronous".
        sweeps: how often each unit is asked at most.
        seed: of the order in which units are asked.

    Example:
        >>> import numpy as np
        >>> patterns = np.sign(np.random.default_rng(0).normal(size=(3, 100)))
        >>> memory = HopfieldNetwork()
        >>> history = memory.fit(patterns, verbose=0)
        >>> spoilt = patterns * np.where(np.arange(100) < 20, -1, 1)
        >>> bool((memory.recall(spoilt) == patterns).all())
        True
    """

    card = Card(
        key="hopfield",
        name="Hopfield network",
        short="HN",
        year=1982,
        authors="J. Hopfield",
        reference="Neural networks and physical systems with emergent collective computational abilities, PNAS 79",
        cells=("backfed input",),
        rule="Hebb's: the sum of the patterns' outer products",
        purpose="store patterns, and complete or mend them from a part",
        verbs=("recall", "energy", "evaluate"),
        goals=(
            Goal(
                "recall breaks down near 0.138 patterns per unit (Amit, Gutfreund and Sompolinsky 1985)",
                "right bits of stored patterns, 500 units: 0.997 at 0.12, 0.989 at 0.138, 0.951 at 0.145, 0.892 at 0.17, 0.839 at 0.2",
                "python examples/zoo_hopfield.py",
            ),
            Goal("energy never rises", "held in 6 sweeps from 20 random states", "pytest tests/zoo/test_hopfield.py"),
        ),
    )
    usual_batch = 256
    net: Hopfield

    def __init__(self, rule: str = "hebb", updates: str = "asynchronous", sweeps: int = 100, *, seed: int | None = None):
        Member.__init__(self, Hopfield(updates, sweeps), Storage(rule), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        wrong = np.argwhere(np.abs(x) != 1)
        if x.ndim != 2 or len(wrong):
            found = f"{x[tuple(wrong[0])]} in row {wrong[0][0]}" if len(wrong) else f"an array of shape {x.shape}"
            raise DataError(
                f"patterns are rows of -1 and +1, but there is {found}", remedy="try np.where(x > threshold, 1, -1).reshape(rows, -1)"
            )
        rows, units = x.shape
        if self.learner == Storage("hebb") and rows > CAPACITY * units:
            what = f"{rows} patterns in {units} units are more than {CAPACITY} a unit: Hebb's rule will mix them up"
            warnings.warn(f'{what}. Store fewer, or use rule="projection".', CapacityWarning, stacklevel=2)

    def draw(self, x: Any = None, sweeps: int = 4) -> "Figure":
        """A recall, sweep by sweep, and the energy falling; `x` is one spoilt pattern, noise unless given."""
        self.require_fitted("draw")
        return self.picture(np.sign(self.noise(len(self.net.bias))) if x is None else x, sweeps, "sweep")

    @staticmethod
    def example() -> "Figure":
        """Store three random pictures of 12 × 12 pixels, spoil a quarter of one, and recall it."""
        draws = np.random.default_rng(3)
        patterns = np.sign(draws.normal(size=(3, 144)))
        spoilt = np.where(draws.random(144) < 0.25, -1, 1) * patterns[0]
        memory = HopfieldNetwork()
        memory.fit(patterns, verbose=0)
        recalled = memory.recall(spoilt[None])[0]
        print(f"{(spoilt != patterns[0]).sum()} of 144 pixels spoilt, {(recalled != patterns[0]).sum()} after recall")
        return memory.draw(spoilt)


def capacity_curve(units: int, loads: Any, *, flipped: float = 0.0, seed: int = 0) -> np.ndarray:
    """The share of bits right after recall at each load, patterns per unit: random patterns, with a share of bits `flipped` at first."""
    shares = []
    for i, load in enumerate(loads):
        draws = np.random.default_rng((seed, i))
        patterns = np.sign(draws.normal(size=(max(1, round(load * units)), units))).astype(np.float32)
        spoilt = np.where(draws.random(patterns.shape) < flipped, -1, 1) * patterns
        memory = HopfieldNetwork(seed=seed)
        with warnings.catch_warnings(action="ignore", category=CapacityWarning):
            memory.fit(patterns, verbose=0)
        shares.append(np.mean(memory.recall(spoilt) == patterns))
    return np.array(shares)


def _sign(field: Any, before: Any) -> Any:
    return jnp.where(field == 0, before, jnp.sign(field))
