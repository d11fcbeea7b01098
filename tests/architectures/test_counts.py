"""Every architecture has the number of parameters that its authors, or the library that made it common, have counted."""

import math

import jax
import pytest

from neuralzoo import architectures
from neuralzoo.architectures import catalogue
from neuralzoo.architectures.googlenet import MODULES
from neuralzoo.core.record import split
from neuralzoo.layers import Parallel

PUBLISHED = {  # numbers to learn
    "alexnet": 61_100_840,  # torchvision
    "googlenet": 6_998_552,  # Caffe's bvlc_googlenet without its auxiliary heads
    "lenet5": 60_000,  # LeCun et al. 1998, the sum of the layers' own figures
    "mnist_cnn": 1_199_882,  # Keras's example
    "vgg11": 132_863_336,  # torchvision, as are the next three; Simonyan and Zisserman 2015 have 133, 133, 138, 144 million
    "vgg13": 133_047_848,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "resnet18": 11_689_512,  # torchvision, as are the next four
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
}
MILLIONS = {"resnet20": 0.27, "resnet32": 0.46, "resnet56": 0.85, "resnet110": 1.7}  # He et al. 2016, table 6


def planned(model):
    """The network with shapes for arrays, and the shape of its output."""
    net, spec = model.outlook()
    return net, jax.eval_shape(lambda net, x: net(x), net, spec).shape


def count(net) -> int:
    return sum(math.prod(a.shape) for a in jax.tree.leaves(split(net)[0]))


def layer(model, name):
    return next(layer for layer in model.outlook()[0].layers if layer.name == name)


DEEP = {"resnet101", "resnet152", "resnet110"}  # half a minute of shapes


def some(names):
    return [pytest.param(name, marks=pytest.mark.slow if name in DEEP else ()) for name in sorted(names)]


@pytest.mark.parametrize("name", some(PUBLISHED))
def test_the_full_edition_has_the_published_number_of_parameters(name):
    model = catalogue[name]()
    net, shape = planned(model)
    assert count(net) == PUBLISHED[name]
    assert shape == (1, 1000 if model.net.layers[0].shape[-1] == 3 else 10)
    assert not jax.tree.leaves(model.net), "nothing was allocated"


@pytest.mark.parametrize("name", some(MILLIONS))
def test_the_networks_for_cifar_have_the_papers_number_of_parameters(name):
    net, shape = planned(catalogue[name]())
    assert round(count(net) / 1e6, 2 if count(net) < 1e6 else 1) == MILLIONS[name]
    assert shape == (1, 10)


def test_the_two_towers_of_alexnet_have_fewer_weights_than_one():
    """Caffe's bvlc_alexnet: 60,965,224; each grouped convolution has half the weights of a whole one."""
    assert count(planned(architectures.alexnet(towers=2))[0]) == 60_965_224
    assert layer(architectures.alexnet(towers=2), "conv2").kernel.shape == (5, 5, 48, 256)
    assert layer(architectures.alexnet(towers=2), "conv3").kernel.shape == (3, 3, 256, 384)


def test_the_layers_of_lenet_have_the_papers_numbers():
    net = planned(architectures.lenet5())[0]
    assert [count(layer) for layer in net.layers if count(layer)] == [156, 12, 1_516, 32, 48_120, 10_164]


def test_the_table_of_lenet_makes_sixty_connections_of_ten_kinds_of_neighbourhood():
    table = layer(architectures.lenet5(), "C3").table
    assert [len(row) for row in table] == [3] * 6 + [4] * 9 + [6]
    assert len(set(table)) == 16
    assert [sum(channel in row for row in table) for channel in range(6)] == [10] * 6, "each map of S2 feeds ten of C3"


def test_a_plain_network_has_its_twins_parameters_where_shortcuts_have_none():
    plain, residual = (planned(architectures.cifar_resnet(20, shortcuts=s))[0] for s in (None, "identity"))
    assert count(plain) == count(residual)


def test_plain34_lacks_only_the_projections_of_resnet34():
    projections = sum(i * o + 2 * o for i, o in ((64, 128), (128, 256), (256, 512)))
    plain, residual = (count(planned(catalogue[name]())[0]) for name in ("plain34", "resnet34"))
    assert residual - plain == projections
    assert count(planned(architectures.resnet34(shortcuts="identity"))[0]) == plain


def test_projections_everywhere_cost_more_than_projections_where_shapes_change():
    counts = [count(planned(architectures.resnet18(shortcuts=s))[0]) for s in ("identity", "projection", "projections")]
    assert counts == sorted(set(counts))


def test_the_depth_of_a_network_is_the_number_of_its_weight_layers():
    for name, depth in (("resnet34", 34), ("plain34", 34), ("resnet50", 50), ("plain20", 20), ("vgg16", 16), ("vgg19", 19)):
        net = planned(catalogue[name]())[0]
        kernels = [path for path, _ in jax.tree_util.tree_flatten_with_path(net)[0] if path[-1].name == "kernel"]
        projections = [path for path in kernels if any(getattr(key, "name", "") == "shortcut" for key in path)]
        assert len(kernels) - len(projections) == depth


def test_the_u_net_of_the_paper_takes_572_pixels_to_388_with_its_parameters():
    def conv(size, before, after):
        return size * size * before * after + after

    widths = [64, 128, 256, 512, 1024]
    down = sum(conv(3, a, b) + conv(3, b, b) for a, b in zip([1, *widths], widths, strict=False))
    up = sum(conv(2, 2 * w, w) + conv(3, 2 * w, w) + conv(3, w, w) for w in widths[:-1])
    net, shape = planned(architectures.unet())
    assert shape == (1, 388, 388, 2)
    assert count(net) == down + up + conv(1, 64, 2) == 31_030_658


def test_googlenet_has_22_layers_of_weights_and_a_ninth_of_alexnets_parameters():
    """The lectures say a twelfth: Szegedy et al. count 5 million, and 60 for AlexNet; by table 1 of theirs it is 7 million."""
    net = planned(architectures.googlenet())[0]
    kinds = [type(part).__name__ for part in net.layers]
    assert kinds.count("Conv2D") + 2 * kinds.count("Parallel") + kinds.count("Dense") == 22
    assert 8 < PUBLISHED["alexnet"] / count(net) < 9


def test_naive_inception_makes_channels_without_end():
    """The lectures: «an exploding number of outputs», since the pool passes on every channel it gets."""

    def channels(kind):
        net, spec = architectures.googlenet(inception=kind).outlook()
        seen = []
        for part in net.layers:
            spec = jax.eval_shape(lambda part, x: part(x), part, spec)
            seen += [spec.shape[-1]] if isinstance(part, Parallel) else []
        return seen

    growth = [one + three + five for one, _, three, _, five, _ in MODULES.values()]
    naive = channels("naive")
    assert naive == [192 + sum(growth[: i + 1]) for i in range(9)]
    assert channels("smart") == [256, 480, 512, 512, 512, 528, 832, 832, 1024]
    assert naive[-1] > 4 * 1024


def test_the_naive_module_of_256_channels_makes_672():
    """128 of 1 × 1, 192 of 3 × 3, 96 of 5 × 5 and the 256 that the pool passes on; with 64 behind the pool it is 480."""
    x = jax.ShapeDtypeStruct((1, 28, 28, 256), "float32")
    for kind, after in (("naive", 672), ("smart", 480)):
        module = architectures.inception("module", (128, 64, 192, 64, 96, 64), kind)
        built = jax.eval_shape(lambda key, module=module: module.build(x, key), jax.random.key(0))
        assert jax.eval_shape(lambda net, x: net(x), built, x).shape == (1, 28, 28, after)
