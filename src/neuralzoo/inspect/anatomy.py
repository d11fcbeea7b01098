"""What a drawing of a network shows: its layers as volumes, forks and groups, with small layers and repetitions folded."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax

from neuralzoo.core.composite import Chain
from neuralzoo.core.layer import Layer, Spec
from neuralzoo.core.masked import unmasked
from neuralzoo.layers.combine import Graph, Parallel, Residual
from neuralzoo.train.summary import inside, names_of

SMALL = (  # layers drawn as a word beside the layer before them
    "Activation", "Dropout", "SpatialDropout", "GaussianNoise", "BatchNormalization", "LayerNormalization",
    "LocalResponseNormalization", "Flatten", "Reshape", "Identity", "Rescaling", "ZeroPadding", "Cropping",
)  # fmt: skip
KEPT = ("Flatten", "Reshape")  # the volume before them is shown as it was
ROLES = {  # part of a class's name → the colour it is drawn in
    "Conv": "convolution", "Pool": "pooling", "Subsampling": "pooling", "UpSampling": "convolution", "Dense": "dense",
    "CodeDistance": "dense", "LSTM": "recurrent", "GRU": "recurrent", "RNN": "recurrent", "Recurrent": "recurrent",
    "Bidirectional": "recurrent",
}  # fmt: skip


@dataclass(frozen=True)
class Volume:
    """A layer, or several equal ones in a row.

    Fields:
        names: of the layers.
        what: what it does, in words: "conv 3×3".
        role: the colour.
        shape: of the output of one example, None where it is not one array.
        parameters: of one of them, with those of the small layers behind it.
        small: the small layers behind it, in words.
        hidden: the names of those.
    """

    names: tuple[str, ...]
    what: str
    role: str
    shape: tuple[int, ...] | None
    parameters: int
    small: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group(Volume):
    """Layers in a chain, with arcs from the output of one (−1: the group's input) to the input of another (or the end)."""

    body: tuple[Volume, ...] = ()
    arcs: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True)
class Fork(Volume):
    """Branches side by side, merged."""

    branches: tuple[tuple[Volume, ...], ...] = field(default=())


def anatomy(net: Layer, spec: Spec) -> list[Volume]:
    """The network for inputs like `spec` as a row of volumes, the input first; `net` has arrays, or shapes in their place."""
    first = Volume(("input",), "", "input", _shape(spec), 0)
    children = inside(net, spec) if isinstance(net, Chain) else [(net.name, net, spec)]
    if children and type(children[0][1]).__name__ == "Input":
        first = replace(first, names=(names_of([children[0][1]], [children[0][0]])[0],))
        children = children[1:]
    return _folded(_row(children, first))


def names(parts: Sequence[Volume]) -> Iterator[str]:
    """The names of every layer in the drawing."""
    for part in parts:
        yield from (*part.names, *part.hidden)
        if isinstance(part, Group):
            yield from names(part.body)
        elif isinstance(part, Fork):
            for branch in part.branches:
                yield from names(branch)


def _row(children: list[Any], first: Volume | None = None) -> list[Volume]:
    row = [first] if first else []
    called = names_of([layer for _, layer, _ in children], [name for name, _, _ in children])
    for name, (_, layer, x) in zip(called, children, strict=True):
        if row and _is_small(layer):
            last = row[-1]
            more = {} if type(layer).__name__ in KEPT else {"shape": _output(layer, x)}
            words, told, total = (*last.small, *_word(layer)), (*last.hidden, name), last.parameters + _count(layer)
            row[-1] = replace(last, small=words, hidden=told, parameters=total, **more)
        else:
            row.append(_part(name, layer, x))
    return row


def _part(name: str, layer: Layer, x: Spec) -> Volume:
    kind = type(layer).__name__
    role = next((role for part, role in ROLES.items() if part in kind), "other")
    common = (name,), _what(layer), role, _output(layer, x), _count(layer)
    if x is None:
        return Volume(*common)
    if isinstance(layer, Parallel):
        branches = tuple(tuple(_row(inside(b, x) if isinstance(b, Chain) else [(b.name, b, x)])) for b in layer.layers)
        return Fork(common[0], layer.merge, *common[2:], branches=branches)
    if isinstance(layer, Chain):
        return Group(common[0], "chain", *common[2:], body=tuple(_folded(_row(inside(layer, x)))))
    if isinstance(layer, Residual):
        body = layer.body if isinstance(layer.body, tuple) else layer.body.layers if isinstance(layer.body, Chain) else (layer.body,)
        row = tuple(_row(inside(Chain(body), x)))
        arc = ", ".join(v.what for v in _row([("shortcut", layer.shortcut, x)])) if layer.shortcut else ""
        if isinstance(layer.shortcut, Chain):
            arc = _row(inside(layer.shortcut, x))[0].what
        return Group(common[0], "residual", *common[2:], body=row, arcs=((-1, len(row), arc),))
    if isinstance(layer, Graph):
        return Group(common[0], "graph", *common[2:], **_wired(layer, x))
    return Volume(*common)


def _wired(graph: Graph, x: Spec) -> dict[str, Any]:
    """The nodes of a graph in their order, and an arc for each wire that does not come from the node before."""
    places = {"input": -1, **{node.name or f"node_{i + 1}": i for i, node in enumerate(graph.nodes)}}
    arcs = []
    for i, node in enumerate(graph.nodes):
        for source in (node.inputs,) if isinstance(node.inputs, str) else node.inputs:
            if places[source] != i - 1:
                arcs.append((places[source], i, ""))
    return {"body": tuple(_part(name or "", layer, read) for name, layer, read in inside(graph, x)), "arcs": tuple(arcs)}


def _folded(row: list[Volume]) -> list[Volume]:
    """Equal neighbours as one: composites from two on, plain layers from three on."""
    runs: list[list[Volume]] = []
    for part in row:
        if runs and _unnamed(runs[-1][0]) == _unnamed(part):
            runs[-1].append(part)
        else:
            runs.append([part])
    folded = []
    for run in runs:
        if len(run) >= (2 if isinstance(run[0], Group | Fork) else 3):
            every = tuple(name for part in run for name in part.names)
            folded.append(replace(run[0], names=every, hidden=tuple(name for part in run for name in part.hidden)))
        else:
            folded += run
    return folded


def _unnamed(part: Volume) -> Any:
    """What makes two parts equal: everything but their names."""
    inner: Any = ()
    if isinstance(part, Group):
        inner = tuple(map(_unnamed, part.body)), part.arcs
    elif isinstance(part, Fork):
        inner = tuple(tuple(map(_unnamed, branch)) for branch in part.branches)
    return type(part), part.what, part.shape, part.parameters, part.small, inner


def _is_small(layer: Layer) -> bool:
    return type(layer).__name__.rstrip("123D") in SMALL


def _word(layer: Layer) -> list[str]:
    """A small layer as a word or none."""
    kind, settings = type(layer).__name__, layer.hyperparameters()
    if kind == "Activation":
        return [_name_of(settings["activation"])]
    if "rate" in settings:
        return [f"dropout {settings['rate']:g}"]
    words = {"BatchNormalization": "batch norm", "LayerNormalization": "layer norm", "LocalResponseNormalization": "response norm"}
    return [] if kind == "Identity" else [words.get(kind, kind.rstrip("123D").lower())]


def _what(layer: Layer) -> str:
    """What a layer does, in a few words."""
    kind, settings = type(layer).__name__, layer.hyperparameters()
    words = kind.rstrip("123D").replace("Transpose", "").replace("Pooling", " pool").replace("UpSampling", "upsampling")
    for long, short in (("Convolution", "conv"), ("Conv", "conv"), ("GlobalAverage", "global average"), ("GlobalMax", "global max")):
        words = words.replace(long, short)
    words = words.replace("PaddedIdentity", "zero padding").replace("CodeDistance", "distance").replace("Tableconv", "conv by table")
    words = words if words[1:2].isupper() else words[:1].lower() + words[1:]
    words = words.rstrip("123D ") + (" transposed" if "Transpose" in kind else "")
    size = settings.get("kernel_size", settings.get("pool_size"))
    strides = settings.get("strides")
    if size is not None:
        words += " " + _times(size)
    if strides not in (None, 1, (1, 1), size) and "Transpose" not in kind and "size" in "".join(settings):
        words += f" / {_times(strides).split('×')[0]}"
    if settings.get("groups", 1) > 1:
        words += f", {settings['groups']} groups"
    return words


def _times(size: Any) -> str:
    return "×".join(map(str, size if isinstance(size, tuple) else (size, size)))


def _name_of(thing: Any) -> str:
    return thing if isinstance(thing, str) else getattr(thing, "__name__", type(thing).__name__)


def _count(layer: Layer) -> int:
    return sum(math.prod(a.shape) for a in jax.tree.leaves(layer))


def _output(layer: Layer, x: Spec) -> tuple[int, ...] | None:
    return None if x is None else _shape(jax.eval_shape(lambda layer, x: layer(x), layer, x))


def _shape(y: Any) -> tuple[int, ...] | None:
    y = unmasked(y)
    return tuple(y.shape[1:]) if isinstance(y, jax.ShapeDtypeStruct) else None
