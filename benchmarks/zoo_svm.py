"""Support vector machines on MNIST: the radial kernel on its first 5,000 rows, and the linear machine on all 60,000.

Pixels are divided by 255. Radial: C = 5, gamma = "scale", ten classes one against one, tolerance 1e-3. Linear: C = 1, squared hinge, each
class against the rest, the bias among the weights. Time is that of `fit` alone.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.contender import CACHED, Contenders, quick, tell
from benchmarks.table import Column, Target, at_most

ROWS, MANY, FITS = 5000, 6000 if quick() else 60_000, 2 if quick() else 3

TITLE = "Support vector machines on MNIST"
ROUNDS = 2
MAIN = "kernel_s"
REFERENCE = "neuralzoo"
COLUMNS = (
    Column("kernel_s", "s, radial kernel, 5,000 rows", 2),
    Column("kernel_first_s", "s with compiling", 2),
    Column("kernel_accuracy", "its test accuracy", 4),
    Column("linear_s", "s, linear, 60,000 rows", 2),
    Column("linear_first_s", "s with compiling", 2),
    Column("linear_objective", "its objective", 1),
    Column("linear_accuracy", "its test accuracy", 4),
)
NOTES = (
    "Seconds of `fit`; the first one in a process compiles, or loads what an earlier process compiled. The linear objective is "
    "Σ ½‖w‖² + C Σ max(0, 1 − y w·x)² over the ten classes, computed alike for all in float64: the least that there is is 42,592.30. "
    "SGDClassifier stops far from it."
)

contenders = Contenders()


def needs_data() -> str:
    """Why this cannot run here, or nothing."""
    folder = os.environ.get("NEURALZOO_DATA")
    return "" if folder and (Path(folder) / "mnist").is_dir() else "set NEURALZOO_DATA to a folder that has mnist/ in it"


def targets() -> list[Target]:
    return [
        at_most("kernel_s", "neuralzoo", 1.5, ["sklearn"], "the radial machine within 1.5 times of LIBSVM"),
        at_most("linear_s", "neuralzoo", 1 / 5, ["sklearn"], "the linear machine 5 times as fast as LIBLINEAR"),
        at_most("linear_objective", "neuralzoo", 1.0001, ["sklearn"], "at its objective"),
        at_most("linear_s", "neuralzoo", 1.0, ["sklearn_sgd"], "as fast as SGDClassifier, which stops early"),
    ]


def rows() -> Any:
    import numpy as np

    from neuralzoo.datasets import mnist

    (x, y), (x_test, y_test) = mnist.load_data()
    flat = lambda a: (a.reshape(len(a), -1) / 255).astype(np.float32)  # noqa: E731
    return flat(x), y.astype(int), flat(x_test), y_test


def race(name: str, some: int, fits: int, make: Callable[[], Any], weights: Any = None, **settings: Any) -> None:
    """Fit new machines on the first `some` rows; tell the times, the accuracy on the test rows and the linear objective.

    Of one that compiles, with `fits` above 1, the first time is told apart.
    """
    import numpy as np

    x, y, x_test, y_test = rows()
    x, y = x[:some], y[:some]
    for i in range(fits):
        machine = make()
        began = time.perf_counter()
        machine.fit(x, y, **settings)
        tell(**{f"{name}_first_s" if fits > 1 and i == 0 else f"{name}_s": time.perf_counter() - began})
    tell(**{f"{name}_accuracy": float(np.mean(getattr(machine, "classify", machine.predict)(x_test) == y_test))})
    if weights is not None:
        w, bias = (np.asarray(a, np.float64) for a in weights(machine))
        violations = np.maximum(1 - np.where(y[:, None] == np.arange(10), 1, -1) * (x.astype(np.float64) @ w + bias), 0)
        tell(**{f"{name}_objective": float(0.5 * (np.sum(w**2) + np.sum(bias**2)) + np.sum(violations**2))})


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    from neuralzoo.zoo import LinearSupportVectorMachine, SupportVectorMachine

    race("kernel", ROWS, FITS, lambda: SupportVectorMachine(5.0), verbose=0)
    race("linear", MANY, FITS, LinearSupportVectorMachine, lambda machine: machine.get_weights(), verbose=0)


def of_scikit(machine: Any) -> Any:
    """Weights and bias of one of scikit-learn's linear machines."""
    return machine.coef_.T, machine.intercept_


@contenders.add("scikit-learn: SVC (LIBSVM), LinearSVC (LIBLINEAR)", "sklearn", "neuralzoo")
def sklearn() -> None:
    from sklearn.svm import SVC, LinearSVC

    race("kernel", ROWS, 1, lambda: SVC(C=5.0))
    race("linear", MANY, 1, LinearSVC, of_scikit)


@contenders.add("scikit-learn: SGDClassifier, hinge", "sklearn", "neuralzoo")
def sklearn_sgd() -> None:
    from sklearn.linear_model import SGDClassifier

    race("linear", MANY, 1, lambda: SGDClassifier(random_state=0), of_scikit)
