"""ADALINE: the delta rule against a loop, against the closed form, and on a telephone line."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.layers import Dense
from neuralzoo.learn.delta import DeltaRule
from neuralzoo.models import Sequential
from neuralzoo.zoo import Adaline
from neuralzoo.zoo.adaline import cancel_echo, delay_line, echo_loss, largest_eigenvalue, telephone_line


@pytest.fixture(scope="module")
def rows():
    draws = np.random.default_rng(0)
    x = draws.normal(size=(128, 3)) * [1, 0.5, 2] + [0, 1, 0]
    return x.astype(np.float32), (x @ [1.0, -2, 0.5] + 3 + draws.normal(size=128) * 0.3).astype(np.float32)


@pytest.mark.parametrize("normalized", [False, True])
def test_blocks_of_rows_follow_the_error_row_by_row(rows, normalized):
    x, y = rows
    model = Adaline(0.05, "normalized" if normalized else "online")
    history = model.fit(x, y, batch_size=100, epochs=1, shuffle=False, verbose=0).history
    w, errors = np.zeros(4), []
    for row, target in zip(np.hstack([x, np.ones((128, 1))]).astype(float), y, strict=True):
        errors.append(target - w @ row)
        w = w + 0.05 * errors[-1] * row / (row @ row if normalized else 1)
    np.testing.assert_allclose(np.append(model.net.kernel, model.net.bias), w, atol=1e-5)
    assert history["loss"][0] == pytest.approx(np.mean(np.square(errors)), rel=1e-4)


@pytest.fixture(scope="module")
def closed(rows):
    model = Adaline(rule="least squares")
    model.fit(*rows, batch_size=128, verbose=0)
    return model


def test_the_closed_form_is_least_squares(rows, closed):
    x, y = rows
    weights = np.linalg.lstsq(np.hstack([x, np.ones((128, 1))]).astype(float), y, rcond=None)[0]
    np.testing.assert_allclose(np.append(closed.net.kernel, closed.net.bias), weights, atol=1e-4)


def test_by_batches_it_descends_to_the_closed_form(rows, closed):
    model = Adaline(0.3, "batch")
    model.fit(*rows, batch_size=128, epochs=500, verbose=0)
    np.testing.assert_allclose(model.net.kernel, closed.net.kernel, atol=1e-3)
    np.testing.assert_allclose(model.net.bias, closed.net.bias, atol=1e-3)


def test_two_over_the_largest_eigenvalue_is_where_steps_become_too_large(rows):
    x, y = rows
    bound = 2 / largest_eigenvalue(x, bias=True)
    h = np.hstack([x, np.ones((128, 1))]).astype(float)

    def after(rate, steps=400):
        w = np.zeros(4)
        for _ in range(steps):
            w = w + rate * h.T @ (y - h @ w) / 128
        return np.abs(w).max()

    assert after(0.98 * bound) < 10 < 1e3 < after(1.05 * bound)
    for rule in ("online", "batch"):
        with pytest.raises(ArgumentError, match=rf"below 2/λ = {bound:.3g}") as caught:
            Adaline(1.01 * bound, rule).fit(x, y, verbose=0)
        assert "normalized" in caught.value.remedy


def test_it_takes_the_echo_out_of_a_telephone_line():
    line = telephone_line(2, seed=5)
    canceller = Adaline(0.5, "normalized", bias=False)
    rest = cancel_echo(canceller, line.far, line.microphone)
    assert len(rest) == len(line.microphone) and echo_loss(line, line.microphone) == 0
    assert echo_loss(line, rest) >= 20
    assert np.linalg.norm(canceller.net.kernel[:, 0] - line.path) < 0.1 * np.linalg.norm(line.path)


def test_a_delay_line_holds_the_last_samples():
    np.testing.assert_array_equal(delay_line([1, 2, 3], 2), [[1, 0], [2, 1], [3, 2]])


def test_what_cannot_be_is_refused(rows):
    x, y = rows
    for wrong in ({"rule": "lms"}, {"rate": 0}, {"rate": 2, "rule": "normalized"}):
        with pytest.raises(ArgumentError) as caught:
            Adaline(**wrong)
        assert caught.value.remedy
    with pytest.raises(DataError, match="no targets"):
        Adaline().fit(x)
    with pytest.raises(DataError, match="label -1"):
        Adaline().fit(x, np.sign(y - y.mean()).astype(int))
    net = Sequential([Dense(1)])
    net.compile(learner=DeltaRule())
    with pytest.raises(ArgumentError, match="one Dense layer"):
        net.fit(x, y, verbose=0)
