"""What an analysis says: `Finding`, `Column` and `Analysis`, records of plain values."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from neuralzoo.core.errors import DataError

LEVELS = ("problem", "warning", "info")
TYPES = ("numeric", "code", "binary", "category", "text", "date", "identifier", "constant")


def counted(number: int, thing: str) -> str:
    """A number and its noun: "1 row", "1,797 rows"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


@dataclass(frozen=True)
class Finding:
    """One thing worth knowing: a `problem` stops the study, a `warning` may spoil it, an `info` is good to know."""

    level: str
    what: str
    where: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        return "\n".join(
            filter(
                None, [f"{self.level}: {self.what}", self.where and f"  where:  {self.where}", self.remedy and f"  remedy: {self.remedy}"]
            )
        )


@dataclass(frozen=True)
class Column:
    """One column of a table: its type, why, and its figures (of numbers: minimum, median, maximum, spread)."""

    name: str
    type: str  # one of TYPES; `code` is a category written in whole numbers
    why: str
    missing: int
    distinct: int
    minimum: float | None = None
    median: float | None = None
    maximum: float | None = None
    spread: float | None = None  # 1.4826 times the median absolute deviation, else the standard deviation
    outliers: int = 0  # entries more than 5 spreads from the median
    examples: tuple[str, ...] = ()
    date_format: str = ""
    words: tuple[str, ...] = ()  # texts in a numeric column that stand for "missing"


@dataclass(frozen=True)
class Analysis:
    """What is known of a data set before anything is trained; all values are plain (`as_dict` is JSON)."""

    name: str
    kind: str
    rows: int
    shape: tuple[int, ...]  # of one sample
    task: str  # binary, multiclass or regression
    task_reason: str
    target: str
    target_reason: str
    class_counts: dict[str, int]  # {} for a regression
    target_figures: dict[str, float]  # {} for a classification
    columns: tuple[Column, ...]  # () for images and sequences
    missing: int  # cells
    duplicate_columns: dict[str, str]  # a column → the one before it that says the same
    duplicate_rows: int
    leaks: tuple[str, ...]  # columns that alone give the target away
    split: str  # stratified, random, grouped, time or official: what fits this data
    split_reason: str
    time_column: str  # by which a split in time can be made, "" where none is known and the order of the rows has to do
    enough: str  # one sentence
    findings: tuple[Finding, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels as text, the official order first."""
        return tuple(self.class_counts)

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The findings that stop a study."""
        return tuple(f for f in self.findings if f.level == "problem")

    def column(self, name: str) -> Column:
        """The column called `name`."""
        return next(column for column in self.columns if column.name == name)

    def require_usable(self) -> "Analysis":
        """The same analysis, or `DataError` with its problems."""
        if self.problems:
            first, *more = self.problems
            others = "".join(f"; also: {problem.what}" for problem in more)
            raise DataError(first.what + others, where=first.where or self.name, remedy=first.remedy)
        return self

    def as_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists, texts and numbers, ready for JSON."""
        return dataclasses.asdict(self)
