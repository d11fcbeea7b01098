"""Does the order of the rows mean something: time, drift, overlapping windows?"""

import numpy as np

from neuralzoo.data.frames import DataFrame
from neuralzoo.study.columns import MOMENT, target_matrix
from neuralzoo.study.findings import Column, Finding

PAIRS = 500  # neighbours looked at


def ordered_column(table: DataFrame, columns: tuple[Column, ...]) -> tuple[str, str]:
    """A column that says when each row was, and why; ("", "") where there is none."""
    from neuralzoo.data.dates import parse_dates

    for column in columns:
        if column.type == "date":
            moments = parse_dates(table[column.name], column.date_format)
            if moments.notna().all() and (moments.is_monotonic_increasing or moments.is_monotonic_decreasing):
                return column.name, f"the dates in column {column.name!r} follow the order of the rows"
    for column in columns:
        if column.type == "numeric" and not column.missing and not column.words and MOMENT.fullmatch(column.name) and len(table) >= 10:
            steps = np.diff(table[column.name].to_numpy(np.float64))
            if (steps > 0).all() or ((steps >= 0).all() and column.distinct > 0.5 * len(table)):
                return column.name, f"column {column.name!r} grows from row to row"
    return "", ""


def drift(y: np.ndarray, task: str) -> Finding | None:
    """A hint where the target changes along the rows: sorted by class, or a series in time."""
    n = len(y)
    if n < 20:
        return None
    if task == "regression":
        values = y.astype(np.float64)
        centred = values - values.mean()
        power = float(centred @ centred)
        neighbours = float(centred[1:] @ centred[:-1]) / power if power else 0.0
        if neighbours > max(0.5, 4 / np.sqrt(n)):
            return Finding(
                "warning",
                f"neighbouring rows have similar targets (correlation {neighbours:.2f})",
                "the order of the rows",
                "if the rows are in the order of time, name the time column (--time); if they were merely sorted, nothing need be done",
            )
        return None
    changes, kinds = int(np.count_nonzero(y[1:] != y[:-1])), len(np.unique(y.astype(str)))
    if changes == kinds - 1:
        return Finding("info", "the rows are sorted by class", "the order of the rows", "nothing need be done: the split mixes them")
    targets = target_matrix(y)
    expected = n * (1 - float((targets.mean(0) ** 2).sum()))
    if changes < 0.5 * expected:
        return Finding(
            "warning",
            f"the class changes only {changes} times from row to row, {expected:.0f} times would be expected",
            "the order of the rows",
            "if neighbouring rows belong together (one recording, one person), name the column that says so (--group, or --time)",
        )
    return None


def overlapping_windows(x: np.ndarray) -> Finding | None:
    """A warning where rows are windows that slide along a series, so that neighbours hold nearly the same numbers.

    x (n, features): a random split would then put almost the same row on both sides.
    """
    x = x.reshape(len(x), -1).astype(np.float64)
    x = x[:, x.std(0) > 0]
    if len(x) < 20 or x.shape[1] < 2:
        return None
    rows = np.unique(np.linspace(0, len(x) - 2, PAIRS).astype(int))
    others = np.random.default_rng(0).permutation(len(x))[: len(rows)]
    others = np.where(others == rows, (others + len(x) // 2) % len(x), others)
    shift = _shift(x, rows, others)
    if shift:
        what = f"rows are overlapping windows: each repeats the one before, shifted by {shift} entries"
    else:
        scaled = (x - x.mean(0)) / x.std(0)
        near = np.median(np.abs(scaled[rows] - scaled[rows + 1]).mean(1))
        far = np.median(np.abs(scaled[rows] - scaled[others]).mean(1))
        if near >= 0.1 * far:
            return None
        what = f"neighbouring rows are nearly equal ({near / far:.0%} of the usual distance between rows)"
    return Finding("warning", what, "the order of the rows", "split by time or by recording (--time, --group): a random split would leak")


def _shift(x: np.ndarray, rows: np.ndarray, others: np.ndarray) -> int:
    """By how many entries the next row repeats this one; 0 where it does not."""
    for shift in range(1, min(x.shape[1] // 2, 64) + 1):
        here = x[rows, shift:]
        varied = np.ptp(here, axis=1) > 0
        moved = (np.isclose(here, x[rows + 1, :-shift], rtol=1e-6, atol=0).all(1) & varied).mean()
        chance = (np.isclose(here, x[others, :-shift], rtol=1e-6, atol=0).all(1) & varied).mean()
        if moved > 0.5 and chance < 0.1:
            return shift
    return 0
