"""`Dataset`, the one thing that `neuralzoo study` takes, and how tables and arrays become one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError, nearest
from neuralzoo.data.frames import DataFrame, load_pandas

KINDS = ("table", "images", "sequences")
TASKS = ("classification", "binary", "multiclass", "regression")
TARGET_NAMES = ("target", "label", "labels", "class", "y", "outcome", "output", "response", "diagnosis", "species")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs and targets with their names; nothing is filled in, scaled or encoded yet.

    kind "table": `table` (n rows) holds the input columns only, the target and the group column taken out.
    kind "images": `x` (n, height, width, channels).  kind "sequences": `x` (n, steps, channels).
    """

    name: str
    kind: str
    y: np.ndarray  # (n,): labels (text where the classes have names) or numbers, as the file gives them
    table: DataFrame | None = None
    x: np.ndarray | None = None
    target: str = "target"
    target_reason: str = ""
    task: str | None = None  # given by the user or the catalogue; None: to be found out
    class_names: tuple[str, ...] = ()  # in their official order; () where sorting the labels will do
    feature_names: tuple[str, ...] = ()  # of a table its columns
    group: str | None = None
    groups: np.ndarray | None = None  # (n,): rows of one group must stay together
    time: str | None = None
    times: np.ndarray | None = None  # (n,): when each row was measured
    test_rows: np.ndarray | None = None  # the official test set, where there is one
    files: tuple[str, ...] = ()  # of pictures
    notes: tuple[str, ...] = ()  # what was guessed or left out while reading
    source: str = ""

    def __len__(self) -> int:
        return len(self.y)

    @property
    def features(self) -> Any:
        """The inputs of all rows: the table, or the array."""
        return self.table if self.table is not None else self.x

    def take(self, rows: np.ndarray) -> Any:
        """The inputs of some rows, ready for `Preparation.transform`."""
        return self.table.iloc[rows] if self.table is not None else self.features[rows]


def dataset_from_table(
    table: DataFrame,
    *,
    target: str | None = None,
    task: str | None = None,
    group: str | None = None,
    time: str | None = None,
    name: str = "table",
    source: str = "",
) -> Dataset:
    """A data set from a table that holds inputs and target side by side.

    >>> import pandas
    >>> data = dataset_from_table(pandas.DataFrame({"size": [1.0, 2.0], "price": [3.0, 4.0]}))
    >>> data.target, data.feature_names
    ('price', ('size',))
    """
    from neuralzoo.data.tables import plain_columns, refuse_infinity

    where = source or name
    notes = tuple(table.attrs.get("notes", ()))
    table = plain_columns(table, where)
    refuse_infinity(table, where)
    if not len(table):
        raise DataError("the table has no rows", where=where, remedy="give a few rows")
    columns = [str(column) for column in table.columns]
    target, reason = _target(columns, target, {group, time}, where)
    group, time = (column and find_column(column, columns, role, where) for column, role in ((group, "group"), (time, "time")))
    for column, role in ((group, "group"), (time, "time")):
        if column == target:
            raise ArgumentError(
                f"column {target!r} cannot be both the target and the {role} column", where=where, remedy="name another one"
            )
    features = [column for column in columns if column not in (target, group)]
    if not features:
        raise DataError(f"there is no column besides the target {target!r}", where=where, remedy="give at least one input column")
    return Dataset(
        name=name,
        kind="table",
        y=table[target].to_numpy(),
        table=table[features],
        target=target,
        target_reason=reason,
        task=checked_task(task),
        feature_names=tuple(features),
        group=group,
        groups=table[group].to_numpy() if group else None,
        time=time,
        times=_moments(table[time]) if time else None,
        notes=notes,
        source=source,
    )


def dataset_from_arrays(
    x: np.ndarray,
    y: np.ndarray,
    *,
    kind: str | None = None,
    task: str | None = None,
    feature_names: Sequence[str] = (),
    name: str = "arrays",
    source: str = "",
) -> Dataset:
    """A data set from `x` (n, …) and `y` (n,).

    (n, features) is a table; (n, height, width, channels) are images, and so is (n, height, width) of whole numbers 0 to 255;
    (n, steps, channels) of other numbers are sequences.
    """
    x, y = np.asarray(x), np.asarray(y).reshape(len(y), -1).squeeze(1) if np.ndim(y) > 1 and np.shape(y)[1] == 1 else np.asarray(y)
    if x.ndim < 2 or y.ndim != 1 or len(x) != len(y):
        raise DataError(f"x has shape {x.shape} and y {y.shape}", where=source or name, remedy="give x (n, …) and y (n,) with the same n")
    if not len(x):
        raise DataError("the arrays have no rows", where=source or name, remedy="give a few rows")
    kind, note = (kind, "") if kind else _kind(x)
    if kind not in KINDS:
        raise ArgumentError(f"there is no kind of data named {kind!r}", remedy=nearest(kind, KINDS))
    common = Dataset(name, kind, y, task=checked_task(task), notes=(note,) if note else (), source=source, target_reason="the second array")
    if kind == "table":
        pandas = load_pandas()

        names = tuple(feature_names) or tuple(f"x_{k + 1}" for k in range(x[0].size))
        table = pandas.DataFrame(x.reshape(len(x), -1), columns=list(names))
        return replace(common, table=table, feature_names=names)
    return replace(common, x=x[..., None] if x.ndim == (3 if kind == "images" else 2) else x)


def checked_task(task: str | None) -> str | None:
    """The same task, or an error that names the nearest one."""
    if task is not None and task not in TASKS:
        raise ArgumentError(f"there is no task named {task!r}", remedy=nearest(task, TASKS))
    return task


def find_column(wanted: str, columns: Sequence[str], role: str, where: str) -> str:
    """The column called `wanted`, in any case, else an error that names the nearest one."""
    if wanted in columns:
        return wanted
    alike = [column for column in columns if column.lower() == wanted.strip().lower()]
    if len(alike) == 1:
        return alike[0]
    raise ArgumentError(f"there is no {role} column {wanted!r}", where=where, remedy=nearest(wanted, columns))


def _target(columns: Sequence[str], wanted: str | None, taken: set[str | None], where: str) -> tuple[str, str]:
    if wanted is not None:
        return find_column(wanted, columns, "target", where), "you named it"
    free = [column for column in columns if column not in taken] or list(columns)
    for name in TARGET_NAMES:
        for column in free:
            if column.lower() == name:
                return column, f"a column called {column!r} is usually the target; another one by --target"
    return free[-1], "the last column, as no column is called target, label, class, y or outcome; another one by --target"


def _kind(x: np.ndarray) -> tuple[str, str]:
    if x.ndim == 2:
        return "table", ""
    if x.ndim == 4:
        return "images", "four axes are read as images (rows, height, width, channels)"
    if x.ndim > 4:
        raise DataError(f"x has {x.ndim} axes", remedy="give a table (2), sequences (3) or images (3 or 4 axes)")
    pixels = x.dtype == np.uint8 or (x.dtype.kind in "iu" and x.min() >= 0 and x.max() <= 255)
    if pixels:
        return "images", "three axes of whole numbers from 0 to 255 are read as grey images (rows, height, width)"
    return "sequences", "three axes are read as sequences (rows, steps, channels)"


def _moments(column: Any) -> np.ndarray:
    """A time column as numbers or dates; text in the usual date formats is understood."""
    from neuralzoo.data.dates import date_format, parse_dates

    if column.dtype.kind in "iufM":
        return column.to_numpy()
    texts = column.dropna().astype(str)
    style = date_format(texts)
    if style is None:
        row = next((k for k, v in enumerate(column, 1) if not re.search(r"\d", str(v))), 1)
        raise DataError(
            f"the time column {column.name!r} holds neither numbers nor dates",
            where=f"column {column.name!r}, row {row}: {column.iloc[row - 1]!r}",
            remedy="write dates as 2024-12-31 or 2024-12-31 23:59:00",
        )
    return parse_dates(column, style).to_numpy()
