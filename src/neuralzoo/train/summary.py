"""A network as a table: each layer with its output shape and its parameters, for nothing is computed but shapes."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import jax
from rich.box import SIMPLE_HEAD, Box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from neuralzoo.core.composite import Chain, Composite, Visit
from neuralzoo.core.graphs import Graphs
from neuralzoo.core.layer import Layer, Spec
from neuralzoo.core.masked import unmasked
from neuralzoo.core.naming import names_of
from neuralzoo.core.record import forgetful, split
from neuralzoo.layers.combine import Graph, Residual

if TYPE_CHECKING:
    from neuralzoo.train.shell import Shell

PLAIN = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)  # for files and pipes in any encoding
Child = tuple[str | None, Layer, Spec]  # a layer inside another: its name or None, itself, and its input's shape or None


@dataclass(frozen=True)
class Row:
    """One line of a summary.

    Fields:
        name: the layer's own, or one made from its class.
        kind: its class.
        shape: of its output, None for the batch; a pytree of shapes where the output is one; None where it is not known.
        parameters: how many numbers it holds, those of its parts too; None before it is built.
        trainable: how many of them a learner may change.
        depth: how many layers it is inside of.
    """

    name: str
    kind: str
    shape: Any
    parameters: int | None
    trainable: int | None
    depth: int


def summary_rows(net: Layer, spec: Spec, built: bool = False) -> list[Row]:
    """The rows of a network for inputs like `spec`; no array is made, so the network may be larger than the memory.

    Args:
        net: any layer; the layers of a `Chain` are the first level.
        spec: a `jax.ShapeDtypeStruct` with a batch axis, or a pytree of them.
        built: take the arrays as they are, rather than those `build` would make.

    Example:
        >>> import jax, numpy as np
        >>> from neuralzoo.layers import Chain, Dense
        >>> net = Chain([Dense(2, activation="tanh"), Dense(1)])
        >>> [(row.name, row.shape, row.parameters) for row in summary_rows(net, jax.ShapeDtypeStruct((1, 10), np.float32))]
        [('dense', (None, 2), 22), ('dense_1', (None, 1), 3)]
    """
    return list(_rows(net if built else would_build(net, spec), spec))


def summary_text(model: "Shell", width: int = 80) -> str:
    """The summary of a model as plain text, in lines of at most `width` characters."""
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None, legacy_windows=False).print(_page(model, PLAIN))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()).strip("\n")


def print_summary(model: "Shell") -> None:
    """Print the summary of a model, plain where the output is not a terminal."""
    console = Console()
    if console.is_terminal:
        console.print(_page(model, SIMPLE_HEAD))
    else:
        print(summary_text(model))


@singledispatch
def inside(layer: Any, x: Spec) -> list[Child]:
    """The layers that a layer is made of, with the input of each where it is known; x is None if unknown."""
    return _held(layer)


def _held(layer: Any) -> list[Child]:
    held = jax.tree.leaves([getattr(layer, name) for name in layer.data_fields], is_leaf=lambda v: isinstance(v, Layer))
    return [(child.name, child, None) for child in held if isinstance(child, Layer)]


@inside.register
def _(layer: Composite, x: Spec) -> list[Child]:
    if x is None:
        return _held(layer)
    found: list[Child] = []

    def note(child: Layer, x: Spec, i: int) -> tuple[Spec, Layer]:
        found.append((child.name, child, x))
        return _output(child, x), child

    layer.thread(x, Visit(note, shapes=True))
    return found


@inside.register
def _(layer: Residual, x: Spec) -> list[Child]:
    body = [(layer.body.name, layer.body, x)] if isinstance(layer.body, Layer) else inside(Chain(layer.body), x)
    return body + ([("shortcut", layer.shortcut, x)] if layer.shortcut else [])


@inside.register
def _(layer: Graph, x: Spec) -> list[Child]:
    values, found = {"input": x}, []
    for i, node in enumerate(layer.nodes):
        read = None if x is None else jax.eval_shape(node.read, values)
        name = node.name or f"node_{i + 1}"
        values[name] = _output(node.layer, read)
        found.append((name, node.layer, read))
    return found


def would_build(net: Layer, spec: Spec) -> Layer:
    """The network as `build` makes it, with shapes for arrays."""
    return jax.eval_shape(lambda key: net.build(spec, key), jax.random.key(0))


def _output(layer: Layer, x: Spec) -> Spec:
    return None if x is None else jax.eval_shape(lambda layer, x: layer(x), layer, x)


def _rows(net: Layer, spec: Spec) -> Iterator[Row]:
    if isinstance(net, Chain):
        yield from _level(inside(net, spec), 0, frozen=not net.trainable, known=spec is not None)
    else:
        yield from _level([(net.name, net, spec)], 0, frozen=False, known=spec is not None)


def _level(children: list[Child], depth: int, frozen: bool, known: bool) -> Iterator[Row]:
    names = names_of([layer for _, layer, _ in children], [name for name, _, _ in children])
    for name, (_, layer, x) in zip(names, children, strict=True):
        y = _output(layer, x)
        shape = jax.tree.map(lambda a: (None, *a.shape[1:]) if a.shape else (), unmasked(y), is_leaf=lambda v: isinstance(v, Graphs))
        still = frozen or not layer.trainable
        trainable = 0 if still else _count(split(layer)[0])
        yield Row(name, type(layer).__name__, shape, *((_count(layer), trainable) if known else (None, None)), depth)
        yield from _level(inside(layer, x), depth + 1, still, known)


def _count(tree: Any) -> int:
    return sum(math.prod(a.shape) for a in jax.tree.leaves(forgetful(tree)))


def _page(model: "Shell", box: Box) -> Group:
    table = Table(box=box, pad_edge=False, expand=True)
    table.add_column("Layer (type)", overflow="fold", ratio=2)
    table.add_column("Output Shape", overflow="fold", ratio=1)
    table.add_column("Param #", justify="right", no_wrap=True, min_width=13)
    net, spec = model.outlook()
    for row in _rows(net, spec):
        shape = "?" if row.shape is None and row.parameters is None else "" if row.shape is None else str(row.shape)
        numbers = "?" if row.parameters is None else f"{row.parameters:,}"
        table.add_row(Text("  " * row.depth + f"{row.name} ({row.kind})"), Text(shape), numbers)
    return Group(Text(f'Model: "{model.name}"'), table, *(Text(line) for line in _totals(net, spec)))


def _totals(net: Layer, spec: Spec) -> list[str]:
    if spec is None:
        return ["Not built yet: give the first layer an input_shape, or fit the model."]
    params, rest = split(net)
    lines = (("Total", net), ("Trainable", params), ("Non-trainable", rest))
    return [f"{what} params: {_count(tree):,} ({_size(tree)})" for what, tree in lines]


def _size(tree: Any) -> str:
    """The memory that arrays take, in the unit that fits."""
    size = float(sum(math.prod(a.shape) * a.dtype.itemsize for a in jax.tree.leaves(forgetful(tree))))
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} TB"
