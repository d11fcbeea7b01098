"""Records: frozen dataclasses that are pytrees. Layers, losses, optimizers and learners are all records.

A field is one of seven things, told by how it is declared:

    units: int                               a hyper-parameter: hashable, part of the compiled program's identity
    kernel: Built[Float[Array, "i o"]] = param()   an array (or a pytree of arrays) a learner may change
    mean:   Built[Float[Array, " o"]]  = state()   an array that `forward` advances (running statistics)
    pool:   Built[Float[Array, "n n"]] = fixed()   an array drawn once in `build` (a reservoir)
    last:   Built[Float[Array, "b n"]] = memory()  an array of the stream of data passing through, not of the network itself
    edges:  Int[Array, "b e 2"]        = given()   an array that the record is made with: of data that travel as one record
    inner:  Layer                      = part()    a record inside this one, or a tuple of records

Hyper-parameters are static to JAX, everything else is traced: a record goes through `jax.jit`, `grad`, `vmap` and
`scan` as it is.
"""

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, dataclass_transform

import jax
import numpy as np

from neuralzoo.core.errors import ArgumentError, NotReadyError, nearest

T = TypeVar("T")
Built = Annotated[T, "None until build"]  # to a type checker the array itself; before `build` the field holds None


def param(*, init: Literal[False] = False) -> Any:
    """Declare an array that a learner may change."""
    return dataclasses.field(default=None, init=init, metadata={"role": "param"})


def state(*, init: Literal[False] = False) -> Any:
    """Declare an array that `forward` advances and no learner touches."""
    return dataclasses.field(default=None, init=init, metadata={"role": "state"})


def fixed(*, init: Literal[False] = False) -> Any:
    """Declare an array that is drawn once in `build` and never changes."""
    return dataclasses.field(default=None, init=init, metadata={"role": "fixed"})


def memory(*, init: Literal[False] = False) -> Any:
    """Declare what is remembered from one batch to the next: no learner touches it, and it is no weight of the network."""
    return dataclasses.field(default=None, init=init, metadata={"role": "memory"})


def given(*, default: Any = dataclasses.MISSING) -> Any:
    """Declare an array, or a record of arrays, that is given when the record is made: no learner touches it."""
    return dataclasses.field(default=default, metadata={"role": "fixed"})


def part(*, default: Any = dataclasses.MISSING) -> Any:
    """Declare a record, or a tuple of records, that this one is made of."""
    return dataclasses.field(default=default, metadata={"role": "part"})


def keyword(*, default: Any, kw_only: bool = True) -> Any:
    """Declare a hyper-parameter that can be given by name only."""
    return dataclasses.field(default=default, kw_only=kw_only)


@dataclass_transform(frozen_default=True, field_specifiers=(param, state, fixed, memory, given, part, keyword, dataclasses.field))
class Record:
    """A frozen dataclass and pytree; subclasses only declare fields and methods."""

    data_fields: ClassVar[tuple[str, ...]] = ()
    static_fields: ClassVar[tuple[str, ...]] = ()
    family: ClassVar[str] = "record"
    kinds: ClassVar[dict[str, type["Record"]]] = {}  # "layer:Dense" → the class; what a saved file may name

    def __init_subclass__(cls) -> None:
        dataclasses.dataclass(frozen=True, repr=False, eq=False)(cls)
        fields = dataclasses.fields(cls)  # pyright: ignore[reportArgumentType]
        cls.data_fields = tuple(f.name for f in fields if f.metadata.get("role"))
        cls.static_fields = tuple(f.name for f in fields if not f.metadata.get("role"))
        if Record in cls.__bases__:
            cls.family = cls.__name__.lower()
        tag, own = f"{cls.family}:{cls.__name__}", cls.__module__.startswith("neuralzoo.")
        if own or not Record.kinds.get(tag, cls).__module__.startswith("neuralzoo."):  # nobody takes a library class's place
            Record.kinds[tag] = cls
        cls.__init__ = _checked_init(cls, cls.__init__)
        jax.tree_util.register_pytree_with_keys(
            cls,
            lambda self: ([(jax.tree_util.GetAttrKey(n), getattr(self, n)) for n in cls.data_fields], _static(self)),
            functools.partial(_restore, cls),
            lambda self: (tuple(getattr(self, n) for n in cls.data_fields), _static(self)),
        )

    def set(self, **changes: Any) -> Self:
        """A copy with some fields replaced."""
        unknown = changes.keys() - {*self.data_fields, *self.static_fields}
        if unknown:
            raise _unknown_argument(type(self), unknown.pop())
        copy = object.__new__(type(self))
        copy.__dict__.update({**self.__dict__, **changes})
        return copy

    def hyperparameters(self) -> dict[str, Any]:
        """The static fields by name."""
        return {name: getattr(self, name) for name in self.static_fields}

    def __repr__(self) -> str:
        shown = []
        for field in dataclasses.fields(self):  # pyright: ignore[reportArgumentType]
            value = getattr(self, field.name)
            if field.metadata.get("role", "part") == "part" and (_required(field) or value != field.default):
                shown.append(f"{field.name}={getattr(value, '__name__', None) or repr(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or jax.tree.structure(self) != jax.tree.structure(other):
            return False
        pairs = zip(jax.tree.leaves(self), jax.tree.leaves(other), strict=True)
        return all(np.array_equal(a, b) for a, b in pairs)

    def __hash__(self) -> int:
        return hash((type(self), _static(self)))


def roles(record: Any) -> Any:
    """The same tree with each array replaced by its role: `"param"`, `"state"`, `"fixed"` or `"memory"`.

    The parameters of a record whose `trainable` is False count as fixed, those of its parts too.
    """
    return _roles(record, frozen=False)


def _roles(value: Any, frozen: bool) -> Any:
    if not isinstance(value, Record):
        return jax.tree.map(lambda v: _roles(v, frozen) if isinstance(v, Record) else "fixed", value, is_leaf=_is_record)
    frozen = frozen or not getattr(value, "trainable", True)
    marked: dict[str, Any] = {}
    for field in dataclasses.fields(value):  # pyright: ignore[reportArgumentType]
        role = field.metadata.get("role")
        held = getattr(value, field.name)
        if role == "part":
            marked[field.name] = _roles(held, frozen)
        elif role:
            marked[field.name] = jax.tree.map(lambda _, r=role: "fixed" if frozen and r == "param" else r, held)
    return value.set(**marked)


def split(record: T) -> tuple[T, T]:
    """Two trees of the record's shape: what a learner may change, and the rest; each holds None where the other has arrays."""
    marks = roles(record)
    params = jax.tree.map(lambda mark, leaf: leaf if mark == "param" else None, marks, record)
    rest = jax.tree.map(lambda mark, leaf: None if mark == "param" else leaf, marks, record)
    return params, rest


def merge(params: T, rest: T) -> T:
    """The record whose halves `split` returned."""
    return jax.tree.map(lambda a, b: b if a is None else a, params, rest, is_leaf=lambda v: v is None)


def forgetful(record: T) -> T:
    """The record without what it remembers: its own arrays only."""
    return jax.tree.map(lambda mark, leaf: None if mark == "memory" else leaf, roles(record), record)


def remembering_as(record: T, other: T) -> T:
    """The record with what `other`, of the same structure, remembers."""
    return jax.tree.map(lambda mark, own, its: its if mark == "memory" else own, roles(other), record, other)


def walk(record: Any) -> Iterator["Record"]:
    """Every record inside `record`, itself first, depth first."""
    if isinstance(record, Record):
        yield record
        for name in record.data_fields:
            yield from walk(getattr(record, name))
    elif isinstance(record, tuple | list):
        for item in record:
            yield from walk(item)
    elif isinstance(record, dict):
        for item in record.values():
            yield from walk(item)


def require_built(record: Record, field: str) -> None:
    """Raise `NotReadyError` where an array field is still empty."""
    if getattr(record, field) is None:
        raise NotReadyError(
            f"{record!r} has no {field} yet: it was never built",
            remedy="build it for an input first, or give the first layer an input_shape",
        )


def _is_record(value: Any) -> bool:
    return isinstance(value, Record)


def _static(record: Record) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in record.static_fields)


def _restore(cls: type[T], static: tuple[Any, ...], data: Any) -> T:
    record = object.__new__(cls)
    record.__dict__.update(zip(cls.static_fields, static, strict=True))  # pyright: ignore[reportAttributeAccessIssue]
    record.__dict__.update(zip(cls.data_fields, data, strict=True))  # pyright: ignore[reportAttributeAccessIssue]
    return record


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _checked_init(cls: type[Record], init: Callable[..., None]) -> Callable[..., None]:
    """Wrap a dataclass `__init__`: unknown names get a suggestion, lists become tuples, unhashable settings are refused."""
    names = {*cls.static_fields, *cls.data_fields}

    @functools.wraps(init)
    def checked(self: Record, *args: Any, **kwargs: Any) -> None:
        for name in kwargs.keys() - names:
            raise _unknown_argument(cls, name)
        try:
            init(self, *args, **kwargs)
        except TypeError as error:
            if "__init__()" not in str(error):
                raise
            message = str(error).split("__init__() ", 1)[1]
            raise ArgumentError(f"{cls.__name__} {message}", remedy=f"it takes {', '.join(_argument_names(cls))}") from None
        for name in cls.static_fields:
            self.__dict__[name] = _frozen(self, name, self.__dict__[name])
        for name in cls.data_fields:
            held = self.__dict__.get(name)
            self.__dict__[name] = tuple(held) if isinstance(held, list) else held

    return checked


def _frozen(record: Record, name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(record, name, item) for item in value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Record) and any(getattr(value, n) is not None for n in value.data_fields):
        problem = f"{name}={value!r} holds arrays"
    else:
        try:
            hash(value)
        except TypeError:
            problem = f"{name} is a {type(value).__name__}, which is not hashable"
        else:
            return value
    raise ArgumentError(
        f"{type(record).__name__}: {problem}, so it cannot be a hyper-parameter",
        remedy="declare the field with param(), state(), fixed() or part(), or pass a number, string or tuple",
    )


def _argument_names(cls: type[Record]) -> list[str]:
    return [f.name for f in dataclasses.fields(cls) if f.metadata.get("role", "part") == "part"]  # pyright: ignore[reportArgumentType]


def _unknown_argument(cls: type[Record], name: str) -> ArgumentError:
    return ArgumentError(f"{cls.__name__} has no argument {name!r}", remedy=nearest(name, _argument_names(cls)))
