"""Units, filters, fields of view, the loss around a network: each against what is known exactly."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError, ShapeError
from neuralzoo.inspect import (
    Histograms,
    embed,
    execute,
    feature_maps,
    filters,
    gradient_flow,
    half_planes,
    influence,
    loss_landscape,
    maximise,
    receptive_fields,
    trace,
    unit_health,
)
from neuralzoo.layers import AveragePooling2D, Conv2D, Dense, Flatten, Graph, MaxPooling2D, Node, Residual, SimpleRNN
from neuralzoo.models import Sequential

DRAWS = np.random.default_rng(2)
PLANE = DRAWS.normal(size=(40, 2)).astype(np.float32)
CLASSES = (PLANE[:, 0] * PLANE[:, 1] > 0).astype(int)
VIEWS = {  # layers, and the layer whose units' view is asked for
    "strided": ([Conv2D(2, 3, strides=2, activation="tanh"), Conv2D(2, (3, 2))], "conv2d_1"),
    "pooled": ([Conv2D(2, 3, padding="same"), AveragePooling2D(2), Conv2D(2, 3, dilation_rate=2)], "conv2d_1"),
    "branches": ([Conv2D(2, 3), Residual([Conv2D(2, 5, padding="same"), Conv2D(2, 3, padding="same")]), Conv2D(1, 2)], "conv2d_1"),
}


@pytest.fixture(scope="module")
def small():
    model = Sequential([Dense(5, "tanh", input_shape=(2,)), Dense(1, "sigmoid")], seed=0)
    model.compile("adam", "binary_crossentropy")
    return model


@pytest.mark.parametrize("name", VIEWS)
def test_what_a_unit_sees_by_arithmetic_is_what_gradients_reach(name):
    layers, asked = VIEWS[name]
    model = Sequential([layer.set(input_shape=(17, 19, 1)) if not i else layer for i, layer in enumerate(layers)], seed=1)
    field, reached = receptive_fields(model)[asked], influence(model, asked, draws=4)
    for axis in (0, 1):
        first = field.start[axis] + reached.place[axis] * field.jump[axis]
        assert reached.box[axis] == (first, first + field.size[axis] - 1)
    assert reached.size == field.size and len(reached.figure().axes) == 1


def test_a_view_without_windows_is_refused(small):
    with pytest.raises(ArgumentError, match="takes no images"):
        receptive_fields(small)
    wired = Graph([Node(Conv2D(1, 3), name="a")], input_shape=(6, 6, 1))
    with pytest.raises(ArgumentError, match=r"wires of a Graph(.|\n)*influence"):
        receptive_fields(Sequential([wired]))
    with pytest.raises(ArgumentError, match=r"no layer named 'conv' gives an image(.|\n)*conv2d"):
        influence(Sequential([Conv2D(1, 3, input_shape=(6, 6, 1))]), "conv")


def test_the_preferred_input_of_a_linear_unit_is_its_weights_over_the_decay():
    """max w·x − ½ λ |x|² lies at x = w / λ."""
    model = Sequential([Dense(2, input_shape=(4,))], seed=3)
    found = maximise(model, "dense", 1, steps=400, rate=0.05, decay=0.5)
    assert np.allclose(found.x, model.get_weights()[0][:, 1] / 0.5, atol=0.02)
    assert found.activations[-1] > found.activations[0] and len(found.figure().axes) == 2
    with pytest.raises(ArgumentError, match="no unit 2"):
        maximise(model, "dense", 2)


@pytest.fixture(scope="module")
def eyes():
    return Sequential([Conv2D(3, 3, activation="relu", input_shape=(8, 8, 1)), MaxPooling2D(2), Flatten(), Dense(2)], seed=0)


def test_filters_and_feature_maps_are_the_layers_own(eyes):
    image = DRAWS.normal(size=(8, 8, 1)).astype(np.float32)
    kernel = eyes.get_weights()[0]
    assert np.array_equal(filters(eyes, "conv2d").pictures, np.moveaxis(kernel, -1, 0))
    maps = feature_maps(eyes, image, "conv2d")
    patch = np.maximum((image[2:5, 3:6, 0] * kernel[:, :, 0, 1]).sum(), 0)
    assert maps.pictures.shape == (3, 6, 6) and maps.pictures[1, 2, 3] == pytest.approx(patch, abs=1e-5)
    assert len(maps.figure().axes) == 3 and filters(eyes, "dense").pictures.shape == (2, 27)
    with pytest.raises(ArgumentError, match="makes no images"):
        feature_maps(eyes, image, "dense")
    with pytest.raises(ArgumentError, match="has no kernel"):
        filters(eyes, "flatten")
    with pytest.raises(ArgumentError, match=r"no layer named 'conv'(.|\n)*conv2d, dense"):
        filters(eyes, "conv")


def test_dead_and_saturated_units_are_named():
    model = Sequential([Dense(3, "relu", input_shape=(2,)), Dense(3, "tanh"), Dense(1)], seed=0)
    kernel, bias, inner, _, *rest = model.get_weights()
    bias = np.array([0.0, -1000.0, 0.0], np.float32)
    model.set_weights([kernel, bias, inner, np.array([0.0, 0.0, 5.0], np.float32), *rest])
    first, second = unit_health(model, PLANE)
    assert first.dead == (1,) and second.saturated == (2,) and not second.dead
    assert "1 dead: 1" in str(first) and "1 saturated: 2" in str(second)
    with pytest.raises(ArgumentError, match="no layer of the network has an activation"):
        unit_health(Sequential([Dense(2, input_shape=(2,))]), PLANE)


def test_the_gradients_flow_is_that_of_the_trace(small):
    flow, seen = gradient_flow(small, PLANE, CLASSES), trace(small, PLANE, CLASSES)
    for i, layer in enumerate(seen.layers):
        assert flow.gradients[i] == pytest.approx(np.sqrt(sum(np.sum(a.gradient**2) for a in layer.arrays)), rel=1e-5)
        assert flow.deltas[i] == pytest.approx(np.sqrt(np.mean(layer.delta**2)), rel=1e-5)
    assert flow.layers == ("dense", "dense_1") and len(flow.figure().axes) == 3


def test_the_landscape_has_the_networks_loss_in_its_middle_and_is_a_parabola_for_a_linear_one():
    model = Sequential([Dense(1, input_shape=(2,))], seed=0)
    model.compile("sgd", "mse")
    targets = PLANE.sum(axis=1)
    plane, line = loss_landscape(model, PLANE, targets, points=5), loss_landscape(model, PLANE, targets, points=9, directions=1)
    assert plane.losses.shape == (5, 5) and plane.losses[2, 2] == pytest.approx(model.evaluate(PLANE, targets, verbose=0), rel=1e-5)
    assert np.allclose(np.diff(line.losses, n=3), 0, atol=1e-4) and np.diff(line.losses, n=2).min() > 0
    assert len(plane.figure().axes) == 2 and len(line.figure().axes) == 1
    with pytest.raises(ArgumentError, match="odd number"):
        loss_landscape(model, PLANE, targets, points=4)


def test_each_hidden_unit_divides_the_plane_at_its_line(small):
    seen = half_planes(small, PLANE, CLASSES)
    sums = seen.lines[:, 0, None, None] * seen.across + seen.lines[:, 1, None, None] * seen.up[:, None] + seen.lines[:, 2, None, None]
    assert np.allclose(seen.units, np.tanh(sums), atol=1e-5)
    assert np.allclose(seen.output[7, 5], small.predict(np.array([[seen.across[5], seen.up[7]]])), atol=1e-6)
    assert len(seen.figure().axes) == 6
    with pytest.raises(ShapeError, match="two numbers"):
        half_planes(small, np.ones((3, 3)))
    with pytest.raises(ArgumentError, match="only dense units"):
        half_planes(Sequential([SimpleRNN(2, input_shape=(1, 2))]), PLANE)


def test_principal_components_keep_the_variance_they_tell(small):
    seen = embed(small, PLANE, "dense", CLASSES)
    hidden = execute(small, PLANE)["dense"].output
    values = np.linalg.eigvalsh(np.cov(hidden, rowvar=False))[::-1]
    assert np.allclose(seen.points.var(axis=0, ddof=1), values[:2], rtol=1e-3) and np.allclose(
        seen.explained, values[:2] / values.sum(), rtol=1e-3
    )
    assert embed(small, PLANE, "input").points.shape == (40, 2) and len(seen.figure().axes) == 1
    with pytest.raises(ArgumentError, match="method is one of pca, tsne"):
        embed(small, PLANE, "dense", method="umap")
    with pytest.raises(ArgumentError, match=r"no layer named 'hidden'"):
        embed(small, PLANE, "hidden")


def test_neighbours_stay_neighbours_in_an_embedding(small):
    far = np.concatenate([DRAWS.normal(size=(15, 2)) * 0.1, DRAWS.normal(size=(15, 2)) * 0.1 + 3])
    points = embed(small, far, "input", method="tsne").points
    middle = [points[:15].mean(axis=0), points[15:].mean(axis=0)]
    near = np.linalg.norm(points[:, None] - np.array(middle), axis=2).argmin(axis=1)
    assert (near == np.repeat([0, 1], 15)).all()


def test_histograms_follow_weights_and_outputs(small):
    record = Histograms(PLANE[:10], bins=7, every=2)
    with pytest.raises(DataError, match="the record is empty"):
        record.histogram("dense.kernel")
    small.fit(PLANE, CLASSES, epochs=4, callbacks=[record], verbose=0)
    edges, counts = record.histogram("dense: output")
    assert record.epoch == [0, 2] and counts.shape == (2, 7) and (counts.sum(axis=1) == 50).all()
    assert edges[0] >= -1 and edges[-1] <= 1 and len(record.figure().axes) == 6
    with pytest.raises(ArgumentError, match=r"nothing named 'dense\.kernl'"):
        record.histogram("dense.kernl")
