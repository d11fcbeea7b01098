"""MADALINE: its two rules and their law, that as little as possible is disturbed."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.layers import Chain, Dense
from neuralzoo.learn.learner import Batch
from neuralzoo.zoo import Madaline
from neuralzoo.zoo.madaline import LocalMinimumWarning, MadalineRule, Vote

CORNERS = np.array(list(itertools.product((0, 1), repeat=2)), np.float32)
ODD = np.array([0, 1, 1, 0])


@pytest.mark.parametrize(("rule", "units"), [("I", 5), ("II", 8)])
def test_it_learns_the_exclusive_or(rule, units):
    for seed in (1, 2, 3):
        model = Madaline(units, rule, seed=seed)
        history = model.fit(CORNERS, ODD, batch_size=4, verbose=0).history
        assert history["mistakes"][-1] == 0 and model.evaluate(CORNERS, ODD, return_dict=True)["accuracy"] == 1
        np.testing.assert_array_equal(model.classify(CORNERS), ODD)


def test_as_many_units_change_over_as_a_vote_needs():
    for votes in itertools.product((-1.0, 1.0), repeat=4):
        for answer, (vote, law) in itertools.product((-1, 1), (("majority", lambda v: sum(v) >= 0), ("or", max), ("and", min))):
            given = [1 if law(np.where(np.arange(4) < k, answer, sorted(votes, key=lambda v: v == answer))) > 0 else -1 for k in range(5)]
            if given[0] != answer:
                assert float(Vote(vote).needed(jnp.array(votes), jnp.array(answer))) == given.index(answer)


def test_a_vote_is_its_function():
    votes = jnp.array(list(itertools.product((-1.0, 1.0), repeat=3)))
    for vote, law in (("majority", lambda v: v.sum(1) >= 0), ("or", lambda v: v.max(1) > 0), ("and", lambda v: v.min(1) > 0)):
        np.testing.assert_array_equal(Vote(vote)(votes)[:, 0] > 0, law(np.asarray(votes)))


def taught(second, rows=1):
    net = Chain([Dense(3, activation="sign"), second]).build(jax.ShapeDtypeStruct((1, 2), jnp.float32), jax.random.key(4))
    x, ones = jnp.array([[0.5, -1.0]]), jnp.ones(1)
    label = int(net(x)[0, 0] < 0)  # the wrong one
    return net, MadalineRule(1.0), Batch(x, jnp.array([label]), ones, ones)


def test_rule_one_turns_the_unit_nearest_to_zero():
    net, rule, batch = taught(Vote())
    first = net.layers[0]
    sums = np.asarray(batch.x @ first.kernel + first.bias)[0]
    after = rule.step(net, (), batch, jax.random.key(0))[0]
    moved = np.abs(np.asarray(after.layers[0].kernel - first.kernel)).max(axis=0) > 0
    answer = 2 * int(batch.y[0]) - 1
    against = np.where(np.where(sums >= 0, 1, -1) != answer, np.abs(sums), np.inf)
    needed = int(Vote().needed(jnp.where(jnp.array(sums) >= 0, 1.0, -1.0), jnp.array(answer)))
    assert set(np.flatnonzero(moved)) == set(np.argsort(against)[:needed]) and needed >= 1
    assert after(batch.x)[0, 0] == answer


def test_rows_that_are_right_change_nothing():
    for second in (Vote("or"), Dense(1, activation="sign")):
        net, rule, batch = taught(second)
        right = batch._replace(y=1 - batch.y)
        assert rule.step(net, (), right, jax.random.key(0))[0] == net


def test_rule_two_tells_several_classes():
    draws = np.random.default_rng(0)
    y = np.arange(60) % 3
    x = np.array([[0, 3.0], [-3, -2], [3, -2]])[y] + draws.normal(size=(60, 2)) * 0.5
    model = Madaline(6, "II", seed=2)
    model.fit(x, y, batch_size=4, verbose=0)
    assert model.predict(x).shape == (60, 3) and np.mean(model.classify(x) == y) > 0.95
    with pytest.raises(DataError, match="3 classes") as caught:
        Madaline(6).fit(x, y)
    assert "II" in caught.value.remedy


def test_it_says_where_it_does_not_come_to_an_end():
    with pytest.warns(LocalMinimumWarning, match="60 epochs"):
        Madaline(1, seed=1).fit(CORNERS, ODD, batch_size=4, epochs=60, verbose=0)


@pytest.mark.parametrize("wrong", [{"rule": "III"}, {"vote": "all"}, {"units": 0}, {"rate": 0}, {"rate": 1.5}])
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ArgumentError) as caught:
        Madaline(**wrong)
    assert caught.value.remedy


def test_other_networks_are_not_its_own():
    with pytest.raises(ArgumentError, match="two layers"):
        MadalineRule().check(Chain([Dense(3), Dense(1)]))
