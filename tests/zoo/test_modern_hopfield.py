"""Modern Hopfield networks: retrieval in one step, and an energy that never rises."""

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError
from neuralzoo.layers import Dense
from neuralzoo.zoo import ModernHopfieldNetwork
from neuralzoo.zoo.modern_hopfield import ModernHopfield, Notebook

PATTERNS = np.random.default_rng(0).normal(size=(300, 64)).astype(np.float32)


@pytest.fixture(scope="module")
def memory():
    """Many more patterns than units, in room for 20 more."""
    model = ModernHopfieldNetwork(capacity=320)
    model.fit(PATTERNS, batch_size=100, verbose=0)
    return model


def test_one_step_retrieves_patterns_that_are_well_apart(memory):
    spoilt = PATTERNS + np.random.default_rng(1).normal(0, 0.3, PATTERNS.shape).astype(np.float32)
    np.testing.assert_allclose(memory.recall(spoilt), PATTERNS, atol=1e-3)


def test_energy_never_rises_and_is_never_negative(memory):
    states = np.random.default_rng(2).normal(size=(50, 64)).astype(np.float32)
    flat = memory.net.set(beta=0.05)  # slow enough that it takes many steps
    _, energies = flat.path(states, 8)
    assert (np.diff(energies, axis=0) <= 1e-4).all() and (np.diff(energies, axis=0)[0] < -0.1).all()
    assert (np.asarray(energies) >= 0).all()


def test_update_and_energy_are_the_published_ones(memory):
    states = np.random.default_rng(3).normal(size=(4, 64)).astype(np.float32)
    net, kept = memory.net.set(beta=0.1), np.asarray(memory.net.patterns[:300], np.float64)
    assert sorted(map(tuple, kept)) == sorted(map(tuple, PATTERNS.astype(np.float64)))
    np.testing.assert_allclose(net(states), softmax(0.1 * states @ kept.T, axis=1) @ kept, atol=1e-4)
    own = 0.5 * (states**2).sum(1) + np.log(300) / 0.1 + 0.5 * (kept**2).sum(1).max()
    np.testing.assert_allclose(net.energy(states), own - logsumexp(0.1 * states @ kept.T, axis=1) / 0.1, rtol=1e-4)


def test_a_second_fit_adds_patterns_while_there_is_room():
    memory = ModernHopfieldNetwork(capacity=5)
    memory.fit(np.eye(4)[:2] * 9, verbose=0)
    memory.fit(np.eye(4)[2:] * 9, verbose=0)
    np.testing.assert_allclose(memory.recall(np.eye(4)), np.eye(4) * 9, atol=0.01)
    with pytest.raises(DataError, match=r"6 patterns do not fit(.|\n)*capacity=6"):
        memory.fit(np.eye(4)[:2])


def test_a_stream_with_too_many_rows_is_refused_at_the_end():
    memory = ModernHopfieldNetwork(capacity=3)
    with pytest.raises(DataError, match="4 patterns do not fit where there is room for 3"):
        memory.fit(((np.eye(2),) for _ in range(2)), steps_per_epoch=2, verbose=0)


def test_settings_and_rows_that_cannot_be_are_refused():
    for wrong in ({"beta": 0}, {"updates": 0}, {"capacity": 0}):
        with pytest.raises(ArgumentError, match="|".join(wrong)):
            ModernHopfieldNetwork(**wrong)
    with pytest.raises(DataError, match="reshape"):
        ModernHopfieldNetwork().fit(np.zeros((2, 3, 3)))
    with pytest.raises(NotReadyError, match="recall"):
        ModernHopfieldNetwork().recall(np.eye(2))
    with pytest.raises(ArgumentError, match="ModernHopfield"):
        Notebook().check(Dense(2))
    with pytest.raises(ArgumentError, match="capacity"):
        ModernHopfield().build(np.zeros((1, 2)), None)
