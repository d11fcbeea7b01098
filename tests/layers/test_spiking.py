"""Spiking neurons: the membrane's equation, the rate curve, and derivatives that stand in."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.kernels.recurrence import scan_cell
from neuralzoo.kernels.spiking import SLOPES, fire, spike
from neuralzoo.layers import LIF, LatencyCode, LIFCell, PoissonCode

WIRED = {"kernel_initializer": "ones", "tau": 20.0, "rest": -65.0, "threshold": -50.0, "resistance": 10.0}


def run(cell, current, steps):
    """Outputs `(steps, units)` of a cell on the same current at every step."""
    cell = cell.build(jax.ShapeDtypeStruct((1, 1), jnp.float32), jax.random.key(0))
    drive = cell.drive(jnp.full((steps, 1, 1), current))
    return np.asarray(cell.run(drive, cell.start(1), None, False)[0][:, 0]), cell


def test_a_membrane_follows_the_closed_form():
    outputs, cell = run(LIFCell(1, dt=0.5, fires=False, **WIRED), 1.2, 100)
    time = 0.5 * np.arange(1, 101)
    np.testing.assert_allclose(cell.millivolts(outputs[:, 0]), -65 + 10 * 1.2 * (1 - np.exp(-time / 20)), atol=1e-4)


@pytest.mark.parametrize("refractory", [0.0, 2.0])
def test_the_rate_follows_the_analytic_curve(refractory):
    currents = np.array([1.4, 1.6, 2.5, 5.0])  # nA; the threshold is reached from 1.5 on
    cell = LIFCell(4, dt=0.1, reset="rest", refractory=refractory, **WIRED)
    drive = jnp.broadcast_to(cell.gain * currents, (10_000, 1, 4)).astype(jnp.float32)
    spikes = np.asarray(cell.run(drive, cell.start(1), None, False)[0])[:, 0].sum(0)  # in 1 s
    drop = np.maximum(1 - 15 / (10 * currents), 1e-300)
    wanted = np.where(currents > 1.5, 1000 / (refractory - 20 * np.log(drop)), 0)
    assert (np.abs(spikes - wanted) <= 1 + 0.02 * wanted).all() and spikes[0] == 0


def cost(run_):
    def value(drive, start):
        spikes, last = run_(drive, start)
        return jnp.sum(jnp.sin(jnp.arange(spikes.size)).reshape(spikes.shape) * spikes) + jnp.sum(last**2)

    return value


@pytest.mark.parametrize("reset", ["subtract", "rest"])
def test_the_gradient_by_hand_is_that_of_the_steps(reset):
    cell = LIFCell(4, reset=reset, steepness=3.0)
    drive, start = jax.random.uniform(jax.random.key(0), (12, 2, 4)), jax.random.uniform(jax.random.key(1), (2, 4))
    quick = lambda drive, start: cell.integrate(drive, start, 12)  # noqa: E731
    slow = lambda drive, start: (lambda outputs, last: (outputs, last[0]))(*scan_cell(cell.step, drive, (start,)))  # noqa: E731
    np.testing.assert_allclose(quick(drive, start)[0], slow(drive, start)[0])
    assert 0 < np.mean(quick(drive, start)[0]) < 1
    one, other = (jax.grad(cost(f), argnums=(0, 1))(drive, start) for f in (quick, slow))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_current_that_stays_is_the_same_as_one_repeated():
    told = {"subtract": True, "surrogate": "arctan", "steepness": 2.0}
    drive, start = jax.random.uniform(jax.random.key(0), (2, 4)), jnp.zeros((2, 4))
    steady = lambda drive, start: fire(drive, start, 9, 0.9, **told)  # noqa: E731
    repeated = lambda drive, start: fire(jnp.broadcast_to(drive, (9, 2, 4)), start, 9, 0.9, **told)  # noqa: E731
    np.testing.assert_array_equal(steady(drive, start)[0], repeated(drive, start)[0])
    np.testing.assert_allclose(*(jax.grad(cost(f))(drive, start) for f in (steady, repeated)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("surrogate", sorted(SLOPES))
def test_a_surrogate_is_used_backward_only(surrogate):
    u = jnp.array([-0.4, -0.01, 0.0, 0.3])
    np.testing.assert_array_equal(spike(u, surrogate, 2.0), [0, 0, 1, 1])
    wanted = {
        "fast sigmoid": 1 / (1 + 2 * np.abs(u)) ** 2,
        "arctan": 1 / (1 + (np.pi * np.array(u)) ** 2),
        "triangular": 1 - 2 * np.abs(u),
    }[surrogate]
    np.testing.assert_allclose(jax.vmap(jax.grad(lambda u: spike(u, surrogate, 2.0)))(u), wanted, rtol=1e-5)


def test_poisson_spikes_come_at_their_rates():
    x = jnp.array([[0.0, 0.1, 0.5, 1.0]])
    spikes = np.asarray(PoissonCode(4000)(x))[0]
    assert (spikes[:, 0] == 0).all() and (spikes[:, 3] == 1).all()
    spread = np.sqrt(x[0] * (1 - x[0]) / 4000)
    assert (np.abs(spikes.mean(0) - x[0]) <= 4 * spread).all()
    assert abs(np.corrcoef(spikes[:-1, 2], spikes[1:, 2])[0, 1]) < 0.07
    drawn = [PoissonCode(50).forward(x, jax.random.key(i))[0] for i in (0, 0, 1)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_a_larger_number_spikes_earlier_and_only_once():
    spikes = np.asarray(LatencyCode(11)(jnp.array([[0.0, 0.1, 0.5, 1.0]])))[0]
    np.testing.assert_array_equal(spikes.sum(0), [0, 1, 1, 1])
    np.testing.assert_array_equal(spikes.argmax(0)[1:], [9, 5, 0])


def test_a_neuron_that_cannot_be_is_refused():
    for wrong in ({"dt": 0.0}, {"dt": -1.0}, {"dt": 30.0}, {"tau": 0.0}, {"threshold": -70.0}, {"reset": "zero"}, {"surrogate": "sigmoid"},
                  {"refractory": -1.0}, {"resistance": 0.0}, {"steepness": 0.0}, {"units": 0}):  # fmt: skip
        with pytest.raises(ArgumentError) as caught:
            LIFCell(**{"units": 3, **wrong})
        assert caught.value.remedy
    for kind in (PoissonCode, LatencyCode):
        with pytest.raises(ArgumentError, match="steps=0"):
            kind(0)
    with pytest.raises(ShapeError, match="time"):
        LIF(3).build(jax.ShapeDtypeStruct((1, 4), jnp.float32), jax.random.key(0))
