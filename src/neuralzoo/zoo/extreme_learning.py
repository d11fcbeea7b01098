"""Extreme learning machines: random features that nobody trains, and a read-out solved for in one go."""

from typing import TYPE_CHECKING, Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.activations import Activate, activation_named
from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, fixed
from neuralzoo.kernels.product import product
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.least_squares import LeastSquares
from neuralzoo.train import program
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import count_classes, is_classes, require_table, width_of
from neuralzoo.zoo.sizes import Sizes, sizes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class RandomFeatures(Layer):
    """activation(z @ kernel + bias) with random weights, z being x scaled to -1…1: `(batch, in) -> (batch, units)`.

    Weights are uniform within ±scale / √in, biases within ±scale / 2, so units differ all over the range of the inputs. The activation
    "rbf" gives exp(-scale² |z - centre|² / in) instead, with centres uniform within ±1: the columns of the kernel.

    Fields:
        units: how many features.
        activation: name or function, or "rbf".
        scale: how steep they are; small gives smooth features that are much alike, large gives steps.
        kernel, bias: the weights, drawn once.
        middle, reach: of the range of each input; 0 and 1 unless set.
    """

    units: int
    activation: Activate = "sigmoid"
    scale: float = 8.0
    kernel: Built[Float[Array, "in units"]] = fixed()
    bias: Built[Float[Array, " units"]] = fixed()
    middle: Built[Float[Array, " in"]] = fixed()
    reach: Built[Float[Array, " in"]] = fixed()

    def __post_init__(self) -> None:
        if self.units < 1 or not self.scale > 0:
            what = f"RandomFeatures(units={self.units}, scale={self.scale}) is not possible"
            raise ArgumentError(what, remedy="units is a whole number of at least 1, scale a number above 0")

    def build(self, x: Spec, key: Key) -> Self:
        kernel_key, bias_key = jax.random.split(key)
        n = x.shape[-1]
        limit = 1.0 if self.activation == "rbf" else self.scale / n**0.5
        kernel = jax.random.uniform(kernel_key, (n, self.units), minval=-limit, maxval=limit)
        bias = jax.random.uniform(bias_key, (self.units,), minval=-self.scale / 2, maxval=self.scale / 2)
        ranges = {} if self.middle is not None else {"middle": jnp.zeros(n), "reach": jnp.ones(n)}
        return self.set(kernel=kernel, bias=bias, **ranges)

    def __call__(self, x: Shaped[Array, "batch in"]) -> Float[Array, "batch units"]:
        z = (x - self.middle) / self.reach
        if self.activation != "rbf":
            return activation_named(self.activation)(product(z, self.kernel) + self.bias)
        squared = jnp.sum(z**2, axis=1)[:, None] - 2 * product(z, self.kernel) + jnp.sum(self.kernel**2, axis=0)
        return jnp.exp(-(self.scale**2 / z.shape[1]) * jnp.maximum(squared, 0))


class ExtremeLearningMachine(Member):
    """Regression or classification by random features and least squares: one pass over the rows, no gradient.

    Float targets are numbers to predict, whole ones classes, whose scores `predict` gives. Further calls of `fit` and streams add rows
    to the same sums, in memory that does not grow. `evaluate` tells the mean squared error ("loss") and, for classes, "accuracy".

    Args:
        units: random features; several numbers make layers one upon the other.
        activation: of the features, such as "sigmoid", "tanh", "relu" or "rbf".
        scale: how steep the features are over the range of the inputs, see `RandomFeatures`.
        ridge: of the penalty on the read-out; larger for noisy rows, or few.
        precision: "double", or "single" for sums in half the time, where the ridge is not small, see `LeastSquares`.
        classes: how many, where a stream's first batch does not show all.
        seed: of the features.

    Example:
        >>> import numpy as np
        >>> x = np.linspace(-1, 1, 50)[:, None]
        >>> machine = ExtremeLearningMachine(10)
        >>> history = machine.fit(x, np.sin(3 * x), verbose=0)
        >>> bool(machine.evaluate(x, np.sin(3 * x)) < 1e-4)
        True

    Reference: G.-B. Huang, Q.-Y. Zhu, C.-K. Siew, "Extreme learning machine: theory and applications", Neurocomputing 70, 2006; rows
    that come in parts: N.-Y. Liang et al., "A fast and accurate online sequential learning algorithm", IEEE Transactions on Neural
    Networks 17, 2006.
    """

    card = Card(
        key="elm",
        name="extreme learning machine",
        short="ELM",
        year=2006,
        authors="G.-B. Huang, Q.-Y. Zhu, C.-K. Siew",
        reference="Extreme learning machine: theory and applications, Neurocomputing 70",
        cells=("input", "hidden", "output"),
        rule="ridge regression of the targets on random features",
        purpose="classify or regress in one pass over the rows",
        verbs=("predict", "transform", "evaluate"),
        goals=(
            Goal(
                "sinc with 20 units, 5,000 noisy rows: test RMSE at most 0.010 (Huang 2006: 0.0097)",
                "0.0060, standard deviation 0.0012 over 20 seeds",
                "python examples/zoo_elm.py",
            ),
        ),
    )
    usual_batch = 4096
    net: Any  # a Chain of random features and the read-out

    def __init__(
        self,
        units: Sizes = 100,
        activation: Activate = "sigmoid",
        scale: float = 8.0,
        ridge: float = 1e-6,
        *,
        precision: str = "double",
        classes: int | None = None,
        seed: int | None = None,
    ):
        features = [RandomFeatures(n, activation, scale) for n in sizes_of(units, "hidden layers", "units=100")]
        Member.__init__(self, Chain((*features, Dense(classes or 1))), LeastSquares(ridge, precision=precision), seed)

    def prepare(self, x: Any, y: Any) -> Chain:
        low, high = x.min(axis=0).astype(np.float32), x.max(axis=0).astype(np.float32)
        reach = np.where(high > low, (high - low) / 2, 1).astype(np.float32)
        first = self.net.layers[0].set(middle=jnp.asarray((low + high) / 2), reach=jnp.asarray(reach))
        outputs = count_classes(y, self._known()) if is_classes(y) else width_of(y)
        return self.net.set(layers=(first, *self.net.layers[1:-1], Dense(outputs)))

    def check_rows(self, x: Any, y: Any) -> None:
        require_table(x)
        if is_classes(y):
            count_classes(y, self._known())

    def _known(self) -> int | None:
        """The classes that the read-out was made for, None before it is known."""
        outputs = self.net.layers[-1].units
        return outputs if self.built or outputs > 1 else None

    def transform(self, x: Any) -> np.ndarray:
        """The random features `(rows, units)` of rows, what the read-out sees."""
        self.require_fitted("transform")
        return np.asarray(program.predictor(self.net.set(layers=self.net.layers[:-1]))(as_array(x, "x")))

    def draw(self, x: Any = None, y: Any = None) -> "Figure":
        """The first output along the first input, the others at their middle, with what each unit adds to it; and rows, if given."""
        from neuralzoo.inspect.reservoir_plots import fitted_curve

        self.require_fitted("draw")
        first, last = self.net.layers[0], self.net.layers[-1]
        along = np.repeat(np.asarray(first.middle)[None], 400, axis=0)
        along[:, 0] += np.linspace(-1, 1, 400) * float(first.reach[0])
        parts = self.transform(along) * np.asarray(last.kernel)[:, 0]
        rows = None if x is None else (as_array(x, "x")[:, 0], as_array(y, "y").reshape(len(x), -1)[:, 0])
        return fitted_curve(along[:, 0], parts, parts.sum(axis=1) + float(last.bias[0]), rows)

    @staticmethod
    def example() -> "Figure":
        """Learn sin(x) / x from noisy rows with 20 units, as Huang did."""
        (x, y), (x_test, y_test) = sinc_rows(2000)
        machine = ExtremeLearningMachine(20)
        machine.fit(x, y, verbose=0)
        error = np.sqrt(np.mean((machine.predict(x_test) - y_test) ** 2))
        print(f"noise of ±0.2 in the targets, RMSE against the truth {error:.4f}")
        return machine.draw(x[:300], y[:300])


def sinc_rows(rows: int = 5000, seed: int = 0) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Huang's rows of sin(x) / x, `((x, y), (x_test, y_test))`: x uniform within ±10, y with uniform noise of ±0.2, y_test without."""
    draws = np.random.default_rng(seed)
    x, x_test = draws.uniform(-10, 10, (2, rows, 1))
    return (x, np.sinc(x / np.pi) + draws.uniform(-0.2, 0.2, x.shape)), (x_test, np.sinc(x_test / np.pi))
