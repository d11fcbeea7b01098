"""Small helpers that Keras listings use."""

from pathlib import Path
from typing import Any

import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError, ShapeError, nearest
from neuralzoo.train.runtime import set_random_seed as set_random_seed
from neuralzoo.train.statistics import reestimate_statistics as reestimate_statistics
from neuralzoo.train.views import predict_augmented as predict_augmented
from neuralzoo.train.views import ten_crop as ten_crop
from neuralzoo.train.views import ten_crops as ten_crops

__all__ = [
    "pad_sequences",
    "plot_model",
    "predict_augmented",
    "reestimate_statistics",
    "set_random_seed",
    "ten_crop",
    "ten_crops",
    "to_categorical",
]


def plot_model(model: Any, to_file: Any = "model.svg", show_shapes: bool = True, show_layer_names: bool = True) -> str:
    """Draw a model's layers into an SVG file, and return the drawing, which a notebook shows.

    Args:
        model: one that knows the shape of its input.
        to_file: a file that ends in `.svg`; None writes none.
        show_shapes, show_layer_names: Keras's; names, shapes and parameters are always shown.

    >>> from neuralzoo import architectures
    >>> "inception_5b" in plot_model(architectures.googlenet(), to_file=None)
    True
    """
    from neuralzoo.inspect.drawing import draw

    if to_file is not None and Path(to_file).suffix.lower() != ".svg":
        remedy = f"pass to_file='{Path(to_file).with_suffix('.svg').name}'; a browser shows it, and prints it to other formats"
        raise ArgumentError(f"{to_file} cannot be written: drawings are SVG", remedy=remedy)
    drawing = draw(model)
    if to_file is not None:
        Path(to_file).write_text(drawing, encoding="utf-8")
    return drawing


def pad_sequences(
    sequences: Any, maxlen: int | None = None, dtype: Any = "int32", padding: str = "pre", truncating: str = "pre", value: Any = 0.0
) -> np.ndarray:
    """Sequences of different lengths as one array `(rows, maxlen, …)`, filled up with `value`; for `Masking` and `Embedding`.

    Args:
        sequences: lists of numbers, or of equally long vectors.
        maxlen: the length of all; None for that of the longest.
        dtype: of the array; "float32" for measurements, as the default cuts off what follows the point.
        padding, truncating: "pre" or "post": on which side to fill up, and to cut off what is too long.
        value: the filling.

    >>> pad_sequences([[1, 2], [3]], padding="post").tolist()
    [[1, 2], [3, 0]]
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise ArgumentError(f"pad_sequences({name}={side!r}) is unknown", remedy=nearest(str(side), ("pre", "post")))
    try:
        rows = [np.asarray(row) for row in sequences]
    except (TypeError, ValueError):
        rows = [np.zeros(())]
    if any(row.ndim == 0 for row in rows):
        raise DataError("pad_sequences needs a list of sequences", remedy="pass lists such as [[1, 2], [3]]")
    lengths = [len(row) for row in rows]
    length = max(lengths, default=0) if maxlen is None else maxlen
    step = next((row.shape[1:] for row in rows if len(row)), ())
    padded = np.full((len(rows), length, *step), value, dtype)
    for i, row in enumerate(rows):
        if len(row) and row.shape[1:] != step:
            what = f"sequence {i} has steps of shape {row.shape[1:]}, an earlier one of shape {step}"
            raise ShapeError(what, remedy="give every step the same shape")
        kept = row[max(len(row) - length, 0) :] if truncating == "pre" else row[:length]
        if len(kept):
            padded[i, length - len(kept) if padding == "pre" else 0 :][: len(kept)] = kept
    return padded


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
