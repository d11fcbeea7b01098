"""Preparation: fitted on training rows only, by name, and the same after a trip through JSON."""

import dataclasses
import json
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralzoo.core.errors import DataError, FormatError
from neuralzoo.data import dataset_from_arrays, dataset_from_table, open_dataset, split_rows
from neuralzoo.data.tables import read_table
from neuralzoo.study.analyze import analyze
from neuralzoo.study.encoders import Category, Number
from neuralzoo.study.prepare import Preparation, PreparationWarning

N = 200


def people(seed=0) -> pd.DataFrame:
    """A table with every type of column."""
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 10, N)
    age[rng.permutation(N)[:20]] = np.nan
    return pd.DataFrame(
        {
            "name": [f"p{k:04d}" for k in range(N)],
            "age": age,
            "income": rng.lognormal(8, 1.5, N),
            "town": rng.choice(["Rome", "Oslo", "Bonn"], N),
            "member": rng.choice(["yes", "no"], N),
            "since": rng.permutation(pd.date_range("2020-01-01", periods=N, freq="5D")),
            "flat": 1,
            "bought": rng.choice(["cat", "dog"], N),
        }
    )


def fitted(frame=None, rows=None, target="bought", **roles):
    data = dataset_from_table(people() if frame is None else frame, target=target, **roles)
    analysis = analyze(data)
    return Preparation.fit(data, analysis, np.arange(150) if rows is None else rows), data, analysis


def test_every_type_of_column_becomes_numbers():
    ready, data, _ = fitted()
    x = ready.transform(data.table)
    assert x.dtype == np.float32
    assert x.shape == (N, len(ready.feature_names))
    assert ready.output_shape == x.shape[1:]
    assert np.isfinite(x).all()
    assert ready.feature_names[:3] == ("age", "age is missing", "income")
    assert {"town = Rome", "member = yes", "since in days", "since sin of year"} <= set(ready.feature_names)
    assert ready.dropped == {"name": "names each row differently", "flat": "holds '1' in every row"}


def test_training_rows_have_mean_zero_and_deviation_one():
    ready, data, _ = fitted(people().assign(income=np.random.default_rng(1).normal(5, 3, N)))
    x = ready.transform(data.table)[:150, list(ready.feature_names).index("income")]
    assert abs(x.mean()) < 1e-5
    assert abs(x.std() - 1) < 1e-5


def test_heavy_outliers_are_scaled_by_quartiles():
    ready, data, _ = fitted()
    x = ready.transform(data.table)[:150, list(ready.feature_names).index("income")]
    low, middle, high = np.quantile(x, (0.25, 0.5, 0.75))
    assert abs(middle) < 1e-5
    assert abs(high - low - 1.349) < 1e-4


def test_gaps_become_the_training_median_and_are_marked():
    ready, data, _ = fitted()
    x = ready.transform(data.table)
    gaps = data.table["age"].isna().to_numpy()
    np.testing.assert_array_equal(x[:, 1], gaps)
    median = np.nanmedian(data.table["age"][:150])
    mean, std = np.nanmean(data.table["age"][:150]), np.nanstd(data.table["age"][:150])
    np.testing.assert_allclose(x[gaps, 0], (median - mean) / std, rtol=1e-5)


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=10)
def test_other_test_rows_do_not_change_what_was_fitted(seed):
    ready, data, analysis = fitted()
    other = people(seed + 1).drop(columns="bought")
    mixed = pd.concat([data.table.iloc[:150], other.iloc[150:]], ignore_index=True)
    changed = dataclasses.replace(data, table=mixed)
    assert Preparation.fit(changed, analysis, np.arange(150)).as_dict() == ready.as_dict()


@pytest.mark.parametrize("name", ["people", "iris", "diabetes", "digits"])
def test_a_trip_through_json_changes_no_bit(name):
    data = dataset_from_table(people(), target="bought") if name == "people" else open_dataset(name)
    rows = split_rows(len(data)).train
    ready = Preparation.fit(data, analyze(data), rows)
    back = Preparation.from_dict(json.loads(json.dumps(ready.as_dict(), allow_nan=False)))
    assert back == ready
    assert np.array_equal(back.transform(data.features), ready.transform(data.features))
    assert np.array_equal(back.encode_target(data.y), ready.encode_target(data.y))
    codes = ready.encode_target(data.y)
    assert np.array_equal(back.decode_target(codes), ready.decode_target(codes))


READY = fitted()[0]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=4, max_size=4))
@settings(deadline=None)
def test_floats_survive_json(values):
    number = Number("x", values[0], values[1], values[2], False)
    plain = json.loads(json.dumps(dataclasses.replace(READY, encoders=(number,)).as_dict()))
    assert Preparation.from_dict(plain).encoders == (number,)


def test_the_order_of_rows_and_columns_does_not_matter():
    ready, data, _ = fitted()
    order = np.random.default_rng(3).permutation(N)
    shuffled = data.table[list(data.table.columns[::-1])].iloc[order]
    assert np.array_equal(ready.transform(shuffled), ready.transform(data.table)[order])


def test_a_table_reread_from_csv_gives_the_same_numbers(tmp_path):
    ready, data, _ = fitted(people().assign(code=np.random.default_rng(0).integers(0, 3, N).astype(str)))
    data.table.to_csv(tmp_path / "new.csv", index=False)
    assert np.array_equal(ready.transform(read_table(tmp_path / "new.csv")), ready.transform(data.table))


def test_whole_number_levels_are_the_same_as_text_and_as_floats():
    category = Category("c", ("1", "2"))
    for values in ([1, 2], ["1", "2"], [1.0, 2.0]):
        assert category.encode(pd.Series(values))[0].tolist() == [[1, 0], [0, 1]]


def test_matrix_columns_lead_back_to_raw_columns():
    ready, *_ = fitted()
    assert ready.sources["age"] == [0, 1]
    assert [ready.feature_names[k] for k in ready.sources["town"]] == ["town = Bonn", "town = Oslo", "town = Rome"]
    assert sorted(k for made in ready.sources.values() for k in made) == list(range(len(ready.feature_names)))
    assert ready.raw_columns == ("age", "income", "town", "member", "since")


def test_a_category_never_seen_is_all_zeros_and_warned_of():
    ready, data, _ = fitted()
    new = data.table.iloc[:4].assign(town=["Rome", "Paris", "Paris", "Oslo"])
    with pytest.warns(PreparationWarning, match=r"'town': 2 rows hold a category not seen in training \('Paris'\)"):
        x = ready.transform(new)
    assert x[1:3, ready.sources["town"]].sum() == 0
    assert ready.transform_noting(new)[1] != ()


def test_rare_levels_share_one_column():
    towns = np.array([f"t{k}" for k in range(15)], object)[np.arange(N) % 15]
    towns[:3] = ["tiny1", "tiny2", "tiny3"]
    ready, data, _ = fitted(people().assign(town=towns))
    names = [ready.feature_names[k] for k in ready.sources["town"]]
    assert names[-1] == "town = other"
    assert "town = tiny1" not in names
    assert ready.transform(data.table)[:3, ready.sources["town"][-1]].tolist() == [1, 1, 1]


def test_words_that_stood_for_gaps_in_training_still_do():
    ages = [str(k) for k in range(N)]
    ages[3] = "unknown"
    ready, data, _ = fitted(people().assign(age=ages))
    assert ready.transform(data.table)[3, ready.sources["age"][1]] == 1
    with pytest.raises(DataError, match=r"'age' holds text where numbers are expected: 'none'[\s\S]*row 2"):
        ready.transform(data.table.iloc[:3].assign(age=["1", "none", "3"]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="age"), "1 columns are missing: 'age'"),
        (lambda t: t.assign(age=["30", "thirty", "40", "50"]), r"column 'age' holds text[\s\S]*'thirty'[\s\S]*row 2"),
        (lambda t: t.assign(age=[1.0, 2.0, np.inf, 4.0]), r"column 'age' holds infinity[\s\S]*row 3"),
        (lambda t: t.assign(since="some day"), r"column 'since' holds 'some day', which is no date[\s\S]*row 1"),
        (lambda t: t.to_numpy()[:, :2], "the array has shape"),
        (lambda t: t.rename(columns={"age": "Age "}), "Did you mean 'Age'"),
    ],
)
def test_new_data_that_does_not_fit_is_refused_with_its_place(change, message):
    ready, data, _ = fitted()
    with pytest.raises(DataError, match=message):
        ready.transform(change(data.table.iloc[:4]))


def test_extra_columns_are_ignored_and_said_the_target_is_no_extra():
    ready, data, _ = fitted()
    with pytest.warns(PreparationWarning, match="1 columns were not there in training and are ignored: 'new'"):
        x = ready.transform(data.table.assign(new=1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = ready.transform(data.table.assign(bought="cat").drop(columns="flat"))
    assert np.array_equal(x, again)


def test_classes_are_encoded_and_decoded():
    ready, data, _ = fitted()
    codes = ready.encode_target(data.y)
    assert ready.classes == ("cat", "dog")
    assert codes.dtype == np.int32
    assert set(codes) == {0, 1}
    assert np.array_equal(ready.decode_target(codes), data.y)
    chances = np.stack([1 - codes, codes], 1).astype(np.float32)
    for predictions in (chances, chances[:, 1:], chances[:, 1]):
        assert np.array_equal(ready.decode_target(predictions), data.y)


def test_official_class_order_is_kept():
    data = open_dataset("breast_cancer")
    assert Preparation.fit(data, analyze(data), np.arange(400)).classes == ("malignant", "benign")


def test_whole_number_classes_come_back_as_numbers():
    data = open_dataset("digits")
    ready = Preparation.fit(data, analyze(data), np.arange(1000))
    assert ready.classes == tuple(range(10))
    assert ready.decode_target(np.eye(10)[[3, 7]]).tolist() == [3, 7]
    assert ready.encode_target(["3", "7"]).tolist() == [3, 7]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["cat", "cow"], r"1 rows have a class that the training rows do not have: 'cow'[\s\S]*row 2"),
        (["cat", None], "1 rows have no class"),
    ],
)
def test_a_class_unseen_in_training_is_named(values, message):
    ready, *_ = fitted()
    with pytest.raises(DataError, match=message):
        ready.encode_target(np.array(values, object))


def test_predictions_of_the_wrong_shape_are_refused():
    ready, *_ = fitted()
    for wrong in (np.ones((3, 5)), np.array([0, 4])):
        with pytest.raises(DataError, match="do not name one of 2 classes"):
            ready.decode_target(wrong)


def test_a_measured_target_is_standardised_and_comes_back():
    data = open_dataset("diabetes")
    ready = Preparation.fit(data, analyze(data), np.arange(300))
    y = ready.encode_target(data.y)
    assert y.shape == (442, 1)
    assert y.dtype == np.float32
    assert abs(y[:300].mean()) < 1e-6
    np.testing.assert_allclose(ready.decode_target(y), data.y, rtol=1e-5)
    with pytest.raises(DataError, match="holds text"):
        ready.encode_target(["much"])
    with pytest.raises(DataError, match=r"no finite target[\s\S]*row 1"):
        ready.encode_target([np.nan])


def test_pictures_are_scaled_from_zero_to_one_and_checked():
    rng = np.random.default_rng(0)
    data = dataset_from_arrays(rng.integers(0, 256, (60, 8, 8, 1), np.uint8), np.arange(60) % 3, kind="images", task="classification")
    ready = Preparation.fit(data, analyze(data), np.arange(40))
    x = ready.transform(data.x)
    assert x.dtype == np.float32
    assert x.shape == (60, 8, 8, 1)
    assert 0 <= x.min() < x.max() <= 1
    assert np.array_equal(ready.transform(data.x[..., 0]), x)
    with pytest.raises(DataError, match=r"shape \(9, 9, 1\), the network was trained on \(8, 8, 1\)"):
        ready.transform(np.zeros((2, 9, 9, 1), np.uint8))


def test_sequences_are_standardised_by_channel():
    rng = np.random.default_rng(0)
    x = rng.normal((5, -100), (1, 30), (60, 20, 2))
    x[0, 0, 0] = np.nan
    data = dataset_from_arrays(x, np.arange(60) % 2, task="classification")
    ready = Preparation.fit(data, analyze(data), np.arange(40))
    made = ready.transform(x)
    np.testing.assert_allclose(made[:40].mean((0, 1)), 0, atol=0.01)
    np.testing.assert_allclose(made[:40].std((0, 1)), 1, atol=0.01)
    assert made[0, 0, 0] == 0


def test_the_named_time_column_orders_and_is_no_input():
    frame = people().assign(step=np.arange(N) * 2.0)
    ready, *_ = fitted(frame, time="step")
    assert "step" not in ready.raw_columns
    assert "time" in ready.dropped["step"]


def test_columns_that_repeat_others_or_are_flat_in_training_are_dropped():
    frame = people().assign(again=lambda t: t["income"], late=[0.0] * 150 + [1.5] * 25 + [2.5] * 25)
    ready, *_ = fitted(frame[[*frame.columns.drop("bought"), "bought"]])
    assert ready.dropped["again"] == "it repeats column 'income'"
    assert ready.dropped["late"] == "it has the same value in all training rows"


def test_no_rows_and_one_class_are_refused():
    with pytest.raises(DataError, match="no training rows"):
        fitted(rows=np.arange(0))
    frame = people().assign(bought=["cat"] * 150 + ["dog"] * 50)
    with pytest.raises(DataError, match="one class only"):
        fitted(frame)


def test_a_damaged_or_foreign_file_is_refused():
    ready, *_ = fitted()
    with pytest.raises(FormatError, match="version 9"):
        Preparation.from_dict({**ready.as_dict(), "version": 9})
    with pytest.raises(FormatError, match="damaged"):
        Preparation.from_dict({"version": 1})
