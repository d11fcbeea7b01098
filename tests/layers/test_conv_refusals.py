"""What convolution layers refuse, and how they say it."""

import jax.numpy as jnp
import numpy as np
import pytest

from convolving import built, size_of
from neuralzoo.core.errors import ArgumentError, NotReadyError, ShapeError
from neuralzoo.layers import Chain, Conv1D, Conv2D, Conv2DTranspose, DepthwiseConv2D, Flatten, MaxPooling2D, SeparableConv2D

REFUSED = [  # what is built, for an input of which shape, and words of the message and its remedy
    (lambda: Conv2D(3, 5), (1, 3, 4, 1), ShapeError, ("Conv2D covers 5 × 5", "3 × 4", "same")),
    (lambda: Conv2D(3, 3, dilation_rate=3, padding=1), (1, 4, 4, 1), ShapeError, ("7 × 7", "2 × 2 cells of padding")),
    (lambda: Conv2D(3, 3), (128, 784), ShapeError, ("Conv2D needs (batch, height, width, channels)", "(128, 784)", "Reshape((28, 28, 1))")),
    (lambda: Conv2D(3, 3), (128, 3072), ShapeError, ("Reshape((32, 32, 3))",)),
    (lambda: Conv2D(3, 3), (128, 28, 28), ShapeError, ("(128, 28, 28)", "x[..., None]", "Reshape((28, 28, 1))")),
    (lambda: Conv1D(3, 3), (128, 20), ShapeError, ("(batch, steps, channels)", "Reshape((20, 1))")),
    (lambda: Conv2D(3, 3), (1, 128, 28, 28, 1), ShapeError, ("(1, 128, 28, 28, 1)", "x.reshape((-1, height, width, channels))")),
    (lambda: Conv2D(4, 3, groups=2), (1, 8, 8, 3), ShapeError, ("3 channels", "2 groups")),
    (lambda: Conv2D(5, 3, groups=2), None, ArgumentError, ("5 filters", "multiple of 2")),
    (lambda: Conv2D(0, 3), None, ArgumentError, ("filters=0", "1 or more")),
    (lambda: Conv2D(2.5, 3), None, ArgumentError, ("filters=2.5",)),
    (lambda: Conv2D(3, 0), None, ArgumentError, ("kernel_size=0", "1 or more")),
    (lambda: Conv2D(3, (3, 3, 3)), None, ArgumentError, ("kernel_size=(3, 3, 3)", "tuple of 2")),
    (lambda: Conv2D(3, "3"), None, ArgumentError, ("kernel_size='3'",)),
    (lambda: Conv2D(3, 3, strides=0), None, ArgumentError, ("strides=0", "1 or more")),
    (lambda: Conv1D(3, 3, strides=-1), None, ArgumentError, ("strides=-1",)),
    (lambda: Conv2D(3, 3, dilation_rate=0), None, ArgumentError, ("dilation_rate=0",)),
    (lambda: Conv2D(3, 3, groups=0), None, ArgumentError, ("groups=0",)),
    (lambda: Conv2D(3, 3, padding="sane"), None, ArgumentError, ("padding='sane'", "Did you mean 'same'?", "valid")),
    (lambda: Conv2D(3, 3, padding="causal"), None, ArgumentError, ("padding='causal'",)),
    (lambda: Conv2D(3, 3, padding=-1), None, ArgumentError, ("padding=-1", "((1, 2), (1, 2))")),
    (lambda: Conv2D(3, 3, data_format="channels_first"), None, ArgumentError, ("channels_first", "last axis", "Permute((2, 3, 1))")),
    (lambda: DepthwiseConv2D(3, depth_multiplier=0), None, ArgumentError, ("depth_multiplier=0",)),
    (lambda: SeparableConv2D(0, 3), None, ArgumentError, ("SeparableConv2D(filters=0)",)),
]  # fmt: skip


@pytest.mark.parametrize(("make", "shape", "kind", "words"), REFUSED)
def test_what_cannot_work_is_refused_with_a_remedy(make, shape, kind, words):
    with pytest.raises(kind) as caught:
        size_of(make(), *(shape or (1, 8, 8, 4)))
    assert caught.value.remedy
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("layer", [Conv2D(3, 2), Conv2DTranspose(3, 2), DepthwiseConv2D(2), SeparableConv2D(3, 2)], ids=str)
def test_other_channels_than_it_was_built_for_are_refused(layer):
    with pytest.raises(ShapeError, match=r"built for 4 channels but was given 3[^$]*remedy"):
        built(layer, np.zeros((1, 6, 6, 4), np.float32))(jnp.zeros((1, 6, 6, 3)))
    with pytest.raises(NotReadyError, match="never built"):
        layer(jnp.zeros((1, 6, 6, 4)))


def test_an_error_inside_a_network_shows_the_way_there():
    net = Chain([Conv2D(8, 3), MaxPooling2D(), Conv2D(8, 3), Conv2D(8, 5), Flatten()])
    with pytest.raises(ShapeError) as caught:
        size_of(net, 128, 10, 10, 1)
    message = str(caught.value)
    assert "layer 4 of 5, Conv2D(filters=8, kernel_size=5)" in message and "2 × 2" in message
    shapes = ["(128, 10, 10, 1)", "Conv2D (128, 8, 8, 8)", "MaxPooling2D (128, 4, 4, 8)", "Conv2D (128, 2, 2, 8)"]
    assert [message.index(shape) for shape in shapes] == sorted(message.index(shape) for shape in shapes)
