"""Where radial units go, and how wide they are: the rules that an `RBFNetwork` knows."""

import warnings
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from neuralzoo.core.errors import ArgumentError, DataError

CANDIDATES = 2000  # rows among which orthogonal least squares choose: their responses to each other are held in memory
MINIBATCH = 10_000  # rows above which k-means takes them in small batches


def by_k_means(x: np.ndarray, units: int, seed: int) -> np.ndarray:
    """The centers `(units, in)` of clusters of the rows. J. Moody, C. Darken, Neural Computation 1, 1989."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    once: Any = 1  # its stub wants a word
    if len(x) > MINIBATCH:
        clusters = MiniBatchKMeans(units, random_state=seed, n_init=once, batch_size=4096, max_iter=5, init_size=3 * units)
    else:
        clusters = KMeans(units, random_state=seed, n_init=once, max_iter=100)
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):  # of rows that are repeated: `widths_of` tells
        return np.asarray(clusters.fit(x).cluster_centers_)


def by_chance(x: np.ndarray, units: int, seed: int) -> np.ndarray:
    """Rows drawn without repetition. D. Broomhead, D. Lowe, Complex Systems 2, 1988."""
    return x[np.random.default_rng(seed).permutation(len(x))[:units]]


def by_orthogonal_least_squares(x: np.ndarray, y: np.ndarray, units: int, width: float, seed: int) -> np.ndarray:
    """Rows chosen one by one: always the one whose response, orthogonal to those before it, explains most of what is left of y.

    `y` is `(rows, outputs)`; `width` is that of all units. Of many rows, 2000 drawn ones are looked at.

    Reference: S. Chen, C. Cowan, P. Grant, "Orthogonal least squares learning algorithm for radial basis function networks",
    IEEE Transactions on Neural Networks 2, 1991.
    """
    rows = np.random.default_rng(seed).permutation(len(x))[:CANDIDATES]
    x, y = x[rows].astype(float), y[rows].astype(float)
    responses = np.exp(-0.5 * cdist(x, x, "sqeuclidean") / width**2)
    responses -= responses.mean(axis=0)  # the bias comes first
    left = y - y.mean(axis=0)
    chosen: list[int] = []
    enough = 1e-10 * (responses**2).sum(axis=0)  # shorter than that a response is a sum of those chosen
    for _ in range(units):
        lengths = (responses**2).sum(axis=0)
        usable = lengths > enough
        usable[chosen] = False
        if not usable.any():
            what = f"orthogonal least squares found {len(chosen)} centers among the rows; the others add nothing at width {width:g}"
            raise DataError(what, remedy=f"take units={len(chosen)} or fewer, or a smaller width")
        gain = np.where(usable, ((responses.T @ left) ** 2).sum(axis=1) / np.where(usable, lengths, 1), -1)
        best = int(gain.argmax())
        chosen.append(best)
        direction = responses[:, best] / np.sqrt(lengths[best])
        left = left - np.outer(direction, direction @ left)
        responses = responses - np.outer(direction, direction @ responses)
    return x[chosen]


def widths_of(centers: np.ndarray, width: Any, neighbours: int) -> np.ndarray:
    """The width `(units,)` of each unit: a number for all, or by a rule.

    "nearest": the root mean square distance to the nearest centers (Moody and Darken 1989).
    "spread": d_max / √(2 units), d_max being the largest distance between two centers, for all alike (Haykin).
    """
    units = len(centers)
    if not isinstance(width, str):
        return np.full(units, float(width))
    if units == 1:
        raise ArgumentError("one center has no distance to others, from which to take a width", remedy="give width a number, or more units")
    if width == "spread":
        widths = np.full(units, cdist(centers, centers).max() / np.sqrt(2 * units))
    else:
        apart = np.sort(cdist(centers, centers, "sqeuclidean"), axis=1)[:, 1 : neighbours + 1]
        widths = np.sqrt(apart.mean(axis=1))
    if not widths.all():
        what = f"unit {int(np.argmin(widths)) + 1} of {units} would have the width 0: its center is there more than once"
        raise DataError(what, remedy="leave repeated rows out (np.unique), take fewer units or more neighbours, or give width a number")
    return widths
