"""Tasks for machines with a memory: copy a sequence, copy it several times, tell what came after an item.

Each draws random bits, a row being one sequence: `x` is what the machine sees, `y` what it should say, -1 where nothing is asked.
Rows shorter than the longest possible are filled with zeros and -1 at the end, so every batch has one shape.

    machine.fit(fresh(copy, batch=32), steps_per_epoch=1000, epochs=10)

Reference: A. Graves, G. Wayne, I. Danihelka, "Neural Turing machines", 2014.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from neuralzoo.core.errors import ArgumentError

Range = tuple[int, int]  # both ends belong to it
Seed = int | tuple[int, ...]


class Tapes(NamedTuple):
    """Rows of a task: inputs, and the bits asked for, 0 or 1, and -1 where nothing is asked."""

    x: Float[np.ndarray, "rows steps inputs"]
    y: Float[np.ndarray, "rows steps bits"]


def copy(rows: int, lengths: Range = (1, 20), bits: int = 8, seed: Seed = 0) -> Tapes:
    """Vectors of random bits, a mark, then the same vectors to be told. The last input is the mark.

    >>> x, y = copy(1, (2, 2), bits=1)
    >>> x[0].astype(int).tolist(), y[0].astype(int).tolist()
    ([[1, 0], [1, 0], [0, 1], [0, 0], [0, 0]], [[-1], [-1], [-1], [1], [1]])
    """
    _require("lengths", lengths)
    rng, most = np.random.default_rng(seed), lengths[1]
    x = np.zeros((rows, 2 * most + 1, bits + 1), np.float32)
    y = np.full((rows, 2 * most + 1, bits), -1, np.float32)
    for row, length in enumerate(rng.integers(lengths[0], most + 1, rows)):
        vectors = rng.integers(0, 2, (length, bits))
        x[row, :length, :bits] = vectors
        x[row, length, bits] = 1
        y[row, length + 1 : 2 * length + 1] = vectors
    return Tapes(x, y)


def repeat_copy(rows: int, lengths: Range = (1, 10), repeats: Range = (1, 10), bits: int = 8, seed: Seed = 0) -> Tapes:
    """As `copy`, but the vectors are to be told several times, and then a mark, which is the last output.

    The last two inputs are the mark and, at the same step, how often: scaled to mean 0 and deviation 1 over numbers from 1 to 10,
    the paper's.
    """
    _require("lengths", lengths)
    _require("repeats", repeats)
    rng, steps = np.random.default_rng(seed), lengths[1] * (1 + repeats[1]) + 2
    x = np.zeros((rows, steps, bits + 2), np.float32)
    y = np.full((rows, steps, bits + 1), -1, np.float32)
    for row in range(rows):
        length, times = (int(rng.integers(low, high + 1)) for low, high in (lengths, repeats))
        vectors = rng.integers(0, 2, (length, bits))
        x[row, :length, :bits] = vectors
        x[row, length, bits:] = 1, (times - 5.5) / np.sqrt(8.25)
        end = length + 1 + length * times
        y[row, length + 1 : end + 1] = 0
        y[row, length + 1 : end, :bits] = np.tile(vectors, (times, 1))
        y[row, end, bits] = 1
    return Tapes(x, y)


def associative_recall(rows: int, items: Range = (2, 6), length: int = 3, bits: int = 6, seed: Seed = 0) -> Tapes:
    """Items of `length` vectors, each behind a mark; one of them once more between two other marks: which item came after it?

    The last two inputs are the mark of an item and that of the question.
    """
    _require("items", items, 2)
    rng, most = np.random.default_rng(seed), items[1]
    each = length + 1
    x = np.zeros((rows, most * each + 2 + 2 * length, bits + 2), np.float32)
    y = np.full((*x.shape[:2], bits), -1, np.float32)
    for row, count in enumerate(rng.integers(items[0], most + 1, rows)):
        drawn, asked = rng.integers(0, 2, (count, length, bits)), rng.integers(count - 1)
        shown = x[row, : count * each].reshape(count, each, bits + 2)
        shown[:, 0, bits] = 1
        shown[:, 1:, :bits] = drawn
        end = count * each
        x[row, [end, end + each], bits + 1] = 1
        x[row, end + 1 : end + each, :bits] = drawn[asked]
        y[row, end + each + 1 : end + each + 1 + length] = drawn[asked + 1]
    return Tapes(x, y)


TASKS: dict[str, Callable[..., Tapes]] = {"copy": copy, "repeat copy": repeat_copy, "associative recall": associative_recall}


def fresh(task: Callable[..., Tapes], batch: int, seed: int = 0, **settings: Any) -> Iterator[Tapes]:
    """Batches of a task for ever, no sequence drawn twice; `settings` are the task's.

    >>> next(fresh(copy, 4, lengths=(3, 3))).x.shape
    (4, 7, 9)
    """
    step = 0
    while True:
        yield task(batch, seed=(seed, step), **settings)
        step += 1


def _require(what: str, given: Range, least: int = 1) -> None:
    low, high = given
    if not least <= low <= high:
        raise ArgumentError(f"{what}={given} is no range", remedy=f"give the least and the most, {least} ≤ least ≤ most")
