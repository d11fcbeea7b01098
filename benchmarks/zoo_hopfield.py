"""A Hopfield network of 1,000 units with 100 patterns: 200 spoilt patterns recalled, one unit after the other until nothing changes.

A fifth of the bits of each probe is flipped. Everyone has the same weights and asks the units in one order.
"""

import time
from collections.abc import Callable
from typing import Any

from benchmarks.contender import CACHED, Contenders, median_s, quick, tell
from benchmarks.table import Column, Everyone, Target, at_most

UNITS, PATTERNS, PROBES = 1000, 100, 200
SECONDS = 0.5 if quick() else 3.0

TITLE = "Hopfield, 1,000 units: 200 probes recalled"
ROUNDS = 3
MAIN = "recall_ms"
REFERENCE = "neuralzoo"
COLUMNS = (Column("recall_ms", "ms a recall", 1), Column("first_s", "s for the first", 2), Column("rest", "at rest", 4))
NOTES = (
    "Milliseconds for all 200 probes, after the first recall, which compiles; at rest: the share of probes that no unit would leave. "
    "Numba and NumPy are loops by hand: Numba's keeps each probe's fields and changes them by a row of the weights where a unit flips, "
    "NumPy's asks a unit of all probes at once, in whole sweeps."
)

contenders = Contenders()


def targets() -> list[Target | Everyone]:
    return [
        at_most("recall_ms", "neuralzoo", 1.0, ["numba"], "as fast as Numba"),
        at_most("recall_ms", "neuralzoo", 1.0, ["numpy"], "faster than NumPy"),
        Everyone("rest", 0.999, "everybody comes to rest"),
    ]


def problem():
    """Patterns `(100, 1000)`, Hebb's weights `(1000, 1000)` and probes `(200, 1000)`, float32."""
    import numpy as np

    draws = np.random.default_rng(0)
    patterns = np.sign(draws.normal(size=(PATTERNS, UNITS))).astype(np.float32)
    kernel = patterns.T @ patterns / UNITS
    np.fill_diagonal(kernel, 0)
    probes = patterns[draws.integers(0, PATTERNS, PROBES)] * np.where(draws.random((PROBES, UNITS)) < 0.2, -1, 1)
    return patterns, kernel, probes.astype(np.float32)


def race(recall: Callable[[Any], Any]) -> None:
    """Recall once, then again and again; tell the median, and whether all came to rest."""
    import numpy as np

    _, kernel, probes = problem()
    began = time.perf_counter()
    rest = np.asarray(recall(probes))
    tell(first_s=time.perf_counter() - began)
    tell(rest=float(np.mean((rest * (rest @ kernel) > -1e-4).all(axis=1))))
    tell(recall_ms=median_s(lambda: recall(probes), SECONDS) * 1000)


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    from neuralzoo.zoo import HopfieldNetwork

    memory = HopfieldNetwork()
    memory.fit(problem()[0], verbose=0)
    race(memory.recall)


@contenders.add("Numba, a loop by hand", "numba")
def numba() -> None:
    import numba
    import numpy as np

    kernel = problem()[1]

    @numba.njit(parallel=True, fastmath=True)
    def settle(kernel, states, fields):
        for row in numba.prange(len(states)):
            s, field = states[row], fields[row]
            changed = True
            while changed:
                changed = False
                for unit in range(len(s)):
                    if field[unit] * s[unit] < 0:
                        s[unit] = -s[unit]
                        field += 2 * s[unit] * kernel[unit]
                        changed = True
        return states

    race(lambda probes: settle(kernel, probes.copy(), np.dot(probes, kernel)))


@contenders.add("NumPy, a loop by hand", "numpy")
def numpy() -> None:
    import numpy as np

    kernel = problem()[1]

    def recall(probes):
        states = np.ascontiguousarray(probes.T)
        moving = np.arange(states.shape[1])
        while len(moving):
            some = states[:, moving]
            before = some.copy()
            for unit in range(len(some)):
                field = kernel[unit] @ some
                some[unit] = np.where(field == 0, some[unit], np.sign(field))
            states[:, moving] = some
            moving = moving[(some != before).any(axis=0)]
        return states.T

    race(recall)
