"""The analysis finds what is there, and finds nothing where nothing is."""

import json

import numpy as np
import pandas as pd
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.data import dataset_from_arrays, dataset_from_table, open_dataset, split_rows
from neuralzoo.study.analyze import analyze
from neuralzoo.study.leaks import shared_rows
from neuralzoo.study.task import decide_task

CLEAN = ["iris", "wine", "breast_cancer", "digits", "diabetes"]


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(0)


def table(n=200, **columns):
    rng = np.random.default_rng(1)
    return pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n), **columns, "target": rng.integers(0, 2, n)})


def said(analysis, level=None):
    return "\n".join(str(finding) for finding in analysis.findings if level in (None, finding.level))


def type_of(values, **more):
    return analyze(dataset_from_table(table(len(values), it=values, **more))).column("it").type


@pytest.mark.parametrize("name", CLEAN)
def test_clean_data_has_no_leak_and_no_order(name):
    found = analyze(open_dataset(name))
    assert found.leaks == ()
    assert found.split == ("random" if name == "diabetes" else "stratified")
    assert not found.problems
    assert "warning" not in {f.level for f in found.findings}


@pytest.mark.parametrize("relabel", [str, lambda y: {"malignant": 7, "benign": 3}[y], lambda y: y.upper()])
def test_a_copied_target_is_found_whatever_it_is_called(relabel):
    data = open_dataset("breast_cancer")
    whole = data.table.assign(copy=[relabel(str(y)) for y in data.y], target=data.y)
    found = analyze(dataset_from_table(whole))
    assert found.leaks == ("copy",)
    assert "column 'copy' is the target under another name" in said(found, "warning")


def test_a_noisy_copy_of_a_measured_target_is_found(rng):
    data = open_dataset("diabetes")
    whole = data.table.assign(after=data.y * 3 + rng.normal(size=len(data)), target=data.y)
    found = analyze(dataset_from_table(whole, target="target"))
    assert found.leaks == ("after",)
    assert "gives the target away" in said(found, "warning")


def test_three_classes_copied_as_words_are_found():
    data = open_dataset("wine")
    assert analyze(dataset_from_table(data.table.assign(grower=data.y, target=data.y))).leaks == ("grower",)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.linspace(0, 1, 60) ** 2, "numeric"),
        ([0, 1] * 30, "binary"),
        (["yes", "no"] * 30, "binary"),
        ([True, False] * 30, "binary"),
        (["red", "green", "blue"] * 20, "category"),
        ([f"id-{k}" for k in range(60)], "identifier"),
        (np.arange(60), "identifier"),
        ([f"this is a longer remark number {k}" for k in range(60)], "text"),
        (pd.date_range("2024-01-01", periods=60), "date"),
        ([f"{1 + k % 28:02d}.{1 + k // 28:02d}.2024" for k in range(60)], "date"),
        ([3.5] * 60, "constant"),
        ([None] * 60, "constant"),
    ],
)
def test_types_of_columns_are_told(values, kind):
    assert type_of(values) == kind


def test_whole_numbers_are_codes_only_where_their_effect_follows_no_line(rng):
    code = rng.integers(0, 4, 400)
    bent = np.array([0.0, 5.0, 1.0, 4.0])[code] + rng.normal(size=400)
    straight = 2.0 * code + rng.normal(size=400)
    for y, kind in ((bent, "code"), (straight, "numeric")):
        found = analyze(dataset_from_table(pd.DataFrame({"x": rng.normal(size=400), "code": code, "y": y})))
        assert found.column("code").type == kind


def test_words_among_numbers_are_named_with_their_row():
    values = [str(k) for k in range(100)]
    values[7] = values[9] = "unknown"
    found = analyze(dataset_from_table(table(100, age=values)))
    assert found.column("age").type == "numeric"
    assert found.column("age").words == ("unknown",)
    assert "text in 2 rows ('unknown')" in said(found, "warning")
    assert "row 8" in said(found, "warning")


def test_gaps_constants_duplicates_and_outliers_are_counted():
    frame = table(200)
    frame["copy"], frame["flat"] = frame["a"], 1
    frame.loc[:29, "b"] = np.nan
    frame.loc[199, "a"] = 1e6
    frame = frame[["flat", "a", "b", "copy", "target"]]
    frame = pd.concat([frame, frame.iloc[:5]], ignore_index=True)
    found = analyze(dataset_from_table(frame))
    assert found.missing == found.column("b").missing == 35
    assert found.duplicate_columns == {}
    assert found.duplicate_rows == 5
    assert found.column("flat").type == "constant"
    assert found.column("a").outliers == 1
    assert analyze(dataset_from_table(frame.assign(copy=frame["a"]))).duplicate_columns == {"copy": "a"}


def test_equal_inputs_with_different_targets_are_counted():
    frame = pd.DataFrame({"x": [1.0, 1.0, *range(2, 40)], "y": ["a", "b", *(["a", "b"] * 19)]})
    assert "1 times equal inputs have different targets" in said(analyze(dataset_from_table(frame)))


def test_rows_on_both_sides_of_the_split_are_found():
    frame = pd.concat([table(100)] * 2, ignore_index=True)
    data = dataset_from_table(frame)
    split = split_rows(200)
    warned = shared_rows(data.features, split.train, split.test, "test")
    assert warned is not None
    assert "test rows also occur among the training rows" in warned.what
    clean = open_dataset("breast_cancer")
    assert shared_rows(clean.features, *list(split_rows(569))[::2], "test") is None


def test_unbalanced_and_tiny_classes_are_warned_of():
    frame = table(200)
    frame["target"] = ["common"] * 190 + ["rare"] * 8 + ["lone"] * 2
    found = analyze(dataset_from_table(frame))
    assert found.class_counts == {"common": 190, "lone": 2, "rare": 8}
    assert "1 classes have fewer than 3 rows ('lone')" in said(found, "warning")
    assert "guessing scores 95%" in said(found, "warning")


def test_dates_in_order_ask_for_a_split_in_time():
    found = analyze(dataset_from_table(table(100, day=pd.date_range("2024-01-01", periods=100))))
    assert (found.split, found.time_column) == ("time", "day")
    shuffled = pd.date_range("2024-01-01", periods=100)[np.random.default_rng(0).permutation(100)]
    assert analyze(dataset_from_table(table(100, day=shuffled))).split == "stratified"


def test_a_column_of_growing_time_asks_for_a_split_in_time():
    found = analyze(dataset_from_table(table(100, time_s=np.cumsum(np.random.default_rng(0).uniform(0.1, 1, 100)))))
    assert (found.split, found.time_column) == ("time", "time_s")


def test_overlapping_windows_are_found(rng):
    series = rng.normal(size=320)
    windows = np.stack([series[k : k + 12] for k in range(0, 300, 3)])
    found = analyze(dataset_from_arrays(windows, windows.mean(1)))
    assert "shifted by 3 entries" in said(found, "warning")
    assert found.split == "time"


def test_slow_series_are_found(rng):
    walk = np.cumsum(rng.normal(size=(3000, 3)), 0)
    found = analyze(dataset_from_arrays(walk, walk.sum(1) + rng.normal(size=3000)))
    assert "neighbouring rows are nearly equal" in said(found, "warning")
    assert "neighbouring rows have similar targets" in said(found, "warning")


def test_a_group_column_decides_the_split():
    found = analyze(dataset_from_table(table(100, patient=np.arange(100) // 4), group="patient"))
    assert found.split == "grouped"
    assert "'patient'" in found.split_reason


@pytest.mark.parametrize(
    ("y", "wanted", "task"),
    [
        ([0, 1] * 20, None, "binary"),
        (["a", "b", "c", "a"] * 10, None, "multiclass"),
        ([3, 4, 5, 6] * 20, None, "multiclass"),
        ([3, 4, 5, 6] * 20, "regression", "regression"),
        (np.linspace(0, 1, 40), None, "regression"),
        (np.arange(40), None, "regression"),
        ([1.0, 2.0] * 20, None, "binary"),
        ([0.5, 1.5] * 20, "classification", "binary"),
    ],
)
def test_the_task_is_told_and_can_be_overridden(y, wanted, task):
    found, reason, trouble = decide_task(np.array(y), wanted)
    assert found == task
    assert reason
    assert not trouble


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.assign(target="same"), "one class only: same"),
        (lambda t: t.assign(target=[None, *["a", "b"] * 49, "a"]), "the target is missing in 1 rows"),
        (lambda t: t.iloc[:3], "3 rows are too few: the minimum is 10"),
        (lambda t: t.assign(target=1.5), "the same value in every row"),
        (lambda t: t.assign(target=[f"remark {k}" for k in range(100)]), "looks like text"),
        (lambda t: t[["target"]].assign(a=[f"id{k}" for k in range(100)]), "no column can serve"),
    ],
)
def test_problems_stop_the_study_and_say_how_to_go_on(change, message):
    found = analyze(dataset_from_table(change(table(100)), target="target"))
    with pytest.raises(DataError, match=message) as caught:
        found.require_usable()
    assert "remedy" in str(caught.value)


def test_an_infinite_target_and_a_regression_on_words_are_problems():
    data = dataset_from_arrays(np.random.default_rng(0).normal(size=(50, 2)), np.array([np.inf, *np.linspace(0, 1, 49)]))
    assert "the target is infinite in 1 rows" in said(analyze(data), "problem")
    words = dataset_from_table(table(60).assign(target=["a", "b"] * 30))
    assert "the target holds text such as 'a'" in said(analyze(words, task="regression"), "problem")
    fractions = dataset_from_arrays(np.ones((60, 2)), np.linspace(0, 1, 60))
    assert "60 different fractions" in said(analyze(fractions, task="classification"), "problem")
    with pytest.raises(ArgumentError, match="Did you mean"):
        analyze(words, task="klassification")


def test_infinite_inputs_are_refused_with_column_and_row():
    frame = table(50)
    frame.loc[4, "b"] = np.inf
    with pytest.raises(DataError, match=r"column 'b'[\s\S]*row 5"):
        dataset_from_table(frame)


def test_scarce_data_is_called_scarce():
    assert "scarce" in analyze(dataset_from_table(table(40))).enough
    assert "scarce" not in analyze(open_dataset("digits")).enough


@pytest.mark.parametrize("name", ["iris", "diabetes", "digits"])
def test_an_analysis_is_plain_json(name):
    plain = analyze(open_dataset(name)).as_dict()
    assert json.loads(json.dumps(plain, allow_nan=False))["name"] == name


@pytest.mark.parametrize("kind", ["table", "images"])
def test_sixty_thousand_rows_are_judged_by_a_part_and_searched_whole(kind, rng):
    x = rng.integers(0, 255, (60000, 784), np.uint8)
    data = dataset_from_arrays(x.reshape(-1, 28, 28) if kind == "images" else x, rng.integers(0, 10, 60000))
    found = analyze(data)
    assert found.duplicate_rows == 0
    assert kind == "images" or "judged by 20000 of 60000 rows" in said(found)
