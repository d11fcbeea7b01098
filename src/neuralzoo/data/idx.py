"""The idx format of MNIST: two zero bytes, a type, the number of axes, their sizes, the values."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from neuralzoo.core.errors import DataError

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | Path, *, shape: tuple[int | None, ...] | None = None) -> np.ndarray:
    """The array of an idx file, packed by gzip or not; `shape` (None: any size) is insisted on.

    MNIST: images uint8 (n, 28, 28), labels uint8 (n,).
    """
    path = Path(path)
    remedy = "remove the file and fetch it again"
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"the file cannot be unpacked: {error}", where=str(path), remedy=remedy) from error
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in DTYPES or not raw[3]:
        raise DataError(f"this is no idx file: it begins with {raw[:4].hex(' ') or 'nothing'}", where=str(path), remedy=remedy)
    dtype, axes = np.dtype(DTYPES[raw[2]]), raw[3]
    start = 4 + 4 * axes
    if len(raw) < start:
        raise DataError("the file ends within its header", where=str(path), remedy=remedy)
    sizes = struct.unpack(f">{axes}I", raw[4:start])
    expected = start + int(np.prod(sizes, dtype=object)) * dtype.itemsize
    if len(raw) != expected:
        raise DataError(
            f"the header promises an array {sizes}, {expected} bytes in all, and the file has {len(raw)}", where=str(path), remedy=remedy
        )
    if shape is not None and (len(shape) != axes or any(want not in (None, size) for want, size in zip(shape, sizes, strict=True))):
        raise DataError(f"the file holds an array {sizes}, expected is {shape}", where=str(path), remedy="look whether files were swapped")
    return np.frombuffer(raw, dtype, offset=start).reshape(sizes).astype(dtype.newbyteorder("="))
