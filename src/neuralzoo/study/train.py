"""Step three: one candidate after the other is fitted on the training rows; validation rows say when a network stops."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.errors import NeuralzooError
from neuralzoo.data.splits import SIDES
from neuralzoo.study import baselines
from neuralzoo.study.closed_form import solve
from neuralzoo.study.problem import Problem
from neuralzoo.study.records import Candidate, Trained

if TYPE_CHECKING:
    from neuralzoo.study.prepare import Preparation

LIMIT = 300.0  # seconds after which a network is stopped where it is
SLOWER = 0.1  # the second try's rate, of the first
THREADED = 1_000_000  # numbers from which scikit-learn gains by threads
ASSESS_ROWS = 1024  # in one validation batch

Tell = Callable[[int, int, dict[str, Any]], None]  # (epoch, of how many, readings)


@dataclass(frozen=True)
class Sides:
    """The prepared numbers of "train", "validation" and "test": inputs, and targets as codes or standardised values."""

    x: dict[str, np.ndarray]
    y: dict[str, np.ndarray]

    @staticmethod
    def of(dataset: Any, preparation: "Preparation", rows: dict[str, np.ndarray]) -> "Sides":
        """The rows of a data set, transformed."""
        x = {side: preparation.transform_noting(dataset.take(rows[side]))[0] for side in SIDES}
        return Sides(x, {side: preparation.encode_target(dataset.y[rows[side]]) for side in SIDES})


def problem_of(sides: Sides, kind: str, task: Any, *, balanced: bool, seed: int, budget: float) -> Problem:
    """What the choice of candidates depends on, read off the training rows."""
    x, y = sides.x["train"], sides.y["train"]
    counts = np.bincount(y) if task != "regression" else np.array([len(y)])
    classes = 1 if task == "regression" else len(counts)
    return Problem(kind, task, len(x), x.shape[1:], classes, int(counts.min()), float(x.std()) or 1.0, balanced, seed, budget)


def train(
    candidate: Candidate,
    sides: Sides,
    problem: Problem,
    preparation: "Preparation",
    *,
    limit: float = LIMIT,
    tell: Tell = lambda epoch, of, logs: None,
) -> Trained:
    """Fit one candidate; whatever goes wrong with it is recorded in `failed` and stops nothing else."""
    began = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-learn's advice on convergence; the scores tell
            fit = _baseline if candidate.kind == "baseline" else _network
            done = fit(candidate, sides, problem, preparation, limit, tell)
        for side, values in done.outputs.items():
            if not np.isfinite(values).all():
                return _failed(candidate, f"its output for {side} rows is not finite", began)
        return replace(done, seconds=time.perf_counter() - began)
    except NeuralzooError as error:
        return _failed(candidate, ": ".join(filter(None, [error.where, error.what])), began)
    except Exception as error:
        return _failed(candidate, f"{type(error).__name__}: {error}".splitlines()[0], began)


def _failed(candidate: Candidate, why: str, began: float) -> Trained:
    return Trained(candidate, None, {}, seconds=time.perf_counter() - began, failed=why)


def _baseline(candidate: Candidate, sides: Sides, problem: Problem, preparation: "Preparation", limit: float, tell: Tell) -> Trained:
    flat = {side: x.reshape(len(x), -1) for side, x in sides.x.items()}
    model = candidate.make()
    with few_threads(flat["train"].size):
        model.fit(flat["train"], sides.y["train"].reshape(-1))
        outputs = {side: baseline_outputs(model, x, problem.task, preparation) for side, x in flat.items()}
    return Trained(candidate, model, outputs, parameters=fitted_numbers(model))


def few_threads(size: int) -> Any:
    """A context in which linear algebra and trees use one thread for `size` numbers that are few, else all cores.

    On little data threads gain nothing, and on a busy machine they wait for each other: gradient boosting of 455 rows took
    0.1 s with one and 5 s with two.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1 if size < THREADED else baselines.cores())


def baseline_outputs(model: Any, x: np.ndarray, task: str, preparation: "Preparation") -> np.ndarray:
    """Probabilities `(rows, classes)`, or values `(rows,)` in the target's own units."""
    flat = x.reshape(len(x), -1)
    return preparation.decode_target(model.predict(flat)) if task == "regression" else model.predict_proba(flat).astype(np.float64)


def _network(candidate: Candidate, sides: Sides, problem: Problem, preparation: "Preparation", limit: float, tell: Tell) -> Trained:
    if candidate.closed_form is not None:
        return _with_outputs(solve(candidate, sides, problem), sides, problem, preparation)
    first = _attempt(candidate, sides, problem, limit, tell)
    if first.failed is None and (first.diagnosis is None or first.diagnosis.name != "rate too high"):
        return _with_outputs(first, sides, problem, preparation)
    rate = candidate.settings["learning rate"] * SLOWER
    why = first.failed or (first.diagnosis.evidence if first.diagnosis else "")
    slower = replace(
        candidate, settings=candidate.settings | {"learning rate": rate, "second try": f"at a tenth of the rate; the first: {why}"}
    )
    second = _attempt(slower, sides, problem, limit, tell)
    if second.failed is not None and first.failed is not None:
        return second
    better = first.failed is not None or (second.failed is None and _best_loss(second) <= _best_loss(first))
    if better:
        return _with_outputs(second, sides, problem, preparation)
    kept = replace(first.candidate, settings=first.candidate.settings | {"second try": f"at a tenth of the rate was no better; {why}"})
    return _with_outputs(replace(first, candidate=kept), sides, problem, preparation)


def _attempt(candidate: Candidate, sides: Sides, problem: Problem, limit: float, tell: Tell) -> Trained:
    """One fit of a network from its seed at the rate in its settings; the outputs are still to come."""
    from neuralzoo.core.errors import NotFiniteError
    from neuralzoo.inspect.curves import diagnose
    from neuralzoo.train.callbacks.stopping import EarlyStopping

    settings, x = candidate.settings, sides.x["train"]
    model = candidate.make(x, problem.outputs)
    model.build(x)
    model.learning_rate = settings["learning rate"]
    stop = EarlyStopping("val_loss", patience=settings["patience"], mode="min")
    clock = _watcher(settings["epochs"], limit, tell)
    try:
        model.fit(
            x,
            sides.y["train"],
            batch_size=settings["batch size"],
            epochs=settings["epochs"],
            verbose=0,
            callbacks=[stop, clock],
            validation_data=(sides.x["validation"], sides.y["validation"]),
            validation_batch_size=ASSESS_ROWS,
            class_weight=class_weight(sides.y["train"]) if problem.balanced else None,
        )
    except NotFiniteError as error:
        return Trained(candidate, None, {}, failed=f"{error.where}: {error.what}")
    history = {name: [float(v) for v in values] for name, values in model.history.history.items()}
    ran = {"epochs run": len(history["loss"]), "best epoch": stop.best_epoch + 1}
    ran |= {"stopped": f"by the clock after {limit:g} s"} if clock.late else {}
    done = replace(candidate, settings=settings | ran)
    said = diagnose(history, metric_is_score=problem.task != "regression", dropout=_is_noisy(model), chance=chance_loss(sides.y["train"]))
    return Trained(done, model, {}, history, said, parameters=model.count_params())


def chance_loss(y: np.ndarray) -> float:
    """The loss of the best constant guess: the entropy of the classes, or the variance of standardised values."""
    if y.dtype.kind == "f":
        return float(np.var(y))
    shares = np.bincount(y) / len(y)
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def _is_noisy(model: Any) -> bool:
    """Whether the network drops units or normalises by batch, so that its training loss may lie above the validation loss."""
    from neuralzoo.core.record import walk
    from neuralzoo.layers import BatchNormalization, Dropout

    return any(isinstance(layer, Dropout | BatchNormalization) for layer in walk(model.net))


def _watcher(epochs: int, limit: float, tell: Tell) -> Any:
    """A callback that tells each epoch and ends training when the time is over."""
    from neuralzoo.train.callbacks.base import Callback

    class Watcher(Callback):
        late = False
        ends = time.perf_counter() + limit

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            tell(epoch + 1, epochs, logs or {})
            if time.perf_counter() > self.ends:
                self.late = self.model.stop_training = True

    return Watcher()


def _with_outputs(done: Trained, sides: Sides, problem: Problem, preparation: "Preparation") -> Trained:
    return replace(done, outputs={side: network_outputs(done.model, x, problem.task, preparation) for side, x in sides.x.items()})


def network_outputs(model: Any, x: np.ndarray, task: str, preparation: "Preparation") -> np.ndarray:
    """Probabilities `(rows, classes)`, two columns for one sigmoid unit; or values `(rows,)` in the target's own units."""
    raw = np.asarray(model.predict(x, verbose=0), np.float64)
    if task == "regression":
        return preparation.decode_target(raw)
    return np.concatenate([1 - raw, raw], 1) if raw.shape[1] == 1 else raw


def _best_loss(trained: Trained) -> float:
    return min(trained.history["val_loss"])


def class_weight(y: np.ndarray) -> dict[int, float]:
    """Weights that let every class count the same: rows / (classes · rows of the class)."""
    counts = np.bincount(y)
    return {k: len(y) / (len(counts) * int(n)) for k, n in enumerate(counts)}


def fitted_numbers(model: Any) -> int | None:
    """How many numbers a scikit-learn estimator has fitted, where that can be told."""
    if getattr(model, "coef_", None) is not None:
        return int(np.size(model.coef_) + np.size(model.intercept_))
    trees = getattr(model, "estimators_", None)
    if trees is not None and getattr(trees[0], "tree_", None) is not None:
        return int(sum(tree.tree_.node_count for tree in trees))
    return None
