"""What the networks of graphs have in common: graphs in, an answer for each node or each graph out."""

import warnings
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import DataError, ShapeError
from neuralzoo.core.graphs import Graphs
from neuralzoo.core.layer import Layer
from neuralzoo.core.masked import unmasked
from neuralzoo.data.graphs import Graph, filled, stack
from neuralzoo.layers.graph import GraphPooling, Nodes
from neuralzoo.train.batches import Source, is_stream
from neuralzoo.train.model import Model
from neuralzoo.zoo.backpropagating import classifying
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import count_classes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = 40  # nodes of the graph that is drawn where none is given


class IsolatedNodesWarning(UserWarning):
    """Some nodes have no edge, so they see only themselves."""


class DirectedEdgesWarning(UserWarning):
    """Some edges go one way only, and nobody said that they are meant to."""


class GraphMember(Member):
    """A classifier of the nodes of graphs, or of graphs.

    `fit`, `evaluate`, `predict` and `transform` take a `Graph`, a list of them, or what `stack` made of one; all answers but those for
    stacked graphs come without filling.
    """

    of_nodes: ClassVar[bool] = True

    def __init__(self, net: Layer, learning_rate: float, seed: int | None):
        Member.__init__(self, net, classifying(learning_rate), seed)

    def receive(self, x: Any, y: Any, weight: Any) -> tuple[Any, Any, Any]:
        if isinstance(x, Source) or (is_stream(x) and not isinstance(x, Graph | Graphs)):
            return x, y, weight
        graphs = stacked(x)
        if not self.of_nodes or y is None:
            return graphs, y, weight
        return labelled(graphs, *node_values(x, graphs, y, weight))

    def check_rows(self, x: Any, y: Any) -> None:
        if not isinstance(x, Graphs):
            raise DataError(f"x is a {type(x).__name__}, not graphs", remedy="make graphs of it: neuralzoo.data.Graph(edges, features)")
        if isinstance(y, np.ndarray) and self.of_nodes and not (x.counted > 0).any():
            raise DataError("no node has a label that counts", remedy="give labels from 0 on to some; −1 says that one is unknown")
        count_classes(np.ravel(y) if isinstance(y, np.ndarray) and self.of_nodes else y, self.classes if self.built else None)
        warn_of_edges(x)

    @property
    def classes(self) -> int:
        """How many classes the network tells apart."""
        return jax.eval_shape(self.net, self.input).shape[-1]

    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = "auto", steps: int | None = None, callbacks: Any = None) -> Any:
        """The probabilities of the classes: `(nodes, classes)` of each graph, or `(graphs, classes)`."""
        return self._answers(x, Model.predict(self, stacked(x), batch_size, verbose, steps, callbacks))

    def predict_proba(self, x: Any) -> Any:
        """As `predict`."""
        return self.predict(x)

    def classify(self, x: Any) -> Any:
        """The likeliest class of each node, or of each graph."""
        answers = self.predict(x)
        return [a.argmax(-1) for a in answers] if isinstance(answers, list) else answers.argmax(-1)

    def transform(self, x: Any) -> Any:
        """What the network makes of each node, or each graph, before it decides: `(nodes, units)` or `(graphs, units)`."""
        self.require_fitted("transform")
        assert isinstance(self.net, Chain)
        ends = [i for i, layer in enumerate(self.net.layers) if isinstance(layer, Nodes | GraphPooling)]
        front = (*self.net.layers[: ends[0] - 1], Nodes()) if self.of_nodes else self.net.layers[: ends[0] + 1]
        return self._answers(x, np.asarray(through(Chain(front), stacked(x))))

    def _answers(self, x: Any, y: np.ndarray) -> Any:
        """The answers as the graphs were given."""
        if isinstance(x, Graphs):
            return y
        if isinstance(x, Graph):
            return y[0, : x.nodes] if self.of_nodes else y[0]
        return [row[: graph.nodes] for row, graph in zip(y, x, strict=True)] if self.of_nodes else y

    def shown(self, x: Any) -> Graph:
        """The graph to draw: the one given, or one at random of nodes like those it has learned from."""
        self.require_fitted("draw")
        if isinstance(x, Graph):
            return x
        if x is not None:
            raise DataError(f"what is drawn is one Graph, not a {type(x).__name__}", remedy="draw(graph)")
        nodes, draws = min(self.input.shape[1], DRAWN), np.random.default_rng(self.seed)
        edges = [(i, int(draws.integers(i))) for i in range(1, nodes)]  # a tree: each node joins one that was there
        return Graph(edges, draws.random((nodes, self.input.shape[2])), nodes).undirected()

    def drawn(self, graph: Graph, y: Any, weights: np.ndarray | None = None) -> "Figure":
        """The graph with its nodes' classes, edges as wide as their weights; one of very many nodes as a cloud of what they became."""
        from neuralzoo.inspect.graph_plots import LARGE, cloud, network, spring

        found, labels = self.classify(graph), None if y is None else np.asarray(y)
        if graph.nodes > LARGE:
            return cloud(self.transform(graph), found if labels is None else labels)
        return network(spring(graph.edges, graph.nodes), graph.edges, found, labels, weights)


def stacked(x: Any) -> Graphs:
    """Graphs as the network takes them."""
    if isinstance(x, Graphs):
        return x
    if isinstance(x, Graph) or (isinstance(x, list | tuple) and x and all(isinstance(g, Graph) for g in x)):
        return stack(x)
    raise DataError(f"x is a {type(x).__name__}, not graphs", remedy="give a neuralzoo.data.Graph(edges, features), or a list of them")


def node_values(x: Any, graphs: Graphs, y: Any, weight: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Labels and weights of nodes as they were given, for one graph or a list of them, as `(graphs, nodes)`: -1 and 0 for filling."""
    size = graphs.shape[1]

    def joined(values: Any, what: str, filling: int) -> np.ndarray:
        if isinstance(x, Graphs):
            return np.asarray(values)
        listed = [np.asarray(v) for v in ([values] if isinstance(x, Graph) else values)]
        sizes = [x.nodes] if isinstance(x, Graph) else [g.nodes for g in x]
        if [v.shape for v in listed] != [(n,) for n in sizes]:
            wrong = next((i for i, (v, n) in enumerate(zip(listed, sizes, strict=False)) if v.shape != (n,)), min(len(listed), len(sizes)))
            found = listed[wrong].shape if wrong < len(listed) else "nothing"
            what = f"{what} of graph {wrong} is of shape {found}, but it has {sizes[wrong] if wrong < len(sizes) else 0} nodes"
            raise ShapeError(what, remedy="give one entry for each node of each graph, −1 for a label that is not known")
        whole = filled(listed, size, filling)
        return whole > 0 if all(v.dtype == bool for v in listed) else whole

    return joined(y, "y", -1), None if weight is None else joined(weight, "sample_weight", 0)


def labelled(graphs: Graphs, y: np.ndarray, weight: np.ndarray | None) -> tuple[Graphs, np.ndarray, np.ndarray | None]:
    """The graphs with the nodes marked that count, the labels without -1, and the weights.

    A label of -1 is unknown. Weights that are True or False are no weights, but say which nodes count.
    """
    if y.dtype.kind not in "iu":
        raise DataError(f"labels are whole numbers, but y has the type {y.dtype}", remedy="number the classes 0, 1, …; −1 for unknown")
    counted = graphs.counted * (y != -1)
    if weight is not None and weight.dtype == bool:
        counted, weight = counted * weight, None
    return graphs.set(counted=counted.astype(np.float32)), np.where(y == -1, 0, y), weight


def warn_of_edges(graphs: Graphs) -> None:
    """Warn of nodes without an edge, and of edges that go one way only where nobody said that they are meant to."""
    graph, place = np.nonzero(graphs.edges[..., 0] >= 0)
    source, target = graphs.edges[graph, place].T.astype(np.int64)
    joined = np.zeros(graphs.real.shape, bool)
    joined[graph, source] = joined[graph, target] = True
    alone = np.argwhere(~joined & (graphs.real > 0))
    if len(alone):
        which = f"node {alone[0][1]}" + (f" of graph {alone[0][0]}" if len(graphs.real) > 1 else "")
        what = f"{len(alone)} of {int(graphs.real.sum())} nodes have no edge (the first is {which}): they see only themselves"
        warnings.warn(f"{what}. Leave them out, or join them to others, if that is not meant.", IsolatedNodesWarning, stacklevel=5)
    nodes = graphs.shape[1]
    lonely = ~np.isin((graph * nodes + source) * nodes + target, (graph * nodes + target) * nodes + source)
    if lonely.any() and not graphs.directed:
        what = f"{lonely.sum()} of {len(lonely)} edges go one way only, from {source[lonely][0]} to {target[lonely][0]} for one"
        remedy = "Call undirected() on the graph where a list has each edge once; or say Graph(…, directed=True)."
        warnings.warn(f"{what}: nothing comes back along them. {remedy}", DirectedEdgesWarning, stacklevel=5)


@jax.jit
def through(net: Layer, graphs: Graphs) -> Any:
    """What comes out of some layers, without a mask."""
    return unmasked(net(graphs))
