"""Graph attention networks: each node learns which of its neighbours to listen to."""

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.layer import Layer
from neuralzoo.core.regularizers import L2
from neuralzoo.data.graphs import stack
from neuralzoo.layers.graph import Nodes
from neuralzoo.layers.graph_attention import GraphAttention
from neuralzoo.layers.shape import Activation
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.graph_member import GraphMember
from neuralzoo.zoo.rows import count_classes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class GraphAttentionNetwork(GraphMember):
    """A classifier of nodes: a layer of graph attention with several heads, and one that gives the classes.

    Which nodes teach is said as for `GraphConvolutionalNetwork`. `attention` tells who listens to whom.

    Args:
        units: of each head of the hidden layer.
        heads: of the hidden layer, put side by side.
        output_heads: of the last layer, averaged.
        dropout: the fraction of each layer's input, and of the attention, that is dropped while training.
        weight_decay: half of it times the sum of all squared weights is added to the loss.
        learning_rate: of Adam.
        seed: of weights and dropout.

    Example:
        >>> from neuralzoo.data import Graph
        >>> ring = Graph([(i, (i + 1) % 6) for i in range(6)], np.eye(6)).undirected()
        >>> net = GraphAttentionNetwork(4, 2)
        >>> history = net.fit(ring, [0, 0, 0, 1, 1, 1], epochs=5, verbose=0)
        >>> edges, weights = net.attention(ring)
        >>> edges.shape, weights.shape  # the ring's twelve edges, and each node's to itself
        ((18, 2), (18, 2))
    """

    card = Card(
        key="gat",
        name="Graph attention network",
        short="",
        year=2018,
        authors="P. Veličković, G. Cucurull, A. Casanova, A. Romero, P. Liò, Y. Bengio",
        reference="Graph attention networks, ICLR",
        cells=("input", "hidden", "output"),
        rule="gradient descent",
        purpose="classify the nodes of a graph, and see which neighbours mattered",
        verbs=("predict", "evaluate", "predict_proba", "classify", "transform", "attention"),
        goals=(
            Goal(
                "Cora, public split: 83.0 ± 0.7 % (Veličković et al. 2018, 100 runs)",
                "82.74 ± 0.71 % over 100 runs",
                "python examples/zoo_gat.py 100",
            ),
        ),
    )
    usual_batch = 1
    usual_epochs = 200

    def __init__(
        self,
        units: int = 8,
        heads: int = 8,
        output_heads: int = 1,
        *,
        dropout: float = 0.6,
        weight_decay: float = 5e-4,
        learning_rate: float = 0.005,
        seed: int | None = None,
    ):
        decay = L2(weight_decay / 2) if weight_decay else None
        told: dict[str, Any] = {
            "dropout": dropout, "attention_dropout": dropout, "kernel_regularizer": decay, "attention_regularizer": decay,
        }  # fmt: skip
        hidden = GraphAttention(units, heads, "concat", "elu", **told)
        last = GraphAttention(1, output_heads, "average", **told)  # one unit for each class later
        GraphMember.__init__(self, Chain((hidden, last, Nodes(), Activation("softmax"))), learning_rate, seed)

    def prepare(self, x: Any, y: Any) -> Layer:
        assert isinstance(self.net, Chain)
        hidden, last, nodes, softmax = self.net.layers
        return Chain((hidden, last.set(units=count_classes(np.ravel(y))), nodes, softmax))

    def attention(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        """Edges `(edges + nodes, 2)`, the last those of each node to itself, and the weight of each in the heads of the hidden layer."""
        self.require_fitted("tell its attention")
        graph = self.shown(x)
        assert isinstance(self.net, Chain)
        along, own = jax.device_get(_weights(self.net.layers[0], stack(graph)))
        itself = np.repeat(np.arange(graph.nodes), 2).reshape(-1, 2)
        return np.concatenate([graph.edges, itself]), np.concatenate([along[0, : len(graph.edges)], own[0, : graph.nodes]])

    def draw(self, x: Any = None, y: Any = None) -> "Figure":
        """The graph, its edges as wide as their attention, the mean over heads; one of very many nodes as a cloud.

        Args:
            x: a `Graph`; random unless given.
            y: its labels; nodes that are classified otherwise get a ring.
        """
        graph = self.shown(x)
        return self.drawn(graph, y, self.attention(graph)[1][: len(graph.edges)].mean(1))

    @staticmethod
    def example() -> "Figure":
        """Tell the two halves of Zachary's karate club from two labels, and see who is listened to."""
        from neuralzoo.data import Graph
        from neuralzoo.datasets import karate_club

        club = karate_club.load_data()
        graph = Graph(club["edges"], np.eye(34)).undirected()
        known = np.isin(np.arange(34), (0, 33))
        net = GraphAttentionNetwork(8, 4, dropout=0.3, learning_rate=0.02)
        net.fit(graph, club["y"], sample_weight=known, verbose=0)
        right = net.classify(graph) == club["y"]
        print(f"{right[~known].sum()} of {(~known).sum()} members found in the club that they joined, from {known.sum()} labels")
        return net.draw(graph, club["y"])


@jax.jit
def _weights(layer: GraphAttention, graphs: Any) -> Any:
    return layer.weights(graphs)
