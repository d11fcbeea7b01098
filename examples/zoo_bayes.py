"""Bayesian networks on the UCI rows that they are compared by (row B23 of the lectures): 20 fixed splits of Boston and Yacht.

    python examples/zoo_bayes.py [methods] [data] [splits]        such as: laplace,dropout,backprop,nuts boston,yacht 20

One hidden layer of 50 units. Nothing is chosen by test rows: prior and noise come from the evidence, from learning or from the settings
below, which are the same for all data. Test RMSE, log-likelihood in nats and the share of targets inside 90 % intervals: mean ± standard
error over the splits. Where the folder named by NEURALZOO_DATA lacks the data, 20 seeded splits of scikit-learn's diabetes stand in for
them, with rows made here whose noise grows with x.
"""

import os
import sys
import warnings
from pathlib import Path

import numpy as np

from neuralzoo.zoo import BayesByBackprop, LaplaceNetwork, MonteCarloDropout, NoUTurnNetwork
from neuralzoo.zoo.no_u_turn import DivergenceWarning


def rows_of(name):
    """x, y, and which rows each split tests."""
    path = Path(os.environ.get("NEURALZOO_DATA", "")) / "uci_regression" / f"{name}.npz"
    if path.is_file():
        held = np.load(path)
        return held["x"], held["y"], held["test"]
    from sklearn.datasets import load_diabetes

    draws = np.random.default_rng(0)
    x = draws.uniform(-1, 1, (400, 1))
    x, y = (
        load_diabetes(return_X_y=True)
        if name == "diabetes"
        else (x, np.sin(4 * x[:, 0]) + draws.normal(size=400) * (0.05 + 0.2 * (x[:, 0] + 1)))
    )
    test = np.stack([np.isin(np.arange(len(y)), np.random.default_rng(seed).permutation(len(y))[: len(y) // 10]) for seed in range(20)])
    return x, y, test


def laplace(x, y, seed):
    network = LaplaceNetwork((50,), seed=seed)
    for _ in range(4):  # prior and noise by the evidence, and the weights once more
        network.fit(x, y, batch_size=len(x), epochs=1000, verbose=0)
    return network


def dropout(x, y, seed):
    network = MonteCarloDropout((50,), 0.05, prior=4.0, learning_rate=0.01, seed=seed)
    network.fit(x, y, batch_size=64, epochs=1000, verbose=0)
    return network


def backprop(x, y, seed):
    network = BayesByBackprop((50,), learning_rate=0.01, local=True, seed=seed)
    network.fit(x, y, batch_size=64, epochs=1000, verbose=0)
    return network


def nuts(x, y, seed):
    network = NoUTurnNetwork((50,), seed=seed, draws=300, warmup=300)
    with warnings.catch_warnings(action="ignore", category=DivergenceWarning):
        network.fit(x, y, verbose=0)
    return network


METHODS = {"laplace": laplace, "dropout": dropout, "backprop": backprop, "nuts": nuts}
methods, names, splits = [*sys.argv[1:], *("dropout", "boston,yacht", "4")[len(sys.argv) - 1 :]][:3]
if names == "boston,yacht" and not (Path(os.environ.get("NEURALZOO_DATA", "")) / "uci_regression").is_dir():
    names = "diabetes,made"
for name in names.split(","):
    x, y, test = rows_of(name)
    for method in methods.split(","):
        told = []
        for seed, held in enumerate(test[: int(splits)]):
            network = METHODS[method](x[~held], y[~held], seed)
            answer = network.predict_distribution(x[held])
            low, high = answer.interval(0.9)
            inside = np.mean((low[:, 0] <= y[held]) & (y[held] <= high[:, 0]))
            told.append((np.sqrt(np.mean((answer.mean[:, 0] - y[held]) ** 2)), answer.log_density(y[held]).mean(), inside))
        mean, error = np.mean(told, axis=0), np.std(told, axis=0, ddof=1) / len(told) ** 0.5
        print(f"{name}, {method}, {len(told)} splits: RMSE {mean[0]:.3f} ± {error[0]:.3f}, ", end="")
        print(f"log-likelihood {mean[1]:.3f} ± {error[1]:.3f}, {mean[2]:.1%} of targets inside 90 % intervals", flush=True)
