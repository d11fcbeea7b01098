"""Depthwise and separable convolutions, against full convolutions written out."""

import jax.numpy as jnp
import numpy as np
import pytest

from convolving import ACTIVATIONS, built, convolution, each, images
from neuralzoo.layers import DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D


@pytest.mark.parametrize(
    "layer",
    [
        DepthwiseConv1D(3, padding="causal"),
        DepthwiseConv2D((3, 2), strides=2, padding="same", depth_multiplier=2, activation="relu"),
        DepthwiseConv2D(2, dilation_rate=2, use_bias=False),
    ],
    ids=str,
)
def test_a_depthwise_convolution_filters_each_channel_on_its_own(layer):
    n = 1 if isinstance(layer, DepthwiseConv1D) else 2
    x = images(2, *(8, 7)[:n], 3)
    layer = built(layer, x)
    y = [  # channel by channel, its filters beside each other
        convolution(
            x[..., c : c + 1], layer.depthwise[..., c : c + 1, :], each(layer.strides, n), layer.padding, each(layer.dilation_rate, n)
        )
        for c in range(3)
    ]
    y = np.concatenate(y, axis=-1) + (0 if layer.bias is None else np.asarray(layer.bias))
    np.testing.assert_allclose(layer(jnp.asarray(x)), ACTIVATIONS[layer.activation](y), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "layer", [SeparableConv1D(4, 3, padding="same"), SeparableConv2D(4, 3, depth_multiplier=2, activation="relu")], ids=str
)
def test_a_separable_convolution_is_the_full_one_with_the_product_of_its_kernels(layer):
    n = 1 if isinstance(layer, SeparableConv1D) else 2
    x = images(2, *(8, 7)[:n], 3)
    layer = built(layer, x)
    mixing = np.asarray(layer.pointwise).reshape(3, layer.depth_multiplier, 4)
    kernel = np.einsum("...cm,cmf->...cf", np.asarray(layer.depthwise), mixing)
    y = convolution(x, kernel, (1,) * n, layer.padding, (1,) * n) + np.asarray(layer.bias)
    np.testing.assert_allclose(layer(jnp.asarray(x)), ACTIVATIONS[layer.activation](y), rtol=1e-4, atol=1e-5)
