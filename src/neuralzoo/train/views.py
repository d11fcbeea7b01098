"""Test-time augmentation: the same picture seen in several ways, and the answers averaged."""

from collections.abc import Callable, Iterable
from typing import Any

import jax
import numpy as np

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.train.model import Model

View = Callable[[np.ndarray], Any]  # from a batch of pictures to the batch as seen


def predict_augmented(model: Model, x: Any, views: Iterable[View], batch_size: int | None = None) -> Any:
    """The mean of the model's outputs over several views of `x`, as NumPy arrays.

    Args:
        model: a built model.
        x: an array with the rows in front.
        views: functions from the whole batch to what the model is to see, such as `ten_crops(224)` or `[lambda x: x, mirror]`.
        batch_size: as in `predict`.

    Example:
        >>> import numpy as np
        >>> from neuralzoo.layers import Flatten
        >>> from neuralzoo.models import Sequential
        >>> x = np.arange(4.0, dtype=np.float32).reshape(1, 2, 2, 1)
        >>> predict_augmented(Sequential([Flatten()]), x, [lambda x: x, mirror]).tolist()
        [[0.5, 0.5, 2.5, 2.5]]
    """
    total, count = None, 0
    for view in views:
        y = jax.tree.map(lambda a: np.asarray(a, np.float64), model.predict(np.asarray(view(np.asarray(x))), batch_size))
        total, count = y if total is None else jax.tree.map(np.add, total, y), count + 1
    if not count:
        raise ArgumentError("there is no view to predict from", remedy="give at least one, such as lambda x: x")
    return jax.tree.map(lambda a: (a / count).astype(np.float32), total)


def ten_crop(model: Model, x: Any, size: int | tuple[int, int], batch_size: int | None = None) -> Any:
    """The mean of the model's outputs over four corners and the centre of each picture, and their mirror images.

    Args:
        model: a built model for pictures of `size`; one that begins with `RandomCrop(size)` takes them too.
        x: `(rows, height, width, channels)`.
        size: (height, width) of a crop in pixels, or one number for both.

    Reference: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep convolutional neural networks", 2012.
    """
    return predict_augmented(model, x, ten_crops(size), batch_size)


def ten_crops(size: int | tuple[int, int]) -> tuple[View, ...]:
    """Four corners, centre, and the mirror images of the five, as functions for `predict_augmented`."""
    height, width = (size, size) if isinstance(size, int) else size
    places = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.5))
    crops = tuple(_crop(height, width, down, right) for down, right in places)
    return crops + tuple(_mirrored(crop) for crop in crops)


def mirror(x: np.ndarray) -> np.ndarray:
    """Left and right exchanged."""
    return x[:, :, ::-1]


def _crop(height: int, width: int, down: float, right: float) -> View:
    def crop(x: np.ndarray) -> np.ndarray:
        if x.ndim != 4 or x.shape[1] < height or x.shape[2] < width:
            raise ShapeError(
                f"{height} × {width} pixels cannot be cut out of pictures of shape {x.shape}",
                remedy="give pictures (rows, height, width, channels) at least as large as the crops",
            )
        top, left = int(down * (x.shape[1] - height)), int(right * (x.shape[2] - width))
        return x[:, top : top + height, left : left + width]

    return crop


def _mirrored(view: View) -> View:
    return lambda x: mirror(view(x))
