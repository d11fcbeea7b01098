"""Zachary's karate club: a graph network tells its halves apart from two labels."""

from typing import Any, ClassVar

import numpy as np

from neuralzoo.data import Graph
from neuralzoo.data.karate import load_karate_club
from neuralzoo.inspect.graph_plots import spring
from neuralzoo.play.room import whole
from neuralzoo.play.rooms.lesson import LessonRoom
from neuralzoo.play.settings import Choice, Setting, Slider
from neuralzoo.play.wire import Frame
from neuralzoo.zoo.graph_attention import GraphAttentionNetwork
from neuralzoo.zoo.graph_convolutional import GraphConvolutionalNetwork
from neuralzoo.zoo.graph_member import GraphMember


class ClubRoom(LessonRoom):
    """34 members, 78 friendships; two say where they stand, and the network finds out about the others."""

    script = "club.js"
    attends: ClassVar[bool] = False
    asks = ("label",)
    settings: ClassVar[tuple[Setting, ...]] = (
        Slider("hidden", "Hidden units", 8, "Network", low=2, high=16, step=2),
        Choice("rate", "Learning rate", 0.01, "Learning", options=(0.003, 0.01, 0.03, 0.1)),
        Slider("dropout", "Dropout", 0.3, "Learning", low=0, high=0.8, step=0.1),
        Slider("seed", "Seed", 0, "Learning", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        club = load_karate_club()
        self.friends, self.clubs = club["edges"], np.asarray(club["y"])
        self.graph = Graph(self.friends, np.eye(34)).undirected()
        self.known: set[int] = getattr(self, "known", {0, 33})
        self.places = spring(self.graph.edges, 34)
        self.network = self.make()
        self.teach(self.network, self.graph, self.clubs, 1, weight=np.isin(np.arange(34), list(self.known)))

    def make(self) -> GraphMember:
        raise NotImplementedError(f"{type(self).__name__} defines no make")

    def weights(self) -> np.ndarray:
        """How much is passed along each friendship, `(edges,)`; ones where nothing tells."""
        return np.ones(len(self.graph.edges), np.float32)

    def scene(self) -> Frame:
        head = {"known": sorted(self.known), "clubs": ["instructor's", "officers'"]}
        return Frame("scene", head, {"places": self.places, "edges": self.graph.edges, "y": self.clubs})

    def frame(self) -> Frame:
        shares = self.network.predict_proba(self.graph)
        others = ~np.isin(np.arange(34), list(self.known))
        right = (shares.argmax(1) == self.clubs)[others]
        arrays = {"shares": shares, "weights": self.weights(), "codes": self.network.transform(self.graph)}
        return self.learned({"right": int(right.sum()), "others": len(right)}, arrays)

    def program(self) -> str:
        s, kind = self.state, type(self.network).__name__
        units = f"{s['hidden']}, 2" if self.attends else f"({s['hidden']},)"
        told = f"dropout={s['dropout']}, learning_rate={s['rate']}, seed={s['seed']}"
        return f'''"""What the playground showed: Zachary's karate club."""

import numpy as np

from neuralzoo.data import Graph
from neuralzoo.datasets import karate_club
from neuralzoo.zoo import {kind}

club = karate_club.load_data()
graph = Graph(club["edges"], np.eye(34)).undirected()
known = np.isin(np.arange(34), {sorted(self.known)})
network = {kind}({units}, {told})
{self.fits('network.fit(graph, club["y"], sample_weight=known', 1)}
print((network.classify(graph) == club["y"]).sum(), "of 34 are right")
network.draw(graph, club["y"]).savefig("club.png")
network.save("club.nz")
'''

    def ask_label(self, given: dict[str, Any]) -> Frame:
        """Let a member say where they stand, or no longer."""
        member = whole(given, "member", 0, 33)
        known = self.known ^ {member}
        if {int(c) for c in self.clubs[list(known)]} == {0, 1}:  # one of each club at least
            self.known = known
        self.begin()
        return self.scene()


class ConvolutionClub(ClubRoom):
    """A graph convolution: each member takes the mean of what their friends say."""

    key = "gcn"
    name = GraphConvolutionalNetwork.card.name
    purpose = GraphConvolutionalNetwork.card.purpose

    def make(self) -> GraphMember:
        s = self.state
        return GraphConvolutionalNetwork((s["hidden"],), dropout=s["dropout"], learning_rate=s["rate"], seed=s["seed"])


class AttentionClub(ClubRoom):
    """Graph attention: each member decides whom to listen to."""

    key = "gat"
    attends = True
    name = GraphAttentionNetwork.card.name
    purpose = GraphAttentionNetwork.card.purpose

    def make(self) -> GraphMember:
        s = self.state
        return GraphAttentionNetwork(s["hidden"], 2, dropout=s["dropout"], learning_rate=s["rate"], seed=s["seed"])

    def weights(self) -> np.ndarray:
        assert isinstance(self.network, GraphAttentionNetwork)
        return self.network.attention(self.graph)[1][: len(self.graph.edges)].mean(axis=1)
