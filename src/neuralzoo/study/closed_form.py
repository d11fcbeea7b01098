"""The networks a study solves for instead of training them: random features with the last layer by least squares."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.study.networks import OUTPUTS, batch_size, measured, power
from neuralzoo.study.problem import Problem, Skip
from neuralzoo.study.records import Candidate, Trained

if TYPE_CHECKING:
    from neuralzoo.study.train import Sides

RIDGES = (1e-6, 1e-4, 1e-2, 1.0)  # penalties that are tried, for each training row
STEEPEST = 6.0  # logarithm of the largest factor between scores and the arguments of softmax or sigmoid
BATCH = 1024
FEW = 40  # rows


def extreme(problem: Problem) -> Candidate | Skip:
    """An extreme learning machine: one wide layer that stays as it was drawn."""
    units = power(problem.rows / 3, 32, 1024)
    if problem.rows < FEW:
        return Skip("extreme learning machine", f"{problem.rows} training rows are too few to tell random features apart")

    def layers() -> list[Any]:
        from neuralzoo.initializers import LecunNormal, RandomUniform
        from neuralzoo.layers import Dense, Flatten

        drawn = {"kernel_initializer": LecunNormal(), "bias_initializer": RandomUniform(-1.0, 1.0), "trainable": False}
        return [*([Flatten()] if len(problem.shape) > 1 else []), Dense(units, activation="tanh", **drawn)]

    count = (units + 1) * problem.outputs
    reason = f"{units} random features, only the last layer is solved for: {measured(count, problem.rows)}, no rate to choose"
    return solved(problem, f"ELM {units}", reason, layers, (problem.features + 1) * units + count, {"random units": units})


def solved(problem: Problem, name: str, reason: str, layers: Callable[[], list[Any]], weights: int, told: dict[str, Any]) -> Candidate:
    """A candidate of these layers, which learn nothing, and a last one by least squares."""

    def make(spec: Any, outputs: int) -> Any:
        from neuralzoo.layers import Dense
        from neuralzoo.learn.least_squares import LeastSquares
        from neuralzoo.train.sequential import Sequential

        model = Sequential([*layers(), Dense(outputs)], name, problem.seed)
        model.compile(learner=LeastSquares())
        return model

    return Candidate(name, "network", reason, make, {"learner": "least squares", **told, "weights": weights}, closed_form=True)


def solve(candidate: Candidate, sides: "Sides", problem: Problem) -> Trained:
    """Sum over the training rows once; the ridge and the steepness of the probabilities are those that suit the validation rows."""
    from neuralzoo.learn.least_squares import LeastSquares
    from neuralzoo.study.train import class_weight

    x, y = sides.x["train"], sides.y["train"]
    model = candidate.make(None, problem.outputs)
    targets = y if problem.task == "multiclass" else y.astype(np.float32)
    weight = class_weight(y) if problem.balanced else None
    model.fit(x, targets, batch_size=max(batch_size(len(x)), min(BATCH, len(x))), class_weight=weight, verbose=0)
    fits = []
    for share in RIDGES:
        model.net = LeastSquares(share * len(x)).finish(model.net, model.memo)
        scores = np.asarray(model.predict(sides.x["validation"], verbose=0), np.float64)
        fits.append((*_steepness(scores, sides.y["validation"], problem.task), share))
    _, steep, share = min(fits)
    model.net = _answering(LeastSquares(share * len(x)).finish(model.net, model.memo), steep, problem.task)
    _, loss, metric = OUTPUTS[problem.task]
    model.compile("adam", loss, [metric])  # for who trains on
    settings = candidate.settings | {"ridge for each row": share}
    return Trained(replace(candidate, settings=settings), model, {}, parameters=model.count_params())


def _steepness(scores: np.ndarray, y: np.ndarray, task: str) -> tuple[float, float]:
    """The loss on validation rows, and the factor of the scores that makes it least."""
    from scipy.optimize import minimize_scalar
    from scipy.special import log_expit, log_softmax

    if task == "regression":
        return float(np.mean((scores.reshape(-1) - y.reshape(-1)) ** 2)), 1.0

    def loss(exponent: float) -> float:
        if task == "multiclass":
            return -float(np.mean(log_softmax(np.exp(exponent) * scores, axis=1)[np.arange(len(y)), y]))
        return -float(np.mean(log_expit(np.exp(exponent) * (2 * scores[:, 0] - 1) * (2 * y.reshape(-1) - 1))))

    found: Any = minimize_scalar(loss, bounds=(0.0, STEEPEST), method="bounded")
    return float(found.fun), float(np.exp(found.x))


def _answering(net: Any, steep: float, task: str) -> Any:
    """The network with probabilities for scores: 0 and 1 were its targets, so a half is where two classes meet."""
    last = net.layers[-1]
    if task == "multiclass":
        last = last.set(kernel=steep * last.kernel, bias=steep * last.bias, activation="softmax")
    elif task == "binary":
        last = last.set(kernel=2 * steep * last.kernel, bias=steep * (2 * last.bias - 1), activation="sigmoid")
    return net.set(layers=(*net.layers[:-1], last))
