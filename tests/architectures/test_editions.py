"""Editions, sizes, and that the small networks learn."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo import architectures
from neuralzoo.architectures import catalogue
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.record import split, walk
from neuralzoo.layers import Dropout, LocalResponseNormalization, PaddedIdentity
from neuralzoo.layers.lenet import C3, CodeDistance, Subsampling2D, TableConv2D, digit_codes
from neuralzoo.optimizers import SGD


def output_shape(model):
    net, spec = model.outlook()
    return jax.eval_shape(lambda net, x: net(x), net, spec).shape


@pytest.mark.parametrize("size", [28, 32])
@pytest.mark.parametrize("name", ["alexnet", "googlenet", "lenet5", "mnist_cnn", "unet", "vgg16", "resnet18", "plain20"])
def test_the_small_edition_takes_images_of_28_and_of_32_pixels(name, size):
    model = catalogue[name](input_shape=(size, size, 1), classes=7, edition="small")
    assert output_shape(model) == ((1, size, size, 7) if name == "unet" else (1, 7))


@pytest.mark.parametrize("name", sorted(catalogue))
def test_every_architecture_has_the_same_front(name):
    for edition in ("full", "small"):
        model = catalogue[name](edition=edition, seed=3)
        assert model.seed == 3 and not model.built and not jax.tree.leaves(model.net)
        assert model.net.layers[0].name is None and len(model.net.layers[0].shape) == 3
    given = catalogue[name](classes=4, edition="small")
    last = given.net.layers[-1]
    assert 4 in (getattr(last, "units", None), getattr(last, "filters", None))


def test_a_model_makes_its_arrays_when_they_are_first_needed():
    model = architectures.lenet5(edition="small", seed=1)
    model.compile("adam", "sparse_categorical_crossentropy")
    assert not model.built
    assert model.predict(np.zeros((3, 32, 32, 1), np.float32)).shape == (3, 10)
    assert model.built
    again = architectures.lenet5(edition="small", seed=1)
    weights = again.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(weights, model.get_weights(), strict=True))


def test_images_of_another_shape_are_refused_by_the_input():
    model = architectures.lenet5(edition="small")
    with pytest.raises(ShapeError, match=r"\(32, 32, 1\)"):
        model.predict(np.zeros((2, 32, 32, 3), np.float32))


TINY = {
    "lenet5": lambda: architectures.lenet5(input_shape=(16, 16, 1), classes=3),
    "resnet": lambda: architectures.cifar_resnet(8, (8, 8, 1), 3, width=4),
    "unet": lambda: architectures.unet((8, 8, 1), 3, edition="small", depth=1, width=4),
}


@pytest.mark.parametrize("name", sorted(TINY))
def test_small_networks_learn(name):
    model = TINY[name]()
    shape = model.net.layers[0].shape
    x = jax.random.normal(jax.random.key(1), (6, *shape))
    y = np.arange(6) % 3
    y = np.broadcast_to(y[:, None, None], (6, *shape[:2])) if name == "unet" else y
    model.compile(SGD(0.001 if name == "lenet5" else 0.02), "sparse_categorical_crossentropy")
    losses = model.fit(x, y, batch_size=6, epochs=6, verbose=0).history["loss"]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]


@pytest.mark.parametrize(
    ("make", "smallest"),
    [
        (lambda n: architectures.mnist_cnn((n, n, 1)), 6),
        (lambda n: architectures.vgg11((n, n, 3)), 32),
        (lambda n: architectures.alexnet((n, n, 3)), 63),
        (lambda n: architectures.alexnet((n, n, 3), towers=2), 67),
        (lambda n: architectures.alexnet((n, n, 3), edition="small"), 15),
    ],
)
def test_an_image_that_is_too_small_is_told_the_smallest_that_is_not(make, smallest):
    assert output_shape(make(smallest))[0] == 1
    with pytest.raises(ShapeError) as caught:
        make(smallest - 1)
    said = str(caught.value)
    assert f"{smallest} × {smallest}" in caught.value.remedy
    assert f"{smallest - 1} × {smallest - 1}" in said and "layer" in caught.value.where


def test_the_networks_that_average_over_space_take_an_image_of_any_size():
    for name in ("googlenet", "resnet18"):
        assert output_shape(catalogue[name](input_shape=(1, 5, 2), classes=3)) == (1, 3)
    assert output_shape(architectures.vgg11((1, 3, 1), 2, edition="small")) == (1, 2)


def test_lenet_pads_small_images_to_its_32_pixels():
    assert output_shape(architectures.lenet5((27, 20, 1))) == (1, 10)


@pytest.mark.parametrize(("padding", "size", "near"), [("same", 30, "28 and 32"), ("valid", 570, "556 and 572")])
def test_a_u_net_names_the_sides_that_halve(padding, size, near):
    with pytest.raises(ShapeError, match=near) as caught:
        architectures.unet((size, size, 1), padding=padding, depth=2 if padding == "same" else 4)
    assert "level" in caught.value.what


def test_every_side_that_a_u_net_accepts_is_copied_and_cropped_without_a_rest():
    accepted = []
    for size in range(1, 60):
        try:
            model = architectures.unet((size, 44, 1), depth=2, padding="valid", width=1)
        except ShapeError:
            continue
        accepted.append(size)
        assert output_shape(model) == (1, size - 40, 4, 2)
    assert accepted == [44, 48, 52, 56]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: architectures.vgg16(edition="tiny"),
        lambda: architectures.vgg16((32, 32)),
        lambda: architectures.vgg16((32, 32, 0)),
        lambda: architectures.vgg16(classes=0),
        lambda: architectures.alexnet(towers=3),
        lambda: architectures.googlenet(inception="clever"),
        lambda: architectures.lenet5(connections="random"),
        lambda: architectures.lenet5(output="sofmax"),
        lambda: architectures.resnet18(shortcuts="none"),
        lambda: architectures.cifar_resnet(21),
        lambda: architectures.unet(padding="full"),
        lambda: architectures.unet(depth=0),
        lambda: architectures.resnet18(width=0),
    ],
)
def test_a_wrong_argument_is_named_with_the_right_ones(wrong):
    with pytest.raises(ArgumentError) as caught:
        wrong()
    assert caught.value.remedy


def test_dropout_is_where_the_papers_have_it():
    def rates(name):
        return [record.rate for record in walk(catalogue[name]().net) if isinstance(record, Dropout)]

    assert rates("alexnet") == rates("vgg16") == [0.5, 0.5]
    assert rates("googlenet") == [0.4]
    assert rates("mnist_cnn") == [0.25, 0.5]
    assert rates("resnet34") == []


def test_a_padded_identity_is_the_image_thinned_out_with_zeros_behind_and_nothing_to_learn():
    x = jax.random.normal(jax.random.key(0), (2, 5, 4, 3))
    layer = PaddedIdentity(7, strides=2).build(x, jax.random.key(0))
    y = layer(x)
    assert not jax.tree.leaves(layer)
    np.testing.assert_array_equal(y[..., :3], x[:, ::2, ::2])
    assert y.shape == (2, 3, 2, 7) and not y[..., 3:].any()
    with pytest.raises(ShapeError, match="3"):
        PaddedIdentity(2).build(x, jax.random.key(0))


def test_response_normalisation_divides_by_the_neighbours_and_not_beyond_the_edge():
    x = np.asarray(jax.random.normal(jax.random.key(0), (2, 3, 7)))
    expected = np.empty_like(x)
    for i in range(7):
        near = x[..., max(0, i - 2) : i + 3]
        expected[..., i] = x[..., i] / (2 + 0.1 * (near**2).sum(-1)) ** 0.75
    np.testing.assert_allclose(LocalResponseNormalization(alpha=0.1)(jnp.asarray(x)), expected, rtol=1e-5)


def test_a_convolution_by_table_is_a_sum_over_the_channels_it_names():
    x = jax.random.normal(jax.random.key(0), (1, 4, 5, 3))
    layer = TableConv2D(((0, 2), (1,)), (2, 3)).build(x, jax.random.key(1))
    assert layer.kernel.shape == (2, 3, 3)
    expected = np.zeros((1, 3, 3, 2))
    for i in range(3):
        for j in range(3):
            patch = np.asarray(x)[0, i : i + 2, j : j + 3]
            expected[0, i, j, 0] = (patch[..., [0, 2]] * np.asarray(layer.kernel)[..., :2]).sum()
            expected[0, i, j, 1] = (patch[..., 1] * np.asarray(layer.kernel)[..., 2]).sum()
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("table", [((0, 6),), ((0,), ()), ((1, 1),), ((-1,),)])
def test_a_table_that_does_not_fit_its_input_is_refused(table):
    with pytest.raises(ShapeError, match="table"):
        TableConv2D(table, 3).build(jax.ShapeDtypeStruct((1, 8, 8, 6), jnp.float32), jax.random.key(0))


def test_a_map_by_table_does_not_depend_on_the_maps_it_does_not_see():
    x = jax.random.normal(jax.random.key(0), (1, 6, 6, 6))
    layer = TableConv2D(C3, 5).build(x, jax.random.key(1))
    seen = [jnp.any(layer(x.at[..., channel].add(1.0)) != layer(x), (0, 1, 2)) for channel in range(6)]
    assert [tuple(np.flatnonzero(row)) for row in np.stack(seen, 1)] == list(C3)


def test_learned_subsampling_begins_as_an_average_and_learns_two_numbers_a_map():
    x = jax.random.normal(jax.random.key(0), (2, 4, 6, 3))
    layer = Subsampling2D().build(x, jax.random.key(0))
    np.testing.assert_allclose(layer(x), np.asarray(x).reshape(2, 2, 2, 3, 2, 3).mean((2, 4)), rtol=1e-5, atol=1e-6)
    assert sum(a.size for a in jax.tree.leaves(layer)) == 6


def test_the_nearest_code_has_the_greatest_output_and_codes_do_not_learn():
    codes = digit_codes()
    assert codes.shape == (10, 84) and set(np.unique(codes)) == {-1.0, 1.0}
    layer = CodeDistance(10, activation=None).build(jnp.zeros((1, 84)), jax.random.key(0))
    noisy = codes + 0.3 * np.asarray(jax.random.normal(jax.random.key(2), codes.shape))
    assert layer(jnp.asarray(noisy)).argmax(-1).tolist() == list(range(10))
    np.testing.assert_allclose(layer(jnp.asarray(noisy)), -((noisy[:, None] - codes[None]) ** 2).sum(-1), rtol=1e-4)
    assert not jax.tree.leaves(split(layer)[0])
