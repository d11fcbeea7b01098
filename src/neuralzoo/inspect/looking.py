"""Going through a network and noting what happens at each layer: its input, its weighted sum, its output.

The wiring of a composite is said once, in `thread`; the visit here is one more way of going along it. At the weighted sum and at
the output of each layer a *probe* may be added, an array of zeros: the gradient with respect to it is the gradient there.
"""

from dataclasses import dataclass, field
from functools import partial, singledispatch
from typing import Any

import jax
import jax.numpy as jnp

from neuralzoo.core.activations import activation_named
from neuralzoo.core.composite import Composite, Visit
from neuralzoo.core.layer import Key, Layer
from neuralzoo.core.masked import unmasked
from neuralzoo.core.naming import over_layers
from neuralzoo.core.rows import Rows, look_up
from neuralzoo.kernels.recurrence import scan_cell
from neuralzoo.layers.recurrent import Recurrence


@partial(jax.tree_util.register_dataclass, data_fields=["input", "sum", "output", "inside"], meta_fields=["name", "kind"])
@dataclass(frozen=True)
class Note:
    """What one layer did.

    Fields:
        name: the layer's path, "" where it is the whole network.
        kind: its class.
        input, output: of the layer, the batch in front.
        sum: the weighted sum before the activation, of every step where the layer is recurrent; None where there is none.
        inside: of a recurrent layer the state after each step, and its gates, `(batch, time, …)`; what else a layer's `workings` are.
    """

    name: str
    kind: str
    input: Any
    sum: Any
    output: Any
    inside: dict[str, Any] = field(default_factory=dict)


class Looking:
    """Notes made on the way through a network whose layers bear their paths as names; see `go_through`."""

    def __init__(self, probes: dict[str, list[jax.Array]] | None = None, inputs: bool = False):
        self.inputs = inputs  # whether there are probes at the inputs of layers too
        self.notes: list[Note] = []
        self.points: dict[str, list[jax.Array]] = {}  # the floating arrays at each place where a probe can be
        self.probes = probes or {}

    def at(self, place: str, value: Any) -> Any:
        """The value at a place, with its probe added."""
        leaves, tree = jax.tree.flatten(value)
        floats = [i for i, leaf in enumerate(leaves) if jnp.issubdtype(jnp.asarray(leaf).dtype, jnp.floating)]
        self.points[place] = [leaves[i] for i in floats]
        for i, probe in zip(floats, self.probes.get(place, ()), strict=False):
            leaves[i] = leaves[i] + probe.astype(leaves[i].dtype)
        return jax.tree.unflatten(tree, leaves)

    def note(self, layer: Any, x: Any, total: Any, y: Any, **inside: Any) -> None:
        self.notes.append(Note(layer.name, type(layer).__name__, _values(x), _values(total), _values(y), inside))

    def visit(self, key: Key | None) -> Visit:
        """The visit that notes; layer i draws from `fold_in(key, i)` as while training, or is used as deployed without a key."""
        return Visit(lambda layer, x, i: look(layer, x, None if key is None else jax.random.fold_in(key, i), self))


def go_through(net: Layer, x: Any, key: Key | None, see: Looking) -> tuple[Any, Layer]:
    """The output for `x` and the successor of the network, all layers noted in `see`; without a key as deployed.

    Example:
        >>> from neuralzoo.layers import Chain, Dense, Residual
        >>> x = jnp.ones((1, 2))
        >>> net, see = Chain([Dense(2), Residual([Dense(2, "relu")])]).build(x, jax.random.key(0)), Looking()
        >>> y, _ = go_through(net, x, None, see)
        >>> [note.name for note in see.notes], bool((y == net(x)).all())
        (['dense', 'residual/dense'], True)
    """
    named = over_layers(net, lambda path, layer: layer.set(name=path))
    y, after = look(named, see.at("input", x), key, see)
    return y, jax.tree.unflatten(jax.tree.structure(net), jax.tree.leaves(after))


@singledispatch
def look(layer: Any, x: Any, key: Key | None, see: Looking) -> tuple[Any, Any]:
    """The output of a layer and its successor, noted."""
    total, after = None, layer
    x = see.at(f"{layer.name}:input", x) if see.inputs else x
    if "activation" in layer.static_fields and type(layer).forward is Layer.forward:
        total = layer.set(activation=None)(x)
    if isinstance(total, jax.Array):
        total = see.at(f"{layer.name}:sum", total)
        y = activation_named(layer.activation)(total)
    elif key is None:
        total, y = None, layer(x)  # what is not one array, such as a graph, shows no sum
    else:
        total, (y, after) = None, layer.forward(x, key)
    y = see.at(f"{layer.name}:output", y)
    see.note(layer, x, total, y, **layer.workings(x))
    return y, after


@look.register
def _(layer: Composite, x: Any, key: Key | None, see: Looking) -> tuple[Any, Any]:
    return layer.thread(x, see.visit(key))


@look.register
def _(layer: Recurrence, x: Any, key: Key | None, see: Looking) -> tuple[Any, Any]:
    cell = layer.held() if key is None else layer.noisy_cell(x, key)
    noted: dict[str, Any] = {}

    def run(drive: Any, state: Any, mask: Any, reverse: bool) -> tuple[Any, Any]:
        drive = _turned(see.at(f"{layer.name}:sum", _turned(drive)))
        length = len(jax.tree.leaves(drive)[0])
        silent = jax.tree.map(lambda a: jnp.zeros((a.shape[0], length, *a.shape[1:]), a.dtype), state)
        probes = _turned(see.at(f"{layer.name}:state", silent))

        def step(xs: Any, before: Any) -> Any:
            drive, probe = xs
            y, after = cell.step(drive, before)
            same = {id(a): a + p for a, p in zip(jax.tree.leaves(after), jax.tree.leaves(probe), strict=True)}
            y, after = jax.tree.map(lambda a: same.get(id(a), a), (y, after))  # an output that is part of the state is one value
            return (y, after, cell.inside(drive, before)), after

        (y, states, inside), last = scan_cell(step, (drive, probes), state, mask, reverse)
        noted.update({name: _turned(value) for name, value in inside.items()}, state=_turned(states))
        return y, last

    y, last = layer.over(cell, x, run)
    y = see.at(f"{layer.name}:output", y)
    see.note(layer, x, noted.pop("sum"), y, **noted)
    return y, layer if key is None else layer.past(jax.lax.stop_gradient(last))


def _turned(tree: Any) -> Any:
    """Time and batch exchanged."""
    return jax.tree.map(lambda a: jnp.swapaxes(a, 0, 1), tree)


def _values(x: Any) -> Any:
    """What an input holds: a table looked up, a mask left out."""
    if isinstance(x, tuple | list):
        return tuple(map(_values, x))
    x = unmasked(x)
    return look_up(x.table, x.codes) if isinstance(x, Rows) else x
