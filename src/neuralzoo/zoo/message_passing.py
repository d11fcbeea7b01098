"""Message-passing networks: nodes talk along the edges for some rounds, and the graph is classified by what they all know then."""

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Layer
from neuralzoo.data.graphs import stack
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.graph import GraphPooling, Nodes
from neuralzoo.layers.message_passing import MessagePassing
from neuralzoo.zoo.card import Card
from neuralzoo.zoo.graph_member import GraphMember, through
from neuralzoo.zoo.rows import count_classes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class MessagePassingNetwork(GraphMember):
    """A classifier of graphs: rounds of messages along the edges, one vector for the graph, and a softmax.

    Args:
        units: of a message, and of a node after each round.
        rounds: how often messages are sent: so many edges far does a node see.
        aggregate: "sum", "mean" or "max" of the messages that reach a node; a sum can count.
        pooling: "sum", "mean" or "max" over the nodes of a graph.
        learning_rate: of Adam.
        seed: of weights and order.

    Example:
        >>> from neuralzoo.data import Graph
        >>> rings = [Graph([(i, (i + 1) % n) for i in range(n)]).undirected() for n in range(3, 11)]
        >>> stars = [Graph([(0, i) for i in range(1, n)]).undirected() for n in range(3, 11)]
        >>> net = MessagePassingNetwork(8, 2)
        >>> history = net.fit(rings + stars, [0] * 8 + [1] * 8, batch_size=16, verbose=0)
        >>> net.classify([rings[4], stars[4]]).tolist()
        [0, 1]
    """

    card = Card(
        key="message_passing",
        name="Message-passing network",
        short="",
        year=2017,
        authors="J. Gilmer, S. Schoenholz, P. Riley, O. Vinyals, G. Dahl; first F. Scarselli et al. 2009",
        reference="Neural message passing for quantum chemistry, ICML",
        cells=("input", "hidden", "output"),
        rule="gradient descent",
        purpose="classify whole graphs, such as molecules",
        verbs=("predict", "evaluate", "predict_proba", "classify", "transform"),
    )
    usual_batch = 32
    usual_epochs = 60
    of_nodes: ClassVar[bool] = False

    def __init__(
        self,
        units: int = 32,
        rounds: int = 3,
        *,
        aggregate: str = "sum",
        pooling: str = "mean",
        learning_rate: float = 3e-3,
        seed: int | None = None,
    ):
        if rounds < 1:
            raise ArgumentError(f"{rounds} rounds of messages are none", remedy="give rounds=3, say")
        talks = [MessagePassing(Dense(units, "relu"), Dense(units, "relu"), aggregate) for _ in range(rounds)]
        ends = (GraphPooling(pooling), Dense(units, "relu"), Dense(1, "softmax"))  # one unit for each class later
        GraphMember.__init__(self, Chain((*talks, *ends)), learning_rate, seed)

    def prepare(self, x: Any, y: Any) -> Layer:
        assert isinstance(self.net, Chain)
        *front, last = self.net.layers
        return Chain((*front, last.set(units=count_classes(y))))

    def draw(self, x: Any = None) -> "Figure":
        """A graph, each node as large as what it has to say at the end, and the probabilities of the classes.

        Args:
            x: a `Graph`; random unless given.
        """
        from neuralzoo.inspect.graph_plots import judged, spring

        graph = self.shown(x)
        assert isinstance(self.net, Chain)
        talks = [layer for layer in self.net.layers if isinstance(layer, MessagePassing)]
        said = np.asarray(through(Chain((*talks, Nodes())), stack(graph)))[0, : graph.nodes]
        return judged(spring(graph.edges, graph.nodes), graph.edges, np.linalg.norm(said, axis=1), self.predict(graph))

    @staticmethod
    def example() -> "Figure":
        """Tell three ways for a graph of 20 nodes and 40 edges to grow: by chance, round a ring, and where many edges are already."""
        from neuralzoo.data.grown import grown_graphs

        graphs, grown = grown_graphs(600)
        net = MessagePassingNetwork(24)
        net.fit(graphs[:450], grown[:450], epochs=20, verbose=0)
        right = np.mean(net.classify(graphs[450:]) == grown[450:])
        print(f"{right:.0%} of 150 graphs that it has not seen")
        return net.draw(graphs[2])
