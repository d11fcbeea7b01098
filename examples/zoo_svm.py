"""Support vector machines (row B21 of the lectures): raw → scaled → tuned, the lesson of LIBSVM's guide, on the breast cancer data.

    python examples/zoo_svm.py

The features are areas, lengths and ratios. As they are, the areas decide alone; scaled, all count; and C and gamma are chosen on
five folds of the training rows. The mean of five splits into 380 rows to learn from and 189 to test on, with equal shares of both
classes, so that the machines of a kind have one shape: C and gamma are data, and nothing is compiled again.
"""

import warnings

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold

from neuralzoo.zoo import SupportVectorMachine
from neuralzoo.zoo.vector_machine import ScaleWarning

x, y = load_breast_cancer(return_X_y=True)


def accuracy(learn, test, scaled=True, c=1.0, gamma="auto"):
    """The share of the rows `test` that a machine taught by the rows `learn` gets right."""
    middle, spread = (x[learn].mean(axis=0), x[learn].std(axis=0)) if scaled else (0.0, 1.0)
    machine = SupportVectorMachine(c, gamma=gamma)
    with warnings.catch_warnings(action="ignore", category=ScaleWarning):  # which says what this example is about
        machine.fit((x[learn] - middle) / spread, y[learn], verbose=0)
    return np.mean(machine.classify((x[test] - middle) / spread) == y[test])


def chosen(rows):
    """The C and gamma with the best mean accuracy on five folds."""
    folds = [(rows[a], rows[b]) for a, b in StratifiedKFold(5, shuffle=True, random_state=0).split(rows, y[rows])]
    grid = [(c, gamma) for c in (1.0, 4.0, 16.0) for gamma in (0.003, 0.01, 1 / 30)]
    return max(grid, key=lambda pair: np.mean([accuracy(*fold, c=pair[0], gamma=pair[1]) for fold in folds]))


told = []
for seed in range(5):
    order = np.random.default_rng(seed).permutation(len(y))
    learn = np.concatenate([order[y[order] == 0][:140], order[y[order] == 1][:240]])
    test = np.setdiff1d(order, learn)
    c, gamma = chosen(learn)
    told.append((accuracy(learn, test, scaled=False), accuracy(learn, test), accuracy(learn, test, c=c, gamma=gamma)))
raw, scaled, tuned = np.mean(told, axis=0)
print(f"raw {raw:.1%}, scaled {scaled:.1%}, tuned {tuned:.1%} of the held-out rows right")
