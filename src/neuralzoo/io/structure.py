"""Trees of records, arrays and plain values as JSON, and back.

    null, true, 3, 0.5, "text", [...]   themselves; a list is a list
    {"float": "inf"}                    inf, -inf and nan
    {"tuple": [...]}                    a tuple
    {"dict": [[key, value], ...]}       a dictionary
    {"array": "net.layers.0.kernel"}    a JAX array, by the name of its tensor
    {"numpy": "history.confusion"}      a NumPy array
    {"key": ["key", "threefry2x32"]}    a JAX random key: its bits, and its generator
    {"spec": [[1, 784], "float32"]}     a `jax.ShapeDtypeStruct`
    {"function": ["activation", "relu"]}    a function, by the registry that knows it and its name there
    {"class": "layer:Dense"}            a class of records
    {"layer:Dense": {"units": 10, ...}} a record, by its tag in `Record.kinds`, with all its fields

A class or a function is never looked up by a module's name, so a file cannot make anything run.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.activations import activations
from neuralzoo.core.errors import ArgumentError, FormatError, nearest
from neuralzoo.core.record import Record
from neuralzoo.core.registry import Registry
from neuralzoo.io.fields import check_record

DTYPES = {  # the name of an array's type, and its name in a safetensors file
    "bool": "BOOL", "int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64", "uint8": "U8", "uint16": "U16", "uint32": "U32",
    "uint64": "U64", "float16": "F16", "bfloat16": "BF16", "float32": "F32", "float64": "F64", "complex64": "C64",
    "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2",
}  # fmt: skip

functions: Registry[Callable[..., Any]] = Registry("function")  # functions that a saved file may name, beside all activations
for _module, _names in (
    (jax.nn, "relu relu6 sigmoid softplus soft_sign silu log_sigmoid leaky_relu hard_sigmoid hard_silu hard_tanh elu selu gelu softmax"),
    (jnp, "tanh sin cos exp log abs square sqrt sign arctan"),
):
    functions.update({f"{_module.__name__}.{name}": getattr(_module, name) for name in _names.split()})
_REGISTRIES = {registry.kind: registry for registry in (activations, functions)}

Path = tuple[str, ...]


def tag_of(kind: type[Record]) -> str:
    """The name of a class of records in a file.

    >>> from neuralzoo.layers import Dense
    >>> tag_of(Dense)
    'layer:Dense'
    """
    return f"{kind.family}:{kind.__name__}"


class Packer:
    """Turns a tree into JSON, and puts its arrays aside in `arrays`, by name."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self.owners: list[Record] = []  # the records that the value being packed is inside of

    def pack(self, value: Any, path: Path) -> Any:
        """The JSON form of `value`; raises `ArgumentError` for what a file cannot hold, naming its place."""
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or type(value) in (bool, int, str):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else {"float": repr(value)}
        if type(value) is list:
            return self._all(value, path)
        if type(value) is tuple:
            return {"tuple": self._all(value, path)}
        if type(value) is dict:
            return {"dict": [[self.pack(k, path), self.pack(v, (*path, str(k)))] for k, v in value.items()]}
        if isinstance(value, Record):
            return self._record(value, path)
        if isinstance(value, jax.Array | np.ndarray):
            return self._array(value, path)
        if isinstance(value, jax.ShapeDtypeStruct):
            return {"spec": [list(value.shape), value.dtype.name]}
        if isinstance(value, type) and issubclass(value, Record):
            return {"class": self._tag(value, path)}
        return {"function": self._function(value, path)}

    def _all(self, items: Any, path: Path) -> list[Any]:
        return [self.pack(item, (*path, str(i))) for i, item in enumerate(items)]

    def _record(self, record: Record, path: Path) -> dict[str, Any]:
        self.owners.append(record)
        fields = (*record.static_fields, *record.data_fields)
        packed = {self._tag(type(record), path): {name: self.pack(getattr(record, name), (*path, name)) for name in fields}}
        self.owners.pop()
        return packed

    def _tag(self, kind: type[Record], path: Path) -> str:
        tag = tag_of(kind)
        known = Record.kinds.get(tag, kind)
        if (known.__module__, known.__qualname__) == (kind.__module__, kind.__qualname__):
            return tag
        raise ArgumentError(
            f"there are two classes {tag}: one of {kind.__module__} and a later one of {known.__module__}",
            where=".".join(path),
            remedy="give your class another name; a file tells classes apart by their names alone",
        )

    def _array(self, value: Any, path: Path) -> dict[str, Any]:
        if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
            return {"key": [self._put(jax.random.key_data(value), path), str(jax.random.key_impl(value))]}
        return {"array" if isinstance(value, jax.Array) else "numpy": self._put(value, path)}

    def _put(self, value: Any, path: Path) -> str:
        array = np.asarray(value, order="C")  # safetensors writes other orders wrong, without a word
        if array.dtype.byteorder == ">":
            array = array.astype(array.dtype.newbyteorder("<"))
        if array.dtype.name not in DTYPES:
            remedy = f"convert it; a file holds {', '.join(DTYPES)}"
            raise ArgumentError(f"an array of {array.dtype} cannot be saved", where=".".join(path), remedy=remedy)
        name = ".".join(path).encode("ascii", "backslashreplace").decode()
        while name in self.arrays:
            name += "'"
        self.arrays[name] = array
        return name

    def _function(self, value: Any, path: Path) -> list[str]:
        for kind, registry in _REGISTRIES.items():
            if callable(value) and (name := registry.name_of(value)):
                return [kind, name]
        advice = "use numbers, strings, tuples, lists, dictionaries, arrays or records"
        if callable(value):
            advice = (
                "give it a name before saving and before loading: activations.register('its name')(function) for an activation, "
                "neuralzoo.io.functions.register('its name')(function) for another; or write it as a class"
            )
        what = f"{value!r} cannot be saved: it is a {'function without a name' if callable(value) else type(value).__name__}"
        where = ".".join(path) + (f", in {self.owners[-1]!r}" if self.owners else "")
        raise ArgumentError(what, where=where, remedy=advice)


class Unpacker:
    """Turns JSON back into the tree; every array of `arrays` is taken at most once."""

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        self.arrays = arrays
        self.makers: dict[str, Callable[[Any, Path], Any]] = {
            "float": lambda body, path: {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}[body],
            "tuple": lambda body, path: tuple(self._all(body, path)),
            "dict": lambda body, path: {self.unpack(k, path): self.unpack(v, (*path, str(k))) for k, v in body},
            "array": lambda body, path: self._on_device(body),
            "numpy": lambda body, path: self.arrays.pop(body),
            "key": lambda body, path: jax.random.wrap_key_data(self._on_device(body[0]), impl=body[1]),
            "spec": lambda body, path: self._spec(*body),
            "class": lambda body, path: self._kind(body, path),
            "function": lambda body, path: self._function(*body, path=path),
        }

    def unpack(self, node: Any, path: Path) -> Any:
        """The value that `node` stands for; raises `FormatError` where it stands for none."""
        if isinstance(node, list):
            return self._all(node, path)
        if not isinstance(node, dict):
            return node
        try:
            ((tag, body),) = node.items()
            return self._record(tag, body, path) if ":" in tag else self.makers[tag](body, path)
        except FormatError:
            raise
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
            what = f"an entry is not valid ({type(error).__name__}: {error})"
            raise FormatError(what, where=".".join(path), remedy="use the original file, or save the model again") from error

    def _all(self, items: Any, path: Path) -> list[Any]:
        if not isinstance(items, list):
            raise TypeError(f"{type(items).__name__} instead of a list")
        return [self.unpack(item, (*path, str(i))) for i, item in enumerate(items)]

    def _on_device(self, name: Any) -> jax.Array:
        array = self.arrays.pop(name)
        if jax.dtypes.canonicalize_dtype(array.dtype) != array.dtype:
            remedy = 'call jax.config.update("jax_enable_x64", True) before loading'
            raise FormatError(f"the array {name} is {array.dtype}, and JAX works in 32 bits here", remedy=remedy)
        return jnp.array(array)

    def _spec(self, shape: Any, dtype: Any) -> jax.ShapeDtypeStruct:
        if dtype not in DTYPES or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError(f"no array has the shape {shape} and the type {dtype}")
        return jax.ShapeDtypeStruct(tuple(shape), jnp.dtype(dtype))

    def _kind(self, tag: str, path: Path) -> type[Record]:
        if tag in Record.kinds:
            return Record.kinds[tag]
        family, name = tag.split(":", 1)
        others = [known.split(":", 1)[1] for known in Record.kinds if known.startswith(f"{family}:")]
        guess = nearest(name, others).split("There are:")[0]
        remedy = f"if {name} is a class of yours, import or define it before loading; else upgrade neuralzoo. {guess}".strip()
        raise FormatError(f"the file holds a {family} of the class {name}, which is not known here", where=".".join(path), remedy=remedy)

    def _function(self, kind: str, name: str, path: Path) -> Callable[..., Any]:
        if name in _REGISTRIES[kind]:
            return _REGISTRIES[kind][name]
        what = f"the file names the {kind} {name!r}, which is not known here"
        raise FormatError(what, where=".".join(path), remedy="register it under this name before loading, as it was before saving")

    def _record(self, tag: str, body: dict[str, Any], path: Path) -> Record:
        kind = self._kind(tag, path)
        fields = {f.name: f for f in dataclasses.fields(kind)}  # pyright: ignore[reportArgumentType]
        values: dict[str, Any] = {}
        for name in (*body, *(fields.keys() - body.keys())):
            if name not in fields:
                what = f"{kind.__name__} has no field {name!r} here: the file is from a later version"
                remedy = f"upgrade neuralzoo; or, if {kind.__name__} is a class of yours, use the one that was saved"
                raise FormatError(what, where=".".join(path), remedy=remedy)
            values[name] = self.unpack(body[name], (*path, name)) if name in body else _default(fields[name])
        record = object.__new__(kind)
        record.__dict__.update({name: values[name] for name in fields})
        check_record(record, path)
        return record


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    raise ValueError(f"the field {field.name} is missing")
