"""Convolutional networks of the zoo: the same as in architectures, with what their layers find and what comes back to them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo import architectures
from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.zoo import DeepConvolutionalNetwork, InceptionNetwork, ResidualNetwork

X = np.random.default_rng(5).random((6, 8, 8, 1), np.float32)
Y = np.arange(6) % 3


@pytest.fixture(scope="module")
def residual():
    net = ResidualNetwork(8, 2)
    net.meet(X, Y)
    return net


def test_a_network_by_name_is_the_one_of_architectures():
    net, plain = DeepConvolutionalNetwork(seed=4), architectures.mnist_cnn((8, 8, 1), 3, edition="small", seed=4)
    net.meet(X, Y)
    assert net.count_params() == plain.count_params()
    assert [type(layer) for layer in net.layers] == [type(layer) for layer in plain.layers[1:]]
    maps = net.feature_maps(X)
    kernel, bias = net.get_weights()[:2]
    patches = np.lib.stride_tricks.sliding_window_view(X[..., 0], (3, 3), axis=(1, 2))
    wanted = np.maximum(np.einsum("nhwij,ijf->nhwf", patches, kernel[:, :, 0]) + bias, 0)
    np.testing.assert_allclose(maps[0], wanted, rtol=1e-4, atol=1e-5)


def test_a_residual_network_is_6n_and_2_layers_deep(residual):
    assert residual.count_params() == architectures.cifar_resnet(8, (8, 8, 1), 3, width=2).count_params()
    assert residual.gradient_norms(X, Y).shape == (7,)


def test_gradient_norms_are_those_of_the_cross_entropy(residual):
    def loss(kernel):
        first, *others = residual.net.layers
        answer, _ = residual.net.set(layers=(first.set(kernel=kernel), *others)).forward(jnp.asarray(X), jax.random.key(0))
        return -jnp.log(answer[jnp.arange(6), Y]).mean()

    wanted = jnp.linalg.norm(jax.grad(loss)(residual.net.layers[0].kernel))
    np.testing.assert_allclose(residual.gradient_norms(X, Y)[0], wanted, rtol=1e-4)


def test_what_shortcuts_carry_is_missing_where_they_are_cut(residual):
    norms, cut = residual.gradient_norms(X, Y), residual.gradient_norms(X, Y, cut=True)
    assert cut.shape == norms.shape and not np.allclose(cut, norms, rtol=0.1)


def test_the_branches_of_a_module_stand_side_by_side():
    net = InceptionNetwork(((2, 2, 3, 1, 2, 1), (1, 1, 1, 1, 1, 1)), 4)
    net.meet(X, Y)
    found = net.branches(X)
    assert [maps.shape for maps in found.values()] == [(6, 8, 8, n) for n in (2, 3, 2, 1)]
    module, first = net.net.layers[1], net.net.layers[0]
    np.testing.assert_allclose(np.concatenate(list(found.values()), -1), module(first(jnp.asarray(X))), rtol=1e-4, atol=1e-5)
    with pytest.raises(ArgumentError, match="no module 2"):
        net.branches(X, 2)


def test_what_cannot_be_is_refused(residual):
    for make in (lambda: InceptionNetwork(()), lambda: InceptionNetwork(((1, 2),)), lambda: ResidualNetwork(9)):
        with pytest.raises(ArgumentError) as caught:
            make()
        assert caught.value.remedy
    with pytest.raises(ArgumentError, match="lenet"):
        DeepConvolutionalNetwork("lenet")
    with pytest.raises(DataError, match="height, width"):
        residual.fit(X[..., 0], Y)
    with pytest.raises(DataError, match="classes"):
        residual.fit(X, X[:, 0, 0, 0])
