"""Kohonen's map: an epoch of 10,000 rows of 784 features over 20 × 20 units, online and by the batch rule; float32 but MiniSom.

All start from the same rows, with a Gaussian neighbourhood of radius 5 that shrinks to 5/3 and a rate of 0.5 that falls to 0.5/3.
"""

import time
from collections.abc import Callable
from typing import Any

from benchmarks.contender import CACHED, Contenders, quick, tell
from benchmarks.table import Column, Target, at_most

ROWS, FEATURES, SIDE = 1000 if quick() else 10_000, 784, 20
RADIUS, RATE = 5.0, 0.5
TIMES = 2 if quick() else 7

TITLE = "Kohonen's map, 20 × 20 units, an epoch of 10,000 × 784"
ROUNDS = 3
MAIN = "online_s"
REFERENCE = "neuralzoo"
COLUMNS = (
    Column("online_s", "s online", 3),
    Column("batch_s", "s by batch", 3),
    Column("online_qe", "error", 3),
    Column("batch_qe", "error", 3),
)
NOTES = (
    "Seconds of one epoch, the least of a few after the first: the public call of `fit` for neuralzoo. The errors are quantization errors "
    "after that epoch. The loop in Numba and the sums in NumPy are not libraries: they show what the hardware can do row by row, and with "
    "one product for all rows."
)

contenders = Contenders()


def targets() -> list[Target]:
    return [
        at_most("online_s", "neuralzoo", 1 / 15, ["minisom"], "online 15 times as fast as MiniSom"),
        at_most("online_s", "neuralzoo", 1.0, ["numba"], "online faster than a loop in Numba"),
        at_most("batch_s", "neuralzoo", 1.0, ["numpy"], "by batch faster than NumPy"),
        at_most("batch_s", "neuralzoo", 1.0, ["minisom"], "by batch faster than MiniSom"),
    ]


def rows() -> tuple[Any, Any]:
    """x (rows, 784) around 40 centres, and the units (400, 784) to start from."""
    import numpy as np

    draws = np.random.default_rng(0)
    centres = draws.random((40, FEATURES))
    x = (centres[draws.integers(0, 40, ROWS)] + draws.normal(0, 0.2, (ROWS, FEATURES))).astype(np.float32)
    return x, x[draws.integers(0, ROWS, SIDE * SIDE)]


def gaps() -> Any:
    """Squared distances between units on the grid, (400, 400), float32."""
    import numpy as np

    places = np.stack(np.divmod(np.arange(SIDE * SIDE), SIDE), 1).astype(np.float32)
    return ((places[:, None] - places) ** 2).sum(-1)


def quantization_error(x: Any, units: Any) -> float:
    import numpy as np

    squares = (x**2).sum(1)[:, None] - 2 * x @ units.T + (units**2).sum(1)
    return float(np.sqrt(np.maximum(squares.min(1), 0)).mean())


def race(kind: str, x: Any, epoch: Callable[[], Any]) -> None:
    """Learn an epoch from the start again and again; tell the least time, and the error of the units it returns."""
    units, took = epoch(), []
    for _ in range(TIMES):
        began = time.perf_counter()
        epoch()
        took.append(time.perf_counter() - began)
    tell(**{f"{kind}_s": min(took), f"{kind}_qe": quantization_error(x, units)})


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    import numpy as np

    from neuralzoo.zoo import KohonenMap

    x, start = rows()
    for kind in ("online", "batch"):
        model = KohonenMap((SIDE, SIDE), rule=kind, radius=RADIUS, rate=RATE)
        model.fit(x, epochs=1, verbose=0)

        def epoch(model: KohonenMap = model) -> Any:
            model.set_weights([start])
            model.fit(x, epochs=1, verbose=0)
            return np.asarray(model.net.kernel)

        race(kind, x, epoch)


@contenders.add("MiniSom", "minisom", once=True)
def minisom() -> None:
    import numpy as np
    from minisom import MiniSom

    x, start = rows()
    for kind in ("online", "batch"):

        def epoch(kind: str = kind) -> Any:
            som = MiniSom(SIDE, SIDE, FEATURES, sigma=RADIUS, learning_rate=RATE if kind == "online" else 1.0, random_seed=0)
            som._weights = start.reshape(SIDE, SIDE, FEATURES).astype(np.float64)
            if kind == "online":
                som.train(x, len(x))
            else:
                som.train_batch_offline(x, 1)
            return som.get_weights().reshape(-1, FEATURES).astype(np.float32)

        began = time.perf_counter()
        units = epoch()
        tell(**{f"{kind}_s": time.perf_counter() - began, f"{kind}_qe": quantization_error(x, units)})


@contenders.add("a loop by hand in Numba", "numba")
def numba() -> None:
    import numpy as np
    from numba import njit

    x, start = rows()
    near = gaps()

    @njit(fastmath=True)
    def learn(units: Any, x: Any, near: Any) -> None:
        for t in range(len(x)):
            row, best, winner = x[t], np.float32(np.inf), 0
            for u in range(len(units)):
                square = np.float32(0)
                for f in range(x.shape[1]):
                    square += (row[f] - units[u, f]) ** 2
                if square < best:
                    best, winner = square, u
            part = np.float32(1) + np.float32(2) * t / np.float32(len(x))
            rate, wide = np.float32(RATE) / part, np.float32(2 * RADIUS**2) / part**2
            for u in range(len(units)):
                h = rate * np.exp(-near[winner, u] / wide)
                if h > np.float32(1e-8):
                    for f in range(x.shape[1]):
                        units[u, f] += h * (row[f] - units[u, f])

    def epoch() -> Any:
        units = start.copy()
        learn(units, x, near)
        return units

    race("online", x, epoch)


@contenders.add("sums by hand in NumPy", "numpy", "scipy")
def numpy() -> None:
    import numpy as np
    from scipy.sparse import csr_array

    x, start = rows()
    h = np.exp(-gaps() / np.float32(2 * RADIUS**2))

    def epoch() -> Any:
        winners = ((start**2).sum(1) - 2 * x @ start.T).argmin(1)
        won = csr_array((np.ones(len(x), np.float32), winners, np.arange(len(x) + 1)), (len(x), len(start)))
        return (h @ (won.T @ x)) / (h @ won.sum(0).astype(np.float32))[:, None]

    race("batch", x, epoch)
