"""What a trace holds: plain records of NumPy arrays, which a page, a table or a figure may show."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.core.naming import over_layers


@dataclass(frozen=True, eq=False)
class ArrayTrace:
    """One array of a layer.

    Fields:
        name: its field in the layer, such as "kernel".
        value: before the step.
        gradient: of the objective, penalties included; None where the rule follows none, or the array is not learned.
        change: what the step adds; None where nothing is learned here.
    """

    name: str
    value: np.ndarray
    gradient: np.ndarray | None = None
    change: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """What one layer did, the batch in front of every array.

    Fields:
        name, kind, what: its path, its class, and its formula or purpose in a few words.
        input, output: of the layer.
        sum: the weighted sum before the activation; of every step, `(batch, time, …)`, where the layer is recurrent.
        delta: δ, the gradient of the batch's mean loss at the weighted sum.
        output_gradient: the same gradient at the output; None where the loss takes the layer before its activation.
        inside: the states of a recurrent layer after each step and its gates, the attention of a layer that attends, the states
            of a memory on its way to rest…
        state_gradient: the gradient at the states of a recurrent layer, all that comes back from later steps included.
        arrays: its weights.
    """

    name: str
    kind: str
    what: str
    input: Any
    sum: Any
    output: Any
    delta: Any = None
    output_gradient: Any = None
    inside: dict[str, Any] = field(default_factory=dict)
    state_gradient: Any = None
    arrays: tuple[ArrayTrace, ...] = ()

    def __getitem__(self, name: str) -> ArrayTrace:
        """One of the layer's arrays."""
        found = {array.name: array for array in self.arrays}
        if name not in found:
            raise ArgumentError(f"{self.name} has no array {name!r}", remedy=nearest(name, found) or "it has none at all")
        return found[name]


@dataclass(frozen=True, eq=False)
class Change:
    """An array that a step changed, by its path in the network ("net…") or in what the rule remembers ("memo…")."""

    name: str
    before: np.ndarray
    after: np.ndarray

    @property
    def size(self) -> float:
        """The largest change of a number in it."""
        return float(np.max(np.abs(self.after.astype(np.float64) - self.before))) if self.before.shape == self.after.shape else float("nan")


@dataclass(frozen=True, eq=False)
class Trace:
    """A network at work on one or more examples, and what one step of learning makes of it.

    Fields:
        model: its name.
        x, y: the examples and their targets.
        layers: in the order of computation.
        output: the network's own.
        loss: the number that learning brings down, penalties included; None without a target.
        input_gradient: its gradient at `x`; None where x holds codes.
        rule: the learning rule in words.
        readings: what the rule measures.
        reasons: what a rule that follows no gradient goes by.
        before, after: the network and what the rule remembers, before the step and after it; None where nothing is learned.
    """

    model: str
    x: Any
    y: Any
    layers: tuple[LayerTrace, ...]
    output: Any
    loss: float | None = None
    input_gradient: Any = None
    rule: str = ""
    readings: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, Any] = field(default_factory=dict)
    before: Any = None
    after: Any = None

    @property
    def names(self) -> list[str]:
        return [layer.name for layer in self.layers]

    def __getitem__(self, name: str) -> LayerTrace:
        """A layer by its name."""
        if name not in self.names:
            raise ArgumentError(f"there is no layer named {name!r}", remedy=nearest(name, self.names))
        return self.layers[self.names.index(name)]

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Every array that the step changed, of the network and of what the rule remembers."""
        return () if self.before is None else changes_between(self.before, self.after)

    def to_dict(self) -> dict[str, Any]:
        """The same as dictionaries, lists and numbers, ready for JSON."""
        kept = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in ("before", "after")}
        return plain({**kept, "changes": self.changes})

    def table(self, row: int = 0) -> Any:
        """The tables of one example, for `rich.print`."""
        from neuralzoo.inspect.trace_tables import tables

        return tables(self, row)

    def steps(self, row: int = 0) -> list[str]:
        """The example carried out step by step, forwards and back, in words and numbers."""
        from neuralzoo.inspect.trace_steps import steps

        return steps(self, row)

    def figure(self, row: int = 0) -> Any:
        """The example as a matplotlib figure: what each layer made of it, and the gradient that came back."""
        from neuralzoo.inspect.trace_plots import trace_figure

        return trace_figure(self, row)

    def svg(self, row: int = 0) -> str:
        """The example as one `<svg>` element: units and weights where they are few, else the figure."""
        from neuralzoo.inspect.trace_drawing import trace_svg

        return trace_svg(self, row)

    def __rich__(self) -> Any:
        return self.table()

    def __str__(self) -> str:
        from neuralzoo.inspect.trace_tables import as_text

        return as_text(self.table())

    def _repr_html_(self) -> str:
        from neuralzoo.inspect.trace_tables import as_html

        return f"{self.svg()}{as_html(self.table())}"


def changes_between(before: Any, after: Any) -> tuple[Change, ...]:
    """The arrays in which two trees differ, with their paths; one that is in only one of them is empty in the other.

    >>> [(c.name, c.size) for c in changes_between({"a": jnp.zeros(2), "b": jnp.ones(1)}, {"a": jnp.array([0.0, 0.5]), "b": jnp.ones(1)})]
    [('a', 0.5)]
    """
    one, other = ({path_name(path): array for path, array in jax.tree_util.tree_flatten_with_path(tree)[0]} for tree in (before, after))
    found, none = [], np.zeros(0, np.float32)
    for name in {**one, **other}:
        old, new = one.get(name, none), other.get(name, none)
        if old is new or jnp.issubdtype(old.dtype, jax.dtypes.prng_key):
            continue
        old, new = np.asarray(old), np.asarray(new)
        if not np.array_equal(old, new, equal_nan=old.dtype.kind == new.dtype.kind == "f"):
            found.append(Change(name, old, new))
    return tuple(found)


def arrays_of(net: Any, leaves: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The arrays of each layer whose path is in `leaves`, those of all inside it too, by their names."""
    found: dict[str, dict[str, Any]] = {}

    def note(path: str, layer: Any) -> Any:
        if path in leaves:
            flat = jax.tree_util.tree_flatten_with_path(layer)[0]
            found[path] = {path_name(keys): array for keys, array in flat}
        return layer

    over_layers(net, note)
    return found


def path_name(path: Any) -> str:
    """A path in a tree as people write it: `cell.kernel`, `memo.optimizer[0].mu`.

    >>> path_name(jax.tree_util.tree_flatten_with_path({"a": [1]})[0][0][0])
    'a[0]'
    """
    named = (jax.tree_util.DictKey, jax.tree_util.GetAttrKey)
    parts = [f".{getattr(key, 'key', getattr(key, 'name', ''))}" if isinstance(key, named) else f"{key}" for key in path]
    return "".join(parts).removeprefix(".")


def plain(value: Any) -> Any:
    """Records, arrays and tuples as dictionaries, lists and numbers; what is not finite as None, which JSON has.

    >>> plain({"a": np.array([1.0, np.nan]), "b": Change("c", np.zeros(1), np.ones(1))})
    {'a': [1.0, None], 'b': {'name': 'c', 'before': [0.0], 'after': [1.0]}}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        array = np.asarray(value)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            array = array.astype(object)
            array[~np.isfinite(value)] = None
        return array.tolist()
    return value
