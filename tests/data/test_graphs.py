"""Graphs from edge lists and matrices, and what is said of edges that cannot be meant."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse

from neuralzoo.core.errors import DataError, ShapeError
from neuralzoo.data import EdgesWarning, Graph, stack
from neuralzoo.datasets import karate_club

PAIRS = [(0, 1), (1, 2)]
THREE = np.eye(3)


def edges(graph):
    return sorted(map(tuple, graph.edges.tolist()))


def test_undirected_gives_every_edge_both_ways_once():
    once = Graph([(0, 1), (1, 2), (2, 1)], THREE, weights=[2.0, 3.0, 4.0]).undirected()
    assert edges(once) == [(0, 1), (1, 0), (1, 2), (2, 1)]
    np.testing.assert_array_equal(once.adjacency().toarray(), [[0, 2, 0], [2, 0, 3], [0, 4, 0]])
    assert edges(once.undirected()) == edges(once)


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array, sparse.coo_matrix])
def test_an_adjacency_comes_back(make):
    matrix = np.array([[0, 1, 0.5], [1, 0, 0], [0.5, 0, 0]])
    np.testing.assert_array_equal(Graph.from_adjacency(make(matrix)).adjacency().toarray(), matrix)
    assert Graph.from_adjacency(make(matrix > 0)).weights is None


def test_a_graph_of_networkx_keeps_the_order_of_its_nodes():
    theirs = SimpleNamespace(nodes=["a", "b", "c"], edges=[("a", "c"), ("c", "b")], is_directed=lambda: False)
    assert edges(Graph.from_networkx(theirs)) == [(0, 2), (1, 2), (2, 0), (2, 1)]
    theirs.is_directed = lambda: True
    assert edges(Graph.from_networkx(theirs)) == [(0, 2), (2, 1)] and Graph.from_networkx(theirs).directed


def test_rows_are_normalized_and_empty_ones_stay():
    x = np.array([[1.0, 3.0], [0, 0], [2, 2]])
    for held in (x, sparse.csr_array(x)):
        rows = Graph(PAIRS, held).row_normalized().features
        np.testing.assert_allclose(rows.toarray() if sparse.issparse(rows) else rows, [[0.25, 0.75], [0, 0], [0.5, 0.5]])


def test_stacked_graphs_of_like_sizes_have_one_shape():
    sizes = {stack(Graph([(0, 1)], np.ones((n, 2)))).shape for n in range(65, 69)}
    assert sizes == {(1, 68, 2)}
    held = stack([Graph(PAIRS, THREE), Graph([(0, 1)], THREE[:2], directed=True)])
    assert held.real.tolist() == [[1, 1, 1], [1, 1, 0]] and held.edges.tolist() == [[[0, 1], [1, 2]], [[0, 1], [-1, -1]]]


def test_the_karate_club_has_its_published_facts():
    club = karate_club.load_data()
    graph = Graph(club["edges"]).undirected()
    degrees = np.bincount(graph.edges[:, 0])
    assert (graph.nodes, len(club["edges"]), len(graph.edges)) == (34, 78, 156)
    assert degrees[0] == 16 and degrees[33] == 17 and degrees.max() == 17 and degrees[11] == 1
    assert np.bincount(club["y"]).tolist() == [17, 17] and club["y"][[0, 8, 33]].tolist() == [0, 0, 1]


def test_an_edge_to_a_missing_node_is_named():
    with pytest.raises(DataError, match=r"edge 1, \(1, 7\), is one of node 7, but there are 3 nodes"):
        Graph([(0, 1), (1, 7)], THREE)
    with pytest.raises(DataError, match="node -1"):
        Graph([(-1, 1)], THREE)


def test_edges_that_are_no_pairs_of_whole_numbers_are_refused():
    with pytest.raises(DataError, match=r"edges\.T"):
        Graph(np.array([[0, 1, 2], [1, 2, 0]]), THREE)
    with pytest.raises(DataError, match="whole numbers"):
        Graph([(0.0, 1.0)], THREE)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"features": np.ones((2, 1)), "nodes": 3}, "of 3 nodes"),
        ({"features": np.ones(3)}, "at least one node"),
        ({"features": THREE, "weights": [1.0]}, "weights of shape"),
        ({"features": THREE, "edge_features": [1.0, 2.0]}, "edge_features of shape"),
    ],
)
def test_rows_that_do_not_go_with_nodes_or_edges_are_refused(settings, said):
    with pytest.raises(ShapeError, match=said) as caught:
        Graph(PAIRS, **settings)
    assert caught.value.remedy


def test_loops_and_repetitions_are_left_out_with_a_warning():
    with pytest.warns(EdgesWarning, match="lead from a node to itself"):
        assert edges(Graph([*PAIRS, (2, 2)], THREE)) == PAIRS
    with pytest.warns(EdgesWarning, match="there already"):
        graph = Graph([*PAIRS, (0, 1)], THREE, weights=[1.0, 2.0, 3.0])
    assert edges(graph) == PAIRS and graph.weights.tolist() == [1, 2]


def test_graphs_of_different_features_are_not_stacked():
    with pytest.raises(ShapeError, match="graph 1 has 2 node features, but graph 0 has 3"):
        stack([Graph(PAIRS, THREE), Graph(PAIRS, THREE[:, :2])])
