"""Markov chains: the next symbol depends on the last few, and counting is all the learning."""

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Layer
from neuralzoo.train.batches import is_stream
from neuralzoo.zoo import finite_chains
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.chain_states import after_all, pairs_counted, states_and_transitions
from neuralzoo.zoo.grams import NOTHING, Counting, CountsMemo, Grams
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.ragged import pieces, require_some
from neuralzoo.zoo.symbols import alphabet_of, characters, codes_of, different, room_for, sequences

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIECE = 1024  # symbols in a row; longer sequences are cut


class MarkovChain(Member):
    """The law of the next symbol, given the last `order`; symbols are characters, words, labels, or numbers from 0.

    `fit` takes a text, a list of symbols, a list of such lists, or an array of whole numbers `(time,)` or `(sequences, time)` with -1
    behind the end of shorter ones. Another `fit` adds to the counts. `evaluate` tells nats ("loss") and bits a symbol.

    Args:
        order: how many symbols it looks back; 0 for none.
        smoothing: added to each count (Laplace took 1); or "kneser-ney", where rare contexts are helped out by shorter ones. With 0
            what was never seen has probability 0.
        alphabet: all symbols there are; by default those of the first `fit`.
        places: different grams of `order` + 1 symbols that can be counted; by default as many as the rows hold. For streams.
        seed: of nothing: counting draws no lots. `sample` has a seed of its own.

    Example:
        >>> chain = MarkovChain(order=2)
        >>> history = chain.fit("to be or not to be", verbose=0)
        >>> chain.sample(5, prompt="to")
        ' be o'
        >>> {s: round(float(p), 2) for s, p in zip(chain.alphabet, chain.predict_proba("to")[0]) if p}
        {' ': 1.0}
    """

    card = Card(
        key="markov",
        name="Markov chain",
        short="MC",
        year=1906,
        authors="A. Markov",
        reference="Extension of the law of large numbers to dependent quantities, Kazan 1906; chains of letters in Eugene Onegin, 1913",
        cells=("probabilistic hidden",),
        rule="counting which symbol follows which",
        purpose="predict, price and write sequences of symbols; say where a chain stays, arrives and ends",
        verbs=(
            "predict_proba", "sample", "score", "perplexity", "transitions", "stationary", "hitting_times", "absorption", "predict",
            "evaluate",
        ),
        goals=(
            Goal(
                "the stationary law to 1e-10; gambler's ruin in closed form",
                "1e-12 against its own matrix, 1e-10 against NumPy's eigenvector; ruin to 1e-12, durations to 1e-10",
                "pytest tests/zoo/test_markov.py",
            ),
            Goal(
                "tiny Shakespeare, order 5, bits a character on the last 10 %, beside the LSTM's 1.522 nats",
                "2.253 bits, 1.562 nats (Kneser-Ney); 2.915 bits with 0.01 added to each count",
                "python examples/zoo_markov.py",
            ),
        ),
    )  # fmt: skip
    usual_batch: ClassVar[int] = 128
    net: Grams

    def __init__(
        self,
        order: int = 1,
        smoothing: float | str = 0.0,
        alphabet: Iterable[Any] | None = None,
        places: int | None = None,
        *,
        seed: int | None = None,
    ):
        symbols = None if alphabet is None else tuple(alphabet)
        if symbols is not None and (not symbols or len(set(symbols)) < len(symbols)):
            what = f"an alphabet of {len(symbols)} symbols, {len(set(symbols))} different ones"
            raise ArgumentError(what, remedy="name each symbol once, and one at least")
        if places is not None and places < 1:
            raise ArgumentError(f"places={places} hold nothing", remedy="give at least 1, or leave it out")
        Member.__init__(self, Grams(order, smoothing, symbols, places or 1), Counting(), seed)

    @property
    def alphabet(self) -> tuple[Any, ...]:
        """The symbols; the code of each is its place."""
        return self.net.alphabet or ()

    # -- from what users have to codes --------------------------------------------------------------------------------------

    def receive(self, x: Any, y: Any, weight: Any) -> tuple[Any, Any, Any]:
        if isinstance(x, np.ndarray | jax.Array) and (np.ndim(x) > 1 or x.dtype.kind == "f"):
            if weight is not None and np.any(np.asarray(weight) % 1):
                raise ArgumentError("a sample weight is no whole number, but counts are", remedy="give 0, 1, 2, …")
            return x, y, weight
        if not isinstance(x, str | list) and (x is None or is_stream(x)):
            return x, y, weight
        if y is not None or weight is not None:
            what = "the targets of a Markov chain are the symbols themselves, and each counts once"
            raise ArgumentError(what, remedy="leave y and sample_weight out, or give an array of codes (sequences, time) with weights")
        found = sequences(x)
        require_some(found)
        if self.net.alphabet is None:
            self.net = self.net.set(alphabet=alphabet_of(found))
        rows, weights = pieces([self.encode(one) for one in found], max(PIECE, 2 * self.net.order), self.net.order)
        return rows, None, weights

    def encode(self, symbols: Any) -> np.ndarray:
        """The codes of symbols. Raises `DataError` at the first that is not of the alphabet."""
        return codes_of(symbols, self.alphabet)

    def check_rows(self, x: Any, y: Any) -> None:
        if x.ndim != 2 or x.dtype.kind not in "iu" or not x.size or x.min() < -1 or x.max() < 0:
            held = f"{x.dtype} of shape {x.shape}" + (f", from {x.min()} to {x.max()}" if x.size else "")
            remedy = "give a text, lists of symbols, or whole numbers from 0, with -1 as filling"
            raise DataError(f"sequences are rows of codes, but there is {held}", remedy=remedy)

    def prepare(self, x: Any, y: Any) -> Layer:
        net = self.net if self.net.alphabet is not None else self.net.set(alphabet=tuple(range(int(x.max()) + 1)))
        return net if net.places > 1 else net.set(places=room_for(net, different(net, x)))

    def meet(self, x: Any, y: Any) -> None:
        known = self.built
        Member.meet(self, x, y)
        if not known or self.memo is None:
            return
        memo, net = self.memo, self.net
        needed = room_for(net, int(np.count_nonzero(np.asarray(memo.times))) + different(net, np.asarray(x)))
        if needed > net.places:
            more = needed - net.places
            grams, times = jnp.pad(memo.grams, ((0, more), (0, 0)), constant_values=NOTHING), jnp.pad(memo.times, (0, more))
            self.net, self.memo = net.set(places=needed), CountsMemo(grams, times, memo.lost, memo.strange)

    # -- what can be asked ---------------------------------------------------------------------------------------------------

    def predict_proba(self, contexts: Any = "") -> np.ndarray:
        """P of each next symbol `(contexts, symbols)` after a text, a list of symbols, or a list of such lists.

        Raises `DataError` after a context that was never seen, where smoothing is 0.
        """
        self.require_fitted("predict")
        found = sequences(contexts) if len(contexts) else [contexts]
        order = self.net.order
        codes = np.full((len(found), order), self.net.start, np.int32)
        for row, one in zip(codes, found, strict=True):
            last = self.encode(one)[-order:] if order else []
            row[order - len(last) :] = last
        p = np.asarray(after_all(self.net, codes))
        unknown = np.flatnonzero(p.sum(axis=1) == 0)
        if len(unknown):
            what = f"nothing was ever seen after {found[unknown[0]]!r}"
            raise DataError(what, remedy='use smoothing=1 or smoothing="kneser-ney", or a smaller order')
        return p

    def sample(self, length: int = 100, prompt: Any = "", temperature: float = 1.0, seed: int = 0) -> Any:
        """Symbols that go on from a prompt, which is no part of them: a string where they are characters, else a list.

        Args:
            length: how many; fewer where the chain comes to a context that was never left.
            prompt: what stands before; without one the chain begins as the sequences did.
            temperature: below 1 it writes more surely, at 0 always the likeliest.
            seed: another seed, other symbols; a longer sample begins with the shorter one.
        """
        self.require_fitted("write")
        if length < 1 or not 0 <= temperature < math.inf:
            raise ArgumentError(f"length={length}, temperature={temperature}", remedy="length is 1 or more, temperature 0 or more")
        order = self.net.order
        codes = np.concatenate([np.full(order, self.net.start, np.int32), self.encode(prompt)])
        steps = 1 << (length - 1).bit_length()
        written = np.asarray(_write(self.net, codes[len(codes) - order :], np.float32(temperature), jax.random.key(seed), steps=steps))
        dead = np.flatnonzero(written < 0)
        symbols = [self.alphabet[code] for code in written[: min(length, dead[0] if len(dead) else length)]]
        return "".join(symbols) if characters(self.alphabet) else symbols

    def score(self, x: Any) -> float:
        """Mean log P a symbol, in nats; -inf where something was never seen and smoothing is 0."""
        return -float(self.evaluate(x, verbose=0, return_dict=True)["loss"])

    def perplexity(self, x: Any) -> float:
        """e^-score: among how many symbols, all alike, the next one would be as hard to guess."""
        return math.exp(-self.score(x))

    def states(self) -> list[Any]:
        """What `transitions` has a row for: the symbols; for higher orders the tuples of `order` symbols that were seen."""
        return self._matrix()[0]

    def transitions(self) -> np.ndarray:
        """P of each state after each `(states, states)`, float64. A state that was never left stays for ever."""
        return self._matrix()[1]

    def stationary(self) -> np.ndarray:
        """The share of time in each state in the long run, `(states,)`; see `finite_chains.stationary`."""
        return finite_chains.stationary(self.transitions())

    def hitting_times(self, targets: Sequence[Any]) -> finite_chains.Hitting:
        """When the chain first is in one of the target states, from each state: probabilities, and expected steps."""
        states = self.states()
        strange = [target for target in targets if target not in states]
        if strange:
            raise ArgumentError(f"{strange[0]!r} is no state of this chain", remedy="states() lists them")
        return finite_chains.hitting(self.transitions(), [states.index(target) for target in targets])

    def absorption(self) -> finite_chains.Absorption:
        """In which closed class the chain ends from each state that it leaves for good, and when."""
        return finite_chains.absorption(self.transitions())

    def _matrix(self) -> tuple[list[Any], np.ndarray]:
        self.require_fitted("tell transitions")
        codes, matrix = states_and_transitions(self.net)
        symbols = [tuple(self.alphabet[c] for c in code) for code in codes.tolist()]
        return ([one for (one,) in symbols] if self.net.order < 2 else symbols), matrix

    def draw(self, most: int = 12) -> "Figure":
        """The `most` frequent symbols in a circle, arrows as thick as the probabilities between them, and their matrix."""
        from neuralzoo.inspect.chain_plots import transitions

        self.require_fitted("draw")
        pairs = pairs_counted(self.net)
        shown = np.sort(np.argsort(-(pairs.sum(axis=0) + pairs.sum(axis=1)), kind="stable")[:most])
        matrix = (pairs / np.maximum(pairs.sum(axis=1, keepdims=True), 1))[np.ix_(shown, shown)]
        return transitions(matrix, [self.alphabet[i] for i in shown])

    @staticmethod
    def example() -> "Figure":
        """The weather of a rainy town: what follows what, and how often it rains in the long run."""
        draws, weather = np.random.default_rng(0), ["sun"]
        ways = {"sun": [0.7, 0.2, 0.1], "cloud": [0.3, 0.3, 0.4], "rain": [0.2, 0.4, 0.4]}
        for _ in range(2000):
            weather.append(str(draws.choice(list(ways), p=ways[weather[-1]])))
        chain = MarkovChain()
        chain.fit(weather, verbose=0)
        print("in the long run", {s: round(float(p), 2) for s, p in zip(chain.states(), chain.stationary(), strict=True)})
        until = chain.hitting_times(["rain"]).times
        print("days until it rains", {s: round(float(t), 1) for s, t in zip(chain.states(), until, strict=True)})
        return chain.draw()


@partial(jax.jit, static_argnames="steps")
def _write(net: Grams, context: Any, temperature: Any, key: Any, *, steps: int) -> Any:
    """Codes `(steps,)` that go on from a context `(order,)`, -1 from where nothing was ever seen."""
    every = jnp.arange(net.symbols)[None]

    def one(carry: Any, i: Any) -> Any:
        context, alive = carry
        p = net.after(context[None], every)[0]
        alive = alive & (p.sum() > 0)
        drawn = jax.random.categorical(jax.random.fold_in(key, i), jnp.log(p) / jnp.maximum(temperature, 1e-6))
        code = jnp.where(temperature > 0, drawn, jnp.argmax(p))
        return (jnp.append(context, code)[1:], alive), jnp.where(alive, code, -1)

    return lax.scan(one, (context, jnp.array(True)), jnp.arange(steps))[1]
