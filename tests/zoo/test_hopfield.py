"""Hopfield's network: its laws."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.zoo import HopfieldNetwork
from neuralzoo.zoo.hopfield import CapacityWarning, capacity_curve


@pytest.fixture(scope="module")
def memory():
    """Five patterns in 70 units: one block of 64 and the beginning of another."""
    draws = np.random.default_rng(1)
    model = HopfieldNetwork(seed=2)
    model.fit(np.sign(draws.normal(size=(5, 70))), verbose=0)
    return model


@pytest.fixture(scope="module")
def probes():
    return np.sign(np.random.default_rng(5).normal(size=(20, 70))).astype(np.float32)


def test_hebb_sums_the_outer_products(memory):
    patterns = np.sign(np.random.default_rng(1).normal(size=(5, 70)))
    wanted = patterns.T @ patterns / 70
    np.fill_diagonal(wanted, 0)
    np.testing.assert_allclose(memory.net.kernel, wanted, atol=1e-6)


def test_energy_never_rises(memory, probes):
    _, energies = memory.net.path(probes, 6)
    assert (np.diff(energies, axis=0) <= 1e-5).all() and energies[-1].mean() < energies[0].mean() - 1


def test_a_sweep_asks_one_unit_after_the_other(memory, probes):
    kernel, states = np.asarray(memory.net.kernel, np.float64), probes.astype(np.float64)
    for unit in np.asarray(memory.net.order):
        field = states @ kernel[:, unit]
        states[:, unit] = np.where(np.abs(field) < 1e-9, states[:, unit], np.sign(field))
    np.testing.assert_array_equal(memory.net.path(probes, 1)[0][1], states)


def test_recall_ends_where_nothing_changes(memory, probes):
    rest = memory.recall(probes)
    np.testing.assert_array_equal(memory.net.path(rest, 1)[0][1], rest)


def test_synchronous_units_may_swing_for_ever():
    pair = HopfieldNetwork(rule="projection", updates="synchronous")
    pair.fit(np.array([[1, -1.0]]), verbose=0)
    states, _ = pair.net.path(np.array([[1, 1.0]], np.float32), 4)
    np.testing.assert_array_equal(states[:, 0], [[1, 1], [-1, -1], [1, 1], [-1, -1], [1, 1]])


def test_recall_breaks_down_above_the_capacity():
    below, above = capacity_curve(200, [0.06, 0.3])
    assert below > 0.99 and above < 0.8


def test_projection_keeps_patterns_that_hebb_mixes_up():
    draws = np.random.default_rng(0)
    common = np.sign(draws.normal(size=60))
    alike = common * np.where(draws.random((25, 60)) < 0.2, -1, 1)
    hebb, projection = HopfieldNetwork(), HopfieldNetwork(rule="projection")
    with pytest.warns(CapacityWarning, match="25 patterns in 60 units"):
        hebb.fit(alike, verbose=0)
    projection.fit(alike, verbose=0)
    assert projection.evaluate(alike, return_dict=True)["stable"] == 1 > hebb.evaluate(alike, return_dict=True)["stable"]


@pytest.mark.parametrize("patterns", [np.zeros((2, 4)), np.array([[1, -1], [1, 2.0]]), np.ones((2, 3, 3))])
def test_patterns_that_are_not_signs_are_refused(patterns):
    with pytest.raises(DataError, match=r"-1 and \+1"):
        HopfieldNetwork().fit(patterns)


def test_settings_that_cannot_be_are_refused():
    for wrong in ({"rule": "hebbian"}, {"updates": "parallel"}, {"sweeps": 0}):
        with pytest.raises(ArgumentError, match=r"rule|updates|sweeps"):
            HopfieldNetwork(**wrong)
