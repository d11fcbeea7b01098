"""`open_dataset`: from what the user wrote after `neuralzoo study` to a `Dataset`."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError, nearest
from neuralzoo.data.dataset import Dataset, checked_task, dataset_from_arrays, dataset_from_table
from neuralzoo.data.frames import DataFrame
from neuralzoo.data.names import CATALOGUE, entry

ACCEPTED = "a CSV, TSV, Parquet or NPZ file, a folder of pictures by class, or the name of a data set"


def open_dataset(
    data: str | Path | DataFrame,
    target: str | None = None,
    task: str | None = None,
    group: str | None = None,
    time: str | None = None,
    seed: int = 0,
) -> Dataset:
    """The data set behind a path, a folder, a name or a DataFrame; `target`, `group` and `time` name columns of a table.

    >>> data = open_dataset("iris")
    >>> len(data), data.kind, data.target
    (150, 'table', 'class')
    """
    checked_task(task)
    if not isinstance(data, str | Path):
        return dataset_from_table(data, target=target, task=task, group=group, time=time)
    path = Path(data).expanduser()
    found = _named(str(data)) if isinstance(data, str) else None
    if found is not None:
        opened = _open_named(found, seed)
        if opened.table is not None and (target not in (None, opened.target) or group or time not in (None, opened.time)):
            opened = _retargeted(opened, target, group, time)
        elif opened.table is None:
            _refuse_columns(str(data), target, group, time, opened.target)
        opened = replace(opened, task=task or opened.task)
        twin = f"this is the named data set; for the path of that name write .{'/'}{data}" if path.exists() else ""
        return replace(opened, notes=(*opened.notes, twin)) if twin else opened
    if path.is_dir():
        _refuse_columns(str(path), target, group, time, "class")
        return _open_folder(path, task)
    if path.is_file() and path.suffix.lower() == ".npz":
        _refuse_columns(str(path), target, group, time, "y", but="save the arrays as a table (CSV, Parquet) to name columns")
        return _open_arrays(path, task)
    if path.is_file():
        from neuralzoo.data.tables import read_table

        name = path.name.split(".")[0]
        return dataset_from_table(read_table(path), target=target, task=task, group=group, time=time, name=name, source=str(path))
    raise ArgumentError(
        f"there is neither a file, a folder nor a data set named {str(data)!r}",
        remedy=f"give {ACCEPTED}. {nearest(path.stem or str(data), CATALOGUE)}",
    )


def _named(text: str) -> str | None:
    plain = text.strip().lower().replace("-", "_")
    return plain if plain in CATALOGUE else None


def _open_named(name: str, seed: int) -> Dataset:
    found = entry(name)
    if found.load is None:
        raise DataError(
            f"{name!r} is a {found.kind} and no table, images or sequences",
            remedy=f"load it in Python: from neuralzoo.datasets import {name}; {name}.load_data()",
        )
    opened = found.load(seed)
    return replace(opened, source=f"{found.source} ({opened.source})", target=opened.target or "target")


def _retargeted(opened: Dataset, target: str | None, group: str | None, time: str | None) -> Dataset:
    """A named table with other roles for its columns than the usual ones."""
    assert opened.table is not None
    whole = opened.table.assign(**{opened.target: opened.y})
    task = opened.task if target in (None, opened.target) else None
    made = dataset_from_table(whole, target=target or opened.target, group=group, time=time, name=opened.name, source=opened.source)
    return replace(made, task=task, test_rows=opened.test_rows, notes=opened.notes)


def _refuse_columns(where: str, target: str | None, group: str | None, time: str | None, own: str, *, but: str = "") -> None:
    for role, column in (("target", target), ("group", group), ("time", time)):
        if column is not None and not (role == "target" and column == own):
            raise ArgumentError(
                f"no {role} column {column!r} can be named here: this data has arrays, not columns",
                where=where,
                remedy=but or f"leave --{role} out; the target is {own!r}",
            )


def _open_folder(path: Path, task: str | None) -> Dataset:
    from neuralzoo.data.images import read_images

    held = read_images(path)
    made = dataset_from_arrays(held.x, held.y, kind="images", task=task or "classification", name=path.name, source=str(path))
    return replace(
        made,
        target="class",
        target_reason="the name of the folder that holds the picture",
        class_names=held.class_names,
        files=held.files,
        test_rows=held.test_rows,
        notes=held.notes,
    )


def _open_arrays(path: Path, task: str | None) -> Dataset:
    from neuralzoo.data.arrays import read_arrays

    held = read_arrays(path)
    if held.y is None:
        raise DataError("there are inputs x but no targets y", where=str(path), remedy="add them: np.savez(path, x=..., y=...)")
    made = dataset_from_arrays(held.x, np.asarray(held.y), task=task, name=path.stem, source=str(path))
    return replace(made, target="y", target_reason="the array of targets", test_rows=held.test_rows, notes=(*made.notes, *held.notes))
