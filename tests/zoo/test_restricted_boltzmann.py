"""Restricted Boltzmann machines: their laws, by counting all states of small ones."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError
from neuralzoo.layers import Dense, RestrictedBoltzmann
from neuralzoo.learn.contrastive import Contrastive
from neuralzoo.learn.learner import Batch
from neuralzoo.zoo import RestrictedBoltzmannMachine, exact_log_partition, log_partition
from neuralzoo.zoo.restricted_boltzmann import ScaleWarning

VISIBLE, HIDDEN = 5, 3
PAIR = np.array([[1, 1, 0, 0, 0], [0, 0, 1, 1, 1.0]])


def states(units):
    return np.array(list(itertools.product([0, 1], repeat=units)), np.float64)


def drawn(visible="bernoulli", units=HIDDEN, scale=1.0):
    """A layer with weights as large as those that were learned."""
    draws = np.random.default_rng(4)
    arrays = {"kernel": (VISIBLE, units), "bias": units, "visible_bias": VISIBLE}
    return RestrictedBoltzmann(units, visible).set(
        **{name: jnp.asarray(draws.normal(0, scale, shape), jnp.float32) for name, shape in arrays.items()}
    )


def energies(net):
    """Of all pairs of states, `(2^visible, 2^hidden)`, term by term."""
    v, h = states(VISIBLE), states(net.units)
    kernel, bias, own = (np.asarray(array, np.float64) for array in (net.kernel, net.bias, net.visible_bias))
    return -(v @ kernel @ h.T) - h @ bias - (v @ own)[:, None]


@pytest.fixture(scope="module")
def machine():
    model = RestrictedBoltzmannMachine(HIDDEN, rate=0.3, seed=3)
    model.fit(np.repeat(PAIR, 8, axis=0), batch_size=16, epochs=100, verbose=0)
    return model


def test_free_energy_sums_the_hidden_units_out():
    net = drawn()
    np.testing.assert_allclose(net.free_energy(jnp.asarray(states(VISIBLE))), -np.log(np.exp(-energies(net)).sum(1)), rtol=1e-5)


def test_log_z_is_the_sum_over_all_states():
    net = drawn()
    np.testing.assert_allclose(exact_log_partition(net), np.log(np.exp(-energies(net)).sum()), rtol=1e-6)


def test_log_z_of_gaussian_units_is_the_integral():
    net = drawn("gaussian", scale=0.5)
    h, own = states(HIDDEN), np.asarray(net.visible_bias, np.float64)
    mean = h @ np.asarray(net.kernel, np.float64).T + own  # given h, v is normal around this: complete the square
    weights = h @ np.asarray(net.bias, np.float64) + 0.5 * (mean**2).sum(1) - 0.5 * (own**2).sum()
    wanted = np.log(np.exp(weights).sum()) + VISIBLE / 2 * np.log(2 * np.pi)
    np.testing.assert_allclose(exact_log_partition(net), wanted, rtol=1e-6)


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_annealed_importance_sampling_agrees_with_counting(visible):
    net = drawn(visible, scale=0.7)
    told = log_partition(net, chains=200, betas=200)
    assert 0 < told.error < 0.1 and told.effective > 50
    assert abs(told.value - exact_log_partition(net)) < 4 * told.error


def test_probabilities_sum_to_one(machine):
    assert np.exp(machine.score_samples(states(VISIBLE)).astype(np.float64)).sum() == pytest.approx(1, abs=1e-4)


def test_fantasies_come_as_often_as_they_are_likely(machine):
    rows = machine.sample(8_000, 1500)
    wanted = np.exp(machine.score_samples(states(VISIBLE)))
    found = np.bincount((rows @ 2 ** np.arange(VISIBLE)[::-1]).astype(int), minlength=2**VISIBLE) / len(rows)
    np.testing.assert_allclose(found, wanted, atol=0.02)
    assert wanted.max() > 0.05


def test_the_step_climbs_the_likelihood():
    """With chains long enough the contrastive step is the gradient of the mean ln P, which autodiff takes of the counted one."""
    net, x = drawn(scale=0.5), jnp.asarray(np.eye(VISIBLE), jnp.float32)
    v = jnp.asarray(states(VISIBLE), jnp.float32)
    likelihood = lambda net: -net.free_energy(x).mean() - jax.nn.logsumexp(-net.free_energy(v))  # noqa: E731
    wanted = jax.grad(likelihood)(net)
    learner = Contrastive(steps=20, chains=10_000, rate=1.0, momentum=0.0, decay=0.0)
    after, _, _ = jax.jit(learner.step)(net, learner.init(net), Batch(x, None, jnp.ones(VISIBLE), jnp.ones(VISIBLE)), jax.random.key(1))
    for name in ("kernel", "bias", "visible_bias"):
        np.testing.assert_allclose(getattr(after, name) - getattr(net, name), getattr(wanted, name), atol=0.02)
    assert max(float(jnp.abs(a).max()) for a in jax.tree.leaves(wanted)) > 0.1


def test_pseudo_likelihood_is_the_sum_over_every_unit(machine):
    x = np.eye(VISIBLE)[:2]
    wanted = np.zeros(2)
    for unit in range(VISIBLE):
        other = x.copy()
        other[:, unit] = 1 - other[:, unit]
        wanted -= np.logaddexp(0, machine.free_energy(x).astype(np.float64) - machine.free_energy(other))
    np.testing.assert_allclose(machine.pseudo_likelihood(x), wanted, rtol=1e-4)


def test_evaluate_tells_the_error_of_the_reconstruction(machine):
    x = np.eye(VISIBLE)
    told = machine.evaluate(x, return_dict=True)
    assert told["loss"] == pytest.approx(np.mean((machine.reconstruct(x) - x) ** 2), rel=1e-5)
    assert told["free_energy"] == pytest.approx(machine.free_energy(x).mean(), rel=1e-5)


def test_learning_makes_the_data_likely(machine):
    first, last = (machine.history.history["loss"][i] for i in (0, -1))
    assert last < 0.7 * first
    assert np.log(1 / 2) > machine.score_samples(PAIR).mean() > -1.5


def test_sparse_units_are_seldom_active():
    x = (np.random.default_rng(0).random((40, VISIBLE)) < 0.5).astype(np.float32)
    sparse = RestrictedBoltzmannMachine(4, sparsity=0.05, rate=0.2, seed=1)
    sparse.learner = sparse.learner.set(sparsity_cost=5.0)
    sparse.fit(x, batch_size=40, epochs=100, verbose=0)
    assert sparse.transform(x).mean() == pytest.approx(0.05, abs=0.03)


def test_gaussian_units_warn_of_numbers_that_are_not_standardised():
    x = np.random.default_rng(0).normal(100, 20, (20, 3))
    with pytest.warns(ScaleWarning, match="standardise"):
        RestrictedBoltzmannMachine(2, "gaussian").meet(x.astype(np.float32), None)


def test_visible_states_outside_0_and_1_are_refused():
    with pytest.raises(DataError, match=r"x\[1, 0\] is 255"):
        RestrictedBoltzmannMachine(2).fit(np.array([[0, 1], [255, 0]], np.uint8))
    with pytest.raises(DataError, match="reshape"):
        RestrictedBoltzmannMachine(2).fit(np.zeros((2, 3, 3)))


def test_too_many_hidden_units_cannot_be_counted():
    with pytest.raises(ArgumentError, match=r"up to 20 hidden units(.|\n)*log_partition"):
        exact_log_partition(RestrictedBoltzmann(21).build(jax.ShapeDtypeStruct((1, 30), jnp.float32), jax.random.key(0)))


def test_settings_that_cannot_be_are_refused(machine):
    for wrong in ({"steps": 0}, {"chains": -1}, {"rate": 0}, {"momentum": 1}, {"sparsity": 1.0}, {"visible": "binary"}, {"units": 0}):
        with pytest.raises(ArgumentError, match="|".join(wrong)):
            RestrictedBoltzmannMachine(**{"units": 2, **wrong})
    with pytest.raises(ArgumentError, match="chains"):
        log_partition(machine.net, chains=1)
    with pytest.raises(ArgumentError, match="steps"):
        machine.sample(2, 0)
    with pytest.raises(ArgumentError, match="RestrictedBoltzmann"):
        Contrastive().check(Dense(2))
    with pytest.raises(NotReadyError, match="sample"):
        RestrictedBoltzmannMachine(2).sample(1)
