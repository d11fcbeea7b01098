"""Hidden Markov models: against enumeration, and their laws."""

from itertools import permutations, product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.kernels.messages import likeliest, messages
from neuralzoo.zoo import HiddenMarkovModel
from neuralzoo.zoo.baum_welch import HiddenMarkov
from neuralzoo.zoo.emissions import Categorical, Gaussian

STATES, SYMBOLS, STEPS = 3, 4, 6


@pytest.fixture(scope="module")
def known():
    """First, transitions, emission probabilities, and every path of six steps with its probability times that of what is seen."""
    draws = np.random.default_rng(0)
    first, ways = draws.dirichlet(np.ones(STATES)), draws.dirichlet(np.ones(STATES), STATES)
    shown = draws.dirichlet(np.ones(SYMBOLS), STATES)
    seen = draws.integers(SYMBOLS, size=STEPS)
    paths = np.array(list(product(range(STATES), repeat=STEPS)))
    p = first[paths[:, 0]] * ways[paths[:, :-1], paths[:, 1:]].prod(axis=1) * shown[paths, seen].prod(axis=1)
    net = HiddenMarkov(STATES, 1, Categorical(SYMBOLS).set(probabilities=jnp.asarray(shown, jnp.float32)[None]))
    arrays = {"first": first, "transitions": ways, "likelihood": np.zeros(())}
    return net.set(**{name: jnp.asarray(array, jnp.float32)[None] for name, array in arrays.items()}).best(), seen, paths, p


@pytest.fixture(scope="module")
def padded(known):
    """The sequence, and the same one with filling behind it."""
    seen = known[1]
    return jnp.asarray(np.stack([np.append(seen, [-1, -1]), np.append(seen[:4], [-1] * 4)]), jnp.int32)


@pytest.fixture(scope="module")
def expected(known, padded):
    """Likelihoods, posteriors and expected transitions, the second sequence with weight 0."""
    return jax.jit(lambda net, x: net.expected(x, x >= 0, jnp.array([1.0, 0.0])))(known[0], padded)


def test_the_likelihood_is_the_sum_over_all_paths(known, expected):
    assert float(expected[0][0]) == pytest.approx(np.log(known[3].sum()), rel=1e-5)


def test_posteriors_and_expected_transitions_are_those_of_all_paths(known, expected):
    _, _, paths, p = known
    _, shares, between = expected
    wanted = np.array([[p[paths[:, t] == s].sum() for s in range(STATES)] for t in range(STEPS)]) / p.sum()
    np.testing.assert_allclose(shares[0, :STEPS], wanted, atol=1e-5)
    assert not np.any(shares[0, STEPS:]) and not np.any(shares[1])
    pairs = np.array([[(p[:, None] * ((paths[:, :-1] == i) & (paths[:, 1:] == j))).sum() for j in range(STATES)] for i in range(STATES)])
    np.testing.assert_allclose(between, pairs / p.sum(), atol=1e-5)


def test_viterbi_finds_the_likeliest_of_all_paths(known, padded):
    net, _, paths, p = known
    found = jax.jit(lambda net, x: net.path(x, x >= 0))(net, padded)
    np.testing.assert_array_equal(found[0, :STEPS], paths[p.argmax()])


def by_hand(b, ways, first):
    """Scaled messages and log P, one step after the other in float64."""
    v, total, messages = first, 0.0, []
    for t in range(len(b)):
        v = (v if t == 0 else v @ ways) * b[t]
        total += np.log(v.sum())
        v = v / v.sum()
        messages.append(v)
    return np.array(messages), total


@pytest.fixture(scope="module")
def long():
    """Likelihoods of 3,000 steps, transitions and first probabilities of three states."""
    draws = np.random.default_rng(1)
    return draws.random((3000, 3)) ** 4 + 1e-4, draws.dirichlet(np.full(3, 0.3), 3), np.full(3, 1 / 3)


def test_messages_lose_nothing_over_a_hundred_thousand_steps(long):
    many = np.tile(long[0], (34, 1))
    b, ways, first = (jnp.asarray(a, jnp.float32) for a in (many, *long[1:]))
    v, scale = jax.jit(messages)(b[None], jnp.ones((1, len(b)), bool), first, ways)
    wanted, total = by_hand(many, *long[1:])
    np.testing.assert_allclose(v[0], wanted, atol=2e-5)
    assert float(scale.sum()) == pytest.approx(total, rel=1e-6)


def test_the_likeliest_path_loses_nothing_over_a_hundred_thousand_steps(long):
    b, ways, first = (jnp.log(jnp.asarray(a, jnp.float32)) for a in (np.tile(long[0], (34, 1)), *long[1:]))
    path = jax.jit(likeliest)(b, jnp.ones(len(b), bool), first, ways)
    np.testing.assert_array_equal(path[3000:5000], path[93000:95000])  # the rows repeat, and so does the path


def test_few_and_many_sequences_are_passed_alike(long):
    b, ways, first = (jnp.asarray(a, jnp.float32) for a in long)
    many = jnp.broadcast_to(b[None, :20], (1000, 20, 3))  # 1000 · 3² is above the bound for products written out
    v, scale = jax.jit(messages)(many, jnp.ones((1000, 20), bool), first, ways)
    wanted, total = by_hand(long[0][:20], *long[1:])
    np.testing.assert_allclose(v[999], wanted, atol=1e-5)
    assert float(scale[0].sum()) == pytest.approx(total, rel=1e-5)


def generated(length=400, sequences=6):
    """Sequences of a model with three well-kept states, and that model."""
    model = HiddenMarkovModel(3, symbols=4)
    ways = np.array([[0.9, 0.08, 0.02], [0.05, 0.9, 0.05], [0.1, 0.05, 0.85]])
    shown = np.array([[0.85, 0.05, 0.05, 0.05], [0.05, 0.45, 0.45, 0.05], [0.05, 0.05, 0.05, 0.85]])
    model.meet(np.array([[0, 1, 2, 3]], np.int32), None)
    emission = model.net.emission.set(probabilities=jnp.asarray(shown, jnp.float32)[None])
    model.net = model.net.set(first=jnp.full((1, 3), 1 / 3), transitions=jnp.asarray(ways, jnp.float32)[None], emission=emission)
    return [model.sample(length, seed=i)[0] for i in range(sequences)], model, ways, shown


@pytest.fixture(scope="module")
def taught():
    seen, model, ways, shown = generated()
    learned = HiddenMarkovModel(3, starts=3, seed=2)
    learned.fit(seen, epochs=60, verbose=0)
    return seen, model, ways, shown, learned


def test_the_likelihood_never_falls(taught):
    losses = taught[-1].history.history["loss"]
    assert np.diff(losses).max() < 2e-6 and losses[-1] < losses[0] - 0.1


def test_a_generated_model_is_found_again(taught):
    seen, model, ways, shown, learned = taught
    assert learned.score(seen) > model.score(seen)  # the likeliest model of this sample is likelier than the one it comes from
    net = learned.net.best()
    found = np.asarray(net.transitions), np.asarray(net.emission.probabilities)
    apart = min(np.abs(found[0][np.ix_(o, o)] - ways).max() + np.abs(found[1][list(o)] - shown).max() for o in permutations(range(3)))
    assert apart < 0.15


def test_short_sequences_and_long_ones_are_learned_together(taught):
    *_, learned = taught
    assert [one.shape for one in learned.predict_proba([[0], [1, 2, 3]])] == [(1, 3), (3, 3)]
    assert learned.score([[0], [1, 2, 3]]) == pytest.approx(learned.score([0]) + learned.score([1, 2, 3]), rel=1e-5)
    assert learned.decode([0, 0, 0]).shape == (3,)


def test_samples_have_the_frequencies_of_the_model():
    _, model, ways, _ = generated(10, 1)
    _, states = model.sample(20000, seed=1)
    stays = np.array([(states[1:][states[:-1] == i] == i).mean() for i in range(3)])
    np.testing.assert_allclose(stays, np.diag(ways), atol=0.03)


def test_criteria_count_what_may_vary(taught):
    seen, *_, learned = taught
    free = 2 + 3 * 2 + 3 * 3
    assert learned.aic(seen) == pytest.approx(2 * free - 2 * learned.score(seen))
    assert learned.bic(seen) == pytest.approx(np.log(2400) * free - 2 * learned.score(seen))


@pytest.mark.parametrize(("kind", "settings"), [("gaussian", {"covariance": "full"}), ("poisson", {})])
def test_numbers_and_counts_find_their_states(kind, settings):
    draws = np.random.default_rng(3)
    hidden = np.repeat([0, 1, 0, 1], 40)
    if kind == "poisson":
        seen = draws.poisson(np.array([2.0, 15.0])[hidden]).astype(np.int32)
    else:
        seen = (draws.normal(size=(160, 2)) @ np.array([[1, 0.8], [0, 0.6]]) + np.array([[0, 0], [6, -4.0]])[hidden]).astype(np.float32)
    model = HiddenMarkovModel(2, kind, seed=0, **settings)
    model.fit(seen, epochs=15, verbose=0)
    assert np.diff(model.history.history["loss"]).max() < 1e-5
    right = np.mean(model.decode(seen) == hidden)
    assert max(right, 1 - right) > 0.97
    net = model.net.best()
    located = np.sort(np.asarray(net.emission.rates if kind == "poisson" else net.emission.means)[:, 0])
    wanted = sorted(float(seen[hidden == s].reshape(80, -1)[:, 0].mean()) for s in (0, 1))
    np.testing.assert_allclose(located, wanted, atol=0.6)


@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_gaussian_laws_are_scipys_and_learn_mean_and_covariance(covariance):
    from scipy.stats import multivariate_normal

    seen = np.random.default_rng(0).normal(size=(60, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0], [0.3, 0, 2.0]]) + 5
    law = Gaussian(covariance).begun(seen, 1, np.random.default_rng(1))

    @jax.jit
    def learned(law, x):
        after = law.learned(law.sums(x, jnp.ones((len(x), 1))))
        return after, after(x)

    law, logs = learned(law, jnp.asarray(seen, jnp.float32))
    matrix = np.cov(seen.T, bias=True) if covariance == "full" else np.diag(seen.var(axis=0))
    np.testing.assert_allclose(law.means[0], seen.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(law.covariances[0], matrix if covariance == "full" else np.diag(matrix), atol=2e-2)
    wanted = multivariate_normal(law.means[0], law.covariances[0] if covariance == "full" else np.diag(law.covariances[0])).logpdf(seen)
    np.testing.assert_allclose(logs[:, 0], wanted, atol=1e-3)


@pytest.mark.parametrize(
    ("kind", "rows", "told"),
    [
        ("categorical", [0.5, 1.0], "whole numbers"),
        ("categorical", [[0, -4]], "whole numbers"),
        ("poisson", [1, -2], "at least 0"),
        ("gaussian", [[[1.0], [2.0]], [[1.0, 2.0]]], "features|shape|dimension"),
        ("gaussian", [[], [1.0]], "empty"),
        ("categorical", [], "empty|no sequences"),
    ],
)
def test_rows_that_cannot_be_seen_are_refused(kind, rows, told):
    with pytest.raises((DataError, ValueError), match=told):
        HiddenMarkovModel(2, kind).fit(rows, verbose=0)


def test_symbols_that_were_never_seen_are_named(taught):
    with pytest.raises(DataError, match=r"0 … 3"):
        taught[-1].score([0, 9])


def test_settings_that_cannot_be_are_refused():
    for wrong in ({"states": 0}, {"starts": 0}, {"emissions": "gausian"}, {"emissions": "gaussian", "covariance": "round"}):
        with pytest.raises(ArgumentError):
            HiddenMarkovModel(**wrong)
