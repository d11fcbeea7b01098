"""The networks a study solves for instead of training them: what comes before the last layer is drawn, or placed among the rows."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.study.networks import OUTPUTS, SHARE, batch_size, measured, power
from neuralzoo.study.problem import Problem, Skip
from neuralzoo.study.records import Candidate, ClosedForm, Trained

if TYPE_CHECKING:
    from neuralzoo.study.train import Sides

RIDGES = (1e-6, 1e-4, 1e-2, 1.0)  # penalties that are tried, for each training row
STEEPEST = 6.0  # logarithm of the largest factor between scores and the arguments of softmax or sigmoid
JUDGED = 2000  # training rows at most that are left out, one by one
BATCH, NUMBERS = 1024, 2**23  # rows in a batch, and what their features may be together
FEW, SOME = 40, 10_000  # rows that are too few; rows that show whether all are repeated
SPANS = 4  # parts of a sequence in which a reservoir's states are averaged
SHORTEST = 4  # steps
LEAK = 0.3  # of a reservoir
STATES = 4e7  # numbers of a reservoir's states in a second

Front = Callable[[np.ndarray], list[Any]]  # the training rows -> the layers before the last


def extreme(problem: Problem) -> Candidate | Skip:
    """An extreme learning machine: one wide layer that stays as it was drawn."""
    units = power(problem.rows / 3, 32, 1024)
    if problem.rows < FEW:
        return Skip("extreme learning machine", f"{problem.rows} training rows are too few to tell random features apart")

    def front(x: np.ndarray) -> list[Any]:
        from neuralzoo.initializers import LecunNormal, RandomUniform
        from neuralzoo.layers import Dense, Flatten

        drawn = {"kernel_initializer": LecunNormal(), "bias_initializer": RandomUniform(-1.0, 1.0), "trainable": False}
        return [*([Flatten()] if len(problem.shape) > 1 else []), Dense(units, activation="tanh", **drawn)]

    count = (units + 1) * problem.outputs
    reason = f"{units} random features, only the last layer is solved for: {measured(count, problem.rows)}, no rate to choose"
    told = {"random units": units, "weights": (problem.features + 1) * units + count}
    return solved(problem, f"ELM {units}", reason, front, ClosedForm(batch=BATCH), told)


def radial(problem: Problem) -> Candidate | Skip:
    """A network of radial units around the centres of clusters of the rows."""
    units = power(problem.rows / 6, 8, 256)
    if problem.rows < FEW:
        return Skip("RBF network", f"{problem.rows} training rows are too few for clusters among them")

    def front(x: np.ndarray) -> list[Any]:
        import jax.numpy as jnp

        from neuralzoo.layers import RadialBasis
        from neuralzoo.zoo.centers import by_k_means, widths_of

        places = min(units, len(np.unique(x[:SOME], axis=0)))  # where rows are repeated, more clusters would coincide
        centers = by_k_means(x, places, problem.seed)
        widths = jnp.asarray(widths_of(centers, "nearest", 2), jnp.float32)
        return [RadialBasis(places).set(centers=jnp.asarray(centers, jnp.float32), widths=widths)]

    def wider(net: Any, factor: float) -> Any:
        units = net.layers[0]
        return net.set(layers=(units.set(widths=factor * units.widths), *net.layers[1:]))

    count = (units + 1) * problem.outputs
    reason = f"{units} places among the rows, each answers to what is near it: {measured(count, problem.rows)}, no rate to choose"
    told = {"radial units": units, "weights": (problem.features + 1) * units + count}
    form = ClosedForm("width, in distances to the next centers", (1.0, 2.0, 4.0, 8.0), wider, BATCH)
    return solved(problem, f"RBF network {units}", reason, front, form, told)


def echo_state(problem: Problem) -> Candidate | Skip:
    """An echo state network: a reservoir of random recurrent units, whose states are averaged over parts of the sequence."""
    steps, channels = problem.shape
    units = power(problem.rows / 8, 32, 128)
    name = f"echo state network {units}"
    if problem.rows < FEW or steps < SHORTEST:
        few = f"{problem.rows} training sequences" if problem.rows < FEW else f"{steps} steps"
        return Skip(name, f"{few} are too few for a random reservoir")
    spans = SPANS if steps >= SPANS * SHORTEST else 1
    seconds = 3 * problem.rows * steps * units / STATES
    if seconds > problem.budget / SHARE:
        return Skip(name, f"it would take about {seconds:.0f} s: give it time with --budget {math.ceil(seconds * SHARE)}")

    def front(x: np.ndarray) -> list[Any]:
        from neuralzoo.layers import AveragePooling1D, Flatten, Recurrent
        from neuralzoo.layers.reservoir import ReservoirCell

        cell = ReservoirCell(units, leak=LEAK, input_scaling=channels**-0.5, bias_scaling=0.2)
        return [Recurrent(cell, return_sequences=True), AveragePooling1D(steps // spans), Flatten()]

    def louder(net: Any, factor: float) -> Any:
        reservoir = net.layers[0]
        heard = reservoir.set(cell=reservoir.cell.set(kernel=factor * reservoir.cell.kernel))
        return net.set(layers=(heard, *net.layers[1:]))

    count = (spans * units + 1) * problem.outputs
    reason = f"{units} random units echo the {steps} steps, only the last layer is solved for: {measured(count, problem.rows)}"
    weights = (channels + round(units / 10) + 1) * units + count  # each unit hears a tenth of the others
    batch = max(1, min(BATCH, NUMBERS // (steps * units)))
    form = ClosedForm("strength of the inputs", (0.3, 1.0, 3.0), louder, batch)
    return solved(problem, name, reason, front, form, {"reservoir units": units, "spans": spans, "weights": weights})


def solved(problem: Problem, name: str, reason: str, front: Front, form: ClosedForm, told: dict[str, Any]) -> Candidate:
    """A candidate of layers that learn nothing, and a last one by least squares; `told` are settings for the report."""

    def make(x: np.ndarray, outputs: int) -> Any:
        from neuralzoo.layers import Dense
        from neuralzoo.learn.least_squares import LeastSquares
        from neuralzoo.train.sequential import Sequential

        model = Sequential([*front(x), Dense(outputs)], name, problem.seed)
        model.compile(learner=LeastSquares())
        return model

    return Candidate(name, "network", reason, make, {"learner": "least squares", **told}, closed_form=form)


def solve(candidate: Candidate, sides: "Sides", problem: Problem) -> Trained:
    """Sum over the training rows once for each factor; it, the ridge and the steepness suit training rows that were left out.

    Not the validation rows: on these it is compared with networks that never chose by them, and where it gets all of them right they
    would make its probabilities as sure as can be.
    """
    from neuralzoo.learn.least_squares import LeastSquares, as_outputs, leave_one_out, normal_equations, with_read_out
    from neuralzoo.study.train import class_weight, few_threads

    form, x, y = candidate.closed_form, sides.x["train"], sides.y["train"]
    assert form is not None
    targets = y if problem.task == "multiclass" else y.astype(np.float32)
    weight = class_weight(y) if problem.balanced else None
    batch = max(batch_size(len(x)), min(form.batch, len(x)))
    judged = np.sort(np.random.default_rng(problem.seed).permutation(len(x))[:JUDGED])
    wanted = np.asarray(as_outputs(targets[judged], problem.outputs), np.float64)
    share = np.array([weight[int(k)] for k in y[judged]]) if weight else np.ones(len(judged))
    fits = []
    with few_threads(x.size):
        model = candidate.make(x, problem.outputs)
        model.build(x)
        drawn = model.net
        for factor in form.factors:
            model.net = form.changed(drawn, factor)
            model.compile(learner=LeastSquares())
            model.fit(x, targets, batch_size=batch, class_weight=weight, verbose=0)
            equations, h = normal_equations(model.memo), _features(model.net, x[judged], batch)
            for ridge in RIDGES:
                weights, left_out = leave_one_out(equations, h, wanted, share, ridge * len(x), bias=True)
                loss, steep = _steepness(left_out, y[judged], problem.task)
                fits.append((loss, steep, ridge, factor, model.net, weights))
    _, steep, ridge, factor, net, weights = min(fits, key=lambda fit: fit[0])
    model.net = _answering(with_read_out(net, weights), steep, problem.task)
    _, loss, metric = OUTPUTS[problem.task]
    model.compile("adam", loss, [metric])  # for who trains on
    settings = candidate.settings | {"ridge for each row": ridge} | ({form.factor: factor} if form.factor else {})
    return Trained(replace(candidate, settings=settings), model, {}, parameters=model.count_params())


def _features(net: Any, x: np.ndarray, batch: int) -> np.ndarray:
    """What the layers before the last give, `(rows, features + 1)`, ones in the last column."""
    import jax

    from neuralzoo.core.composite import Chain

    front = jax.jit(lambda layers, x: Chain(layers)(x))
    h = np.concatenate([np.asarray(front(net.layers[:-1], x[k : k + batch]), np.float64) for k in range(0, len(x), batch)])
    return np.concatenate([h, np.ones((len(h), 1))], axis=1)


def _steepness(scores: np.ndarray, y: np.ndarray, task: str) -> tuple[float, float]:
    """The loss of scores `(rows, outputs)`, and their factor that makes it least.

    The loss is that of n rows and one more of each class, with the same scores: where all n are right, the factor stays finite; after
    J. Platt, "Probabilistic outputs for support vector machines", 1999.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_expit, log_softmax

    if task == "regression":
        return float(np.mean((scores - y.reshape(scores.shape)) ** 2)), 1.0
    classes = scores.shape[1] if task == "multiclass" else 2
    hits = np.eye(classes)[y.reshape(-1)]
    wanted = (len(y) * hits + 1) / (len(y) + classes)

    def loss(exponent: float) -> float:
        steep = np.exp(exponent) * (scores if task == "multiclass" else 2 * scores - 1)
        logs = log_softmax(steep, axis=1) if task == "multiclass" else log_expit(np.concatenate([-steep, steep], axis=1))
        return -float(np.mean((wanted * logs).sum(axis=1)))

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
