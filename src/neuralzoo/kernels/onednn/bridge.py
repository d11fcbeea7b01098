"""The bridge from compiled programs: a handler of XLA's foreign-function interface, written with ctypes.

The structures are those of `xla/ffi/api/c_api.h` (`jax.ffi.include_dir()`), versions 0.1 to 0.3. Where they have another size
the handler does not register, and the kernels in JAX are used.
"""

import _thread
import ctypes
import os
import signal
import threading
from collections.abc import Callable, Sequence
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_void_p, sizeof
from functools import cache
from typing import Any

import jax
import numpy as np

from neuralzoo.kernels.onednn.library import library

TARGET = "neuralzoo_onednn"
EXECUTE, METADATA, ARRAY, INTERNAL = 3, 1, 1, 13


class _Structure(ctypes.Structure):
    pass


class _Buffer(_Structure):
    _fields_ = (
        ("struct_size", c_size_t),
        ("extension", c_void_p),
        ("dtype", c_int),
        ("data", c_void_p),
        ("rank", c_int64),
        ("dims", c_void_p),
    )


class _Buffers(_Structure):
    _fields_ = (
        ("struct_size", c_size_t),
        ("extension", c_void_p),
        ("size", c_int64),
        ("types", c_void_p),
        ("each", POINTER(POINTER(_Buffer))),
    )


class _Array(_Structure):
    _fields_ = (("dtype", c_int), ("size", c_size_t), ("data", c_void_p))


class _Attributes(_Structure):
    _fields_ = (
        ("struct_size", c_size_t),
        ("extension", c_void_p),
        ("size", c_int64),
        ("types", POINTER(c_int)),
        ("names", c_void_p),
        ("each", POINTER(POINTER(_Array))),
    )


class _Version(_Structure):
    _fields_ = (("struct_size", c_size_t), ("extension", c_void_p), ("major", c_int), ("minor", c_int))


class _ErrorArguments(_Structure):
    _fields_ = (("struct_size", c_size_t), ("extension", c_void_p), ("message", c_char_p), ("code", c_int))


class _Api(_Structure):
    _fields_ = (
        ("struct_size", c_size_t),
        ("extension", c_void_p),
        ("version", _Version),
        ("internal", c_void_p),
        ("create_error", ctypes.CFUNCTYPE(c_void_p, POINTER(_ErrorArguments))),
    )


class _Metadata(_Structure):
    _fields_ = (("struct_size", c_size_t), ("version", _Version), ("traits", c_uint32))


class _Extension(_Structure):
    _fields_ = (("struct_size", c_size_t), ("type", c_int), ("next", c_void_p), ("metadata", POINTER(_Metadata)))


class _Frame(_Structure):
    _fields_ = (
        ("struct_size", c_size_t),
        ("extension", POINTER(_Extension)),
        ("api", POINTER(_Api)),
        ("context", c_void_p),
        ("stage", c_int),
        ("arguments", _Buffers),
        ("results", _Buffers),
        ("attributes", _Attributes),
    )


Prepare = Callable[[Sequence[int]], Callable[[Sequence[int]], None]]
_makers: dict[int, Prepare] = {}
_plans: dict[bytes, Callable[[Sequence[int]], None]] = {}
_making = threading.Lock()


def register(kind: int, prepare: Prepare) -> None:
    """Let `prepare(numbers)` make the plans whose first number is `kind`."""
    _makers[kind] = prepare


@cache
def active() -> bool:
    """Whether compiled programs may call oneDNN: it is installed, wanted, and there is one device, since it uses all processors."""
    if os.environ.get("NEURALZOO_KERNELS", "").lower() == "jax" or library() is None or len(jax.devices("cpu")) > 1:
        return False
    try:
        jax.ffi.register_ffi_target(TARGET, jax.ffi.pycapsule(_handler), platform="cpu")
    except Exception:  # another version of the interface: whatever it says, the kernels in JAX remain
        return False
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    return True


def call(numbers: Sequence[int], results: Any, *arguments: Any) -> Any:
    """The results of the plan that `numbers` describe, wholly: they are all that a program kept on disk knows of it."""
    plan = np.asarray(numbers, np.int64)
    return jax.ffi.ffi_call(TARGET, results, vmap_method="sequential")(*arguments, plan=plan)


def _plan(key: bytes) -> Callable[[Sequence[int]], None]:
    with _making:
        if key not in _plans:
            numbers = np.frombuffer(key, np.int64).tolist()
            _plans[key] = _makers[numbers[0]](numbers)
        return _plans[key]


def _run(frame: Any) -> None:
    attributes, arguments, results = frame.attributes, frame.arguments, frame.results
    if frame.stage != EXECUTE or attributes.size != 1 or attributes.types[0] != ARRAY:
        raise ValueError("the call is not one of this handler's")
    numbers = attributes.each[0].contents
    key = ctypes.string_at(numbers.data, numbers.size * 8)
    plan = _plans.get(key) or _plan(key)
    inputs, outputs = arguments.each, results.each
    pointers = [inputs[i].contents.data for i in range(arguments.size)]
    pointers += [outputs[i].contents.data for i in range(results.size)]
    plan(pointers)


def _handle(pointer: Any) -> int | None:
    """One call of the compiled program: null, or an error of XLA's."""
    frame = pointer.contents
    while True:
        try:
            if frame.extension:
                _tell_version(frame)
            else:
                _run(frame)
            return None
        except KeyboardInterrupt:  # from a handler of the user's own; the call is made again, whole
            _interrupt_later()
        except BaseException as error:
            return _error(frame, f"{type(error).__name__} in {TARGET}: {error}")


def _interrupt(_: int, frame: Any) -> None:
    """Python's answer to Ctrl-C, but not within a call: raised there it would be lost, at the first line with the call's results."""
    while frame is not None:
        if frame.f_code is _handle.__code__:
            return _interrupt_later()
        frame = frame.f_back
    raise KeyboardInterrupt


def _interrupt_later() -> None:
    """Let Ctrl-C reach whoever waits for the program."""
    threading.Timer(0.01, _thread.interrupt_main).start()


def _tell_version(frame: Any) -> None:
    """Registration asks which version of the interface this is; nothing is answered where it is not known."""
    extension = frame.extension.contents
    metadata, version = extension.metadata.contents, frame.api.contents.version
    sizes = (frame.struct_size, extension.struct_size, version.struct_size, metadata.struct_size)
    known = (sizeof(_Frame), sizeof(_Extension), sizeof(_Version), _Metadata.traits.offset + sizeof(c_uint32))
    if sizes != known or extension.type != METADATA or (version.major, version.minor) not in ((0, 1), (0, 2), (0, 3)):
        return
    metadata.version.major, metadata.version.minor, metadata.traits = version.major, version.minor, 0


def _error(frame: Any, message: str) -> int | None:
    arguments = _ErrorArguments(_ErrorArguments.code.offset + sizeof(c_int), None, message.encode(), INTERNAL)
    return frame.api.contents.create_error(ctypes.byref(arguments))


_handler = ctypes.CFUNCTYPE(c_void_p, POINTER(_Frame))(_handle)
