"""Both directions, one layer at every step, repetition, filling, encoder and decoder."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError, NeuralzooError, ShapeError
from neuralzoo.core.masked import Masked
from neuralzoo.layers import (
    GRU,
    LSTM,
    BatchNormalization,
    Bidirectional,
    Chain,
    Dense,
    Dropout,
    Embedding,
    EncoderDecoder,
    Flatten,
    GRUCell,
    Masking,
    Recurrent,
    RepeatVector,
    SimpleRNN,
    TimeDistributed,
)
from neuralzoo.models import Sequential
from neuralzoo.utils import pad_sequences

BATCH, TIME, FEATURES, UNITS = 2, 5, 3, 4
X = jax.random.normal(jax.random.key(1), (BATCH, TIME, FEATURES))
MASK = jnp.arange(TIME) < jnp.array([[5], [3]])
KEY = jax.random.key(0)
call = jax.jit(lambda net, x: net(x))  # a network of the same settings is compiled once for all tests
MERGED: dict[str | None, Any] = {
    "concat": lambda a, b: np.concatenate([a, b], -1),
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: (a + b) / 2,
}


@pytest.mark.parametrize("mode", MERGED)
@pytest.mark.parametrize("every_step", [False, True])
def test_both_directions_are_two_layers_by_hand(mode, every_step):
    net = Bidirectional(SimpleRNN(UNITS, return_sequences=every_step), merge_mode=mode).build(X, KEY)
    ahead, back = call(net.layer, X), call(net.backward_layer, X)
    back = back[:, ::-1] if every_step else back
    np.testing.assert_allclose(call(net, X), MERGED[mode](ahead, back), atol=1e-6)
    assert not np.array_equal(net.layer.kernel, net.backward_layer.kernel)  # pyright: ignore[reportAttributeAccessIssue]


def test_without_a_merge_mode_both_outputs_are_returned():
    net = Bidirectional(GRU(UNITS), merge_mode=None).build(X, KEY)
    ahead, back = call(net, X)
    np.testing.assert_array_equal(ahead, call(net.layer, X))
    np.testing.assert_array_equal(back, call(net.backward_layer, X))


@pytest.mark.parametrize("every_step", [False, True])
def test_the_way_back_begins_at_the_last_real_step(every_step):
    net = Bidirectional(LSTM(UNITS, return_sequences=every_step)).build(X, KEY)
    y, short = call(net, Masked(X, MASK)), call(net, X[1:, :3])
    if every_step:
        np.testing.assert_array_equal(y.mask, MASK)
        np.testing.assert_allclose(y.values[1, :3], short[0], atol=1e-6)
    else:
        np.testing.assert_allclose(y[1], short[0], atol=1e-6)


def test_states_of_both_directions_come_out_and_go_in():
    net = Bidirectional(LSTM(UNITS, return_state=True)).build(X, KEY)
    y, *states = call(net, X)
    assert len(states) == 4
    np.testing.assert_array_equal(y, jnp.concatenate([states[0], states[2]], -1))
    again, *_ = call(net, (X, *states))
    ahead, *_ = call(net.layer, (X, *states[:2]))
    np.testing.assert_allclose(again[:, :UNITS], ahead, atol=1e-6)


def test_the_backward_layer_may_be_another():
    net = Bidirectional(LSTM(4), backward_layer=GRU(2, go_backwards=True)).build(X, KEY)
    assert net(X).shape == (BATCH, 6)


def test_dropout_inside_both_directions_drops_while_training():
    net = Bidirectional(SimpleRNN(UNITS, dropout=0.5)).build(X, KEY)
    assert not np.allclose(net.forward(X, KEY)[0], call(net, X))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Bidirectional(LSTM(3), merge_mode="cancat"), "merge_mode"),
        (lambda: Bidirectional(LSTM(3, stateful=True)), "remember"),
        (lambda: Bidirectional(LSTM(3, go_backwards=True)), "forwards"),
        (lambda: Bidirectional(LSTM(3), backward_layer=LSTM(3)), "backwards"),
        (lambda: Bidirectional(LSTM(3), backward_layer=LSTM(3, go_backwards=True, return_state=True)), "same things"),
        (lambda: Bidirectional(Dense(3)), "not a recurrent layer"),
        (lambda: RepeatVector(0), "RepeatVector"),
        (lambda: pad_sequences([[1]], padding="left"), "padding"),
    ],
)
def test_settings_that_cannot_work_are_refused(make, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        make()
    assert caught.value.remedy


def test_a_merge_mode_is_corrected_to_the_nearest():
    with pytest.raises(ArgumentError, match="Did you mean 'concat'"):
        Bidirectional(LSTM(3), merge_mode="concatenate")


@pytest.mark.parametrize("inner", [Dense(4, activation="tanh"), Chain([Dense(4), Flatten()])])
def test_a_layer_at_every_step_is_a_loop(inner):
    net = TimeDistributed(inner).build(X, KEY)
    expected = np.stack([net.layer(X[:, t]) for t in range(TIME)], axis=1)
    np.testing.assert_allclose(call(net, X), expected, atol=1e-6)
    masked = net(Masked(X, MASK))
    np.testing.assert_array_equal(masked.mask, MASK)


def test_a_layer_at_every_step_trains_and_moves_on():
    net = TimeDistributed(Chain([Dropout(0.5), BatchNormalization(momentum=0.0)])).build(X, KEY)
    y, after = net.forward(X, KEY)
    assert y.shape == X.shape
    assert isinstance(after.layer, Chain)
    mean = after.layer.layers[1].moving_mean  # pyright: ignore[reportAttributeAccessIssue]
    assert mean.shape == (FEATURES,) and np.any(mean)


def test_repetition_repeats():
    x = X[:, 0]
    np.testing.assert_array_equal(RepeatVector(3)(x), np.stack([x] * 3, axis=1))


def test_masking_marks_steps_that_are_filling_in_all_features():
    x = jnp.array([[[1.0, -1.0], [-1.0, -1.0], [-1.0, 0.0]]])
    y = Masking(-1.0)(x)
    np.testing.assert_array_equal(y.mask, [[True, False, True]])
    np.testing.assert_array_equal(y.values[0, 1], [0.0, 0.0])
    both = Masking(-1.0)(Masked(x, jnp.array([[True, True, False]])))
    np.testing.assert_array_equal(both.mask, [[True, False, False]])


def test_an_embedding_masks_zeros_only_when_asked():
    codes = jnp.array([[3, 1, 0]])
    net = Embedding(5, 2, mask_zero=True).build(codes, KEY)
    y = net(codes)
    assert isinstance(y, Masked)
    np.testing.assert_array_equal(y.mask, [[True, True, False]])
    np.testing.assert_array_equal(y.values, net.set(mask_zero=False)(codes))


def test_filled_sequences_train_like_the_sequences_alone():
    codes = [[1, 2, 3, 4], [5, 6], [3]]
    ends = []
    for padded in (pad_sequences(codes), pad_sequences(codes, maxlen=7), pad_sequences(codes, padding="post")):
        model = Sequential([Embedding(8, 3, mask_zero=True), Bidirectional(GRU(3)), Dense(1)], seed=1)
        model.compile("sgd", "mse")
        model.fit(padded, np.array([[1.0], [2.0], [3.0]]), epochs=2, verbose=0)
        ends.append(model.get_weights())
    for other in ends[1:]:
        for a, b in zip(ends[0], other, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_decoder_starts_from_the_state_of_its_encoder():
    source, target = X, X[:, :3, :2]
    net = EncoderDecoder(LSTM(UNITS, return_state=True), LSTM(UNITS, return_sequences=True)).build((source, target), KEY)
    _, *state = call(net.encoder, source)
    np.testing.assert_allclose(call(net, (source, target)), call(net.decoder, (target, *state)), atol=1e-6)
    filled = jnp.where(MASK[..., None], source, 9.0)
    np.testing.assert_array_equal(call(net, (Masked(filled, MASK), target)), call(net, (Masked(source, MASK), target)))


@pytest.mark.parametrize(
    ("net", "x"),
    [
        (EncoderDecoder(LSTM(3), LSTM(3)), (X, X)),
        (EncoderDecoder(LSTM(3, return_state=True), LSTM(3)), X),
        (EncoderDecoder(LSTM(3, return_state=True), LSTM(4)), (X, X)),
        (TimeDistributed(Dense(2)), X[:, 0]),
        (Masking(), X[:, 0]),
        (RepeatVector(2), X),
        (Recurrent(GRUCell(2)), X[:, 0]),
    ],
)
def test_an_input_that_cannot_be_used_is_refused_with_a_remedy(net, x):
    with pytest.raises(NeuralzooError) as caught:
        net.build(x, KEY)(x)
    assert caught.value.remedy


def test_padding_fills_and_cuts_on_the_side_asked_for():
    rows = [[1, 2, 3], [4], []]
    assert pad_sequences(rows).tolist() == [[1, 2, 3], [0, 0, 4], [0, 0, 0]]
    assert pad_sequences(rows, maxlen=2).tolist() == [[2, 3], [0, 4], [0, 0]]
    assert pad_sequences(rows, maxlen=2, padding="post", truncating="post", value=9).tolist() == [[1, 2], [4, 9], [9, 9]]
    vectors = pad_sequences([[[1.5, 2.5]], [[1, 2], [3, 4]]], dtype="float32", padding="post")
    assert vectors.tolist() == [[[1.5, 2.5], [0, 0]], [[1, 2], [3, 4]]]
    with pytest.raises(ShapeError):
        pad_sequences([[[1, 2]], [[1, 2, 3]]])
    with pytest.raises(DataError):
        pad_sequences([1, 2])
