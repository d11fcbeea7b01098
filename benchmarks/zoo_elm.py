"""An extreme learning machine on MNIST: 2,000 sigmoid features of 784 pixels and a ridge read-out of ten classes, 60,000 rows, float32.

Everyone draws weights uniform within ±8 / √784 of pixels scaled to -1…1, biases uniform within ±4, and takes a ridge of 1. Sums of
products are in float32, the equations are solved in float64 (hpelm's own is what it is).
"""

import os
import time
from pathlib import Path

from benchmarks.contender import CACHED, Contenders, quick, tell
from benchmarks.table import Column, Everyone, Target, at_most

UNITS, ROWS, SCALE, RIDGE = 2000, 4096 if quick() else 60_000, 8.0, 1.0

TITLE = "An extreme learning machine of 2,000 units on MNIST"
ROUNDS = 3
MAIN = "fit_s"
REFERENCE = "neuralzoo"
COLUMNS = (Column("fit_s", "s to fit", 2), Column("accuracy", "test accuracy", 4), Column("peak_mb", "MB at most", 0))
NOTES = (
    "Seconds to draw the features, go through the rows and solve, the second time, when all is compiled. NumPy holds the features of all "
    "rows at once, 480 MB, neuralzoo and hpelm those of a batch."
)

contenders = Contenders()


def data_folder() -> Path:
    return Path(os.environ.get("NEURALZOO_DATA", Path(__file__).parents[2] / "shared" / "data"))


def needs_data() -> str:
    return "" if (data_folder() / "mnist").is_dir() else "the data sets are not here: set NEURALZOO_DATA"


def targets() -> list[Target | Everyone]:
    return [
        at_most("fit_s", "neuralzoo", 1.0, ["numpy_equations"], "faster than NumPy's normal equations"),
        at_most("fit_s", "neuralzoo", 0.7, ["hpelm"], "1.4 times as fast as hpelm"),
        Everyone("accuracy", 0.8 if quick() else 0.93, "all have learned"),
    ]


def pixels():
    """x (60000, 784) and y (60000,) to learn from, x and y to test, bytes."""
    import gzip

    import numpy as np

    held = []
    for part in ("train", "t10k"):
        x = np.frombuffer(gzip.decompress((data_folder() / "mnist" / f"{part}-images-idx3-ubyte.gz").read_bytes())[16:], np.uint8)
        y = np.frombuffer(gzip.decompress((data_folder() / "mnist" / f"{part}-labels-idx1-ubyte.gz").read_bytes())[8:], np.uint8)
        held += [x.reshape(-1, 784), y.astype(np.int32)]
    return held[0][:ROWS], held[1][:ROWS], held[2], held[3]


def race(fit) -> None:
    """Fit twice, tell how long the second took and how well it predicts; `fit(x, y)` gives the function from pixels to scores."""
    x, y, x_test, y_test = pixels()
    for _ in range(2):
        began = time.perf_counter()
        scores = fit(x, y)
        took = time.perf_counter() - began
    tell(fit_s=took, accuracy=float((scores(x_test).argmax(1) == y_test).mean()))


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    from neuralzoo.zoo import ExtremeLearningMachine

    def fit(x, y):
        machine = ExtremeLearningMachine(UNITS, scale=SCALE, ridge=RIDGE, precision="single")
        machine.fit(x, y, batch_size=4096, verbose=0)
        return machine.predict

    race(fit)


def drawn():
    """kernel (784, 2000) and bias (2000,), for pixels of 0…255 scaled to -1…1."""
    import numpy as np

    draws = np.random.default_rng(0)
    kernel = draws.uniform(-SCALE / 28, SCALE / 28, (784, UNITS)).astype(np.float32)
    return kernel, draws.uniform(-SCALE / 2, SCALE / 2, UNITS).astype(np.float32)


@contenders.add("NumPy, normal equations", "numpy", "scipy", name="numpy_equations")
def numpy_equations() -> None:
    import numpy as np
    from scipy.linalg import cho_factor, cho_solve

    def fit(x, y):
        kernel, bias = drawn()

        def features(x):
            h = (x * np.float32(2 / 255) - 1) @ kernel
            h += bias
            np.negative(h, out=h)
            np.exp(h, out=h)
            h += 1
            return np.reciprocal(h, out=h)

        h = features(x)
        gram, moment = (h.T @ h).astype(np.float64), (h.T @ np.eye(10, dtype=np.float32)[y]).astype(np.float64)
        weights = cho_solve(cho_factor(gram + RIDGE * np.eye(UNITS)), moment)
        return lambda x: features(x) @ weights

    race(fit)


@contenders.add("hpelm", "hpelm", once=True)
def hpelm() -> None:
    import numpy as np
    from hpelm import ELM

    def fit(x, y):
        kernel, bias = drawn()
        machine = ELM(784, 10, classification="c", batch=4096, norm=RIDGE, precision="single")
        machine.add_neurons(UNITS, "sigm", kernel, bias)
        scale = lambda x: x * np.float32(2 / 255) - 1  # noqa: E731
        machine.train(scale(x), np.eye(10, dtype=np.float32)[y], "c")
        return lambda x: machine.predict(scale(x))

    race(fit)
