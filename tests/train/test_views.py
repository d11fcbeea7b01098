"""Test-time augmentation: which views are taken, and that the answers are averaged."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.layers import Conv2D, Dense, Flatten, GlobalAveragePooling2D, RandomCrop
from neuralzoo.models import Sequential
from neuralzoo.utils import predict_augmented, ten_crop, ten_crops

X = np.random.default_rng(0).random((5, 6, 8, 2)).astype(np.float32)


def test_the_ten_crops_are_corners_centre_and_their_mirror_images():
    crops = [np.asarray(view(X)) for view in ten_crops((4, 4))]
    corners = [X[:, :4, :4], X[:, :4, 4:], X[:, 2:, :4], X[:, 2:, 4:], X[:, 1:5, 2:6]]
    for crop, expected in zip(crops, [*corners, *(c[:, :, ::-1] for c in corners)], strict=True):
        np.testing.assert_array_equal(crop, expected)


def test_the_answers_are_averaged():
    model = Sequential([RandomCrop(4, 4), Flatten(), Dense(3, activation="softmax")], seed=2)
    model.build(X)
    answers = [model.predict(np.ascontiguousarray(view(X))) for view in ten_crops(4)]
    averaged = ten_crop(model, X, 4)
    np.testing.assert_allclose(averaged, np.mean(answers, axis=0), rtol=1e-5)
    np.testing.assert_allclose(averaged.sum(axis=1), 1, rtol=1e-5)


def test_mirrored_pictures_get_the_same_answer():
    model = Sequential([Conv2D(3, 3, activation="relu"), GlobalAveragePooling2D(), Dense(2)])
    model.build(X[:, :4, :4])
    np.testing.assert_allclose(ten_crop(model, X, 4), ten_crop(model, X[:, :, ::-1], 4), rtol=1e-4, atol=1e-6)


def test_one_view_is_plain_prediction_and_none_is_refused():
    model = Sequential([Flatten(), Dense(3)])
    np.testing.assert_allclose(predict_augmented(model, X, [lambda x: x]), model.predict(X), rtol=1e-6)
    with pytest.raises(ArgumentError, match="no view"):
        predict_augmented(model, X, [])
    with pytest.raises(ShapeError, match="9 × 9"):
        ten_crop(model, X, 9)
