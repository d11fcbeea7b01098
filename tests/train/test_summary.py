"""The summary counts what is there, and computes nothing but shapes."""

import jax
import jax.numpy as jnp
import pytest

from neuralzoo.core.layer import Layer
from neuralzoo.core.record import part
from neuralzoo.layers import BatchNormalization, Chain, Dense, Dropout, Embedding, Flatten, Graph, Node, Parallel, Residual
from neuralzoo.train.model import Model
from neuralzoo.train.sequential import Sequential
from neuralzoo.train.summary import Row, summary_rows, summary_text


def spec(*shape, dtype=jnp.float32):
    return jax.ShapeDtypeStruct((1, *shape), dtype)


def parameters(*layers, inputs):
    return [row.parameters for row in summary_rows(Chain(layers), spec(inputs))]


def test_the_net_10_2_1_of_the_lectures_has_25_parameters():
    assert parameters(Dense(2, activation="tanh"), Dense(1), inputs=10) == [22, 3]
    assert Sequential([Dense(2, input_shape=(10,)), Dense(1)]).count_params() == 25


def test_the_net_10_25_25_1_of_the_lectures_has_951_parameters():
    assert sum(parameters(Dense(25), Dense(25), Dense(1), inputs=10)) == 951


def test_the_drawing_of_the_lectures_has_12_then_20_then_25_weights():
    layers = [Dense(units, use_bias=False) for units in (4, 5, 5)]
    assert parameters(*layers, inputs=3) == [12, 20, 25]


def test_a_network_larger_than_any_memory_is_summarised():
    rows = summary_rows(Chain([Dense(10**7), Residual([Dense(10**7)]), Dense(10**7)]), spec(10**7))
    assert [row.parameters for row in rows] == [10**14 + 10**7] * 4
    assert rows[1].shape == (None, 10**7)


def test_nested_layers_follow_their_composite_one_step_deeper():
    net = Chain(
        [
            Parallel([Dense(3), Chain([Dense(2), Dropout(0.5)], name="branch")]),
            Residual([Dense(5)], Dense(5, use_bias=False)),
            Residual(Dense(5, name="only")),
            Graph([Node(Dense(3), name="h"), Node(Dense(2), ("input", "h"))]),
        ]
    )
    assert summary_rows(net, spec(4)) == [
        Row("parallel", "Parallel", (None, 5), 25, 25, 0),
        Row("dense", "Dense", (None, 3), 15, 15, 1),
        Row("branch", "Chain", (None, 2), 10, 10, 1),
        Row("dense", "Dense", (None, 2), 10, 10, 2),
        Row("dropout", "Dropout", (None, 2), 0, 0, 2),
        Row("residual", "Residual", (None, 5), 55, 55, 0),
        Row("dense", "Dense", (None, 5), 30, 30, 1),
        Row("shortcut", "Dense", (None, 5), 25, 25, 1),
        Row("residual_1", "Residual", (None, 5), 30, 30, 0),
        Row("only", "Dense", (None, 5), 30, 30, 1),
        Row("graph", "Graph", (None, 2), 36, 36, 0),
        Row("h", "Dense", (None, 3), 18, 18, 1),
        Row("node_2", "Dense", (None, 2), 18, 18, 1),
    ]


class Twice(Layer):
    """A composite that the summary knows nothing of."""

    inner: Layer = part()

    def build(self, x, key):
        return self.set(inner=self.inner.build(x, key))

    def __call__(self, x):
        return {"once": self.inner(x), "twice": self.inner(self.inner(x))}


def test_a_composite_of_your_own_lists_its_layers_and_a_tree_of_outputs_a_tree_of_shapes():
    assert summary_rows(Twice(Dense(4)), spec(4)) == [
        Row("twice", "Twice", {"once": (None, 4), "twice": (None, 4)}, 20, 20, 0),
        Row("dense", "Dense", None, 20, 20, 1),
    ]


def test_frozen_and_running_numbers_are_not_trainable():
    net = Chain([Residual([Dense(4)], trainable=False), BatchNormalization(), Dense(2, trainable=False)])
    assert [(row.parameters, row.trainable) for row in summary_rows(net, spec(4))] == [(20, 0), (20, 0), (16, 8), (10, 0)]
    assert [row.trainable for row in summary_rows(net.set(trainable=False), spec(4))] == [0, 0, 0, 0]


def test_integers_in_and_any_number_of_axes_out():
    rows = summary_rows(Chain([Embedding(9, 3), Flatten(), Dense(1)]), spec(5, dtype=jnp.int32))
    assert [row.shape for row in rows] == [(None, 5, 3), (None, 15), (None, 1)]


def test_built_arrays_are_taken_as_they_are():
    dense = Dense(2).set(kernel=jnp.ones((4, 7)), bias=jnp.ones(7))
    assert summary_rows(dense, spec(4), built=True)[0] == Row("dense", "Dense", (None, 7), 35, 35, 0)


def test_the_names_are_those_of_the_model():
    model = Sequential([Dense(2, input_shape=(3,)), Dropout(0.1), Dense(2, name="mine"), Dense(1)])
    assert [row.name for row in summary_rows(model.net, model.input)] == model.names()


def test_the_text_of_a_small_net():
    model = Sequential([Dense(2, activation="tanh", input_shape=(10,)), Dense(1)], name="lecture")
    rule = " " + "-" * 78
    lines = [line for line in summary_text(model).splitlines() if line]
    assert lines[0] == 'Model: "lecture"'
    assert lines[1].split() == ["Layer", "(type)", "Output", "Shape", "Param", "#"]
    assert lines[2] == rule
    assert lines[3].split() == ["dense", "(Dense)", "(None,", "2)", "22"]
    assert lines[4].split() == ["dense_1", "(Dense)", "(None,", "1)", "3"]
    assert lines[5:] == ["Total params: 25 (100.00 B)", "Trainable params: 25 (100.00 B)", "Non-trainable params: 0 (0.00 B)"]


def test_the_text_is_plain_and_fits_80_columns(capsys):
    model = Sequential([Dense(512, input_shape=(784,), name="a [red]name[/red] " + "x" * 90), BatchNormalization(), Dense(10)])
    model.summary()
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert text.isascii()
    assert "\x1b" not in text
    assert "[red]" in text
    assert "401,920" in text
    assert "1.56 MB" in text


def test_a_model_that_is_not_built_shows_question_marks_and_what_to_do():
    text = summary_text(Sequential([Dense(2), Residual([Dense(2)])]))
    assert text.count("?") == 6
    assert "input_shape" in text


@pytest.mark.parametrize(("units", "size"), [(1, "4.00 B"), (256, "1.00 KB"), (2**18, "1.00 MB")])
def test_sizes_are_shown_in_the_unit_that_fits(units, size):
    model = Model(Dense(units, use_bias=False, input_shape=(1,)))
    assert f"Total params: {units:,} ({size})" in summary_text(model)
