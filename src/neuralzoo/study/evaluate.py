"""Step four: what the candidates are worth on rows that none of them has seen.

Networks and baselines are chosen on the *validation* rows and reported on the *test* rows: the best of many scores on the
same rows is too good to be true (Cawley and Talbot 2010, "On over-fitting in model selection").
"""

from collections.abc import Iterator

import numpy as np
from scipy.stats import binomtest

from neuralzoo.core.errors import ArgumentError, DataError, nearest
from neuralzoo.study.records import Comparison, Evaluated, Score, Task, Trained
from neuralzoo.study.scores import HIGHER_IS_BETTER, METRICS, draw_weights, plain_scores, score_draws
from neuralzoo.study.selection import Truth, select

UNBALANCED = 3.0  # the largest class has more than three times the rows of the smallest


def main_metric(task: Task, truth: np.ndarray) -> str:
    """The score that decides: accuracy, balanced accuracy where the classes are unbalanced, RMSE for numbers.

    >>> main_metric("binary", np.array([0] * 90 + [1] * 10))
    'balanced accuracy'
    """
    if task == "regression":
        return "RMSE"
    counts = np.unique(truth, return_counts=True)[1]
    return "balanced accuracy" if counts.max() > UNBALANCED * counts.min() else "accuracy"


def higher_is_better(metric: str) -> bool:
    """Whether a larger value of the metric is the better one."""
    if metric not in HIGHER_IS_BETTER:
        raise ArgumentError(f"there is no metric {metric!r}", remedy=nearest(metric, HIGHER_IS_BETTER))
    return HIGHER_IS_BETTER[metric]


def evaluate(trained: list[Trained], truth: Truth, task: Task, metric: str, seed: int = 0) -> list[Evaluated]:
    """Each candidate's test scores with 95 % intervals, ordered by the *validation* score, ties from simple to complex.

    Candidates that failed are left out; the report lists them with their reason from `trained`.
    """
    _require(truth, task, metric)
    alive = [t for t in trained if t.failed is None]
    draws: list[list[dict[str, np.ndarray]]] = [[] for _ in alive]
    for weights in draw_weights(truth["test"], task, seed):  # the same draws for everybody, made once
        for kept, one in zip(draws, alive, strict=True):
            kept.append(score_draws(truth["test"], one.outputs["test"], task, weights))
    evaluated = []
    for kept, one in zip(draws, alive, strict=True):
        values = plain_scores(truth["test"], one.outputs["test"], task)
        scores = {name: _interval(value, np.concatenate([k[name] for k in kept])) for name, value in values.items() if np.isfinite(value)}
        if "accuracy" in scores:
            scores["accuracy"] = _honest(scores["accuracy"], len(truth["test"]))
        train, validation = (plain_scores(truth[side], one.outputs[side], task)[metric] for side in ("train", "validation"))
        evaluated.append(Evaluated(one.candidate.name, one.candidate.kind, scores, train, validation, one.seconds, one.parameters))
    order = {t.candidate.name: t.candidate.order for t in alive}
    sign = -1 if higher_is_better(metric) else 1
    return sorted(evaluated, key=lambda e: (sign * round(e.validation, 6), order[e.name]))


def compare(trained: list[Trained], truth: Truth, task: Task, metric: str, seed: int = 0) -> Comparison | None:
    """The best network against the best baseline, both chosen on the validation rows, on the same test rows; None where one is missing."""
    _require(truth, task, metric)
    network, baseline = (select(trained, truth, task, metric, kind) for kind in ("network", "baseline"))
    if network is None or baseline is None:
        return None
    why, network, baseline = (network.why, baseline.why), network.trained, baseline.trained
    a, b, y = network.outputs["test"], baseline.outputs["test"], truth["test"]
    difference = difference_score(y, a, b, task, metric, seed)
    p_value, test = _wilcoxon(y, a, b) if task == "regression" else _mcnemar(y, a, b)
    return Comparison(network.candidate.name, baseline.candidate.name, difference, p_value, test, why)


def difference_score(truth: np.ndarray, a: np.ndarray, b: np.ndarray, task: Task, metric: str, seed: int = 0) -> Score:
    """How much better `a` scores than `b` on the same rows (positive is better), with its paired 95 % interval."""
    sign = 1 if higher_is_better(metric) else -1
    value = sign * (plain_scores(truth, a, task)[metric] - plain_scores(truth, b, task)[metric])
    return _interval(value, _difference_draws(truth, a, b, task, metric, seed))


def confusion_counts(truth: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """`(classes, classes)` counts, rows are true classes."""
    classes = outputs.shape[1]
    return np.bincount(truth * classes + outputs.argmax(axis=1), minlength=classes**2).reshape(classes, classes)


def _difference_draws(truth: np.ndarray, a: np.ndarray, b: np.ndarray, task: Task, metric: str, seed: int) -> np.ndarray:
    sign = 1 if higher_is_better(metric) else -1

    def blocks() -> Iterator[np.ndarray]:
        for weights in draw_weights(truth, task, seed):
            yield sign * (score_draws(truth, a, task, weights)[metric] - score_draws(truth, b, task, weights)[metric])

    return np.concatenate(list(blocks()))


def _interval(value: float, draws: np.ndarray) -> Score:
    finite = draws[np.isfinite(draws)]
    low, high = np.quantile(finite, (0.025, 0.975)) if len(finite) else (value, value)
    return Score(float(value), float(min(low, value)), float(max(high, value)))


def _honest(accuracy: Score, rows: int) -> Score:
    """Where no resampling differs (all rows of each class right, or all wrong), the exact binomial interval (Clopper and Pearson 1934)."""
    if accuracy.low < accuracy.high:
        return accuracy
    exact = binomtest(round(accuracy.value * rows), rows).proportion_ci(0.95, method="exact")
    return Score(accuracy.value, float(exact.low), float(exact.high))


def _mcnemar(truth: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[float, str]:
    """Of the rows that only one gets right, is it a fair coin which one (McNemar 1947; exact: binomial)."""
    from scipy.stats import binomtest

    right_a, right_b = a.argmax(axis=1) == truth, b.argmax(axis=1) == truth
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    p_value = float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0
    return p_value, f"McNemar's exact test: {only_a} rows only the network gets right, {only_b} only the baseline"


def _wilcoxon(truth: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[float, str]:
    from scipy.stats import wilcoxon

    errors = np.abs(b - truth) - np.abs(a - truth)
    p_value = float(np.asarray(wilcoxon(errors))[1]) if np.any(errors != 0) else 1.0
    return (
        p_value,
        f"Wilcoxon's signed-rank test of the absolute errors: the network is closer in {(errors > 0).sum()} of {len(errors)} rows",
    )


def _require(truth: Truth, task: Task, metric: str) -> None:
    for side in ("validation", "test"):
        if not len(truth.get(side, ())):
            raise DataError(f"there are no {side} rows", remedy="give all three parts of the split a share, such as 60/20/20")
    if metric not in METRICS[task]:
        raise ArgumentError(f"{metric!r} is no metric for a {task} task", remedy=nearest(metric, METRICS[task]))
