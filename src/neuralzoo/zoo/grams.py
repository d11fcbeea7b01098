"""Counting which symbol follows which: a table of grams that grows batch by batch, and the probabilities it amounts to."""

import math
from typing import Any, ClassVar, NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, fixed, param
from neuralzoo.learn.learner import Batch, Learner

NOTHING = 2**31 - 1  # the key of an empty place; it sorts behind all others
KNESER_NEY = "kneser-ney"


class Grams(Layer):
    """P(symbol | the last `order` symbols), out of counts: codes `(batch, time) -> (batch, symbols)`.

    With a number as smoothing, (n(context, s) + smoothing) / (n(context) + smoothing · symbols); 0 / 0 is given as 0. With
    "kneser-ney", (max(n(context, s) − D, 0) + D · d(context) · P(s | context but its first)) / n(context), d being the number of
    different symbols after the context and D an estimate for each order; below the full order n counts different symbols in front.
    Only what was seen takes place, whatever the number of possible contexts.

    Fields:
        order: how many symbols the chain looks back.
        smoothing: see above.
        alphabet: the symbols; the code of each is its place. None until rows were seen.
        places: how many different grams of `order` + 1 symbols can be counted.
        grams: contexts packed into whole numbers and the symbol behind them, sorted; those of lower orders too where they help out.
        times: how often each was seen.
        contexts, totals, kinds: each context, n(context) and d(context).
        discounts: D for each order.

    References: A. Markov, "An example of statistical investigation of the text Eugene Onegin", 1913; S. Chen, J. Goodman, "An empirical
    study of smoothing techniques for language modeling", Computer Speech and Language 13, 1999.
    """

    input_dtype: ClassVar[str] = "int32"

    order: int = 1
    smoothing: float | str = 0.0
    alphabet: tuple[Any, ...] | None = None
    places: int = 1
    grams: Built[Int[Array, "entries words"]] = param()
    times: Built[Int[Array, " entries"]] = param()
    contexts: Built[Int[Array, "contexts words"]] = fixed()
    totals: Built[Int[Array, " contexts"]] = fixed()
    kinds: Built[Int[Array, " contexts"]] = fixed()
    discounts: Built[Float[Array, " orders"]] = fixed()

    def __post_init__(self) -> None:
        if self.order < 0:
            raise ArgumentError(f"a Markov chain of order {self.order}", remedy="order is 0 or more")
        known = self.smoothing == KNESER_NEY if isinstance(self.smoothing, str) else 0 <= self.smoothing < math.inf
        if not known:
            raise ArgumentError(f"smoothing={self.smoothing!r} is not possible", remedy='give a number of at least 0, or "kneser-ney"')

    @property
    def symbols(self) -> int:
        return len(self.alphabet or ())

    @property
    def start(self) -> int:
        """The code of what stands before the first symbol of a sequence."""
        return self.symbols

    @property
    def group(self) -> int:
        """How many codes one whole number of 32 bits holds: of symbols, of the start, and of "any" in contexts of lower orders."""
        return max(1, int(math.log(NOTHING) / math.log(self.symbols + 2)))

    @property
    def words(self) -> int:
        return max(1, -(-self.order // self.group))

    def build(self, x: Spec, key: Key) -> Self:
        empty, none = jnp.full((1, self.words), NOTHING, jnp.int32), jnp.zeros(1, jnp.int32)
        grams = jnp.full((1, self.words + 1), NOTHING, jnp.int32)
        return self.set(grams=grams, times=none, contexts=empty, totals=none, kinds=none, discounts=jnp.zeros(self.order + 1))

    def __call__(self, x: Int[Array, "batch time"]) -> Float[Array, "batch symbols"]:
        padded = jnp.pad(x, ((0, 0), (self.order, 0)), constant_values=self.start)
        last = jnp.sum(x >= 0, axis=1)[:, None] + jnp.arange(self.order)  # of the real symbols: filling is behind them
        every = jnp.broadcast_to(jnp.arange(self.symbols), (len(x), self.symbols))
        return self.after(jnp.take_along_axis(padded, last, axis=1), every)

    def after(self, contexts: Int[Array, "rows order"], symbols: Int[Array, "rows asked"]) -> Float[Array, "rows asked"]:
        """P of some symbols after each context."""
        if self.smoothing != KNESER_NEY:
            times, total, _ = self.seen(contexts, symbols, self.order)
            share = jnp.float32(self.smoothing)
            weight = total + share * self.symbols
            return jnp.where(weight > 0, (times + share) / jnp.where(weight > 0, weight, 1), 0)
        p = jnp.full(symbols.shape, 1 / self.symbols)
        for order in range(self.order + 1):
            times, total, kinds = self.seen(contexts, symbols, order)
            discounted = jnp.maximum(times - self.discounts[order], 0) + self.discounts[order] * kinds * p
            p = jnp.where(total > 0, discounted / jnp.maximum(total, 1), p)
        return p

    def seen(self, contexts: Any, symbols: Any, order: int) -> tuple[Array, Array, Array]:
        """How often symbols came after the last `order` symbols of the contexts, n and d of those: `(rows, asked)`, twice `(rows, 1)`."""
        packed = self.pack(self.blurred(contexts, order))
        asked = jnp.concatenate([jnp.broadcast_to(packed[:, None], (*symbols.shape, self.words)), symbols[..., None]], axis=-1)
        place, gram = find(self.contexts, packed)[:, None], find(self.grams, asked)
        total, kinds = (jnp.where(place < 0, 0, counts[place]).astype(jnp.float32) for counts in (self.totals, self.kinds))
        return jnp.where(gram < 0, 0, self.times[gram]).astype(jnp.float32), total, kinds

    def blurred(self, contexts: Any, order: int) -> Any:
        """The contexts with "any" in place of all but their last `order` symbols."""
        return jnp.where(jnp.arange(self.order) < self.order - order, self.symbols + 1, contexts)

    def pack(self, contexts: Any) -> Array:
        """Contexts `(…, order)` as whole numbers `(…, words)`, in the same order."""
        words = []
        for first in range(0, max(self.order, 1), self.group):
            word = jnp.zeros(contexts.shape[:-1], jnp.int32)
            for i in range(first, min(first + self.group, self.order)):
                word = word * (self.symbols + 2) + contexts[..., i]
            words.append(word)
        return jnp.stack(words, axis=-1)

    def unpack(self, packed: np.ndarray) -> np.ndarray:
        """Contexts `(n, order)` from whole numbers `(n, words)`."""
        codes = np.zeros((len(packed), self.order), np.int32)
        for i in reversed(range(self.order)):
            word = i // self.group
            last = min((word + 1) * self.group, self.order) - 1
            codes[:, i] = packed[:, word].astype(np.int64) // (self.symbols + 2) ** (last - i) % (self.symbols + 2)
        return codes


class CountsMemo(NamedTuple):
    """What `Counting` adds up.

    grams: `(places, words)`, packed context and symbol, sorted; `NOTHING` where a place is empty.
    times: `(places,)`, how often each was seen.
    lost: grams for which there was no place.
    strange: codes that are no symbol's.
    """

    grams: Int[Array, "places words"]
    times: Int[Array, " places"]
    lost: Int[Array, ""]
    strange: Int[Array, ""]


class Counting(Learner):
    """n(context, symbol) += 1 for each symbol of each row, in any order of rows.

    Rows are codes `(batch, time)`, -1 being filling; a step with weight 0 is seen by those after it and not counted itself.
    """

    once: ClassVar[bool] = True

    def check(self, net: Layer) -> None:
        if not isinstance(net, Grams):
            raise ArgumentError(f"Counting fills a table of Grams, not {net!r}", remedy="use it with MarkovChain")

    def init(self, net: Grams) -> CountsMemo:
        empty = jnp.full((net.places, net.words + 1), NOTHING, jnp.int32)
        return CountsMemo(empty, jnp.zeros(net.places, jnp.int32), jnp.zeros((), jnp.int32), jnp.zeros((), jnp.int32))

    def step(self, net: Grams, memo: CountsMemo, batch: Batch, key: Key) -> tuple[Grams, CountsMemo, dict[str, Any]]:
        contexts, symbols, share = windows(net, batch)
        share = share.astype(jnp.int32)
        keys = jnp.concatenate([net.pack(contexts), symbols[:, None]], axis=1)
        keys = jnp.concatenate([memo.grams, jnp.where(share[:, None] > 0, keys, NOTHING)])
        *columns, times = lax.sort((*keys.T, jnp.concatenate([memo.times, share])), num_keys=keys.shape[1])
        keys = jnp.stack(columns, axis=1)
        new = jnp.any(keys[1:] != keys[:-1], axis=1)
        place = jnp.concatenate([jnp.zeros(1, jnp.int32), jnp.cumsum(new.astype(jnp.int32))])
        counts = jax.ops.segment_sum(times, place, len(keys), indices_are_sorted=True)
        grams = jnp.full_like(keys, NOTHING).at[place].set(keys, indices_are_sorted=True)
        strange = memo.strange + jnp.sum((batch.x >= net.symbols) & (batch.valid[:, None] > 0))
        memo = CountsMemo(grams[: net.places], counts[: net.places], memo.lost + counts[net.places :].sum(), strange)
        return net, memo, {"symbols": share.sum().astype(jnp.float32)}

    def finish(self, net: Grams, memo: CountsMemo) -> Grams:
        if int(memo.strange):
            what = f"the rows hold {int(memo.strange)} codes that are no symbol of {net.symbols}"
            raise DataError(what, remedy="name all symbols before: MarkovChain(alphabet=range(…))")
        if int(memo.lost):
            what = f"there were {int(memo.lost)} grams more than the table's {net.places} places hold"
            raise DataError(what, remedy="make room before: MarkovChain(places=…)")
        held = np.asarray(memo.times) > 0
        grams, times = np.asarray(memo.grams)[held], np.asarray(memo.times)[held]
        if not len(times):
            return net
        return filled(net, net.unpack(grams), grams[:, -1], times)

    def assess(self, net: Grams, batch: Batch) -> dict[str, Any]:
        contexts, symbols, share = windows(net, batch)
        p = net.after(contexts, symbols[:, None])[:, 0]
        return {"loss": (-jnp.sum(jnp.where(share > 0, share * jnp.log(p), 0)), jnp.sum(share))}

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        if "loss" not in logs:
            return dict(logs)
        nats = logs["loss"][0] / max(logs["loss"][1], 1)
        return {"loss": nats, "bits": nats / math.log(2)}


def windows(net: Grams, batch: Batch) -> tuple[Array, Array, Array]:
    """The context `(places, order)` of every place of a batch, the symbol there, and how much it counts: 0 at filling."""
    rows, steps = batch.x.shape
    padded = jnp.pad(batch.x, ((0, 0), (net.order, 0)), constant_values=net.start)
    contexts = jnp.stack([padded[:, i : i + steps] for i in range(net.order)] or [jnp.zeros((rows, steps, 0), jnp.int32)], axis=-1)
    contexts = contexts.reshape(rows, steps, net.order)
    known = (batch.x >= 0) & (batch.x < net.symbols) & jnp.all(contexts >= 0, axis=-1)
    share = batch.weight.reshape(rows, -1) * batch.valid[:, None] * known
    return contexts.reshape(rows * steps, net.order), batch.x.reshape(-1), share.reshape(-1)


def find(keys: Int[Array, "n words"], wanted: Int[Array, "*places words"]) -> Int[Array, "*places"]:
    """Where among sorted keys each of those wanted is; -1 for one that is not there."""

    def halve(_: Any, bounds: Any) -> Any:
        low, high = bounds
        middle = (low + high) // 2
        held, before = keys[middle], jnp.zeros(low.shape, bool)
        for word in reversed(range(keys.shape[1])):
            before = (held[..., word] < wanted[..., word]) | ((held[..., word] == wanted[..., word]) & before)
        return jnp.where(before & (low < high), middle + 1, low), jnp.where(before, high, middle)

    none = jnp.zeros(wanted.shape[:-1], jnp.int32)
    low, _ = lax.fori_loop(0, len(keys).bit_length(), halve, (none, none + len(keys)))
    at = jnp.minimum(low, len(keys) - 1)
    return jnp.where(jnp.all(keys[at] == wanted, axis=-1), at, -1)


def filled(net: Grams, contexts: np.ndarray, symbols: np.ndarray, times: np.ndarray) -> Grams:
    """The table with these counts: contexts `(n, order)`, the symbols behind them, how often each was seen."""
    tables, discounts = [], np.zeros(net.order + 1, np.float32)
    sums: Any = times
    for order in range(net.order, -1 if net.smoothing == KNESER_NEY else net.order - 1, -1):
        contexts = np.asarray(net.blurred(contexts, order))
        grams, first, place = unique_rows(np.concatenate([np.asarray(net.pack(contexts)), symbols[:, None]], axis=1))
        counts = np.bincount(place, weights=sums).astype(np.int32)
        tables.append((grams, counts))
        discounts[order] = discount(counts)
        contexts, symbols, sums = contexts[first], symbols[first], np.ones(len(first))  # below: in how many contexts, not how often
    grams, order, _ = unique_rows(np.concatenate([grams for grams, _ in tables]))
    held = np.concatenate([counts for _, counts in tables])[order]
    starts = np.flatnonzero(np.append(True, np.any(np.diff(grams[:, :-1], axis=0) != 0, axis=1)))
    totals, kinds = np.add.reduceat(held, starts), np.diff(np.append(starts, len(held)))
    grams, contexts = (_room(keys, NOTHING) for keys in (grams, grams[starts, :-1]))
    counts = {"times": held, "totals": totals, "kinds": kinds}
    arrays = {name: jnp.asarray(_room(one, 0), jnp.int32) for name, one in counts.items()}
    return net.set(grams=jnp.asarray(grams), contexts=jnp.asarray(contexts), discounts=jnp.asarray(discounts), **arrays)


def unique_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Different rows in order, where each is first, and which of them each row is."""
    order = np.lexsort(rows.T[::-1])
    new = np.append(True, np.any(np.diff(rows[order], axis=0) != 0, axis=1))
    place = np.empty(len(rows), np.int64)
    place[order] = np.cumsum(new) - 1
    return rows[order][new], order[new], place


def discount(times: np.ndarray) -> float:
    """D, what is taken off each count, from how many grams were seen once and twice."""
    once, twice = (int((times == n).sum()) for n in (1, 2))
    return float(np.clip(once / max(once + 2 * twice, 1), 0.05, 0.95))  # 0 would leave nothing for what was never seen


def _room(values: np.ndarray, filling: int) -> np.ndarray:
    """The values with filling up to a power of two, so that few sizes are compiled."""
    size = 1 << (len(values) - 1).bit_length()
    return np.concatenate([values, np.full((size - len(values), *values.shape[1:]), filling, values.dtype)])
