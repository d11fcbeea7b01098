"""What kind of thing each column of a table holds, and its figures."""

import re
from typing import Any

import numpy as np

from neuralzoo.data.frames import DataFrame, Series, load_pandas
from neuralzoo.study.findings import Column, Finding

IDENTIFIER = re.compile(r"(.*[_\s.-])?(id|uuid|guid|index|rowid|row_?names?|nr|no|key)|unnamed.*|[a-z]+ID|#", re.IGNORECASE)
MOMENT = re.compile(r".*(date|time|day|month|year|week|hour|minute|second|step|epoch|season|stamp).*|t", re.IGNORECASE)
CODES = 10  # a category in whole numbers has at most so many
WIDE = 50  # tables with more columns of numbers are measured grids, their small whole numbers are amounts
FAR = 5.0  # spreads from the median


def describe_columns(table: DataFrame, y: np.ndarray) -> tuple[tuple[Column, ...], list[Finding]]:
    """A record for each column, and what is odd about some of them."""
    columns = [_described(table[name], y, wide=table.shape[1] > WIDE) for name in table.columns]
    findings: list[Finding] = []
    for column in columns:
        if column.words:
            findings.append(_mixed(column, table[column.name]))
        if column.type == "constant":
            findings.append(Finding("info", f"column {column.name!r} {column.why}", f"column {column.name!r}", "it is left out"))
        if column.type in ("identifier", "text"):
            findings.append(
                Finding("info", f"column {column.name!r} {column.why}", f"column {column.name!r}", "it is left out as an input")
            )
        if column.type != "constant" and column.missing > 0.5 * len(table):
            share = f"{column.missing / len(table):.0%}"
            findings.append(
                Finding("warning", f"{share} of column {column.name!r} is missing", f"column {column.name!r}", "consider leaving it out")
            )
    return tuple(columns), findings


def _described(column: Series, y: np.ndarray, *, wide: bool) -> Column:
    name, known = str(column.name), column.dropna()
    missing, distinct = int(column.isna().sum()), int(known.nunique())
    examples = tuple(str(v) for v in known.unique()[:3])

    def record(kind: str, why: str) -> Column:
        return Column(name, kind, why, missing, distinct, examples=examples)

    if distinct <= 1:
        return record("constant", "is empty" if not distinct else f"holds {examples[0]!r} in every row")
    if column.dtype.kind == "M":
        return record("date", "holds dates")
    if column.dtype.kind == "b":
        return record("binary", "holds True and False")
    if column.dtype.kind in "iuf":
        return _number(column, known, y, missing, distinct, examples, wide)
    numbers, words = _numbers_with_words(known)
    if words:
        found = _number(numbers, numbers.dropna(), y, missing + int(numbers.isna().sum()), distinct, examples, wide=True)
        return Column(**{**vars(found), "name": name, "words": words})
    if distinct == 2:
        return record("binary", f"holds {examples[0]!r} and {examples[1]!r}")
    from neuralzoo.data.dates import date_format

    if style := date_format(known):
        return Column(name, "date", f"holds dates written as {style}", missing, distinct, examples=examples, date_format=style)
    return record(*_text(known, distinct))


def _text(known: Series, distinct: int) -> tuple[str, str]:
    sample = [str(v) for v in known.iloc[:1000]]
    words = float(np.mean([len(v.split()) for v in sample]))
    if distinct > 0.9 * len(known) and len(known) >= 20:
        return ("text", f"holds free text ({words:.0f} words)") if words >= 3 else ("identifier", "names each row differently")
    if words >= 4 and distinct > 50:
        return "text", f"holds free text ({words:.0f} words)"
    return "category", f"holds {distinct} different words"


def _number(column: Series, known: Series, y: np.ndarray, missing: int, distinct: int, examples: tuple[str, ...], wide: bool) -> Column:
    name, values = str(column.name), known.to_numpy(np.float64)
    kind, why = "numeric", "holds numbers"
    whole = bool(np.all(values == np.round(values)))
    if distinct == 2:
        kind, why = "binary", f"holds {examples[0]} and {examples[1]}"
    elif whole and distinct == len(column) and not MOMENT.fullmatch(name) and (reason := _counts_rows(name, values)):
        kind, why = "identifier", reason
    elif whole and not wide and 3 <= distinct <= CODES and _is_code(column, y):
        kind, why = "code", f"holds {distinct} whole numbers whose effect on the target follows no line"
    median = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(values - median))) or float(values.std())
    far = int((np.abs(values - median) > FAR * spread).sum()) if kind == "numeric" else 0
    figures = float(values.min()), median, float(values.max()), spread
    return Column(name, kind, why, missing, distinct, *figures, outliers=far, examples=examples)


def _counts_rows(name: str, values: np.ndarray) -> str:
    """Why whole numbers, all different, are mere names of rows; "" where they may be amounts."""
    if len(values) < 10:
        return ""
    if values.max() - values.min() + 1 == len(values) and (np.abs(np.diff(values)) == 1).all():
        return "numbers the rows"
    return "names each row differently" if IDENTIFIER.fullmatch(name) else ""


def _is_code(column: Series, y: np.ndarray) -> bool:
    """Do the group means of the target explain clearly more than a line through the codes?"""
    rows = column.notna().to_numpy()
    x = column.to_numpy(np.float64)[rows]
    counts = np.unique(x, return_counts=True)[1]
    if counts.min() < 5 or np.any(np.diff(np.unique(x)) != 1):
        return False
    targets = target_matrix(y[rows])
    groups = np.unique(x, return_inverse=True)[1]
    means = np.stack([np.bincount(groups, t) / counts for t in targets.T], 1)[groups]
    total = ((targets - targets.mean(0)) ** 2).sum()
    centred = x - x.mean()
    line = ((centred @ targets) ** 2 / (centred @ centred)).sum()
    between = ((means - targets.mean(0)) ** 2).sum()
    gain, rest = (between - line) / max(len(counts) - 2, 1), (total - between) / max(len(x) - len(counts), 1)
    return bool(total > 0 and (between - line) / total > 0.02 and gain > 6 * rest)


def target_matrix(y: np.ndarray) -> np.ndarray:
    """Numbers as one column, up to 20 classes as indicator columns: float64 (n, k)."""
    if y.dtype.kind in "iuf" and len(np.unique(y)) > 20:
        return np.nan_to_num(y.astype(np.float64))[:, None]
    codes = np.unique(y.astype(str), return_inverse=True)[1]
    return (codes[:, None] == np.arange(min(codes.max() + 1, 20))).astype(np.float64)


def _numbers_with_words(known: Series) -> tuple[Any, tuple[str, ...]]:
    """Numbers among which a few words stand, such as `unknown`; no words where that is not the case."""
    pandas = load_pandas()

    numbers = pandas.to_numeric(known, errors="coerce")
    odd = known[numbers.isna()]
    mixed = len(odd) and len(odd) <= 0.1 * len(known) and odd.nunique() <= 20 and len(known) >= 10
    return numbers, tuple(sorted(map(str, odd.unique()))) if mixed else ()


def _mixed(column: Column, values: Series) -> Finding:
    odd = values.astype(str).isin(column.words).to_numpy()
    return Finding(
        "warning",
        f"column {column.name!r} holds numbers, but text in {odd.sum()} rows ({', '.join(map(repr, column.words[:3]))})",
        f"column {column.name!r}, row {odd.argmax() + 1}",
        "the text counts as missing; correct it where it is a slip",
    )
