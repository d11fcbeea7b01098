"""`Preparation`: from raw columns or pixels to the float32 numbers a network takes, fitted on training rows only."""

import dataclasses
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuralzoo.core.errors import DataError, FormatError, nearest
from neuralzoo.data.dataset import Dataset
from neuralzoo.data.frames import load_pandas
from neuralzoo.study.encoders import ENCODERS, Encoder, fit_encoder
from neuralzoo.study.findings import Analysis
from neuralzoo.study.targets import TARGETS, Classes, Label, Measure, fit_target


class PreparationWarning(UserWarning):
    """New data differs from the training data in a way that can be worked around."""


@dataclass(frozen=True)
class Preparation:
    """How inputs and targets are turned into numbers and back; every value is plain, so it is saved as JSON.

    A table (n rows) becomes float32 (n, len(feature_names)); pictures uint8 (n, h, w, c) become float32 of the same shape from 0
    to 1; sequences (n, steps, channels) are standardised by channel.

    >>> from neuralzoo.data import open_dataset, split_rows
    >>> from neuralzoo.study.analyze import analyze
    >>> data = open_dataset("iris")
    >>> rows = split_rows(len(data), y=data.y)
    >>> ready = Preparation.fit(data, analyze(data), rows.train)
    >>> ready.transform(data.take(rows.test)).shape, ready.encode_target(data.y[:2]).tolist()
    ((15, 4), [0, 0])
    """

    kind: str
    shape: tuple[int, ...]  # of one raw sample
    columns: tuple[str, ...]  # the raw columns of a table, in the order of the data set
    encoders: tuple[Encoder, ...]  # one for each column that is used
    dropped: dict[str, str]  # column → why it is left out
    known: tuple[str, ...]  # columns that a file may hold besides: target, group
    centre: tuple[float, ...]  # pictures: one; sequences: one for each channel
    scale: tuple[float, ...]
    target: Classes | Measure

    @staticmethod
    def fit(dataset: Dataset, analysis: Analysis, rows: np.ndarray) -> "Preparation":
        """Fitted on the training `rows` alone; `analysis` says what type each column has."""
        if not len(rows):
            raise DataError("there are no training rows", where=dataset.name, remedy="give the training part of the split more rows")
        encoders: list[Encoder] = []
        dropped: dict[str, str] = {}
        centre, scale = (), ()
        if dataset.table is None:
            centre, scale = _fit_array(dataset, rows)
        else:
            training = dataset.table.iloc[rows]
            for column in analysis.columns:
                reason = _reason(analysis, column.name, dataset.time or analysis.time_column)
                fitted = reason or fit_encoder(column, training[column.name])
                if isinstance(fitted, str):
                    dropped[column.name] = fitted
                else:
                    encoders.append(fitted)
            if not encoders:
                why = "; ".join(f"{name!r}: {reason}" for name, reason in list(dropped.items())[:5])
                raise DataError("no column is left as an input", where=why, remedy="give columns of numbers or categories")
        return Preparation(
            kind=dataset.kind,
            shape=analysis.shape,
            columns=dataset.feature_names if dataset.table is not None else (),
            encoders=tuple(encoders),
            dropped=dropped,
            known=tuple(name for name in (dataset.target, dataset.group) if name),
            centre=centre,
            scale=scale,
            target=fit_target(dataset, analysis, rows),
        )

    @property
    def feature_names(self) -> tuple[str, ...]:
        """A name for each column of the matrix; () for pictures and sequences."""
        return tuple(name for encoder in self.encoders for name in encoder.names)

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """The raw columns that are used, in order."""
        return tuple(encoder.column for encoder in self.encoders)

    @property
    def sources(self) -> dict[str, list[int]]:
        """Raw column → its columns in the matrix: those to shuffle together for its importance."""
        made = [encoder.column for encoder in self.encoders for _ in encoder.names]
        return {column: [k for k, source in enumerate(made) if source == column] for column in self.raw_columns}

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of one prepared sample."""
        return (len(self.feature_names),) if self.kind == "table" else self.shape

    @property
    def classes(self) -> tuple[Label, ...]:
        """The labels behind the codes 0, 1…; () for a regression."""
        return self.target.labels if isinstance(self.target, Classes) else ()

    def transform(self, data: Any) -> np.ndarray:
        """float32 (n, …) from a table with named columns in any order, or an array; warns by `PreparationWarning`."""
        x, notes = self.transform_noting(data)
        for note in notes:
            warnings.warn(note, PreparationWarning, stacklevel=2)
        return x

    def transform_noting(self, data: Any) -> tuple[np.ndarray, tuple[str, ...]]:
        """The same, with the warnings as a tuple: columns ignored, categories never seen in training."""
        if self.kind != "table":
            return self._transform_array(np.asarray(data)), ()
        table, notes = self._checked_table(data)
        parts = []
        for encoder in self.encoders:
            coded, note = encoder.encode(table[encoder.column])
            parts.append(coded.astype(np.float32))
            notes += [note] if note else []
        return np.concatenate(parts, 1), tuple(notes)

    def encode_target(self, values: Any) -> np.ndarray:
        """Classes: int32 (n,) codes 0 to k-1. Regression: float32 (n, 1), standardised."""
        return self.target.encode(values)

    def decode_target(self, predictions: Any) -> np.ndarray:
        """Back to labels or to the target's own units (n,), from codes (n,), probabilities (n, k) or (n, 1), or values."""
        return self.target.decode(predictions)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON; `from_dict` gives the same Preparation back, bit for bit."""
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        plain["encoders"] = [_tagged(encoder) for encoder in self.encoders]
        plain["target"] = _tagged(self.target)
        return {"version": 1, **{name: list(v) if isinstance(v, tuple) else v for name, v in plain.items()}}

    @staticmethod
    def from_dict(plain: dict[str, Any]) -> "Preparation":
        """The Preparation behind `as_dict`, before or after a trip through JSON."""
        if plain.get("version") != 1:
            raise FormatError(
                f"the preparation has version {plain.get('version')!r}, expected is 1", remedy="use the neuralzoo that wrote it"
            )
        try:
            values = {name: _tupled(value) for name, value in plain.items() if name != "version"}
            values["encoders"] = tuple(_untagged(encoder, ENCODERS) for encoder in plain["encoders"])
            values["target"] = _untagged(plain["target"], TARGETS)
            return Preparation(**values)
        except (KeyError, TypeError, AttributeError) as error:
            raise FormatError(f"the preparation is damaged: {error}", remedy="save the study again") from error

    def _checked_table(self, data: Any) -> tuple[Any, list[str]]:
        """The columns that are used, by name, in plain types; and what is said about the others."""
        pandas = load_pandas()

        from neuralzoo.data.tables import plain_columns

        if not isinstance(data, pandas.DataFrame):
            values = np.asarray(data)
            if values.ndim != 2 or values.shape[1] != len(self.columns):
                raise DataError(f"the array has shape {values.shape}", remedy=f"give {len(self.columns)} columns: {_some(self.columns)}")
            data = pandas.DataFrame(values, columns=list(self.columns))
        names = [str(name).strip() for name in data.columns]
        absent = [name for name in self.raw_columns if name not in names]
        if absent:
            raise DataError(f"{len(absent)} columns are missing: {_some(absent)}", where="the new data", remedy=nearest(absent[0], names))
        extra = [name for name in names if name not in {*self.columns, *self.known}]
        notes = [f"{len(extra)} columns were not there in training and are ignored: {_some(extra)}"] if extra else []
        return plain_columns(data.iloc[:, [names.index(name) for name in self.raw_columns]], "the new data"), notes

    def _transform_array(self, x: np.ndarray) -> np.ndarray:
        if x.shape[1:] != self.shape and (*x.shape[1:], 1) == self.shape:
            x = x[..., None]
        if x.shape[1:] != self.shape:
            raise DataError(
                f"each sample has shape {x.shape[1:]}, the network was trained on {self.shape}",
                where="the new data",
                remedy="resize the pictures" if self.kind == "images" else "cut or fill up the sequences",
            )
        centre, scale = (np.asarray(v, np.float32) for v in (self.centre, self.scale))
        ready = (x.astype(np.float32) - centre) / scale
        return np.nan_to_num(ready, nan=0.0, posinf=np.inf, neginf=-np.inf, copy=False) if x.dtype.kind == "f" else ready


def _reason(analysis: Analysis, name: str, time: str | None) -> str:
    """Why a column is not used; "" where it is."""
    column = analysis.column(name)
    if column.type in ("constant", "identifier", "text"):
        return column.why
    if name == time and column.type != "date" and len(analysis.columns) > 1:
        return "it is the time by which the rows are ordered"
    twin = analysis.duplicate_columns.get(name)
    return f"it repeats column {twin!r}" if twin else ""


def _fit_array(dataset: Dataset, rows: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Pictures from 0 to 1; sequences standardised by channel; gaps (NaN) then count as the mean."""
    x = dataset.features
    if dataset.kind == "images" and x.dtype.kind in "iub":
        return (0.0,), (255.0 if x.dtype == np.uint8 else float(max(x[rows].max(), 1)),)
    seen = x[rows].astype(np.float64)
    if dataset.kind == "images":
        low, high = float(np.nanmin(seen)), float(np.nanmax(seen))
        return ((0.0,), (1.0,)) if low >= 0 and high <= 1 else ((low,), ((high - low) or 1.0,))
    axes = tuple(range(seen.ndim - 1))
    centre, scale = np.nanmean(seen, axes), np.nanstd(seen, axes)
    return tuple(centre.tolist()), tuple(np.where(scale > 0, scale, 1.0).tolist())


def _tagged(record: Any) -> dict[str, Any]:
    return {"is": type(record).__name__, **{k: list(v) if isinstance(v, tuple) else v for k, v in vars(record).items()}}


def _untagged(plain: dict[str, Any], kinds: dict[str, Any]) -> Any:
    return kinds[plain["is"]](**{name: _tupled(value) for name, value in plain.items() if name != "is"})


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _some(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(map(repr, names[:5])) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
