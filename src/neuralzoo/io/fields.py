"""Whether the values of a record that was read are of the sort its fields were declared for."""

import dataclasses
import functools
import typing
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from neuralzoo.core.errors import FormatError
from neuralzoo.core.record import Record

ARRAYS = jax.Array | np.ndarray | jax.ShapeDtypeStruct | float | int


def check_record(record: Record, path: tuple[str, ...]) -> None:
    """Raise `FormatError` for a part that is no record of the declared class, an array that is none, an unhashable setting."""
    for field in dataclasses.fields(record):  # pyright: ignore[reportArgumentType]
        role, value = field.metadata.get("role"), getattr(record, field.name)
        allowed = _declared(type(record), field.name)
        held = list(_items(value))
        strange = [item for item in held if isinstance(item, Record) and allowed and not isinstance(item, allowed)]
        if role == "part":
            strange += [item for item in held if not isinstance(item, Record)]
        elif role:
            strange += [item for item in jax.tree.leaves(value) if not isinstance(item, ARRAYS)]
        elif not _hashable(value):
            strange.append(value)
        if strange:
            raise FormatError(
                f"{type(record).__name__} cannot have {strange[0]!r} as its {field.name}",
                where=".".join((*path, field.name)),
                remedy="the file was changed by hand or by another program: use the original",
            )


@functools.cache
def _declared(kind: type[Record], name: str) -> tuple[type[Record], ...]:
    """The classes of records that a field is declared for; none where it is open to all."""
    try:
        found = set(_named(typing.get_type_hints(kind)[name]))
    except (NameError, TypeError):  # a hint that cannot be looked up says nothing
        return ()
    return () if found & {Any, Callable} else tuple(t for t in found if isinstance(t, type) and issubclass(t, Record))


def _named(hint: Any) -> Iterator[Any]:
    """The types that a hint is composed of."""
    yield typing.get_origin(hint) or hint
    for inner in typing.get_args(hint):
        if not isinstance(inner, list):  # the arguments of a Callable
            yield from _named(inner)


def _items(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _items(item)
    elif value is not None:
        yield value


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
