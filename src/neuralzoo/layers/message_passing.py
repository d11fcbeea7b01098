"""Message passing: what two ends of an edge say to each other, gathered, and what a node makes of it."""

from functools import partial
from typing import Any, Self

import jax.numpy as jnp

from neuralzoo.core.composite import Composite, Visit
from neuralzoo.core.graphs import Graphs
from neuralzoo.core.layer import Layer
from neuralzoo.core.record import part
from neuralzoo.kernels.segments import AGGREGATES, wires
from neuralzoo.layers.graph import require_choice, require_graphs


class MessagePassing(Composite):
    """hᵢ ← update([hᵢ, aggregate of message([hⱼ, hᵢ, eⱼᵢ])]): graphs of `(nodes, in)` -> the same of `(nodes, out)`.

    The messages come along the edges from j to i; eⱼᵢ are the edge's features, and its weight, where it has some.

    Fields:
        message: a layer from `(batch, edges, 2 in + edge features)` to messages.
        update: a layer from `(batch, nodes, in + message)` to the new features of a node.
        aggregate: "sum", "mean" or "max" of the messages that reach a node; 0 where none does.

    Reference: J. Gilmer et al., "Neural message passing for quantum chemistry", ICML 2017.

    Example:
        >>> import jax
        >>> from neuralzoo.data import Graph, stack
        >>> from neuralzoo.layers import Dense
        >>> path = jax.tree.map(jax.numpy.asarray, stack(Graph([(0, 1), (1, 2)], [[1.0], [2.0], [3.0]])))
        >>> layer = MessagePassing(Dense(4, activation="relu"), Dense(2)).build(path, jax.random.key(0))
        >>> layer(path).shape[-1]
        2
    """

    message: Layer = part()
    update: Layer = part()
    aggregate: str = "sum"

    def __post_init__(self) -> None:
        require_choice(self, "aggregate", tuple(AGGREGATES))

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        require_graphs(self, x)
        parts = (self.message, self.update)
        messages, message = visit(parts, 0, visit.join(_both_ends, x))
        y, update = visit(parts, 1, visit.join(partial(_received, self.aggregate), x, messages))
        return x.carrying(y), self.set(message=message, update=update)


def _both_ends(x: Graphs) -> Any:
    """What is known of each edge: the features of its source and its target, and its own: `(batch, edges, …)`."""
    way, h = wires(x), x.dense().reshape(-1, x.shape[-1])
    shape = (*x.edges.shape[:2], -1)
    known = [way.send(h).reshape(shape), way.reach(h).reshape(shape)]
    known += [x.weights[..., None]] if x.weights is not None else []
    return jnp.concatenate([*known, x.edge_features] if x.edge_features is not None else known, axis=-1)


def _received(aggregate: str, x: Graphs, messages: Any) -> Any:
    """Each node's features, and what reached it: `(batch, nodes, …)`."""
    way = wires(x)
    gathered = AGGREGATES[aggregate](messages.reshape(-1, messages.shape[-1]), way.target, way.nodes)
    return jnp.concatenate([x.dense(), gathered.reshape(*x.shape[:2], -1)], axis=-1)
