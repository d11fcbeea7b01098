"""Baum and Welch's rounds: a hidden Markov model of 8 states over 16 symbols, on 20 sequences of 1,000 steps and on one of 50,000. float32.

All begin with the same probabilities and make the same number of rounds; the log-likelihood they end with tells that they learn the same.
"""

import time

from benchmarks.contender import CACHED, Contenders, quick, tell
from benchmarks.table import Column, Target, at_most

STATES, SYMBOLS = 8, 16
ROUNDS_OF_EM = 5 if quick() else 20
WORK = {"many": (20, 1000), "long": (1, 50_000)}  # sequences, steps

TITLE = "Baum and Welch on a hidden Markov model of 8 states"
ROUNDS = 3
MAIN = "many_ms"
REFERENCE = "neuralzoo"
COLUMNS = (
    Column("many_ms", "ms a round, 20 × 1,000 steps", 1),
    Column("long_ms", "ms a round, 1 × 50,000 steps", 1),
    Column("many_nats", "log-likelihood a step", 5),
    Column("long_nats", "of the long one", 5),
    Column("first_s", "s for the first fit", 2),
)
NOTES = (
    f"Milliseconds of a round, out of a whole `fit` of {ROUNDS_OF_EM} rounds, the best of three after one that compiles. hmmlearn adds up "
    "in logarithms unless told; `implementation='scaling'` is its faster way. float64 there, float32 here."
)

contenders = Contenders()


def targets() -> list[Target]:
    return [
        at_most("many_ms", "neuralzoo", 0.5, ["hmmlearn"], "half of hmmlearn's time on many sequences"),
        at_most("long_ms", "neuralzoo", 0.5, ["hmmlearn"], "half of hmmlearn's time on a long one"),
        at_most("many_ms", "neuralzoo", 0.5, ["hmmlearn_scaling"], "half of hmmlearn's time with scaling on many sequences"),
        at_most("long_ms", "neuralzoo", 0.5, ["hmmlearn_scaling"], "half of hmmlearn's time with scaling on a long one"),
    ]


def start():
    """First, transitions and emission probabilities that everyone begins with."""
    import numpy as np

    draws = np.random.default_rng(1)
    return draws.dirichlet(np.full(STATES, 5)), draws.dirichlet(np.full(STATES, 5), STATES), draws.dirichlet(np.full(SYMBOLS, 2), STATES)


def rows(sequences: int, steps: int):
    """Symbols `(sequences, steps)` of a model whose states last."""
    import numpy as np

    draws = np.random.default_rng(0)
    ways = 0.9 * np.eye(STATES) + 0.1 * draws.dirichlet(np.ones(STATES), STATES)
    shown = draws.dirichlet(np.full(SYMBOLS, 0.3), STATES).cumsum(axis=1)
    ways, chances = ways.cumsum(axis=1), draws.random((2, sequences, steps))
    seen, state = np.zeros((sequences, steps), np.int32), np.zeros(sequences, int)
    for t in range(steps):
        state = np.minimum((chances[0, :, t, None] > ways[state]).sum(axis=1), STATES - 1)
        seen[:, t] = np.minimum((chances[1, :, t, None] > shown[state]).sum(axis=1), SYMBOLS - 1)
    return seen


def race(prepare) -> None:
    """Fit anew, again and again; `prepare(seen)` returns what fits and what tells the log-likelihood of the last fit."""
    for name, shape in WORK.items():
        seen = rows(*shape)
        took = []
        for i in range(4):
            fit, score = prepare(seen)
            began = time.perf_counter()
            fit()
            took.append(time.perf_counter() - began)
            if i == 0 and name == "many":
                tell(first_s=took[0])
        tell(**{f"{name}_ms": min(took[1:]) / ROUNDS_OF_EM * 1000, f"{name}_nats": score() / seen.size})


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    import jax.numpy as jnp

    from neuralzoo.zoo import HiddenMarkovModel

    first, ways, shown = (jnp.asarray(p, jnp.float32)[None] for p in start())

    def prepare(seen):
        model = HiddenMarkovModel(STATES, symbols=SYMBOLS)
        model.meet(seen, None)
        model.net = model.net.set(first=first, transitions=ways, emission=model.net.emission.set(probabilities=shown))
        return lambda: model.fit(seen, epochs=ROUNDS_OF_EM, verbose=0), lambda: model.score(seen)

    race(prepare)


def hmmlearn_fit(implementation: str) -> None:
    import logging

    from hmmlearn.hmm import CategoricalHMM

    logging.getLogger("hmmlearn").setLevel(logging.ERROR)

    def prepare(seen):
        model = CategoricalHMM(STATES, n_iter=ROUNDS_OF_EM, tol=-1e9, init_params="", implementation=implementation, n_features=SYMBOLS)
        model.startprob_, model.transmat_, model.emissionprob_ = start()
        flat, lengths = seen.reshape(-1, 1), [seen.shape[1]] * len(seen)
        return lambda: model.fit(flat, lengths), lambda: model.score(flat, lengths)

    race(prepare)


contenders.add("hmmlearn", "hmmlearn", name="hmmlearn")(lambda: hmmlearn_fit("log"))
contenders.add("hmmlearn, scaling", "hmmlearn", name="hmmlearn_scaling")(lambda: hmmlearn_fit("scaling"))
