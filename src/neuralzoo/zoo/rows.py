"""What several networks of the zoo ask of their rows."""

from typing import Any

import numpy as np

from neuralzoo.core.errors import DataError


def require_table(x: Any) -> None:
    """Raise `DataError` unless x is one array `(rows, features)`."""
    if not isinstance(x, np.ndarray) or x.ndim != 2:
        found = f"an array of shape {x.shape}" if isinstance(x, np.ndarray) else f"a {type(x).__name__} of arrays"
        raise DataError(f"x is {found}, not a table of rows and features", remedy="try x.reshape(len(x), -1)")


def require_unit_interval(x: Any, what: str, remedy: str) -> None:
    """Raise `DataError`, beginning with `what`, where a value is not between 0 and 1."""
    wrong = np.argwhere((x < 0) | (x > 1))
    if len(wrong):
        place = tuple(wrong[0])
        raise DataError(f"{what} from 0 to 1, but x[{', '.join(map(str, place))}] is {x[place]:g}", remedy=remedy)


def require_targets(y: Any) -> None:
    """Raise `DataError` where there are none, or more than one array of them."""
    if not isinstance(y, np.ndarray):
        raise DataError(
            "there are no targets: y is None" if y is None else f"y is a {type(y).__name__} of arrays", remedy="pass one array y"
        )


def count_classes(y: Any, known: int | None = None) -> int:
    """How many classes the labels 0, 1, … are of; `known` where the network was built for so many.

    Raises `DataError` for labels that are not whole numbers from 0 on, for one class only, and for classes past the known ones.
    """
    require_targets(y)
    remedy = "number the classes 0, 1, …: names, y = np.unique(labels, return_inverse=True)"
    if y.ndim > 1 and y.size > len(y):
        what = f"classes are one number a row, but y has the shape {y.shape}"
        raise DataError(what, remedy="pass np.argmax(y, axis=1) for columns of 0 and 1")
    if y.dtype.kind not in "iu":
        raise DataError(f"labels are whole numbers, but y has the type {y.dtype}", remedy=remedy)
    if y.min() < 0:
        raise DataError(f"label {y.min()} in row {int(np.argmin(y))} is no class", remedy=remedy)
    classes = int(y.max()) + 1
    if known is not None and classes > known:
        what = f"label {classes - 1} is a class more than the {known} that were known at first"
        raise DataError(what, remedy="fit a new network to all of them; begin a stream with a batch that has all classes")
    if known is None and classes == 1:
        raise DataError("all rows are of class 0, so there is nothing to tell apart", remedy="give rows of at least two classes")
    return known or classes


def class_counts(y: Any, known: int | None = None) -> np.ndarray:
    """How many rows each class has; raises what `count_classes` does, and `DataError` for a class without rows."""
    counts = np.bincount(y.reshape(-1), minlength=count_classes(y, known))
    if not counts.all():
        what = f"there are classes up to {len(counts) - 1}, but class {counts.argmin()} has no rows"
        raise DataError(what, remedy="number the classes 0, 1, …: names, y = np.unique(labels, return_inverse=True)")
    return counts


def is_classes(y: Any) -> bool:
    """Whether targets are classes, which are whole numbers, rather than numbers to predict."""
    require_targets(y)
    return y.dtype.kind in "iu"


def width_of(y: Any) -> int:
    """Outputs for targets that are numbers."""
    return 1 if y.ndim == 1 else y.shape[-1]
