"""Graphs as batches: what travels through a network when its rows are graphs."""

from typing import Any, Self

import jax.numpy as jnp

from neuralzoo.core.record import Record, given


class Sparse(Record):
    """Node features of which few are not 0, by their places: stands for an array `(batch, nodes, width)`.

    Fields:
        rows, columns: `(batch, entries)`, the node and the feature of each entry; filling is an entry of value 0.
        values: `(batch, entries)`.
        nodes, width: the nodes of each graph, and their features.
    """

    rows: Any = given()
    columns: Any = given()
    values: Any = given()
    nodes: int = 0
    width: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array it stands for."""
        return (self.values.shape[0], self.nodes, self.width)

    def dense(self) -> Any:
        """The array it stands for."""
        graph = jnp.arange(self.values.shape[0])[:, None]
        return jnp.zeros(self.shape, self.values.dtype).at[graph, self.rows, self.columns].add(self.values)


class Graphs(Record):
    """A batch of graphs, each filled up to the same numbers of nodes and edges: `(batch, nodes, features)` with wires.

    Layers that work along edges take it as it is (`graphs = True`) and see one graph without ways between the batch's; a composite
    hands to all others the features alone, and puts the wires back where the nodes are still there.

    Fields:
        features: `(batch, nodes, features)`, or `Sparse`.
        edges: `(batch, edges, 2)` numbers of nodes, from the first to the second; −1 for filling.
        real: `(batch, nodes)`, 1 for a node of the graph, 0 for filling.
        counted: `(batch, nodes)`, 1 for a node whose answer counts in losses and metrics, where each node has one.
        weights: `(batch, edges)`, or None for ones.
        edge_features: `(batch, edges, features)`, or None.
        directed: whether edges are meant to go one way.
    """

    features: Any = given()
    edges: Any = given()
    real: Any = given()
    counted: Any = given()
    weights: Any = given(default=None)
    edge_features: Any = given(default=None)
    directed: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the features."""
        return self.features.shape

    def dense(self) -> Any:
        """The features as an array."""
        return self.features.dense() if isinstance(self.features, Sparse) else self.features

    def carrying(self, y: Any) -> "Self | Any":
        """The same graphs with `y` as features, where it still has their nodes; else `y` itself."""
        return self.set(features=y) if getattr(y, "shape", ())[:2] == self.shape[:2] and len(y.shape) == 3 else y
