"""Which candidate is judged in the end: chosen on the validation rows, never by a bare maximum.

A validation score is itself a draw. Of candidates that the validation rows cannot tell apart the simplest is taken: the
one-standard-error rule of Breiman, Friedman, Olshen and Stone, *Classification and Regression Trees*, 1984, here with the standard error
of the *paired* difference, since all are scored on the same rows. A single row that two candidates differ in is one standard error.
"""

from dataclasses import dataclass

import numpy as np

from neuralzoo.study.records import Task, Trained
from neuralzoo.study.scores import HIGHER_IS_BETTER, fixed, plain_scores, row_losses

ROUNDING = 1e-9
Truth = dict[str, np.ndarray]  # of "train", "validation", "test": class numbers (rows,) or values (rows,)


@dataclass(frozen=True)
class Selected:
    """The candidate that was taken, and why, in a sentence or two."""

    trained: Trained
    why: str


def best_candidate(trained: list[Trained], truth: Truth, task: Task, metric: str, kind: str | None = None) -> Trained | None:
    """The candidate (of one `kind`) to be judged, see `select`; None where none survived."""
    found = select(trained, truth, task, metric, kind)
    return found.trained if found else None


def select(trained: list[Trained], truth: Truth, task: Task, metric: str, kind: str | None = None) -> Selected | None:
    """The candidate (of one `kind`) to be judged, by the validation rows alone; None where none survived.

    First the main score: whoever falls short of the best by no more than one standard error stays. Among classifiers then the log loss:
    of these, whoever's is worse than the best by more than two standard errors, which is hardly luck, goes. Where all rows are right it
    still tells who knew from who guessed, and it is proper, so that honest probabilities win (Gneiting and Raftery, "Strictly proper
    scoring rules, prediction, and estimation", 2007). The simplest of those left is taken.
    """
    alive = sorted((t for t in trained if t.failed is None and kind in (None, t.candidate.kind)), key=lambda t: t.candidate.order)
    if not alive:
        return None
    y, left, steps = truth["validation"], alive, []
    for name, errors in ((metric, 1),) if task == "regression" else ((metric, 1), ("log loss", 2)):
        if len(left) > 1:
            before = left
            left, score = _within(before, y, task, name, errors)
            who = "all" if steps and len(left) == len(before) else ""
            steps.append(_told(left, who, f"{name}, {fixed(score)}", errors))
    if not steps:
        return Selected(left[0], f"There was no other {kind or 'candidate'}.")
    simplest = f" The simplest of these, {left[0].candidate.name}, was chosen." if len(left) > 1 else ""
    return Selected(left[0], f"On the {len(y):,} validation rows {'; of these '.join(steps)}.{simplest}")


def _told(left: list[Trained], who: str, score: str, errors: int) -> str:
    """Who is left, in words."""
    *others, last = [t.candidate.name for t in left]
    how = ("one standard error", "two standard errors")[errors - 1]
    if not others:
        return f"{last} has the best {score}, and every other is more than {how} away"
    return f"{who or ', '.join(others) + f' and {last}'} are within {how} of the best {score}"


def standard_error(y: np.ndarray, a: np.ndarray, b: np.ndarray, metric: str) -> float:
    """Of the difference between the scores of outputs `a` and `b` on the same rows `y`: standard deviation over rows / √rows.

    RMSE is not a mean over rows; its rows count as its differential says (the delta method).
    """
    if len(y) < 2:
        return float("inf")
    return float(np.std(_shares(y, a, metric) - _shares(y, b, metric), ddof=1) / np.sqrt(len(y)))


def _within(candidates: list[Trained], y: np.ndarray, task: Task, metric: str, errors: int) -> tuple[list[Trained], float]:
    """Those within so many standard errors of the best score, in their order; and that score."""
    scores = np.array([plain_scores(y, t.outputs["validation"], task)[metric] for t in candidates])
    short = scores.max() - scores if HIGHER_IS_BETTER[metric] else scores - scores.min()
    best = candidates[int(np.argmin(short))].outputs["validation"]
    error = np.array([standard_error(y, best, t.outputs["validation"], metric) for t in candidates])
    near = short <= errors * error * (1 + ROUNDING) + ROUNDING
    return [t for t, kept in zip(candidates, near, strict=True) if kept], float(scores[np.argmin(short)])


def _shares(y: np.ndarray, outputs: np.ndarray, metric: str) -> np.ndarray:
    """What each row adds to the score, `(rows,)`: their mean moves with the score."""
    if metric == "RMSE":
        squares = (np.asarray(outputs, float).reshape(len(y)) - y) ** 2
        return squares / (2 * max(float(np.sqrt(squares.mean())), 1e-300))
    if metric == "log loss":
        return row_losses(y, outputs, "multiclass")
    right = (outputs.argmax(axis=1) == y).astype(float)
    if metric == "accuracy":
        return right
    classes, of, counts = np.unique(y, return_inverse=True, return_counts=True)
    return right * len(y) / (len(classes) * counts[of])
