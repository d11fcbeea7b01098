"""Branches, shortcuts and graphs, against the same sums written out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, NeuralzooError, ShapeError
from neuralzoo.layers import Chain, Dense, Dropout, Graph, Identity, Node, Parallel, Residual
from neuralzoo.models import Sequential

X = jnp.asarray(np.random.default_rng(0).normal(size=(7, 3)), jnp.float32)


def built(layer):
    return layer.build(jax.ShapeDtypeStruct(X.shape, jnp.float32), jax.random.key(0))


MERGES = {
    "concatenate": lambda a, b: np.concatenate([a, b], axis=-1),
    "add": np.add,
    "average": lambda a, b: (a + b) / 2,
    "multiply": np.multiply,
    "maximum": np.maximum,
}


@pytest.mark.parametrize("merge", sorted(MERGES))
def test_parallel_merges_its_branches(merge):
    layer = built(Parallel([Dense(4, activation="tanh"), Dense(4)], merge=merge))
    first, second = (np.asarray(branch(X)) for branch in layer.layers)
    np.testing.assert_allclose(layer(X), MERGES[merge](first, second), rtol=1e-6)


def test_residual_adds_its_input_or_a_shortcut():
    plain = built(Residual([Dense(5, activation="relu"), Dense(3)]))
    np.testing.assert_allclose(plain(X), Chain(plain.body)(X) + X, rtol=1e-6)
    projected = built(Residual(Dense(6), shortcut=Dense(6, use_bias=False)))
    np.testing.assert_allclose(projected(X), projected.body(X) + projected.shortcut(X), rtol=1e-6)


def test_a_residual_block_of_zero_weights_is_the_identity():
    zero = built(Residual([Dense(3, kernel_initializer="zeros")]))
    np.testing.assert_array_equal(zero(X), X)


def test_branches_that_do_not_fit_are_named():
    with pytest.raises(ShapeError, match=r"\(7, 5\), \(7, 3\)"):
        built(Chain([Residual([Dense(5)])]))


def test_a_graph_with_a_jump_connection_is_its_sum_written_out():
    net = built(Graph([Node(Dense(4, activation="tanh"), name="h"), Node(Dense(2), ("input", "h"), name="y")]))
    hidden, out = (node.layer for node in net.nodes)
    expected = np.concatenate([X, hidden(X)], axis=1) @ np.asarray(out.kernel) + np.asarray(out.bias)
    np.testing.assert_allclose(net(X), expected, rtol=1e-5, atol=1e-6)


def test_in_a_completely_connected_graph_every_unit_reads_all_before_it():
    names = ["input", *(f"unit{i}" for i in range(4))]
    net = built(Graph([Node(Dense(1, activation="tanh"), tuple(names[: i + 1]), name=names[i + 1]) for i in range(4)]))
    assert [node.layer.kernel.shape[0] for node in net.nodes] == [3, 4, 5, 6]


def test_a_node_that_reads_a_later_one_is_refused_with_the_nearest_name():
    with pytest.raises(ArgumentError, match="hiden") as caught:
        built(Graph([Node(Dense(2), name="hidden"), Node(Dense(1), "hiden", name="out")]))
    assert "hidden" in caught.value.remedy


def test_training_reaches_through_every_combinator():
    layers = [Parallel([Chain([Dropout(0.5), Dense(3)]), Identity()]), Residual([Dense(6), Dropout(0.5)]), Dense(1)]
    layers.append(Graph([Node(Dropout(0.5), name="d"), Node(Dense(1), ("input", "d"), name="o")]))
    model = Sequential(layers)
    model.compile("adam", "mse")
    losses = model.fit(np.asarray(X), np.asarray(X[:, :1]), epochs=60, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    noisy = [model.net.forward(X, jax.random.key(i))[0] for i in range(2)]
    assert not np.array_equal(*noisy)


def test_the_place_of_an_error_is_told_from_the_outside_in():
    net = built(Chain([Dense(3), Residual([Dense(3), Dense(3)])]))
    broken = net.set(layers=(net.layers[0], net.layers[1].set(body=(net.layers[1].body[0], built(Dense(3)).set(kernel=jnp.ones((5, 3)))))))
    with pytest.raises(NeuralzooError) as caught:
        broken(X)
    assert "layer 2 of 2, Residual() › layer 2 of 2, Dense(units=3)" in caught.value.where
