"""The target: what task it makes, which of its values are missing, how its classes are balanced."""

import numpy as np

from neuralzoo.data.dataset import Dataset
from neuralzoo.data.frames import load_pandas
from neuralzoo.study.findings import Finding

MIN_ROWS = 10
CLASSES = 20  # whole numbers with more distinct values are amounts


def decide_task(y: np.ndarray, wanted: str | None = None) -> tuple[str, str, list[Finding]]:
    """`binary`, `multiclass` or `regression`, the reason, and what contradicts it."""
    distinct = len(np.unique(y if y.dtype.kind in "iufb" else y.astype(str)))
    numbers = y.dtype.kind in "iuf"
    fractions = y.dtype.kind == "f" and bool(np.any(y != np.round(y)))
    classes = "binary" if distinct <= 2 else "multiclass"
    if wanted == "regression":
        if numbers:
            return "regression", "it was asked for, or the data set says so", []
        what = f"a regression was asked for, and the target holds text such as {str(y[0])!r}" if len(y) else "the target is empty"
        return (
            classes,
            "the target holds text",
            [Finding("problem", what, "the target", "choose --task classification, or another --target")],
        )
    if wanted:
        trouble = []
        if fractions and distinct > CLASSES:
            what = f"a classification was asked for, and the target holds {distinct} different fractions"
            trouble = [Finding("problem", what, "the target", "choose --task regression, or another --target")]
        elif wanted == "binary" and distinct > 2:
            trouble = [
                Finding("problem", f"binary was asked for, and the target has {distinct} classes", "the target", "choose multiclass")
            ]
        return classes, f"a classification was asked for, or the data set says so; the target has {distinct} classes", trouble
    if not numbers:
        return classes, f"the target holds {distinct} different words", []
    if fractions:
        return "regression", "the target holds numbers with fractions", []
    if distinct <= 2:
        return "binary", f"the target holds {distinct} different whole numbers", []
    if distinct <= CLASSES and distinct <= 0.2 * len(y):
        return "multiclass", f"the target holds only {distinct} different whole numbers; if they are amounts choose --task regression", []
    return "regression", f"the target holds {distinct} different whole numbers", []


def known_target(dataset: Dataset) -> tuple[np.ndarray, list[Finding]]:
    """The targets that are there, and the problems with those that are not."""
    pandas = load_pandas()

    gone = pandas.isna(pandas.Series(dataset.y)).to_numpy()
    infinite = np.isinf(dataset.y) if dataset.y.dtype.kind == "f" else np.zeros(len(gone), bool)
    problems = []
    for rows, what in ((gone, "missing"), (infinite, "infinite")):
        if rows.any():
            where = f"column {dataset.target!r}, row {rows.argmax() + 1}"
            problems.append(Finding("problem", f"the target is {what} in {rows.sum()} rows", where, "fill it in, or remove these rows"))
    if len(dataset) < MIN_ROWS:
        what = f"{len(dataset)} rows are too few: the minimum is {MIN_ROWS}"
        problems.append(Finding("problem", what, dataset.source or dataset.name, f"collect at least {MIN_ROWS} rows, better some hundreds"))
    return dataset.y[~(gone | infinite)], problems


def describe_target(dataset: Dataset, y: np.ndarray, task: str) -> tuple[dict[str, int], dict[str, float], list[Finding]]:
    """Rows of each class, or the figures of a measured target; and what is wrong with them."""
    where = f"column {dataset.target!r}"
    if task == "regression":
        values = y.astype(np.float64)
        names = ("minimum", "median", "maximum", "mean", "deviation")
        parts = (values.min(), np.median(values), values.max(), values.mean(), values.std()) if len(values) else (0.0,) * 5
        flat = [Finding("problem", "the target has the same value in every row", where, "choose another --target")]
        return {}, {n: float(v) for n, v in zip(names, parts, strict=True)}, flat if len(np.unique(values)) < 2 else []
    labels, times = np.unique(y if y.dtype.kind in "iufb" else y.astype(str), return_counts=True)
    counts = {str(label): int(n) for label, n in zip(labels.tolist(), times, strict=True)}
    if dataset.class_names and set(counts) <= set(dataset.class_names):
        counts = {name: counts[name] for name in dataset.class_names if name in counts}
    if len(counts) < 2:
        return (
            counts,
            {},
            [Finding("problem", f"there is one class only: {', '.join(counts) or 'none'}", where, "give rows of at least two classes")],
        )
    return counts, {}, _balance(counts, len(y), where)


def _balance(counts: dict[str, int], rows: int, where: str) -> list[Finding]:
    findings = []
    rare, common = min(counts, key=lambda c: counts[c]), max(counts, key=lambda c: counts[c])
    lone = [c for c in counts if counts[c] < 3]
    if len(lone) > 0.5 * len(counts) and len(counts) > CLASSES:
        what = f"{len(lone)} of {len(counts)} classes occur once or twice: this looks like text or a number, not a class"
        return [Finding("problem", what, where, "choose another --target, or --task regression if these are amounts")]
    if lone:
        what = f"{len(lone)} classes have fewer than 3 rows ({', '.join(map(repr, lone[:5]))})"
        findings.append(Finding("warning", what, where, "collect more of them, merge them with others or remove them"))
    if counts[rare] < 0.1 * counts[common]:
        share = f"{counts[common] / rows:.0%}"
        what = f"the classes are unbalanced: {counts[rare]} rows of {rare!r}, {counts[common]} of {common!r}; guessing scores {share}"
        findings.append(Finding("warning", what, where, "judge by balanced accuracy, and weigh the classes (class_weight)"))
    return findings
