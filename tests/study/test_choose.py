"""Which candidates are tried, how large, and why."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError
from neuralzoo.study.choose import BASELINES, NETWORKS, choose
from neuralzoo.study.networks import affordable_epochs, batch_size, small_units, weights
from neuralzoo.study.problem import Problem

IRIS = Problem("table", "multiclass", rows=120, shape=(4,), classes=3, smallest=40)
DIGITS = Problem("table", "multiclass", rows=1437, shape=(64,), classes=10, smallest=140)
MNIST = Problem("images", "multiclass", rows=56_000, shape=(28, 28, 1), classes=10, smallest=5000)
HOUSES = Problem("table", "regression", rows=400, shape=(13,), smallest=400)
PROBLEMS = [IRIS, DIGITS, MNIST, HOUSES, Problem("sequences", "binary", rows=500, shape=(100, 6), classes=2, smallest=200)]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: f"{p.kind}-{p.task}")
def test_every_problem_gets_a_guess_first_then_baselines_then_networks_each_with_a_reason(problem: Problem) -> None:
    found = choose(problem).candidates
    kinds = [c.kind for c in found]
    assert found[0].name in ("majority class", "mean")
    assert kinds == sorted(kinds) and kinds.count("network") >= 3 and kinds.count("baseline") >= 3
    assert all(c.reason and "\n" not in c.reason for c in found)
    assert [c.order for c in found] == sorted(c.order for c in found)
    assert len({c.name for c in found}) == len(found)


def test_whatever_is_not_tried_has_a_reason_with_the_numbers_that_decided() -> None:
    skipped = {s.name: s.reason for s in choose(IRIS).skipped}
    assert "120 training rows" in skipped["gradient boosting"]
    assert "120 training rows" in skipped["residual MLP"]


def test_the_exact_svm_gives_way_to_landmarks_where_pairs_of_rows_are_too_many() -> None:
    assert "RBF SVM" in [c.name for c in choose(DIGITS).candidates]
    names = [c.name for c in choose(MNIST).candidates]
    assert "RBF SVM (approximate)" in names and "RBF SVM" not in names


def test_an_svm_is_skipped_where_a_class_is_too_small_for_cross_validation() -> None:
    rare = Problem("table", "binary", rows=100, shape=(3,), classes=2, smallest=2)
    assert "2 training rows" in {s.name: s.reason for s in choose(rare).skipped}["RBF SVM"]


def test_one_hidden_layer_has_about_as_many_weights_as_there_are_rows() -> None:
    for problem in (IRIS, DIGITS, HOUSES):
        count = weights(problem, [small_units(problem)])
        assert problem.rows / 2 <= count <= 2 * problem.rows


def test_weights_are_counted_as_the_built_network_counts_them() -> None:
    rows = np.random.default_rng(0).normal(size=(300, 64)).astype(np.float32)
    for candidate in choose(DIGITS).candidates:
        if candidate.kind == "network" and "BN" not in candidate.name:
            model = candidate.make(rows, 10)
            model.build(rows)
            assert model.count_params() == candidate.settings["weights"]


def test_epochs_follow_the_estimated_budget_and_never_the_clock() -> None:
    count = weights(MNIST, [512, 256])
    few, many = (affordable_epochs(Problem(**vars(MNIST) | {"budget": b}), count, batch_size(MNIST.rows)) for b in (30.0, 300.0))
    assert 5 <= few < many <= 300


def test_only_keeps_named_candidates_and_the_guess() -> None:
    assert [c.name for c in choose(IRIS, ["forest"]).candidates] == ["majority class", "random forest"]


def test_an_unknown_candidate_gets_the_nearest_name() -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'random forest'"):
        choose(IRIS, ["random forrest"])


def test_a_new_network_is_one_entry_in_the_table() -> None:
    assert set(NETWORKS) == {"table", "images", "sequences"}
    assert set(BASELINES) == {"classification", "regression"}


@pytest.mark.parametrize("problem", [IRIS, HOUSES], ids=["classes", "numbers"])
def test_every_baseline_fits_and_gives_probabilities_or_numbers(problem: Problem) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, problem.features))
    y = (x[:, 0] > 0).astype(int) + (x[:, 1] > 1) if problem.task == "multiclass" else x[:, 0] + 0.1 * x[:, 1]
    for candidate in choose(problem).candidates:
        if candidate.kind == "baseline":
            model = candidate.make().fit(x, y)
            if problem.task == "regression":
                assert model.predict(x).shape == (60,)
            else:
                np.testing.assert_allclose(model.predict_proba(x).sum(1), 1, atol=1e-6)


@pytest.mark.parametrize("shape", [(28, 28, 1), (9, 14, 3), (6, 6, 1)])
def test_the_weights_of_convolutional_candidates_are_those_of_the_built_networks(shape: tuple[int, ...]) -> None:
    problem = Problem("images", "multiclass", rows=2000, shape=shape, classes=10, smallest=100)
    found = [c for c in choose(problem).candidates if c.name.startswith("CNN")]
    assert len(found) == 2
    for candidate in found:
        model = candidate.make(x := np.zeros((1, *shape), np.float32), 10)
        model.build(x)
        assert model.count_params() == candidate.settings["weights"]


def test_the_weights_of_candidates_for_sequences_are_those_of_the_built_networks() -> None:
    problem = Problem("sequences", "multiclass", rows=500, shape=(140, 2), classes=5, smallest=50)
    found = [c for c in choose(problem).candidates if c.name.startswith(("echo", "temporal", "GRU"))]
    assert [c.name for c in found] == ["echo state network 64", "temporal CNN 32-64", "GRU 32"]
    for candidate in found:
        model = candidate.make(x := np.zeros((1, 140, 2), np.float32), 5)
        model.build(x)
        assert model.count_params() == candidate.settings["weights"]


def test_what_cannot_work_on_tiny_pictures_or_short_or_long_sequences_is_skipped_with_the_numbers() -> None:
    tiny = Problem("images", "binary", rows=2000, shape=(4, 30, 1), classes=2, smallest=100)
    assert all("4 × 30" in s.reason for s in choose(tiny).skipped if s.name.startswith("CNN"))
    short, long = (Problem("sequences", "binary", rows=500, shape=(n, 1), classes=2, smallest=100) for n in (3, 5000))
    reasons = {s.name: s.reason for s in choose(short).skipped}
    assert "3 steps" in reasons["GRU 32"] and "3 steps" in reasons["temporal CNN 32-64"]
    assert "3 steps" in reasons["echo state network 64"]
    assert "5000 steps" in {s.name: s.reason for s in choose(long).skipped}["GRU 32"]


def test_a_network_that_would_take_too_long_says_what_it_would_need() -> None:
    large = Problem("images", "multiclass", rows=50_000, shape=(256, 256, 3), classes=10, smallest=5000)
    reasons = {s.name: s.reason for s in choose(large).skipped}
    assert "--budget" in reasons["CNN 16-32-64"]
    heard = Problem("sequences", "binary", rows=50_000, shape=(900, 1), classes=2, smallest=9000)
    assert "--budget" in {s.name: s.reason for s in choose(heard).skipped}["echo state network 128"]
    patient = Problem(**vars(large) | {"budget": 1e6})
    assert "CNN 16-32-64" in [c.name for c in choose(patient).candidates]
