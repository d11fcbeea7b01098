"""Addressing, reading and writing: each law by NumPy, and a machine whose weights were set by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError
from neuralzoo.data.algorithms import copy
from neuralzoo.layers import DenseCell, LSTMCell, Recurrent, SimpleRNNCell
from neuralzoo.layers.addressing import by_content, sharpened, shifted, written
from neuralzoo.layers.turing import Signals, TuringCell

draws = np.random.default_rng(4)
ROWS, SLOTS, WIDTH = 3, 7, 4
MEMORY = draws.normal(size=(ROWS, SLOTS, WIDTH)).astype(np.float32)
COLUMNS = MEMORY.swapaxes(1, 2)  # as the cell holds it
LOOKS = draws.dirichlet(np.ones(SLOTS), (ROWS, 2)).astype(np.float32)  # weightings of two heads


def of(function, *arrays):
    """The function of NumPy arrays, as a NumPy array."""
    return np.asarray(function(*map(jnp.asarray, arrays)))


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softplus(z):
    return np.log1p(np.exp(z))


def drawn(cell, features=3, seed=0):
    """The cell built, with biases and first weightings drawn as well, so that nothing is equal by chance."""
    cell = cell.build(jax.ShapeDtypeStruct((ROWS, features), jnp.float32), jax.random.key(seed))
    rng = np.random.default_rng(seed)
    return cell.set(**{k: jnp.asarray(rng.normal(size=getattr(cell, k).shape), jnp.float32) for k in ("head_bias", "first_weighting")})


def test_content_is_the_softmax_of_scaled_cosines():
    key, strength = draws.normal(size=(ROWS, 2, WIDTH)).astype(np.float32), draws.uniform(0, 20, (ROWS, 2)).astype(np.float32)
    cosine = np.array([[[k @ m / np.linalg.norm(k) / np.linalg.norm(m) for m in MEMORY[b]] for k in key[b]] for b in range(ROWS)])
    np.testing.assert_allclose(of(by_content, COLUMNS, key, strength), softmax(strength[..., None] * cosine), atol=2e-6)


@pytest.mark.parametrize("shifts", [1, 3, 5])
def test_a_one_hot_shift_is_a_roll(shifts):
    for k in range(shifts):
        moved = of(shifted, LOOKS, np.broadcast_to(np.eye(shifts, dtype=np.float32)[k], (ROWS, 2, shifts)))
        np.testing.assert_array_equal(moved, np.roll(LOOKS, k - shifts // 2, axis=-1))


def test_a_mixed_shift_is_a_circular_convolution():
    shift = draws.dirichlet(np.ones(3), (ROWS, 2)).astype(np.float32)
    kernel = np.zeros((ROWS, 2, SLOTS))
    kernel[..., [-1, 0, 1]] = shift
    wanted = np.fft.ifft(np.fft.fft(LOOKS) * np.fft.fft(kernel)).real
    np.testing.assert_allclose(of(shifted, LOOKS, shift), wanted, atol=1e-6)


def test_sharpening_is_a_power_and_the_power_one_changes_nothing():
    power = np.array([[1.0, 3.0]] * ROWS, np.float32)
    wanted = LOOKS ** power[..., None]
    got = of(sharpened, LOOKS, power)
    np.testing.assert_allclose(got, wanted / wanted.sum(-1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(got[:, 0], LOOKS[:, 0], atol=1e-6)


def test_sharpening_an_even_weighting_by_a_large_power_loses_nothing():
    even = np.full((1, 1, 128), 1 / 128, np.float32)  # (1/128) ** 50 is 0 in float32
    np.testing.assert_allclose(of(sharpened, even, np.full((1, 1), 50.0, np.float32)), even, atol=1e-6)
    slope = jax.grad(lambda w: sharpened(w, jnp.full((1, 1), 50.0))[0, 0, 0])(jnp.asarray(np.eye(128, dtype=np.float32)[None, :1]))
    assert bool(jnp.isfinite(slope).all())


def test_erasing_all_and_adding_writes_exactly_and_elsewhere_nothing():
    one_hot = np.zeros((ROWS, 1, SLOTS), np.float32)
    one_hot[:, 0, 2] = 1
    new = draws.normal(size=(ROWS, 1, WIDTH)).astype(np.float32)
    after = of(written, COLUMNS, one_hot, np.ones_like(new), new)
    np.testing.assert_array_equal(after[..., 2], new[:, 0])
    np.testing.assert_array_equal(np.delete(after, 2, 2), np.delete(COLUMNS, 2, 2))


def test_several_heads_write_in_any_order():
    erase, add = draws.random((ROWS, 2, WIDTH)).astype(np.float32), draws.normal(size=(ROWS, 2, WIDTH)).astype(np.float32)
    there = of(written, COLUMNS, LOOKS, erase, add)
    np.testing.assert_allclose(there, of(written, COLUMNS, LOOKS[:, ::-1], erase[:, ::-1], add[:, ::-1]), atol=1e-6)


def plain_step(cell, x, state, controller):
    """One step as the paper writes it, row by row, slot by slot; `controller` is its output."""
    reads, each = cell.read_heads, cell.width + 3 + cell.shifts
    raw = controller @ np.asarray(cell.head_kernel) + np.asarray(cell.head_bias)
    memory, looks, read = np.array(state.memory).swapaxes(1, 2), np.array(state.weighting), []
    for b in range(len(x)):
        before = memory[b].copy()
        for h in range(cell.heads):
            told = raw[b, h * each : (h + 1) * each]
            key, strength, gate, power = np.tanh(told[: cell.width]), *(told[cell.width + i] for i in range(3))
            similar = [key @ m / np.linalg.norm(key) / np.linalg.norm(m) for m in before]
            content = softmax(softplus(strength) * np.array(similar))
            gated = sigmoid(gate) * content + (1 - sigmoid(gate)) * looks[b, h]
            shift = softmax(told[cell.width + 3 :])
            moved = [sum(gated[(i - k + cell.shifts // 2) % cell.slots] * shift[k] for k in range(cell.shifts)) for i in range(cell.slots)]
            sharp = np.array(moved) ** (1 + softplus(power))
            looks[b, h] = sharp / sharp.sum()
        read.append(np.concatenate([looks[b, h] @ before for h in range(reads)]))
        writes = raw[b, cell.heads * each :].reshape(cell.write_heads, 2, cell.width)
        for h, (erase, _) in enumerate(writes):
            memory[b] = memory[b] * (1 - np.outer(looks[b, reads + h], sigmoid(erase)))
        for h, (_, add) in enumerate(writes):
            memory[b] = memory[b] + np.outer(looks[b, reads + h], np.tanh(add))
    return memory, looks, np.array(read)


def test_steps_are_those_of_the_paper():
    cell = drawn(TuringCell(DenseCell(5), SLOTS, WIDTH, read_heads=2, write_heads=2, shifts=3, start_memory="learned"))
    state, step = cell.start(ROWS), jax.jit(cell.step)
    for x in draws.normal(size=(3, ROWS, 3)).astype(np.float32):
        told = (
            x @ np.asarray(cell.controller.kernel)
            + np.asarray(cell.controller.bias)
            + np.asarray(state.read) @ np.asarray(cell.read_kernel)
        )
        memory, looks, read = plain_step(cell, x, state, np.tanh(told))
        y, state = step(cell.drive(jnp.asarray(x)), state)
        np.testing.assert_allclose(state.memory.swapaxes(1, 2), memory, atol=1e-5)
        np.testing.assert_allclose(state.weighting, looks, atol=1e-5)
        np.testing.assert_allclose(y, np.concatenate([np.tanh(told), read], 1), atol=1e-5)


def test_weightings_stay_on_the_simplex_over_many_steps():
    cell = drawn(TuringCell(LSTMCell(6), SLOTS, WIDTH, 2, 1))
    looks = cell.over(jnp.asarray(draws.normal(size=(ROWS, 60, 3)) * 5, jnp.float32))[1].weighting
    assert float(looks.min()) >= 0
    np.testing.assert_allclose(looks.sum(-1), 1, atol=1e-5)


def test_each_sequence_starts_from_a_new_memory():
    cell = drawn(TuringCell(LSTMCell(6), SLOTS, WIDTH))
    x = jnp.asarray(draws.normal(size=(ROWS, 4, 3)), jnp.float32)
    layer = Recurrent(cell, return_sequences=True)
    np.testing.assert_array_equal(layer(x), layer.forward(x, jax.random.key(0))[1](x))
    np.testing.assert_allclose(layer(x)[1:2], layer(x[1:2]), atol=1e-6)


def test_heads_that_are_driven_directly_store_and_find():
    """Write three vectors one slot after the other, then read them back by their content, last first."""
    cell = drawn(TuringCell(DenseCell(5), SLOTS, WIDTH))
    act = jax.jit(cell.act)
    state = cell.start(1)._replace(weighting=jnp.eye(SLOTS)[None, :2], memory=jnp.zeros((1, WIDTH, SLOTS)))
    vectors, on, off = jnp.eye(WIDTH)[None, :3] * 0.5 + 0.25, jnp.ones((1, 2)), jnp.zeros((1, 2))
    step_on = jnp.broadcast_to(jnp.eye(3)[2], (1, 2, 3))
    for i in range(3):
        state = act(Signals(jnp.ones((1, 2, WIDTH)), on, off, step_on, on, jnp.ones((1, 1, WIDTH)), vectors[:, i : i + 1]), state)
    np.testing.assert_allclose(state.memory[0, :, 2:5].T, vectors[0], atol=1e-6)
    stay, nothing = jnp.broadcast_to(jnp.eye(3)[1], (1, 2, 3)), jnp.zeros((1, 1, WIDTH))
    for i in (2, 1, 0):
        found = act(Signals(jnp.repeat(vectors[:, i : i + 1], 2, 1), 100 * on, on, stay, on, nothing, nothing), state)
        np.testing.assert_allclose(found.read, vectors[:, i], atol=1e-4)


def copier(bits, slots):
    """A machine that copies, every weight set by hand: units are the bits, the phase (0 input, 1 answer), and the phase before."""
    cell = TuringCell(SimpleRNNCell(bits + 2, activation="linear"), slots, bits)
    cell = cell.build(jax.ShapeDtypeStruct((1, bits + 1), jnp.float32), jax.random.key(0))
    phase, late, each = bits, bits + 1, bits + 6
    kernel, recurrent = np.eye(bits + 1, bits + 2), np.zeros((bits + 2, bits + 2))
    recurrent[phase, [phase, late]] = 1  # the mark turns the phase on, for ever
    head, bias = np.zeros((bits + 2, 2 * each + 2 * bits)), np.zeros(2 * each + 2 * bits)
    gate, stay, forward = bits + 1, bits + 4, bits + 5
    bias[[gate, each + gate]] = -40  # never by content
    bias[stay], head[late, stay], head[late, forward] = 40, -40, 40  # the reading head waits, and goes on once it is asked
    bias[each + forward] = 40  # the writing head goes on
    erase, add = 2 * each + np.arange(bits), 2 * each + bits + np.arange(bits)
    bias[erase], head[phase, erase] = 40, -80
    head[np.arange(bits), add], bias[add], head[phase, add] = 40, -20, 20  # ±1 for a bit, nothing in the answer
    set_ = {"kernel": kernel, "recurrent": recurrent, "bias": np.zeros(bits + 2)}
    controller = cell.controller.set(**{k: jnp.asarray(v, jnp.float32) for k, v in set_.items()})
    return cell.set(
        controller=controller,
        read_kernel=jnp.zeros_like(cell.read_kernel),
        head_kernel=jnp.asarray(head, jnp.float32),
        head_bias=jnp.asarray(bias, jnp.float32),
        first_weighting=cell.first_weighting * 10,
    )


def test_a_machine_set_by_hand_copies():
    bits, cell = 5, copier(5, 32)
    x, y = copy(8, (1, 30), bits, seed=3)
    said = np.asarray(Recurrent(cell, return_sequences=True)(jnp.asarray(x)))[..., bits + 2 :]  # what was read: ±1
    np.testing.assert_allclose(said[y >= 0], 2 * y[y >= 0] - 1, atol=1e-3)


def test_without_room_the_copier_fails():
    x, y = copy(8, (9, 9), 5, seed=3)
    said = np.asarray(Recurrent(copier(5, 6), return_sequences=True)(jnp.asarray(x)))[..., 7:]
    assert np.mean(np.sign(said[y >= 0]) != 2 * y[y >= 0] - 1) > 0.1


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"read_heads": 0}, "read_heads=0"), ({"write_heads": 0}, "write_heads=0"), ({"shifts": 2}, "2 different"), ({"slots": 0}, "slots=0"),
     ({"shifts": 9, "slots": 7}, "9 different"), ({"start_memory": "zero"}, "'zero'")],
)  # fmt: skip
def test_what_is_not_possible_is_named(settings, named):
    with pytest.raises(ArgumentError, match=named) as caught:
        TuringCell(LSTMCell(4), **{"slots": 8, "width": 3, **settings})
    assert caught.value.remedy


def test_a_controller_that_is_no_cell_is_refused():
    with pytest.raises(ArgumentError, match="not a cell"):
        TuringCell("lstm")
