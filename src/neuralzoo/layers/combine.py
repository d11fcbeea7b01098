"""Networks that are not a chain: residual and parallel branches, and any directed acyclic graph."""

from collections.abc import Callable
from functools import partial
from typing import Any, Self

import jax
import jax.numpy as jnp

from neuralzoo.core.composite import Chain, Composite, Visit
from neuralzoo.core.errors import ArgumentError, ShapeError, nearest
from neuralzoo.core.layer import Layer
from neuralzoo.core.masked import over_values
from neuralzoo.core.record import Record, part
from neuralzoo.core.registry import Registry

mergers: Registry[Callable[[list[Any]], Any]] = Registry("way to merge branches")
mergers["concatenate"] = lambda ys: jnp.concatenate(ys, axis=-1)
mergers["add"] = lambda ys: sum(ys[1:], ys[0])
mergers["average"] = lambda ys: sum(ys[1:], ys[0]) / len(ys)
mergers["multiply"] = lambda ys: jax.tree.reduce(jnp.multiply, ys)
mergers["maximum"] = lambda ys: jax.tree.reduce(jnp.maximum, ys)


class Parallel(Composite):
    """Several layers on the same input, their outputs merged: `x -> merge(f1(x), f2(x), …)`.

    Fields:
        layers: the branches; `Identity()` or `Chain()` passes the input on (a jump connection).
        merge: "concatenate" (last axis), "add", "average", "multiply" or "maximum".

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers import Chain, Dense, Parallel
        >>> net = Parallel([Dense(3), Chain()]).build(jax.ShapeDtypeStruct((1, 2), jnp.float32), jax.random.key(0))
        >>> net(jnp.ones((5, 2))).shape
        (5, 5)
    """

    layers: tuple[Layer, ...] = part()
    merge: str = "concatenate"

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        if not self.layers:
            raise ArgumentError("Parallel has no branches", remedy="give it at least one layer")
        ys, after = zip(*(visit(self.layers, i, x) for i in range(len(self.layers))), strict=True)
        return visit.join(partial(merged, self.merge), list(ys)), self.set(layers=after)


class Residual(Composite):
    """x -> body(x) + shortcut(x), the shortcut being the identity where none is given.

    Fields:
        body: a layer or a list of layers.
        shortcut: a layer that brings x to the body's shape, or None.

    Reference: K. He et al., "Deep residual learning for image recognition", CVPR 2016.
    """

    body: Layer | tuple[Layer, ...] = part()
    shortcut: Layer | None = part(default=None)

    @property
    def branches(self) -> Parallel:
        """The same network as a sum of two branches."""
        body = self.body if isinstance(self.body, Layer) else Chain(self.body)
        return Parallel((body, self.shortcut or Chain()), merge="add")

    def _with(self, branches: Parallel) -> Self:
        body, shortcut = branches.layers
        if not isinstance(self.body, Layer):
            assert isinstance(body, Chain)
            return self.set(body=body.layers, shortcut=self.shortcut and shortcut)
        return self.set(body=body, shortcut=self.shortcut and shortcut)

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        y, after = self.branches.thread(x, visit)
        return y, self._with(after)


class Node(Record):
    """One layer of a `Graph` and the names of the nodes it reads; `"input"` is the graph's input.

    Fields:
        layer: what the node computes.
        inputs: one name or several, merged before the layer sees them.
        merge: how several inputs are merged.
        name: the node's own name.
    """

    layer: Layer = part()
    inputs: str | tuple[str, ...] = "input"
    merge: str = "concatenate"
    name: str | None = None

    def read(self, values: dict[str, Any]) -> Any:
        """The node's input, taken from the values of the nodes before it."""
        names = (self.inputs,) if isinstance(self.inputs, str) else self.inputs
        for name in names:
            if name not in values:
                raise ArgumentError(f"node {self.name!r} reads {name!r}, which is not a node before it", remedy=nearest(name, values))
        return merged(self.merge, [values[name] for name in names])


class Graph(Composite):
    """Any directed acyclic graph of layers, listed so that each node reads only nodes before it; the last is the output.

    Example (a jump connection from the input past a hidden layer):
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers import Dense, Graph, Node
        >>> net = Graph([Node(Dense(3, activation="tanh"), name="hidden"), Node(Dense(1), ("input", "hidden"), name="output")])
        >>> net = net.build(jax.ShapeDtypeStruct((1, 2), jnp.float32), jax.random.key(0))
        >>> net(jnp.ones((4, 2))).shape
        (4, 1)
    """

    nodes: tuple[Node, ...] = part()

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        values, after = {"input": x}, []
        layers = [node.layer for node in self.nodes]
        for i, node in enumerate(self.nodes):
            y, layer = visit(layers, i, visit.join(node.read, values))
            values[node.name or f"node_{i + 1}"] = x = y
            after.append(node.set(layer=layer))
        return x, self.set(nodes=tuple(after))


def merged(how: str, ys: list[Any]) -> Any:
    """Several arrays as one; a mismatch of shapes names them."""
    merge = mergers[how]
    if len(ys) == 1:
        return ys[0]
    shapes = [y.shape for y in ys]
    compared = [shape[:-1] for shape in shapes] if how == "concatenate" else shapes
    if any(shape != compared[0] for shape in compared):
        raise ShapeError(
            f"branches of shapes {', '.join(map(str, shapes))} cannot be merged by {how!r}",
            remedy="give the branches equal shapes, for example with a Dense layer as the shortcut",
        )
    return over_values(merge, ys)
