"""The `.nz` file itself: written whole or not at all, and read with suspicion."""

import hashlib
import json
import math
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save_file

from neuralzoo.core.errors import ArgumentError, DataError, FormatError
from neuralzoo.io.structure import DTYPES, Packer, Unpacker
from neuralzoo.version import __version__

MAGIC = "neuralzoo"
FORMAT_VERSION = 1
HEADER_LIMIT = 100 * 2**20  # bytes; safetensors has the same
migrations: dict[int, Callable[[Any], Any]] = {}  # format version → what makes its JSON content that of the next version
FOREIGN = {  # how other files begin
    b"PK\x03\x04": "a zip archive, such as a .keras, .npz or PyTorch file",
    b"\x89HDF": "an HDF5 file, such as a .h5 model of Keras",
    b"\x93NUMPY": "a NumPy array",
    b"\x1f\x8b": "a gzip archive",
    b"GGUF": "a GGUF file",
    b"\x80": "a pickle, which is never opened here, because it can run any program",
}
OURS = "give a file that model.save() of neuralzoo wrote"
AGAIN = "the file is damaged: take a copy of it, or save the model again"


def write(path: Any, content: dict[str, Any]) -> None:
    """Write a tree into the file `path`, which is replaced in one move at the very end, or left as it was.

    Args:
        path: the file; its folder must exist.
        content: records, arrays, random keys, numbers, strings, None, tuples, lists and dictionaries, by name.

    Raises `ArgumentError` for what cannot be saved, naming its place; `DataError` where the disk refuses.
    """
    target, packer = Path(os.path.realpath(path)), Packer()
    packed = {str(name): packer.pack(value, (str(name),)) for name, value in content.items()}
    document: dict[str, Any] = {"format_version": FORMAT_VERSION, "neuralzoo_version": __version__, "content": packed}
    document["sha256"] = _digest(document, packer.arrays)
    with _replacing(target) as temporary:
        save_file(packer.arrays, temporary, {MAGIC: _dump(document)})


def read(path: Any, *names: str) -> dict[str, Any]:
    """The tree that `write` put into the file `path`, or only those of the entries `names` that it has.

    Raises `FormatError` for a file that is missing, damaged, foreign or from a later version. Nothing in it is executed, and
    it cannot ask for more memory than a small multiple of its own size.
    """
    path = Path(path)
    try:
        with _opened(path) as file:
            document, arrays = _parts(file, os.fstat(file.fileno()).st_size)
        content = document["content"]
        for version in range(document["format_version"], FORMAT_VERSION):
            content = migrations[version](content)
        unpacker = Unpacker(arrays)
        return {name: unpacker.unpack(content[name], (name,)) for name in names or content if name in content}
    except FormatError as error:
        place = f"{path}, {error.where}" if error.where else str(path)
        raise FormatError(error.what, where=place, remedy=error.remedy) from error.__cause__
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FormatError(f"this cannot be read as a neuralzoo file: {error}", where=str(path), remedy=AGAIN) from error


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A temporary file beside `target`, which takes its place once it is whole and on the disk."""
    if target.is_dir():
        raise ArgumentError(f"{target} is a folder", remedy=f"name a file, such as {target / 'model.nz'}")
    if not target.parent.is_dir():
        raise ArgumentError(f"there is no folder {target.parent}", remedy="create it first, or correct the path")
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        temporary.touch()
        mode = (target if target.exists() else temporary).stat().st_mode
        yield temporary
        os.chmod(temporary, mode)  # safetensors leaves files that nobody else can read
        with open(temporary, "r+b") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except (OSError, SafetensorError) as error:
        before = "the file is as it was before" if target.exists() else "nothing was written"
        raise DataError(f"{target} could not be written: {error}", remedy=f"make room or choose another folder; {before}") from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, or a `FormatError` that tells a folder, a missing and an empty file apart."""
    if path.is_dir():
        raise FormatError("this is a folder, not a file", remedy="name the .nz file in it")
    if not path.exists():
        longer = path.with_name(f"{path.name}.nz")
        remedy = f"there is {longer}: did you mean that?" if path.name and longer.exists() else "check the path"
        raise FormatError("there is no such file", remedy=remedy)
    try:
        file = open(path, "rb")  # noqa: SIM115 closed below; an error while the caller reads is not an error of opening
    except OSError as error:
        raise FormatError(f"the file cannot be opened: {error.strerror}", remedy="check the permissions") from error
    with file:
        yield file


def _parts(file: BinaryIO, size: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The JSON document of an open file and its arrays, once everything about them has been checked."""
    start = file.read(9)
    if not start:
        raise FormatError("the file is empty", remedy=AGAIN)
    length = int.from_bytes(start[:8], "little")
    if start[8:] != b"{" or length > HEADER_LIMIT:
        known = (what for head, what in FOREIGN.items() if start.startswith(head))
        raise FormatError(f"this is {next(known, 'not a neuralzoo file, or its beginning is damaged')}", remedy=OURS)
    if length > size - 8:
        raise FormatError(f"the file ends after {size} bytes, in the middle of its header", remedy=AGAIN)
    file.seek(8)
    header = _parse(file.read(length))
    text = header.pop("__metadata__", {}).get(MAGIC)
    if text is None:
        raise FormatError("this is a safetensors file of another program", remedy=OURS)
    document = _parse(text)
    version = document["format_version"]
    if type(version) is not int or version < 1:
        raise ValueError(f"format_version {version!r}")
    if version > FORMAT_VERSION:
        writer, reader = f"neuralzoo {document['neuralzoo_version']}", f"neuralzoo {__version__}"
        what = f"{writer} wrote this in format {version}, and {reader} reads formats up to {FORMAT_VERSION}"
        raise FormatError(what, remedy="upgrade: pip install --upgrade neuralzoo")
    arrays = _arrays(file, header, size - 8 - length)
    if document.pop("sha256") != _digest(document, arrays):
        raise FormatError("the checksum is wrong: the file is not what was written", remedy=AGAIN)
    return document, arrays


def _arrays(file: BinaryIO, table: dict[str, Any], size: int) -> dict[str, np.ndarray]:
    """Read the tensors, which must fill the rest of the file without a gap."""
    types, arrays, position = {code: name for name, code in DTYPES.items()}, {}, 0
    for name, entry in sorted(table.items(), key=lambda item: item[1]["data_offsets"]):
        dtype, shape, (begin, end) = jnp.dtype(types[entry["dtype"]]), entry["shape"], entry["data_offsets"]
        if not all(type(n) is int and n >= 0 for n in (*shape, begin, end)) or begin != position:
            raise ValueError(f"the tensor {name} has the shape {shape} at {begin} to {end}, and not at {position}")
        if math.prod(shape) * dtype.itemsize != end - begin:
            raise ValueError(f"the tensor {name} of {dtype} and shape {shape} has {end - begin} bytes")
        if end > size:
            raise FormatError(f"the file ends in the middle of its arrays: {end - size} bytes or more are missing", remedy=AGAIN)
        arrays[name] = np.empty(shape, dtype)
        if file.readinto(_bytes(arrays[name])) != end - begin:  # pyright: ignore[reportAttributeAccessIssue]
            raise FormatError("the file became shorter while it was read", remedy=AGAIN)
        position = end
    if position != size:
        raise FormatError(f"{size - position} bytes too many follow the arrays", remedy=AGAIN)
    return arrays


def _parse(text: str | bytes) -> dict[str, Any]:
    """JSON of an object, without the liberties that Python's reader takes: no key twice, no NaN."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        entries = dict(pairs)
        if len(entries) != len(pairs):
            raise ValueError("a key occurs twice")
        return entries

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    value = json.loads(text, object_pairs_hook=once, parse_constant=refuse)
    if not isinstance(value, dict):
        raise ValueError("the header is not a JSON object")
    return value


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _digest(document: dict[str, Any], arrays: dict[str, np.ndarray]) -> str:
    """The checksum of a document without its own, and of the arrays."""
    digest = hashlib.sha256(_dump(document).encode())
    for name in sorted(arrays):
        digest.update(_dump([name, arrays[name].dtype.name, arrays[name].shape]).encode())
        digest.update(_bytes(arrays[name]))
    return digest.hexdigest()


def _bytes(array: np.ndarray) -> Any:
    return memoryview(array.reshape(-1).view(np.uint8))  # pyright: ignore[reportArgumentType]
