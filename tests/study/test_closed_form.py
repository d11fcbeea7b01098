"""Candidates whose last layer is solved for: they answer as trained networks do."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.linear_model import Ridge
from sklearn.metrics import log_loss

from neuralzoo.models import load_model
from neuralzoo.study.closed_form import RIDGES, extreme, solve
from neuralzoo.study.problem import Problem, Skip
from neuralzoo.study.train import Sides


def sides(y: np.ndarray, x: np.ndarray) -> Sides:
    cut = {"train": slice(0, 200), "validation": slice(200, 260), "test": slice(260, None)}
    return Sides({k: x[s] for k, s in cut.items()}, {k: y[s] for k, s in cut.items()})


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(320, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def classes(x: np.ndarray) -> tuple:
    """Three rings, which no straight border tells apart, and a machine that does."""
    held = sides(np.digitize(np.linalg.norm(x, axis=1), [1.2, 1.9]), x)
    problem = Problem("table", "multiclass", rows=200, shape=(3,), classes=3, smallest=50)
    return held, solve(extreme(problem), held, problem)


def test_random_features_tell_rings_apart(classes: tuple) -> None:
    held, done = classes
    y = done.model.predict(held.x["test"])
    np.testing.assert_allclose(y.sum(1), 1, rtol=1e-5)
    assert np.mean(y.argmax(1) == held.y["test"]) > 0.85


def test_the_last_layer_is_ridge_regression_on_the_features(classes: tuple) -> None:
    held, done = classes
    hidden = done.model.net.layers[0]
    h = np.asarray(hidden(jnp.asarray(held.x["train"])), np.float64)
    ridge = Ridge(alpha=done.candidate.settings["ridge for each row"] * 200).fit(h, np.eye(3)[held.y["train"]])

    def scores(side: str) -> np.ndarray:
        return ridge.predict(np.asarray(hidden(jnp.asarray(held.x[side]))))

    def price(exponent: float) -> float:
        return log_loss(held.y["validation"], softmax(np.exp(exponent) * scores("validation"), axis=1))

    steep = np.exp(minimize_scalar(price, bounds=(0, 6), method="bounded").x)
    np.testing.assert_allclose(done.model.predict(held.x["test"]), softmax(steep * scores("test"), axis=1), atol=0.02)


def test_numbers_and_two_classes_are_answered_in_their_own_form(x: np.ndarray) -> None:
    value = (x[:, :1] * x[:, 1:2]).astype(np.float32)
    regression = Problem("table", "regression", rows=200, shape=(3,), smallest=200)
    done = solve(extreme(regression), sides(value, x), regression)
    assert np.mean((done.model.predict(x[260:]) - value[260:]) ** 2) < 0.3 * value.var()

    binary = Problem("table", "binary", rows=200, shape=(3,), classes=2, smallest=80, balanced=True)
    done = solve(extreme(binary), sides((value[:, 0] > 0).astype(int), x), binary)
    y = done.model.predict(x[260:])
    assert y.shape == (60, 1) and np.mean((y[:, 0] > 0.5) == (value[260:, 0] > 0)) > 0.8


def test_it_is_a_network_like_any_other_in_a_file(classes: tuple, tmp_path) -> None:
    held, done = classes
    done.model.save(tmp_path / "model.nz")
    np.testing.assert_array_equal(load_model(tmp_path / "model.nz").predict(held.x["test"]), done.model.predict(held.x["test"]))
    assert done.candidate.settings["ridge for each row"] in RIDGES and done.candidate.closed_form


def test_too_few_rows_are_told() -> None:
    assert isinstance(extreme(Problem("table", "binary", rows=20, shape=(3,), classes=2, smallest=8)), Skip)
