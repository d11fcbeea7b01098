"""What a network on the page learns: rows in two parts, and the plane that they are shown on."""

import io
import re
import tempfile
import warnings
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.core.errors import DataError
from neuralzoo.play import limits
from neuralzoo.play.problems import CLASSES, inputs, problem

if TYPE_CHECKING:
    from neuralzoo.data.dataset import Dataset

Rows = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Task:
    """Rows to learn from and to validate with.

    Fields:
        training, validation: x `(rows, inputs)`, y `(rows,)`, class numbers or numbers.
        names: of the inputs.
        classes: how many, 0 for a number to predict.
        labels: names of the classes.
        drawn: the names of functions of the plane that the inputs are; () where they are columns of a table.
        points: of all rows on the plane, training first, `(rows, 2)`; () where two of the inputs are.
    """

    training: Rows
    validation: Rows
    names: tuple[str, ...]
    classes: int
    labels: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    points: np.ndarray | None = None

    @property
    def outputs(self) -> int:
        return self.classes if self.classes > 2 else 1

    def shown(self, axes: tuple[int, int]) -> np.ndarray:
        """Where each row lies on the plane of two inputs, `(rows, 2)`, training first."""
        if self.points is not None:
            return self.points
        return np.concatenate([self.training[0], self.validation[0]])[:, list(axes)]

    def frame(self, axes: tuple[int, int]) -> np.ndarray:
        """The least and the greatest coordinates shown, `(2, 2)`."""
        if self.points is not None:
            return np.array([[-1.1, -1.1], [1.1, 1.1]])
        rows = self.shown(axes)
        low, high = np.quantile(rows, 0.01, axis=0), np.quantile(rows, 0.99, axis=0)
        room = 0.15 * np.maximum(high - low, 0.5)
        return np.stack([low - room, high + room])

    def plane(self, side: int, axes: tuple[int, int]) -> np.ndarray:
        """The inputs at `side` × `side` points of the plane, row by row from the top; other columns are at their means."""
        low, high = self.frame(axes)
        across, down = np.linspace(low[0], high[0], side), np.linspace(high[1], low[1], side)
        points = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
        return self.at(points, axes)

    def at(self, points: np.ndarray, axes: tuple[int, int]) -> np.ndarray:
        """The inputs at points of the plane."""
        if self.drawn:
            return inputs(points, self.drawn)
        x = np.repeat(self.training[0].mean(axis=0)[None], len(points), axis=0)
        x[:, list(axes)] = points
        return x.astype(np.float32)


def drawn_task(name: str, rows: int, noise: float, share: float, seed: int, features: tuple[str, ...]) -> Task:
    """A problem of the plane."""
    (x, y), (x_other, y_other) = problem(name, rows, noise, share, seed)
    points, known = np.concatenate([x, x_other]), CLASSES[name]
    training, validation = (inputs(x, features), y), (inputs(x_other, features), y_other)
    return Task(training, validation, features, known, tuple("ABC"[:known]), features, points)


def own_task(data: "Dataset", share: float, seed: int) -> Task:
    """The user's table, made ready by what the training rows say: standardised, words as columns of their own."""
    from neuralzoo.study.analyze import analyze
    from neuralzoo.study.prepare import Preparation

    if data.table is None:
        raise DataError(f"{data.name} holds {data.kind}, not a table", remedy="open pictures in the room of drawn digits")
    order = np.random.default_rng(seed).permutation(len(data))[: limits.ROWS]
    kept = min(max(2, round(len(order) * share)), len(order) - 1)
    if kept < 2:
        raise DataError(f"{data.name} has {len(order)} rows", remedy="give a table with four rows at least")
    ready = Preparation.fit(data, analyze(data), order[:kept])
    names = tuple(ready.feature_names)
    if len(names) > limits.FEATURES:
        raise DataError(f"{data.name} makes {len(names)} inputs", remedy=f"give a table that makes {limits.FEATURES} at most")
    parts = []
    for rows in (order[:kept], order[kept:]):
        y = np.asarray(ready.encode_target(data.y[rows]), np.float32).reshape(len(rows))
        parts.append((np.asarray(ready.transform(data.take(rows)), np.float32), y))
    labels = tuple(str(label) for label in ready.classes)
    return Task(parts[0], parts[1], names, len(labels), labels)


def dataset_of_bytes(name: str, data: bytes) -> "Dataset":
    """The data set in a file that the page sent."""
    from neuralzoo.data.opening import open_dataset

    suffix = Path(name).suffix.lower()
    if suffix not in (".csv", ".tsv", ".txt", ".parquet", ".npz"):
        raise DataError(f"{name!r} is no table", remedy="open a CSV, TSV, Parquet or NPZ file, or a model that was saved (.nz)")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{Path(name).stem or 'table'}{suffix}"
        path.write_bytes(data)
        return open_dataset(path)


def pictures_of_bytes(name: str, data: bytes) -> "Dataset":
    """The pictures in a ZIP archive that the page sent, each in a folder that names its class; or those of a NumPy archive."""
    from neuralzoo.data.opening import open_dataset

    if Path(name).suffix.lower() == ".npz":
        return dataset_of_bytes(name, data)
    remedy = "put a folder of pictures for each class into a ZIP archive, or open an NPZ file"
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise DataError(f"{name!r} is no ZIP archive", remedy=remedy)
    with zipfile.ZipFile(io.BytesIO(data)) as archive, tempfile.TemporaryDirectory() as folder:
        held = [(member, PurePosixPath(member.filename)) for member in archive.infolist() if not member.is_dir()]
        held = [(member, path) for member, path in held if not path.name.startswith(".") and "__MACOSX" not in path.parts]
        if not held or any(len(path.parts) < 2 for _, path in held):
            raise DataError(f"{name!r} holds files outside of folders, or none", remedy=remedy)
        if len(held) > limits.ROWS or sum(member.file_size for member, _ in held) > limits.UNPACKED:
            most = f"{limits.ROWS} pictures and {limits.UNPACKED // 2**20} MB"
            raise DataError(f"{name!r} holds more than {most}", remedy="take fewer, or start `neuralzoo playground FOLDER`")
        top = Path(folder) / (Path(name).stem or "pictures")
        pixels = 0
        for i, (member, path) in enumerate(held):
            label, stem = (re.sub(r"[^\w\- ]", "_", part).strip("_") or "x" for part in (path.parent.name, path.stem))  # no path as it is
            place = top / label / f"{stem}{path.suffix.lower()}"
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists():  # in another folder, such as train and test; brackets are in no name by now
                place = place.with_stem(f"{stem} ({i})")
            place.write_bytes(_unpacked(archive, member, name))
            pixels += _pixels(place)
        if pixels > limits.PIXELS:
            raise DataError(f"{name!r} holds {pixels / 1e6:,.0f} million pixels", remedy=f"{limits.PIXELS / 1e6:.0f} at most: resize them")
        try:
            return replace(open_dataset(top), source=top.name)
        except DataError as error:
            where = error.where.replace(folder, "").strip("/\\")
            raise DataError(error.what.replace(folder, ""), where=where, remedy=error.remedy or remedy) from None


def _pixels(path: Path) -> int:
    """Of a picture; 0 where it is none, which is told when it is read."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as picture:
            return picture.width * picture.height
    except Image.DecompressionBombError:
        return limits.PIXELS + 1
    except (UnidentifiedImageError, OSError, ValueError):
        return 0


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:  # broken, an unknown method, a password
        raise DataError(f"{member.filename!r} in {name!r} cannot be unpacked: {error}", remedy="pack the folder anew") from None
