"""From the user's data to blocks of batches of one fixed shape.

The compiled program works through a block of `steps` batches in one call. Rows are gathered into the block here, so the
program does not depend on how many rows there are, and gathering the next block overlaps with running this one.
"""

import math
from collections.abc import Iterable, Iterator, Sized
from itertools import islice
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from neuralzoo.core.errors import DataError, ShapeError
from neuralzoo.core.record import Record
from neuralzoo.learn.learner import Batch

BLOCK_BYTES = 20 * 2**20  # long enough to hide a call's start, short enough for the caches (docs/design/0002-engine.md)
ASSESS_BYTES = 4 * 2**20  # blocks that are only looked at: little is to be hidden, and memory is the user's
RESIDENT_BYTES = 2 * 2**30  # data up to this size is kept on an accelerator
NARROW = {"f8": np.float32, "i8": np.int32, "u8": np.uint32, "b1": np.float32, "f2": np.float32}  # the types that data do not keep


class Source:
    """Where batches come from: `ArraySource` or `StreamSource`.

    Attributes:
        steps: batches an epoch; None when only the end of the stream will tell.
        batch_size: rows in a batch.
    """

    steps: int | None
    batch_size: int

    def blocks(self, epoch: int, steps: int) -> Iterator[tuple[Batch, int]]:
        """Blocks `(steps, batch, …)` of an epoch, each with the number of batches that it holds."""
        raise NotImplementedError(f"{type(self).__name__} defines no blocks")

    def example(self) -> tuple[Any, Any]:
        """One batch `(x, y)` as shapes."""
        raise NotImplementedError(f"{type(self).__name__} defines no example")

    def known(self) -> tuple[Any, Any]:
        """The rows `(x, y)` that are known before learning: all of them, or a stream's first batch."""
        raise NotImplementedError(f"{type(self).__name__} defines no known")


def as_arrays(data: Any, what: str) -> Any:
    """NumPy arrays, or a dictionary, tuple or record of them, with float32 for floats and equal numbers of rows.

    Raises `DataError` for text and objects, `ShapeError` for unequal rows.
    """
    if isinstance(data, dict):
        arrays = {name: as_array(value, f"{what}[{name!r}]") for name, value in data.items()}
    elif isinstance(data, Record):
        arrays = jax.tree_util.tree_map_with_path(lambda path, a: as_array(a, what + jax.tree_util.keystr(path)), data)
    elif isinstance(data, tuple):
        arrays = tuple(as_array(value, f"{what}[{i}]") for i, value in enumerate(data))
    else:
        return as_array(data, what)
    counts = {len(a) for a in jax.tree.leaves(arrays)}
    if len(counts) > 1:
        raise ShapeError(f"the arrays of {what} have different numbers of rows: {sorted(counts)}", remedy="give each the same rows")
    return arrays


def as_array(data: Any, what: str) -> np.ndarray:
    """One NumPy array of numbers with at least one axis; float64 becomes float32, int64 int32, bool float32."""
    array = data.to_numpy() if callable(getattr(data, "to_numpy", None)) else data
    try:
        array = np.asarray(array)
    except ValueError as error:
        remedy = "use neuralzoo.utils.pad_sequences, and Masking or Embedding(…, mask_zero=True) so that the filling is skipped"
        raise DataError(f"{what} is ragged: its rows have different lengths", remedy=remedy) from error
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float32)
        except (TypeError, ValueError) as error:
            raise DataError(f"{what} holds values that are not numbers: {error}", remedy="encode categories as numbers first") from None
    if array.dtype.kind not in "fiub":
        raise DataError(f"{what} holds {array.dtype}, not numbers", remedy="encode text and dates as numbers first")
    if array.ndim == 0:
        raise ShapeError(f"{what} is a single number", remedy="pass an array with one row for each example")
    narrow = NARROW.get(array.dtype.str[1:])
    return array if narrow is None else array.astype(narrow)


def is_stream(x: Any) -> bool:
    """Whether `x` yields batches, rather than being arrays itself."""
    arrays = isinstance(x, np.ndarray | jax.Array | tuple | list | dict)
    if arrays or any(callable(getattr(x, name, None)) for name in ("to_numpy", "__array__")):
        return False
    return any(callable(getattr(x, name, None)) for name in ("__iter__", "__getitem__"))


def row_count(arrays: Any) -> int:
    """Rows of an array or of a pytree of arrays."""
    return len(jax.tree.leaves(arrays)[0])


class ArraySource(Source):
    """Batches out of arrays in memory (or memory-mapped), shuffled afresh each epoch by `(seed, epoch)`.

    Args:
        x, y: arrays or pytrees of arrays, rows in front; y may be None.
        weight: `(rows,)` or `(rows, time)` sample weights, or None for ones.
        batch_size: rows in a batch; the last batch of an epoch may have fewer valid rows.
        shuffle: whether to reorder rows each epoch.
        steps: batches to take from an epoch; None for all.

    Attributes:
        taken: batches an epoch, known here from the start.
    """

    def __init__(self, x: Any, y: Any, weight: Any, batch_size: int, shuffle: bool, seed: int, steps: int | None = None):
        self.rows = row_count(x)
        if self.rows == 0:
            raise DataError("x has no rows", remedy="pass at least one example")
        for other, what in ((y, "y"), (weight, "sample_weight")):
            if other is not None and row_count(other) != self.rows:
                raise ShapeError(f"x has {self.rows} rows but {what} has {row_count(other)}", remedy="give one entry for each row of x")
        weight = np.ones(self.rows, np.float32) if weight is None else np.asarray(weight, np.float32)
        self.batch_size = min(batch_size, self.rows)
        whole = -(-self.rows // self.batch_size)
        self.taken = whole if steps is None else min(steps, whole)
        self.steps = self.taken
        self.shuffle, self.seed = shuffle, seed
        self.arrays = (x, y, weight)
        self.slots: list[Any] | None = None
        size = sum(a.nbytes for a in jax.tree.leaves(self.arrays))
        self.resident = jax.default_backend() != "cpu" and size <= RESIDENT_BYTES
        if self.resident:
            self.arrays = jax.device_put(self.arrays)

    def order(self, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """Row numbers `(steps, batch)` of an epoch and which of them count; the last batch is filled by rows once more."""
        rows = np.arange(self.rows)
        if self.shuffle:
            np.random.default_rng((self.seed, epoch)).shuffle(rows)
        full = self.taken * self.batch_size
        valid = (np.arange(full) < self.rows).astype(np.float32)
        return np.resize(rows, full).reshape(self.taken, -1), valid.reshape(self.taken, -1)

    def blocks(self, epoch: int, steps: int) -> Iterator[tuple[Batch, int]]:
        rows, valid = self.order(epoch)
        for start in range(0, self.taken, steps):
            held = min(steps, self.taken - start)
            yield self.block(rows[start : start + held], valid[start : start + held], steps), held

    def block(self, rows: np.ndarray, valid: np.ndarray, steps: int) -> Batch:
        """The rows as a block of `steps` batches; batches past the given ones hold anything and are never read.

        On a CPU the block lies in one of two buffers that are filled in turn, so the arrays of a block are overwritten
        when the block after the next is asked for: be done with it by then.
        """
        shown = np.zeros((steps, self.batch_size), np.float32)
        shown[: len(valid)] = valid
        if self.resident:
            padded = np.zeros((steps, self.batch_size), np.int32)
            padded[: len(rows)] = rows
            x, y, weight = _take_device(self.arrays, padded)
        else:
            x, y, weight = self._gather(rows, steps)
        return Batch(x, y, weight, cast(Array, shown))

    def _gather(self, rows: np.ndarray, steps: int) -> Any:
        if self.slots is None or len(jax.tree.leaves(self.slots[0])[-1]) != steps:
            shape = (steps, self.batch_size)
            self.slots = [jax.tree.map(lambda a: aligned((*shape, *a.shape[1:]), a.dtype), self.arrays) for _ in range(2)]
        self.slots.reverse()
        for array, slot in zip(jax.tree.leaves(self.arrays), jax.tree.leaves(self.slots[0]), strict=True):
            np.take(array, rows, axis=0, out=slot[: len(rows)], mode="clip")  # clip: the mode that does not copy once more
        return jax.device_put(self.slots[0], may_alias=True)

    def example(self) -> tuple[Any, Any]:
        return jax.tree.map(lambda a: jax.ShapeDtypeStruct((self.batch_size, *a.shape[1:]), a.dtype), self.arrays[:2])

    def known(self) -> tuple[Any, Any]:
        return self.arrays[:2]


@jax.jit
def _take_device(arrays: Any, rows: Any) -> Any:
    return jax.tree.map(lambda a: jnp.take(a, rows, axis=0), arrays)


class StreamSource(Source):
    """Batches from an iterable of `(x, y)` or `(x, y, weight)`: data larger than memory.

    A sequence (with `__len__` and `__getitem__`) or a re-iterable starts again each epoch; a generator goes on where it
    was, so it needs `steps`. The next block is read while the last one is learned.
    """

    def __init__(self, stream: Iterable[Any], steps: int | None = None):
        self.stream, self.steps = stream, len(stream) if steps is None and isinstance(stream, Sized) else steps
        endless = iter(stream) is stream
        if endless and steps is None:
            raise DataError("a generator has no length", remedy="pass steps_per_epoch, or a sequence with __len__ and __getitem__")
        self.iterator = iter(stream) if endless else None
        if self.iterator is not None:
            self.first = next(self.iterator)
            self.pending = [self.first]
        else:
            self.first, self.pending = next(iter(stream)), []
        x, _, _ = unpack(self.first)
        self.batch_size = row_count(x)

    def example(self) -> tuple[Any, Any]:
        return jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), self.known())

    def known(self) -> tuple[Any, Any]:
        x, y, _ = unpack(self.first)
        return x, y

    def batches(self) -> Iterator[Any]:
        """One epoch of batches as the stream gives them."""
        if self.iterator is None:
            yield from islice(iter(self.stream), self.steps)
            return
        for _ in range(self.steps or 0):
            item = self.pending.pop() if self.pending else next(self.iterator, None)
            if item is None:
                return
            yield item

    def blocks(self, epoch: int, steps: int) -> Iterator[tuple[Batch, int]]:
        batches = self.batches()
        while group := [self._filled(batch) for batch in islice(batches, steps)]:
            block = jax.tree.map(lambda *parts: np.stack(parts), *(group + [group[-1]] * (steps - len(group))))
            yield block, len(group)

    def _filled(self, item: Any) -> Batch:
        x, y, weight = unpack(item)
        rows = row_count(x)
        if rows > self.batch_size:
            what = f"a batch of {rows} rows follows one of {self.batch_size}"
            raise ShapeError(what, remedy="yield batches of one size, the last may be smaller")
        index = np.resize(np.arange(rows), self.batch_size)
        valid = (np.arange(self.batch_size) < rows).astype(np.float32)
        whole = (x, y, np.ones(rows, np.float32) if weight is None else weight)
        x, y, weight = jax.tree.map(lambda a: np.take(a, index, axis=0), whole)
        return Batch(x, y, weight, cast(Array, valid))


def unpack(item: Any) -> tuple[Any, Any, Any]:
    """`(x, y, weight)` as arrays from what a stream yielded: x, (x, y) or (x, y, weight)."""
    if not isinstance(item, tuple | list):
        item = (item,)
    if not 1 <= len(item) <= 3:
        raise DataError(f"a stream yielded {len(item)} things", remedy="yield (x, y) or (x, y, sample_weight)")
    x, y, weight = (*item, None, None)[:3]
    arrays = [None if part is None else as_arrays(part, name) for part, name in ((x, "x"), (y, "y"), (weight, "sample_weight"))]
    return arrays[0], arrays[1], arrays[2]


def steps_in_block(example: tuple[Any, Any], limit: int, most: int = BLOCK_BYTES) -> int:
    """How many batches a block holds: `limit` rounded up to a power of two, but no more than fit `most` bytes."""
    size = sum(a.size * a.dtype.itemsize for a in jax.tree.leaves(example)) + 1
    return max(1, min(1 << (limit - 1).bit_length(), most // size))


def aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An empty array that begins at a multiple of 64 bytes, which JAX on a CPU uses without copying it."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    raw = np.empty(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(dtype).reshape(shape)
