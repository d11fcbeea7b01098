"""What support vector machines have in common: the rows that they keep, and what they ask of them."""

import warnings
from typing import Any

import jax.numpy as jnp
import numpy as np

from neuralzoo.core.errors import DataError, NotReadyError
from neuralzoo.zoo.kernel_machine import KernelMachine
from neuralzoo.zoo.maximum_margin import MarginMemo, MaximumMargin
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import require_table, require_targets

ALL = 2**30  # rows in a step: as many as there are
KERNEL_BYTES = 4 * 2**30  # the largest kernel matrix
UNEVEN = 100.0  # spread of a feature, in spreads of the middle one, above which it decides alone


class ScaleWarning(UserWarning):
    """A feature is on so large a scale that the others hardly count."""


class VectorMachine(Member):
    """What the classifier and the regressor have in common.

    Attributes, once it is fitted:
        support: the places of the support vectors among the rows learned from; their order in the arrays below is by class.
        support_vectors, support_labels: these rows, and their targets.
        coefficients: `(vectors, functions)`, signed: yα of each pair of classes, positive for the first; or α − α* of a regressor.
        weights: `(features, functions)`, w of each function; of the linear kernel only.
        margin: 2 / ‖w‖ of each function, in the features that the kernel implies.
        objective: the sum of the dual objectives, which LIBSVM minimises.
        gap, rounds: by how much its conditions are violated at most; steps of the search.
    """

    usual_batch = ALL
    net: KernelMachine
    learner: MaximumMargin
    memo: MarginMemo | None

    @property
    def support(self) -> np.ndarray:
        return self._kept(self._learned().support)

    @property
    def support_vectors(self) -> np.ndarray:
        return self._kept(self._learned().vectors)

    @property
    def support_labels(self) -> np.ndarray:
        return self._kept(self._learned().labels)

    @property
    def coefficients(self) -> np.ndarray:
        return self._kept(self._learned().coefficients)

    @property
    def weights(self) -> np.ndarray:
        if self.net.kernel != "linear":
            raise NotReadyError(f"the features of the {self.net.kernel} kernel have no list of weights", remedy='use kernel="linear"')
        return self.support_vectors.T @ self.coefficients

    @property
    def margin(self) -> np.ndarray:
        vectors = self.support_vectors
        likeness = np.asarray(self.net.likeness(jnp.asarray(vectors), jnp.asarray(vectors)), np.float64)
        return 2 / np.sqrt(np.sum(self.coefficients * (likeness @ self.coefficients), axis=0))

    @property
    def objective(self) -> float:
        return float(self._search().objective)

    @property
    def gap(self) -> float:
        return float(self._search().gap)

    @property
    def rounds(self) -> int:
        return int(self._search().rounds)

    def _kept(self, array: Any) -> np.ndarray:
        """Without the filling."""
        return np.asarray(array)[np.asarray(self.net.support) >= 0]

    def _learned(self) -> KernelMachine:
        self.require_fitted("tell what it learned")
        return self.net

    def _search(self) -> MarginMemo:
        self.require_fitted("tell how its search ended")
        if self.memo is None:
            raise NotReadyError("this machine was saved without what it learned from", remedy="save it with include_optimizer=True")
        return self.memo

    def _check_table(self, x: Any, y: Any) -> None:
        """Raise `DataError` for rows that are no table with targets, or too many; warn where a feature outweighs all others."""
        require_table(x)
        require_targets(y)
        rows = len(x)
        if 4 * rows**2 > KERNEL_BYTES:
            what = f"the kernel matrix of {rows:,} rows takes {4 * rows**2:,} bytes, more than {KERNEL_BYTES:,}"
            raise DataError(what, remedy="use LinearSupportVectorMachine, which keeps no matrix, or fit a sample of the rows")
        warn_of_scales(x)

    def _check_room(self, rows: int, widest: int) -> None:
        if self.built and (rows > self.net.room or widest > self.learner.width):
            room = f"{self.net.room} rows, {self.learner.width} of one class"
            what = f"this machine has room for {room}, but there are {rows}, {widest} of one class"
            raise DataError(what, remedy="make a new machine for them")

    def _rows(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows, targets, and which are support vectors: all that were learned from, or the vectors where only these are left."""
        if self.memo is None:
            return self.support_vectors, self.support_labels, np.arange(len(self.support))
        held = int(self.memo.held)
        return np.asarray(self.memo.rows)[:held], np.asarray(self.memo.targets)[:held], self.support


def warn_of_scales(x: Any) -> None:
    """A `ScaleWarning` where one feature spreads so much farther than the middle one that it decides alone."""
    spreads = np.std(x, axis=0, dtype=np.float64)
    middle = np.median(spreads[spreads > 0]) if spreads.any() else 0.0
    if spreads.max() > UNEVEN * middle > 0:
        worst = int(spreads.argmax())
        what = f"feature {worst} spreads {spreads[worst] / middle:,.0f} times as far as the middle one, so it decides alone"
        warnings.warn(f"{what}. Scale the features first: (x - x.mean(0)) / x.std(0), of the training rows.", ScaleWarning, stacklevel=2)
