"""Networks that say how sure they are of one row: their outputs are the parameters of a distribution of the target."""

import math
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from neuralzoo.core.composite import Chain, Composite, Visit
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Key, Layer, Spec, describe
from neuralzoo.core.record import Built, fixed, keyword, param, part, split
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.loss import Loss

QUIET = 0.3  # the standard deviation of noise that learning starts from, as a share of that of the targets


class Observed(Composite):
    """A network read as a distribution of y: `(batch, …) -> (batch, outcome)`.

    Numbers: the means of all targets, then the logarithms of their standard deviations, in the targets' own units; inside, rows and
    targets are standardised. Classes: logits.

    Fields:
        noise: of numbers: "learned", one standard deviation a target; "row", one a row that the network tells as well; "known"; or
            "classes".
        targets: numbers to predict, or classes.
        draws: how often a batch is seen while training, each time with other noise in the network.
        sigma: the known noise, in the targets' units.
        standardize: whether rows and targets are.
        expected: how many rows there will be; None for as many as the first `fit` shows.
        inner: the network.
        level: log σ of the targets' noise, learned or known, standardised.
        middle, spread: of each feature. target_middle, target_spread: of each target.
        rows: how many rows are learned from, against which a prior counts.
    """

    noise: str
    targets: int
    draws: int = keyword(default=1)
    sigma: float | None = keyword(default=None)
    standardize: bool = keyword(default=True)
    expected: int | None = keyword(default=None)
    inner: Layer = part()
    level: Built[Float[Array, " targets"] | None] = param()
    known: Built[Float[Array, " targets"] | None] = fixed()
    middle: Built[Float[Array, " *features"]] = fixed()
    spread: Built[Float[Array, " *features"]] = fixed()
    target_middle: Built[Float[Array, " targets"]] = fixed()
    target_spread: Built[Float[Array, " targets"]] = fixed()
    rows: Built[Float[Array, ""]] = fixed()

    @property
    def outputs(self) -> int:
        """What the network inside has to give."""
        return 2 * self.targets if self.noise == "row" else self.targets

    def build(self, x: Spec, key: Key) -> Self:
        inner = self.inner.build(jax.ShapeDtypeStruct(x.shape, jnp.float32), key)
        told = jax.eval_shape(inner, jax.ShapeDtypeStruct(x.shape, jnp.float32)).shape
        if len(told) != 2 or told[1] != self.outputs:
            each = {"row": "a mean and a spread for each target", "classes": "one for each class"}.get(self.noise, "one for each target")
            what = f"the network gives outputs of shape {told[1:]} where {self.outputs} are needed, {each}"
            raise ShapeError(what, where=describe(inner), remedy=f"end it with Dense({self.outputs})")
        level = jnp.full(self.targets, math.log(QUIET), jnp.float32) if self.noise == "learned" else None
        return self.set(inner=inner, level=level)

    def fitted_to(self, x: np.ndarray, y: np.ndarray, classes: int) -> Self:
        """The network for rows like these, with their middle and spread; `classes` is 0 where y holds numbers."""
        targets = classes or (1 if y.ndim == 1 else y.shape[1])
        noise = "classes" if classes else self.noise
        table = self.standardize and x.ndim == 2 and x.dtype.kind == "f"
        middle, spread = middle_and_spread(x) if table else (np.zeros(()), np.ones(()))
        numbers = self.standardize and not classes
        at, by = middle_and_spread(y.reshape(len(y), -1)) if numbers else (np.zeros(targets), np.ones(targets))
        net = self.set(noise=noise, targets=targets)
        return net.set(
            inner=ended(self.inner, net.outputs, noise),
            known=None if self.sigma is None else jnp.asarray(np.log(self.sigma / by), jnp.float32),
            middle=jnp.asarray(middle, jnp.float32),
            spread=jnp.asarray(spread, jnp.float32),
            target_middle=jnp.asarray(at, jnp.float32),
            target_spread=jnp.asarray(by, jnp.float32),
            rows=jnp.float32(self.expected or len(x)),
        )

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        x = visit.join(lambda x: (x - self.middle) / self.spread, x)
        y, inner = visit((self.inner,), 0, x)
        return visit.join(self.express, y), self.set(inner=inner)

    def forward(self, x: Any, key: Key) -> tuple[Any, Self]:
        x = (x - self.middle) / self.spread
        if self.draws == 1:
            y, inner = self.inner.forward(x, key)
            return self.express(y), self.set(inner=inner)
        y, inner = jax.vmap(lambda key: self.inner.forward(x, key), out_axes=(1, 0))(jax.random.split(key, self.draws))
        return self.express(y), self.set(inner=jax.tree.map(lambda a: a[0], inner))

    def express(self, y: Float[Array, "*batch outputs"]) -> Float[Array, "*batch outcome"]:
        """The outcome in the targets' own units."""
        if self.noise == "classes":
            return y
        mean, log_sigma = (y[..., : self.targets], y[..., self.targets :]) if self.noise == "row" else (y, self.log_sigma)
        log_sigma = jnp.broadcast_to(log_sigma + jnp.log(self.target_spread), mean.shape)
        return jnp.concatenate([mean * self.target_spread + self.target_middle, log_sigma], axis=-1)

    @property
    def log_sigma(self) -> Any:
        """log σ of each standardised target, where it is not told by row."""
        return self.known if self.level is None else self.level


def middle_and_spread(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the standard deviation of each column, 1 for one that never changes."""
    spread = rows.std(axis=0, dtype=np.float64)
    return rows.mean(axis=0, dtype=np.float64), np.where(spread > 0, spread, 1.0)


def log_likelihood(outcome: Float[Array, "*draws batch outcome"], y: Any) -> Float[Array, "*draws batch"]:
    """log p(y | outcome) of each row; y holds classes, which are whole numbers, or numbers, `(batch,)` or `(batch, targets)`."""
    if jnp.issubdtype(y.dtype, jnp.integer):
        logits = jax.nn.log_softmax(outcome)
        labels = jnp.broadcast_to(y.reshape(-1)[:, None], (*logits.shape[:-1], 1))
        return jnp.take_along_axis(logits, labels, axis=-1)[..., 0]
    mean, log_sigma = jnp.split(outcome, 2, axis=-1)
    error = (y.reshape(len(y), -1) - mean) * jnp.exp(-log_sigma)
    return -jnp.sum(0.5 * error * error + log_sigma + 0.5 * math.log(2 * math.pi), axis=-1)


class NegativeLogLikelihood(Loss):
    """−log p(y | outcome) in nats; an outcome `(batch, draws, …)` is averaged over its draws."""

    def values(self, y_true: Any, y_pred: Any) -> Float[Array, "batch ..."]:
        return -log_likelihood(y_pred, y_true) if y_pred.ndim == 2 else -jax.vmap(log_likelihood, (1, None), 1)(y_pred, y_true)


def prior_precisions(net: Layer, scale: float) -> tuple[float, ...]:
    """1 / variance of the prior of each of the network's parameters, in the order of their leaves.

    Normal with standard deviation scale / √fan-in for kernels, so that units of any width start alike (R. Neal, "Bayesian learning for
    neural networks", 1996), and `scale` for biases.
    """
    return tuple((math.prod(a.shape[:-1]) if a.ndim > 1 else 1) / scale**2 for a in jax.tree.leaves(split(net)[0]))


def network_of(network: Any, activation: Any) -> Layer:
    """The user's network: sizes of hidden layers, or layers, a chain or a model that end in what is predicted.

    After sizes comes a Dense layer of 0 units: of as many as the targets will need.
    """
    layers = getattr(network, "layers", network)
    if isinstance(layers, Layer):
        return layers
    layers: list[Any] = [layers] if isinstance(layers, int) else list(layers)
    if all(isinstance(n, int) and n > 0 for n in layers):
        return Chain((*(Dense(n, activation=activation) for n in layers), Dense(0)))
    if not layers or not all(isinstance(layer, Layer) for layer in layers):
        raise ArgumentError(f"{network!r} is no network", remedy="give sizes of hidden layers as (50,), or layers, a Chain or a Sequential")
    return Chain(tuple(layers))


def ended(net: Layer, outputs: int, noise: str) -> Layer:
    """The network with as many outputs as are needed, where it left that open, and without a softmax at its end: logits are wanted."""
    if not isinstance(net, Chain):
        return net
    *before, last = net.layers
    if isinstance(last, Dense) and last.units == 0:
        last = last.set(units=outputs)
    if noise == "classes" and getattr(last, "activation", None) == "softmax":
        return Chain((*before, last.set(activation=None)) if isinstance(last, Dense) else tuple(before))
    return Chain((*before, last))
