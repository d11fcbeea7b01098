"""Composites, masks and the messages of errors inside them."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.composite import Chain, Composite, Visit
from neuralzoo.core.errors import ShapeError
from neuralzoo.core.layer import Layer
from neuralzoo.core.masked import Masked, unmasked
from neuralzoo.core.record import part
from neuralzoo.layers import Activation, Dense, Dropout, Flatten, Graph, Identity, Node, Parallel, Reshape, Residual
from neuralzoo.models import Sequential

X = jnp.array([[[1.0], [2.0], [3.0]], [[4.0], [0.0], [0.0]]])
MASK = jnp.array([[True, True, True], [True, False, False]])


class MaskZeros(Layer):
    """Marks the steps that are all zeros as filling."""

    def __call__(self, x: Any) -> Any:
        return Masked(x, (x != 0).any(-1))


class LastReal(Layer):
    """The value at the last real step."""

    masks: ClassVar[bool] = True

    def __call__(self, x: Any) -> Any:
        last = x.mask.sum(1) - 1
        return jax.vmap(lambda row, i: row[i])(x.values, last)


class Counter(Layer):
    """Counts how often it was used, in its name."""

    times: int = 0

    def __call__(self, x: Any) -> Any:
        return x + self.times

    def advance(self, x: Any) -> tuple[Any, "Counter"]:
        return self(x), self.set(times=self.times + 1)


class Twice(Composite):
    """One layer used twice."""

    inner: Layer = part()

    def thread(self, x: Any, visit: Visit) -> tuple[Any, "Twice"]:
        y, inner = visit((self.inner,), 0, x)
        y, inner = visit((inner,), 0, visit.join(lambda a: a * 2, y))
        return y, self.set(inner=inner)


def test_a_mask_passes_layers_that_know_nothing_of_it():
    net = Chain([MaskZeros(), Dense(4), Activation("tanh"), LastReal()])
    net = net.build(X, jax.random.key(0))
    dense = net.layers[1]
    expected = jnp.tanh(jnp.stack([X[0, 2], X[1, 0]]) @ dense.kernel + dense.bias)
    np.testing.assert_allclose(net(X), expected, rtol=1e-6)
    np.testing.assert_allclose(net.forward(X, jax.random.key(1))[0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    "inner",
    [
        Residual([Dense(1)]),
        Parallel([Dense(2), Identity()]),
        Graph([Node(Dense(2), name="a"), Node(Dense(1), ("input", "a"))]),
        Chain([Dense(2), Chain([Dense(3)])]),
    ],
)
def test_a_mask_passes_composites(inner):
    net = Chain([MaskZeros(), inner]).build(X, jax.random.key(0))
    y = net(X)
    assert isinstance(y, Masked)
    np.testing.assert_array_equal(y.mask, MASK)
    np.testing.assert_allclose(y.values, net.layers[1](X), rtol=1e-6)


@pytest.mark.parametrize("layer", [Flatten(), Reshape((1, 3))])
def test_a_mask_ends_where_the_time_axis_ends(layer):
    x = jnp.concatenate([X, X], axis=-1)
    target = layer if isinstance(layer, Flatten) else Reshape((6,))
    assert not isinstance(Chain([MaskZeros(), target]).build(x, jax.random.key(0))(x), Masked)


def test_a_step_of_merged_branches_is_real_where_it_is_in_all():
    class Forget(Layer):
        masks: ClassVar[bool] = True

        def __call__(self, x: Any) -> Any:
            return Masked(x.values, jnp.arange(3)[None] < jnp.array([[2], [1]]))

    y = Chain([MaskZeros(), Parallel([Forget(), Identity()])])(X)
    np.testing.assert_array_equal(y.mask, [[True, True, False], [True, False, False]])


def test_losses_and_metrics_count_real_steps_only():
    model = Sequential([MaskZeros(), Dense(1)])
    y = np.array([[[1.0], [1.0], [5.0]], [[2.0], [99.0], [99.0]]], np.float32)
    model.build(X)
    model.compile("sgd", "mse", ["mae"])
    out = np.asarray(model.predict(X))
    loss, mae = model.evaluate(X, y)
    real = np.asarray(MASK)
    np.testing.assert_allclose(loss, ((out - y)[real] ** 2).mean(), rtol=1e-5)
    np.testing.assert_allclose(mae, np.abs((out - y)[real]).mean(), rtol=1e-5)


def test_filling_moves_no_weight():
    ends = []
    for filling in (99.0, -7.0):
        y = np.array([[[1.0], [1.0], [5.0]], [[2.0], [filling], [filling]]], np.float32)
        model = Sequential([MaskZeros(), Dense(1)], seed=3)
        model.compile("sgd", "mse")
        model.fit(X, y, epochs=3)
        ends.append(model.get_weights())
    for a, b in zip(*ends, strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_of_each_step_scale_the_loss():
    x, y = np.ones((4, 3, 2), np.float32), np.zeros((4, 3, 1), np.float32)
    weight = np.arange(12, dtype=np.float32).reshape(4, 3)
    model = Sequential([Dense(1)])
    model.build(x)
    model.compile("sgd", "mse")
    out = np.asarray(model.predict(x))[..., 0]
    np.testing.assert_allclose(model.evaluate(x, y, sample_weight=weight), (weight * out**2).mean(), rtol=1e-5)


def test_targets_without_a_time_axis_are_refused_for_masked_outputs():
    model = Sequential([MaskZeros(), Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ShapeError):
        model.fit(X, np.zeros((2, 1), np.float32))


def test_predictions_and_calls_give_plain_arrays():
    model = Sequential([MaskZeros(), Dense(1)])
    model.build(X)
    assert isinstance(model.predict(X), np.ndarray)
    assert model(X).shape == (2, 3, 1)


def test_wiring_is_told_once_and_serves_every_way_of_going_through():
    net = Twice(Dense(3)).build(jnp.ones((2, 3)), jax.random.key(0))
    dense = net.inner
    np.testing.assert_allclose(net(jnp.ones((2, 3))), dense(dense(jnp.ones((2, 3))) * 2), rtol=1e-6)
    noisy = Twice(Dropout(0.5))
    y, _ = noisy.forward(jnp.ones((50, 4)), jax.random.key(0))
    assert set(np.unique(y)) <= {0.0, 4.0, 8.0} and not np.array_equal(y, noisy(jnp.ones((50, 4))))


def test_advancing_moves_the_memory_of_nested_layers_on():
    net = Chain([Counter(), Residual([Counter(5)])])
    y, after = net.advance(jnp.zeros((1, 1)))
    assert float(y[0, 0]) == 5.0
    assert (after.layers[0].times, after.layers[1].body[0].times) == (1, 6)
    assert float(unmasked(after(jnp.zeros((1, 1))))[0, 0]) == 1 + 1 + 6


def test_an_error_shows_the_shapes_on_the_way_to_the_layer():
    net = Sequential([Dense(8), Reshape((2, 4)), Residual([Dense(5), Dense(3)])])
    with pytest.raises(ShapeError) as caught:
        net.build(jnp.ones((1, 6)))
    assert caught.value.where == "layer 3 of 3, Residual()"
    assert "shapes: (1, 6) → Dense (1, 8) → Reshape (1, 2, 4)" in str(caught.value)


def test_a_long_chain_of_shapes_is_told_by_its_ends():
    with pytest.raises(ShapeError) as caught:
        Sequential([Dense(i + 1) for i in range(20)] + [Reshape((7,))]).build(jnp.ones((1, 6)))
    line = next(line for line in str(caught.value).splitlines() if "shapes:" in line)
    assert line.startswith("  shapes: (1, 6) → … → ") and line.endswith("→ Dense (1, 20)") and line.count("→") == 8
