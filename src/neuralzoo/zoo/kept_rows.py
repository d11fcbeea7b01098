"""Rows that are kept, and what their neighbours say: the layer and the rule of Specht's networks."""

import warnings
from typing import Any, ClassVar, NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped
from scipy.spatial.distance import cdist
from scipy.special import softmax

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, param, require_built
from neuralzoo.layers.radial import squared_distances
from neuralzoo.learn.delta import scores
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.learn.least_squares import as_outputs

ASKED = 1000  # rows that are left out one after the other while a width is chosen
WIDTHS = np.geomspace(1 / 4, 16, 19)  # widths that are tried, as multiples of the median distance to the nearest row


class ForgottenWarning(UserWarning):
    """More rows came than the network can keep; the oldest were overwritten."""


class KeptRows(Layer):
    """Σ kᵢ targetᵢ / Σ kᵢ, kᵢ = weightᵢ · exp(-|x - rowᵢ|² / (2 width²)): `(batch, in) -> (batch, outputs)`.

    Fields:
        capacity: how many rows it can keep.
        outputs: of each target.
        balanced: give each column of the targets the same sum of weights, that is each class the same prior.
        rows, targets, weights: what is kept; a place that is still free has the weight 0.
        width: how far a row reaches, a standard deviation.

    References: E. Parzen, 1962; E. Nadaraya, 1964; G. Watson, 1964.
    """

    capacity: int
    outputs: int
    balanced: bool = False
    rows: Built[Float[Array, "capacity in"]] = param()
    targets: Built[Float[Array, "capacity outputs"]] = param()
    weights: Built[Float[Array, " capacity"]] = param()
    width: Built[Float[Array, ""]] = param()

    def build(self, x: Spec, key: Key) -> Self:
        empty = {"rows": (self.capacity, x.shape[-1]), "targets": (self.capacity, self.outputs), "weights": (self.capacity,)}
        return self.set(width=jnp.ones(()), **{name: jnp.zeros(shape) for name, shape in empty.items()})

    def __call__(self, x: Shaped[Array, "batch in"]) -> Float[Array, "batch outputs"]:
        require_built(self, "rows")
        far = -0.5 * squared_distances(x, self.rows) / self.width**2 + jnp.log(self.weights)
        near = jax.nn.softmax(far, axis=-1) @ self.targets
        if not self.balanced:
            return near
        shares = near / jnp.maximum(self.weights @ self.targets, 1e-30)
        return shares / shares.sum(axis=-1, keepdims=True)


class KeepingMemo(NamedTuple):
    """What `Keeping` remembers.

    count: rows that came so far.
    """

    count: Any


class Keeping(Learner):
    """Keeps every row; past the capacity each new one takes the place of the oldest, with a `ForgottenWarning`.

    Fields:
        width: of the kernels, or None for the one that predicts each kept row best from the others (1000 of them are asked).

    References: D. Specht, "Probabilistic neural networks", Neural Networks 3, 1990; "A general regression neural network", IEEE
    Transactions on Neural Networks 2, 1991.
    """

    once: ClassVar[bool] = True

    width: float | None = None

    def check(self, net: Layer) -> None:
        if not isinstance(net, KeptRows):
            raise ArgumentError(f"Keeping teaches a layer that keeps rows, not {net!r}", remedy="use it with GRNN or PNN")

    def init(self, net: KeptRows) -> KeepingMemo:
        return KeepingMemo(jnp.zeros((), jnp.int32))

    def step(self, net: KeptRows, memo: KeepingMemo, batch: Batch, key: Key) -> tuple[KeptRows, KeepingMemo, dict[str, Any]]:
        x, y, real = batch.x.astype(net.rows.dtype), as_outputs(batch.y, net.outputs), batch.valid > 0
        number = memo.count + jnp.cumsum(real) - 1  # of each row among all that came
        after = memo.count + jnp.sum(real)
        kept = real & (number >= after - net.capacity)
        places = jnp.where(kept, number % net.capacity, net.capacity)  # a place that there is not: dropped
        fresh = {"rows": x, "targets": y, "weights": batch.weight}
        net = net.set(**{name: getattr(net, name).at[places].set(values, mode="drop") for name, values in fresh.items()})
        return net, KeepingMemo(after.astype(jnp.int32)), {"rows": jnp.sum(batch.valid)}

    def finish(self, net: KeptRows, memo: KeepingMemo) -> KeptRows:
        count = int(memo.count)
        if count > net.capacity:
            what = f"{count} rows came, but there is room for {net.capacity}: the oldest {count - net.capacity} were overwritten"
            warnings.warn(f"{what}. Give capacity={count}, or fit a new network to the last rows only.", ForgottenWarning, stacklevel=2)
        if not count:
            return net
        return net.set(width=jnp.float32(best_width(net, min(count, net.capacity)) if self.width is None else self.width))

    def assess(self, net: KeptRows, batch: Batch) -> dict[str, Any]:
        return scores(batch, net(batch.x), as_outputs(batch.y, net.outputs))


def best_width(net: KeptRows, count: int) -> float:
    """The width at which each of the kept rows is predicted best from all others, by squared error; 1 where all rows are the same."""
    rows, targets, weights = (np.asarray(a, np.float64)[:count] for a in (net.rows, net.targets, net.weights))
    asked = np.linspace(0, count - 1, min(ASKED, count)).round().astype(int)
    far = cdist(rows[asked], rows, "sqeuclidean")
    far[np.arange(len(asked)), asked] = np.inf
    nearest = np.sqrt(far.min(axis=1, initial=np.inf))
    apart = nearest[(nearest > 0) & np.isfinite(nearest)]
    if not len(apart):
        return 1.0
    if net.balanced:
        weights = weights * (targets / np.maximum(weights @ targets, 1e-30)).sum(axis=1)
    with np.errstate(divide="ignore"):
        logs = np.log(weights)
    errors = []
    for width in np.median(apart) * WIDTHS:
        told = softmax(logs - 0.5 * far / width**2, axis=1) @ targets
        errors.append(weights[asked] @ ((told - targets[asked]) ** 2).sum(axis=1))
    return float(np.median(apart) * WIDTHS[int(np.argmin(errors))])


def kept_rows(net: KeptRows) -> tuple[np.ndarray, np.ndarray]:
    """Rows and targets that count."""
    used = np.asarray(net.weights) > 0
    return np.asarray(net.rows)[used], np.asarray(net.targets)[used]
