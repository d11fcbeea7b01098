"""The arithmetic of dimensions, and the bias as one more unit: the lectures' counts and formulas."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError
from neuralzoo.inspect import bias_as_unit, dimensions, places
from neuralzoo.layers import Chain, Conv2D, Dense, Dropout, MaxPooling2D, Residual, SimpleRNN
from neuralzoo.models import Sequential


def dense(*sizes):
    return Sequential([Dense(n, input_shape=(sizes[0],)) if not i else Dense(n) for i, n in enumerate(sizes[1:])])


@pytest.mark.parametrize(("sizes", "total"), [((10, 2, 1), 25), ((10, 25, 25, 1), 951)])
def test_the_exercise_of_the_lecture(sizes, total):
    lines = dimensions(dense(*sizes))
    assert sum(line.parameters for line in lines) == total == dense(*sizes).count_params()
    assert [line.count for line in lines] == [f"{a}·{b} + {b}" for a, b in itertools.pairwise(sizes)]


def test_the_weights_of_the_drawing_in_the_lecture():
    """S4: 12 weights in the first hidden layer, 20 in the second, 25 in the third."""
    assert [line.weights for line in dimensions(dense(3, 4, 5, 5))] == [12, 20, 25]


def test_the_places_of_a_window_are_counted_by_the_formula():
    for cells, window, stride, padding in itertools.product(range(1, 9), range(1, 6), range(1, 4), range(3)):
        wide = cells + 2 * padding
        if window <= wide:
            counted = sum(1 for start in range(0, wide, stride) if start + window <= wide)
            assert places(cells, window, stride, padding) == counted
        else:
            with pytest.raises(ArgumentError, match="has no place"):
                places(cells, window, stride, padding)
    assert places(6, 2, stride=2) == 3


@pytest.mark.parametrize("layer", [Conv2D(4, 3, strides=2), Conv2D(2, (3, 2), padding=1), Conv2D(2, 2, padding="same"), MaxPooling2D(2)])
def test_the_formula_written_out_ends_in_the_layers_own_shape(layer):
    (line,) = dimensions(Sequential([layer.set(input_shape=(7, 6, 3))]))
    results = [int(said.split("= ")[1].split(",")[0]) for said in line.places]
    assert (results * 2)[:2] == list(line.output[:2])
    assert eval(line.places[0].split(" =")[0].replace("−", "-").replace("·", "*").replace("/", "//")) == results[0]


def test_it_looks_into_composites_and_recurrences():
    model = Sequential([SimpleRNN(3, input_shape=(5, 4)), Residual([Dense(3), Dropout(0.5)])])
    lines = {line.name: line for line in dimensions(model)}
    assert lines["simple_rnn"].count == "4·3 + 3·3 + 3" and lines["residual/dense"].parameters == 12
    assert lines["residual/dropout"].parameters == 0 and sum(line.parameters for line in lines.values()) == model.count_params()


def test_the_bias_as_an_extra_unit_gives_the_same_network():
    x = jnp.asarray(np.random.default_rng(0).normal(size=(20, 4)), jnp.float32)
    net = Chain(
        [Dense(5, "relu", bias_initializer="normal"), Residual([Dense(5, "tanh", bias_initializer="normal")]), Dense(2, use_bias=False)]
    )
    net = net.build(x, jax.random.key(0))
    other = bias_as_unit(net)
    assert np.allclose(other(x), net(x), atol=1e-6)
    assert sum(a.size for a in jax.tree.leaves(other)) == sum(a.size for a in jax.tree.leaves(net))
    assert other.layers[0].layers[1].kernel.shape == (5, 5) and other.layers[0].layers[1].bias is None
    with pytest.raises(ArgumentError, match="no dense layer with a bias"):
        bias_as_unit(other)
