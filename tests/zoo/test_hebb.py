"""Hebb's rule and Oja's: their laws."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.layers import Dense
from neuralzoo.zoo import Hebb, Oja
from neuralzoo.zoo.hebb import HebbRule
from neuralzoo.zoo.oja import OjaRule


@pytest.fixture(scope="module")
def cloud():
    draws = np.random.default_rng(0)
    x = draws.normal(size=(400, 5)) * [3, 2, 1.2, 0.7, 0.3] @ np.linalg.qr(draws.normal(size=(5, 5)))[0] + draws.normal(size=5)
    return x.astype(np.float32), np.linalg.svd((x - x.mean(axis=0)).astype(float), full_matrices=False)[2]


def off(found, wanted):
    """How far directions are from others, whatever their signs."""
    found = np.asarray(found) * np.sign(np.sum(found * wanted, axis=1, keepdims=True))
    return np.linalg.norm(found - wanted, axis=1).max()


def test_oja_finds_the_first_principal_component(cloud):
    x, axes = cloud
    oja = Oja(seed=1)
    history = oja.fit(x, verbose=0).history
    assert off(oja.net.components, axes[:1]) < 1e-3
    variances = np.var(x @ axes.T, axis=0)
    assert history["explained"][-1] == pytest.approx(variances[0] / variances.sum(), rel=1e-3)


@pytest.fixture(scope="module")
def three(cloud):
    oja = Oja(3, seed=2)
    oja.fit(cloud[0], epochs=1000, verbose=0)
    return oja


def test_sanger_finds_several_in_order(cloud, three):
    x, axes = cloud
    assert off(three.net.components, axes[:3]) < 1e-3
    wanted = (x - x.mean(axis=0)) @ axes[:3].T
    np.testing.assert_allclose(np.abs(three.transform(x)), np.abs(wanted), atol=2e-2)


def test_what_is_reconstructed_has_the_error_of_principal_components(cloud, three):
    x, axes = cloud
    centred = x - x.mean(axis=0)
    best = np.mean((centred - centred @ axes[:3].T @ axes[:3]) ** 2)
    assert np.mean((three.reconstruct(x) - x) ** 2) == pytest.approx(best, rel=1e-3)
    assert three.evaluate(x, return_dict=True)["loss"] == pytest.approx(best, rel=1e-3)


def test_the_subspace_rule_spans_their_plane(cloud):
    x, axes = cloud
    oja = Oja(2, several="subspace", seed=3)
    oja.fit(x, epochs=200, verbose=0)
    found = np.asarray(oja.net.components)
    np.testing.assert_allclose(found @ found.T, np.eye(2), atol=1e-3)
    np.testing.assert_allclose(found.T @ found, axes[:2].T @ axes[:2], atol=2e-3)


def test_small_batches_come_near_it_too_and_the_length_is_one(cloud):
    x, axes = cloud
    oja = Oja(fall=0.5, seed=1)
    oja.fit(x, batch_size=50, epochs=40, verbose=0)
    assert off(oja.net.components, axes[:1]) < 1e-2
    assert np.linalg.norm(oja.net.components) == pytest.approx(1, abs=1e-2)


def test_the_way_begins_at_length_one_and_ends_at_the_component(cloud, three):
    path = three.path(cloud[0], epochs=10, batch_size=400)
    assert path.shape == (11, 3, 5)
    np.testing.assert_allclose(np.linalg.norm(path[0], axis=1), 1, rtol=1e-5)
    assert off(path[-1, :1], cloud[1][:1]) < off(path[0, :1], cloud[1][:1])


def test_orthogonal_keys_call_up_their_patterns_exactly():
    draws = np.random.default_rng(1)
    keys = 3 * np.linalg.qr(draws.normal(size=(8, 8)))[0][:4]
    patterns = draws.normal(size=(4, 3))
    memory = Hebb(activation=None)
    memory.fit(keys, patterns, batch_size=2, verbose=0)
    np.testing.assert_allclose(memory.recall(keys), patterns, atol=1e-6)
    assert memory.evaluate(keys, patterns) < 1e-10


def test_weights_are_the_sum_of_the_outer_products_and_grow_by_another_fit():
    draws = np.random.default_rng(2)
    keys, patterns = np.sign(draws.normal(size=(6, 50))), np.sign(draws.normal(size=(6, 7)))
    memory = Hebb()
    memory.fit(keys[:4], patterns[:4], batch_size=2, verbose=0)
    memory.fit(keys[4:], patterns[4:], batch_size=2, verbose=0)
    np.testing.assert_allclose(memory.net.kernel, keys.T @ patterns / 50, atol=1e-6)
    with pytest.raises(DataError, match="patterns of 2 values"):
        memory.fit(keys, patterns[:, :2], verbose=0)


def test_without_patterns_keys_call_up_themselves():
    keys = np.sign(np.random.default_rng(3).normal(size=(2, 60)))
    memory = Hebb()
    memory.fit(keys, batch_size=2, verbose=0)
    spoilt = keys * np.where(np.arange(60) < 10, -1, 1)
    np.testing.assert_array_equal(memory.recall(spoilt), keys)


def test_rows_that_do_not_suit_are_refused(cloud):
    x, _ = cloud
    for wrong, message in (
        (lambda: Hebb().fit(x, np.zeros((400, 2)), verbose=0), r"-1 and \+1"),
        (lambda: Oja(6).fit(x, verbose=0), "5 features"),
        (lambda: Oja().fit(np.ones((3, 2)), verbose=0), "all rows are the same"),
        (lambda: Oja().fit(x[:, :, None], verbose=0), "not a table"),
    ):
        with pytest.raises(DataError, match=message) as caught:
            wrong()
        assert caught.value.remedy


def test_settings_that_cannot_be_are_refused():
    for wrong in (
        lambda: Hebb("tanh"),
        lambda: Oja(0),
        lambda: Oja(rate=2),
        lambda: Oja(several="plane"),
        lambda: Oja(fall=-1),
        lambda: HebbRule().check(Dense(2)),
        lambda: OjaRule().check(Dense(2)),
    ):
        with pytest.raises(ArgumentError) as caught:
            wrong()
        assert caught.value.remedy
