"""The traditional methods a study compares with: makers of scikit-learn estimators, imported when one is made.

Every classifier gives probabilities; for the support vector machine they are fitted to its decision values by
cross-validation (Platt scaling).
"""

import os
from typing import Any

from neuralzoo.study.problem import Problem, Skip
from neuralzoo.study.records import Candidate

SVM_ROWS = 10_000  # an exact kernel compares all pairs of rows
SVM_WORK = 1e10  # rows² · features, about a minute
BOOSTING_ROWS = 200  # a leaf holds 20 rows at least
BOOSTING_WORK = 5e9  # rows · features · trees
PLATT: dict[str, Any] = {"cv": 3, "ensemble": False}  # probabilities fitted to cross-validated decision values
FOREST_ROWS = 20_000  # rows drawn for each tree, at most


def cores() -> int:
    """Processors this process may use, 8 at most."""
    affinity = getattr(os, "sched_getaffinity", None)
    return min(8, len(affinity(0)) if affinity else os.cpu_count() or 1)


def majority(problem: Problem) -> Candidate:
    def make() -> Any:
        from sklearn.dummy import DummyClassifier

        return DummyClassifier(strategy="prior")

    return Candidate("majority class", "baseline", "what guessing the commonest class scores; everything else has to beat it", make)


def mean(problem: Problem) -> Candidate:
    def make() -> Any:
        from sklearn.dummy import DummyRegressor

        return DummyRegressor()

    return Candidate("mean", "baseline", "what guessing the mean scores; everything else has to beat it", make)


def logistic(problem: Problem) -> Candidate:
    settings: dict[str, Any] = {
        "C": 1.0,
        "max_iter": 2000 if problem.rows * problem.features < 5e6 else 100,
        "class_weight": _weight(problem),
    }

    def make() -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(**settings)

    return Candidate("logistic regression", "baseline", "the linear yardstick: do the classes need a curved border at all?", make, settings)


def ridge(problem: Problem) -> Candidate:
    settings: dict[str, Any] = {"alphas": [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]}

    def make() -> Any:
        from sklearn.linear_model import RidgeCV

        return RidgeCV(**settings)

    return Candidate("ridge regression", "baseline", "the linear yardstick: is anything curved at all?", make, settings)


def forest(problem: Problem) -> Candidate:
    share = min(1.0, FOREST_ROWS / problem.rows)
    settings: dict[str, Any] = {"n_estimators": 300 if problem.rows <= 5000 else 100, "max_samples": None if share == 1 else share}
    seed, weight = problem.seed, _weight(problem)

    def make() -> Any:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        if problem.task == "regression":
            return RandomForestRegressor(**settings, max_features=0.5, min_samples_leaf=2, n_jobs=cores(), random_state=seed)
        return RandomForestClassifier(**settings, class_weight=weight, n_jobs=cores(), random_state=seed)

    return Candidate(
        "random forest", "baseline", f"{settings['n_estimators']} trees: hard to beat on tables, nothing to tune", make, settings
    )


def boosting(problem: Problem) -> Candidate | Skip:
    trees = problem.classes if problem.task == "multiclass" else 1
    rounds = int(min(100, BOOSTING_WORK / (problem.rows * problem.features * trees)))
    if problem.rows < BOOSTING_ROWS:
        return Skip("gradient boosting", f"{problem.rows} training rows are too few: each leaf of its trees holds 20")
    if rounds < 20:
        return Skip("gradient boosting", f"{problem.features} inputs × {problem.rows} rows × {trees} trees a round would take minutes")
    settings: dict[str, Any] = {"max_iter": rounds, "learning_rate": 0.1, "l2_regularization": 1.0}
    seed, weight = problem.seed, _weight(problem)

    def make() -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        if problem.task == "regression":
            return HistGradientBoostingRegressor(**settings, random_state=seed)
        return HistGradientBoostingClassifier(**settings, class_weight=weight, random_state=seed)

    return Candidate(
        "gradient boosting", "baseline", f"{rounds} rounds of trees, each mending the last: the usual winner on tables", make, settings
    )


def svm(problem: Problem) -> Candidate | Skip:
    """An RBF kernel, exact while all pairs of rows can be compared, else through 300 landmarks."""
    if problem.task != "regression" and problem.smallest < 3:
        return Skip("RBF SVM", f"a class has {problem.smallest} training rows: no probabilities can be fitted by 3-fold cross-validation")
    exact = problem.rows <= SVM_ROWS and problem.rows**2 * problem.features <= SVM_WORK
    if not exact and problem.task == "regression":
        return Skip("RBF SVM", f"{problem.rows} rows: its kernel compares all pairs of them, which would take minutes")
    reason = "the widest margin between the classes" if problem.task != "regression" else "a smooth surface within a tube"
    if exact:
        return Candidate(
            "RBF SVM", "baseline", f"{reason}, in a kernel space; strong on small data", lambda: _exact_svm(problem), {"C": 1.0}
        )
    why = f"{reason}; {problem.rows} rows are too many for all pairs, so 300 landmarks stand for the kernel"
    return Candidate("RBF SVM (approximate)", "baseline", why, lambda: _landmark_svm(problem), {"landmarks": 300})


def _exact_svm(problem: Problem) -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC, SVR

    if problem.task == "regression":
        return TransformedTargetRegressor(SVR(cache_size=500), transformer=StandardScaler())
    machine = SVC(class_weight=_weight(problem), cache_size=500)
    return CalibratedClassifierCV(machine, **PLATT)


def _landmark_svm(problem: Problem) -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline

    kernel = Nystroem(n_components=300, gamma=1 / (problem.features * problem.spread**2), random_state=problem.seed)
    linear = SGDClassifier(class_weight=_weight(problem), average=True, n_jobs=cores(), random_state=problem.seed)
    return CalibratedClassifierCV(make_pipeline(kernel, linear), **PLATT)


def _weight(problem: Problem) -> str | None:
    return "balanced" if problem.balanced else None
