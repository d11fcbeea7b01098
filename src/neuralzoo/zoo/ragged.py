"""Sequences of different lengths as rows of one array, and how much each step counts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neuralzoo.core.errors import DataError


def pieces(sequences: Sequence[np.ndarray], longest: int, before: int = 0, filling: float = -1) -> tuple[np.ndarray, np.ndarray]:
    """Rows `(rows, time, …)` and weights `(rows, time)`: 1 for a step that counts, 0 for filling.

    A sequence longer than `longest` is cut; each piece but the first repeats the `before` steps in front of it, with weight 0.

    >>> rows, weights = pieces([np.arange(5), np.arange(2)], longest=4, before=1)
    >>> rows.tolist(), weights.tolist()
    ([[0, 1, 2, 3], [3, 4, -1, -1], [0, 1, -1, -1]], [[1.0, 1.0, 1.0, 1.0], [0.0, 1.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    """
    width = min(max(map(len, sequences)), max(longest, before + 1))
    starts = [range(0, len(one) - before, width - before) if len(one) > width else [0] for one in sequences]
    cut = [(one[start : start + width], min(start, before)) for one, all_ in zip(sequences, starts, strict=True) for start in all_]
    rows = np.full((len(cut), width, *sequences[0].shape[1:]), filling, np.result_type(sequences[0], np.int32))
    weights = np.zeros((len(cut), width), np.float32)
    for i, (piece, seen) in enumerate(cut):
        rows[i, : len(piece)] = piece
        weights[i, seen : len(piece)] = 1
    return rows, weights


def require_some(sequences: Sequence[Any]) -> None:
    """Raise `DataError` where there is no sequence, or an empty one."""
    empty = [i for i, one in enumerate(sequences) if len(one) == 0]
    if empty or not len(sequences):
        what = f"sequence {empty[0]} is empty" if empty else "there are no sequences"
        raise DataError(what, remedy="give sequences of at least one step")
