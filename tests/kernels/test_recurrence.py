"""The recurrence: against loops written by their equations, against automatic differentiation, and its laws."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax
from jax.test_util import check_grads

from neuralzoo.kernels.recurrence import recur, scan_cell


def elman(drive, fed, state):
    return (jnp.tanh(drive + fed),)


def lstm(drive, fed, state):
    i, f, g, o = jnp.split(drive + fed, 4, axis=-1)
    c = jax.nn.sigmoid(f) * state[1] + jax.nn.sigmoid(i) * jnp.tanh(g)
    return (jax.nn.sigmoid(o) * jnp.tanh(c), c)


def gru(drive, fed, state):
    (z, r, n), (fed_z, fed_r, fed_n) = jnp.split(drive, 3, axis=-1), jnp.split(fed, 3, axis=-1)
    z = jax.nn.sigmoid(z + fed_z)
    return (z * state[0] + (1 - z) * jnp.tanh(n + jax.nn.sigmoid(r + fed_r) * fed_n),)


def peephole(drive, fed, state, to_i, to_o):
    i, g, o = jnp.split(drive + fed, 3, axis=-1)
    c = 0.9 * state[1] + jax.nn.sigmoid(i + to_i * state[1]) * jnp.tanh(g)
    return (jax.nn.sigmoid(o + to_o * c) * jnp.tanh(c), c)


CELLS = {"elman": (elman, 1, 1), "lstm": (lstm, 4, 2), "gru": (gru, 3, 1), "peephole": (peephole, 3, 2)}  # update, blocks, arrays of state
sizes = st.integers(1, 5)
cells = pytest.mark.parametrize("name", CELLS)
directions = pytest.mark.parametrize("reverse", [False, True])


def example(name, time=4, batch=3, units=2, seed=0):
    """Every array that `recur` differentiates, and a mask."""
    draw = np.random.default_rng(seed)
    _, blocks, held = CELLS[name]
    wide = blocks * units
    parts = {
        "drive": draw.normal(size=(time, batch, wide)),
        "kernel": draw.normal(size=(units, wide)),
        "state": tuple(draw.normal(size=(batch, units)) for _ in range(held)),
        "bias": draw.normal(size=wide),
        "extra": tuple(draw.normal(size=units) for _ in range(2 if name == "peephole" else 0)),
        "keep": draw.choice([0.0, 2.0], size=(batch, units)),
    }
    return jax.tree.map(jnp.asarray, parts), jnp.asarray(draw.random((time, batch)) < 0.6)


def outcome(name, parts, mask=None, reverse=False):
    rest = {key: parts[key] for key in ("bias", "extra", "keep") if key in parts}
    return recur(CELLS[name][0], parts["drive"], parts["kernel"], parts["state"], mask=mask, reverse=reverse, **rest)


def plain(name, parts, mask=None, reverse=False):
    """The same by the general loop, which JAX differentiates by itself."""

    def step(drive, state):
        fed = (state[0] * parts["keep"]) @ parts["kernel"] + parts["bias"]
        after = CELLS[name][0](drive, fed, state, *parts["extra"])
        return after[0], after

    return scan_cell(step, parts["drive"], parts["state"], mask, reverse)


def total(run, name, parts, mask=None, reverse=False):
    """A number that depends on every output and on the last state."""
    outputs, last = run(name, parts, mask, reverse)
    weights = jnp.cos(jnp.arange(outputs.size)).reshape(outputs.shape)
    return (outputs * weights).sum() + sum((a**2).sum() for a in last)


@cache
def gradient(run, name, reverse):
    return jax.jit(jax.grad(lambda parts, mask: total(run, name, parts, mask, reverse)))


def equal(a, b, tolerance=1e-12):
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance), a, b)


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


def by_equations(name, drive, kernel, state, bias, keep, mask, reverse):
    """NumPy, row by row: the equations of Elman 1990, Hochreiter & Schmidhuber 1997 with a forget gate, Cho et al. 2014."""
    units, sigmoid = kernel.shape[0], lambda x: 1 / (1 + np.exp(-x))
    outputs = np.zeros((*drive.shape[:2], units))
    last, begun = [a.copy() for a in state], np.zeros(len(state[0]), bool)
    for t in reversed(range(len(drive))) if reverse else range(len(drive)):
        for row in range(drive.shape[1]):
            h = last[0][row].copy()
            if mask[t, row]:
                x, fed = drive[t, row].reshape(-1, units), ((h * keep[row]) @ kernel + bias).reshape(-1, units)
                if name == "elman":
                    h = np.tanh(x[0] + fed[0])
                elif name == "lstm":
                    c = sigmoid(x[1] + fed[1]) * last[1][row] + sigmoid(x[0] + fed[0]) * np.tanh(x[2] + fed[2])
                    h = sigmoid(x[3] + fed[3]) * np.tanh(c)
                    last[1][row] = c
                else:
                    z, r = sigmoid(x[0] + fed[0]), sigmoid(x[1] + fed[1])
                    h = z * h + (1 - z) * np.tanh(x[2] + r * fed[2])
            last[0][row], begun[row] = h, begun[row] or mask[t, row]
            outputs[t, row] = h if begun[row] else 0
    return outputs, tuple(last)


@directions
@pytest.mark.parametrize("name", ["elman", "lstm", "gru"])
def test_the_loop_is_the_equations_row_by_row(name, reverse):
    parts, mask = example(name)
    arrays = [jax.tree.map(np.asarray, parts[key]) for key in ("drive", "kernel", "state", "bias", "keep")]
    wanted = by_equations(name, *arrays, mask, reverse)
    equal(outcome(name, parts, mask, reverse), wanted)


@cells
@directions
def test_the_gradient_by_hand_is_the_automatic_one(name, reverse):
    parts, mask = example(name)
    equal(gradient(outcome, name, reverse)(parts, mask), gradient(plain, name, reverse)(parts, mask))


@cells
def test_the_gradient_is_the_limit_of_differences(name):
    parts, mask = example(name, time=3, batch=2)

    def run(parts):
        return total(outcome, name, jax.tree.map(jnp.asarray, parts), mask)

    check_grads(run, (parts,), order=1, modes=["rev"], atol=1e-6, rtol=1e-6)


@settings(max_examples=5, deadline=None)
@given(name=st.sampled_from(sorted(CELLS)), time=sizes, batch=sizes, units=sizes, reverse=st.booleans(), seed=st.integers(0, 99))
def test_any_size_gives_the_plain_result_and_gradient(name, time, batch, units, reverse, seed):
    parts, mask = example(name, time, batch, units, seed)
    equal(outcome(name, parts, mask, reverse), plain(name, parts, mask, reverse))
    got, wanted = (jax.grad(lambda p, run=run: total(run, name, p, mask, reverse))(parts) for run in (outcome, plain))
    equal(got, wanted, 1e-10)


@cells
def test_a_mask_of_all_true_is_none(name):
    parts, _ = example(name)
    full = jnp.ones(parts["drive"].shape[:2], bool)
    equal(outcome(name, parts, full), outcome(name, parts))
    equal(gradient(outcome, name, False)(parts, full), gradient(outcome, name, False)(parts, None))


@cells
def test_a_masked_tail_is_a_shorter_sequence(name):
    parts, _ = example(name, time=5)
    mask = jnp.broadcast_to(jnp.arange(5)[:, None] < 3, (5, 3))
    (outputs, last), (short, short_last) = outcome(name, parts, mask), outcome(name, {**parts, "drive": parts["drive"][:3]})
    equal((outputs[:3], last), (short, short_last))
    equal(outputs[3:], jnp.stack([short_last[0]] * 2))


def test_no_gradient_passes_into_masked_steps():
    parts, mask = example("lstm", time=6)
    d_drive = np.asarray(gradient(outcome, "lstm", False)(parts, mask)["drive"])
    assert (d_drive[~np.asarray(mask)] == 0).all() and (d_drive[np.asarray(mask)] != 0).any(-1).all()


@cells
def test_reverse_is_forward_over_the_flipped_sequence(name):
    parts, mask = example(name)
    outputs, last = outcome(name, parts, mask, reverse=True)
    flipped, flipped_last = outcome(name, {**parts, "drive": parts["drive"][::-1]}, mask[::-1])
    equal((outputs[::-1], last), (flipped, flipped_last))


@cells
def test_two_halves_make_the_whole(name):
    parts, _ = example(name, time=5)
    first, between = outcome(name, {**parts, "drive": parts["drive"][:2]})
    second, last = outcome(name, {**parts, "drive": parts["drive"][2:], "state": between})
    equal(outcome(name, parts), (jnp.concatenate([first, second]), last))


def test_bias_and_keep_may_be_left_out():
    parts, _ = example("gru")
    bare = {key: parts[key] for key in ("drive", "kernel", "state")}
    neutral = {**parts, "bias": jnp.zeros(6), "keep": jnp.ones((3, 2))}
    equal(outcome("gru", bare), outcome("gru", neutral))
    got, wanted = (gradient(outcome, "gru", False)(p, None) for p in (bare, neutral))
    equal(got, {key: wanted[key] for key in bare})


def test_many_at_once_are_one_after_the_other():
    several = [example("lstm", seed=seed)[0] for seed in range(3)]
    stacked = jax.tree.map(lambda *a: jnp.stack(a), *several)
    run = jax.jit(partial(outcome, "lstm"))
    equal(jax.vmap(run)(stacked), jax.tree.map(lambda *a: jnp.stack(a), *map(run, several)))
    slope = jax.jit(jax.grad(lambda parts: total(outcome, "lstm", parts)))
    equal(jax.vmap(slope)(stacked), jax.tree.map(lambda *a: jnp.stack(a), *map(slope, several)))


def test_descent_inside_a_compiled_loop_is_descent_outside():
    parts, mask = example("gru")

    def step(_, parts):
        return jax.tree.map(lambda p, d: p - 0.01 * d, parts, jax.grad(lambda p: total(outcome, "gru", p, mask))(parts))

    equal(jax.jit(lambda p: lax.fori_loop(0, 4, step, p))(parts), step(0, step(0, step(0, step(0, parts)))), 1e-10)


def test_the_second_derivative_of_a_gradient_is_there():
    parts, mask = example("lstm", time=2, batch=2)

    def curved(run, parts):
        return (jax.grad(lambda p: total(run, "lstm", p, mask))(parts)["kernel"] ** 2).sum()

    second = [jax.jit(jax.grad(partial(curved, run))) for run in (outcome, plain)]
    equal(second[0](parts), second[1](parts), 1e-9)


def test_single_precision_stays_single_precision():
    parts, mask = example("lstm")
    single = jax.tree.map(lambda a: a.astype(jnp.float32), parts)
    outputs, last = outcome("lstm", single, mask)
    assert {a.dtype for a in (outputs, *last)} == {jnp.dtype("float32")}
    equal(outputs, outcome("lstm", parts, mask)[0], 1e-5)


def test_any_cell_runs_with_trees_of_drive_state_and_output():
    drive = {"x": jnp.arange(6.0).reshape(3, 2), "on": jnp.array([[True, False], [True, True], [False, True]])}

    def count(drive, state):
        state = {"sum": state["sum"] + jnp.where(drive["on"], drive["x"], 0), "steps": state["steps"] + 1}
        return (state["sum"], state["steps"]), state

    start = {"sum": jnp.zeros(2), "steps": jnp.zeros(2, jnp.int32)}
    outputs, last = scan_cell(count, drive, start)
    assert outputs[0].tolist() == [[0, 0], [2, 3], [2, 8]] and last["steps"].tolist() == [3, 3]
    outputs, last = scan_cell(count, drive, start, drive["on"], True)
    assert outputs[0].tolist() == [[2, 8], [2, 8], [0, 5]] and last["steps"].tolist() == [2, 2]
    assert outputs[1].tolist() == [[2, 2], [1, 2], [0, 1]]
