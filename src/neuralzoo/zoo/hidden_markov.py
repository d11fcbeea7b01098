"""Hidden Markov models: what is seen depends on a state that is not."""

import math
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Layer
from neuralzoo.train.batches import as_array, is_stream
from neuralzoo.zoo.baum_welch import BaumWelch, HiddenMarkov
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.emissions import Categorical, Gaussian
from neuralzoo.zoo.emissions import emissions as kinds
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.ragged import pieces, require_some

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class HiddenMarkovModel(Member):
    """A Markov chain of hidden states, each with a law of what it shows; `fit` learns both from what was seen.

    `fit` takes one sequence or a list of them, of any lengths: symbols `(time,)` from 0, numbers `(time,)` or `(time, features)`; or
    an array `(sequences, time)` of symbols with -1 as filling, or `(sequences, time, features)` with `sample_weight`
    `(sequences, time)` 0 at filling. An epoch is a round of Baum and Welch; "loss" is -log-likelihood a step, before the round.

    Args:
        states: how many hidden states.
        emissions: "categorical", "gaussian" or "poisson".
        covariance: of Gaussian states, "diagonal" or "full".
        symbols: of categorical states; by default as many as the first `fit` has.
        starts: guesses that learn side by side, of which the likeliest counts: one alone may end on a small hill.
        seed: of the guesses.

    Example:
        >>> import numpy as np
        >>> calm, wild = np.random.default_rng(0).normal(0, [[0.1], [3.0]], (2, 60))
        >>> model = HiddenMarkovModel(2, "gaussian", seed=1)
        >>> history = model.fit(np.concatenate([calm, wild, calm]), epochs=20, verbose=0)
        >>> path = model.decode(np.concatenate([calm, wild, calm]))
        >>> bool(path[30] != path[90]), bool(path[30] == path[150])
        (True, True)
    """

    card = Card(
        key="hidden_markov",
        name="hidden Markov model",
        short="HMM",
        year=1966,
        authors="L. Baum, T. Petrie",
        reference="Statistical inference for probabilistic functions of finite state Markov chains, Annals of Mathematical Statistics 37",
        cells=("probabilistic hidden", "output"),
        rule="Baum and Welch's: expected counts, then the likeliest probabilities given them",
        purpose="find hidden states behind a series, and price, segment or continue it",
        verbs=("score", "decode", "predict_proba", "sample", "bic", "aic", "predict", "evaluate"),
        goals=(
            Goal(
                "the likelihood never falls; forward and Viterbi as by enumeration; a generated model is found again",
                "held: log P to 1e-5, posteriors to 1e-5, the same paths",
                "pytest tests/zoo/test_hidden_markov.py",
            ),
            Goal(
                "Baum and Welch at least twice as fast as hmmlearn, at equal likelihood",
                "20 × 1,000 steps: 13 times as fast as its usual way, 2.1 times as its scaling; 1 × 50,000 steps: 32 and 8.7 times",
                "python -m benchmarks zoo_hmm",
            ),
        ),
    )
    usual_epochs: ClassVar[int] = 50
    usual_batch: ClassVar[int] = 256
    net: HiddenMarkov

    def __init__(
        self,
        states: int = 2,
        emissions: str = "categorical",
        *,
        covariance: str = "diagonal",
        symbols: int | None = None,
        starts: int = 1,
        seed: int | None = None,
    ):
        if states < 1 or starts < 1:
            raise ArgumentError(f"{states} states from {starts} starts", remedy="both must be at least 1")
        kind = kinds[emissions]
        emission = kind(covariance) if kind is Gaussian else kind(symbols) if kind is Categorical else kind()
        Member.__init__(self, HiddenMarkov(states, starts, emission), BaumWelch(), seed)

    @property
    def symbolic(self) -> bool:
        """Whether a step is one symbol."""
        return isinstance(self.net.emission, Categorical)

    # -- rows -----------------------------------------------------------------------------------------------------------------

    def receive(self, x: Any, y: Any, weight: Any) -> tuple[Any, Any, Any]:
        if x is None or (not isinstance(x, list) and is_stream(x)):
            return x, y, weight
        if not isinstance(x, list):
            array = as_array(x, "x")
            if array.ndim == 3 or (array.ndim == 2 and self.symbolic):
                return array, y, weight
        if y is not None or weight is not None:
            remedy = "leave y and sample_weight out, or give one array of sequences with a weight for each step"
            raise ArgumentError("states are hidden: there are no targets", remedy=remedy)
        rows, weights = self.rows(x)
        return rows, None, weights

    def rows(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        """Sequences as rows `(sequences, time, …)`, and which steps are real `(sequences, time)`."""
        found = self.sequences(x)
        require_some(found)
        return pieces(found, max(map(len, found)), filling=-1 if self.symbolic else 0)

    def sequences(self, x: Any) -> list[np.ndarray]:
        """One sequence, a list of them or an array of rows, as a list of `(time,)` symbols or `(time, features)`."""
        several = isinstance(x, list) and not _single(x)
        arrays = [as_array(one, f"x[{i}]") for i, one in enumerate(x)] if several else [as_array(x, "x")]
        wide = 1 if self.symbolic else 2
        if not several and arrays[0].ndim == wide + 1:
            arrays = [row[row != -1] if self.symbolic else row for row in arrays[0]]
        arrays = [one[:, None] if one.ndim == 1 and not self.symbolic else one for one in arrays]
        if any(one.ndim != wide for one in arrays):
            what = f"a sequence of shape {next(one.shape for one in arrays if one.ndim != wide)}"
            raise DataError(what, remedy="give (time,)" + ("" if self.symbolic else " or (time, features)") + ", or a list of such")
        return arrays

    def check_rows(self, x: Any, y: Any) -> None:
        wide = 2 if self.symbolic else 3
        if x.ndim != wide or 0 in x.shape:
            shape = "(sequences, time)" if self.symbolic else "(sequences, time, features)"
            raise DataError(f"x has shape {x.shape}", remedy=f"give a sequence, a list of sequences, or an array {shape}")
        self.net.emission.check(x[x != -1] if self.symbolic else x.reshape(-1, x.shape[-1]))
        if self.built and x.shape[2:] != self.input.shape[2:]:
            raise DataError(f"steps have {x.shape[2]} features, but {self.input.shape[2]} were learned", remedy="give the same features")

    def prepare(self, x: Any, y: Any) -> Layer:
        net, steps = self.net, x[x != -1] if self.symbolic else x.reshape(-1, x.shape[-1])
        guesses = []
        for start in range(net.starts):
            draws = np.random.default_rng((self.seed, start))
            emission = net.emission.begun(steps, net.states, draws)
            even = np.full(net.states, 5.0)
            chances = {"first": draws.dirichlet(even), "transitions": draws.dirichlet(even, net.states)}
            chain = {name: jnp.asarray(array, jnp.float32) for name, array in chances.items()}
            guesses.append(net.set(emission=emission, likelihood=jnp.zeros(()), **chain))
        return jax.tree.map(lambda *arrays: jnp.stack(arrays), *guesses)

    # -- what can be asked ----------------------------------------------------------------------------------------------------

    def score(self, x: Any) -> float:
        """log P of all sequences, in nats."""
        self.require_fitted("tell likelihoods")
        return float(np.sum(np.asarray(_score(self.net, *self.asked(x)), np.float64)))

    def decode(self, x: Any) -> Any:
        """The likeliest path of states (Viterbi): `(time,)` for one sequence, a list of such for several."""
        self.require_fitted("decode")
        return self.each(x, _path(self.net, *self.asked(x)))

    def predict_proba(self, x: Any) -> Any:
        """P of each state at each step, given the whole sequence: `(time, states)` for one, a list of such for several."""
        self.require_fitted("tell states")
        return self.each(x, _posteriors(self.net, *self.asked(x)))

    def asked(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        rows, weights = self.rows(x)
        self.check_rows(rows, None)
        return rows, weights > 0

    def each(self, x: Any, answer: Any) -> Any:
        answers = [np.asarray(one)[: len(own)] for one, own in zip(answer, self.sequences(x), strict=True)]
        single = _single(x) if isinstance(x, list) else np.ndim(x) <= (1 if self.symbolic else 2)
        return answers[0] if single else answers

    def sample(self, length: int = 100, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """A sequence `(length, …)` as the model would show it, and its states `(length,)`."""
        self.require_fitted("draw a sequence")
        if length < 1:
            raise ArgumentError(f"length={length}", remedy="it must be at least 1")
        net, draws = jax.tree.map(np.asarray, self.net.best()), np.random.default_rng(seed)
        first, ways = (np.cumsum(np.asarray(p, np.float64), axis=-1) for p in (net.first, net.transitions))
        states, chances = np.zeros(length, int), draws.random(length)
        for t in range(length):
            law = first if t == 0 else ways[states[t - 1]]
            states[t] = min(np.searchsorted(law / law[-1], chances[t], side="right"), net.states - 1)
        return np.array([net.emission.drawn(state, draws) for state in states]), states

    def free(self) -> int:
        """How many numbers of the model may vary."""
        net = self.net.best()
        return (net.states - 1) + net.states * (net.states - 1) + net.emission.free()

    def aic(self, x: Any) -> float:
        """2 · free - 2 · score: the lower, the better a model of its size (H. Akaike, 1974)."""
        self.require_fitted("tell likelihoods")
        return 2 * (self.free() - self.score(x))

    def bic(self, x: Any) -> float:
        """log(steps) · free - 2 · score (G. Schwarz, 1978)."""
        self.require_fitted("tell likelihoods")
        return math.log(sum(map(len, self.sequences(x)))) * self.free() - 2 * self.score(x)

    def draw(self, x: Any = None) -> "Figure":
        """A series with the likeliest state behind it, and P of each state; drawn from the model unless given."""
        from neuralzoo.inspect.chain_plots import hidden_states

        self.require_fitted("draw")
        series = self.sequences(self.sample(200, self.seed)[0] if x is None else x)[0]
        return hidden_states(series if series.ndim == 1 else series[:, 0], self.decode(series), self.predict_proba(series))

    @staticmethod
    def example() -> "Figure":
        """A series that is calm, then wild, then calm: which state was when?"""
        draws = np.random.default_rng(2)
        series = np.concatenate([draws.normal(level, width, 50) for level, width in ((0, 0.4), (2, 1.0), (0, 0.4), (-2, 0.4))])
        model = HiddenMarkovModel(3, "gaussian", starts=4, seed=0)
        history = model.fit(series, epochs=30, verbose=0)
        changes = np.flatnonzero(np.diff(model.decode(series))) + 1
        print(f"log-likelihood a step {-history.history['loss'][-1]:.2f}, states change at {changes.tolist()}")
        return model.draw(series)


def _single(x: list[Any]) -> bool:
    """Whether a list holds steps, rather than sequences."""
    return bool(x) and all(np.ndim(one) == 0 for one in x)


@jax.jit
def _score(net: HiddenMarkov, x: Any, real: Any) -> Any:
    return net.best().score(x, real)


@jax.jit
def _posteriors(net: HiddenMarkov, x: Any, real: Any) -> Any:
    return net.best().posteriors(x, real)


@jax.jit
def _path(net: HiddenMarkov, x: Any, real: Any) -> Any:
    return net.best().path(x, real)
