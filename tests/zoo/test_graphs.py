"""Networks of graphs: what few labels teach, which nodes count, and what is said of graphs that cannot be meant."""

import numpy as np
import pytest

from neuralzoo.callbacks import StopAboveMean
from neuralzoo.core.errors import DataError, ShapeError
from neuralzoo.data import Graph, stack
from neuralzoo.data.grown import grown_graphs
from neuralzoo.datasets import karate_club
from neuralzoo.zoo import GraphAttentionNetwork, GraphConvolutionalNetwork, MessagePassingNetwork
from neuralzoo.zoo.graph_member import DirectedEdgesWarning, IsolatedNodesWarning

CLUB = karate_club.load_data()
Y = CLUB["y"]
GRAPH = Graph(CLUB["edges"], np.eye(34)).undirected()
KNOWN = np.isin(np.arange(34), (0, 33))
LABELS = np.where(KNOWN, Y, -1)


@pytest.fixture(scope="module")
def fitted():
    net = GraphConvolutionalNetwork((8,))
    net.fit(GRAPH, LABELS, epochs=100, verbose=0)
    return net


def test_two_labels_tell_the_clubs_apart(fitted):
    assert (fitted.classify(GRAPH) == Y).sum() >= 32
    assert fitted.evaluate(GRAPH, Y, return_dict=True)["accuracy"] == pytest.approx(np.mean(fitted.classify(GRAPH) == Y))


def test_a_mask_says_the_same_as_labels_of_minus_one(fitted):
    net = GraphConvolutionalNetwork((8,))
    net.fit(GRAPH, Y, sample_weight=KNOWN, epochs=100, verbose=0)
    np.testing.assert_array_equal(net.predict(GRAPH), fitted.predict(GRAPH))


def test_only_the_nodes_that_count_are_evaluated(fitted):
    found = fitted.classify(GRAPH)
    half = np.arange(34) < 17
    assert fitted.evaluate(GRAPH, Y, sample_weight=half, return_dict=True)["accuracy"] == pytest.approx(np.mean((found == Y)[half]))


def test_answers_come_as_the_graphs_were_given(fitted):
    one, listed, held = (fitted.predict(g) for g in (GRAPH, [GRAPH, GRAPH], stack(GRAPH)))
    assert one.shape == (34, 2) and held.shape[0] == 1 and [a.shape for a in listed] == [(34, 2)] * 2
    np.testing.assert_allclose(one.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(listed[1], one, atol=1e-6)
    assert fitted.transform(GRAPH).shape == (34, 8) and fitted.transform(GRAPH).min() >= 0


def test_embeddings_are_the_hidden_layer(fitted):
    loops = GRAPH.adjacency().toarray() + np.eye(34)
    root = np.diag(loops.sum(1) ** -0.5)
    np.testing.assert_allclose(fitted.transform(GRAPH), np.maximum(root @ loops @ root @ fitted.net.layers[0].kernel, 0), atol=1e-5)


def test_attention_names_each_edge_and_sums_to_one_at_each_node():
    net = GraphAttentionNetwork(4, 2, dropout=0.0, learning_rate=0.02)
    net.fit(GRAPH, LABELS, epochs=40, verbose=0)
    edges, weights = net.attention(GRAPH)
    total = np.zeros((34, 2))
    np.add.at(total, edges[:, 1], weights)
    np.testing.assert_allclose(total, 1, atol=1e-5)
    assert (net.classify(GRAPH) == Y).sum() >= 31


def test_messages_tell_how_graphs_have_grown():
    graphs, grown = grown_graphs(300)
    net = MessagePassingNetwork(16, 2, learning_rate=0.01)
    net.fit(graphs[:240], grown[:240], epochs=20, validation_split=0.1, verbose=0)
    assert np.mean(net.classify(graphs[240:]) == grown[240:]) > 0.7
    assert net.transform(graphs[:2]).shape == (2, 16) and net.predict(graphs[0]).shape == (3,)


def test_stopping_above_the_mean_stops_when_validation_gets_worse():
    net = GraphConvolutionalNetwork((8,))
    history = net.fit(GRAPH, LABELS, epochs=40, validation_data=(GRAPH, 1 - Y), callbacks=[StopAboveMean(window=5)], verbose=0)
    losses = history.history["val_loss"]
    assert 6 < len(losses) < 40 and losses[-1] > np.mean(losses[-6:-1])


def test_edges_that_go_one_way_are_warned_of_unless_they_are_meant_to():
    net, once = GraphConvolutionalNetwork((2,)), Graph(CLUB["edges"], np.eye(34))
    with pytest.warns(DirectedEdgesWarning, match=r"78 of 78 edges[\s\S]*undirected\(\)"):
        net.fit(once, Y, epochs=1, verbose=0)
    net.fit(Graph(CLUB["edges"], np.eye(34), directed=True), Y, epochs=1, verbose=0)


def test_isolated_nodes_are_warned_of_and_see_themselves():
    lonely = Graph(CLUB["edges"], np.eye(35)).undirected()
    net = GraphConvolutionalNetwork((2,))
    with pytest.warns(IsolatedNodesWarning, match="1 of 35 nodes have no edge .the first is node 34."):
        net.fit(lonely, np.append(Y, 0), epochs=1, verbose=0)
    assert np.isfinite(net.predict(lonely)).all()


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.eye(34), Y, "not graphs"),
        (GRAPH, Y[:30], r"y of graph 0 is of shape \(30,\), but it has 34 nodes"),
        ([GRAPH, GRAPH], [Y], "y of graph 1 is of shape nothing"),
        (GRAPH, Y / 2, "whole numbers"),
        (GRAPH, np.full(34, -1), "no node has a label"),
        (GRAPH, np.where(KNOWN, -2, Y), "label -2"),
        (GRAPH, None, "no targets"),
    ],
)
def test_what_cannot_be_learned_from_is_named(x, y, said):
    with pytest.raises((DataError, ShapeError), match=said) as caught:
        GraphConvolutionalNetwork((2,)).fit(x, y, epochs=1, verbose=0)
    assert caught.value.remedy


def test_a_class_more_and_other_features_are_named(fitted):
    with pytest.raises(DataError, match="label 2 is a class more"):
        fitted.fit(GRAPH, np.where(KNOWN, 2, Y), epochs=1, verbose=0)
    with pytest.raises(ShapeError, match="nodes of 34 features but was given 3"):
        fitted.predict(Graph([(0, 1), (1, 0)], np.ones((2, 3))))
