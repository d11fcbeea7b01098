"""Recurrent layers against loops by their equations, masks, memory, initial states."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralzoo.core.errors import ArgumentError, DataError, NeuralzooError, ShapeError
from neuralzoo.core.masked import Masked, unmasked
from neuralzoo.core.record import Built, merge, param, split
from neuralzoo.kernels.recurrence import scan_cell
from neuralzoo.layers import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    Cell,
    Chain,
    Dense,
    Embedding,
    GRUCell,
    LSTMCell,
    MultiHeadAttention,
    Recurrent,
    SimpleRNN,
    SimpleRNNCell,
    StackedRNNCells,
)
from neuralzoo.layers.recurrent import remembering
from neuralzoo.models import Sequential

BATCH, TIME, FEATURES, UNITS = 3, 6, 4, 5
X = jax.random.normal(jax.random.key(1), (BATCH, TIME, FEATURES))
LENGTHS = jnp.array([6, 3, 3])
MASK = jnp.arange(TIME) < LENGTHS[:, None]
KINDS: dict[str, Any] = {
    "simple": SimpleRNN(UNITS),
    "lstm": LSTM(UNITS),
    "gru": GRU(UNITS),
    "gru_before": GRU(UNITS, reset_after=False),
    "stacked": Recurrent([GRUCell(3), LSTMCell(UNITS)]),
}
call = jax.jit(lambda net, x: net(x))  # a network of the same settings is compiled once for all tests
train = jax.jit(lambda net, x, key: net.forward(x, key))
advance = jax.jit(lambda net, x: net.advance(x))
slope = jax.jit(lambda net, x: jax.value_and_grad(lambda net: net(x).sum())(net))
every_kind = pytest.mark.parametrize("kind", KINDS)


def noisy_weights(net: Any, seed: int = 7) -> Any:
    """The same network with every weight drawn, biases too."""
    leaves, tree = jax.tree.flatten(net)
    keys = jax.random.split(jax.random.key(seed), len(leaves))
    return jax.tree.unflatten(tree, [0.5 * jax.random.normal(key, a.shape) for key, a in zip(keys, leaves, strict=True)])


@cache
def drawn(kind: str) -> Any:
    return noisy_weights(KINDS[kind].build(X, jax.random.key(0)))


def made(kind: str, **changes: Any) -> Any:
    return drawn(kind).set(**changes)


def sigma(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def by_hand(kind: str, net: Any, x: np.ndarray) -> np.ndarray:
    """The outputs (time, units) for one sequence, by the published equations, gate after gate."""
    k, r = np.asarray(net.kernel, float), np.asarray(net.recurrent, float)
    b, out = np.asarray(net.bias, float), []
    gate = lambda a, i: a[..., i * UNITS : (i + 1) * UNITS]  # noqa: E731
    h = c = np.zeros(UNITS)
    for step in x:
        if kind == "simple":
            h = np.tanh(step @ k + h @ r + b)
        elif kind == "lstm":
            i, f, g, o = (step @ gate(k, n) + h @ gate(r, n) + gate(b, n) for n in range(4))
            c = sigma(f) * c + sigma(i) * np.tanh(g)
            h = sigma(o) * np.tanh(c)
        elif kind == "gru":
            z, rs = (sigma(step @ gate(k, n) + gate(b[0], n) + h @ gate(r, n) + gate(b[1], n)) for n in (0, 1))
            n = np.tanh(step @ gate(k, 2) + gate(b[0], 2) + rs * (h @ gate(r, 2) + gate(b[1], 2)))
            h = z * h + (1 - z) * n
        else:
            z, rs = (sigma(step @ gate(k, n) + gate(b, n) + h @ gate(r, n)) for n in (0, 1))
            h = z * h + (1 - z) * np.tanh(step @ gate(k, 2) + gate(b, 2) + (rs * h) @ gate(r, 2))
        out.append(h)
    return np.array(out)


@pytest.mark.parametrize("kind", ["simple", "lstm", "gru", "gru_before"])
def test_a_layer_follows_its_equations(kind):
    net = made(kind, return_sequences=True)
    expected = np.stack([by_hand(kind, net, np.asarray(row, float)) for row in X])
    np.testing.assert_allclose(call(net, X), expected, atol=1e-5)
    np.testing.assert_allclose(call(net.set(return_sequences=False), X), expected[:, -1], atol=1e-5)


@pytest.mark.parametrize("kind", ["simple", "lstm", "gru"])
@pytest.mark.parametrize(("mask", "back"), [(None, False), (MASK, True)])
def test_the_fast_loop_equals_the_plain_one_and_so_do_its_gradients(kind, mask, back):
    net = made(kind)
    times = None if mask is None else mask.T
    params, rest = split(net)

    def run(params: Any, x: Any, plain: bool) -> Any:
        cell = merge(params, rest)
        drive, start = cell.drive(x.swapaxes(0, 1)), cell.start(BATCH)
        steps, last = scan_cell(cell.step, drive, start, times, back) if plain else cell.run(drive, start, times, back)
        return sum(jnp.sum(jnp.sin(a * (1 + i))) for i, a in enumerate(jax.tree.leaves((steps, last)))), (steps, last)

    whole = jax.jit(jax.value_and_grad(run, argnums=(0, 1), has_aux=True), static_argnums=2)
    (_, fast), (_, plain) = (whole(params, X, flag) for flag in (False, True))
    for a, b in zip(jax.tree.leaves((fast, whole(params, X, False))), jax.tree.leaves((plain, whole(params, X, True))), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


@every_kind
def test_filling_at_the_end_is_as_if_the_sequence_were_shorter(kind):
    net = made(kind, return_sequences=True, return_state=True)
    y, *state = call(net, Masked(X, MASK))
    for row, length in enumerate(LENGTHS.tolist()):
        short, *last = call(net, X[row : row + 1, :length])
        np.testing.assert_allclose(y.values[row, :length], short[0], atol=1e-6)
        np.testing.assert_allclose(y.values[row, length:], jnp.broadcast_to(short[0, -1], (TIME - length, UNITS)), atol=1e-6)
        for a, b in zip(jax.tree.leaves(state), jax.tree.leaves(last), strict=True):
            np.testing.assert_allclose(a[row], b[0], atol=1e-6)
    np.testing.assert_array_equal(y.mask, MASK)


@every_kind
def test_filling_in_front_and_going_backwards_skip_alike(kind):
    net = made(kind, go_backwards=True)
    last = call(net, Masked(X, MASK))
    for row, length in enumerate(LENGTHS.tolist()):
        np.testing.assert_allclose(last[row], call(net, X[row : row + 1, :length])[0], atol=1e-6)


@every_kind
def test_a_mask_of_real_steps_alone_changes_nothing(kind):
    net = made(kind, return_sequences=True)
    np.testing.assert_allclose(call(net, Masked(X, jnp.ones_like(MASK))).values, call(net, X), atol=1e-6)


@every_kind
def test_what_stands_in_the_filling_does_not_matter(kind):
    net = made(kind)
    other = jnp.where(MASK[..., None], X, 99.0)
    np.testing.assert_array_equal(call(net, Masked(X, MASK)), call(net, Masked(other, MASK)))
    gradient = jax.grad(lambda x: call(net, Masked(x, MASK)).sum())(X)
    assert not np.any(np.asarray(gradient)[~np.asarray(MASK)])


@pytest.mark.parametrize("layer", [LSTM(4, return_sequences=True), Bidirectional(GRU(4)), Recurrent(LSTMCell(4))])
@pytest.mark.parametrize("filled", [False, True])
def test_behind_an_embedding_its_table_is_multiplied_and_nothing_else_changes(layer, filled):
    codes = jax.random.randint(jax.random.key(0), (BATCH, TIME), 0, 4).at[1, -2:].set(0)
    net = Chain([Embedding(4, 7, mask_zero=filled), layer]).build(codes, jax.random.key(1))
    wide = Chain([Embedding(50, 7), layer]).build(codes, jax.random.key(1))
    steps = f"f32[{TIME},{BATCH},7]"  # the vectors of all steps, turned
    assert steps not in str(jax.make_jaxpr(net)(codes)) and steps in str(jax.make_jaxpr(wide)(codes))

    def by_hand(net, codes):
        table, layer = net.layers
        return layer(table(codes))

    def objective(run):
        return lambda net: jnp.sum(jnp.sin(unmasked(run(net, codes))))

    (y, slope), (wanted, wanted_slope) = (jax.value_and_grad(objective(run))(net) for run in (lambda net, x: net(x), by_hand))
    np.testing.assert_allclose(y, wanted, rtol=1e-5)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), slope, wanted_slope)
    assert np.isnan(unmasked(net(codes.at[0, 0].set(9)))[0]).any()


@every_kind
def test_going_backwards_is_going_forwards_through_the_reversed_sequence(kind):
    ahead, back = made(kind, return_sequences=True), made(kind, return_sequences=True, go_backwards=True)
    np.testing.assert_allclose(call(back, X), call(ahead, X[:, ::-1]), atol=1e-6)
    turned = call(back, Masked(X, MASK))
    np.testing.assert_array_equal(turned.mask, MASK[:, ::-1])
    np.testing.assert_allclose(turned.values, call(ahead, Masked(X[:, ::-1], MASK[:, ::-1])).values, atol=1e-6)


@every_kind
def test_a_sequence_in_two_pieces_equals_the_whole(kind):
    net = made(kind, return_sequences=True)
    whole = call(net, X)
    given = net.set(return_state=True)
    first, *state = call(given, X[:, :2])
    second, *_ = call(given, (X[:, 2:], *state))
    np.testing.assert_allclose(jnp.concatenate([first, second], 1), whole, atol=1e-6)
    memory = remembering(net, BATCH)
    first, memory = advance(memory, X[:, :2])
    second, _ = train(memory, X[:, 2:], jax.random.key(0))
    np.testing.assert_allclose(jnp.concatenate([first, second], 1), whole, atol=1e-6)


@settings(max_examples=4, deadline=None)
@given(kind=st.sampled_from(["simple", "lstm", "gru"]), back=st.booleans(), lengths=st.lists(st.integers(0, TIME), min_size=3, max_size=3))
def test_masked_outputs_and_gradients_are_finite_for_all_lengths(kind, back, lengths):
    mask = jnp.arange(TIME) < jnp.array(lengths)[:, None]
    value, gradient = slope(made(kind, go_backwards=back), Masked(X, mask))
    assert all(bool(jnp.isfinite(a).all()) for a in (value, *jax.tree.leaves(gradient)))


@every_kind
def test_dropout_masks_are_the_same_at_each_step_and_only_while_training(kind):
    rates = {"dropout": 0.5, "recurrent_dropout": 0.4}
    if kind == "stacked":
        net = noisy_weights(Recurrent([GRUCell(3, **rates), LSTMCell(UNITS)], return_sequences=True).build(X, jax.random.key(0)))
    else:
        net = made(kind, return_sequences=True, **rates)
    key = jax.random.key(3)
    y, after = train(net, X, key)
    assert jax.tree.structure(after) == jax.tree.structure(net)
    assert not np.allclose(y, call(net, X))
    np.testing.assert_array_equal(train(net, X, key)[0], y)
    first = net.held().cells[0] if kind == "stacked" else net
    cell = first.noisy(BATCH, key)
    assert set(np.unique(cell.input_keep)) <= {0.0, 2.0} and set(np.unique(cell.output_keep)) <= {0.0, np.float32(1 / 0.6)}
    same = jnp.broadcast_to(X[:, :1], X.shape)  # equal steps must stay equal under one mask for the sequence
    drive = cell.drive(same.swapaxes(0, 1))
    np.testing.assert_allclose(drive, jnp.broadcast_to(drive[:1], drive.shape), atol=1e-6)


def test_a_mask_for_the_outputs_fed_back_multiplies_them_at_every_step():
    net = made("simple", recurrent_dropout=0.5, return_sequences=True)
    cell = net.noisy(BATCH, jax.random.key(3))
    h, expected = jnp.zeros((BATCH, UNITS)), []
    for t in range(TIME):
        h = jnp.tanh(X[:, t] @ net.kernel + (h * cell.output_keep) @ net.recurrent + net.bias)
        expected.append(h)
    np.testing.assert_allclose(train(net, X, jax.random.key(3))[0], jnp.stack(expected, 1), atol=1e-5)


@pytest.mark.parametrize(
    ("layer", "count"),
    [
        (SimpleRNN(7), 7 * (4 + 7 + 1)),
        (LSTM(7), 4 * 7 * (4 + 7 + 1)),
        (GRU(7), 3 * 7 * (4 + 7 + 2)),
        (GRU(7, reset_after=False), 3 * 7 * (4 + 7 + 1)),
        (LSTM(7, use_bias=False), 4 * 7 * (4 + 7)),
    ],
)
def test_there_are_as_many_parameters_as_the_equations_have(layer, count):
    net = layer.build(X, jax.random.key(0))
    assert sum(a.size for a in jax.tree.leaves(net)) == count
    assert call(net, X).shape == (BATCH, 7)


def test_weights_start_orthogonal_and_the_forget_gate_open():
    net = LSTM(UNITS).build(X, jax.random.key(0))
    np.testing.assert_allclose(net.recurrent @ net.recurrent.T, jnp.eye(UNITS), atol=1e-5)
    np.testing.assert_array_equal(net.bias, np.repeat([0.0, 1.0, 0.0, 0.0], UNITS))
    assert not np.any(LSTM(UNITS, unit_forget_bias=False).build(X, jax.random.key(0)).bias)


def test_a_penalty_sees_the_recurrent_weights():
    model = Sequential([LSTM(UNITS, recurrent_regularizer="l2", kernel_regularizer="l2", input_shape=(TIME, FEATURES)), Dense(1)])
    model.compile("sgd", "mse")
    y = np.asarray(model.predict(X))
    net: Any = model.net.layers[0]
    np.testing.assert_allclose(model.evaluate(X, y), 0.01 * (jnp.sum(net.recurrent**2) + jnp.sum(net.kernel**2)), rtol=1e-5)


def test_the_recurrent_network_of_the_lecture_by_hand():
    net = SimpleRNN(3, use_bias=False).build(jnp.zeros((1, 1, 4)), jax.random.key(0))
    net = net.set(
        kernel=jnp.array([[0.6, 0.8, 0.4, 0.8], [0.2, 0.2, 0.8, 0.7], [0.9, 0.8, 0.1, 0.2]]).T,
        recurrent=jnp.array([[0.1, 0.5, 0.1], [0.5, 0.9, 0.3], [0.3, 0.2, 0.1]]).T,
    )
    dense = Dense(4, activation="softmax", use_bias=False).build(jnp.zeros((1, 3)), jax.random.key(0))
    dense = dense.set(kernel=jnp.array([[0.9, 0.8, 0.3], [0.2, 0.3, 0.4], [0.6, 0.9, 0.1], [0.5, 0.0, 0.3]]).T)
    h = net(jnp.array([[[1.0, 0.0, 0.0, 0.0]]]))
    assert h[0].round(2).tolist() == pytest.approx([0.54, 0.20, 0.72])
    assert dense(h)[0].round(2).tolist() == pytest.approx([0.32, 0.21, 0.24, 0.22])


class Decay(Cell):
    """y ← rate · y + x, with a dictionary as its state."""

    rate: Built[Any] = param()

    def build(self, x: Any, key: Any) -> "Decay":
        return self.set(rate=jnp.full(x.shape[-1], 0.5))

    def start(self, batch: int) -> Any:
        return {"sum": jnp.zeros((batch, len(self.rate)))}

    def step(self, drive: Any, state: Any) -> Any:
        total = self.rate * state["sum"] + drive
        return total, {"sum": total}


def test_a_cell_of_ones_own_trains_masks_and_remembers():
    net = Recurrent(Decay(), return_sequences=True, return_state=True).build(X, jax.random.key(0))
    y, state = call(net, Masked(X, MASK))
    np.testing.assert_allclose(state["sum"], y.values[:, -1])
    np.testing.assert_allclose(y.values[:, 1], jnp.where(MASK[:, 1:2], 0.5 * X[:, 0] + X[:, 1], X[:, 0]), atol=1e-6)
    again, _ = call(net, (X, state))
    np.testing.assert_allclose(again[:, 0], 0.5 * state["sum"] + X[:, 0], atol=1e-6)
    model = Sequential([Recurrent(Decay())])
    model.compile("adam", "mse")
    target = np.asarray(sum(0.9 ** (TIME - 1 - t) * X[:, t] for t in range(TIME)))
    losses = model.fit(X, target, epochs=300, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 5


def test_stacked_cells_are_stacked_layers():
    net = noisy_weights(Recurrent(StackedRNNCells([GRUCell(3), LSTMCell(4)])).build(X, jax.random.key(0)))
    below, above = net.cell.cells
    first = GRU(3, return_sequences=True).set(kernel=below.kernel, recurrent=below.recurrent, bias=below.bias)
    second = LSTM(4).set(kernel=above.kernel, recurrent=above.recurrent, bias=above.bias)
    np.testing.assert_allclose(call(net, X), second(call(first, X)), atol=1e-6)
    assert RNN is Recurrent


@pytest.mark.parametrize("layer", [SimpleRNN(3), LSTM(3), GRU(3), Recurrent(LSTMCell(3))])
def test_a_network_that_is_no_sequence_of_vectors_is_refused_with_a_remedy(layer):
    for x in (jnp.ones((2, 5)), jnp.ones((2, 5, 4, 3))):
        with pytest.raises(ShapeError, match=r"\(batch, time, features\)") as caught:
            layer.build(x, jax.random.key(0))
        assert caught.value.remedy
    with pytest.raises(ShapeError, match="4 features a step but was given 2"):
        layer.build(X, jax.random.key(0))(X[..., :2])


@pytest.mark.parametrize(
    "make",
    [
        lambda: LSTM(0),
        lambda: GRU(2.5),  # pyright: ignore[reportArgumentType]
        lambda: SimpleRNN(3, dropout=1.0),
        lambda: LSTMCell(3, recurrent_dropout=-0.1),
        lambda: Recurrent(Dense(3)),
        lambda: LSTM(3, droput=0.1),  # pyright: ignore[reportCallIssue]
    ],
)
def test_settings_that_cannot_work_are_refused(make):
    with pytest.raises(ArgumentError) as caught:
        make()
    assert caught.value.remedy


def test_a_state_of_the_wrong_shape_is_refused():
    net = made("lstm")
    with pytest.raises(ShapeError, match="starts from a state of shape"):
        call(net, (X, jnp.zeros((BATCH, 2)), jnp.zeros((BATCH, 2))))
    with pytest.raises(ShapeError, match="starts from a state of shape"):
        call(net, (X, jnp.zeros((BATCH, UNITS))))


def test_generation_one_step_at_a_time_equals_the_whole_sequence():
    net = noisy_weights(Chain([LSTM(4, return_sequences=True), SimpleRNN(3, return_sequences=True), Dense(2)]).build(X, jax.random.key(0)))
    moved = remembering(net, BATCH)
    for t in range(TIME):
        y, moved = advance(moved, X[:, t : t + 1])
        np.testing.assert_allclose(y[:, 0], call(net, X)[:, t], atol=1e-6)


@pytest.mark.parametrize("layer", [Bidirectional(LSTM(3)), LSTM(3, go_backwards=True), MultiHeadAttention(2, 2)])
def test_what_cannot_go_on_step_by_step_is_refused(layer):
    with pytest.raises(ArgumentError) as caught:
        remembering(Chain([layer]).build(X, jax.random.key(0)), 1)
    assert caught.value.remedy


# -- stateful models -----------------------------------------------------------------------------------------------------


def stateful() -> Sequential:
    model = Sequential([LSTM(4, stateful=True, return_sequences=True), GRU(3, stateful=True), Dense(1)])
    model.compile("sgd", "mse")
    return model


LONG = np.asarray(jax.random.normal(jax.random.key(2), (2, 8, FEATURES)))
PIECES = LONG.reshape(2, 4, 2, FEATURES).swapaxes(0, 1).reshape(8, 2, FEATURES)  # row i of each batch of 2 goes on with sequence i


def test_a_stateful_model_predicts_pieces_as_the_whole():
    model = stateful()
    pieces = model.predict(PIECES, batch_size=2)
    whole = Sequential([LSTM(4, return_sequences=True), GRU(3, return_sequences=True), Dense(1)])
    whole.build(LONG)
    whole.set_weights(model.get_weights())
    expected = whole.predict(LONG)[:, 1::2].swapaxes(0, 1).reshape(8, 1)
    np.testing.assert_allclose(pieces, expected, atol=1e-5)
    assert model.remembered == 2
    assert not np.allclose(model.predict(PIECES), pieces)  # it went on
    model.reset_states()
    np.testing.assert_allclose(model.predict(PIECES, batch_size=2), pieces, atol=1e-6)


def test_training_moves_the_memory_on_and_evaluation_does_not():
    model = stateful()
    model.fit(PIECES, np.zeros((8, 1), np.float32), batch_size=2, epochs=2, shuffle=False, verbose=0)
    kept: Any = model.net.layers[0]
    assert np.any(kept.memory[0])
    carried = model.evaluate(PIECES, np.zeros((8, 1), np.float32))
    assert model.net.layers[0] == kept
    y = model.predict(PIECES)
    np.testing.assert_allclose(carried, np.mean(y**2), rtol=1e-5)
    assert model.net.layers[0] != kept


def test_an_empty_memory_takes_batches_of_any_size_and_a_callback_may_empty_it():
    from neuralzoo.callbacks import LambdaCallback

    model = stateful()
    seen = []

    def reset(epoch: int, logs: Any = None) -> None:
        seen.append(model.remembered)
        model.reset_states()

    zeros = np.zeros((8, 1), np.float32)
    model.fit(PIECES, zeros, batch_size=4, epochs=3, shuffle=False, verbose=0, callbacks=[LambdaCallback(on_epoch_end=reset)])
    assert seen == [4, 4, 4] and model.remembered is None
    assert model.predict(PIECES[:3]).shape == (3, 1)
    again = stateful()
    for _ in range(3):
        again.fit(PIECES, zeros, batch_size=4, epochs=1, shuffle=False, verbose=0)
        again.reset_states()
    np.testing.assert_allclose(again.net.layers[0].kernel, model.net.layers[0].kernel, atol=1e-6)  # pyright: ignore[reportAttributeAccessIssue]


def test_a_stateful_model_saves_its_memory(tmp_path):
    from neuralzoo.models import load_model

    model = stateful()
    model.predict(PIECES, batch_size=2)
    model.save(tmp_path / "model.nz")
    np.testing.assert_array_equal(load_model(tmp_path / "model.nz").predict(PIECES), model.predict(PIECES))


def test_the_rate_set_before_the_first_batch_stays():
    model = stateful()
    model.build(PIECES)
    model.learning_rate = 0.5
    model.fit(PIECES, np.zeros((8, 1), np.float32), batch_size=2, shuffle=False, verbose=0)
    assert model.learning_rate == 0.5


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda m: m.fit(PIECES, PIECES[:, 0, :1], batch_size=2, verbose=0), "in order"),
        (lambda m: m.fit(PIECES[:7], PIECES[:7, 0, :1], batch_size=2, shuffle=False), "7 rows are not a multiple of the batch size 2"),
        (lambda m: (m.predict(PIECES, batch_size=2), m.predict(PIECES, batch_size=4)), "batches of 2 rows but is given batches of 4"),
        (lambda m: (m.predict(PIECES, batch_size=2), m(PIECES[:1])), "remembers a batch of 2 rows but was given one of 1"),
    ],
)
def test_batches_a_stateful_model_cannot_go_on_with_are_refused(use, message):
    with pytest.raises(NeuralzooError, match=message) as caught:
        use(stateful())
    assert caught.value.remedy


def test_ragged_sequences_are_refused_by_the_remedy_that_helps():
    model = Sequential([LSTM(3)])
    model.compile("sgd", "mse")
    with pytest.raises(DataError, match="ragged") as caught:
        model.fit([[1, 2], [3]], [1, 2])
    assert "pad_sequences" in caught.value.remedy and "Masking" in caught.value.remedy


def test_a_layer_inside_a_chain_takes_a_tuple_with_its_state():
    net = Chain([made("lstm")])
    start = (jnp.ones((BATCH, UNITS)), jnp.ones((BATCH, UNITS)))
    assert not np.allclose(call(net, (X, *start)), call(net, X))
    assert unmasked(net((Masked(X, MASK), *start))).shape == (BATCH, UNITS)


def test_elman_is_the_simple_cell():
    assert isinstance(SimpleRNN(3), SimpleRNNCell)
