"""The drawing shows every layer, folds what repeats, and is a figure of its own."""

import xml.etree.ElementTree as ElementTree
from typing import Any, NamedTuple

import jax
import pytest

from neuralzoo import architectures
from neuralzoo.cli.train import summary
from neuralzoo.core.errors import ArgumentError, NotReadyError
from neuralzoo.inspect.anatomy import Fork, Group, Volume, anatomy, names
from neuralzoo.inspect.canvas import DARK
from neuralzoo.inspect.drawing import WIDTH, draw
from neuralzoo.inspect.style import STYLE
from neuralzoo.layers import LSTM, Chain, Conv2D, Dense, Dropout, Graph, Node, Parallel, Residual
from neuralzoo.models import Sequential
from neuralzoo.utils import plot_model

SVG = "{http://www.w3.org/2000/svg}"


def drawn(model):
    return ElementTree.fromstring(draw(model))


def words(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def odd():
    """A bit of everything, with names that XML must escape."""
    wires = Graph(
        [Node(Dense(3), name="hidden"), Node(Dense(4), "hidden", name="more"), Node(Dense(2), ("input", "hidden", "more"), name="sum")],
        name="wires",
    )
    layers = [
        LSTM(4, return_sequences=True, input_shape=(6, 3)),
        Residual(Chain([Dense(4), Dropout(0.1)]), name="around"),
        Parallel([Dense(2), Parallel([Dense(1), Dense(1)]), Chain()], name="beside"),
        wires,
        Dense(5, name='a <b> & "c"'),
        Chain([Dense(3), Dense(3)], name="inner"),
    ]
    return Sequential(layers, name="odd <one>")


class Shown(NamedTuple):
    model: Any
    parts: list[Volume]
    root: ElementTree.Element


@pytest.fixture(scope="module", params=["lenet5", "vgg16", "googlenet", "resnet18", "unet", "odd"])
def shown(request):
    model = odd() if request.param == "odd" else architectures.catalogue[request.param]()
    return Shown(model, anatomy(*model.outlook()), drawn(model))


def test_every_layer_of_the_first_level_is_named_in_valid_xml(shown):
    said = "\n".join(element.text or "" for element in shown.root.iter())
    told = list(names(shown.parts))
    for name in shown.model.names():
        assert name in said and name in told


def test_nothing_is_drawn_outside_the_figure(shown):
    root = shown.root
    _, _, width, height = map(float, root.get("viewBox", "").split())
    assert width >= WIDTH
    for text in root.iter(f"{SVG}text"):
        x, y, room = float(text.get("x", "")), float(text.get("y", "")), 5.0 * len(text.text or "")
        left = x - {"start": 0, "middle": room / 2, "end": room}[text.get("text-anchor", "")]
        assert left >= 0 and left + room <= width + 1 and 0 < y < height
    for shape in root.iter(f"{SVG}polygon"):
        points = [tuple(map(float, pair.split(","))) for pair in shape.get("points", "").split()]
        assert all(0 <= x <= width and 0 <= y <= height for x, y in points)


def test_the_drawing_is_the_same_each_time_and_of_its_own_style():
    first = draw(architectures.lenet5())
    assert first == draw(architectures.lenet5())
    own = ElementTree.fromstring(first).get("class")
    assert f".{own} " in first and own != drawn(architectures.mnist_cnn()).get("class")


def test_the_parameters_of_the_parts_are_those_of_the_network(shown):
    assert sum(part.parameters * len(part.names) for part in shown.parts) == shown.model.count_params()


def test_equal_blocks_are_folded_and_counted():
    parts = anatomy(*architectures.resnet34().outlook())
    folds = [(part.names[0], len(part.names)) for part in parts if isinstance(part, Group)]
    assert folds == [("conv2_1", 3), ("conv3_1", 1), ("conv3_2", 3), ("conv4_1", 1), ("conv4_2", 5), ("conv5_1", 1), ("conv5_2", 2)]
    said = words(drawn(architectures.resnet34()))
    assert [word for word in said if word and word.startswith("×")] == ["×3", "×3", "×5", "×2"]


def test_a_projection_is_a_dashed_arc_and_an_identity_a_whole_one():
    for shortcut, dashes in ((None, 0), (Dense(5), 1)):
        root = drawn(Sequential([Residual([Dense(5)], shortcut, input_shape=(5,))]))
        assert len([path for path in root.iter(f"{SVG}path") if path.get("stroke-dasharray")]) == dashes


def test_an_inception_module_shows_its_four_branches():
    image = jax.ShapeDtypeStruct((1, 8, 8, 3), "float32")
    module = Sequential([architectures.inception("mixed", (4, 2, 4, 2, 4, 2))])
    (module,) = anatomy(jax.eval_shape(lambda key: module.net.build(image, key), jax.random.key(0)), image)[1:]
    assert isinstance(module, Fork)
    assert [[volume.names[0] for volume in branch] for branch in module.branches] == [
        ["1x1"],
        ["3x3_reduce", "3x3"],
        ["5x5_reduce", "5x5"],
        ["pool", "pool_proj"],
    ]


def test_a_larger_image_is_drawn_taller_and_more_channels_thicker():
    def front(size, filters):
        root = drawn(Sequential([Conv2D(filters, 1, input_shape=(size, size, 1))]))
        corners = [p.get("points", "").split() for p in root.iter(f"{SVG}polygon")][-1]
        (x, y), _, (x2, y2), _ = (tuple(map(float, corner.split(","))) for corner in corners)
        return x2 - x, y2 - y

    assert front(64, 8)[1] > front(32, 8)[1] > front(4, 8)[1]
    assert front(32, 64)[0] > front(32, 8)[0]
    assert front(256, 8)[1] < 2 * front(32, 8)[1], "by the logarithm"


def test_a_recurrent_layer_has_a_loop():
    with_loop, without = (drawn(Sequential([layer])) for layer in (LSTM(4, input_shape=(6, 3)), Dense(4, input_shape=(6, 3))))
    loops = [[path for path in root.iter(f"{SVG}path") if "C" in path.get("d", "")] for root in (with_loop, without)]
    assert list(map(bool, loops)) == [True, False]


def test_light_and_dark_know_the_same_colours_and_say_them_in_words():
    assert DARK.keys() == STYLE.keys()
    svg = draw(architectures.lenet5())
    assert "prefers-color-scheme:dark" in svg and all(f"--nz-{name}," in svg for name in STYLE)
    assert {"convolution", "pooling", "dense"} <= set(words(ElementTree.fromstring(svg)))


def test_drawing_computes_nothing_but_shapes():
    model = architectures.vgg19()
    draw(model)
    assert not jax.tree.leaves(model.net)


def test_a_network_without_a_shape_is_not_drawn():
    with pytest.raises(NotReadyError, match="shape"):
        draw(Sequential([Dense(3)]))


def test_the_command_line_shows_and_draws_an_architecture(tmp_path, capsys):
    summary("lenet5", edition="small", figure=str(tmp_path / "net.svg"))
    told = capsys.readouterr().out
    assert "61,706" in told and "net.svg" in told
    assert ElementTree.parse(tmp_path / "net.svg").getroot().tag == f"{SVG}svg"
    with pytest.raises(ArgumentError) as caught:
        summary("lenet6", edition="small", figure=None)
    assert "lenet5" in caught.value.remedy


def test_plot_model_writes_the_drawing_for_a_browser_and_a_notebook(tmp_path):
    model = architectures.lenet5()
    shown = plot_model(model, to_file=tmp_path / "net.svg", show_shapes=True)
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == shown == draw(model)._repr_svg_()
    with pytest.raises(ArgumentError) as caught:
        plot_model(model, "net.png")
    assert "net.svg" in caught.value.remedy
