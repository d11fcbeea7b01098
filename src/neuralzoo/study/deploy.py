"""What a study's network is for: `open_study(folder)` gives it back with its preprocessing, ready for new data."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.study.prepare import Preparation
from neuralzoo.study.records import Candidate, Evaluated, Task, Trained


@dataclass(frozen=True, eq=False)
class Deployed:
    """A trained network with everything needed between raw data and answers in the target's own terms."""

    model: Any
    preparation: Preparation
    task: Task
    metric: str
    target: str
    candidate: str

    def predict(self, data: Any) -> "Predictions":
        """Answers for a table (path or DataFrame; columns are found by name), pictures, sequences or arrays."""
        opened = open_inputs(data, self.preparation)
        x, notes = self.preparation.transform_noting(opened.inputs)
        outputs = self.outputs(x)
        return Predictions(
            self.preparation.decode_target(outputs), outputs, self.preparation.classes, opened.files, (*opened.notes, *notes)
        )

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Class probabilities `(rows, classes)` or values `(rows,)` for prepared inputs."""
        from neuralzoo.study.train import network_outputs

        if not len(x):
            raise DataError("there are no rows", remedy="give at least one")
        return network_outputs(self.model, x, self.task, self.preparation)

    def trace(self, data: Any, row: int = 0) -> Any:
        """One row carried out by the network: forwards, and also back where a table has the target's column; see `inspect.trace`."""
        from neuralzoo.inspect import execute, trace

        inputs = open_inputs(data, self.preparation).inputs
        rows = len(inputs)
        if not 0 <= row < rows:
            raise ArgumentError(f"there is no row {row}: the data has {rows}", remedy=f"rows are numbered from 0 to {rows - 1}")
        named = list(getattr(inputs, "columns", ()))
        one: Any = inputs.iloc[[row]] if named else np.asarray(inputs)[row : row + 1]
        x, _ = self.preparation.transform_noting(one)
        if self.target not in named:
            return execute(self.model, x)
        return trace(self.model, x, self.preparation.encode_target(one[self.target].to_numpy()))

    def evaluate(self, data: Any, target: str | None = None, seed: int = 0) -> "Judged":
        """Scores with 95 % intervals on labelled rows that the study has not seen."""
        from neuralzoo.study.evaluate import confusion_counts, evaluate

        dataset = open_labelled(data, self.preparation, target or self.target, self.task)
        x, notes = self.preparation.transform_noting(dataset.features)
        outputs = self.outputs(x)
        codes = self.preparation.encode_target(dataset.y)
        truth = dataset.y.astype(np.float64) if self.task == "regression" else codes
        sides = ("train", "validation", "test")  # the same rows thrice: only the test scores are read
        trained = Trained(Candidate(self.candidate, "network", "", lambda: None), self.model, dict.fromkeys(sides, outputs))
        found = evaluate([trained], dict.fromkeys(sides, truth), self.task, self.metric, seed)[0]
        confusion = None if self.task == "regression" else confusion_counts(codes, outputs)
        return Judged(found, confusion, [str(c) for c in self.preparation.classes], len(truth), (*dataset.notes, *notes))


@dataclass(frozen=True, eq=False)
class Predictions:
    """One answer a row: `values` are labels or numbers; `outputs` their probabilities `(rows, classes)` or the numbers."""

    values: np.ndarray
    outputs: np.ndarray
    classes: Sequence[Any] = ()
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def header(self) -> list[str]:
        return [*(["file"] if self.files else []), "prediction", *(f"probability {c}" for c in self.classes)]

    def rows(self) -> list[list[Any]]:
        """The answers as rows under `header`."""
        plain = [v.item() if isinstance(v, np.generic) else v for v in self.values]
        made = [[f"{v:.7g}" if isinstance(v, float) else v] for v in plain]
        if len(self.classes):
            made = [[*row, *(f"{p:.6f}" for p in line)] for row, line in zip(made, self.outputs, strict=True)]
        return [[file, *row] for file, row in zip(self.files, made, strict=True)] if self.files else made

    def write(self, stream: TextIO) -> None:
        """As CSV."""
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(self.rows())

    def save(self, path: str | Path) -> None:
        """As a CSV file."""
        try:
            with Path(path).open("w", newline="", encoding="utf-8") as stream:
                self.write(stream)
        except OSError as error:
            raise DataError(
                f"the predictions cannot be written: {error.strerror}", where=str(path), remedy="choose another --out"
            ) from None


@dataclass(frozen=True, eq=False)
class Judged:
    """How a network did on labelled rows."""

    evaluated: Evaluated
    confusion: np.ndarray | None
    classes: list[str]
    rows: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Inputs:
    """New rows without targets."""

    inputs: Any
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def open_study(folder: str | Path) -> Deployed:
    """The network that a study (or `neuralzoo train`) saved: a result folder, or a model.nz."""
    path = Path(folder).expanduser()
    if not path.exists():
        raise ArgumentError(f"there is no folder {str(folder)!r}", remedy="give the folder that `neuralzoo study` wrote, or its model.nz")
    if path.is_dir() and not (path / "model.nz").is_file():
        why = (
            "no network finished in this study"
            if (path / "study.json").is_file()
            else "it is not the result of a study: it has no model.nz"
        )
        raise ArgumentError(f"{path} cannot be used: {why}", remedy="give a folder that `neuralzoo study` wrote")
    from neuralzoo.train.saving import load, load_extra

    extra = load_extra(path)
    if "preparation" not in extra:
        raise ArgumentError(
            f"{path} holds a network without its preprocessing",
            remedy="use it in Python: neuralzoo.load(path).predict(x); or give a folder that `neuralzoo study` wrote",
        )
    names = ("task", "metric", "target", "candidate")
    return Deployed(load(path), Preparation.from_dict(extra["preparation"]), *(extra[name] for name in names))


def open_inputs(data: Any, preparation: Preparation) -> Inputs:
    """New rows out of a file, folder, DataFrame or array; targets in them are not looked at."""
    if not isinstance(data, str | Path):
        return Inputs(data)
    path = Path(data).expanduser()
    if preparation.kind == "images" and path.is_dir():
        return _pictures(path, preparation.shape)
    if path.is_file() and path.suffix.lower() == ".npz":
        from neuralzoo.data.arrays import read_arrays

        held = read_arrays(path)
        flat = held.x.reshape(len(held.x), -1) if preparation.kind == "table" else held.x
        return Inputs(flat, (), held.notes)
    if path.is_file():
        from neuralzoo.data.tables import read_table, refuse_infinity

        _require_table(path, preparation)
        table = read_table(path)
        refuse_infinity(table, str(path))
        return Inputs(table, (), tuple(table.attrs.get("notes", ())))
    from neuralzoo.data import CATALOGUE, open_dataset

    if not path.exists() and str(data).lower().replace("-", "_") not in CATALOGUE:
        raise ArgumentError(f"there is neither a file nor a folder {str(data)!r}", remedy="check the path and the spelling")
    opened = open_dataset(data)
    return Inputs(opened.features, opened.files, opened.notes)


def open_labelled(data: Any, preparation: Preparation, target: str, task: Task) -> Any:
    """Rows with targets as a `Dataset`."""
    from neuralzoo.data import CATALOGUE, open_dataset

    named = isinstance(data, str) and data.lower().replace("-", "_") in CATALOGUE
    array = isinstance(data, str | Path) and (Path(data).is_dir() or str(data).lower().endswith(".npz"))
    if isinstance(data, tuple):
        from neuralzoo.data import dataset_from_arrays

        return dataset_from_arrays(*data, kind=preparation.kind, feature_names=preparation.columns)
    if isinstance(data, str | Path) and not array and not named and Path(data).is_file():
        _require_table(Path(data), preparation)
    return open_dataset(data, target=None if named or array else target, task=task)


def _require_table(path: Path, preparation: Preparation) -> None:
    if preparation.kind != "table":
        what = f"the network was trained on {preparation.kind} of {' × '.join(map(str, preparation.shape))}, and {path.name} is a table"
        raise DataError(
            what,
            where=str(path),
            remedy="give an NPZ file with an array x" + (" or a folder of pictures" if preparation.kind == "images" else ""),
        )


def _pictures(folder: Path, shape: tuple[int, ...]) -> Inputs:
    """The pictures of a folder, sorted into classes or not, in the size that the network knows."""
    from neuralzoo.data.images import SUFFIXES, read_pixels

    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))
    if not paths:
        raise DataError("there are no pictures", where=str(folder), remedy=f"give files of these kinds: {', '.join(SUFFIXES)}")
    height, width, channels = shape
    x = np.stack([read_pixels(path, height, width, channels) for path in paths])
    return Inputs(x.reshape(len(paths), *shape), tuple(p.relative_to(folder).as_posix() for p in paths))
