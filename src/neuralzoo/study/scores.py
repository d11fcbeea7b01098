"""Held-out scores of all bootstrap draws at once: a draw is a row of weights, how often each test row was drawn."""

from collections.abc import Iterator

import numpy as np

from neuralzoo.study.records import Task

HIGHER_IS_BETTER = {
    "accuracy": True,
    "balanced accuracy": True,
    "ROC AUC": True,
    "F1": True,
    "macro F1": True,
    "log loss": False,
    "RMSE": False,
    "MAE": False,
    "R²": True,
}
METRICS: dict[str, tuple[str, ...]] = {
    "binary": ("accuracy", "balanced accuracy", "ROC AUC", "F1", "log loss"),
    "multiclass": ("accuracy", "balanced accuracy", "macro F1", "log loss"),
    "regression": ("RMSE", "MAE", "R²"),
}
BLOCK = 2_000_000  # weights held at once
DRAWS = 1000
WORK = 200_000_000  # rows drawn in all: beyond 200,000 test rows there are fewer draws, whose intervals are narrow anyway


def draw_weights(truth: np.ndarray, task: Task, seed: int, draws: int = DRAWS) -> Iterator[np.ndarray]:
    """Blocks `(some draws, rows)` of how often each row is drawn with replacement; within its class for classes.

    Efron and Tibshirani 1993, "An introduction to the bootstrap". The same seed gives the same draws to every candidate,
    which is what makes their differences paired.
    """
    n, rng = len(truth), np.random.default_rng(seed)
    draws = max(min(draws, WORK // max(n, 1)), 100)
    strata = [np.arange(n)] if task == "regression" else [np.flatnonzero(truth == k) for k in np.unique(truth)]
    block = max(BLOCK // max(n, 1), 1)
    for start in range(0, draws, block):
        count = min(block, draws - start)
        weights = np.zeros((count, n))
        for rows in strata:
            drawn = rng.integers(len(rows), size=(count, len(rows))) + len(rows) * np.arange(count)[:, None]
            weights[:, rows] = np.bincount(drawn.ravel(), minlength=count * len(rows)).reshape(count, len(rows))
        yield weights


def score_draws(truth: np.ndarray, outputs: np.ndarray, task: Task, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Every metric of the task, `(draws,)` each; weights of one row of ones give the scores themselves."""
    if task == "regression":
        return _regression_scores(np.asarray(truth, float), np.asarray(outputs, float).reshape(len(truth)), weights)
    return _class_scores(np.asarray(truth), np.asarray(outputs, float), task, weights)


def plain_scores(truth: np.ndarray, outputs: np.ndarray, task: Task) -> dict[str, float]:
    """Every metric of the task on these rows."""
    return {name: float(v[0]) for name, v in score_draws(truth, outputs, task, np.ones((1, len(truth)))).items()}


def row_losses(truth: np.ndarray, outputs: np.ndarray, task: Task) -> np.ndarray:
    """Each row's own loss: minus the log of the true class's probability, or the absolute error."""
    if task == "regression":
        return np.abs(np.asarray(outputs, float).reshape(len(truth)) - truth)
    p = np.asarray(outputs, float)
    p = p / np.maximum(p.sum(axis=1, keepdims=True), 1e-300)
    return -np.log(np.clip(p[np.arange(len(truth)), truth], np.finfo(float).eps, 1.0))


def _class_scores(truth: np.ndarray, outputs: np.ndarray, task: Task, weights: np.ndarray) -> dict[str, np.ndarray]:
    predicted, total = outputs.argmax(axis=1), weights.sum(axis=1)
    classes = np.union1d(truth, predicted)
    is_true, is_predicted = (truth[:, None] == classes).astype(float), (predicted[:, None] == classes).astype(float)
    hits, true, called = weights @ (is_true * is_predicted), weights @ is_true, weights @ is_predicted
    present = is_true.any(axis=0)  # classes that no test row has, have no recall
    f1 = 2 * hits / np.maximum(true + called, 1e-12)
    scores = {
        "accuracy": hits.sum(axis=1) / total,
        "balanced accuracy": (hits[:, present] / np.maximum(true[:, present], 1e-12)).mean(axis=1),
    }
    if task == "binary":
        positive = np.flatnonzero(classes == 1)
        scores["ROC AUC"] = _auc(truth == 1, outputs[:, 1], weights)
        scores["F1"] = f1[:, positive[0]] if len(positive) else np.zeros(len(weights))
    else:
        scores["macro F1"] = f1.mean(axis=1)
    return scores | {"log loss": weights @ row_losses(truth, outputs, task) / total}


def _auc(positive: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The chance that a positive row scores above a negative one, ties counting half (Mann and Whitney 1947)."""
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) > 0])  # rows of equal score form one group
    above = np.add.reduceat(weights[:, order] * positive[order], starts, axis=1)
    below = np.add.reduceat(weights[:, order] * ~positive[order], starts, axis=1)
    pairs = above.sum(axis=1) * below.sum(axis=1)
    wins = (above * (np.cumsum(below, axis=1) - below / 2)).sum(axis=1)
    return np.where(pairs > 0, wins / np.maximum(pairs, 1e-12), np.nan)


def _regression_scores(truth: np.ndarray, predicted: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    total, error, centred = weights.sum(axis=1), predicted - truth, truth - truth.mean()
    squares, mean = weights @ error**2 / total, weights @ centred / total
    spread = weights @ centred**2 / total - mean**2
    r2 = np.where(spread > 0, 1 - squares / np.where(spread > 0, spread, 1), np.nan)
    return {"RMSE": np.sqrt(squares), "MAE": weights @ np.abs(error) / total, "R²": r2}


def fixed(value: float | None) -> str:
    """A score: three decimals below ten, so that columns of scores line up, else one or none.

    >>> fixed(0.93), fixed(-12.345), fixed(12345.6)
    ('0.930', '−12.3', '12,346')
    """
    if value is None or value != value:
        return "–"
    digits = 3 if abs(value) < 9.9995 else 1 if abs(value) < 999.95 else 0
    return f"{value:,.{digits}f}".replace("-", "−")
