"""The graph of a function holds JAX's own values and gradients, and the lecture's, digit for digit."""

import json
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError
from neuralzoo.inspect import named, trace_function
from neuralzoo.inspect.layout import layered

VECTOR = np.array([0.5, -1.0, 2.0], np.float32)


def loop(x):
    return jax.lax.scan(lambda carry, _: (jnp.sin(carry) * x, None), x, length=3)[0]


FUNCTIONS = {  # of which the traced gradients are compared with jax.grad's
    "shared": (lambda x, y: x * x * y + x, (3.0, -2.0)),
    "kink": (lambda x: jax.nn.relu(x) + x, (0.0,)),
    "chosen": (lambda x: jnp.where(x > 0, x, 0.1 * x).sum(), (VECTOR,)),
    "dense": (lambda w, x: jax.nn.softmax(jnp.tanh(w @ x))[0], (np.arange(6.0, dtype=np.float32).reshape(2, 3) / 9, VECTOR)),
    "loop": (loop, (0.7,)),
    "nested": (lambda p: jnp.sum(p["w"] * p["b"][0]) + p["b"][1], ({"w": VECTOR, "b": [2.0, 1.0]},)),
}


def test_the_backpropagation_example_of_the_lecture_digit_for_digit():
    """S3: f = (x + y) z at x = −2, y = 5, z = −4: q = 3, f = −12, ∂f/∂x = ∂f/∂y = ∂f/∂q = −4, ∂f/∂z = q = 3."""

    def f(x, y, z):
        q = named(x + y, "q")
        return q * z

    seen = trace_function(f, x=-2, y=5, z=-4)
    assert [value.name for value in seen.values][:4] == ["x", "y", "z", "q"]
    assert seen.value == -12 and seen["q"].value == 3 and seen["q"].gradient == -4
    assert {name: float(slope) for name, slope in seen.gradients.items()} == {"x": -4, "y": -4, "z": 3}
    words = [element.text for element in ElementTree.fromstring(seen.svg()).iter("{http://www.w3.org/2000/svg}text")]
    assert {"x", "y", "z", "q", "+", "×", "−12", "1", "−2", "5", "3"} <= set(words) and words.count("−4") == 4


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_gradients_are_those_of_jax(name):
    f, inputs = FUNCTIONS[name]
    seen = trace_function(f, *inputs)
    slopes = jax.grad(f, argnums=tuple(range(len(inputs))))(*inputs)
    assert seen.value == pytest.approx(float(f(*inputs)), rel=1e-6)
    for found, wanted in zip(seen.gradients.values(), jax.tree.leaves(slopes), strict=True):
        assert np.allclose(found, wanted, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_values_gradient_is_the_sum_over_its_uses(name):
    f, inputs = FUNCTIONS[name]
    seen = trace_function(f, *inputs)
    for number, value in enumerate(seen.values[:-1]):
        back = [slope for user in seen.values for i, slope in zip(user.inputs, user.edge_gradients, strict=False) if i == number]
        if value.gradient is not None and any(slope is not None for slope in back):
            assert np.allclose(value.gradient, sum(slope for slope in back if slope is not None), rtol=1e-5, atol=1e-7)


def test_a_graph_is_told_in_words_json_and_a_drawing():
    seen = trace_function(FUNCTIONS["dense"][0], *FUNCTIONS["dense"][1])
    assert "w @ x" in str(seen) and "tanh" in str(seen)
    told = json.loads(json.dumps(seen.to_dict()))
    assert told["values"][-1]["value"] == pytest.approx(seen.value)
    ElementTree.fromstring(seen._repr_svg_())


def test_an_input_without_influence_has_gradient_0():
    assert trace_function(lambda x, y: 2 * x, 1, 5).gradients["y"] == 0


@pytest.mark.parametrize(
    ("f", "inputs", "said"),
    [
        (lambda x: x * VECTOR, {"x": 2}, r"a gradient is that of one number(.|\n)*jnp.sum"),
        (lambda x: (x, x), {"x": 2}, "one number"),
        (lambda x, y: x + y, {"x": 2}, r"missing a required argument: 'y'(.|\n)*x, y"),
    ],
)
def test_what_cannot_be_differentiated_is_refused(f, inputs, said):
    with pytest.raises(ArgumentError, match=said):
        trace_function(f, **inputs)
    with pytest.raises(ArgumentError, match=r"no value named 'w'(.|\n)*x"):
        trace_function(lambda x: 2 * x, 1)["w"]


def test_nodes_of_a_column_keep_apart_and_edges_go_right():
    inputs = [[], [], [0, 1], [0], [2, 3], [4, 0]]
    places, ways = layered(inputs)
    assert len(set(places)) == len(places)
    for (x, y), (x2, y2) in [(a, b) for a in places for b in places if a < b]:
        assert x != x2 or abs(y - y2) >= 1 - 1e-9
    for (node, k), way in ways.items():
        assert way[0] == places[inputs[node][k]] and way[-1] == places[node]
        assert [b[0] - a[0] for a, b in pairwise(way)] == [1] * (len(way) - 1)
