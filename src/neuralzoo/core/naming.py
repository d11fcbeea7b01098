"""The names of the layers of a network: paths such as "stage_2/residual/conv2d_1", and patterns for them."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.core.layer import Layer
from neuralzoo.core.record import Record
from neuralzoo.core.registry import snake_case

R = TypeVar("R", bound=Record)


def names_of(layers: Sequence[Record], given: Sequence[str | None]) -> list[str]:
    """The given names, and where there is none the class in snake case, numbered."""
    seen: dict[str, int] = {}
    names = []
    for layer, name in zip(layers, given, strict=True):
        base = snake_case(type(layer).__name__)
        number = seen.get(base, 0)
        if name is None:
            seen[base] = number + 1
        names.append(name or (f"{base}_{number}" if number else base))
    return names


def over_layers(record: R, change: Callable[[str, Layer], Layer], path: str = "") -> R:
    """`record` with each layer in it replaced by `change(path, layer)`, those inside before those around them.

    The path of a layer lists the names on the way to it, from the first level of the network on: its own name or, where it
    has none, the field that holds it, or in a list its class, numbered. The outermost layer has the path "".

    Example:
        >>> from neuralzoo.layers import Chain, Dense, Residual
        >>> seen = []
        >>> net = Chain([Dense(2), Residual([Dense(2), Dense(2, name="last")])])
        >>> _ = over_layers(net, lambda path, layer: seen.append(path) or layer)
        >>> seen
        ['dense', 'residual/dense', 'residual/last', 'residual', '']
    """
    fresh: dict[str, Any] = {}
    for field in dataclasses.fields(record):  # pyright: ignore[reportArgumentType]
        held = getattr(record, field.name)
        if isinstance(held, Record) and field.metadata.get("role") == "part":
            own = (getattr(held, "name", None) or field.name) if isinstance(record, Layer) else ""  # a graph's node bears the name
            fresh[field.name] = over_layers(held, change, _joined(path, own))
        elif isinstance(held, tuple) and held and all(isinstance(item, Record) for item in held):
            names = names_of(held, [_given(item, i) for i, item in enumerate(held)])
            fresh[field.name] = tuple(over_layers(item, change, _joined(path, name)) for item, name in zip(held, names, strict=True))
    record = record.set(**fresh)
    return change(path, record) if isinstance(record, Layer) else record  # type: ignore[return-value]


def paths_of(net: Record) -> list[str]:
    """The paths of all layers inside a network."""
    found: list[str] = []

    def note(path: str, layer: Layer) -> Layer:
        found.append(path)
        return layer

    over_layers(net, note)
    return [path for path in found if path]


def matches(path: str, pattern: str) -> bool:
    """Whether a pattern with `*` and `?` fits a layer: its path, its own name, or those of a layer around it.

    >>> [matches("stage_1/conv2d_2", pattern) for pattern in ("conv*", "stage_1", "stage_?/*", "stage_2")]
    [True, True, True, False]
    """
    names = path.split("/")
    return any(fnmatchcase("/".join(names[: i + 1]), pattern) or fnmatchcase(name, pattern) for i, name in enumerate(names))


def require_matches(net: Record, patterns: Iterable[str]) -> None:
    """Raise `ArgumentError` for a pattern that fits no layer of a network."""
    paths = paths_of(net)
    for pattern in patterns:
        if not any(matches(path, pattern) for path in paths):
            raise ArgumentError(f"no layer is named {pattern!r}", remedy=nearest(pattern, paths))


def own_arrays(layer: Layer) -> dict[str, Any]:
    """The array fields of a layer that hold something, without those of its parts."""
    fields = dataclasses.fields(layer)
    held = {f.name: getattr(layer, f.name) for f in fields if f.metadata.get("role", "part") != "part"}
    return {name: value for name, value in held.items() if value is not None}


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path and name else path or name


def _given(record: Record, i: int) -> str | None:
    name = getattr(record, "name", None)
    return name if name or isinstance(record, Layer) else f"{snake_case(type(record).__name__)}_{i + 1}"
