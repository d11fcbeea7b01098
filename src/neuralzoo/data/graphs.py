"""Graphs: nodes with features, joined by edges; from edge lists, adjacency matrices and networkx, and stacked into batches."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy import sparse

from neuralzoo.core.errors import ArgumentError, DataError, ShapeError
from neuralzoo.core.graphs import Graphs, Sparse

FEW = 0.05  # the share of features that are not 0 up to which multiplying those alone pays
WIDE = 64  # and the features from which on it does


class EdgesWarning(UserWarning):
    """Edges were left out: they lead from a node to itself, or are there twice."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes 0…n−1 with features, and edges that each lead from one node to another.

    Args:
        edges: `(edges, 2)` numbers of nodes, or a list of pairs. Where edges have no direction, each must be there both ways: give
            each once and call `undirected()`.
        features: `(nodes, features)`, an array or a matrix of scipy.sparse; a 1 for each node where it is None.
        nodes: how many nodes there are, where features do not tell: by default as many as the edges speak of.
        weights: `(edges,)`, or None for ones.
        edge_features: `(edges, features)`, or None.
        directed: True says that edges are meant to go one way.

    Edges from a node to itself are left out with a warning (layers let each node see itself anyway), and so are repetitions.

    Example:
        >>> triangle = Graph([(0, 1), (1, 2), (2, 0)], [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]).undirected()
        >>> triangle.nodes, len(triangle.edges)
        (3, 6)
    """

    edges: Any
    features: Any = None
    nodes: Any = None
    weights: Any = None
    edge_features: Any = None
    directed: bool = False

    def __post_init__(self) -> None:
        edges = _edge_list(self.edges)
        features, nodes = _features(self.features, self.nodes, edges)
        wrong = np.flatnonzero(((edges < 0) | (edges >= nodes)).any(1))
        if len(wrong):
            first = tuple(edges[wrong[0]].tolist())
            missing = next(n for n in first if not 0 <= n < nodes)
            what = f"edge {wrong[0]}, {first}, is one of node {missing}, but there are {nodes} nodes, numbered 0…{nodes - 1}"
            raise DataError(what, remedy="number the nodes from 0, and give a row of features for each")
        told = [_of_edges(self.weights, "weights", 1, len(edges)), _of_edges(self.edge_features, "edge_features", 2, len(edges))]
        kept = _once(edges)
        values = (edges[kept], features, nodes, *(None if a is None else a[kept] for a in told))
        for name, value in zip(("edges", "features", "nodes", "weights", "edge_features"), values, strict=True):
            object.__setattr__(self, name, value)

    @classmethod
    def from_adjacency(cls, matrix: Any, features: Any = None, *, directed: bool = False) -> Self:
        """From a square matrix, an array or one of scipy.sparse: an edge from i to j for each entry (i, j), weighted unless all are 1."""
        held: Any = sparse.coo_array(matrix)
        if held.ndim != 2 or held.shape[0] != held.shape[1]:
            raise ShapeError(f"an adjacency of shape {held.shape} is not square", remedy="give one row and one column for each node")
        held.eliminate_zeros()
        weights = None if (held.data == 1).all() else held.data
        edges = np.stack([held.row, held.col], axis=1)
        return cls(edges, features, held.shape[0], weights, directed=directed)

    @classmethod
    def from_networkx(cls, graph: Any, features: Any = None) -> Self:
        """From a graph of networkx, or of anything with its `nodes`, `edges` and `is_directed()`; nodes keep their order."""
        number = {name: i for i, name in enumerate(graph.nodes)}
        edges = [(number[a], number[b]) for a, b, *_ in graph.edges]
        made = cls(edges, features, len(number), directed=graph.is_directed())
        return made if graph.is_directed() else made.undirected()

    def undirected(self) -> Self:
        """The same graph with every edge both ways, what an edge has being the same for both."""
        there = self._codes(self.edges)
        missing = ~np.isin(self._codes(self.edges[:, ::-1]), there)
        both = np.concatenate([self.edges, self.edges[missing, ::-1]])
        weights, features = (None if a is None else np.concatenate([a, a[missing]]) for a in (self.weights, self.edge_features))
        return type(self)(both, self.features, self.nodes, weights, features)

    def row_normalized(self) -> Self:
        """The same graph with the features of each node divided by their sum; nodes without any keep zeros."""
        total = np.asarray(self.features.sum(1)).reshape(-1, 1)
        scale = 1 / np.where(total == 0, 1, total)
        scaled = (self.features * scale).astype(np.float32)
        return type(self)(self.edges, scaled, self.nodes, self.weights, self.edge_features, self.directed)

    def adjacency(self) -> sparse.csr_array:
        """The matrix with the weight of the edge from i to j at (i, j)."""
        weights = np.ones(len(self.edges), np.float32) if self.weights is None else self.weights
        return sparse.csr_array((weights, self.edges.T), shape=(self.nodes, self.nodes))

    def __repr__(self) -> str:
        return f"Graph({self.nodes} nodes of {self.features.shape[1]} features, {len(self.edges)} edges)"

    def _codes(self, edges: np.ndarray) -> np.ndarray:
        return edges[:, 0].astype(np.int64) * self.nodes + edges[:, 1]


def stack(graphs: Graph | Sequence[Graph]) -> Graphs:
    """Graphs as one batch, each filled up to the same numbers of nodes and edges, a little above the greatest.

    There are sixteen such numbers from one power of two to the next, so that graphs of like sizes share a compiled program.
    """
    listed = [graphs] if isinstance(graphs, Graph) else list(graphs)
    _require_alike(listed)
    nodes, edges = (roomy(max(sizes)) for sizes in zip(*((g.nodes, len(g.edges)) for g in listed), strict=True))
    real = np.stack([np.arange(nodes) < g.nodes for g in listed]).astype(np.float32)
    weights = (
        None if all(g.weights is None for g in listed) else [np.ones(len(g.edges)) if g.weights is None else g.weights for g in listed]
    )
    told = None if listed[0].edge_features is None else [g.edge_features for g in listed]
    return Graphs(
        _sparse(listed, nodes) if _is_sparse(listed) else filled([_dense(g.features) for g in listed], nodes),
        filled([g.edges for g in listed], edges, -1).astype(np.int32),
        real,
        real.copy(),
        None if weights is None else filled(weights, edges),
        None if told is None else filled(told, edges),
        all(g.directed for g in listed),
    )


def filled(arrays: Iterable[Any], size: int, value: int = 0) -> np.ndarray:
    """Arrays of different lengths as one, each filled up to `size` with `value`: float32, or whole numbers where all are."""
    listed = [np.asarray(a) for a in arrays]
    kind = np.int32 if all(a.dtype.kind in "iu" for a in listed) else np.float32
    whole = np.full((len(listed), size, *listed[0].shape[1:]), value, kind)
    for row, a in zip(whole, listed, strict=True):
        row[: len(a)] = a
    return whole


def roomy(size: int) -> int:
    """`size` or a little more: of the numbers between two powers of two, sixteen.

    >>> [roomy(n) for n in (1, 20, 33, 1000, 2708)]
    [1, 20, 34, 1024, 2816]
    """
    step = 1 << max(0, size.bit_length() - 5)
    return max(1, -(-size // step) * step)


def _edge_list(edges: Any) -> np.ndarray:
    held = np.asarray(edges)
    if not held.size:
        return np.zeros((0, 2), np.int32)
    if held.ndim != 2 or held.shape[1] != 2 or held.dtype.kind not in "iu":
        what = f"edges are pairs of whole numbers, but they are {held.dtype} of shape {held.shape}"
        turned = " Yours may be turned: try edges.T." if held.ndim == 2 and held.shape[0] == 2 else ""
        raise DataError(what, remedy=f"give a list such as [(0, 1), (1, 2)], or an array (edges, 2).{turned}")
    return held.astype(np.int32)


def _features(features: Any, nodes: Any, edges: np.ndarray) -> tuple[Any, int]:
    """Features as float32, and how many nodes there are."""
    if features is None:
        count = (int(edges.max()) + 1 if len(edges) else 0) if nodes is None else int(nodes)
        features = np.ones((count, 1), np.float32)
    held: Any = sparse.csr_array(features, dtype=np.float32) if sparse.issparse(features) else np.asarray(features, np.float32)
    if held.ndim != 2 or not held.shape[0] or (nodes is not None and held.shape[0] != nodes):
        wanted = "of at least one node" if nodes is None else f"of {nodes} nodes"
        raise ShapeError(f"features of shape {held.shape} are not those {wanted}", remedy="give one row of features for each node")
    return held, held.shape[0]


def _of_edges(values: Any, what: str, ndim: int, edges: int) -> np.ndarray | None:
    if values is None:
        return None
    held = np.asarray(values, np.float32)
    if held.ndim != ndim or len(held) != edges:
        shape = "(edges,)" if ndim == 1 else "(edges, features)"
        raise ShapeError(f"{what} of shape {held.shape} do not go with {edges} edges", remedy=f"give an array {shape}, in the edges' order")
    return held


def _once(edges: np.ndarray) -> np.ndarray:
    """The places of edges to keep: none from a node to itself, and of repetitions the first."""
    loops = edges[:, 0] == edges[:, 1]
    _, first = np.unique(edges, axis=0, return_index=True)
    repeated = np.ones(len(edges), bool)
    repeated[first] = False
    for wrong, said in ((loops, "lead from a node to itself"), (repeated, "are there already")):
        if wrong.any():
            pair = tuple(edges[np.argmax(wrong)].tolist())
            what = f"{wrong.sum()} of {len(edges)} edges {said} (the first is {pair}) and are left out"
            warnings.warn(f"{what}. Leave them out of the list to silence this; give weights for edges that count more.", EdgesWarning, 4)
    return np.flatnonzero(~loops & ~repeated)


def _require_alike(graphs: list[Graph]) -> None:
    """Raise unless all have the same features."""
    if not graphs or not all(isinstance(g, Graph) for g in graphs):
        raise ArgumentError("there are no graphs to stack", remedy="give a Graph, or a list of them")
    for name, widths in (
        ("node", [g.features.shape[1] for g in graphs]),
        ("edge", [0 if g.edge_features is None else g.edge_features.shape[1] for g in graphs]),
    ):
        other = next((i for i, width in enumerate(widths) if width != widths[0]), None)
        if other is not None:
            what = f"graph {other} has {widths[other]} {name} features, but graph 0 has {widths[0]}"
            raise ShapeError(what, remedy="give all graphs the same features")


def _is_sparse(graphs: list[Graph]) -> bool:
    stored = sum(g.features.nnz if sparse.issparse(g.features) else np.count_nonzero(g.features) for g in graphs)
    width = graphs[0].features.shape[1]
    return width >= WIDE and stored <= FEW * width * sum(g.nodes for g in graphs)


def _dense(features: Any) -> np.ndarray:
    return features.toarray() if sparse.issparse(features) else features


def _sparse(graphs: list[Graph], nodes: int) -> Sparse:
    held = [sparse.coo_array(sparse.csr_array(g.features)) for g in graphs]
    size = roomy(max(h.nnz for h in held))
    rows, columns, values = (filled((getattr(h, name) for h in held), size) for name in ("row", "col", "data"))
    return Sparse(rows, columns, values.astype(np.float32), nodes, graphs[0].features.shape[1])
