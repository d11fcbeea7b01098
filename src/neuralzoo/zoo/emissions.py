"""What hidden states show: the laws of observations, and how they are learned from shares of steps."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Layer
from neuralzoo.core.record import Built, fixed, param
from neuralzoo.core.registry import Registry

NARROW = 1e-3  # share of the variance of all rows below which no state's variance falls: one that sits on one point would win for ever
ONE_HOT = 64  # symbols up to which a product with zeros and ones beats scattering

emissions: "Registry[type[Emission]]" = Registry("kind of emission")


class Emission(Layer):
    """log P(observation | state), `(*places, …) -> (*places, states)`, and the sums it is learned from."""

    def begun(self, x: np.ndarray, states: int, draws: np.random.Generator) -> "Emission":
        """A first guess for real steps `(steps, …)`, each state another."""
        raise NotImplementedError

    def nothing(self) -> Any:
        """The sums over no steps."""
        raise NotImplementedError

    def sums(self, x: Any, shares: Float[Array, "steps states"]) -> Any:
        """Additive statistics of steps of which each state has a share."""
        raise NotImplementedError

    def learned(self, sums: Any) -> "Emission":
        """The likeliest law, given the sums; a state that has no share of anything keeps its own."""
        raise NotImplementedError

    def check(self, x: np.ndarray) -> None:
        """Raise `DataError` for real steps that such a law cannot show."""

    def drawn(self, state: int, draws: np.random.Generator) -> Any:
        """An observation of a state."""
        raise NotImplementedError

    def free(self) -> int:
        """How many numbers may vary."""
        raise NotImplementedError


@emissions.register("categorical")
class Categorical(Emission):
    """Symbols 0, 1, …, m − 1, each with a probability: `(…) -> (…, states)`.

    Fields:
        symbols: m; None until rows were seen.
        probabilities: of each symbol in each state.
    """

    symbols: int | None = None
    probabilities: Built[Float[Array, "*starts states symbols"]] = param()

    def __call__(self, x: Any) -> Any:
        return jnp.log(self.probabilities).T[jnp.maximum(x, 0)]

    def begun(self, x: np.ndarray, states: int, draws: np.random.Generator) -> "Categorical":
        symbols = self.symbols or int(x.max()) + 1
        return self.set(symbols=symbols, probabilities=jnp.asarray(draws.dirichlet(np.full(symbols, 2.0), states), jnp.float32))

    def nothing(self) -> Any:
        return (jnp.zeros_like(self.probabilities),)

    def sums(self, x: Any, shares: Any) -> Any:
        symbols = self.probabilities.shape[-1]
        if symbols <= ONE_HOT:
            return (shares.T @ jax.nn.one_hot(x, symbols),)
        return (jax.ops.segment_sum(shares, jnp.maximum(x, 0), symbols).T,)

    def learned(self, sums: Any) -> "Categorical":
        return self.set(probabilities=as_shares(sums[0], self.probabilities))

    def check(self, x: np.ndarray) -> None:
        if x.dtype.kind not in "iu" or x.ndim != 1 or x.min() < 0 or (self.symbols and x.max() >= self.symbols):
            bound = f"0 … {self.symbols - 1}" if self.symbols else "0, 1, …"
            what = f"categorical observations are whole numbers {bound}, one a step; there is {_found(x)}"
            raise DataError(what, remedy='number the symbols, with -1 as filling, or use emissions="gaussian"')

    def drawn(self, state: int, draws: np.random.Generator) -> Any:
        p = np.asarray(self.probabilities[state], np.float64)
        return draws.choice(len(p), p=p / p.sum())

    def free(self) -> int:
        states, symbols = self.probabilities.shape
        return states * (symbols - 1)


@emissions.register("gaussian")
class Gaussian(Emission):
    """Normal laws: `(…, features) -> (…, states)`.

    Fields:
        covariance: "diagonal" or "full".
        means: of each state. covariances: variances `(states, features)`, or matrices `(states, features, features)`.
        center, spread: mean and variance of the rows of the first `fit`, for sums that lose no digits and for the least variance.
    """

    covariance: str = "diagonal"
    means: Built[Float[Array, "*starts states features"]] = param()
    covariances: Built[Float[Array, "..."]] = param()
    center: Built[Float[Array, "*starts features"]] = fixed()
    spread: Built[Float[Array, "*starts features"]] = fixed()

    def __post_init__(self) -> None:
        if self.covariance not in ("diagonal", "full"):
            raise ArgumentError(f"covariance={self.covariance!r} is unknown", remedy='covariance is "diagonal" or "full"')

    def __call__(self, x: Any) -> Any:
        features = self.means.shape[-1]
        if self.covariance == "diagonal":
            squares = jnp.sum((x[..., None, :] - self.means) ** 2 / self.covariances, axis=-1)
            return -0.5 * (squares + jnp.log(self.covariances).sum(axis=-1) + features * math.log(2 * math.pi))
        factors = jnp.linalg.cholesky(self.covariances)
        whitening = jax.vmap(lambda f: jax.scipy.linalg.solve_triangular(f, jnp.eye(features), lower=True))(factors)
        squares = jnp.sum(jnp.einsum("...sf,sgf->...sg", x[..., None, :] - self.means, whitening) ** 2, axis=-1)
        logs = jnp.log(jnp.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
        return -0.5 * (squares + features * math.log(2 * math.pi)) - logs

    def begun(self, x: np.ndarray, states: int, draws: np.random.Generator) -> "Gaussian":
        spread = np.maximum(x.var(axis=0), 1e-12)
        means = far_apart(x / np.sqrt(spread), states, draws) * np.sqrt(spread)
        covariances = np.tile(spread, (states, 1)) if self.covariance == "diagonal" else np.tile(np.diag(spread), (states, 1, 1))
        arrays = {"means": means, "covariances": covariances, "center": x.mean(axis=0), "spread": spread}
        return self.set(**{name: jnp.asarray(array, jnp.float32) for name, array in arrays.items()})

    def nothing(self) -> Any:
        return jnp.zeros(self.means.shape[0]), jnp.zeros_like(self.means), jnp.zeros_like(self.covariances)

    def sums(self, x: Any, shares: Any) -> Any:
        x = x - self.center
        squares = shares.T @ x**2 if self.covariance == "diagonal" else jnp.einsum("ns,nf,ng->sfg", shares, x, x)
        return shares.sum(axis=0), shares.T @ x, squares

    def learned(self, sums: Any) -> "Gaussian":
        count, total, squares = sums
        held = count > 1e-6
        n, least = jnp.where(held, count, 1)[:, None], NARROW * self.spread
        mean = total / n
        if self.covariance == "diagonal":
            covariances, seen = jnp.maximum(squares / n - mean**2, least), held[:, None]
        else:
            covariances = squares / n[..., None] - mean[:, :, None] * mean[:, None, :] + jnp.diag(least)
            seen = held[:, None, None]
        means = jnp.where(held[:, None], mean + self.center, self.means)
        return self.set(means=means, covariances=jnp.where(seen, covariances, self.covariances))

    def check(self, x: np.ndarray) -> None:
        if x.ndim != 2 or not np.isfinite(x).all():
            raise DataError(f"Gaussian observations are `(time, features)` finite numbers; there is {_found(x)}", remedy="mend the rows")

    def drawn(self, state: int, draws: np.random.Generator) -> Any:
        mean, covariance = np.asarray(self.means[state], np.float64), np.asarray(self.covariances[state], np.float64)
        if self.covariance == "diagonal":
            return draws.normal(mean, np.sqrt(covariance))
        return draws.multivariate_normal(mean, covariance)

    def free(self) -> int:
        states, features = self.means.shape
        return states * (features + (features if self.covariance == "diagonal" else features * (features + 1) // 2))


@emissions.register("poisson")
class Poisson(Emission):
    """Counts, each feature by itself: `(…, features) -> (…, states)`.

    Fields:
        rates: expected counts in each state.
    """

    rates: Built[Float[Array, "*starts states features"]] = param()

    def __call__(self, x: Any) -> Any:
        x = x.astype(self.rates.dtype)
        return jnp.sum(x[..., None, :] * jnp.log(self.rates) - self.rates - gammaln(x[..., None, :] + 1), axis=-1)

    def begun(self, x: np.ndarray, states: int, draws: np.random.Generator) -> "Poisson":
        rates = np.maximum(far_apart(x.astype(np.float64), states, draws), 0.1 + 0.1 * x.mean(axis=0))
        return self.set(rates=jnp.asarray(rates * draws.uniform(0.9, 1.1, rates.shape), jnp.float32))

    def nothing(self) -> Any:
        return jnp.zeros(self.rates.shape[0]), jnp.zeros_like(self.rates)

    def sums(self, x: Any, shares: Any) -> Any:
        return shares.sum(axis=0), shares.T @ x.astype(shares.dtype)

    def learned(self, sums: Any) -> "Poisson":
        count, total = sums
        held = (count > 1e-6)[:, None]
        return self.set(rates=jnp.where(held, jnp.maximum(total / jnp.where(held, count[:, None], 1), 1e-6), self.rates))

    def check(self, x: np.ndarray) -> None:
        if x.ndim != 2 or x.min() < 0 or np.any(x != np.round(x)):
            what = f"Poisson observations are counts of at least 0, `(time, features)`; there is {_found(x)}"
            raise DataError(what, remedy='use emissions="gaussian" for other numbers')

    def drawn(self, state: int, draws: np.random.Generator) -> Any:
        return draws.poisson(np.asarray(self.rates[state], np.float64))

    def free(self) -> int:
        return self.rates.size


def far_apart(x: np.ndarray, count: int, draws: np.random.Generator) -> np.ndarray:
    """Rows far from each other: each drawn with a chance that grows with the squared distance to those before.

    Reference: D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    """
    chosen = [x[draws.integers(len(x))]]
    distance = np.full(len(x), np.inf)
    for _ in range(count - 1):
        distance = np.minimum(distance, np.sum((x - chosen[-1]) ** 2, axis=1))
        total = distance.sum()
        chosen.append(x[draws.choice(len(x), p=distance / total)] if total > 0 else x[draws.integers(len(x))])
    return np.stack(chosen)


def as_shares(counts: Any, before: Any) -> Any:
    """Rows of counts as probabilities; a row of zeros keeps what it was before."""
    total = counts.sum(axis=-1, keepdims=True)
    return jnp.where(total > 0, counts / jnp.where(total > 0, total, 1), before)


def _found(x: np.ndarray) -> str:
    steps = "" if not x.size else f", from {x.min():g} to {x.max():g}"
    return f"{x.dtype} of shape {x.shape}{steps}"
