"""The dense networks a study tries: makers of compiled, unfitted models, sized by the rows, inputs and classes of the data."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from neuralzoo.study.problem import Problem, Skip
from neuralzoo.study.records import Candidate

FLOPS = 8e10  # a second, on two cores
STEP_SECONDS = 3e-5  # of a step, however small
EPOCH_SECONDS = 4e-3  # of an epoch: validation and callbacks
EPOCHS = 300  # at most
LEAST_EPOCHS = 5
SHARE = 4  # networks that share the budget
LARGE_ROWS, RESIDUAL_ROWS = 400, 2000


def single_layer(problem: Problem) -> Candidate:
    kind = {"binary": "one sigmoid unit", "multiclass": f"{problem.outputs} softmax units", "regression": "one linear unit"}[problem.task]
    return _candidate(problem, "single-layer network", f"{kind}, no hidden layer: what a perceptron can do", list, [])


def small(problem: Problem) -> Candidate:
    units = small_units(problem)
    reason = f"one hidden layer of {units}: {measured(weights(problem, [units]), problem.rows)}"
    return _candidate(problem, f"MLP {units}", reason, lambda: _dense([units]), [units])


def medium(problem: Problem) -> Candidate:
    first = power(4 * small_units(problem), 64, 256)
    units = [first, first // 2]
    reason = f"two hidden layers: {measured(weights(problem, units), problem.rows)}, held back by dropout"
    return _candidate(problem, f"MLP {first}-{first // 2}", reason, lambda: _dense(units, dropout=0.2), units)


def large(problem: Problem) -> Candidate | Skip:
    first = power(8 * small_units(problem), 128, 512)
    units = [first, first // 2, first // 4]
    name = "MLP " + "-".join(map(str, units))
    if problem.rows < LARGE_ROWS:
        return Skip(f"{name} BN", f"{problem.rows} training rows for {weights(problem, units)} weights: it would learn them by heart")
    reason = "three hidden layers with batch normalization, which keeps deeper networks learning"
    return _candidate(problem, f"{name} BN", reason, lambda: _dense(units, dropout=0.3, normalise=True), units)


def residual(problem: Problem) -> Candidate | Skip:
    units = power(4 * small_units(problem), 64, 256)
    if problem.rows < RESIDUAL_ROWS:
        return Skip("residual MLP", f"{problem.rows} training rows: depth pays from some {RESIDUAL_ROWS}")

    def layers() -> list[Any]:
        from neuralzoo.layers import BatchNormalization, Dense, Dropout, Layer, Residual

        def body() -> tuple[Layer, ...]:
            return BatchNormalization(momentum=0.9), Dense(units, activation="relu"), Dropout(0.1), Dense(units)

        return [Dense(units), Residual(body()), Residual(body()), BatchNormalization(momentum=0.9)]

    reason = f"two residual blocks of {units}: deeper, with a straight way past each block"
    return _candidate(problem, f"residual MLP {units}", reason, layers, [units] * 5)


def _candidate(problem: Problem, name: str, reason: str, hidden: Callable[[], list[Any]], units: list[int]) -> Candidate:
    """A network of some hidden dense layers; example axes are flattened before them."""

    def layers() -> list[Any]:
        from neuralzoo.layers import Flatten

        return [*([Flatten()] if len(problem.shape) > 1 else []), *hidden()]

    count = weights(problem, units)
    return network(problem, name, reason, layers, Size(count, count), learning_rate(problem.rows, units), {"hidden units": units})


@dataclass(frozen=True)
class Size:
    """How large a network is: the numbers it holds, and its multiplications for one example."""

    weights: int
    work: int


def network(
    problem: Problem, name: str, reason: str, layers: Callable[[], list[Any]], size: Size, rate: float, told: dict[str, Any]
) -> Candidate:
    """A candidate of these layers and an output layer that fits the task; `told` are settings for the report."""
    batch = batch_size(problem.rows)
    epochs = affordable_epochs(problem, size.work, batch)
    settings: dict[str, Any] = {
        "optimizer": "adam",
        "learning rate": rate,
        "batch size": batch,
        "epochs": epochs,
        "patience": max(5, min(25, epochs // 4)),
        **told,
        "weights": size.weights,
    }

    def make(x: Any, outputs: int) -> Any:
        from neuralzoo.layers import Dense
        from neuralzoo.learn.optimizers import Adam
        from neuralzoo.train.sequential import Sequential

        out, loss, metric = OUTPUTS[problem.task]
        model = Sequential([*layers(), Dense(outputs, activation=out)], name, problem.seed)
        model.compile(Adam(settings["learning rate"]), loss, [metric])
        return model

    return Candidate(name, "network", reason, make, settings)


OUTPUTS = {  # task → activation of the output layer, loss, metric
    "binary": ("sigmoid", "binary_crossentropy", "accuracy"),
    "multiclass": ("softmax", "sparse_categorical_crossentropy", "accuracy"),
    "regression": ("linear", "mse", "mae"),
}


def _dense(units: list[int], dropout: float = 0.0, normalise: bool = False) -> list[Any]:
    from neuralzoo.layers import Activation, BatchNormalization, Dense, Dropout

    layers: list[Any] = []
    for n in units:
        layers += [Dense(n), BatchNormalization(momentum=0.9), Activation("relu")] if normalise else [Dense(n, activation="relu")]
        layers += [Dropout(dropout)] if dropout else []
    return layers


def small_units(problem: Problem) -> int:
    """The power of two from 8 to 64 at which one hidden layer has about as many weights as there are rows."""
    return power(problem.rows / (problem.features + problem.outputs + 1), 8, 64)


def weights(problem: Problem, units: list[int]) -> int:
    """Numbers that dense layers of these sizes hold, biases included."""
    sizes = [problem.features, *units, problem.outputs]
    return sum((a + 1) * b for a, b in pairwise(sizes))


def batch_size(rows: int) -> int:
    """Rows in a batch: enough steps an epoch on small data, enough work a step on large.

    >>> [batch_size(n) for n in (120, 1400, 20_000, 60_000)]
    [16, 32, 64, 128]
    """
    return 16 if rows < 500 else 32 if rows < 5000 else 64 if rows < 50_000 else 128


def learning_rate(rows: int, units: list[int]) -> float:
    """Adam's usual 0.001, more where an epoch has few steps or nothing but one convex valley."""
    rate = 1e-3 if units else 1e-2 if rows < 5000 else 2e-3
    return 5 * rate if rows < 300 else rate


def affordable_epochs(problem: Problem, work: int, batch: int) -> int:
    """Epochs that fit the share of the budget, `work` being the multiplications for one example.

    By estimate, never by the clock: the same seed then gives the same study.
    """
    return max(LEAST_EPOCHS, min(EPOCHS, int(problem.budget / SHARE / epoch_seconds(problem, work, batch))))


def epoch_seconds(problem: Problem, work: int, batch: int) -> float:
    """What an epoch takes, as estimated."""
    return EPOCH_SECONDS + math.ceil(problem.rows / batch) * (STEP_SECONDS + 6 * work * batch / FLOPS)


def measured(count: int, rows: int) -> str:
    """How many weights, against how many rows.

    >>> measured(1211, 1437), measured(9000, 120)
    ('1211 weights, about as many as rows', '9000 weights, 75 for each row')
    """
    ratio = count / rows
    shown = f"{count} weights, "
    if ratio >= 1.8:
        return f"{shown}{ratio:.0f} for each row"
    return shown + ("about as many as rows" if ratio >= 0.6 else f"one for {1 / ratio:.0f} rows")


def power(value: float, low: int, high: int) -> int:
    """The power of two nearest to `value`, between two others."""
    return max(low, min(high, 2 ** round(math.log2(max(value, 1)))))
