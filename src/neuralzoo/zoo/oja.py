"""Oja's rule: Hebb's with a forgetting that keeps the weights from growing. It finds the principal components."""

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, fixed, param, require_built
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import require_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Components(Layer):
    """(x - mean) @ componentsᵀ, the coordinates of a row along some directions: `(batch, in) -> (batch, units)`.

    Fields:
        units: number of directions.
        center: whether the mean is that of the rows that were seen first, else 0.
        components, mean: the directions, one a row; the middle of the rows.
    """

    units: int
    center: bool = True
    components: Built[Float[Array, "units in"]] = param()
    mean: Built[Float[Array, " in"]] = fixed()

    def build(self, x: Spec, key: Key) -> Self:
        drawn = jax.random.normal(key, (self.units, x.shape[-1]))
        mean = jnp.zeros(x.shape[-1]) if self.mean is None else self.mean
        return self.set(components=drawn / jnp.linalg.norm(drawn, axis=1, keepdims=True), mean=mean)

    def __call__(self, x: Shaped[Array, "batch in"]) -> Float[Array, "batch units"]:
        require_built(self, "components")
        return (x - self.mean) @ self.components.T

    def back(self, y: Float[Array, "batch units"]) -> Float[Array, "batch in"]:
        """The rows that coordinates stand for."""
        return y @ self.components + self.mean


class OjaMemo(NamedTuple):
    """What `OjaRule` remembers.

    epochs: how many are over.
    squares, rows: the sum of |x - mean|² over all rows that came, and how many they were.
    """

    epochs: Float[Array, ""]
    squares: Float[Array, ""]
    rows: Float[Array, ""]


class OjaRule(Learner):
    """w ← w + η · y (x - what the components so far make of y): Hebb's rule with a forgetting that keeps |w| at 1.

    Of several components each looks at what those before it leave over (Sanger), so that they are the principal ones in order;
    by Oja's subspace rule all look at the same rest, and only span the same plane. η = rate / mean |x|² of the rows so
    far, over 1 + epochs · fall. Batches of all rows come as near as one likes; small ones need a rate that falls.

    Fields:
        rate: of the first steps, below 1.
        several: "sanger" or "subspace".
        fall: how fast the rate falls: after n epochs it is rate / (1 + n · fall).

    References: E. Oja, "A simplified neuron model as a principal component analyzer", Journal of Mathematical Biology 15, 1982;
    T. Sanger, "Optimal unsupervised learning in a single-layer linear feedforward neural network", Neural Networks 2, 1989.
    """

    rate: float = 0.5
    several: str = "sanger"
    fall: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1 or not self.fall >= 0 or self.several not in ("sanger", "subspace"):
            what = f"OjaRule(rate={self.rate}, several={self.several!r}, fall={self.fall}) is not possible"
            raise ArgumentError(what, remedy='give a rate above 0 and below 1; several is "sanger" or "subspace"; fall at least 0')

    def check(self, net: Layer) -> None:
        if not isinstance(net, Components):
            raise ArgumentError(f"Oja's rule teaches a layer of components, not {net!r}", remedy="use it with Oja")

    def init(self, net: Components) -> OjaMemo:
        return OjaMemo(*(jnp.zeros(()) for _ in range(3)))

    def step(self, net: Components, memo: OjaMemo, batch: Batch, key: Key) -> tuple[Components, OjaMemo, dict[str, Any]]:
        share = batch.valid * batch.weight
        x, w = batch.x - net.mean, net.components
        weighted = x * share[:, None]
        y = x @ w.T
        together = (y * share[:, None]).T @ y
        seen = jnp.tril(together) if self.several == "sanger" else together
        memo = memo._replace(squares=memo.squares + jnp.sum(weighted * x), rows=memo.rows + share.sum())
        length = jnp.maximum(memo.squares / jnp.maximum(memo.rows, 1e-30) * share.sum(), 1e-30)
        pace = self.rate / (1 + self.fall * memo.epochs) / length
        moved = w + pace * (y.T @ weighted - seen @ w)
        return net.set(components=moved), memo, self.assess(net, batch)

    def conclude(self, net: Components, memo: OjaMemo) -> tuple[Components, OjaMemo]:
        return net, memo._replace(epochs=memo.epochs + 1)

    def assess(self, net: Components, batch: Batch) -> dict[str, Any]:
        x = batch.x - net.mean
        left = x - (x @ net.components.T) @ net.components
        rows = jnp.sum(batch.valid)
        lost, all_ = (jnp.sum(jnp.mean(a**2, axis=1) * batch.valid) for a in (left, x))
        return {"loss": (lost, rows), "explained": (all_ - lost, all_)}

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        return {name: value[0] / max(value[1], 1e-30) for name, value in logs.items()}


class Oja(Member):
    """Linear units that become the principal components of the rows, one after the other, by a local rule.

    `transform` gives coordinates, `reconstruct` the rows that they stand for. The mean is taken from the rows of the first `fit`.
    The history tells the mean squared error of reconstruction ("loss") and the share of the variance that is explained.

    Args:
        units: number of components.
        rate: of the first steps, below 1.
        several: "sanger" for the components themselves in order, "subspace" for the plane that they span.
        fall: how fast the rate falls: after n epochs it is rate / (1 + n · fall); 0.5 suits small batches.
        center: subtract the mean of the rows.
        seed: of the first directions and the order of the rows.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(300, 1)) * [[3, 4]]
        >>> oja = Oja(seed=1)
        >>> history = oja.fit(x, verbose=0)
        >>> np.abs(oja.net.components).round(3).tolist()
        [[0.6..., 0.8...]]
    """

    card = Card(
        key="oja",
        name="Oja's network",
        short="",
        year=1982,
        authors="E. Oja; T. Sanger",
        reference="A simplified neuron model as a principal component analyzer, Journal of Mathematical Biology 15",
        cells=("input", "output"),
        rule="Oja's: Hebb's with a forgetting that keeps the weights at length 1; Sanger's for several",
        purpose="find the principal components of a stream of rows",
        verbs=("transform", "reconstruct", "evaluate"),
        goals=(
            Goal("Oja's rule finds the first principal component to 1e-3", "below 1e-3 of NumPy's SVD", "pytest tests/zoo/test_hebb.py"),
        ),
    )
    usual_epochs = 100
    usual_batch = 1024
    net: Components

    def __init__(
        self,
        units: int = 1,
        rate: float = 0.5,
        several: str = "sanger",
        fall: float = 0.0,
        center: bool = True,
        *,
        seed: int | None = None,
    ):
        if units < 1:
            raise ArgumentError(f"Oja(units={units}) is not possible", remedy="ask for one component at least")
        Member.__init__(self, Components(units, center), OjaRule(rate, several, fall), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        require_table(x)
        if self.net.units > x.shape[1]:
            what = f"rows of {x.shape[1]} features have no {self.net.units} components"
            raise DataError(what, remedy=f"take units={x.shape[1]} or fewer")
        if not self.built and (x == x[0]).all():
            raise DataError("all rows are the same, so no direction is longer than another", remedy="give rows that differ")

    def prepare(self, x: Any, y: Any) -> Components:
        mean = x.mean(axis=0, dtype=np.float64) if self.net.center else np.zeros(x.shape[1])
        return self.net.set(mean=jnp.asarray(mean, jnp.float32))

    def transform(self, x: Any) -> np.ndarray:
        """The coordinates `(rows, units)` of rows along the components."""
        self.require_fitted("transform")
        return np.asarray(self.net(jnp.asarray(as_array(x, "x"))))

    def reconstruct(self, x: Any) -> np.ndarray:
        """Rows as far as the components make them up."""
        return np.asarray(self.net.back(jnp.asarray(self.transform(x))))

    def path(self, x: Any, epochs: int = 10, batch_size: int = 32) -> np.ndarray:
        """The components `(steps + 1, units, in)` on the way from new first directions, as they learn from rows taken in order."""
        self.require_fitted("tell its path")
        rows = as_array(x, "x")
        learner, start = self.learner, self.net.build(jax.ShapeDtypeStruct((1, rows.shape[1]), rows.dtype), jax.random.fold_in(self.key, 0))
        assert isinstance(learner, OjaRule)
        size = min(batch_size, len(rows))
        ones = jnp.ones(size)

        def move(carry: Any, x: Any) -> Any:
            net, memo = carry
            net, memo, _ = learner.step(net, memo, Batch(x, None, ones, ones), self.key)
            return (net, memo), net.components

        batches = jnp.asarray(rows[: len(rows) // size * size].reshape(-1, size, rows.shape[1]))
        carry, passed = (start, learner.init(start)), [start.components[None]]
        for _ in range(epochs):
            carry, moved = lax.scan(move, carry, batches)
            carry = learner.conclude(*carry)
            passed.append(moved)
        return np.concatenate(passed)

    def draw(self, x: Any = None) -> "Figure":
        """The components and how much they explain by epoch; with rows `x`, the way of the first one to its place among them."""
        from neuralzoo.inspect.component_plots import components, way

        self.require_fitted("draw")
        if x is not None:
            return way(as_array(x, "x") - np.asarray(self.net.mean), self.path(x)[:, 0])
        return components(np.asarray(self.net.components), self.history.history.get("explained", ()))

    @staticmethod
    def example() -> "Figure":
        """A long cloud in the plane: a unit turns until it looks along it."""
        x = np.random.default_rng(2).normal(size=(500, 2)) @ np.array([[2.0, 1.2], [-0.3, 0.5]])
        oja = Oja(rate=0.2, fall=0.5, seed=5)
        oja.fit(x, batch_size=32, verbose=0)
        first = np.linalg.svd(x - x.mean(axis=0))[2][0]
        found = oja.net.components[0]
        away = min(np.linalg.norm(found - first), np.linalg.norm(found + first))
        print(f"the first principal component to {away:.1e}; it explains {oja.history.history['explained'][-1]:.0%} of the variance")
        return oja.draw(x)
