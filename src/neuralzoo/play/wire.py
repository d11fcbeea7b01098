"""What goes over the wire: text with JSON from the page, frames of a JSON head and arrays to it, and files both ways.

A frame: the length of the head in 4 bytes (little-endian), the head in UTF-8, filled with blanks up to a multiple of 4, then the
arrays one after the other. The head lists them: `"arrays": [[name, "f4" or "u1", shape], …]`; each begins at a multiple of 4.
"""

import json
import math
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neuralzoo.core.errors import DataError
from neuralzoo.play import limits


@dataclass
class Frame:
    """A message to the page: what kind it is, its words and numbers, and its arrays."""

    kind: str
    head: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, Any] = field(default_factory=dict)

    def pack(self) -> bytes:
        table, parts = [], []
        for name, value in self.arrays.items():
            array = np.frombuffer(value, np.uint8) if isinstance(value, bytes) else np.ascontiguousarray(value)
            array = array if array.dtype == np.uint8 else array.astype("<f4", copy=False)
            table.append([name, "u1" if array.dtype == np.uint8 else "f4", list(array.shape)])
            parts += [array.tobytes(), b"\0" * (-array.nbytes % 4)]
        head = json.dumps(plain({"kind": self.kind, **self.head, "arrays": table}), allow_nan=False).encode()
        head += b" " * (-len(head) % 4)
        return b"".join([struct.pack("<I", len(head)), head, *parts])


def plain(value: Any) -> Any:
    """The same as JSON knows it; a NaN and an infinity by their names."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def read_text(text: str) -> dict[str, Any]:
    """A message of the page: an object with a word under "do"."""
    if len(text) > limits.MESSAGE:
        raise DataError(f"a message of {len(text):,} characters", remedy=f"send {limits.MESSAGE:,} at most; files go in binary")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise DataError("a message is not JSON", remedy='send {"do": …}') from None
    return _checked(message)


def read_file(data: bytes) -> tuple[dict[str, Any], bytes]:
    """A file of the page: its head, and its bytes."""
    if len(data) > limits.UPLOAD:
        raise DataError(f"the file has {len(data) / 2**20:.1f} MiB", remedy=f"give one of {limits.UPLOAD / 2**20:.0f} MiB at most")
    length = struct.unpack_from("<I", data)[0] if len(data) >= 4 else len(data)
    if length > min(len(data) - 4, limits.MESSAGE):
        raise DataError("a file without a head", remedy="send the length of the head, the head and the bytes")
    try:
        head = json.loads(data[4 : 4 + length])
    except (ValueError, RecursionError):
        raise DataError("the head of a file is not JSON", remedy='send {"do": "upload", "name": …}') from None
    return _checked(head), data[4 + length :]


def _checked(message: Any) -> dict[str, Any]:
    if not isinstance(message, dict) or not isinstance(message.get("do"), str):
        raise DataError("a message that says nothing to do", remedy='send an object with a word under "do"')
    return message
