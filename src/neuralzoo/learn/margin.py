"""The dual problems of support vector machines, all of them side by side, by sequential minimal optimisation.

Every problem is written with signed coefficients β = yα, for which the machine is f(x) = Σ βᵢ K(xᵢ, x) − ρ:

    least  ½ βᵀKβ + linear·β   with  low ≤ β ≤ high  and  Σ β = 0

A classifier of two classes has linear = −y, and bounds 0 and ±C. A regressor has each row twice, once to push f up and
once to push it down, with linear = ±ε − target. So a problem has two *halves*, each a run of neighbouring rows of the kernel
matrix, which all problems share.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

FLAT = 1e-12  # curvature of a pair of equal rows, as in LIBSVM
REFRESHES = 10  # how often the errors, which are added up in 32 bits, are computed afresh before giving up


class Duals(NamedTuple):
    """Problems that share a kernel matrix.

    first: the row of the matrix at which the window of each half begins.
    linear: what is added to Kβ; f(x) − linear is what an error is measured against.
    low, high: bounds of β; both are 0 in places of a window that do not belong to the problem.
    """

    first: Int[Array, "problems 2"]
    linear: Float[Array, "problems 2 width"]
    low: Float[Array, "problems 2 width"]
    high: Float[Array, "problems 2 width"]


class Solution(NamedTuple):
    """Where `solve` stopped.

    beta: the signed coefficients.
    errors: Kβ + linear, equal to ρ wherever β is between its bounds.
    gap: by how much the conditions of Karush, Kuhn and Tucker are violated at most.
    rounds: pairs of coefficients that were moved in the longest of the problems.
    """

    beta: Float[Array, "problems 2 width"]
    errors: Float[Array, "problems 2 width"]
    gap: Float[Array, " problems"]
    rounds: Int[Array, ""]


def solve(kernel: Float[Array, "rows rows"], duals: Duals, beta: Float[Array, "problems 2 width"], tolerance: Any, most: Any) -> Solution:
    """Move pairs of coefficients, one of each problem at a time, until no problem's gap is above `tolerance`, or `most` times.

    The pair is the worst offender, and with it the one that promises the largest decrease (R.-E. Fan, P.-H. Chen, C.-J. Lin,
    "Working set selection using second order information", JMLR 6, 2005). It starts at `beta`, which must be allowed.
    """
    flat = _flat(duals)
    first, width = duals.first, flat.low.shape[1] // 2

    def go_on(carry: Any) -> Any:
        solution, times, before = carry
        return (times == 0) | ((solution.rounds > before) & (solution.rounds < most) & (times < REFRESHES))

    def afresh(carry: Any) -> Any:
        solution, times, _ = carry
        errors = _errors(kernel, first, flat, solution.beta)
        return _descend(kernel, first, flat, solution._replace(errors=errors), tolerance, most), times + 1, solution.rounds

    start = Solution(beta.reshape(flat.low.shape), flat.linear, jnp.zeros(len(beta)), jnp.zeros((), int))
    found = lax.while_loop(go_on, afresh, (start, jnp.zeros((), int), jnp.zeros((), int)))[0]
    return found._replace(**{name: getattr(found, name).reshape(-1, 2, width) for name in ("beta", "errors")})


def offsets(duals: Duals, solution: Solution) -> Float[Array, " problems"]:
    """ρ of each problem: the mean error where β is between its bounds, or the middle of what is allowed where it never is."""
    flat, beta, errors = _flat(duals), *(a.reshape(len(a), -1) for a in solution[:2])
    free = (beta > flat.low) & (beta < flat.high)
    count = jnp.sum(free, axis=1)
    most = jnp.min(jnp.where(beta < flat.high, errors, jnp.inf), axis=1)
    least = jnp.max(jnp.where(beta > flat.low, errors, -jnp.inf), axis=1)
    return jnp.where(count > 0, jnp.sum(errors * free, axis=1) / jnp.maximum(count, 1), (most + least) / 2)


def objectives(duals: Duals, solution: Solution) -> Float[Array, " problems"]:
    """½ βᵀKβ + linear·β of each problem."""
    return 0.5 * jnp.sum(solution.beta * (solution.errors + duals.linear), axis=(1, 2))


def spread(beta: Float[Array, "problems 2 width"], first: Int[Array, "problems 2"], rows: int) -> Float[Array, "rows problems"]:
    """The coefficients by row of the kernel matrix; the two of a row that is in both halves are added up."""
    places = first[:, :, None] + jnp.arange(beta.shape[2])
    return jnp.zeros((rows, len(beta))).at[places, jnp.arange(len(beta))[:, None, None]].add(beta)


def _flat(duals: Duals) -> Duals:
    """The two halves of each problem one after the other."""
    return Duals(duals.first, *(a.reshape(len(a), -1) for a in duals[1:]))


def _window(vector: Any, first: Any, width: int) -> Any:
    """The places of `vector` in the windows of each problem: `(problems, 2 · width)`."""
    halves = jax.vmap(jax.vmap(lambda start: lax.dynamic_slice_in_dim(vector, start, width)))(first)
    return halves.reshape(len(first), -1)


def _errors(kernel: Any, first: Any, flat: Duals, beta: Any) -> Any:
    width = beta.shape[1] // 2
    held = spread(beta.reshape(len(beta), 2, width), first, len(kernel))
    products = lax.cond(jnp.any(held != 0), lambda: jnp.matmul(kernel, held, precision="highest"), lambda: jnp.zeros_like(held))
    halves = jax.vmap(lambda own, starts: [lax.dynamic_slice_in_dim(own, starts[half], width) for half in range(2)])(products.T, first)
    return jnp.concatenate(halves, axis=1) + flat.linear


def _descend(kernel: Any, first: Any, flat: Duals, start: Solution, tolerance: Any, most: Any) -> Solution:
    """Sequential minimal optimisation, the errors being added up from step to step."""
    problems, places = flat.low.shape
    width, each, index = places // 2, jnp.arange(problems), jnp.arange(places)
    curvature = _window(jnp.diagonal(kernel), first, width)

    def row(problem: Any, place: Any) -> Any:
        own = first[problem, place // width] + place % width
        return jnp.concatenate([lax.dynamic_slice(kernel, (own, first[problem, half]), (1, width))[0] for half in range(2)])

    def best(values: Any) -> tuple[Any, Any]:
        value = jnp.max(values, axis=1)  # two passes that are vectorised; argmax is not
        return value, jnp.min(jnp.where(values == value[:, None], index, places - 1), axis=1)

    def violated(beta: Any, errors: Any) -> tuple[Any, Any, Any]:
        least, i = best(jnp.where(beta < flat.high, -errors, -jnp.inf))
        return least, i, jnp.min(jnp.where(beta > flat.low, -errors, jnp.inf), axis=1)

    def move(carry: Any) -> Any:
        beta, errors, _, rounds = carry
        worst, i, other = violated(beta, errors)
        row_i = jax.vmap(row)(each, i)
        gain = worst[:, None] + errors
        bend = jnp.maximum(curvature[each, i][:, None] + curvature - 2 * row_i, FLAT)
        _, j = best(jnp.where((beta > flat.low) & (gain > 0), gain * gain / bend, -1.0))
        room = jnp.minimum(flat.high[each, i] - beta[each, i], beta[each, j] - flat.low[each, j])
        by = jnp.where(worst - other > tolerance, jnp.minimum(gain[each, j] / bend[each, j], room), 0.0)
        errors = errors + by[:, None] * (row_i - jax.vmap(row)(each, j))
        return beta.at[each, i].add(by).at[each, j].add(-by), errors, worst - other, rounds + 1

    def go_on(carry: Any) -> Any:
        return (jnp.max(carry[2]) > tolerance) & (carry[3] < most)

    worst, _, other = violated(start.beta, start.errors)
    return Solution(*lax.while_loop(go_on, move, (start.beta, start.errors, worst - other, start.rounds)))
