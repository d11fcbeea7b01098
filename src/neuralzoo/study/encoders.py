"""How one raw column becomes numbers: `Number`, `Category` and `Date`, fitted on training rows, plain values throughout."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neuralzoo.core.errors import DataError
from neuralzoo.data.dates import parse_dates
from neuralzoo.data.frames import Series, load_pandas
from neuralzoo.data.sniff import MISSING
from neuralzoo.study.findings import Column

LEVELS = 30  # a category keeps its most frequent levels
RARE = 0.005  # of the rows: below that a level is merged, where there are more than ten
HEAVY = 0.01  # of the rows outlying: from there on a column is scaled by quartiles
DAY = 86400.0


@dataclass(frozen=True)
class Number:
    """(value − centre) / scale, a gap filled with the median; where training rows had gaps, one more column marks them."""

    column: str
    median: float
    centre: float
    scale: float
    marks_gaps: bool
    words: tuple[str, ...] = ()  # texts that stand for a gap

    @property
    def names(self) -> tuple[str, ...]:
        return (self.column, f"{self.column} is missing") if self.marks_gaps else (self.column,)

    def encode(self, values: Series) -> tuple[np.ndarray, str]:
        numbers = self.numbers(values)
        gaps = np.isnan(numbers)
        scaled = (np.where(gaps, self.median, numbers) - self.centre) / self.scale
        return np.stack([scaled, gaps] if self.marks_gaps else [scaled], 1), ""

    def numbers(self, values: Series) -> np.ndarray:
        """float64 (n,), NaN in the gaps; other text is refused."""
        numbers = as_numbers(values, self.words)
        for bad, what in (
            (values.notna().to_numpy() & np.isnan(numbers) & ~_is_word(values, self.words), "text"),
            (np.isinf(numbers), "infinity"),
        ):
            if bad.any():
                row = int(bad.argmax())
                raise DataError(
                    f"column {self.column!r} holds {what} where numbers are expected: {values.iloc[row]!r}",
                    where=f"column {self.column!r}, row {row + 1}",
                    remedy="correct the value, or leave the cell empty where it is unknown",
                )
        return numbers


@dataclass(frozen=True)
class Category:
    """One column of 0 and 1 for each level of the training rows; rare levels share one; a level never seen is all zeros."""

    column: str
    levels: tuple[str, ...]
    merged: tuple[str, ...] = ()  # rare levels
    marks_gaps: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        extra = (["other"] if self.merged else []) + (["missing"] if self.marks_gaps else [])
        return tuple(f"{self.column} = {level}" for level in [*self.levels, *extra])

    def encode(self, values: Series) -> tuple[np.ndarray, str]:
        texts = level_texts(values)
        place = {level: k for k, level in enumerate(self.levels)}
        place.update(dict.fromkeys(self.merged, len(self.levels)))
        gap = len(self.names) - 1 if self.marks_gaps else -1
        where = np.array([gap if text is None else place.get(text, -2) for text in texts], int)
        unseen = [text for text, k in zip(texts, where, strict=True) if k == -2 and text is not None]
        coded = (where[:, None] == np.arange(len(self.names))).astype(np.float64)
        shown = ", ".join(map(repr, sorted(set(unseen))[:3]))
        return (
            coded,
            f"column {self.column!r}: {len(unseen)} rows hold a category not seen in training ({shown}), they count as none"
            if unseen
            else "",
        )


@dataclass(frozen=True)
class Date:
    """Days since a training day, and the circle of year, week and day where the training rows span it."""

    column: str
    style: str
    origin: float  # days since 1970
    scale: float  # days
    circles: tuple[str, ...]  # of year, week, day
    marks_gaps: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        circles = [f"{self.column} {wave} of {circle}" for circle in self.circles for wave in ("sin", "cos")]
        return (f"{self.column} in days", *circles, *([f"{self.column} is missing"] if self.marks_gaps else []))

    def encode(self, values: Series) -> tuple[np.ndarray, str]:
        days = as_days(values, self.style)
        gaps = np.isnan(days)
        bad = gaps & values.notna().to_numpy()
        if bad.any():
            row = int(bad.argmax())
            raise DataError(
                f"column {self.column!r} holds {values.iloc[row]!r}, which is no date",
                where=f"column {self.column!r}, row {row + 1}",
                remedy=f"write it as in the training data ({self.style or 'year-month-day'})",
            )
        parts = [(days - self.origin) / self.scale]
        for circle in self.circles:
            turn = 2 * np.pi * days / {"year": 365.2425, "week": 7.0, "day": 1.0}[circle]
            parts += [np.sin(turn), np.cos(turn)]
        filled = [np.where(gaps, 0.0, part) for part in parts]
        return np.stack([*filled, gaps] if self.marks_gaps else filled, 1), ""


Encoder = Number | Category | Date
ENCODERS: dict[str, type[Encoder]] = {"Number": Number, "Category": Category, "Date": Date}


def fit_encoder(column: Column, values: Series) -> Encoder | str:
    """The encoder of a column, fitted on its training `values` (n,), or the reason why there is none."""
    name, gaps = column.name, bool(values.isna().any())
    if not values.notna().any():
        return "it is empty in the training rows"
    if column.type == "date":
        return _fit_date(column, values, gaps)
    if column.type in ("category", "code") or (column.type == "binary" and values.dtype.kind not in "iuf"):
        return _fit_category(name, values, gaps)
    numbers = as_numbers(values, column.words)
    known = numbers[~np.isnan(numbers)]
    if not len(known) or known.min() == known.max():
        return "it has the same value in all training rows"
    median = float(np.median(known))
    low, high = np.quantile(known, (0.25, 0.75))
    spread = 1.4826 * float(np.median(np.abs(known - median)))
    heavy = spread > 0 and high > low and (np.abs(known - median) > 5 * spread).mean() > HEAVY
    centre, scale = (median, float(high - low) / 1.349) if heavy else (float(known.mean()), float(known.std()))
    return Number(name, median, centre, scale or 1.0, len(known) < len(numbers), column.words)


def _fit_category(name: str, values: Series, gaps: bool) -> Category | str:
    texts = [text for text in level_texts(values) if text is not None]
    found, times = np.unique(np.array(texts, object), return_counts=True)
    if len(found) < 2 and not gaps:
        return "it has the same value in all training rows"
    order = np.lexsort((found.astype(str), -times))
    keep = [k for rank, k in enumerate(order) if len(found) <= 10 or (rank < LEVELS and times[k] >= max(2, RARE * len(values)))]
    levels = tuple(sorted(str(found[k]) for k in keep))
    return Category(name, levels, tuple(sorted({str(f) for f in found} - set(levels))), gaps)


def _fit_date(column: Column, values: Series, gaps: bool) -> Date | str:
    days = as_days(values, column.date_format)
    known = days[~np.isnan(days)]
    span = float(known.max() - known.min()) if len(known) else 0.0
    if not span:
        return "it has the same value in all training rows"
    clock = bool(np.any(known != np.floor(known)))
    circles = tuple(c for c, wanted in (("year", span > 180), ("week", span > 14), ("day", clock and span > 1)) if wanted)
    return Date(column.name, column.date_format, float(known.mean()), float(known.std()), circles, gaps)


def as_numbers(values: Series, words: tuple[str, ...] = ()) -> np.ndarray:
    """float64 (n,): text that is no number becomes NaN, as do `words`."""
    pandas = load_pandas()

    if values.dtype.kind in "iufb":
        return values.to_numpy(np.float64)
    if values.dtype.kind == "M":
        return np.full(len(values), np.nan)
    return pandas.to_numeric(values.astype(object).where(~_is_word(values, words), None), errors="coerce").to_numpy(np.float64)


def as_days(values: Series, style: str) -> np.ndarray:
    """Days since 1970, float64 (n,), NaN where there is no date."""
    stamps = parse_dates(values, style)
    seconds = stamps.to_numpy().astype("datetime64[ms]")
    return np.where(np.isnat(seconds), np.nan, seconds.astype(np.int64) / 1000 / DAY)


def level_texts(values: Any) -> list[str | None]:
    """Each entry as text, None in the gaps: 1, 1.0 and "1" are the same level, whatever type a file gives the column."""
    return [_level(value) for value in values]


def _level(value: Any) -> str | None:
    if value is None or value != value:
        return None
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _is_word(values: Series, words: tuple[str, ...]) -> np.ndarray:
    if values.dtype.kind in "iufbM":
        return np.zeros(len(values), bool)
    return values.astype(str).str.strip().isin([*words, *MISSING]).to_numpy()
