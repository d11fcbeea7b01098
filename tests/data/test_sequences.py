"""The embedded Reber grammar and the adding problem: the data, and that an LSTM solves them."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.data.sequences import (
    REBER,
    SYMBOLS,
    Strings,
    adding,
    embedded_reber,
    grammar_arrays,
    grammar_solved,
    reber_legal,
    reber_strings,
)
from neuralzoo.layers import LSTM, Dense
from neuralzoo.models import Sequential
from neuralzoo.optimizers import Adam
from neuralzoo.optimizers.schedules import CosineDecay


def test_every_string_is_legal_and_its_frame_agrees():
    for string in reber_strings(200, seed=2):
        legal = reber_legal(string)
        assert all(symbol in allowed for symbol, allowed in zip(string[1:], legal[:-1], strict=True)) and legal[-1] == ""
        assert string[1] == string[-2] and legal[-3] == string[1]  # one symbol only, known from the start
        assert reber_legal(string[2:-2], REBER) == [*legal[2:-3], ""]


@pytest.mark.parametrize("string", ["BTBTXSEPE", "BPBTXSETE", "BTBTTE", "TBE", "BTBTXSETEE"])
def test_a_string_that_breaks_the_grammar_is_refused(string):
    with pytest.raises(DataError, match="cannot be symbol"):
        reber_legal(string)


def test_the_shortest_strings_of_the_grammar_are_found():
    short = {string for string in reber_strings(500) if len(string) == 9}
    assert short == {f"B{outer}B{inner}E{outer}E" for outer in "TP" for inner in ("TXS", "PVV")}


def test_arrays_tell_the_same_as_the_strings():
    strings = reber_strings(5, seed=4)
    held = grammar_arrays(strings)
    for row, string in enumerate(strings):
        steps = len(string) - 1
        assert "".join(SYMBOLS[i] for i in held.x[row, :steps].argmax(-1)) == string[:-1] and not held.x[row, steps:].any()
        assert "".join(SYMBOLS[i] for i in held.y[row, :steps]) == string[1:]
        assert held.weight[row].sum() == steps and np.array_equal(held.legal[row].sum(-1) > 0, held.weight[row] > 0)


def test_who_knows_the_grammar_solves_it_and_who_forgets_does_not():
    held = embedded_reber(50, 100, seed=1)[1]
    assert grammar_solved(held, held.legal.astype(np.float32)) == 1
    forgetful = held.legal.astype(np.float32)
    frame = [SYMBOLS.index("T"), SYMBOLS.index("P")]
    last = held.weight.sum(axis=1).astype(int) - 2
    forgetful[np.arange(len(last))[:, None], last[:, None], frame] = 0.5
    assert grammar_solved(held, forgetful) == 0


def test_no_test_string_was_learned():
    train, test = embedded_reber(300, 50)
    known = {row[: int(w.sum())].tobytes() for row, w in zip(train.x, train.weight, strict=True)}
    assert not known & {row[: int(w.sum())].tobytes() for row, w in zip(test.x, test.weight, strict=True)}
    assert len(test.x) == 50


def test_adding_sums_what_is_marked_and_guessing_costs_a_sixth():
    x, y = adding(20_000, 20, seed=0)
    assert np.array_equal(x[:, :10, 1].sum(1), np.ones(len(x))) and np.array_equal(x[:, 10:, 1].sum(1), np.ones(len(x)))
    np.testing.assert_allclose((x[:, :, 0] * x[:, :, 1]).sum(1), y[:, 0], rtol=1e-6)
    assert abs(np.mean((y - 1) ** 2) - 1 / 6) < 0.005
    with pytest.raises(ArgumentError, match="cannot be marked"):
        adding(1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_an_lstm_predicts_every_legal_symbol_of_the_embedded_reber_grammar(seed):
    train, held = embedded_reber(2048, 512, seed)
    test, choose = (Strings(*(array[half] for array in held)) for half in (slice(256), slice(256, None)))
    model = Sequential([LSTM(32, return_sequences=True), Dense(len(SYMBOLS), activation="softmax")], seed=seed)
    for _ in range(6):  # from one fall of the rate to the next, until 256 strings are solved that are neither learned nor tested
        model.compile(Adam(CosineDecay(0.01, 10 * 64), global_clipnorm=1.0), "sparse_categorical_crossentropy")
        model.fit(train.x, train.y, batch_size=32, epochs=10, sample_weight=train.weight, verbose=0)
        if grammar_solved(choose, model.predict(choose.x)) == 1:
            break
    assert grammar_solved(test, model.predict(test.x)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_an_lstm_adds_over_100_steps(seed):
    (x, y), (x_test, y_test) = adding(5000, 100, seed), adding(1000, 100, 1000 + seed)
    model = Sequential([LSTM(64), Dense(1)], seed=seed)
    model.compile(Adam(0.01, global_clipnorm=1.0), "mse")
    for epochs in range(2, 41, 2):
        model.fit(x, y, batch_size=50, epochs=epochs, initial_epoch=epochs - 2, verbose=0)
        if model.evaluate(x_test, y_test, verbose=0) < 0.005:
            break
    assert model.evaluate(x_test, y_test, verbose=0) < 0.01
