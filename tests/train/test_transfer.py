"""Transfer learning: what is frozen does not move, what has a factor moves that much, and a new head sits on the old body."""

import jax
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, NotReadyError
from neuralzoo.core.naming import matches, paths_of
from neuralzoo.core.record import split
from neuralzoo.layers import BatchNormalization, Chain, Dense, Dropout, Graph, Node, Residual
from neuralzoo.models import Model, Sequential, freeze, load_model, replace_head, unfreeze
from neuralzoo.optimizers import SGD, Adam

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 4)).astype(np.float32)
Y = X[:, :1] - X[:, 1:2] ** 2


def network():
    layers = [Dense(4, activation="tanh"), Residual([Dense(4), BatchNormalization(), Dense(4, name="inner")], name="block"), Dense(1)]
    model = Sequential([*layers[:1], Dropout(0.1), *layers[1:]], seed=1)
    model.build(X)
    return model


def moved(before, after):
    """The paths of the arrays that differ."""
    flat = zip(jax.tree_util.tree_leaves_with_path(before), jax.tree.leaves(after), strict=True)
    return {jax.tree_util.keystr(path, simple=True, separator=".") for (path, a), b in flat if not np.array_equal(a, b)}


def learned(model, optimizer="sgd", **settings):
    before = model.net
    model.compile(optimizer, "mse", **settings)
    model.fit(X, Y, epochs=1, batch_size=16)
    return moved(before, model.net)


def test_paths_name_every_layer_on_its_way():
    assert paths_of(network().net) == [
        "dense", "dropout", "block/dense", "block/batch_normalization", "block/inner", "block", "dense_1"
    ]  # fmt: skip
    graph = Graph([Node(Dense(3), name="h"), Node(Chain([Dense(2)]), ("input", "h"))])
    assert paths_of(graph) == ["h", "node_2/dense", "node_2"]
    assert network().names() == [path for path in paths_of(network().net) if "/" not in path]


def test_patterns_fit_paths_names_and_what_is_inside():
    assert matches("stage/conv2d", "stage") and matches("stage/conv2d", "conv*") and matches("stage/conv2d", "st*/c*")
    assert not matches("stage/conv2d", "conv") and not matches("stage", "stage/conv2d")


def test_what_is_frozen_does_not_move_nor_do_its_statistics():
    model = network()
    assert freeze(model, "dense", "block") == ["dense", "block"]
    assert {path.split(".")[1] for path in learned(model)} == {"3"}
    unfreeze(model)
    assert {path.split(".")[1] for path in learned(model)} == {"0", "2", "3"}


def test_everything_but_the_last_layers_with_parameters():
    model = network()
    assert freeze(model, but_last=1) == ["dense", "block"]
    unfreeze(model)
    assert freeze(model, but_last=2) == ["dense"]
    unfreeze(model)
    assert freeze(model, but_last=7) == []
    assert freeze(model, but_last=0) == ["dense", "block", "dense_1"]


def test_a_layer_inside_a_frozen_block_can_learn_alone():
    model = network()
    freeze(model)
    assert not jax.tree.leaves(split(model.net)[0])
    unfreeze(model, "inner")
    assert learned(model) == {"layers.2.body.2.kernel", "layers.2.body.2.bias"}
    shut = Sequential([Chain([Dense(3), Dense(3)], trainable=False), Dense(1)])
    shut.build(X)
    unfreeze(shut, "chain/dense_1")
    assert {path[:17] for path in learned(shut)} == {"layers.0.layers.1", "layers.1.kernel", "layers.1.bias"}


def test_names_that_fit_nothing_are_refused():
    with pytest.raises(ArgumentError, match="dense_1"):
        freeze(network(), "dense_9")
    with pytest.raises(ArgumentError, match="both"):
        freeze(network(), "dense", but_last=1)
    with pytest.raises(NotReadyError):
        freeze(Sequential([Dense(1)]), but_last=1)


def test_a_new_head_sits_on_the_old_body():
    model = network()
    new = replace_head(model, [Dense(6, activation="relu"), Dense(3, activation="softmax")], seed=4)
    assert new.predict(X).shape == (32, 3)
    assert new.net.layers[:3] == model.net.layers[:3]
    assert model.predict(X).shape == (32, 1)
    assert new.net.layers[3].kernel.shape == (4, 6)
    shorter = replace_head(model, Dense(2), drop=2)
    assert len(shorter.layers) == 3
    with pytest.raises(ArgumentError, match="keep at least one"):
        replace_head(model, Dense(2), drop=4)
    with pytest.raises(ArgumentError, match="Residual"):
        replace_head(Model(Residual([Dense(4, input_shape=(4,))])), Dense(2))
    with pytest.raises(NotReadyError):
        replace_head(Sequential([Dense(1)]), Dense(2))


def test_two_heads_of_different_seeds_differ():
    a, b = (replace_head(network(), Dense(3), seed=seed) for seed in (1, 2))
    assert not np.array_equal(a.net.layers[-1].kernel, b.net.layers[-1].kernel)


def test_a_factor_scales_the_step_of_its_layers_alone():
    steps = []
    for rates in ({}, {"block/*": 0.1, "dense_1": 0.0, "*": 2.0}):
        model = Sequential([Dense(4, activation="tanh"), Residual([Dense(4)], name="block"), Dense(1)], seed=1)
        model.build(X)
        before = model.get_weights()
        model.compile(SGD(0.1, momentum=0.9, weight_decay=0.01), "mse", rates=rates)
        model.fit(X, Y, batch_size=32)
        steps.append([after - start for after, start in zip(model.get_weights(), before, strict=True)])
    for plain, scaled, factor in zip(*steps, (2, 2, 0.1, 0.1, 0, 0), strict=True):
        np.testing.assert_allclose(scaled, factor * plain, rtol=1e-3, atol=1e-7)


def test_the_first_pattern_that_fits_counts_and_one_that_fits_nothing_is_refused():
    model = network()
    assert learned(model, rates={"block": 0.0, "inner": 1.0, "dense*": 0.0, "dense": 1.0}) <= {
        "layers.2.body.1.moving_mean", "layers.2.body.1.moving_variance"
    }  # fmt: skip
    model.compile("sgd", "mse", rates={"convolution": 0.1})
    with pytest.raises(ArgumentError, match="convolution"):
        model.fit(X, Y)
    with pytest.raises(ArgumentError, match="at least 0"):
        model.compile("sgd", "mse", rates={"dense": -1})


def test_rates_and_frozen_layers_survive_saving(tmp_path):
    model = network()
    freeze(model, "block")
    model.compile(Adam(0.01), "mse", rates={"dense": 0.5}, precision="mixed_bfloat16")
    model.fit(X, Y, epochs=1, batch_size=16)
    model.save(tmp_path / "m.nz")
    again = load_model(tmp_path / "m.nz")
    assert again.learner == model.learner and again.learner.rates == (("dense", 0.5),)
    for one in (model, again):
        one.fit(X, Y, epochs=3, initial_epoch=1, batch_size=16)
    assert again.net == model.net
