"""Attention against NumPy, its masks, its weights."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import softmax

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.masked import Masked
from neuralzoo.core.record import merge, split
from neuralzoo.layers import AdditiveAttention, Attention, Dense, GlobalAveragePooling1D, MultiHeadAttention
from neuralzoo.models import Sequential

BATCH, TIME, OTHER, FEATURES = 2, 5, 4, 6
QUERY = jax.random.normal(jax.random.key(1), (BATCH, TIME, FEATURES))
VALUE = jax.random.normal(jax.random.key(2), (BATCH, OTHER, FEATURES))
KEYS = jax.random.normal(jax.random.key(3), (BATCH, OTHER, FEATURES))
MASK = jnp.arange(OTHER) < jnp.array([[4], [2]])
KINDS: dict[str, Any] = {
    "dot": Attention(),
    "scaled": Attention(use_scale=True),
    "concat": Attention(use_scale=True, score_mode="concat"),
    "additive": AdditiveAttention(),
    "heads": MultiHeadAttention(3, 2, value_dim=4),
    "one_head": MultiHeadAttention(1, 2, use_bias=False),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
call = jax.jit(lambda net, x: net(x))  # a network of the same settings is compiled once for all tests
scores = jax.jit(lambda net, x: net.scores(x))


def made(kind: str, x: Any = (QUERY, VALUE, KEYS), **changes: Any) -> Any:
    net = KINDS[kind].set(**changes).build(x, jax.random.key(0))
    leaves, tree = jax.tree.flatten(net)
    keys = jax.random.split(jax.random.key(5), max(len(leaves), 1))
    return jax.tree.unflatten(tree, [jax.random.normal(key, a.shape) for key, a in zip(keys, leaves, strict=False)])


def by_hand(kind: str, net: Any, q: Any, v: Any, k: Any) -> tuple[Any, Any]:
    """Output and weights for one example, by the published equations."""
    if "head" not in kind:
        if kind == "additive":
            raw = np.array([[np.sum(net.scale * np.tanh(a + b)) for b in k] for a in q])
        elif kind == "concat":
            raw = np.array([[net.concat_score_weight * np.sum(np.tanh(net.scale * (a + b))) for b in k] for a in q])
        else:
            raw = q @ k.T * (1 if net.scale is None else net.scale)
        weights = softmax(raw, axis=-1)
        return weights @ v, weights
    total, each = 0.0, []
    for h in range(net.num_heads):
        zero = np.zeros((net.num_heads, 1)) if not net.use_bias else None
        bias = [zero if b is None else b for b in (net.query_bias, net.key_bias, net.value_bias)]
        qh, kh, vh = q @ net.query_kernel[:, h] + bias[0][h], k @ net.key_kernel[:, h] + bias[1][h], v @ net.value_kernel[:, h] + bias[2][h]
        each.append(softmax(qh @ kh.T / np.sqrt(net.key_dim), axis=-1))
        total = total + each[-1] @ vh @ net.output_kernel[h]
    return total + (net.output_bias if net.use_bias else 0.0), np.stack(each)


@every_kind
def test_attention_follows_its_equations(kind):
    net = made(kind)
    y, weights = call(net, (QUERY, VALUE, KEYS)), scores(net, (QUERY, VALUE, KEYS))
    numbers = jax.tree.map(np.asarray, net)
    for row in range(BATCH):
        expected = by_hand(kind, numbers, *(np.asarray(a[row], float) for a in (QUERY, VALUE, KEYS)))
        np.testing.assert_allclose(y[row], expected[0], rtol=2e-4, atol=2e-5)
        np.testing.assert_allclose(weights[row], expected[1], rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(weights.sum(-1), 1, rtol=1e-5)


@every_kind
def test_one_sequence_attends_to_itself_and_the_key_is_the_value(kind):
    net = made(kind, VALUE)
    np.testing.assert_allclose(call(net, VALUE), call(net, (VALUE, VALUE, VALUE)), rtol=1e-5)
    np.testing.assert_allclose(call(net, (VALUE, KEYS)), call(net, (VALUE, KEYS, KEYS)), rtol=1e-5)


@every_kind
def test_no_step_sees_a_later_one_under_the_causal_mask(kind):
    net = made(kind, QUERY, use_causal_mask=True)
    other = QUERY.at[:, 3:].set(9.0)
    np.testing.assert_array_equal(call(net, QUERY)[:, :3], call(net, other)[:, :3])
    assert not np.allclose(call(net, QUERY)[:, 3:], call(net, other)[:, 3:])
    weights = scores(net, QUERY)
    assert not np.any(np.triu(weights, 1))
    np.testing.assert_allclose(weights.sum(-1), 1, rtol=1e-5)


@every_kind
def test_filling_is_not_seen(kind):
    net = made(kind)
    masked = lambda a: Masked(jnp.where(MASK[..., None], a, 99.0), MASK)  # noqa: E731
    y = call(net, (QUERY, masked(VALUE), masked(KEYS)))
    np.testing.assert_allclose(y[0], call(net, (QUERY, VALUE, KEYS))[0], rtol=1e-5)
    np.testing.assert_allclose(y[1:], call(net, (QUERY[1:], VALUE[1:, :2], KEYS[1:, :2])), rtol=1e-4, atol=1e-5)
    assert not np.any(np.asarray(scores(net, (QUERY, masked(VALUE), KEYS)))[1, ..., 2:])


def test_the_output_has_the_mask_of_the_query():
    net, mask = made("heads", QUERY), jnp.ones((BATCH, TIME), bool).at[0, 2:].set(False)
    y = net(Masked(QUERY, mask))
    assert isinstance(y, Masked)
    np.testing.assert_array_equal(y.mask, mask)


def test_a_query_with_nothing_to_see_stays_finite():
    net = made("heads")
    params, rest = split(net)
    nothing = Masked(VALUE, jnp.zeros((BATCH, OTHER), bool))
    value, gradient = jax.value_and_grad(lambda p: merge(p, rest)((QUERY, nothing)).sum())(params)
    assert all(bool(jnp.isfinite(a).all()) for a in (value, *jax.tree.leaves(gradient)))


@every_kind
def test_weights_are_dropped_while_training_only(kind):
    net = made(kind, dropout=0.5)
    x = (QUERY, VALUE, KEYS)
    y, after = net.forward(x, jax.random.key(4))
    assert not np.allclose(y, call(net, x))
    assert after == net
    np.testing.assert_array_equal(net.set(dropout=0.0).forward(x, jax.random.key(4))[0], net.set(dropout=0.0)(x))


def test_self_attention_does_not_care_about_the_order_of_steps():
    net, order = made("heads", QUERY), jnp.array([3, 0, 4, 1, 2])
    np.testing.assert_allclose(call(net, QUERY[:, order]), call(net, QUERY)[:, order], rtol=1e-4, atol=1e-5)


def test_arrays_have_the_shapes_of_heads():
    net = MultiHeadAttention(3, 2, value_dim=4).build((QUERY, VALUE[..., :5], KEYS), jax.random.key(0))
    shapes = [a.shape for a in jax.tree.leaves(net)]
    assert shapes == [(6, 3, 2), (3, 2), (6, 3, 2), (3, 2), (5, 3, 4), (3, 4), (3, 4, 6), (6,)]


def test_attention_learns_to_find_a_step():
    draw = np.random.default_rng(0)
    x = draw.normal(size=(400, 6, 3)).astype(np.float32)
    x[..., 0] = 0
    x[np.arange(400), draw.integers(6, size=400), 0] = 1  # the step that is marked holds the answer
    y = (x[..., 1] * x[..., 0]).sum(1)[:, None]
    model = Sequential([MultiHeadAttention(2, 4), GlobalAveragePooling1D(), Dense(1)], seed=0)
    model.compile("adam", "mse")
    model.fit(x, y, epochs=60, verbose=0)
    assert model.evaluate(x, y) < 0.5 * np.var(y)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Attention(score_mode="dott"),
        lambda: MultiHeadAttention(0, 4),
        lambda: MultiHeadAttention(2, 4, value_dim=0),
        lambda: AdditiveAttention(dropout=1.0),
    ],
)
def test_settings_that_cannot_work_are_refused(make):
    with pytest.raises(ArgumentError) as caught:
        make()
    assert caught.value.remedy


@pytest.mark.parametrize("x", [QUERY[:, 0], (QUERY, VALUE, KEYS[:, :2]), (QUERY[:1], VALUE), (QUERY, VALUE[..., :2]), (QUERY,) * 4])
def test_inputs_that_do_not_go_together_are_refused(x):
    with pytest.raises(ShapeError) as caught:
        Attention().build(x, jax.random.key(0))
    assert caught.value.remedy
