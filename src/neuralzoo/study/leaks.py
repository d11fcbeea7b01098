"""Columns that give the target away, and rows that occur twice."""

from typing import Any

import numpy as np

from neuralzoo.data.frames import DataFrame, load_pandas
from neuralzoo.study.columns import target_matrix
from neuralzoo.study.findings import Column, Finding

NEAR_PERFECT = 0.98
ROWS, COLUMNS = 2000, 400  # looked at, at most


def leaking_columns(table: DataFrame, columns: tuple[Column, ...], y: np.ndarray, task: str) -> tuple[tuple[str, ...], list[Finding]]:
    """Columns from which alone the target can be told almost without error, while most others cannot.

    A shallow tree is cross-validated on each column; its score is the explained variance, or the area under the ROC curve
    (mean over classes). Near perfect is 0.98, with at most a quarter of the error of the best column that is not.
    """
    rng = np.random.default_rng(0)
    rows = np.sort(rng.permutation(len(y))[:ROWS])
    usable = [c for c in columns if c.type not in ("constant", "text") and not (c.type == "identifier" and table[c.name].dtype == object)]
    usable = [usable[k] for k in np.linspace(0, len(usable) - 1, min(len(usable), COLUMNS)).astype(int)] if usable else []
    if len(rows) < 10 or (task == "regression" and not np.issubdtype(y.dtype, np.number)):
        return (), []
    scores = {c.name: single_column_score(_values(table[c.name].iloc[rows]), y[rows], task) for c in usable}
    best_honest = max((s for s in scores.values() if s < NEAR_PERFECT), default=0.0)
    leaks = tuple(n for n, s in scores.items() if s >= NEAR_PERFECT and 1 - s <= (1 - best_honest) / 4)
    if len(leaks) > max(3, len(usable) // 4) and len(usable) > 1:
        leaks = ()  # where many columns tell the target it is easy, not leaked
    return leaks, [_finding(name, scores[name], _relabelled(table[name], y)) for name in leaks]


def single_column_score(x: np.ndarray, y: np.ndarray, task: str) -> float:
    """How well a shallow tree tells `y` from the column `x` (n,), on rows it has not seen; 1 is without error."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    targets = target_matrix(y) if task != "regression" else np.asarray(y, np.float64)[:, None]
    codes = np.unique(y.astype(str), return_inverse=True)[1] if task != "regression" else None
    folds = np.random.default_rng(0).permutation(len(y)) % 3
    if codes is not None:
        folds = _stratified_folds(codes)
    guess = np.zeros_like(targets)
    for fold in range(3):
        seen, held = folds != fold, folds == fold
        leaf = max(2, seen.sum() // 200)
        if codes is None:
            tree = DecisionTreeRegressor(max_depth=7, min_samples_leaf=leaf, random_state=0).fit(x[seen, None], targets[seen, 0])
            guess[held, 0] = tree.predict(x[held, None])
        else:
            tree = DecisionTreeClassifier(max_leaf_nodes=2 * targets.shape[1] + 4, min_samples_leaf=leaf, random_state=0)
            tree.fit(x[seen, None], codes[seen])
            known = tree.classes_ < targets.shape[1]
            guess[np.ix_(held, tree.classes_[known])] = np.asarray(tree.predict_proba(x[held, None]))[:, known]
    if codes is None:
        return 1 - float(((guess - targets) ** 2).sum() / max(((targets - targets.mean()) ** 2).sum(), 1e-300))
    return _mean_auc(guess, targets)


def _stratified_folds(codes: np.ndarray) -> np.ndarray:
    order = np.random.default_rng(0).permutation(len(codes))
    order = order[np.argsort(codes[order], kind="stable")]
    folds = np.empty(len(codes), int)
    folds[order] = np.arange(len(codes)) % 3
    return folds


def _mean_auc(guess: np.ndarray, targets: np.ndarray) -> float:
    from scipy.stats import rankdata

    areas = []
    for scores, truth in zip(guess.T, targets.T, strict=True):
        positive = truth.sum()
        if 0 < positive < len(truth):
            ranks = rankdata(scores)[truth == 1].sum()
            areas.append((ranks - positive * (positive + 1) / 2) / (positive * (len(truth) - positive)))
    return float(np.mean(areas)) if areas else 0.0


def _values(column: Any) -> np.ndarray:
    """Any column as numbers: words by the order of the alphabet, a missing entry below everything."""
    if column.dtype.kind == "M":
        return column.to_numpy().astype("datetime64[s]").astype(np.float64)
    if column.dtype.kind in "iufb":
        values = column.to_numpy(np.float64)
        return np.where(np.isnan(values), np.nanmin(values, initial=0.0) - 1.0, values)
    return np.unique(["" if v is None or v != v else str(v) for v in column], return_inverse=True)[1].astype(np.float64)


def _relabelled(column: Any, y: np.ndarray) -> bool:
    """Is there a one-to-one table between the entries of the column and the target?"""
    pairs = set(zip((str(v) for v in column), (str(v) for v in y), strict=True))
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) and len(pairs) < len(y)


def _finding(name: str, score: float, relabelled: bool) -> Finding:
    what = "is the target under another name" if relabelled else f"gives the target away: alone it scores {score:.3f} of 1"
    return Finding(
        "warning",
        f"column {name!r} {what}",
        f"column {name!r}",
        "remove it, unless its value is known at the moment when the prediction has to be made",
    )


def row_keys(features: Any, y: np.ndarray | None = None) -> np.ndarray:
    """A number (n,) for each row, equal for equal rows (with `y`, equal in the target too)."""
    pandas = load_pandas()

    if isinstance(features, pandas.DataFrame):
        keys = pandas.util.hash_pandas_object(features, index=False).to_numpy()
    else:
        keys = np.array([hash(row.tobytes()) for row in np.ascontiguousarray(features)]).astype(np.uint64)
    if y is None:
        return keys
    labels = pandas.util.hash_array(np.asarray(y, object) if y.dtype.kind in "OU" else y)
    return keys * np.uint64(1000003) + labels


def shared_rows(features: Any, train: np.ndarray, held: np.ndarray, side: str) -> Finding | None:
    """A warning where held-out rows occur among the training rows too: their score is then memory, not skill."""
    keys = row_keys(features)
    known = np.isin(keys[held], keys[train])
    if not known.any():
        return None
    return Finding(
        "warning",
        f"{known.sum()} of {len(held)} {side} rows also occur among the training rows",
        f"{side} row {held[known.argmax()] + 1} of the data",
        "remove the duplicate rows, or name the column that groups them (--group)",
    )
