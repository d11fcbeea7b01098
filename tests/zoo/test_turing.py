"""The neural Turing machine: what it counts, what it refuses, and that it learns to copy."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError
from neuralzoo.data.algorithms import associative_recall, copy, fresh, repeat_copy
from neuralzoo.layers import DenseCell, GRUCell, LSTMCell
from neuralzoo.learn.bits import BitErrors, BitsPerSequence
from neuralzoo.optimizers import Adam
from neuralzoo.zoo import NeuralTuringMachine
from neuralzoo.zoo.turing import SlotsWarning

BITS = 2


@pytest.fixture(scope="module")
def copier():
    """A small machine that has learned to copy up to three vectors."""
    machine = NeuralTuringMachine(DenseCell(24), slots=6, width=4, optimizer=Adam(1e-2, global_clipnorm=10.0), seed=0)
    machine.fit(fresh(copy, 32, lengths=(1, 3), bits=BITS), steps_per_epoch=1000, epochs=1, verbose=0)
    return machine


def test_it_learns_to_copy(copier):
    loss, wrong = copier.evaluate(*copy(1000, (1, 3), BITS, seed=1), verbose=0)
    assert loss < 0.5 and wrong < 0.02  # guessing costs 4 bits


def test_loss_and_errors_are_those_of_the_answers_that_were_asked_for(copier):
    x, y = copy(200, (1, 3), BITS, seed=2)
    p, asked = copier.predict(x).astype(float), y >= 0
    bits = -np.log2(np.where(asked, np.where(y == 1, p, 1 - p), 1))  # of what was not asked for, any
    loss, wrong = copier.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(loss, bits.sum((1, 2)).mean(), rtol=1e-3)
    np.testing.assert_allclose(wrong, np.mean((p >= 0.5)[asked] != (y == 1)[asked]), rtol=1e-6)


def test_what_is_not_asked_for_costs_nothing():
    y, p = copy(8, (1, 3), BITS).y, np.random.default_rng(0).uniform(0.1, 0.9, (8, 7, BITS))
    other = np.where(y < 0, 0.999, p)
    assert float(BitsPerSequence()(y, p)) == pytest.approx(float(BitsPerSequence()(y, other)))
    assert float(BitErrors()(y, p)) == float(BitErrors()(y, other))
    assert float(BitsPerSequence()(y, np.full_like(p, 0.5))) == pytest.approx((y >= 0).sum() / 8)  # a bit for each bit guessed


def test_heads_are_shares_of_the_slots_and_the_memory_is_that_after_the_last_step(copier):
    x = copy(5, (3, 3), BITS, seed=3).x
    read, write = copier.heads(x)
    assert read.shape == write.shape == (5, 7, 1, 6) and copier.memory(x).shape == (5, 6, 4)
    np.testing.assert_allclose(np.concatenate([read, write]).sum(-1), 1, atol=1e-5)


def test_the_memory_is_new_at_each_sequence(copier):
    x = copy(6, (3, 3), BITS, seed=4).x
    np.testing.assert_allclose(copier.predict(x)[::-1], copier.predict(x[::-1]), atol=1e-6)


def test_several_heads_and_a_learned_memory_are_drawn():
    machine = NeuralTuringMachine(LSTMCell(4), slots=5, width=3, read_heads=2, write_heads=1, start_memory="learned")
    machine.fit(*associative_recall(8, (2, 2), 1, 2), epochs=1, verbose=0)
    titles = [ax.get_title(loc="left") for ax in machine.draw().axes]
    assert titles == ["Inputs", "Answers", "Writing", "Reading, head 1", "Reading, head 2"]


def test_a_sequence_longer_than_the_memory_is_named():
    with pytest.warns(SlotsWarning, match="2 slots, but up to 3 vectors"):
        NeuralTuringMachine(DenseCell(4), slots=2, width=2, shifts=1).check_rows(*copy(4, (3, 3), BITS))


def test_a_sequence_that_is_told_several_times_needs_room_for_one(recwarn):
    machine = NeuralTuringMachine(DenseCell(4), slots=4, width=2)
    machine.check_rows(*repeat_copy(4, (3, 3), (5, 5), BITS))
    machine.check_rows(*copy(4, (4, 4), BITS))
    assert not recwarn.list


@pytest.mark.parametrize(
    ("spoil", "named"),
    [(lambda x, y: (x, y + 0.25 * (y == 1)), "1.25"), (lambda x, y: (x[:, 0], y), "rows, steps"), (lambda x, y: (x, None), "NoneType"),
     (lambda x, y: (x, y[:, 1:]), "rows, steps"), (lambda x, y: (x, -np.ones_like(y)), "nothing is asked")],
)  # fmt: skip
def test_rows_it_cannot_learn_from_are_named(spoil, named):
    with pytest.raises(DataError, match=named) as caught:
        NeuralTuringMachine(DenseCell(4), slots=4, width=2).check_rows(*spoil(*copy(4, (3, 3), BITS)))
    assert caught.value.remedy


def test_heads_cannot_be_shown_before_fit():
    with pytest.raises(NotReadyError, match="show its heads"):
        NeuralTuringMachine().heads(copy(1).x)


def test_a_controller_that_does_not_exist_suggests_the_nearest():
    with pytest.raises(ArgumentError, match="lstn") as caught:
        NeuralTuringMachine("lstn")
    assert "lstm" in caught.value.remedy


def test_a_controller_may_have_gates_by_name():
    assert NeuralTuringMachine("gru").cell.controller == GRUCell(100)


@pytest.mark.slow
@pytest.mark.parametrize("task", [repeat_copy, associative_recall])
def test_it_learns_the_other_tasks(task):
    """Half of what guessing costs, after some minutes."""
    settings = {"lengths": (1, 3), "repeats": (1, 3), "bits": 3} if task is repeat_copy else {"items": (2, 3), "length": 1, "bits": 3}
    machine = NeuralTuringMachine(LSTMCell(50), slots=16, width=8, optimizer=Adam(3e-3, global_clipnorm=10.0), seed=0)
    machine.fit(fresh(task, 32, **settings), steps_per_epoch=4000, epochs=1, verbose=0)
    x, y = task(500, seed=(9, 9), **settings)
    loss, wrong = machine.evaluate(x, y, verbose=0)
    assert loss < (y >= 0).sum() / 500 / 2 and wrong < 0.2
