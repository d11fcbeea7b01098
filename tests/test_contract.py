"""Every layer and every learner through every check."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo import layers
from neuralzoo.core.errors import NeuralzooError
from neuralzoo.core.record import Record, merge, roles, split, walk
from neuralzoo.io import read, write
from neuralzoo.layers import (
    Activation,
    BatchNormalization,
    Chain,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    Graph,
    Identity,
    Input,
    Layer,
    LayerNormalization,
    Node,
    Parallel,
    Rescaling,
    Reshape,
    Residual,
)
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.learn.losses import MeanSquaredError
from neuralzoo.learn.metrics import metric_named
from neuralzoo.learn.optimizers import Adam
from neuralzoo.learn.perceptron import PerceptronRule

ROWS = 6
LAYERS = {  # one of each public layer, and the shape and type of one example
    "Activation": (Activation("tanh"), (4,), jnp.float32),
    "BatchNormalization": (BatchNormalization(), (4,), jnp.float32),
    "Chain": (Chain([Dense(3, activation="relu"), Dropout(0.5), Dense(2)]), (4,), jnp.float32),
    "Dense": (Dense(3, activation="tanh"), (4,), jnp.float32),
    "Dropout": (Dropout(0.5), (4,), jnp.float32),
    "Embedding": (Embedding(7, 3), (5,), jnp.int32),
    "Flatten": (Flatten(), (2, 3), jnp.float32),
    "GaussianNoise": (GaussianNoise(0.1), (4,), jnp.float32),
    "Graph": (Graph([Node(Dense(3), name="h"), Node(Dense(2), ("input", "h"), name="out")]), (4,), jnp.float32),
    "Identity": (Identity(), (4,), jnp.float32),
    "Input": (Input((4,)), (4,), jnp.float32),
    "LayerNormalization": (LayerNormalization(), (4,), jnp.float32),
    "Parallel": (Parallel([Dense(3), Chain()]), (4,), jnp.float32),
    "Rescaling": (Rescaling(1 / 255), (4,), jnp.float32),
    "Reshape": (Reshape((2, 2)), (4,), jnp.float32),
    "Residual": (Residual([Dense(4, activation="relu")]), (4,), jnp.float32),
}
TOO_WIDE = {"Dense", "Chain", "Graph", "Parallel", "Residual", "BatchNormalization", "LayerNormalization", "Reshape", "Input"}


def spec(name: str) -> jax.ShapeDtypeStruct:
    _, shape, dtype = LAYERS[name]
    return jax.ShapeDtypeStruct((ROWS, *shape), dtype)


def example(name: str) -> jax.Array:
    s = spec(name)
    if s.dtype == jnp.int32:
        return jnp.arange(np.prod(s.shape)).reshape(s.shape) % 7
    return jax.random.normal(jax.random.key(3), s.shape)


def built(name: str, seed: int = 0) -> Layer:
    return LAYERS[name][0].build(spec(name), jax.random.key(seed))


every_layer = pytest.mark.parametrize("name", sorted(LAYERS))


def test_the_table_has_every_public_layer():
    public = {name for name in layers.__all__ if issubclass(getattr(layers, name), Layer)}
    assert set(LAYERS) | {"Layer"} == public


@every_layer
def test_build_is_pure_and_seeded(name):
    layer = LAYERS[name][0]
    before = repr(layer)
    assert built(name) == built(name)
    assert repr(layer) == before
    if any(isinstance(r, Dense | Embedding) for r in walk(layer)):
        assert built(name, 0) != built(name, 1)


@every_layer
def test_eval_shape_tells_the_shape_of_the_result(name):
    layer = built(name)
    told, result = jax.eval_shape(layer, spec(name)), layer(example(name))
    assert (told.shape, told.dtype) == (result.shape, result.dtype)


@every_layer
def test_compiled_equals_eager(name):
    layer, x, key = built(name), example(name), jax.random.key(1)
    np.testing.assert_allclose(jax.jit(lambda n, x: n(x))(layer, x), layer(x), rtol=2e-6, atol=1e-6)
    np.testing.assert_allclose(jax.jit(lambda n, x: n.forward(x, key)[0])(layer, x), layer.forward(x, key)[0], rtol=2e-6, atol=1e-6)


@every_layer
def test_forward_agrees_with_the_call_where_there_is_no_noise(name):
    layer, x = built(name), example(name)
    noisy = any(isinstance(r, Dropout | GaussianNoise | BatchNormalization) for r in walk(layer))
    same = np.allclose(layer.forward(x, jax.random.key(1))[0], layer(x), rtol=1e-6)
    assert same != noisy


@every_layer
def test_the_second_call_does_not_compile(name):
    calls = []

    @jax.jit
    def run(layer, x):
        calls.append(1)
        return layer(x)

    x = example(name)
    run(built(name, 0), x)
    run(built(name, 1), x)
    assert len(calls) == 1


@every_layer
def test_forward_returns_a_successor_of_the_same_structure(name):
    layer = built(name)
    _, after = layer.forward(example(name), jax.random.key(1))
    assert jax.tree.structure(after) == jax.tree.structure(layer)
    assert [a.shape for a in jax.tree.leaves(after)] == [a.shape for a in jax.tree.leaves(layer)]


@every_layer
def test_every_array_has_a_role_and_the_halves_merge_again(name):
    layer = built(name)
    marks = jax.tree.leaves(roles(layer))
    assert len(marks) == len(jax.tree.leaves(layer)) and set(marks) <= {"param", "state", "fixed"}
    assert merge(*split(layer)) == layer


@every_layer
def test_a_frozen_layer_has_no_parameters(name):
    frozen = built(name).set(trainable=False)
    assert not jax.tree.leaves(split(frozen)[0])


@every_layer
def test_save_and_load_round_trip(name, tmp_path):
    layer = built(name)
    write(tmp_path / "layer.nz", {"net": layer})
    assert read(tmp_path / "layer.nz")["net"] == layer


@every_layer
def test_gradients_are_finite(name):
    params, rest = split(built(name))
    x = example(name)
    gradient = jax.grad(lambda p: jnp.sum(merge(p, rest)(x) ** 2))(params)
    assert all(bool(jnp.isfinite(g).all()) for g in jax.tree.leaves(gradient))


@pytest.mark.parametrize("name", sorted(TOO_WIDE & {"Dense", "Chain", "Graph", "Parallel", "Residual", "Reshape"}))
def test_an_input_that_does_not_fit_is_named_with_a_remedy(name):
    wide = jnp.ones((ROWS, LAYERS[name][1][0] + 1))
    with pytest.raises(NeuralzooError) as caught:
        built(name)(wide)
    assert "5" in caught.value.what and caught.value.remedy


@every_layer
def test_a_hyperparameter_that_does_not_exist_suggests_the_nearest(name):
    kind = type(LAYERS[name][0])
    with pytest.raises(NeuralzooError, match="trainable"):
        kind(trainble=False)


LEARNERS: dict[str, tuple[Learner, Layer]] = {
    "Gradient": (
        Gradient(MeanSquaredError(), Adam(), (metric_named("mae"),)),
        Chain([Dense(3, activation="tanh"), Dropout(0.2), Dense(1)]),
    ),
    "PerceptronRule": (PerceptronRule(), Chain([Dense(1, activation="step")])),
}
every_learner = pytest.mark.parametrize("name", sorted(LEARNERS))


def taught(name: str) -> tuple[Learner, Layer, Batch]:
    learner, net = LEARNERS[name]
    x = jax.random.normal(jax.random.key(5), (ROWS, 4))
    y = (x[:, :1] > 0).astype(jnp.float32)
    net = net.build(jax.ShapeDtypeStruct(x.shape, x.dtype), jax.random.key(0))
    return learner, net, Batch(x, y, jnp.ones(ROWS), jnp.ones(ROWS))


def test_the_table_has_every_learner():
    abstract = {Learner}
    known = {cls for tag, cls in Record.kinds.items() if tag.startswith("learner:") and cls.__module__.startswith("neuralzoo")}
    assert {type(learner) for learner, _ in LEARNERS.values()} == known - abstract


@every_learner
def test_a_step_keeps_the_structure_and_compiles_once(name):
    learner, net, batch = taught(name)
    calls = []

    @jax.jit
    def step(net, memo, batch, key):
        calls.append(1)
        return learner.step(net, memo, batch, key)

    memo = learner.init(net)
    for i in range(3):
        after, memo_after, _ = step(net, memo, batch, jax.random.key(i))
        assert jax.tree.structure((after, memo_after)) == jax.tree.structure((net, memo))
        net, memo = after, memo_after
    assert len(calls) == 1


@every_learner
def test_rows_that_are_filling_teach_nothing(name):
    learner, net, batch = taught(name)
    half = batch._replace(valid=jnp.array([1, 1, 1, 0, 0, 0.0]))
    other = half._replace(x=half.x.at[3:].set(9.0))
    if any(isinstance(r, Dropout) for r in walk(net)):
        net = net.set(layers=tuple(layer for layer in net.layers if not isinstance(layer, Dropout)))
    a, b = (learner.step(net, learner.init(net), part, jax.random.key(0)) for part in (half, other))
    assert a[0] == b[0]
    for one, two in zip(jax.tree.leaves(a[2]), jax.tree.leaves(b[2]), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6)


@every_learner
def test_statistics_are_additive_over_batches(name):
    learner, net, batch = taught(name)
    whole = learner.read(jax.device_get(learner.assess(net, batch)))
    first, second = (learner.assess(net, jax.tree.map(lambda a, s=s: a[s], batch)) for s in (slice(0, 2), slice(2, None)))
    parts = learner.read(jax.device_get(jax.tree.map(jnp.add, first, second)))
    for metric, value in whole.items():
        np.testing.assert_allclose(parts[metric], value, rtol=1e-5)


@every_learner
def test_finish_is_pure(name):
    learner, net, _ = taught(name)
    memo = learner.init(net)
    assert learner.finish(net, memo) == learner.finish(net, memo)


def test_records_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Dense(3).units = 4
