"""Plans: primitives of oneDNN prepared for arrays of given shapes, run one after the other on the arrays of a call."""

import ctypes
import threading
from collections.abc import Callable, Sequence
from ctypes import byref, c_void_p

from neuralzoo.kernels.onednn.library import (
    ALLOCATE,
    DST,
    SCRATCHPAD,
    SCRATCHPAD_MD,
    SRC,
    ExecArg,
    check,
    loaded,
    memory_of,
    same,
    size_of,
)

# One call at a time: the library uses all processors for each, and the memories and the scratchpad are shared between calls.
_turn = threading.Lock()


class _Scratch:
    """One piece of memory for all plans, as large as the greediest needs."""

    size, start, held = 0, 0, b""

    def grow(self, size: int) -> None:
        if size > self.size:
            held = ctypes.create_string_buffer(size + 64)
            self.size, self.held, self.start = size, held, -(-ctypes.addressof(held) // 64) * 64


_scratch = _Scratch()


class Plan:
    """Primitives in order, and which of their arrays the caller gives, in the order it gives them."""

    def __init__(self) -> None:
        self.steps: list[tuple[Callable[..., int], c_void_p, int, ctypes.Array]] = []
        self.given: list[c_void_p] = []
        self.scratches: list[c_void_p] = []
        self.own = loaded()

    def memory(self, description: c_void_p, given: bool = True) -> c_void_p:
        """An array: the caller's next one, or one of the plan's own, which stays from call to call."""
        found = c_void_p()
        check(self.own.short.dnnl_memory_create(byref(found), description, self.own.engine, None if given else ALLOCATE), "a memory")
        if given:
            self.given.append(found)
        return found

    def add(self, primitive: c_void_p, arguments: dict[int, c_void_p], short: bool = False) -> None:
        """The next primitive, from its descriptor; a short one keeps Python's lock, since to get it again may take 5 ms."""
        made, wanted = c_void_p(), memory_of(primitive, SCRATCHPAD_MD)
        check(self.own.short.dnnl_primitive_create(byref(made), primitive), "a primitive")
        if wanted and size_of(wanted):
            scratch = c_void_p()
            check(self.own.short.dnnl_memory_create(byref(scratch), wanted, self.own.engine, None), "a scratchpad")
            self.scratches.append(scratch)
            arguments = {**arguments, SCRATCHPAD: scratch}
            with _turn:
                _scratch.grow(size_of(wanted))
        table = (ExecArg * len(arguments))(*(ExecArg(arg, memory.value) for arg, memory in arguments.items()))
        library = self.own.short if short else self.own.long
        self.steps.append((library.dnnl_primitive_execute, made, len(arguments), table))

    def ordered(self, given: c_void_p, lies: c_void_p, wanted: c_void_p) -> c_void_p:
        """An array of the caller's, which lies as `lies`, copied to lie as `wanted` where it does not."""
        if same(lies, wanted):
            return given
        copy = self.memory(wanted, given=False)
        self._reorder(given, lies, copy, wanted)
        return copy

    def result(self, to: c_void_p, lies: c_void_p, wanted: c_void_p) -> c_void_p:
        """Where a primitive writes what it wants to lie as `wanted`: the caller's array `to`, or one of the plan's own."""
        return to if same(lies, wanted) else self.memory(wanted, given=False)

    def deliver(self, result: c_void_p, wanted: c_void_p, to: c_void_p, lies: c_void_p) -> None:
        """The copy of a result to the caller's array, where it is not there."""
        if result is not to:
            self._reorder(result, wanted, to, lies)

    def _reorder(self, source: c_void_p, lies: c_void_p, target: c_void_p, wanted: c_void_p) -> None:
        primitive = described_reorder(lies, wanted)
        self.add(primitive, {SRC: source, DST: target}, short=True)

    def __call__(self, pointers: Sequence[int]) -> None:
        own, place = self.own, self.own.short.dnnl_memory_set_data_handle
        with _turn:
            for memory, pointer in zip(self.given, pointers, strict=True):
                place(memory, pointer)
            for memory in self.scratches:
                place(memory, _scratch.start)
            for execute, primitive, count, table in self.steps:
                status = execute(primitive, own.stream, count, table)
                if status:
                    check(status, "a step of a plan")


def described_reorder(lies: c_void_p, wanted: c_void_p) -> c_void_p:
    found, own = c_void_p(), loaded()
    create = own.short.dnnl_reorder_primitive_desc_create
    check(create(byref(found), lies, own.engine, wanted, own.engine, own.attributes), "a reorder")
    return found
