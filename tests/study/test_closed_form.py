"""Candidates whose last layer is solved for: they answer as trained networks do."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.linear_model import Ridge
from sklearn.metrics import log_loss
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from neuralzoo.models import load_model
from neuralzoo.study.closed_form import RIDGES, echo_state, extreme, radial, solve
from neuralzoo.study.problem import Problem, Skip
from neuralzoo.study.train import Sides


def sides(y: np.ndarray, x: np.ndarray) -> Sides:
    cut = {"train": slice(0, 200), "validation": slice(200, 260), "test": slice(260, None)}
    return Sides({k: x[s] for k, s in cut.items()}, {k: y[s] for k, s in cut.items()})


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(320, 3)).astype(np.float32)


@pytest.fixture(scope="module", params=[extreme, radial], ids=lambda maker: maker.__name__)
def classes(x: np.ndarray, request: pytest.FixtureRequest) -> tuple:
    """Three rings, which no straight border tells apart, and a machine that does."""
    held = sides(np.digitize(np.linalg.norm(x, axis=1), [1.2, 1.9]), x)
    problem = Problem("table", "multiclass", rows=200, shape=(3,), classes=3, smallest=50)
    return held, solve(request.param(problem), held, problem)


def test_they_tell_rings_apart(classes: tuple) -> None:
    held, done = classes
    y = done.model.predict(held.x["test"])
    np.testing.assert_allclose(y.sum(1), 1, rtol=1e-5)
    assert np.mean(y.argmax(1) == held.y["test"]) > 0.85


def test_the_last_layer_is_ridge_regression_on_the_features_as_sure_as_rows_left_out_allow(classes: tuple) -> None:
    held, done = classes
    hidden, y = done.model.net.layers[0], held.y["train"]
    h, targets = np.asarray(hidden(jnp.asarray(held.x["train"])), np.float64), np.eye(3)[held.y["train"]]
    ridge = Ridge(alpha=done.candidate.settings["ridge for each row"] * 200)
    left_out = cross_val_predict(ridge, h, targets, cv=LeaveOneOut())

    def price(exponent: float) -> float:
        # the rows, and each row's scores once more for every class, all of these counting for three rows together
        p = softmax(np.exp(exponent) * left_out, axis=1)
        return 200 * log_loss(y, p) - np.log(p).sum(axis=1).mean()

    steep = np.exp(minimize_scalar(price, bounds=(0, 6), method="bounded").x)
    scores = ridge.fit(h, targets).predict(np.asarray(hidden(jnp.asarray(held.x["test"]))))
    np.testing.assert_allclose(done.model.predict(held.x["test"]), softmax(steep * scores, axis=1), atol=0.02)


def test_validation_rows_decide_nothing(x: np.ndarray) -> None:
    """They compare it with others, so it may not have chosen by them."""
    y = np.digitize(np.linalg.norm(x, axis=1), [1.2, 1.9])
    problem = Problem("table", "multiclass", rows=200, shape=(3,), classes=3, smallest=50)
    held, other = sides(y, x), sides(y, x)
    other.y["validation"] = np.random.default_rng(1).permutation(other.y["validation"])
    one, two = (solve(radial(problem), s, problem) for s in (held, other))
    assert one.candidate.settings == two.candidate.settings
    np.testing.assert_array_equal(one.model.predict(x), two.model.predict(x))


def test_rows_that_are_all_told_apart_do_not_make_it_sure_beyond_their_number() -> None:
    draws = np.random.default_rng(0)
    y = np.arange(320) % 2
    held = sides(y, (10 * y[:, None] + draws.normal(size=(320, 3))).astype(np.float32))
    problem = Problem("table", "binary", rows=200, shape=(3,), classes=2, smallest=100)
    p = solve(extreme(problem), held, problem).model.predict(held.x["train"])[:, 0]
    assert ((p > 0.5) == held.y["train"]).all()
    assert np.mean(np.where(held.y["train"] == 1, 1 - p, p)) > 0.5 / 202  # by Laplace's rule 1 of 202 would be wrong


def test_numbers_and_two_classes_are_answered_in_their_own_form(x: np.ndarray) -> None:
    value = (x[:, :1] * x[:, 1:2]).astype(np.float32)
    regression = Problem("table", "regression", rows=200, shape=(3,), smallest=200)
    for maker in (extreme, radial):
        done = solve(maker(regression), sides(value, x), regression)
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


def test_the_width_of_radial_units_suits_rows_left_out(x: np.ndarray) -> None:
    """A plane is what wide units are for, however near their centres are."""
    value, problem = x @ np.ones((3, 1), np.float32), Problem("table", "regression", rows=200, shape=(3,), smallest=200)
    done = solve(radial(problem), sides(value, x), problem)
    assert done.candidate.settings["width, in distances to the next centers"] > 1
    assert np.mean((done.model.predict(x[260:]) - value[260:]) ** 2) < 0.01 * value.var()


def test_radial_units_need_no_more_places_than_rows_that_differ() -> None:
    x = np.eye(3, dtype=np.float32)[np.arange(320) % 3]
    problem = Problem("table", "multiclass", rows=200, shape=(3,), classes=3, smallest=60)
    done = solve(radial(problem), sides(np.arange(320) % 3, x), problem)
    assert done.model.net.layers[0].units == 3 and (done.model.predict(x).argmax(axis=1) == np.arange(320) % 3).all()


def test_a_reservoir_hears_how_fast_a_wave_is() -> None:
    """Waves of two speeds that begin anywhere: no step by itself tells them apart."""
    draws = np.random.default_rng(0)
    y = np.arange(320) % 2
    phase = draws.uniform(0, 2 * np.pi, (320, 1)) + np.where(y, 0.5, 0.8)[:, None] * np.arange(24)
    held = sides(y, (np.sin(phase)[..., None] + 0.1 * draws.normal(size=(320, 24, 1))).astype(np.float32))
    problem = Problem("sequences", "binary", rows=200, shape=(24, 1), classes=2, smallest=100)
    done = solve(echo_state(problem), held, problem)
    y = done.model.predict(held.x["test"])
    assert y.shape == (60, 1) and np.mean((y[:, 0] > 0.5) == held.y["test"]) > 0.9


@pytest.mark.parametrize(("maker", "shape"), [(extreme, (3,)), (radial, (3,)), (echo_state, (24, 1))], ids=["extreme", "radial", "echo"])
def test_too_few_rows_are_told(maker, shape: tuple[int, ...]) -> None:
    assert isinstance(maker(Problem("table", "binary", rows=20, shape=shape, classes=2, smallest=8)), Skip)
