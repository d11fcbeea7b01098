"""Layers of graphs against dense NumPy, and what the order of nodes must not change."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import sparse

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.record import merge, split
from neuralzoo.data import Graph, stack
from neuralzoo.kernels.segments import segment_max, segment_mean, segment_sum
from neuralzoo.layers import Chain, Dense, Dropout, GraphAttention, GraphConvolution, GraphPooling, MessagePassing, Nodes
from neuralzoo.train.batches import as_arrays

draws = np.random.default_rng(0)
NODES, WIDE = 7, 3
PAIRS = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5)]  # node 6 has no edge
X = draws.normal(size=(NODES, WIDE)).astype(np.float32)
GRAPH = Graph(PAIRS, X).undirected()
ADJACENCY = GRAPH.adjacency().toarray()
KEY = jax.random.key(1)
LAYERS = {
    "convolution": GraphConvolution(4, "tanh", bias_initializer="ones"),
    "attention": GraphAttention(2, 3, activation="elu"),
    "sum": MessagePassing(Dense(4, "tanh"), Dense(2), "sum"),
    "mean": MessagePassing(Dense(4, "tanh"), Dense(2), "mean"),
    "max": MessagePassing(Dense(4, "tanh"), Dense(2), "max"),
}
every_layer = pytest.mark.parametrize("name", sorted(LAYERS))


def batch(*graphs):
    return jax.tree.map(jnp.asarray, stack(graphs))


@pytest.fixture(scope="module")
def built():
    return {name: layer.build(batch(GRAPH), KEY) for name, layer in LAYERS.items()}


def after(layer, *graphs):
    """The new features of each graph's nodes."""
    y = np.asarray(layer(batch(*graphs)).features)
    return [row[: graph.nodes] for row, graph in zip(y, graphs, strict=True)]


def renumbered(graph, order):
    """The same graph, its node order[i] now called i."""
    return Graph(np.argsort(order)[graph.edges], graph.features[order])


def test_convolution_is_the_normalized_adjacency_times_x_times_the_kernel(built):
    layer, loops = built["convolution"], ADJACENCY + np.eye(NODES)
    root = np.diag(loops.sum(1) ** -0.5)
    expected = np.tanh(root @ loops @ root @ X @ np.asarray(layer.kernel) + 1)
    np.testing.assert_allclose(after(layer, GRAPH)[0], expected, atol=1e-6)


def test_weights_of_edges_count_in_the_adjacency(built):
    weights = draws.uniform(0.5, 2, len(PAIRS))
    graph = Graph(PAIRS, X, weights=weights).undirected()
    loops = graph.adjacency().toarray() + np.eye(NODES)
    root = np.diag(loops.sum(1) ** -0.5)
    layer = built["convolution"]
    np.testing.assert_allclose(after(layer, graph)[0], np.tanh(root @ loops @ root @ X @ np.asarray(layer.kernel) + 1), atol=1e-6)


@pytest.mark.parametrize("merge_by", ["concat", "average"])
def test_attention_is_a_dense_softmax_over_neighbours_and_oneself(merge_by):
    layer = GraphAttention(2, 3, merge_by).build(batch(GRAPH), KEY)
    kernel, attention = np.asarray(layer.kernel, float), np.asarray(layer.attention, float)
    expected = []
    for head in range(3):
        h = X @ kernel[:, 2 * head : 2 * head + 2]
        raw = (h @ attention[0, head])[None] + (h @ attention[1, head])[:, None]  # row i: what i makes of each j
        raised = np.exp(np.where(raw > 0, raw, 0.2 * raw)) * (ADJACENCY + np.eye(NODES) > 0)
        expected.append(raised / raised.sum(1, keepdims=True) @ h)
    expected = np.concatenate(expected, 1) if merge_by == "concat" else np.mean(expected, 0)
    np.testing.assert_allclose(after(layer, GRAPH)[0], expected, atol=1e-6)


def test_attention_sums_to_one_over_what_reaches_a_node(built):
    along, own = (np.asarray(a[0]) for a in built["attention"].weights(batch(GRAPH)))
    total = own[:NODES].copy()
    np.add.at(total, GRAPH.edges[:, 1], along[: len(GRAPH.edges)])
    np.testing.assert_allclose(total, 1, atol=1e-6)
    np.testing.assert_allclose(own[6], 1)  # the node without neighbours sees itself


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_messages_are_gathered_node_by_node(built, mode):
    layer, expected = built[mode], []
    for node in range(NODES):
        sources = GRAPH.edges[GRAPH.edges[:, 1] == node, 0]
        sent = np.tanh(np.concatenate([X[sources], np.tile(X[node], (len(sources), 1))], 1) @ np.asarray(layer.message.kernel))
        got = getattr(np, mode)(sent, 0) if len(sources) else np.zeros(4)
        expected.append(np.concatenate([X[node], got]) @ np.asarray(layer.update.kernel))
    np.testing.assert_allclose(after(layer, GRAPH)[0], expected, atol=1e-6)


def test_edges_bring_their_features_and_weights():
    graph = Graph([(0, 1)], X[:2], weights=[3.0], edge_features=[[5.0, 7.0]])
    layer = MessagePassing(Dense(1, kernel_initializer="ones"), Dense(1, kernel_initializer="ones")).build(batch(graph), KEY)
    expected = [X[0].sum(), X[1].sum() + X[:2].sum() + 15]
    np.testing.assert_allclose(after(layer, graph)[0].ravel(), expected, rtol=1e-6)


@every_layer
def test_nodes_in_another_order_give_the_same_in_that_order(built, name):
    order = np.random.default_rng(2).permutation(NODES)
    np.testing.assert_allclose(after(built[name], renumbered(GRAPH, order))[0], after(built[name], GRAPH)[0][order], atol=1e-6)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_a_readout_does_not_see_the_order_of_nodes_nor_filling(mode):
    pool, shuffled = GraphPooling(mode), renumbered(GRAPH, np.random.default_rng(2).permutation(NODES))
    larger = Graph([(0, 1)], np.ones((12, WIDE)))
    alone, moved, filled_up = (np.asarray(pool(batch(*graphs)))[0] for graphs in ((GRAPH,), (shuffled,), (GRAPH, larger)))
    np.testing.assert_allclose(alone, getattr(X, mode)(0), atol=1e-6)
    np.testing.assert_allclose(moved, alone, atol=1e-6)
    np.testing.assert_allclose(filled_up, alone, atol=1e-6)


@every_layer
def test_graphs_of_a_batch_do_not_see_each_other(built, name):
    other = Graph([(0, 4), (4, 0), (3, 1)], draws.normal(size=(5, WIDE)), directed=True)
    together = after(built[name], other, GRAPH)
    np.testing.assert_allclose(together[0], after(built[name], other)[0], atol=1e-6)
    np.testing.assert_allclose(together[1], after(built[name], GRAPH)[0], atol=1e-6)


@every_layer
def test_gradients_are_finite_with_isolated_nodes_and_large_scores(built, name):
    params, rest = split(built[name])
    x = batch(GRAPH, Graph([(0, 1)], 1e3 * X[:2], directed=True))
    gradient = jax.grad(lambda p: jnp.sum(merge(p, rest)(x).features ** 2))(params)
    assert all(bool(jnp.isfinite(g).all()) for g in jax.tree.leaves(gradient))


@pytest.mark.parametrize("name", ["convolution", "attention"])
def test_sparse_features_give_the_same_as_dense_ones(name):
    x = (np.random.default_rng(4).random((NODES, 80)) < 0.04) * np.float32(1.5)
    x[6] = 0
    graph, thin = Graph(PAIRS, x).undirected(), Graph(PAIRS, sparse.csr_array(x)).undirected()
    layer = LAYERS[name].build(batch(graph), KEY)
    held = batch(thin)
    assert held.features.values.size < x.size / 8
    np.testing.assert_array_equal(held.dense()[0, :NODES], x)
    whole = held.set(features=held.dense())
    np.testing.assert_allclose(layer(held).features, layer(whole).features, atol=1e-6)
    params, rest = split(layer)
    one, two = (jax.grad(lambda p, x=x: jnp.sum(merge(p, rest)(x).features ** 2))(params) for x in (held, whole))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-4), one, two)


def test_dropout_keeps_the_mean_of_a_convolution():
    graph = Graph([(0, 1), (1, 0)], np.ones((2, 4000)))
    layer = GraphConvolution(1, dropout=0.5, kernel_initializer="ones").build(batch(graph), KEY)
    y, _ = layer.forward(batch(graph), KEY)
    assert float(jnp.std(y.features)) > 0 or float(y.features[0, 0, 0]) != 4000
    np.testing.assert_allclose(y.features, 4000, rtol=0.1)


def test_other_layers_see_the_features_and_the_wires_go_on():
    net = Chain([Dense(5, "relu"), GraphConvolution(4), Dropout(0.5), GraphPooling("max")]).build(batch(GRAPH), KEY)
    assert net(batch(GRAPH, GRAPH)).shape == (2, 4)
    np.testing.assert_allclose(net(batch(GRAPH, GRAPH))[0], net(batch(GRAPH))[0], atol=1e-6)


def test_nodes_that_do_not_count_are_masked():
    x = batch(GRAPH)
    masked = Nodes()(x.set(counted=x.counted.at[0, 2].set(0)))
    assert masked.mask[0].tolist() == [i < NODES and i != 2 for i in range(masked.mask.shape[1])]


def test_empty_segments_are_zero():
    values, segments = jnp.array([[1.0], [-3.0], [9.0]]), jnp.array([0, 0, 5])  # 5 is no segment
    told = [f(values, segments, 3).ravel().tolist() for f in (segment_sum, segment_mean, segment_max)]
    assert told == [[-2, 0, 0], [-1, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize("f", [segment_sum, segment_mean, segment_max])
def test_no_segment_divides_by_nothing_on_the_way_back(f):
    values, segments = jnp.array([[1.0, 2.0], [-3.0, 2.0], [9.0, 4.0], [7.0, 1.0]]), jnp.array([0, 0, 5, 2])  # 1 is empty, 5 is none
    with jax.debug_nans(True):
        gradient = jax.grad(lambda v: (f(v, segments, 3) * jnp.array([[2.0], [3.0], [5.0]])).sum())(values)
    shares = {segment_sum: [[2, 2], [2, 2]], segment_mean: [[1, 1], [1, 1]], segment_max: [[2, 1], [0, 1]]}[f]
    assert gradient.tolist() == [*shares, [0, 0], [5, 5]]


def test_a_layer_that_is_given_no_graphs_says_what_it_needs(built):
    with pytest.raises(ShapeError, match=r"works on graphs[\s\S]*stack"):
        GraphConvolution(3).build(jax.ShapeDtypeStruct((2, 3), jnp.float32), KEY)
    wide = Graph(PAIRS, np.ones((NODES, 5))).undirected()
    with pytest.raises(ShapeError, match="nodes of 3 features but was given 5"):
        built["convolution"](batch(wide))
    for wrong in (lambda: GraphConvolution(3, dropout=1.0), lambda: GraphAttention(3, merge="mean"), lambda: GraphPooling("median")):
        with pytest.raises(ArgumentError):
            wrong()


def test_records_of_arrays_are_read_as_arrays():
    read = as_arrays(stack(Graph([(0, 1)], np.ones((2, 1), np.float64))), "x")
    assert read.features.dtype == np.float32 and read.edges.dtype == np.int32
