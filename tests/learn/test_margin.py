"""The dual problems: optimal, as LIBSVM's, whatever the kernel; and Platt's probabilities."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.svm import SVC

from neuralzoo.learn.margin import Duals, objectives, offsets, solve, spread
from neuralzoo.learn.platt import couple, fit_sigmoid
from neuralzoo.zoo.kernel_machine import KernelMachine

C = 2.0
KERNELS = {
    "linear": {"kernel": "linear"},
    "rbf": {"kernel": "rbf", "gamma": 0.1},
    "poly": {"kernel": "poly", "gamma": 0.1, "degree": 2, "coef0": 1.0},
    "sigmoid": {"kernel": "sigmoid", "gamma": 0.01, "coef0": -0.5},
}


@pytest.fixture(scope="module")
def wine():
    """Two classes of wines, scaled and sorted: 59 and 71 rows."""
    x, y = load_wine(return_X_y=True)
    x = x[y < 2]
    return ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32), y[y < 2]


@pytest.fixture(scope="module")
def search():
    """The search, compiled once for all kernels."""
    places = np.arange(71)
    member = np.stack([places < 59, places < 71])[None]
    high, side = np.where(member, C, 0).astype(np.float32), np.array([[[1.0], [-1.0]]], np.float32)
    linear = np.broadcast_to(-side, high.shape)
    duals = Duals(*map(jnp.asarray, (np.array([[0, 59]]), linear, np.where(side > 0, 0, -high), np.where(side > 0, high, 0))))
    run = jax.jit(lambda kernel, start: solve(kernel, duals, start, 1e-4, 100_000))
    return duals, run


@pytest.mark.parametrize("name", KERNELS)
def test_the_dual_objective_is_libsvm_s(name, wine, search):
    x, y = wine
    duals, run = search
    machine = KernelMachine(**KERNELS[name]).measured(x)
    kernel = np.asarray(machine.likeness(x, x))
    found = run(kernel, np.zeros((1, 2, 71), np.float32))
    peer = SVC(C=C, tol=1e-6, **KERNELS[name]).fit(x, y)
    own = np.zeros(len(x))
    own[peer.support_] = peer.dual_coef_[0]
    theirs = 0.5 * own @ kernel.astype(float) @ own - np.abs(own).sum()
    assert float(objectives(duals, found)[0]) == pytest.approx(theirs, rel=1e-4)
    np.testing.assert_allclose(-offsets(duals, found), -peer.intercept_, atol=2e-3)


def test_the_conditions_of_karush_kuhn_and_tucker_hold(wine, search):
    x, _ = wine
    duals, run = search
    kernel = np.asarray(KernelMachine("rbf", gamma=0.1).measured(x).likeness(x, x), np.float64)
    found = run(kernel.astype(np.float32), np.zeros((1, 2, 71), np.float32))
    beta = np.asarray(spread(found.beta, duals.first, len(x)))[:, 0].astype(float)
    assert abs(beta.sum()) < 1e-4 and (beta[:59] >= 0).all() and (beta[59:] <= 0).all() and (np.abs(beta) <= C).all()
    margins = np.where(np.arange(len(x)) < 59, 1, -1) * (kernel @ beta - float(offsets(duals, found)[0]))
    assert (margins[beta == 0] > 1 - 1e-3).all() and (margins[np.abs(beta) == C] < 1 + 1e-3).all()
    np.testing.assert_allclose(margins[(beta != 0) & (np.abs(beta) < C)], 1, atol=1e-3)
    again = run(kernel.astype(np.float32), np.asarray(found.beta))
    assert int(again.rounds) <= 2  # where it stopped there is nothing left to do


def test_a_sigmoid_gives_its_own_probabilities_back():
    draws = np.random.default_rng(0)
    f = draws.normal(0, 2, 40_000)
    first = draws.random(40_000) < 1 / (1 + np.exp(-1.5 * f + 0.4))
    np.testing.assert_allclose(fit_sigmoid(f[first], f[~first]), (-1.5, 0.4), atol=0.05)


def test_pairs_that_agree_are_coupled_exactly():
    p = np.array([[0.5, 0.3, 0.2], [0.01, 0.09, 0.9]])
    pairwise = p[:, :, None] / (p[:, :, None] + p[:, None])
    np.testing.assert_allclose(couple(pairwise), p, rtol=1e-9)
