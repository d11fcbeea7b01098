"""Splitting and training of a study's candidates."""

from dataclasses import replace

import numpy as np
import pandas
import pytest

from neuralzoo.core.errors import ArgumentError
from neuralzoo.data import Dataset, dataset_from_arrays, dataset_from_table, open_dataset
from neuralzoo.study.analyze import analyze
from neuralzoo.study.choose import choose
from neuralzoo.study.parts import split_study
from neuralzoo.study.prepare import Preparation
from neuralzoo.study.records import Candidate, Diagnosis
from neuralzoo.study.train import Sides, chance_loss, problem_of, train


def prepared(dataset: Dataset, balanced: bool = False):
    analysis = analyze(dataset)
    parts = split_study(dataset, analysis)
    preparation = Preparation.fit(dataset, analysis, parts.rows["train"])
    sides = Sides.of(dataset, preparation, parts.rows)
    return sides, problem_of(sides, dataset.kind, analysis.task, balanced=balanced, seed=0, budget=4.0), preparation


@pytest.fixture(scope="module")
def iris():
    return prepared(open_dataset("iris"))


def named(problem, word: str) -> Candidate:
    return next(c for c in choose(problem).candidates if word in c.name)


def quick(candidate: Candidate, epochs: int = 8) -> Candidate:
    return replace(candidate, settings=candidate.settings | {"epochs": epochs})


def test_a_split_keeps_every_class_on_every_side_and_no_row_twice() -> None:
    data = open_dataset("iris")
    parts = split_study(data, analyze(data), "60/20/20")
    rows = np.concatenate(list(parts.rows.values()))
    assert sorted(rows.tolist()) == list(range(150))
    assert all(len(set(data.y[r])) == 3 for r in parts.rows.values())
    assert parts.as_dict()["how"] == "stratified" and parts.as_dict()["train"] == 90


def test_a_split_without_test_rows_is_refused() -> None:
    data = open_dataset("iris")
    with pytest.raises(ArgumentError, match="leaves a side empty"):
        split_study(data, analyze(data), "80/20/0")


def test_official_test_rows_are_kept_as_the_test() -> None:
    data = replace(open_dataset("iris"), test_rows=np.arange(0, 150, 5))
    parts = split_study(data, analyze(data))
    assert parts.how == "given" and parts.rows["test"].tolist() == list(range(0, 150, 5))


def test_groups_stay_on_one_side() -> None:
    rng = np.random.default_rng(0)
    table = pandas.DataFrame({"who": np.repeat(np.arange(40), 5), "a": rng.normal(size=200), "y": np.tile(["n", "p"], 100)})
    data = dataset_from_table(table, target="y", group="who")
    parts = split_study(data, analyze(data))
    sides = [set(data.groups[rows]) for rows in parts.rows.values()]
    assert parts.how == "grouped" and not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])


def test_copies_of_training_rows_are_removed_from_the_held_out_rows_and_counted() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    x, y = np.concatenate([x, x[:40]]), np.tile([0, 1], 120)
    data = dataset_from_arrays(x, y)
    parts = split_study(data, analyze(data))
    held = np.concatenate([parts.rows["validation"], parts.rows["test"]])
    assert parts.removed == parts.repeated > 0
    assert not {tuple(r) for r in x[held]} & {tuple(r) for r in x[parts.rows["train"]]}
    assert "removed" in parts.notes[-1]


def test_a_table_that_repeats_itself_by_nature_keeps_its_rows_and_says_so() -> None:
    rng = np.random.default_rng(0)
    table = pandas.DataFrame({"a": rng.choice(["x", "y"], 200), "b": rng.choice(["u", "v"], 200), "t": rng.choice(["n", "p"], 200)})
    data = dataset_from_table(table, target="t")
    parts = split_study(data, analyze(data))
    assert parts.repeated and not parts.removed and "by nature" in parts.notes[-1]


def test_held_out_rows_of_a_class_that_training_lacks_are_set_aside() -> None:
    time = np.arange(100)
    table = pandas.DataFrame({"day": time, "a": np.sin(time), "y": np.where(time < 95, np.where(time % 2, "n", "p"), "new")})
    data = dataset_from_table(table, target="y", time="day")
    parts = split_study(data, analyze(data))
    assert "new" not in set(data.y[parts.rows["test"]]) and any("set aside" in note for note in parts.notes)


@pytest.mark.parametrize("word", ["majority", "logistic", "SVM", "forest", "single", "MLP"])
def test_every_candidate_gives_probabilities_for_all_three_sides(iris, word: str) -> None:
    sides, problem, preparation = iris
    done = train(quick(named(problem, word)), sides, problem, preparation)
    assert done.failed is None and set(done.outputs) == {"train", "validation", "test"}
    for side, p in done.outputs.items():
        assert p.shape == (len(sides.x[side]), 3)
        np.testing.assert_allclose(p.sum(1), 1, atol=1e-5)


def test_a_binary_network_has_one_output_unit_and_two_columns_of_probabilities() -> None:
    sides, problem, preparation = prepared(open_dataset("breast_cancer"))
    done = train(quick(named(problem, "single"), 3), sides, problem, preparation)
    assert problem.outputs == 1 and done.outputs["test"].shape[1] == 2
    assert done.parameters == 31


def test_a_regression_answers_in_the_targets_own_units() -> None:
    sides, problem, preparation = prepared(open_dataset("diabetes"))
    for word in ("ridge", "single"):
        done = train(quick(named(problem, word), 30), sides, problem, preparation)
        assert done.outputs["test"].shape == (len(sides.x["test"]),)
        assert 100 < done.outputs["test"].mean() < 200  # the target's mean is 152


def test_a_network_stops_early_and_keeps_its_best_epoch(iris) -> None:
    sides, problem, preparation = iris
    candidate = named(problem, "MLP 64")
    done = train(replace(candidate, settings=candidate.settings | {"patience": 3}), sides, problem, preparation)
    assert done.candidate.settings["epochs run"] < candidate.settings["epochs"]
    assert done.candidate.settings["best epoch"] == int(np.argmin(done.history["val_loss"])) + 1
    assert isinstance(done.diagnosis, Diagnosis)


def test_a_candidate_that_explodes_is_tried_again_slower_and_then_recorded_as_failed(iris) -> None:
    sides, problem, preparation = iris
    candidate = quick(named(problem, "MLP 16"))
    wild = replace(candidate, settings=candidate.settings | {"learning rate": 1e38})
    done = train(wild, sides, problem, preparation)
    assert done.failed and "finite" in done.failed and not done.outputs
    assert "tenth of the rate" in done.candidate.settings["second try"]


def test_a_second_try_at_a_smaller_rate_saves_a_network_that_leapt(iris, monkeypatch) -> None:
    sides, problem, preparation = iris
    names = iter(["rate too high", "good fit"])
    monkeypatch.setattr("neuralzoo.inspect.curves.diagnose", lambda *a, **k: Diagnosis(next(names), "it leapt", ""))
    candidate = quick(named(problem, "MLP 16"))
    rate = candidate.settings["learning rate"]
    done = train(replace(candidate, settings=candidate.settings | {"learning rate": 3.0}), sides, problem, preparation)
    assert done.failed is None and done.candidate.settings["learning rate"] == pytest.approx(0.3)
    assert "it leapt" in done.candidate.settings["second try"] and rate < 3.0


def test_a_broken_candidate_is_recorded_with_its_words(iris) -> None:
    sides, problem, preparation = iris

    def make() -> None:
        raise RuntimeError("no luck today")

    done = train(Candidate("broken", "baseline", "", make), sides, problem, preparation)
    assert done.failed == "RuntimeError: no luck today" and done.model is None


def test_the_clock_stops_a_network_and_says_so(iris) -> None:
    sides, problem, preparation = iris
    done = train(named(problem, "MLP 16"), sides, problem, preparation, limit=0.0)
    assert done.failed is None and done.candidate.settings["epochs run"] == 1
    assert "clock" in done.candidate.settings["stopped"]


def test_ctrl_c_is_not_swallowed_as_a_failure(iris) -> None:
    sides, problem, preparation = iris

    def make() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Candidate("stopped", "baseline", "", make), sides, problem, preparation)


def test_training_is_reproducible_to_the_bit(iris) -> None:
    sides, problem, preparation = iris
    a, b = (train(quick(named(problem, "MLP 64")), sides, problem, preparation) for _ in range(2))
    assert a.history == b.history
    np.testing.assert_array_equal(a.outputs["test"], b.outputs["test"])


def test_rare_classes_weigh_more_only_where_the_metric_is_balanced_accuracy() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2))
    y = np.where(x[:, 0] + rng.normal(size=300) > 1.9, "rare", "usual")
    data = dataset_from_arrays(x, y)
    shares = []
    for balanced in (False, True):
        sides, problem, preparation = prepared(data, balanced)
        done = train(named(problem, "logistic"), sides, problem, preparation)
        net = train(quick(named(problem, "single"), 60), sides, problem, preparation)
        shares.append([float((t.outputs["train"].argmax(1) == 0).mean()) for t in (done, net)])
    assert shares[1][0] > shares[0][0] and shares[1][1] > shares[0][1]


def test_chance_loss_is_the_entropy_or_the_variance() -> None:
    assert chance_loss(np.array([0, 1, 0, 1])) == pytest.approx(np.log(2))
    assert chance_loss(np.array([[-1.0], [1.0]], np.float32)) == pytest.approx(1)
