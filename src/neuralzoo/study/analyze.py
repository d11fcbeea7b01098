"""`analyze`: everything worth knowing of a data set before a network is chosen."""

from hashlib import blake2b
from typing import Any

import numpy as np

from neuralzoo.data.dataset import Dataset, checked_task
from neuralzoo.data.frames import load_pandas
from neuralzoo.study.columns import describe_columns
from neuralzoo.study.findings import LEVELS, Analysis, Column, Finding, counted
from neuralzoo.study.leaks import leaking_columns, row_keys
from neuralzoo.study.order import drift, ordered_column, overlapping_windows
from neuralzoo.study.task import decide_task, describe_target, known_target

CELLS = 20_000_000  # of a table; where there are more, a sample of the rows is looked at
SAMPLE = 20000  # rows
NEIGHBOURS = 5000  # consecutive rows in which overlapping windows are looked for


def analyze(dataset: Dataset, *, task: str | None = None) -> Analysis:
    """Types, gaps, duplicates, balance, outliers, leaks, order in time, the task and why, and whether there is enough data.

    >>> from neuralzoo.data import open_dataset
    >>> found = analyze(open_dataset("iris"))
    >>> found.task, found.rows, found.split
    ('multiclass', 150, 'stratified')
    """
    findings = [Finding("info", note) for note in dataset.notes]
    y, bad = known_target(dataset)
    findings += bad
    task, task_reason, trouble = decide_task(y, checked_task(task) or dataset.task)
    findings += trouble
    counts, figures, judged = describe_target(dataset, y, task)
    findings += judged
    usable = not any(f.level == "problem" for f in findings)
    columns, twins, leaks, found = _table(dataset, task, usable)
    findings += found
    repeated, found = _repeats(dataset)
    missing = _missing(dataset)
    findings += found + ([Finding("info", f"{missing} cells are missing", "", _gaps(dataset))] if missing else [])
    split, split_reason, time_column, found = _order(dataset, columns, task, usable)
    findings += found
    enough, found = _enough(dataset, task, counts, columns)
    findings += found
    return Analysis(
        name=dataset.name,
        kind=dataset.kind,
        rows=len(dataset),
        shape=tuple(int(s) for s in dataset.features.shape[1:]),
        task=task,
        task_reason=task_reason,
        target=dataset.target,
        target_reason=dataset.target_reason,
        class_counts=counts,
        target_figures=figures,
        columns=columns,
        missing=missing,
        duplicate_columns=twins,
        duplicate_rows=repeated,
        leaks=leaks,
        split=split,
        split_reason=split_reason,
        time_column=time_column,
        enough=enough,
        findings=tuple(sorted(findings, key=lambda f: LEVELS.index(f.level))),
    )


def _table(dataset: Dataset, task: str, usable: bool) -> tuple[tuple[Column, ...], dict[str, str], tuple[str, ...], list[Finding]]:
    """The columns of a table, which of them repeat another, which give the target away; nothing of pictures and sequences."""
    if dataset.table is None:
        return (), {}, (), []
    findings: list[Finding] = []
    rows = _sample(dataset, findings)
    looked = dataset.table if rows is None else dataset.table.iloc[rows]
    columns, odd = describe_columns(looked, dataset.y if rows is None else dataset.y[rows])
    twins = duplicate_columns(dataset.table)
    findings += odd + _columns(columns, twins)
    leaks, found = leaking_columns(dataset.table, columns, dataset.y, task) if usable else ((), [])
    return columns, twins, leaks, findings + found


def duplicate_columns(table: Any) -> dict[str, str]:
    """Each column that repeats an earlier one, and which."""
    pandas = load_pandas()

    first: dict[bytes, str] = {}  # by digest: the hashes themselves would be a second copy of the table
    twins: dict[str, str] = {}
    for name in table.columns:
        key = blake2b(pandas.util.hash_pandas_object(table[name], index=False).to_numpy().tobytes()).digest()
        if first.setdefault(key, name) != name:
            twins[name] = first[key]
    return twins


def _sample(dataset: Dataset, findings: list[Finding]) -> np.ndarray | None:
    """Row numbers to look at, in order; None for all of them."""
    if dataset.table is None or dataset.table.size <= CELLS or len(dataset) <= SAMPLE:
        return None
    what = f"column types, gaps and outliers are judged by {SAMPLE} of {len(dataset)} rows, drawn with a fixed seed"
    findings.append(Finding("info", what))
    return np.sort(np.random.default_rng(0).permutation(len(dataset))[:SAMPLE])


def _columns(columns: tuple[Column, ...], twins: dict[str, str]) -> list[Finding]:
    flat = {c.name for c in columns if c.type == "constant"}
    findings = [
        Finding("info", f"column {name!r} repeats column {other!r}", f"column {name!r}", "it is left out")
        for name, other in twins.items()
        if name not in flat
    ]
    wild = [c for c in columns if c.outliers]
    if wild:
        worst = max(wild, key=lambda c: c.outliers)
        what = f"{counted(sum(c.outliers for c in wild), 'outlier')} in {counted(len(wild), 'column')}"
        what += f", most ({worst.outliers}) in {worst.name!r}"
        where = f"column {worst.name!r}: {worst.minimum:g} to {worst.maximum:g}, median {worst.median:g}"
        findings.append(Finding("info", what, where, "columns with many are scaled by quartiles"))
    if columns and all(c.type in ("constant", "identifier", "text") for c in columns):
        findings.append(Finding("problem", "no column can serve as an input", "", "give columns of numbers or categories"))
    return findings


def _missing(dataset: Dataset) -> int:
    if dataset.table is not None:
        return int(dataset.table.isna().to_numpy().sum())
    assert dataset.x is not None
    return int(np.isnan(dataset.x).sum()) if dataset.x.dtype.kind == "f" else 0


def _gaps(dataset: Dataset) -> str:
    if dataset.table is None:
        return "they count as the mean of their channel"
    return "in columns of numbers the median of the training rows stands in for them, and one more column marks them"


def _repeats(dataset: Dataset) -> tuple[int, list[Finding]]:
    """Rows that occur before, and equal inputs with different targets."""
    inputs = row_keys(dataset.features)
    whole = row_keys(dataset.features, dataset.y)
    repeated = len(whole) - len(np.unique(whole))
    torn = len(np.unique(whole)) - len(np.unique(inputs))
    findings = []
    if repeated:
        remedy = "remove them, or keep them on one side of the split: they make the test look better than it is"
        what = f"{counted(repeated, 'row')} repeating an earlier one"
        findings.append(Finding("warning" if repeated > 0.01 * len(whole) else "info", what, "", remedy))
    if torn:
        what = f"{torn} times equal inputs have different targets: no network can tell them apart"
        findings.append(Finding("warning" if torn > 0.01 * len(whole) else "info", what, "", "add a column that does"))
    return repeated, findings


def _order(dataset: Dataset, columns: tuple[Column, ...], task: str, usable: bool) -> tuple[str, str, str, list[Finding]]:
    """Which split fits, why, by which column, and what the order of the rows gave away."""
    findings = []
    usual = ("stratified", "each side gets its share of every class")
    if task == "regression":
        usual = ("random", "the rows seem independent")
    column, why = ("", "")
    windows = None
    if usable:
        column, why = ordered_column(dataset.table, columns) if dataset.table is not None else ("", "")
        windows = None if dataset.kind == "images" else overlapping_windows(_numbers(dataset, columns))
    if usable and dataset.groups is None and dataset.time is None:  # where these are named the order does no harm
        findings += [f for f in (windows, None if dataset.test_rows is not None else drift(dataset.y, task)) if f]
    if dataset.groups is not None:
        return "grouped", f"rows with the same {dataset.group!r} belong together", dataset.time or "", findings
    if dataset.time is not None:
        return "time", f"you named the time column {dataset.time!r}", dataset.time, findings
    if dataset.test_rows is not None:
        return "official", "the data set brings its own test rows", "", findings
    if column:
        findings.append(Finding("warning", why, f"column {column!r}", "the split is made in time: the past trains, the future judges"))
        return "time", why, column, findings
    if windows is not None:
        return "time", "neighbouring rows overlap, so the rows are split in their order", "", findings
    return usual[0], usual[1], "", findings


def _numbers(dataset: Dataset, columns: tuple[Column, ...]) -> np.ndarray:
    """The first inputs as numbers (rows, features), without gaps."""
    if dataset.table is None:
        return np.nan_to_num(dataset.features[:NEIGHBOURS].reshape(min(len(dataset), NEIGHBOURS), -1))
    names = [c.name for c in columns if c.type == "numeric" and not c.words]
    return np.nan_to_num(dataset.table[names].iloc[:NEIGHBOURS].to_numpy(np.float64)) if names else np.zeros((len(dataset), 0))


def _enough(dataset: Dataset, task: str, counts: dict[str, int], columns: tuple[Column, ...]) -> tuple[str, list[Finding]]:
    """A sentence, and a warning where the data is scarce."""
    inputs = sum(c.type not in ("constant", "identifier", "text") for c in columns) if columns else int(np.prod(dataset.features.shape[1:]))
    n, smallest = len(dataset), min(counts.values(), default=len(dataset))
    size = f"{counted(n, 'row')} for {counted(inputs, 'input')}"
    size += f" and {len(counts)} classes ({counted(smallest, 'row')} in the smallest)" if task != "regression" else ""
    per_input = n / max(inputs, 1)
    if n < 100 or smallest < 10:
        verdict = "scarce: expect scores that change much with the split, and prefer a very small network"
    elif columns and per_input < 5:
        verdict = "scarce for so many inputs: prefer a small network with weight decay, and compare with a linear model"
    elif n < 1000 or smallest < 50:
        verdict = "enough for a small network"
    else:
        verdict = "enough for a network of some size"
    sentence = f"{size}: {verdict}."
    return sentence, [
        Finding("warning", sentence, "", "collect more rows, or repeat the split several times")
    ] if "scarce" in verdict else []
