"""Attributions keep their laws: they add up, they are exact where the network is linear, and the two class maps agree."""

import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError, ShapeError
from neuralzoo.inspect import class_activation_map, grad_cam, integrated_gradients, occlusion, saliency
from neuralzoo.layers import Conv2D, Dense, Embedding, Flatten, GlobalAveragePooling2D, MaxPooling2D, Residual
from neuralzoo.models import Sequential

DRAWS = np.random.default_rng(1)
ROWS = DRAWS.normal(size=(3, 5)).astype(np.float32)
IMAGES = DRAWS.normal(size=(2, 8, 8, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def linear():
    return Sequential([Dense(4, activation="softmax", bias_initializer="normal", input_shape=(5,))], seed=1)


@pytest.fixture(scope="module")
def smooth():
    return Sequential([Dense(6, "tanh", input_shape=(5,)), Dense(1, "sigmoid")], seed=2)


@pytest.fixture(scope="module")
def pooling():
    """A network that ends in global average pooling, its last image being the sum of two branches."""
    body = Residual([Conv2D(4, 3, padding="same", activation="relu")])
    layers = [Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)), body, GlobalAveragePooling2D(), Dense(3, "softmax")]
    return Sequential(layers, seed=4)


def test_three_methods_are_exact_for_a_linear_score(linear):
    """Score w·x + b: the gradient is w, and both others give wᵢ (xᵢ − baselineᵢ)."""
    baseline = np.linspace(-1, 1, 5)
    weights = linear.get_weights()[0][:, 2]
    assert np.allclose(saliency(linear, ROWS, 2).values, weights, atol=1e-6)
    for found in (integrated_gradients(linear, ROWS, 2, baseline=baseline, steps=3), occlusion(linear, ROWS, 2, baseline=baseline)):
        assert np.allclose(found.values, weights * (ROWS - baseline), atol=1e-5)


def test_integrated_gradients_add_up_to_the_difference_of_the_scores(smooth, pooling):
    for model, x in ((smooth, ROWS), (pooling, IMAGES)):
        found = integrated_gradients(model, x, baseline=0.1, steps=128)
        total = found.values.reshape(len(x), -1).sum(axis=1)
        assert np.allclose(total, found.score - found.baseline_score, atol=2e-3 * np.abs(found.score - found.baseline_score).max() + 1e-5)


def test_the_score_is_the_one_before_the_last_activation(smooth, linear):
    found = saliency(smooth, ROWS)
    assert np.allclose(1 / (1 + np.exp(-found.score)), smooth.predict(ROWS)[:, 0], atol=1e-6)
    assert (saliency(linear, ROWS).target == linear.predict(ROWS).argmax(axis=1)).all()


def test_covering_everything_takes_the_whole_score(pooling):
    found = occlusion(pooling, IMAGES, 1, size=8)
    assert np.allclose(found.values[:, 0, 0, 0], found.score - found.baseline_score, atol=1e-5)
    assert len(np.unique(occlusion(pooling, IMAGES[:1], 1, size=4).values)) == 4


def test_the_class_activation_map_is_grad_cam_where_global_averages_are_weighed(pooling):
    """Zhou's map is Σₖ wₖ Aₖ; Grad-CAM's weights are the mean gradients wₖ / places."""
    cam, grad = class_activation_map(pooling, IMAGES), grad_cam(pooling, IMAGES, rectify=False)
    assert np.allclose(cam.values, 36 * grad.values, rtol=1e-3, atol=1e-5)
    assert cam.values.shape == IMAGES.shape[:3] and (grad_cam(pooling, IMAGES).values >= 0).all()


def test_the_mean_of_the_class_activation_map_is_the_score(pooling):
    same = Sequential([Conv2D(4, 3, padding="same", input_shape=(8, 8, 1)), GlobalAveragePooling2D(), Dense(3, "softmax")], seed=4)
    found = class_activation_map(same, IMAGES, [0, 2])
    assert np.allclose(found.values.mean(axis=(1, 2)) + same.get_weights()[3][[0, 2]], found.score, atol=1e-5)


def test_attributions_are_drawn_and_told(linear, pooling):
    for found in (saliency(linear, ROWS[0]), saliency(pooling, IMAGES), grad_cam(pooling, IMAGES, layer="conv2d")):
        assert len(found.figure().axes) == 2 and set(found.to_dict()) >= {"method", "values", "target"}


def test_what_cannot_be_asked_is_refused(linear, smooth, pooling):
    with pytest.raises(ArgumentError, match="no convolution"):
        grad_cam(linear, ROWS)
    with pytest.raises(ArgumentError, match=r"no layer named 'conv' gives an image(.|\n)*'conv2d'"):
        grad_cam(pooling, IMAGES, layer="conv")
    with pytest.raises(ArgumentError, match=r"ends in GlobalAveragePooling2D and Dense, this one in Flatten and Dense(.|\n)*grad_cam"):
        class_activation_map(Sequential([Conv2D(1, 3, input_shape=(4, 4, 1)), MaxPooling2D(2), Flatten(), Dense(2)]), IMAGES[:, :4, :4])
    with pytest.raises(ArgumentError, match="no output 4"):
        saliency(linear, ROWS, 4)
    with pytest.raises(ShapeError, match="the baseline has shape"):
        integrated_gradients(smooth, ROWS, baseline=np.ones(4))
    with pytest.raises(ArgumentError, match="does not fit"):
        occlusion(smooth, ROWS, size=6)
    with pytest.raises(NotReadyError, match="be asked what counts"):
        saliency(Sequential([Dense(2)]), ROWS)
    with pytest.raises(DataError, match="no gradient at codes"):
        saliency(Sequential([Embedding(5, 2, input_shape=(3,)), Flatten(), Dense(2)]), np.array([[1, 2, 3]]))
    assert jnp.shape(saliency(linear, ROWS[0]).values) == (1, 5)
