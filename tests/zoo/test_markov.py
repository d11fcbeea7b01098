"""Markov chains: counts, laws of finite chains in closed form, and what cannot be."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.text import KneserNey
from neuralzoo.zoo import MarkovChain
from neuralzoo.zoo.finite_chains import absorption, classes, hitting, stationary
from neuralzoo.zoo.ragged import pieces

TEXT = "the law of large numbers holds for letters that lean on the letters before them, as the law of the large holds"


@pytest.fixture(scope="module")
def chain():
    """An order-2 chain of characters."""
    model = MarkovChain(order=2)
    model.fit(TEXT, verbose=0)
    return model


def ruin(p, n):
    """Gambler's ruin: one up with probability p, else one down, until 0 or n."""
    matrix = np.diag(np.full(n, p), 1) + np.diag(np.full(n, 1 - p), -1)
    matrix[0], matrix[n] = np.eye(n + 1)[0], np.eye(n + 1)[n]
    return matrix


# -- counting ---------------------------------------------------------------------------------------------------------------


def test_probabilities_are_shares_of_what_followed(chain):
    seen = Counter(TEXT[i + 2] for i in range(len(TEXT) - 2) if TEXT[i : i + 2] == "th")
    told = dict(zip(chain.alphabet, chain.predict_proba("that th")[0], strict=True))
    for symbol, p in told.items():
        assert p == pytest.approx(seen[symbol] / sum(seen.values()))


def test_the_table_holds_only_what_was_seen():
    model = MarkovChain(order=8, smoothing=1.0)  # of 20 characters: 5 · 10^11 grams are possible
    model.fit(TEXT, verbose=0)
    held = int((np.asarray(model.memo.times) > 0).sum())
    assert held == len({TEXT[max(i - 8, 0) : i + 1] for i in range(len(TEXT))}) and model.net.places <= 2**16


def test_cutting_a_sequence_changes_no_count():
    codes = np.random.default_rng(0).integers(3, size=40)
    whole, cut = (MarkovChain(2, alphabet=range(3)) for _ in range(2))
    whole.fit(codes[None], verbose=0)
    rows, weights = pieces([codes], 16, 2)
    cut.fit(rows, sample_weight=weights, verbose=0)
    np.testing.assert_array_equal(whole.transitions(), cut.transitions())
    assert int(cut.memo.times.sum()) == 40


def test_another_fit_adds_to_the_counts():
    parts, whole = (MarkovChain(alphabet="abc") for _ in range(2))
    parts.fit("abac", verbose=0)
    parts.fit("cab", verbose=0)
    whole.fit([list("abac"), list("cab")], verbose=0)
    np.testing.assert_array_equal(parts.transitions(), whole.transitions())


def test_a_table_that_is_too_small_says_so():
    with pytest.raises(DataError, match="places"):
        MarkovChain(places=2).fit("abac", verbose=0)
    with pytest.raises(DataError, match="no symbol of 2"):
        MarkovChain(alphabet=range(2)).fit(np.array([[0, 1, 2]]), verbose=0)


def test_smoothing_is_laplaces():
    model = MarkovChain(smoothing=1, alphabet="abc")
    model.fit("aab", verbose=0)
    np.testing.assert_allclose(model.predict_proba(["a"])[0], [2 / 5, 2 / 5, 1 / 5], rtol=1e-6)
    np.testing.assert_allclose(model.predict_proba(["c"])[0], 1 / 3, rtol=1e-6)


def test_kneser_ney_agrees_with_the_one_that_text_models_are_measured_by():
    draws = np.random.default_rng(4)
    ways = draws.dirichlet(np.full(4, 0.4), size=(4, 4))
    codes = [0, 0]
    for _ in range(1500):
        codes.append(int(draws.choice(4, p=ways[codes[-2], codes[-1]])))
    seen, held_out = np.array(codes[:1200]), np.array(codes[1200:])
    model = MarkovChain(3, "kneser-ney", alphabet=range(4))
    model.fit(seen[None], verbose=0)
    p = model.predict_proba([held_out[i : i + 3].tolist() for i in range(len(held_out) - 3)])
    assert -np.log(p[np.arange(len(p)), held_out[3:]]).mean() == pytest.approx(KneserNey(seen, 4, 3).nats(held_out), abs=2e-3)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)


def test_perplexity_is_that_of_the_frequencies():
    model = MarkovChain(order=0)
    model.fit("aaab", verbose=0)
    assert model.perplexity("aaab") == pytest.approx(np.exp(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25))), rel=1e-5)
    assert model.evaluate("aaab", return_dict=True)["bits"] == pytest.approx(-model.score("aaab") / np.log(2))


def test_samples_follow_the_transitions_and_begin_with_the_shorter_one():
    model = MarkovChain()
    model.fit("aabab" * 20, verbose=0)
    long = model.sample(2000, seed=3)
    assert long.startswith(model.sample(5, seed=3)) and set(long) == {"a", "b"}
    after = Counter(pairwise(long))
    assert after["a", "b"] / (after["a", "a"] + after["a", "b"]) == pytest.approx(model.transitions()[0, 1], abs=0.05)
    assert model.sample(4, prompt="a", temperature=0.0) == "baba"  # after a, b came in 40 of 59 places


def test_a_sample_ends_where_nothing_was_seen_after():
    model = MarkovChain()
    model.fit([["go", "stop"]], verbose=0)
    assert model.sample(9) == ["go", "stop"]


# -- laws of finite chains --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.5, 0.4])
def test_gamblers_ruin(p):
    n, k, q = 10, np.arange(11), (1 - p) / p
    wins = k / n if p == 0.5 else (1 - q**k) / (1 - q**n)
    lasts = k * (n - k) if p == 0.5 else (k - n * wins) / (1 - 2 * p)
    matrix = ruin(p, n)
    np.testing.assert_allclose(hitting(matrix, [n]).probabilities, wins, atol=1e-12)
    np.testing.assert_allclose(hitting(matrix, [0, n]).times, lasts, atol=1e-10)
    end = absorption(matrix)
    np.testing.assert_allclose(end.times, lasts[1:-1], atol=1e-10)
    won = next(i for i, states in enumerate(end.ends) if n in states)
    np.testing.assert_allclose(end.probabilities[:, won], wins[1:-1], atol=1e-12)
    np.testing.assert_allclose(end.fundamental @ (np.eye(n - 1) - matrix[1:-1, 1:-1]), np.eye(n - 1), atol=1e-12)


def test_the_stationary_law_is_the_left_eigenvector_to_ten_digits():
    matrix = np.random.default_rng(2).dirichlet(np.full(30, 0.2), size=30)
    law = stationary(matrix)
    np.testing.assert_allclose(law @ matrix, law, atol=1e-14)
    values, vectors = np.linalg.eig(matrix.T)
    wanted = vectors[:, np.argmax(values.real)].real
    np.testing.assert_allclose(law, wanted / wanted.sum(), atol=1e-10)


def test_the_stationary_law_of_counts_is_exact(chain):
    law = chain.stationary()
    np.testing.assert_allclose(law @ chain.transitions(), law, atol=1e-12)


def test_an_unlikely_state_keeps_all_its_digits():
    e = 1e-13  # 1 − e loses three digits where rows are subtracted
    matrix = np.array([[1 - e, e], [0.5, 0.5]])
    assert stationary(matrix)[1] == pytest.approx(e / (e + 0.5), rel=1e-9)


def test_periodic_chains_and_several_ends_are_said_plainly():
    ring = np.roll(np.eye(3), 1, axis=1)
    assert classes(ring).periods.tolist() == [3]
    np.testing.assert_allclose(stationary(ring), 1 / 3)
    with pytest.raises(DataError, match="2 closed classes"):
        stationary(ruin(0.5, 4))
    with pytest.raises(DataError, match="period 3"):
        absorption(ring)


def test_what_cannot_be_reached_takes_for_ever():
    found = hitting(ruin(0.5, 4), [0])
    np.testing.assert_allclose(found.probabilities, [1, 0.75, 0.5, 0.25, 0])
    assert found.times[0] == 0 and np.isinf(found.times[1:]).all()


def test_rows_of_zeros_are_refused():
    with pytest.raises(DataError, match="never left"):
        stationary(np.array([[0.5, 0.5], [0, 0]]))


def test_a_state_that_was_never_left_absorbs():
    model = MarkovChain()
    model.fit([["play", "play", "won"], ["play", "lost"]], verbose=0)
    end = model.absorption()
    assert [model.states()[i] for i in end.transient] == ["play"]
    np.testing.assert_allclose(end.probabilities[0], [1 / 2, 1 / 2])  # of the two ends; a third of all steps stay
    assert end.times[0] == pytest.approx(1.5)


# -- what cannot be ---------------------------------------------------------------------------------------------------------


def test_symbols_that_were_never_seen_are_named(chain):
    with pytest.raises(DataError, match="'Z'"):
        chain.score("theZ")
    with pytest.raises(DataError, match="nothing was ever seen after"):
        chain.predict_proba("mm")
    assert chain.score("mm") == -np.inf


@pytest.mark.parametrize("rows", ["", [], [[]], np.array([[-3, 1]]), np.array([[0.5, 1.0]])])
def test_rows_that_are_no_sequences_are_refused(rows):
    with pytest.raises(DataError):
        MarkovChain().fit(rows, verbose=0)


def test_settings_that_cannot_be_are_refused():
    for wrong in ({"order": -1}, {"smoothing": -1}, {"smoothing": "knesr"}, {"alphabet": ""}, {"alphabet": "aa"}, {"places": 0}):
        with pytest.raises(ArgumentError):
            MarkovChain(**wrong)


def test_a_sequence_shorter_than_the_order_is_known_from_its_start():
    model = MarkovChain(order=5)
    model.fit([["a"]], verbose=0)
    assert model.predict_proba([[]])[0].tolist() == [1.0]


def test_filling_behind_a_row_changes_no_prediction():
    model = MarkovChain(order=2, smoothing=1)
    model.fit(np.array([[0, 1, 2, 1, 0, 2]]), verbose=0)
    np.testing.assert_array_equal(model.predict(np.array([[1, 2, -1, -1]])), model.predict(np.array([[0, 0, 1, 2]])))


def test_halves_of_counts_are_refused():
    with pytest.raises(ArgumentError, match="whole number"):
        MarkovChain().fit(np.array([[0, 1]]), sample_weight=np.array([0.5]), verbose=0)
