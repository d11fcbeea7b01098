"""Splits partition the rows, whatever decides them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.data.splits import parse_split, split_rows

FRACTIONS = st.sampled_from([(0.8, 0.1, 0.1), (0.6, 0.2, 0.2), (0.5, 0.5, 0.0), (0.34, 0.33, 0.33), (0.9, 0.0, 0.1)])


def assert_partition(parts, n: int) -> None:
    assert np.array_equal(np.sort(np.concatenate(list(parts))), np.arange(n))


@given(st.integers(3, 300), FRACTIONS, st.integers(0, 9))
@settings(deadline=None, max_examples=60)
def test_random_split_partitions_in_the_given_fractions(n, fractions, seed):
    parts = split_rows(n, fractions, seed=seed)
    assert_partition(parts, n)
    for rows, fraction in zip(parts, fractions, strict=True):
        assert abs(len(rows) - n * fraction) < 2 or (fraction and len(rows) == 1)
        assert bool(len(rows)) == bool(fraction)


@given(st.lists(st.integers(0, 5), min_size=4, max_size=200), FRACTIONS)
@settings(deadline=None, max_examples=60)
def test_stratified_split_partitions_and_trains_on_every_class(labels, fractions):
    y = np.array(labels)
    parts = split_rows(len(y), fractions, y=y)
    assert_partition(parts, len(y))
    counts = np.bincount(y)
    assert set(y[parts.train]) >= {k for k in range(len(counts)) if counts[k] >= 3}
    assert all(bool(len(rows)) == bool(f) for rows, f in zip(parts, fractions, strict=True))


@given(st.lists(st.integers(0, 12), min_size=10, max_size=200).filter(lambda g: len(set(g)) >= 3), FRACTIONS)
@settings(deadline=None, max_examples=60)
def test_no_group_lies_on_two_sides(labels, fractions):
    groups = np.array(labels)
    parts = split_rows(len(groups), fractions, groups=groups, y=groups % 2)
    assert_partition(parts, len(groups))
    homes = [set(groups[rows]) for rows in parts]
    assert not homes[0] & homes[1]
    assert not homes[0] & homes[2]
    assert not homes[1] & homes[2]


@given(st.lists(st.integers(0, 1000), min_size=6, max_size=200), FRACTIONS)
@settings(deadline=None, max_examples=60)
def test_the_past_trains_and_the_future_judges(moments, fractions):
    time = np.array(moments)
    parts = split_rows(len(time), fractions, time=time)
    assert_partition(parts, len(time))
    ordered = [time[rows] for rows in parts if len(rows)]
    assert all(a.max() <= b.min() for a, b in pairwise(ordered))
    assert all(np.all(np.diff(values) >= 0) for values in ordered)


def test_rows_of_one_moment_stay_together():
    time = np.repeat(np.arange(20), 5)
    homes = [set(time[rows]) for rows in split_rows(100, (0.61, 0.2, 0.19), time=time)]
    assert not homes[0] & homes[1]
    assert not homes[1] & homes[2]


def test_stratified_sides_have_the_share_of_each_class():
    y = np.repeat(["a", "b", "c"], [100, 50, 15])
    for rows, fraction in zip(split_rows(165, y=y), (0.8, 0.1, 0.1), strict=True):
        found = [np.mean(y[rows] == c) for c in "abc"]
        np.testing.assert_allclose(found, [100 / 165, 50 / 165, 15 / 165], atol=0.04, err_msg=str(fraction))


def test_the_sizes_of_many_small_classes_still_add_up():
    sizes = [len(rows) for rows in split_rows(1500, y=np.repeat(np.arange(100), 15))]
    np.testing.assert_allclose(sizes, [1200, 150, 150], atol=3)


def test_a_class_of_one_or_two_rows_goes_to_training_and_is_said():
    y = np.array(["a"] * 20 + ["b"] * 20 + ["lone"] + ["pair"] * 2)
    split = split_rows(len(y), y=y)
    assert {"lone", "pair"} <= set(y[split.train])
    assert "2 of 4 classes have too few rows" in " ".join(split.notes)
    assert "lack" in " ".join(split.notes)


def test_the_same_seed_gives_the_same_split_and_another_one_does_not():
    assert np.array_equal(split_rows(50, seed=3).train, split_rows(50, seed=3).train)
    assert not np.array_equal(split_rows(50, seed=3).train, split_rows(50, seed=4).train)


def test_groups_too_few_for_the_sides_are_refused():
    with pytest.raises(DataError, match="2 groups cannot be split into 3 parts"):
        split_rows(10, groups=[0, 1] * 5)


def test_two_rows_cannot_make_three_sides():
    with pytest.raises(DataError, match="2 rows cannot be split into 3 parts"):
        split_rows(2)


def test_missing_times_name_their_row():
    with pytest.raises(DataError, match="row 2"):
        split_rows(4, time=[1.0, np.nan, 2.0, 3.0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": [1, 2]}, "y has 2 entries for 5 rows"),
        ({"groups": [1] * 5, "time": [1] * 5}, "groups and time"),
        ({"fractions": (0.5, 0.5, 0.5)}, "no split"),
        ({"y": [0.5, 0.1, 0.2, 0.3, 0.4]}, "measurements"),
    ],
)
def test_impossible_wishes_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        split_rows(5, **arguments)


def test_split_text_is_read_in_per_cent_and_in_fractions():
    assert parse_split("60/20/20") == (0.6, 0.2, 0.2)
    assert parse_split("0.8/0.1/0.1") == (0.8, 0.1, 0.1)


@pytest.mark.parametrize("text", ["80/20", "80/20/20", "a/b/c", "", "0/50/50", "120/-10/-10"])
def test_split_text_that_makes_no_split_is_refused(text):
    with pytest.raises(ArgumentError, match=r"80/10/10|train above 0"):
        parse_split(text)
