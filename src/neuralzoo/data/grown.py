"""Graphs that were drawn, of kinds that are known: for networks that classify graphs."""

from collections.abc import Callable

import numpy as np

from neuralzoo.data.graphs import Graph

Pairs = set[tuple[int, int]]


def grown_graphs(count: int, nodes: int = 20, seed: int = 0) -> tuple[list[Graph], np.ndarray]:
    """Connected graphs of `nodes` nodes and twice as many edges, and in which of three ways each has grown.

    By chance (0); as a ring in which each node has two neighbours on either side, a fifth of the edges then moved (1); or each new
    node joining such as have many edges already (2). Nodes have no features but a 1, and no more edges in one kind than in another.

    References: P. Erdős, A. Rényi, "On random graphs", 1959; D. Watts, S. Strogatz, "Collective dynamics of 'small-world' networks",
    1998; A.-L. Barabási, R. Albert, "Emergence of scaling in random networks", 1999.

    Example:
        >>> graphs, kinds = grown_graphs(3)
        >>> [len(graph.edges) for graph in graphs], kinds.tolist()
        ([80, 80, 80], [0, 1, 2])
    """
    draws, graphs = np.random.default_rng(seed), []
    kinds = np.arange(count) % 3
    for kind in kinds:
        pairs = (_by_chance, _round_a_ring, _to_the_rich)[kind](nodes, draws)
        shuffled = draws.permutation(nodes)
        graphs.append(Graph(shuffled[np.array(sorted(pairs))], nodes=nodes).undirected())
    return graphs, kinds


def _by_chance(nodes: int, draws: np.random.Generator) -> Pairs:
    tree = {_pair(i, int(draws.integers(i))) for i in range(1, nodes)}
    return _filled(tree, lambda: draws.integers(nodes, size=2), nodes)


def _round_a_ring(nodes: int, draws: np.random.Generator) -> Pairs:
    ring = {_pair(i, (i + 1) % nodes) for i in range(nodes)}
    kept = {_pair(i, (i + 2) % nodes) for i in range(nodes) if draws.random() < 0.6}  # two fifths of one half: a fifth
    return _filled(ring | kept, lambda: draws.integers(nodes, size=2), nodes)


def _to_the_rich(nodes: int, draws: np.random.Generator) -> Pairs:
    ends, pairs = [0, 1], {(0, 1)}
    for i in range(2, nodes):
        for chosen in {int(draws.choice(ends)) for _ in range(2)}:
            pairs.add((chosen, i))
            ends += [chosen, i]
    return _filled(pairs, lambda: draws.choice(ends, 2), nodes)


def _filled(pairs: Pairs, draw: Callable[[], np.ndarray], nodes: int) -> Pairs:
    """The pairs and as many more as make it twice the number of nodes."""
    while len(pairs) < 2 * nodes:
        a, b = draw().tolist()
        if a != b:
            pairs.add(_pair(a, b))
    return pairs


def _pair(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)
