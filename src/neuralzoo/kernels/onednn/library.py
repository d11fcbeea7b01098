"""Finding and loading oneDNN, and its C interface: descriptors of memory, primitives, and what is needed to run them."""

import ctypes
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_uint, c_void_p
from functools import cache
from importlib import metadata
from typing import Any, NamedTuple

from neuralzoo.core.errors import NeuralzooError

PACKAGE, FILE, MAJOR, MINOR = "onednn-cpu-gomp", "libdnnl.so.3", 3, 2
SPINS = "1000"  # of an idle thread, before it sleeps
AXES = 12  # at most, in the library
ALLOCATE = c_void_p(-1)  # «let the library allocate it»
FLOAT32, ANY_FORMAT, CPU, IN_ORDER, USER_SCRATCHPAD = 3, 1, 1, 1, 1
IMPLEMENTATION, SCRATCHPAD_MD = 8, 136  # what is asked of a descriptor of a primitive
SRC, DST, SCRATCHPAD = 1, 17, 80  # what an argument of a primitive is


class LibraryError(NeuralzooError):
    """oneDNN refused a call."""


class ExecArg(ctypes.Structure):
    """An array that a primitive is run on, and which of its arrays that is."""

    _fields_ = (("arg", c_int), ("memory", c_void_p))


class _Version(ctypes.Structure):
    _fields_ = (("major", c_int), ("minor", c_int), ("patch", c_int))


class Library(NamedTuple):
    """The library twice: by calls that let other Python threads run meanwhile, and by calls too short for that."""

    long: ctypes.CDLL
    short: ctypes.PyDLL
    engine: c_void_p
    stream: c_void_p
    attributes: c_void_p


@cache
def library() -> Library | None:
    """oneDNN, or None where it is not installed, too old, or cannot be loaded."""
    path = _path()
    if path is None or sys.platform != "linux":
        return None
    try:
        with _sleeping_threads():
            long, short = ctypes.CDLL(path), ctypes.PyDLL(path)
        short.dnnl_version.restype = POINTER(_Version)
        version = short.dnnl_version().contents
        if version.major != MAJOR or version.minor < MINOR:
            return None
        engine, stream, attributes = c_void_p(), c_void_p(), c_void_p()
        check(short.dnnl_engine_create(byref(engine), CPU, c_size_t(0)), "an engine")
        check(short.dnnl_stream_create(byref(stream), engine, c_uint(IN_ORDER)), "a stream")
        check(short.dnnl_primitive_attr_create(byref(attributes)), "attributes")
        check(short.dnnl_primitive_attr_set_scratchpad_mode(attributes, USER_SCRATCHPAD), "a scratchpad of ours")
    except (OSError, AttributeError, LibraryError):  # built for another system, or without what it needs
        return None
    for run in (long.dnnl_primitive_execute, short.dnnl_primitive_execute):
        run.argtypes = (c_void_p, c_void_p, c_int, POINTER(ExecArg))
    short.dnnl_memory_set_data_handle.argtypes = (c_void_p, c_void_p)
    return Library(long, short, engine, stream, attributes)


def _path() -> str | None:
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        return None
    return next((str(package.locate_file(file)) for file in package.files or () if file.name == FILE), None)


@contextmanager
def _sleeping_threads() -> Any:
    """Idle threads of the library spin a moment and then sleep: the compiler's threads need the processors. OpenMP reads this once."""
    name = "GOMP_SPINCOUNT"
    if name in os.environ or "OMP_WAIT_POLICY" in os.environ:
        yield
        return
    os.environ[name] = SPINS
    try:
        yield
    finally:
        del os.environ[name]


def loaded() -> Library:
    """oneDNN, where a program has been compiled to call it."""
    found = library()
    if found is None:
        raise LibraryError(
            "oneDNN is not there, but the program was compiled to call it", remedy=f"install {PACKAGE} {MAJOR}.{MINOR} or newer"
        )
    return found


def check(status: int, what: str) -> None:
    """Raise an error where a call of the library, made for `what`, has failed."""
    if status:
        raise LibraryError(f"oneDNN could not make {what}: status {status}", remedy="set NEURALZOO_KERNELS=jax to do without oneDNN")


def dims(numbers: Iterable[int]) -> Any:
    """Numbers for each axis, as the library takes them."""
    return (c_int64 * AXES)(*numbers)


def tensor(shape: Sequence[int], strides: Sequence[int] | None = None) -> c_void_p:
    """The descriptor of an array of float32; without strides the library chooses how it lies in memory."""
    found, short = c_void_p(), loaded().short
    if strides is None:
        check(short.dnnl_memory_desc_create_with_tag(byref(found), len(shape), dims(shape), FLOAT32, ANY_FORMAT), "a descriptor")
    else:
        check(short.dnnl_memory_desc_create_with_strides(byref(found), len(shape), dims(shape), FLOAT32, dims(strides)), "a descriptor")
    return found


def described(name: str, *arguments: Any) -> c_void_p:
    """The descriptor of a primitive, by its function's name without `dnnl_` and `_primitive_desc_create`."""
    found, own = c_void_p(), loaded()
    check(getattr(own.short, f"dnnl_{name}_primitive_desc_create")(byref(found), own.engine, *arguments), name)
    return found


def implementation(primitive: c_void_p) -> str:
    """The name of the kernel that the library has chosen."""
    name = c_char_p()
    check(loaded().short.dnnl_primitive_desc_query(primitive, IMPLEMENTATION, 0, byref(name)), "the name of an implementation")
    return (name.value or b"").decode()


def memory_of(primitive: c_void_p, what: int) -> c_void_p:
    """The descriptor that a primitive wants for one of its arrays (a number of `dnnl_query_t`)."""
    ask = loaded().short.dnnl_primitive_desc_query_md
    ask.restype = c_void_p
    return c_void_p(ask(primitive, what, 0))


def size_of(memory: c_void_p) -> int:
    """The bytes of an array."""
    ask = loaded().short.dnnl_memory_desc_get_size
    ask.restype = c_size_t
    return int(ask(memory))


def same(a: c_void_p, b: c_void_p) -> bool:
    """Whether two arrays lie the same way."""
    return bool(loaded().short.dnnl_memory_desc_equal(a, b))
