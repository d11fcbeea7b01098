"""Modern Hopfield networks: continuous states, and so steep an energy that one step retrieves one of very many patterns."""

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int, Shaped

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, param, state
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.memory import Memory

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class ModernHopfield(Layer):
    """ξ ← Xᵀ softmax(beta · X ξ), `updates` times, X being the stored patterns: `(batch, units) -> (batch, units)`.

    The energy −lse(beta, Xξ) + ½‖ξ‖² + ln(count)/beta + ½ max‖x‖², which is never negative, never rises.

    Fields:
        capacity: how many patterns there is room for; None until it is known.
        beta: the inverse temperature: a large one retrieves single patterns, a small one means of alike patterns.
        updates: of the state in a call.
        patterns, count: what is stored, row by row, and how many rows are.

    Reference: H. Ramsauer et al., "Hopfield networks is all you need", ICLR 2021 (arXiv 2008.02217, 2020).
    """

    capacity: int | None = None
    beta: float = 1.0
    updates: int = 1
    patterns: Built[Float[Array, "capacity units"]] = param()
    count: Built[Int[Array, ""]] = state()

    def __post_init__(self) -> None:
        if (self.capacity is not None and self.capacity < 1) or not self.beta > 0 or self.updates < 1:
            what = f"ModernHopfield(capacity={self.capacity}, beta={self.beta}, updates={self.updates}) is not possible"
            raise ArgumentError(what, remedy="capacity and updates are at least 1, beta is above 0")

    def build(self, x: Spec, key: Key) -> Self:
        if self.capacity is None:
            raise ArgumentError("ModernHopfield does not know how many patterns to make room for", remedy="give it a capacity")
        return self.set(patterns=jnp.zeros((self.capacity, x.shape[-1])), count=jnp.zeros((), jnp.int32))

    def __call__(self, x: Shaped[Array, "batch units"]) -> Float[Array, "batch units"]:
        return lax.fori_loop(0, self.updates, lambda _, s: self.update(s), x.astype(self.patterns.dtype))

    def update(self, x: Float[Array, "batch units"]) -> Float[Array, "batch units"]:
        """One step of retrieval."""
        return self.association(x) @ self.patterns

    def likeness(self, x: Float[Array, "batch units"]) -> Float[Array, "batch capacity"]:
        """beta · X ξ, −∞ for rows that hold no pattern."""
        return jnp.where(jnp.arange(len(self.patterns)) < self.count, self.beta * x @ self.patterns.T, -jnp.inf)

    def association(self, x: Float[Array, "batch units"]) -> Float[Array, "batch capacity"]:
        """The share that each stored pattern has in the next state; they sum to 1."""
        return jax.nn.softmax(self.likeness(x), axis=1)

    def energy(self, x: Shaped[Array, "batch units"]) -> Float[Array, " batch"]:
        """The energy of each state."""
        x = x.astype(self.patterns.dtype)
        steep = jax.nn.logsumexp(self.likeness(x), axis=1) - jnp.log(self.count)
        return 0.5 * (jnp.sum(x**2, axis=1) + jnp.max(jnp.sum(self.patterns**2, axis=1))) - steep / self.beta

    def path(self, x: Shaped[Array, "batch units"], steps: int) -> tuple[Float[Array, "states batch units"], Float[Array, "states batch"]]:
        """The states after 0, 1, …, `steps` updates, and their energies."""
        start = x.astype(self.patterns.dtype)

        def step(s: Any, _: None) -> tuple[Any, Any]:
            return (after := self.update(s)), after

        _, states = lax.scan(step, start, length=steps)
        states = jnp.concatenate([start[None], states])
        return states, jax.vmap(self.energy)(states)


class NotebookMemo(NamedTuple):
    """What `Notebook` has written down.

    patterns: `(capacity, units)`.
    count: rows that are written; above the capacity where some found no room.
    """

    patterns: Float[Array, "capacity units"]
    count: Int[Array, ""]


class Notebook(Learner):
    """Writes each row down, one after the other: nothing is averaged, so nothing is mixed up.

    Reference: H. Ramsauer et al., "Hopfield networks is all you need", ICLR 2021.
    """

    once: ClassVar[bool] = True

    def check(self, net: Layer) -> None:
        if not isinstance(net, ModernHopfield):
            raise ArgumentError(f"Notebook teaches a ModernHopfield layer, not {net!r}", remedy="use it with ModernHopfieldNetwork")

    def init(self, net: ModernHopfield) -> NotebookMemo:
        return NotebookMemo(net.patterns, net.count)

    def step(self, net: ModernHopfield, memo: NotebookMemo, batch: Batch, key: Key) -> tuple[ModernHopfield, NotebookMemo, dict[str, Any]]:
        kept = batch.valid > 0
        places = jnp.where(kept, memo.count + jnp.cumsum(kept) - 1, len(memo.patterns))  # what has no place is dropped
        patterns = memo.patterns.at[places].set(batch.x.astype(memo.patterns.dtype), mode="drop")
        return net, NotebookMemo(patterns, memo.count + kept.sum()), {"patterns": jnp.sum(batch.valid)}

    def finish(self, net: ModernHopfield, memo: NotebookMemo) -> ModernHopfield:
        if int(memo.count) > len(memo.patterns):
            raise full(int(memo.count), len(memo.patterns))
        return net.set(patterns=memo.patterns, count=memo.count)

    def assess(self, net: ModernHopfield, batch: Batch) -> dict[str, Any]:
        x, rows = batch.x.astype(net.patterns.dtype), jnp.sum(batch.valid)
        return {"loss": (jnp.sum(jnp.mean((net(x) - x) ** 2, axis=1) * batch.valid), rows)}


def full(rows: int, capacity: int) -> DataError:
    """The error of more patterns than there is room for."""
    what = f"{rows} patterns do not fit where there is room for {capacity}"
    return DataError(what, remedy=f"make the network with room for them: ModernHopfieldNetwork(capacity={rows})")


class ModernHopfieldNetwork(Memory):
    """An associative memory of vectors of numbers: `fit` stores them, `recall` retrieves the one nearest to a spoilt one.

    `evaluate` tells the mean squared change of the rows in a recall ("loss"). A steep beta is needed where patterns are short or
    alike: retrieval is exact where beta · (the gap between the best and the second best product with a pattern) is large.

    Args:
        beta: the inverse temperature.
        updates: steps of a recall; one is enough for patterns that are well apart.
        capacity: how many patterns there is room for; None is for those of the first `fit`.
        seed: of the noise that `draw` begins with.

    Example:
        >>> import numpy as np
        >>> patterns = np.random.default_rng(0).normal(size=(1000, 100))
        >>> memory = ModernHopfieldNetwork()
        >>> history = memory.fit(patterns, verbose=0)
        >>> half = patterns[:5] * (np.arange(100) < 50)
        >>> bool(np.abs(memory.recall(half) - patterns[:5]).max() < 1e-3)
        True
    """

    card = Card(
        key="modern_hopfield",
        name="Modern Hopfield network",
        short="",
        year=2020,
        authors="H. Ramsauer, B. Schäfl, J. Lehner, P. Seidl, S. Hochreiter and others",
        reference="Hopfield networks is all you need, ICLR 2021",
        cells=("backfed input",),
        rule="each pattern is kept as it is; recall is a softmax over all",
        purpose="retrieve one of very many patterns from a part of it, in one step",
        verbs=("recall", "energy", "predict", "evaluate"),
        goals=(
            Goal(
                "patterns that are well apart are retrieved in one step (Ramsauer et al. 2020)",
                "300 patterns in 64 units, noise of deviation 0.3: all within 1e-3 after one step",
                "pytest tests/zoo/test_modern_hopfield.py",
            ),
            Goal("energy never rises", "held in 8 steps from 50 random states", "pytest tests/zoo/test_modern_hopfield.py"),
        ),
    )
    usual_batch = 256
    net: ModernHopfield

    def __init__(self, beta: float = 1.0, updates: int = 1, capacity: int | None = None, *, seed: int | None = None):
        Member.__init__(self, ModernHopfield(capacity, beta, updates), Notebook(), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        if x.ndim != 2:
            raise DataError(f"x has shape {x.shape}, but a pattern is a vector", remedy="reshape it: x.reshape(len(x), -1)")
        rows, room = len(x) + (int(self.net.count) if self.built else 0), self.net.capacity
        if room is not None and rows > room:
            raise full(rows, room)

    def prepare(self, x: Any, y: Any) -> Layer:
        return self.net if self.net.capacity is not None else self.net.set(capacity=len(x))

    def draw(self, x: Any = None, steps: int = 3) -> "Figure":
        """A recall, step by step, and the energy falling; `x` is one spoilt pattern, noise unless given."""
        self.require_fitted("draw")
        return self.picture(self.noise(self.net.patterns.shape[1]) if x is None else x, steps, "step")

    @staticmethod
    def example() -> "Figure":
        """Store 1,000 random pictures of 12 × 12 grey levels, seven for each pixel, and retrieve all from their upper halves."""
        patterns = np.random.default_rng(3).normal(size=(1000, 144))
        halves = patterns * (np.arange(144) < 72)
        memory = ModernHopfieldNetwork()
        memory.fit(patterns, verbose=0)
        right = np.abs(memory.recall(halves) - patterns).max(axis=1) < 1e-3
        print(f"{right.sum()} of 1000 pictures retrieved from one half, in one step")
        return memory.draw(halves[0])
