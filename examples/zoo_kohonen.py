"""Kohonen's map on iris, wine and digits (row B20 of the lectures): the errors of the map, beside MiniSom's where it is installed.

    python examples/zoo_kohonen.py [seeds]

Columns are standardised. Both libraries: the same shape, radius, rate, asymptotic decay and number of rows seen one by one in
random order, units starting at rows drawn at random; errors on the rows themselves, the mean over seeds.
"""

import sys
from importlib.util import find_spec

import numpy as np
from sklearn.datasets import load_digits, load_iris, load_wine

from neuralzoo.zoo import KohonenMap

RADIUS, RATE = 2.0, 0.5
TASKS = {"iris": (load_iris, (7, 8), 100), "wine": (load_wine, (8, 8), 100), "digits": (load_digits, (14, 15), 20)}


def ours(x, shape, grid, epochs, seed):
    lattice = KohonenMap(shape, grid, radius=RADIUS, rate=RATE, start="rows", seed=seed)
    lattice.fit(x, epochs=epochs, verbose=0)
    return lattice.quantization_error(x), lattice.topographic_error(x)


def minisom(x, shape, grid, epochs, seed):
    from minisom import MiniSom

    som = MiniSom(*shape, x.shape[1], sigma=RADIUS, learning_rate=RATE, topology=grid, random_seed=seed)
    som.random_weights_init(x)
    som.train(x, epochs * len(x), random_order=True)
    return som.quantization_error(x), som.topographic_error(x)


seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
for name, (load, shape, epochs) in TASKS.items():
    x = load().data.astype(np.float32)
    x = (x - x.mean(0)) / np.maximum(x.std(0), 1e-6)
    for grid in ("rectangular", "hexagonal"):
        for library in (ours, minisom) if find_spec("minisom") else (ours,):
            errors = np.array([library(x, shape, grid, epochs, seed) for seed in range(seeds)])
            mean, sd = errors.mean(0), errors.std(0)
            print(f"{name} {shape[0]} × {shape[1]} {grid} {library.__name__}: ", end="")
            print(f"quantization error {mean[0]:.4f} (sd {sd[0]:.4f}), topographic error {mean[1]:.4f} (sd {sd[1]:.4f})", flush=True)
