"""What follows from the matrix of a Markov chain: closed classes, periods, where it stays, when it arrives. NumPy, float64."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse.csgraph import breadth_first_order, connected_components

from neuralzoo.core.errors import ArgumentError, DataError

Matrix = Float[np.ndarray, "states states"]


def check_transitions(transitions: Matrix) -> Matrix:
    """The matrix in float64; raises `DataError` where a row is no distribution."""
    matrix = np.asarray(transitions, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise DataError(f"transitions of shape {matrix.shape} are no square matrix", remedy="give one row and one column for each state")
    wrong = np.flatnonzero(~((matrix >= 0).all(axis=1) & (np.abs(matrix.sum(axis=1) - 1) < 1e-6)))
    if len(wrong):
        row = matrix[wrong[0]]
        what = "zeros only: the state is never left" if not row.any() else f"values that sum to {row.sum():g}, the least {row.min():g}"
        remedy = "give 1 on the diagonal for a state that is not left" if not row.any() else "give probabilities"
        raise DataError(f"row {wrong[0]} of the transitions holds {what}", remedy=remedy)
    return matrix / matrix.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Classes:
    """How the states of a chain hang together.

    Fields:
        of: `(states,)` the class of each state; two states are in one class where each leads to the other.
        closed: `(classes,)` whether no way leads out of a class.
        periods: `(classes,)` the greatest common divisor of the lengths of all ways back; 0 where there is none.
    """

    of: Int[np.ndarray, " states"]
    closed: Bool[np.ndarray, " classes"]
    periods: Int[np.ndarray, " classes"]

    def describe(self, labels: Sequence[object]) -> str:
        """The closed classes in words.

        >>> classes(np.array([[0, 1.0], [1.0, 0]])).describe("ab")
        '{a, b} with period 2'
        """
        words = []
        for c in np.flatnonzero(self.closed):
            held = [str(labels[int(i)]) for i in np.flatnonzero(self.of == c)]
            shown = ", ".join(held[:6]) + (", …" if len(held) > 6 else "")
            words.append(f"{{{shown}}}" + (f" with period {self.periods[c]}" if self.periods[c] > 1 else ""))
        return "; ".join(words)


def classes(transitions: Matrix) -> Classes:
    """The communicating classes of a chain."""
    ways = check_transitions(transitions) > 0
    count, of = connected_components(ways, directed=True, connection="strong")
    closed, periods = np.ones(count, bool), np.zeros(count, int)
    closed[of[np.any(ways & (of[:, None] != of[None, :]), axis=1)]] = False
    for c in range(count):
        inside = np.flatnonzero(of == c)
        periods[c] = _period(ways[np.ix_(inside, inside)])
    return Classes(of, closed, periods)


def _period(ways: np.ndarray) -> int:
    """Of a class: the divisor of depth(from) + 1 − depth(to) over all its ways (E. Denardo, 1977)."""
    order, before = breadth_first_order(ways, 0)
    depth = np.zeros(len(ways), int)
    for state in order[1:]:
        depth[state] = depth[before[state]] + 1
    start, end = np.nonzero(ways)
    return math.gcd(*(depth[start] + 1 - depth[end]).tolist()) if len(start) else 0


def stationary(transitions: Matrix) -> Float[np.ndarray, " states"]:
    """π = π · transitions, by W. Grassmann's elimination without subtraction: exact to rounding, periodic chains too.

    Raises `DataError` where there are several closed classes, since each has a law of its own. States outside the closed class get 0.

    >>> stationary(np.array([[0.9, 0.1], [0.5, 0.5]])).round(4)
    array([0.8333, 0.1667])

    Reference: W. Grassmann, M. Taksar, D. Heyman, "Regenerative analysis and steady state distributions for Markov chains",
    Operations Research 33, 1985.
    """
    matrix = check_transitions(transitions)
    found = classes(matrix)
    if found.closed.sum() > 1:
        what = f"the chain has {found.closed.sum()} closed classes, each with a stationary law of its own: "
        remedy = "ask absorption() where it ends, or fit the chain to one of them"
        raise DataError(what + found.describe(range(len(matrix))), remedy=remedy)
    inside = np.flatnonzero(found.closed[found.of])
    a = matrix[np.ix_(inside, inside)].copy()
    for n in range(len(a) - 1, 0, -1):
        a[:n, n] /= a[n, :n].sum()
        a[:n, :n] += np.outer(a[:n, n], a[n, :n])
    law = np.ones(len(a))
    for n in range(1, len(a)):
        law[n] = law[:n] @ a[:n, n]
    result = np.zeros(len(matrix))
    result[inside] = law / law.sum()
    return result


@dataclass(frozen=True)
class Hitting:
    """When a chain first is in one of some states.

    Fields:
        probabilities: `(states,)` that it ever is.
        times: `(states,)` expected steps until then; infinite where it may never be.
    """

    probabilities: Float[np.ndarray, " states"]
    times: Float[np.ndarray, " states"]


def hitting(transitions: Matrix, targets: Sequence[int]) -> Hitting:
    """From each state: whether, and after how many steps, a chain is in one of the `targets` for the first time."""
    matrix = check_transitions(transitions)
    chosen = np.zeros(len(matrix), bool)
    if not len(targets) or min(targets) < 0 or max(targets) >= len(matrix):
        raise ArgumentError(f"targets {list(targets)} are no states", remedy=f"give some of 0 … {len(matrix) - 1}")
    chosen[list(targets)] = True
    can = _leads(matrix, chosen)
    sure = can & ~_leads(np.where(chosen[:, None], 0, matrix), ~can)
    probabilities, times = chosen.astype(float), np.where(chosen, 0.0, np.inf)
    for found, states, right in ((probabilities, can & ~chosen, matrix @ chosen), (times, sure & ~chosen, np.ones(len(matrix)))):
        inner = np.flatnonzero(states)
        found[inner] = np.linalg.solve(np.eye(len(inner)) - matrix[np.ix_(inner, inner)], right[inner])
    return Hitting(np.where(sure, 1.0, probabilities), times)


def _leads(ways: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """From which states some way leads to one of the targets."""
    reached = targets.copy()
    while True:
        more = reached | np.any((ways > 0) & reached[None, :], axis=1)
        if (more == reached).all():
            return reached
        reached = more


@dataclass(frozen=True)
class Absorption:
    """Where a chain ends, and when.

    Fields:
        transient: `(transient,)` states that are left for good.
        ends: for each closed class, its states.
        probabilities: `(transient, ends)` of ending in each.
        times: `(transient,)` expected steps until then.
        fundamental: `(transient, transient)` expected visits of each, N = (I − Q)⁻¹.

    Reference: J. Kemeny, J. Snell, "Finite Markov chains", 1960.
    """

    transient: Int[np.ndarray, " transient"]
    ends: tuple[Int[np.ndarray, " states"], ...]
    probabilities: Float[np.ndarray, "transient ends"]
    times: Float[np.ndarray, " transient"]
    fundamental: Float[np.ndarray, "transient transient"]


def absorption(transitions: Matrix) -> Absorption:
    """The end of a chain from each state that is not part of it. Raises `DataError` where every state is."""
    matrix = check_transitions(transitions)
    found = classes(matrix)
    left = ~found.closed[found.of]
    if not left.any():
        what = f"no state is left for good: all belong to closed classes, {found.describe(range(len(matrix)))}"
        raise DataError(what, remedy="ask stationary() or hitting_times(targets)")
    transient, ends = np.flatnonzero(left), tuple(np.flatnonzero(found.of == c) for c in np.flatnonzero(found.closed))
    fundamental = np.linalg.inv(np.eye(len(transient)) - matrix[np.ix_(transient, transient)])
    into = np.stack([matrix[np.ix_(transient, end)].sum(axis=1) for end in ends], axis=1)
    return Absorption(transient, ends, fundamental @ into, fundamental.sum(axis=1), fundamental)
