"""The tasks say what is to be told, and each answer can be found in what was shown."""

from itertools import pairwise

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError
from neuralzoo.data.algorithms import TASKS, associative_recall, copy, fresh, repeat_copy


def test_copy_asks_for_what_was_shown_before_the_mark_and_nothing_else():
    x, y = copy(50, (1, 6), bits=3, seed=2)
    for row in range(50):
        length = int(x[row, :, 3].argmax())
        asked = np.flatnonzero((y[row] >= 0).all(1))
        assert asked.tolist() == list(range(length + 1, 2 * length + 1)) and x[row, :, 3].sum() == 1
        np.testing.assert_array_equal(y[row, asked], x[row, :length, :3])
        assert not x[row, length + 1 :].any() and (y[row, : length + 1] == -1).all()


def test_repeat_copy_asks_as_often_as_it_was_told_and_for_a_mark_at_the_end():
    x, y = repeat_copy(50, (1, 4), (1, 3), bits=3, seed=2)
    for row in range(50):
        length = int(x[row, :, 3].argmax())
        times = round(float(x[row, length, 4]) * 8.25**0.5 + 5.5)
        answer = y[row][(y[row] >= 0).all(1)]
        np.testing.assert_array_equal(answer[:-1, :3], np.tile(x[row, :length, :3], (times, 1)))
        assert answer[:, 3].tolist() == [0] * (length * times) + [1]


def test_the_numbers_of_repeats_from_1_to_10_have_mean_0_and_deviation_1():
    x, _ = repeat_copy(4000, (1, 1), (1, 10), seed=0)
    told = x[:, 1, -1]
    assert abs(told.mean()) < 0.05 and abs(told.std() - 1) < 0.05


def test_associative_recall_asks_for_the_item_behind_the_one_shown_again():
    x, y = associative_recall(50, (2, 5), length=3, bits=6, seed=2)
    for row in range(50):
        items = [x[row, mark + 1 : mark + 4, :6] for mark in np.flatnonzero(x[row, :, 6])]
        first, second = np.flatnonzero(x[row, :, 7])
        shown, answer = x[row, first + 1 : second, :6], y[row][(y[row] >= 0).all(1)]
        assert any(np.array_equal(a, shown) and np.array_equal(b, answer) for a, b in pairwise(items))
        assert (y[row, : second + 1] == -1).all()


@pytest.mark.parametrize("name", sorted(TASKS))
def test_batches_of_a_task_are_fresh_of_one_shape_and_seeded(name):
    batches, again = fresh(TASKS[name], 3, seed=5), fresh(TASKS[name], 3, seed=5)
    one, two = next(batches), next(batches)
    assert one.x.shape == two.x.shape and one.y.shape == two.y.shape and not np.array_equal(one.x, two.x)
    np.testing.assert_array_equal(one.x, next(again).x)


@pytest.mark.parametrize("lengths", [(0, 3), (4, 3)])
def test_a_range_that_is_none_is_named(lengths):
    with pytest.raises(ArgumentError, match="lengths=") as caught:
        copy(1, lengths)
    assert caught.value.remedy
