"""Every layer and every learner through every check."""

import dataclasses
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo import layers
from neuralzoo.core.errors import NeuralzooError
from neuralzoo.core.graphs import Graphs
from neuralzoo.core.record import Record, merge, roles, split, walk
from neuralzoo.io import read, write
from neuralzoo.layers import (
    Activation,
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    BatchNormalization,
    Boltzmann,
    Chain,
    CodeDistance,
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    Cropping1D,
    Cropping2D,
    Cropping3D,
    Dense,
    DepthwiseConv1D,
    DepthwiseConv2D,
    Dropout,
    Embedding,
    First,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    Graph,
    GraphPooling,
    Identity,
    Input,
    Layer,
    LayerNormalization,
    LocalResponseNormalization,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    Node,
    PaddedIdentity,
    Parallel,
    Permute,
    RadialBasis,
    Rescaling,
    Reshape,
    Residual,
    RestrictedBoltzmann,
    SeparableConv1D,
    SeparableConv2D,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
    Subsampling2D,
    TableConv2D,
    Unpooling1D,
    Unpooling2D,
    Unpooling3D,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from neuralzoo.layers.augment import Augmentation
from neuralzoo.learn.competitive import BatchMap
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.learn.least_squares import LeastSquares
from neuralzoo.learn.losses import MeanSquaredError
from neuralzoo.learn.metrics import metric_named
from neuralzoo.learn.optimizers import Adam
from neuralzoo.learn.perceptron import PerceptronRule
from neuralzoo.learn.recursive import RecursiveLeastSquares
from neuralzoo.text.course import Reading
from neuralzoo.train.batches import as_arrays
from zoo_trials import TRIALS, Trial

ROWS = 6
LAYERS = {  # one of each public layer, and the shape and type of one example
    "Activation": (Activation("tanh"), (4,), jnp.float32),
    "Autoencoding": (layers.Autoencoding(Chain([Dense(2, "tanh")]), Chain([Dense(4)]), Dropout(0.5), tied=True), (4,), jnp.float32),
    "BatchNormalization": (BatchNormalization(), (4,), jnp.float32),
    "AdversarialPair": (layers.AdversarialPair(2, Dense(4), Dense(1)), (4,), jnp.float32),
    "Boltzmann": (Boltzmann(2), (4,), jnp.float32),
    "Chain": (Chain([Dense(3, activation="relu"), Dropout(0.5), Dense(2)]), (4,), jnp.float32),
    "CodeDistance": (CodeDistance(3), (4,), jnp.float32),
    "Dense": (Dense(3, activation="tanh"), (4,), jnp.float32),
    "Dropout": (Dropout(0.5), (4,), jnp.float32),
    "Embedding": (Embedding(7, 3), (5,), jnp.int32),
    "Flatten": (Flatten(), (2, 3), jnp.float32),
    "GraphicsCode": (layers.GraphicsCode(2, Chain([Flatten(), Dense(4)]), Chain([Dense(16), Reshape((4, 4, 1))])), (4, 4, 1), jnp.float32),
    "GaussianNoise": (GaussianNoise(0.1), (4,), jnp.float32),
    "Graph": (Graph([Node(Dense(3), name="h"), Node(Dense(2), ("input", "h"), name="out")]), (4,), jnp.float32),
    "Kohonen": (layers.Kohonen((2, 3)), (4,), jnp.float32),
    "PoissonCode": (layers.PoissonCode(4), (4,), jnp.float32),
    "LatencyCode": (layers.LatencyCode(4), (4,), jnp.float32),
    "Identity": (Identity(), (4,), jnp.float32),
    "Input": (Input((4,)), (4,), jnp.float32),
    "LayerNormalization": (LayerNormalization(), (4,), jnp.float32),
    "LocalResponseNormalization": (LocalResponseNormalization(), (4,), jnp.float32),
    "PaddedIdentity": (PaddedIdentity(5, strides=2), (5, 4, 3), jnp.float32),
    "MaskingNoise": (layers.MaskingNoise(0.5), (4,), jnp.float32),
    "Parallel": (Parallel([Dense(3), Chain()]), (4,), jnp.float32),
    "RadialBasis": (RadialBasis(3), (4,), jnp.float32),
    "Rescaling": (Rescaling(1 / 255), (4,), jnp.float32),
    "Reshape": (Reshape((2, 2)), (4,), jnp.float32),
    "Residual": (Residual([Dense(4, activation="relu")]), (4,), jnp.float32),
    "RestrictedBoltzmann": (RestrictedBoltzmann(3), (4,), jnp.float32),
    "SaltAndPepperNoise": (layers.SaltAndPepperNoise(0.5), (4,), jnp.float32),
    "SpectralNormalization": (layers.SpectralNormalization(Dense(3)), (4,), jnp.float32),
    "Subsampling2D": (Subsampling2D(2, "tanh"), (4, 6, 3), jnp.float32),
    "Variational": (layers.Variational(2, encoder=Chain([Dense(3, "tanh")]), decoder=Chain([Dense(4)])), (4,), jnp.float32),
    "TableConv2D": (TableConv2D(((0, 1), (2,)), 2, "tanh"), (4, 5, 3), jnp.float32),
}
SPATIAL = {  # layers over space, each with its number of axes
    "AveragePooling1D": (AveragePooling1D(2), 1),
    "AveragePooling2D": (AveragePooling2D(3, strides=1, padding="same"), 2),
    "AveragePooling3D": (AveragePooling3D(2), 3),
    "Conv1D": (Conv1D(3, 2, padding="causal", activation="relu"), 1),
    "Conv1DTranspose": (Conv1DTranspose(3, 3, strides=2), 1),
    "Conv2D": (Conv2D(6, (3, 2), strides=2, padding="same", groups=2, activation="tanh"), 2),
    "Conv2DTranspose": (Conv2DTranspose(3, 3, strides=2, padding="same"), 2),
    "Conv3D": (Conv3D(2, 2), 3),
    "Conv3DTranspose": (Conv3DTranspose(2, 2), 3),
    "Cropping1D": (Cropping1D((1, 0)), 1),
    "Cropping2D": (Cropping2D(1), 2),
    "Cropping3D": (Cropping3D(), 3),
    "DepthwiseConv1D": (DepthwiseConv1D(3), 1),
    "DepthwiseConv2D": (DepthwiseConv2D(2, depth_multiplier=2, activation="relu"), 2),
    "First": (Chain([MaxPooling2D(2, return_switches=True), First([Conv2D(4, 1)]), Unpooling2D()]), 2),
    "GlobalAveragePooling1D": (GlobalAveragePooling1D(), 1),
    "GlobalAveragePooling2D": (GlobalAveragePooling2D(keepdims=True), 2),
    "GlobalAveragePooling3D": (GlobalAveragePooling3D(), 3),
    "GlobalMaxPooling1D": (GlobalMaxPooling1D(keepdims=True), 1),
    "GlobalMaxPooling2D": (GlobalMaxPooling2D(), 2),
    "GlobalMaxPooling3D": (GlobalMaxPooling3D(), 3),
    "MaxPooling1D": (MaxPooling1D(2, strides=1), 1),
    "MaxPooling2D": (MaxPooling2D(3, padding="same"), 2),
    "MaxPooling3D": (MaxPooling3D(2), 3),
    "Permute": (Permute((2, 3, 1)), 2),
    "SeparableConv1D": (SeparableConv1D(3, 2), 1),
    "SeparableConv2D": (SeparableConv2D(3, 2, depth_multiplier=2), 2),
    "SpatialDropout1D": (SpatialDropout1D(0.5), 1),
    "SpatialDropout2D": (SpatialDropout2D(0.5), 2),
    "SpatialDropout3D": (SpatialDropout3D(0.5), 3),
    "Unpooling1D": (Chain([MaxPooling1D(2, return_switches=True), Unpooling1D()]), 1),
    "Unpooling2D": (Chain([MaxPooling2D(3, strides=1, return_switches=True), Unpooling2D()]), 2),
    "Unpooling3D": (Chain([MaxPooling3D(2, return_switches=True), Unpooling3D()]), 3),
    "UpSampling1D": (UpSampling1D(3), 1),
    "UpSampling2D": (UpSampling2D((2, 1), interpolation="bilinear"), 2),
    "UpSampling3D": (UpSampling3D(2), 3),
    "ZeroPadding1D": (ZeroPadding1D((2, 1)), 1),
    "ZeroPadding2D": (ZeroPadding2D(1), 2),
    "ZeroPadding3D": (ZeroPadding3D(), 3),
}
LAYERS |= {name: (layer, (*(4,) * axes, 4), jnp.float32) for name, (layer, axes) in SPATIAL.items()}
IMAGES = {  # layers for pictures of 6 × 6 pixels in three colours
    "CenterCrop": layers.CenterCrop(4, 5),
    "RandomBrightness": layers.RandomBrightness(0.2, value_range=(-4, 4)),
    "RandomColorJitter": layers.RandomColorJitter((-4, 4), 0.1, 0.2, 0.6, 0.3),
    "RandomColorPCA": layers.RandomColorPCA(0.1, value_range=(-4, 4)),
    "RandomContrast": layers.RandomContrast(0.3, value_range=(-4, 4)),
    "RandomCrop": layers.RandomCrop(4, 5),
    "RandomErasing": layers.RandomErasing(value_range=(-4, 4)),
    "RandomFlip": layers.RandomFlip("horizontal"),
    "RandomHue": layers.RandomHue(0.5, value_range=(-4, 4)),
    "RandomRotation": layers.RandomRotation(0.1, interpolation="nearest"),
    "RandomSaturation": layers.RandomSaturation(0.7, value_range=(-4, 4)),
    "RandomTranslation": layers.RandomTranslation(0.2, 0.1),
    "RandomZoom": layers.RandomZoom(0.9, interpolation="nearest"),
    "Resizing": layers.Resizing(3, 8, antialias=True),
}
LAYERS |= {name: (layer, (6, 6, 3), jnp.float32) for name, layer in IMAGES.items()}


class Pair(Layer):
    """The same input twice, for layers that take two."""

    def __call__(self, x):
        return x, x


SEQUENCES = {  # layers for sequences of 5 steps with 4 features
    "AdditiveAttention": layers.AdditiveAttention(),
    "Attention": layers.Attention(use_scale=True, score_mode="concat"),
    "Bidirectional": layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="sum"),
    "EncoderDecoder": Chain([Pair(), layers.EncoderDecoder(layers.LSTM(3, return_state=True), layers.LSTM(3))]),
    "GRU": layers.GRU(3, return_sequences=True),
    "LIF": layers.LIF(3, return_sequences=True),
    "LSTM": layers.LSTM(3),
    "Masking": Chain([layers.Masking(), layers.LSTM(3)]),
    "MultiHeadAttention": layers.MultiHeadAttention(2, 3, use_causal_mask=True),
    "Recurrent": layers.Recurrent([layers.SimpleRNNCell(3), layers.LSTMCell(2)]),
    "RepeatVector": Chain([layers.SimpleRNN(3), layers.RepeatVector(2)]),
    "SimpleRNN": layers.SimpleRNN(3, go_backwards=True),
    "TimeDistributed": layers.TimeDistributed(Dense(3, activation="tanh")),
}
LAYERS |= {name: (layer, (5, 4), jnp.float32) for name, layer in SEQUENCES.items()}


class Ring(Layer):
    """Graphs of which each node is joined to the next and the one before, for layers that take graphs: `(batch, nodes, features)`."""

    def __call__(self, x):
        there, back = jnp.arange(x.shape[1]), jnp.roll(jnp.arange(x.shape[1]), 1)
        edges = jnp.concatenate([jnp.stack([there, back], 1), jnp.stack([back, there], 1)]).astype(jnp.int32)
        return Graphs(x, jnp.tile(edges, (x.shape[0], 1, 1)), jnp.ones(x.shape[:2]), jnp.ones(x.shape[:2]))


GRAPHS = {  # layers for rings of 5 nodes with 4 features
    "GraphAttention": [layers.GraphAttention(3, 2), GraphPooling("max")],
    "GraphConvolution": [layers.GraphConvolution(3, "tanh"), GraphPooling()],
    "GraphPooling": [GraphPooling("sum")],
    "MessagePassing": [layers.MessagePassing(Dense(3), Dense(2, activation="tanh")), GraphPooling()],
    "Nodes": [layers.Nodes(), GlobalAveragePooling1D()],
}
LAYERS |= {name: (Chain([Ring(), *chain]), (5, 4), jnp.float32) for name, chain in GRAPHS.items()}
DRAWN = (  # layers whose weights are drawn at random
    Dense
    | Embedding
    | Conv1D
    | Conv2D
    | Conv3D
    | Conv2DTranspose
    | DepthwiseConv2D
    | SeparableConv2D
    | layers.GraphAttention
    | layers.GraphConvolution
    | layers.LIF
    | RadialBasis
    | layers.LSTM
    | layers.GRU
    | layers.SimpleRNN
    | layers.MultiHeadAttention
)
NOISY = (  # layers that differ while training
    Dropout
    | GaussianNoise
    | layers.MaskingNoise
    | layers.SaltAndPepperNoise
    | BatchNormalization
    | Augmentation
    | layers.PoissonCode
    | layers.Variational
)
CONVOLUTIONS = {name for name in SPATIAL if "Conv" in name or name == "First"}
TOO_WIDE = {  # for one feature more
    "Autoencoding", "Dense", "Chain", "Graph", "Parallel", "RadialBasis", "Residual", "Reshape", "RestrictedBoltzmann", "Variational",
}  # fmt: skip


def spec(name: str) -> jax.ShapeDtypeStruct:
    _, shape, dtype = LAYERS[name]
    return jax.ShapeDtypeStruct((ROWS, *shape), dtype)


def example(name: str) -> jax.Array:
    s = spec(name)
    if s.dtype == jnp.int32:
        return jnp.arange(np.prod(s.shape)).reshape(s.shape) % 7
    return jax.random.normal(jax.random.key(3), s.shape)


@cache
def built(name: str, seed: int = 0) -> Layer:
    """The layer of the table, built in one program: drawing by single operations would compile each."""
    return jax.jit(lambda key: LAYERS[name][0].build(spec(name), key))(jax.random.key(seed))


@cache
def called(name: str) -> jax.Array:
    """What the layer answers to its example, operation by operation."""
    return built(name)(example(name))


@cache
def compiled(name: str) -> Any:
    """The layer's call as a program: `(layer, input) -> output`."""
    return jax.jit(lambda layer, x: layer(x))


@cache
def forwarded(name: str) -> tuple[jax.Array, Layer]:
    """What the layer answers in training, and its successor."""
    return built(name).forward(example(name), jax.random.key(1))


every_layer = pytest.mark.parametrize("name", sorted(LAYERS))


def test_the_table_has_every_public_layer():
    public = {name for name in layers.__all__ if issubclass(kind := getattr(layers, name), Layer) and kind.__name__ == name}
    assert set(LAYERS) | {"Layer"} == public


@every_layer
def test_build_is_pure_and_seeded(name):
    layer = LAYERS[name][0]
    before = repr(layer)
    assert jax.jit(lambda key: layer.build(spec(name), key))(jax.random.key(0)) == built(name)
    assert repr(layer) == before
    if any(isinstance(r, DRAWN) for r in walk(layer)):
        assert built(name, 0) != built(name, 1)


@every_layer
def test_eval_shape_tells_the_shape_of_the_result(name):
    told, result = jax.eval_shape(built(name), spec(name)), called(name)
    assert (told.shape, told.dtype) == (result.shape, result.dtype)


@every_layer
def test_compiled_equals_eager(name):
    layer, x, key = built(name), example(name), jax.random.key(1)
    np.testing.assert_allclose(compiled(name)(layer, x), called(name), rtol=2e-6, atol=1e-6)
    np.testing.assert_allclose(jax.jit(lambda n, x: n.forward(x, key)[0])(layer, x), forwarded(name)[0], rtol=2e-6, atol=1e-6)


@every_layer
def test_forward_agrees_with_the_call_where_there_is_no_noise(name):
    layer = built(name)
    noisy = any(isinstance(r, NOISY) for r in walk(layer))
    same = np.allclose(forwarded(name)[0], called(name), rtol=1e-6)
    assert same != noisy


@every_layer
def test_the_second_call_does_not_compile(name):
    run, x = compiled(name), example(name)
    run(built(name, 0), x)
    run(built(name, 1), x)
    assert run._cache_size() == 1


@every_layer
def test_forward_returns_a_successor_of_the_same_structure(name):
    layer, after = built(name), forwarded(name)[1]
    assert jax.tree.structure(after) == jax.tree.structure(layer)
    assert [a.shape for a in jax.tree.leaves(after)] == [a.shape for a in jax.tree.leaves(layer)]


@every_layer
def test_every_array_has_a_role_and_the_halves_merge_again(name):
    layer = built(name)
    marks = jax.tree.leaves(roles(layer))
    assert len(marks) == len(jax.tree.leaves(layer)) and set(marks) <= {"param", "state", "fixed", "memory"}
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
    gradient = jax.jit(jax.grad(lambda p: jnp.sum(merge(p, rest)(x) ** 2)))(params)
    assert all(bool(jnp.isfinite(g).all()) for g in jax.tree.leaves(gradient))


@pytest.mark.parametrize("name", sorted(TOO_WIDE | CONVOLUTIONS))
def test_an_input_that_does_not_fit_is_named_with_a_remedy(name):
    *space, features = LAYERS[name][1]
    wide = jnp.ones((ROWS, *space, features + 1))
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
    "Reading": (Reading(MeanSquaredError(), Adam()), Chain([Dense(3, activation="tanh"), Dense(1)])),
    "PerceptronRule": (PerceptronRule(), Chain([Dense(1, activation="step")])),
    "BatchMap": (BatchMap(), layers.Kohonen((2, 3))),
    "RecursiveLeastSquares": (RecursiveLeastSquares(), Chain([Dense(3, activation="tanh", trainable=False), Dense(1)])),
    "LeastSquares": (LeastSquares(), Chain([Dense(3, activation="tanh", trainable=False), Dense(1)])),
}
ZOO = {key: trial for key, trial in TRIALS.items() if trial.make().learner is not None}  # each with the learner it brings
every_learner = pytest.mark.parametrize("name", sorted({*LEARNERS, *ZOO}))


@cache
def taught(name: str) -> tuple[Learner, Layer, Batch]:
    if name in ZOO:
        return taught_in_zoo(ZOO[name])
    learner, net = LEARNERS[name]
    x = jax.random.normal(jax.random.key(5), (ROWS, 4))
    y = (x[:, :1] > 0).astype(jnp.float32)
    net = net.build(jax.ShapeDtypeStruct(x.shape, x.dtype), jax.random.key(0))
    return learner, net, Batch(x, y, jnp.ones(ROWS), jnp.ones(ROWS))


def taught_in_zoo(trial: Trial) -> tuple[Learner, Layer, Batch]:
    model = trial.make()
    x, y = (None if a is None else as_arrays(a, "rows") for a in (trial.x, trial.y))
    model.meet(x, y)
    rows = np.resize(np.arange(len(jax.tree.leaves(x)[0])), ROWS)
    x, y = jax.tree.map(lambda a: jnp.asarray(a[rows]), (x, y))
    return model.learner, model.net, Batch(x, y, jnp.ones(ROWS), jnp.ones(ROWS))


def test_the_table_has_every_learner():
    abstract = {Learner}
    known = {cls for tag, cls in Record.kinds.items() if tag.startswith("learner:") and cls.__module__.startswith("neuralzoo")}
    tried = {type(learner) for learner, _ in LEARNERS.values()} | {type(trial.make().learner) for trial in ZOO.values()}
    assert tried == known - abstract


traces: list[Learner] = []  # the learner of each tracing


@jax.jit
def step(learner: Learner, net: Layer, memo: Any, batch: Batch, key: jax.Array) -> tuple[Layer, Any, dict[str, Any]]:
    traces.append(learner)
    return learner.step(net, memo, batch, key)


@jax.jit
def assess(learner: Learner, net: Layer, batch: Batch) -> dict[str, Any]:
    return learner.assess(net, batch)


@every_learner
def test_a_step_keeps_the_structure_and_compiles_once(name):
    learner, net, batch = taught(name)
    memo, before = learner.init(net), len(traces)
    for i in range(3):
        after, memo_after, _ = step(learner, net, memo, batch, jax.random.key(i))
        assert jax.tree.structure((after, memo_after)) == jax.tree.structure((net, memo))
        net, memo = after, memo_after
    assert len(traces) <= before + 1


@every_learner
def test_rows_that_are_filling_teach_nothing(name):
    learner, net, batch = taught(name)
    if any(isinstance(r, BatchNormalization) for r in walk(net)):
        pytest.skip("the statistics of a batch see the rows that fill it, copies of others (docs/design/0002-engine.md)")
    half = batch._replace(valid=jnp.array([1, 1, 1, 0, 0, 0.0]))
    other = half._replace(x=jax.tree.map(lambda a: a.at[3:].set(a[0]), half.x))
    if isinstance(net, Chain) and any(isinstance(r, Dropout) for r in walk(net)):
        net = net.set(layers=tuple(layer for layer in net.layers if not isinstance(layer, Dropout)))
    a, b = (step(learner, net, learner.init(net), part, jax.random.key(0)) for part in (half, other))
    assert a[0] == b[0]
    for one, two in zip(jax.tree.leaves(a[2]), jax.tree.leaves(b[2]), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6)


@every_learner
def test_statistics_are_additive_over_batches(name):
    learner, net, batch = taught(name)
    whole = learner.read(jax.device_get(assess(learner, net, batch)))
    first, second = (assess(learner, net, jax.tree.map(lambda a, s=s: np.asarray(a)[s], batch)) for s in (slice(0, 3), slice(3, 6)))
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
