"""The split of a study: which rows train, which choose, which judge; made before anything is fitted."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.data.dataset import Dataset
from neuralzoo.data.splits import SIDES, Split, parse_split, split_rows
from neuralzoo.study.findings import Analysis


@dataclass(frozen=True)
class Parts:
    """Row numbers of "train", "validation" and "test", how they were chosen and what had to be done about them."""

    rows: dict[str, np.ndarray]
    how: str
    notes: tuple[str, ...] = ()
    repeated: int = 0  # held-out rows that occurred among the training rows too
    removed: int = 0  # of these

    def as_dict(self) -> dict[str, Any]:
        """What the report and study.json tell."""
        total = sum(map(len, self.rows.values()))
        sizes = {side: len(rows) for side, rows in self.rows.items()}
        fractions = {side: round(n / total, 4) for side, n in sizes.items()}
        notes = list(self.notes)
        return {**sizes, "fractions": fractions, "how": self.how, "notes": notes, "repeated": self.repeated, "removed": self.removed}


def split_study(dataset: Dataset, analysis: Analysis, split: str = "80/10/10", seed: int = 0) -> Parts:
    """Split as the analysis advises: by group, by time, the official test rows, by class, or at random."""
    fractions = parse_split(split)
    if min(fractions) <= 0:
        raise ArgumentError(f"split {split!r} leaves a side empty", remedy="a study needs all three: write 80/10/10, 60/20/20 or 50/40/10")
    made = _official(dataset, analysis, fractions, seed) if analysis.split == "official" else _own(dataset, analysis, fractions, seed)
    how = "given" if analysis.split == "official" else made.how
    rows = {str(side): numbers for side, numbers in zip(SIDES, made, strict=True)}
    notes = list(made.notes)
    if analysis.task != "regression":
        rows, unknown = _without_unknown_classes(dataset, rows)
        notes += unknown
    return _without_repeats(dataset, Parts(rows, how, tuple(notes)))


def _own(dataset: Dataset, analysis: Analysis, fractions: tuple[float, float, float], seed: int) -> Split:
    y = None if analysis.task == "regression" else dataset.y
    if analysis.split == "grouped":
        return split_rows(len(dataset), fractions, y=y, groups=dataset.groups, seed=seed)
    if analysis.split == "time":
        return split_rows(len(dataset), fractions, y=y, time=_times(dataset, analysis), seed=seed)
    return split_rows(len(dataset), fractions, y=y, seed=seed)


def _times(dataset: Dataset, analysis: Analysis) -> np.ndarray:
    """When each row was measured: the user's column, the one the analysis found, or the order of the rows."""
    if dataset.times is not None:
        return dataset.times
    if dataset.table is None or not analysis.time_column:
        return np.arange(len(dataset))
    from neuralzoo.data.dates import parse_dates

    column = dataset.table[analysis.time_column]
    style = analysis.column(analysis.time_column).date_format
    return parse_dates(column, style).to_numpy() if style else column.to_numpy()


def _official(dataset: Dataset, analysis: Analysis, fractions: tuple[float, float, float], seed: int) -> Split:
    """The data set's own test rows; the others are split into training and validation."""
    assert dataset.test_rows is not None
    test = np.flatnonzero(dataset.test_rows) if dataset.test_rows.dtype == bool else np.sort(dataset.test_rows)
    rest = np.setdiff1d(np.arange(len(dataset)), test)
    share = fractions[0] / (fractions[0] + fractions[1])
    y = None if analysis.task == "regression" else dataset.y[rest]
    made = split_rows(len(rest), (share, 1 - share, 0.0), y=y, seed=seed)
    return Split(rest[made.train], rest[made.validation], test, made.how, made.notes)


def _without_unknown_classes(dataset: Dataset, rows: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Held-out rows of a class that training lacks are set aside: no method could name it."""
    known = np.unique(dataset.y[rows["train"]].astype(str))
    kept, notes = {"train": rows["train"]}, []
    for side in SIDES[1:]:
        good = np.isin(dataset.y[rows[side]].astype(str), known)
        kept[side] = rows[side][good]
        if not good.all():
            notes.append(f"{(~good).sum()} {side} rows are of a class that training lacks; they were set aside")
        if not len(kept[side]):
            raise DataError(
                f"no {side} row is of a class that training has", where=dataset.name, remedy="collect more rows, or split otherwise"
            )
    return kept, notes


def _without_repeats(dataset: Dataset, parts: Parts) -> Parts:
    """Held-out rows that training has too: copies are removed, natural repetitions and official test rows only told.

    A row is a copy where a table has a column of measurements (most of its values differ), and always for arrays. A table
    of a few categories repeats itself by nature, and without the repeats its test would no longer be like the data.
    """
    from neuralzoo.study.leaks import row_keys

    keys = row_keys(dataset.features, dataset.y)
    seen = {side: np.isin(keys[parts.rows[side]], keys[parts.rows["train"]]) for side in SIDES[1:]}
    repeated = sum(int(s.sum()) for s in seen.values())
    if not repeated:
        return parts
    kept = {side: parts.rows[side][~s] for side, s in seen.items()}
    told = f"{repeated} held-out rows also occur among the training rows, target included"
    if parts.how == "given":
        note = f"{told}; the official test rows stay as they are, so the scores may flatter"
    elif any(2 * len(kept[side]) < len(parts.rows[side]) for side in kept) or not _measured(dataset):
        note = f"{told}; they stay, as this table repeats itself by nature. If they are copies, the scores flatter: name a --group column"
    else:
        note = f"{told}; they were removed from validation and test, so that the scores measure skill and not memory"
        return Parts({"train": parts.rows["train"], **kept}, parts.how, (*parts.notes, note), repeated, repeated)
    return Parts(parts.rows, parts.how, (*parts.notes, note), repeated)


def _measured(dataset: Dataset) -> bool:
    """Whether exact repetition is no accident: arrays, or a table with a column in which most values differ."""
    if dataset.table is None:
        return True
    numbers = dataset.table.select_dtypes("number")
    return any(numbers[name].nunique() > 0.5 * len(numbers) for name in numbers.columns) or numbers.shape[1] >= 16
