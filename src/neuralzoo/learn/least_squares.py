"""Learning by least squares: the last layer of a chain in closed form, from sums over the rows."""

import warnings
from typing import Any, ClassVar, NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Array, Float

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, describe
from neuralzoo.core.masked import mask_of, unmasked
from neuralzoo.core.record import keyword
from neuralzoo.kernels.double import Pair, add_product, add_square, zero_pair
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.learner import Batch, Learner

SINGULAR = {"double": 1e-12, "single": 1e-6}  # directions whose share of the largest eigenvalue is below carry rounding errors only

ALONE = 1e-6  # a row that alone decides a weight would be predicted by nothing without it


class SingularWarning(UserWarning):
    """The rows leave some directions of the weights open; the smallest weights were taken."""


class GramMemo(NamedTuple):
    """What `LeastSquares` adds up, a column of ones standing for the bias.

    gram: `(features, features)`, HᵀH on and above the diagonal.
    moment: `(features, outputs)`, HᵀY.
    count: rows so far, the sum of their weights.
    """

    gram: Pair
    moment: Pair
    count: Float[Array, ""]


class LeastSquares(Learner):
    """W = (HᵀH + ridge·I)⁻¹ HᵀY: the last `Dense` layer of a chain by ridge regression on H, what the layers before it give.

    The two sums take any number of rows in bounded memory, in any order; the equations are solved at the end, in float64. The
    bias is not penalised. Targets that are whole numbers are classes, and become columns of 0 and 1. Outputs of sequences count
    step by step. Where HᵀH + ridge·I is singular the smallest solution is taken, with a `SingularWarning`.

    Fields:
        ridge: of the penalty ridge·‖W‖².
        washout: steps at the start of each sequence that are not learned from, until a reservoir has forgotten its start.
        precision: "double" forms the sums in float64, so that a ridge of a 10⁻¹²th of HᵀH still counts; "single" in float32, two to
            three times as fast: for ridges of a 10⁻⁶th and more.
        ordered: whether batches follow each other in time, each going on where the one before ended; only the first is washed out then.

    References: A. Hoerl, R. Kennard, "Ridge regression", Technometrics 12, 1970; G.-B. Huang et al., "Extreme learning machine",
    Neurocomputing 70, 2006.
    """

    once: ClassVar[bool] = True

    ridge: float = 1e-6
    washout: int = 0
    precision: str = "double"
    ordered: bool = keyword(default=False)

    def __post_init__(self) -> None:
        if not self.ridge >= 0 or self.washout < 0:
            raise ArgumentError(
                f"LeastSquares(ridge={self.ridge}, washout={self.washout}) is not possible", remedy="give numbers of at least 0"
            )
        if self.precision not in SINGULAR:
            raise ArgumentError(f"LeastSquares(precision={self.precision!r}) is unknown", remedy='precision is "double" or "single"')

    def compiled(self) -> Self:
        return self.set(ridge=0.0)  # it counts at the end alone

    def check(self, net: Layer) -> None:
        last = net.layers[-1] if isinstance(net, Chain) and net.layers else net
        if not isinstance(last, Dense) or last.activation not in (None, "linear"):
            remedy = "end the network with Dense(outputs), without an activation"
            raise ArgumentError(
                "least squares solves for a linear Dense layer at the end", where=f"the last layer is {describe(last)}", remedy=remedy
            )

    def init(self, net: Any) -> GramMemo:
        last = read_out(net)
        inputs, outputs = last.kernel.shape
        features = inputs + (last.bias is not None)
        return GramMemo(zero_pair(features, features), zero_pair(features, outputs), jnp.zeros(()))

    def step(self, net: Any, memo: GramMemo, batch: Batch, key: Key) -> tuple[Any, GramMemo, dict[str, Any]]:
        h, after = before_read_out(net, batch.x, key)
        last = read_out(net)
        washout = jnp.where(memo.count > 0, 0, self.washout) if self.ordered else self.washout
        h, y, share = as_rows(batch, h, last, washout)
        double = self.precision == "double"
        gram, moment = add_square(memo.gram, h, share, double=double), add_product(memo.moment, h, y, share, double=double)
        return after, GramMemo(gram, moment, memo.count + share.sum()), {"rows": jnp.sum(batch.valid)}

    def finish(self, net: Any, memo: GramMemo) -> Any:
        if not float(memo.count):
            return net
        gram, moment = normal_equations(memo)
        return with_read_out(net, solve(gram, moment, self.ridge, read_out(net).bias is not None, SINGULAR[self.precision]))

    def assess(self, net: Any, batch: Batch) -> dict[str, Any]:
        y = net(batch.x)
        flat, target, share = flat_rows(
            batch._replace(weight=jnp.ones_like(batch.weight)), y, unmasked(y).shape[-1], 0 if self.ordered else self.washout
        )
        logs = {"loss": (jnp.sum(jnp.mean((flat - target) ** 2, axis=1) * share), jnp.sum(share))}
        if jnp.issubdtype(batch.y.dtype, jnp.integer):
            logs["accuracy"] = (jnp.sum((flat.argmax(1) == target.argmax(1)) * share), jnp.sum(share))
        return logs


def as_rows(batch: Batch, h: Any, last: Dense, washout: Any = 0) -> tuple[Array, Array, Array]:
    """What `flat_rows` gives, with a column of ones for the bias where the read-out has one."""
    h, y, share = flat_rows(batch, h, last.units, washout)
    return h if last.bias is None else jnp.concatenate([h, jnp.ones((len(h), 1), h.dtype)], axis=1), y, share


def flat_rows(batch: Batch, h: Any, outputs: int, washout: Any = 0) -> tuple[Array, Array, Array]:
    """Features `(rows, features)`, targets `(rows, outputs)` and the share `(rows,)` that each has; steps of sequences are rows."""
    mask, h = mask_of(h), unmasked(h)
    y = as_outputs(batch.y, outputs)
    share = batch.weight * batch.valid[:, None] if batch.weight.ndim == 2 else batch.weight * batch.valid
    if h.ndim == 3 and y.ndim == 3:
        share = jnp.broadcast_to(share.reshape(len(h), -1), h.shape[:2]) * (jnp.arange(h.shape[1]) >= washout)
        share = share if mask is None else share * mask
    return h.reshape(-1, h.shape[-1]), y.reshape(-1, y.shape[-1]), share.reshape(-1)


def solve(gram: np.ndarray, moment: np.ndarray, ridge: float, bias: bool, singular: float = SINGULAR["double"]) -> np.ndarray:
    """The weights `(features, outputs)` of the normal equations; the last feature is not penalised where it is the bias.

    The bias is eliminated first, by taking features and targets from their means: a column of ones that the features nearly
    span would spoil the equations, which the ridge keeps in order. Then by Cholesky's factors, scaled to a diagonal of ones, where
    they exist and hold; else the smallest weights that solve the equations in the directions which the rows determine, with a
    `SingularWarning`. A direction is determined where its eigenvalue is above `singular` times the largest.
    """
    if bias:
        rows, means, targets = gram[-1, -1], gram[-1, :-1] / gram[-1, -1], moment[-1] / gram[-1, -1]
        centred = gram[:-1, :-1] - rows * np.outer(means, means), moment[:-1] - rows * np.outer(means, targets)
        weights = solve(*centred, ridge, False, singular)
        return np.vstack([weights, targets - means @ weights])
    system = gram + ridge * np.eye(len(gram))
    scale = 1 / np.sqrt(np.maximum(np.diag(system), np.finfo(float).tiny))
    try:
        factors = scipy.linalg.cho_factor(system * scale * scale[:, None])
    except scipy.linalg.LinAlgError:
        pass
    else:
        if np.diag(factors[0]).min() ** 2 > singular:
            return scale[:, None] * scipy.linalg.cho_solve(factors, scale[:, None] * moment)
    values, vectors = scipy.linalg.eigh(system)
    kept = values > singular * max(values[-1], np.finfo(float).tiny)
    what = f"the rows determine {kept.sum()} of {len(kept)} directions of the weights; the smallest weights are taken in the others"
    if not kept.all():
        warnings.warn(f"{what}. Give more rows, fewer features, or a larger ridge than {ridge:g}.", SingularWarning, stacklevel=2)
    return vectors[:, kept] @ ((vectors[:, kept].T @ moment) / values[kept, None])


def normal_equations(memo: GramMemo) -> tuple[np.ndarray, np.ndarray]:
    """HᵀH `(features, features)` and HᵀY `(features, outputs)` in float64."""
    gram, moment = (np.asarray(pair.high, np.float64) + np.asarray(pair.low, np.float64) for pair in (memo.gram, memo.moment))
    return np.triu(gram) + np.triu(gram, 1).T, moment


def leave_one_out(
    equations: tuple[np.ndarray, np.ndarray], h: np.ndarray, y: np.ndarray, share: np.ndarray, ridge: float, bias: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The weights `(features, outputs)`, and what those solved without a row give for it `(rows, outputs)`, nothing being solved again.

    The features `h` `(rows, features)`, targets `y` `(rows, outputs)` and shares `(rows,)` are of any rows that are in the sums. A row's
    error without it is its error divided by 1 − shareₙ·hₙᵀ(HᵀH + ridge·I)⁻¹hₙ: D. Allen, "The relationship between variable selection
    and data augmentation and a method for prediction", Technometrics 16, 1974.
    """
    gram, moment = equations
    solved = solve(gram, np.concatenate([moment, h.T], axis=1), ridge, bias)
    weights, pulled = solved[:, : moment.shape[1]], solved[:, moment.shape[1] :]
    own = share * np.einsum("nk,kn->n", h, pulled)
    return weights, y - (y - h @ weights) / np.maximum(1 - own, ALONE)[:, None]


def as_outputs(y: Any, outputs: int) -> Float[Array, "*places outputs"]:
    """Targets in the form of the outputs: classes, which are whole numbers, as columns of 0 and 1."""
    if jnp.issubdtype(y.dtype, jnp.integer):
        labels = y[..., 0] if y.ndim > 1 and y.shape[-1] == 1 else y
        return jax.nn.one_hot(labels, outputs)
    return y if y.ndim > 1 else y[:, None]


def read_out(net: Any) -> Dense:
    """The layer that is solved for."""
    return net if isinstance(net, Dense) else net.layers[-1]


def with_read_out(net: Any, weights: Any) -> Any:
    """The network with these weights `(features, outputs)` in its last layer, the bias last."""
    last = read_out(net)
    solved = last.set(kernel=jnp.asarray(weights[: last.kernel.shape[0]], last.kernel.dtype))
    if last.bias is not None:
        solved = solved.set(bias=jnp.asarray(weights[-1], last.bias.dtype))
    return solved if isinstance(net, Dense) else net.set(layers=(*net.layers[:-1], solved))


def before_read_out(net: Any, x: Any, key: Key) -> tuple[Any, Any]:
    """What the layers before the last give while training, and the network with their states moved on."""
    if isinstance(net, Dense):
        return x, net
    front = net.set(layers=net.layers[:-1])
    h, after = front.forward(x, key)
    return h, net.set(layers=(*after.layers, net.layers[-1]))
