"""Arrays from NPZ files: `read_arrays`."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuralzoo.core.errors import DataError

PAIRS = (("x", "y"), ("x_train", "y_train"), ("data", "target"), ("data", "labels"), ("images", "labels"), ("features", "labels"))


@dataclass(frozen=True, eq=False)
class Arrays:
    """`x` (n, …) and `y` (n,) or None; `test_rows` are the row numbers the file itself sets aside for testing."""

    x: np.ndarray
    y: np.ndarray | None
    test_rows: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def read_arrays(path: str | Path) -> Arrays:
    """The arrays of an NPZ file: `x` and `y`, or `x_train, y_train, x_test, y_test`, or `data` and `target`. Never pickled."""
    path = Path(path)
    found = _loaded(path)
    pair = next((pair for pair in PAIRS if pair[0] in found and pair[1] in found), None)
    if pair is None and "x" in found:
        return Arrays(_checked(found["x"], "x", path), None)
    if pair is None:
        raise DataError(
            f"no inputs and targets among the arrays {', '.join(found) or '(none)'}",
            where=str(path),
            remedy="call them x and y, or x_train, y_train, x_test and y_test: np.savez(path, x=..., y=...)",
        )
    x, y = (_checked(found[name], name, path) for name in pair)
    x, y = _rows_agree(x, y, pair, path)
    notes = tuple(f"array {name!r} is not used" for name in found if name not in {*pair, "x_test", "y_test"})
    if pair[0] != "x_train" or "x_test" not in found or "y_test" not in found:
        return Arrays(x, y, None, notes)
    x_test, y_test = (_checked(found[name], name, path) for name in ("x_test", "y_test"))
    x_test, y_test = _rows_agree(x_test, y_test, ("x_test", "y_test"), path)
    if x_test.shape[1:] != x.shape[1:]:
        raise DataError(
            f"x_train has rows of shape {x.shape[1:]}, x_test of {x_test.shape[1:]}", where=str(path), remedy="give both the same shape"
        )
    rows = np.arange(len(x), len(x) + len(x_test))
    return Arrays(np.concatenate([x, x_test]), np.concatenate([y, y_test]), rows, notes)


def _loaded(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise DataError("there is no such file", where=str(path), remedy="check the path and the spelling")
    found: dict[str, np.ndarray] = {}
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            for name in archive.files:
                try:
                    found[name.lower()] = archive[name]
                except ValueError as error:
                    if "pickle" not in str(error):
                        raise
                    raise DataError(
                        f"array {name!r} holds Python objects, which could run code when read",
                        where=str(path),
                        remedy="save plain numbers or text: np.savez(path, x=np.asarray(x, 'float32'), y=np.asarray(y, str))",
                    ) from None
    except DataError:
        raise
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"this is no NPZ file, or a damaged one: {error}", where=str(path), remedy="write it again with np.savez"
        ) from error
    return found


def _checked(values: np.ndarray, name: str, path: Path) -> np.ndarray:
    """A real array with at least one row and no infinity; text is allowed for labels."""
    if values.ndim == 0 or values.size == 0:
        raise DataError(f"array {name!r} of shape {values.shape} has no rows", where=str(path), remedy="give one entry for every row")
    if values.dtype.kind not in "biufUSM":
        raise DataError(f"array {name!r} holds {values.dtype}", where=str(path), remedy="save numbers, booleans or text")
    if values.dtype.kind == "S":
        return np.char.decode(values, "utf-8")
    if values.dtype.kind == "f" and (bad := ~np.isfinite(values) & ~np.isnan(values)).any():
        row = int(np.unravel_index(bad.argmax(), bad.shape)[0])
        raise DataError(
            f"{bad.sum()} infinite values in array {name!r}",
            where=f"{path}, array {name!r}, row {row + 1}",
            remedy="write NaN where the value is unknown, or remove the row",
        )
    return values


def _rows_agree(x: np.ndarray, y: np.ndarray, names: tuple[str, str], path: Path) -> tuple[np.ndarray, np.ndarray]:
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2 and y.dtype.kind in "biuf" and np.isin(y, (0, 1)).all() and (y.sum(1) == 1).all():
        y = y.argmax(1)  # one-hot targets
    if x.dtype.kind == "U":
        raise DataError(f"array {names[0]!r} holds text", where=str(path), remedy="save a table with text as CSV or Parquet")
    if y.ndim != 1:
        raise DataError(f"array {names[1]!r} has shape {y.shape}", where=str(path), remedy="give one target for every row, shape (n,)")
    if len(x) != len(y):
        raise DataError(
            f"{names[0]} has {len(x)} rows and {names[1]} has {len(y)}", where=str(path), remedy="give one target for every row"
        )
    return x[:, None] if x.ndim == 1 else x, y
