"""Graph convolutional networks: each node learns from its neighbours, and few labels go a long way."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.layer import Layer
from neuralzoo.core.regularizers import L2
from neuralzoo.layers.graph import GraphConvolution, Nodes
from neuralzoo.layers.shape import Activation
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.graph_member import GraphMember
from neuralzoo.zoo.rows import count_classes
from neuralzoo.zoo.sizes import Sizes, sizes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class GraphConvolutionalNetwork(GraphMember):
    """A classifier of nodes: graph convolutions without biases, as in the paper, and a softmax of the last at each node.

    Only nodes that count teach: those with a label from 0 on (−1 is unknown), and of these the ones where `sample_weight`, if it is
    given as True and False, is True. All others are still seen, so that `fit(graph, y, sample_weight=train)` learns from few labels.

    Args:
        hidden: units of each hidden layer.
        dropout: the fraction of each layer's input that is dropped while training.
        weight_decay: half of it times the sum of the first layer's squared weights is added to the loss.
        learning_rate: of Adam.
        seed: of weights and dropout.

    Example:
        >>> from neuralzoo.data import Graph
        >>> from neuralzoo.datasets import karate_club
        >>> club = karate_club.load_data()
        >>> graph = Graph(club["edges"], np.eye(34)).undirected()
        >>> known = np.isin(np.arange(34), (0, 33))  # the instructor and the president
        >>> net = GraphConvolutionalNetwork((8,))
        >>> history = net.fit(graph, club["y"], sample_weight=known, verbose=0)
        >>> int((net.classify(graph) == club["y"]).sum()) >= 30
        True
    """

    card = Card(
        key="gcn",
        name="Graph convolutional network",
        short="",
        year=2017,
        authors="T. Kipf, M. Welling",
        reference="Semi-supervised classification with graph convolutional networks, ICLR",
        cells=("input", "hidden", "output"),
        rule="gradient descent, each node's loss reaching its neighbours' features",
        purpose="classify the nodes of a graph of which few are labelled",
        verbs=("predict", "evaluate", "predict_proba", "classify", "transform"),
        goals=(
            Goal(
                "Cora, public split: 81.5 % (Kipf and Welling 2017, mean of 100 runs)",
                "81.58 ± 0.68 % over 100 runs",
                "python examples/zoo_gcn.py 100",
            ),
        ),
    )
    usual_batch = 1  # one graph, all of it
    usual_epochs = 200

    def __init__(
        self,
        hidden: Sizes = (16,),
        *,
        dropout: float = 0.5,
        weight_decay: float = 5e-4,
        learning_rate: float = 0.01,
        seed: int | None = None,
    ):
        hidden = sizes_of(hidden, "hidden layers", "(16,)", least=0)
        widths = (*hidden, 1)  # the last has one unit for each class later
        decay = [L2(weight_decay / 2) if weight_decay and i == 0 else None for i in range(len(widths))]
        layers = [
            GraphConvolution(units, "relu" if i < len(hidden) else None, dropout, use_bias=False, kernel_regularizer=decay[i])
            for i, units in enumerate(widths)
        ]
        GraphMember.__init__(self, Chain((*layers, Nodes(), Activation("softmax"))), learning_rate, seed)

    def prepare(self, x: Any, y: Any) -> Layer:
        assert isinstance(self.net, Chain)
        *front, last, nodes, softmax = self.net.layers
        return Chain((*front, last.set(units=count_classes(np.ravel(y))), nodes, softmax))

    def draw(self, x: Any = None, y: Any = None) -> "Figure":
        """The graph, each node in the colour of its likeliest class; one of very many nodes as a cloud of what they became.

        Args:
            x: a `Graph`; random unless given.
            y: its labels; nodes that are classified otherwise get a ring.
        """
        return self.drawn(self.shown(x), y)

    @staticmethod
    def example() -> "Figure":
        """Tell the two halves of Zachary's karate club from two labels: those of the men who fell out."""
        from neuralzoo.data import Graph
        from neuralzoo.datasets import karate_club

        club = karate_club.load_data()
        graph = Graph(club["edges"], np.eye(34)).undirected()
        known = np.isin(np.arange(34), (0, 33))
        net = GraphConvolutionalNetwork((8,))
        net.fit(graph, club["y"], sample_weight=known, verbose=0)
        right = net.classify(graph) == club["y"]
        print(f"{right[~known].sum()} of {(~known).sum()} members found in the club that they joined, from {known.sum()} labels")
        return net.draw(graph, club["y"])
