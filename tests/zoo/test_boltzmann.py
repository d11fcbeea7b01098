"""Boltzmann machines: what is sampled agrees with what is counted."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError
from neuralzoo.layers import Boltzmann, Dense
from neuralzoo.learn.learner import Batch
from neuralzoo.learn.two_phases import TwoPhases
from neuralzoo.zoo import BoltzmannMachine
from neuralzoo.zoo.boltzmann import encoder

VISIBLE, HIDDEN = 4, 2
ROWS = jnp.asarray([[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 0]], jnp.float32)


@pytest.fixture(scope="module")
def net():
    """A machine with weights as large as those that were learned."""
    draws = np.random.default_rng(2)
    kernel = np.triu(draws.normal(size=(VISIBLE + HIDDEN,) * 2), 1)
    layer = Boltzmann(HIDDEN).build(jax.ShapeDtypeStruct((1, VISIBLE), jnp.float32), jax.random.key(0))
    return layer.set(kernel=jnp.asarray(kernel + kernel.T, jnp.float32), bias=jnp.asarray(draws.normal(size=VISIBLE + HIDDEN), jnp.float32))


def counted(net):
    """All states `(64, 6)` and the probability of each, by NumPy."""
    states = np.array([[code >> unit & 1 for unit in range(VISIBLE + HIDDEN)] for code in range(2 ** (VISIBLE + HIDDEN))], np.float64)
    scores = 0.5 * np.einsum("su,uv,sv->s", states, np.asarray(net.kernel, np.float64), states) + states @ np.asarray(net.bias)
    return states, np.exp(scores) / np.exp(scores).sum()


def test_exact_statistics_are_sums_over_all_states(net):
    states, probability = counted(net)
    np.testing.assert_allclose(net.exact()[1], (states * probability[:, None]).T @ states, atol=1e-5)
    scores = net.exact(ROWS)[0] - net.exact()[0]
    wanted = [probability[(states[:, :VISIBLE] == np.asarray(row)).all(axis=1)].sum() for row in ROWS]
    np.testing.assert_allclose(np.exp(scores), wanted, rtol=1e-4)


def test_the_step_by_sampling_agrees_with_counting(net):
    """The difference of the phases, sampled with many chains, is the gradient of the mean ln P, counted and taken by autodiff."""
    wanted = net.exact(ROWS)[1] - net.exact()[1]
    rule = TwoPhases(replicas=800, sweeps=10)
    found = jax.jit(rule.difference)(net, Batch(ROWS, None, jnp.ones(3), jnp.ones(3)), jax.random.key(1))
    np.testing.assert_allclose(found, wanted, atol=0.04)
    slope = jax.grad(lambda bias: jnp.mean(net.set(bias=bias).exact(ROWS)[0]) - net.set(bias=bias).exact()[0])(net.bias)
    np.testing.assert_allclose(jnp.diag(wanted), slope, atol=1e-5)
    assert float(jnp.abs(wanted).max()) > 0.1


@pytest.fixture(scope="module")
def machine():
    model = BoltzmannMachine(1, rate=0.5, seed=1)
    model.fit(np.repeat(np.asarray(ROWS[:2]), 10, axis=0), batch_size=20, epochs=80, verbose=0)
    return model


def test_learning_makes_the_rows_likely(machine):
    assert np.log(0.5) > machine.score_samples(ROWS[:2]).mean() > -1.3 > np.log(1 / 2**VISIBLE)
    assert machine.history.history["loss"][-1] < 0.1 < machine.history.history["loss"][0]


def test_half_a_row_tells_the_other_half(machine):
    whole = machine.complete(np.array([[1, 1, 0, 0], [0, 0, 0, 0]]), known=[True, True, False, False])
    np.testing.assert_allclose(whole, ROWS[:2], atol=0.25)
    np.testing.assert_array_equal(whole[:, :2], ROWS[:2, :2])


def test_dreams_are_of_what_was_seen(machine):
    dreams = machine.sample(400, 20)
    seen = (dreams[:, None] == np.asarray(ROWS[:2])).all(axis=2).any(axis=1).mean()
    assert seen == pytest.approx(np.exp(machine.score_samples(ROWS[:2])).sum(), abs=0.12)


def test_weights_stay_symmetric_and_only_where_units_are_connected():
    machine = encoder()
    machine.fit(np.tile(np.eye(4), (1, 2)), batch_size=4, epochs=3, verbose=0)
    kernel = np.asarray(machine.net.kernel)
    np.testing.assert_array_equal(kernel, kernel.T)
    assert not kernel[:4, 4:8].any() and not kernel.diagonal().any()
    assert (kernel[:8, 8:] != 0).all() and kernel[8, 9] != 0


def test_what_cannot_be_is_refused(machine):
    for wrong in ({"rate": 0}, {"sweeps": 0}, {"replicas": 0}, {"noise": (1.0, 0.0)}, {"cooling": ((2, 0.0),)}, {"hidden": -1}):
        with pytest.raises(ArgumentError, match="|".join(wrong)):
            BoltzmannMachine(**{"hidden": 1, **wrong})
    with pytest.raises(DataError, match=r"x\[0, 1\] is 0.5"):
        BoltzmannMachine(1).fit(np.array([[1, 0.5]]))
    with pytest.raises(DataError, match="reshape"):
        BoltzmannMachine(1).fit(np.zeros((2, 3, 3)))
    with pytest.raises(DataError, match="unit 9"):
        BoltzmannMachine(1, ((0,), (9,))).fit(np.eye(2))
    with pytest.raises(NotReadyError, match="sample"):
        BoltzmannMachine(1).sample(1)
    with pytest.raises(ArgumentError, match="sweeps"):
        machine.sample(1, 0)
    with pytest.raises(ArgumentError, match=r"2\^24 states"):
        Boltzmann(21).build(jax.ShapeDtypeStruct((1, 3), jnp.float32), jax.random.key(0)).exact()
    with pytest.raises(ArgumentError, match="Boltzmann"):
        TwoPhases().check(Dense(2))
