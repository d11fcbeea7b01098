"""Small helpers that Keras listings use."""

from typing import Any

import numpy as np

from neuralzoo.core.errors import DataError
from neuralzoo.train.runtime import set_random_seed as set_random_seed

__all__ = ["set_random_seed", "to_categorical"]


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """One-hot rows for class numbers: `(*batch,) -> (*batch, num_classes)` of float32.

    >>> to_categorical([0, 2], 3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    classes = np.asarray(x)
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    if classes.size and not np.equal(np.mod(classes, 1), 0).all():
        raise DataError("to_categorical needs whole numbers", remedy="number the classes 0, 1, 2, … first")
    classes = classes.astype(int)
    count = num_classes or (int(classes.max()) + 1 if classes.size else 0)
    if classes.size and (classes.min() < 0 or classes.max() >= count):
        worst = int(classes.min() if classes.min() < 0 else classes.max())
        raise DataError(f"class number {worst} is outside 0…{count - 1}", remedy="number the classes from 0, or raise num_classes")
    return np.eye(count, dtype=np.float32)[classes]
