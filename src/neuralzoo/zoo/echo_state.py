"""Echo state networks: a reservoir of random recurrent units that echo the input, and a read-out that is all there is to learn."""

import warnings
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.recurrent import Recurrent, remembering
from neuralzoo.layers.reservoir import ReservoirCell
from neuralzoo.learn.learner import Learner
from neuralzoo.learn.least_squares import LeastSquares
from neuralzoo.train import program
from neuralzoo.train.batches import as_array, is_stream
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.series import check_series, closed_loop, continued, in_rows, mackey_glass, with_feedback

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOOKED = 200  # steps of the first series in which a reservoir with a radius above 1 has to forget its start
FORGOTTEN = 0.2  # how far apart two starts may still be after them, as a share of how far they were
SATURATED = 0.95  # |state| on average, above which units only switch


class ReservoirWarning(UserWarning):
    """A reservoir does not echo its input: it keeps its start for ever, or its units are saturated."""


class EchoStateNetwork(Member):
    """Series to series: random recurrent units echo what they hear, a linear read-out of them is learned in one pass.

    A series is `(time, features)`, or there are several of one length, `(series, time, features)`; targets have the same form, whole
    numbers being classes. `evaluate` tells the mean squared error ("loss") and, for classes, "accuracy". A series longer than memory
    comes as a stream of chunks `(1, time, features)` to a network that is `stateful`.

    Args:
        units: how many, or a `ReservoirCell` with settings of its own, or several of either, one upon the other.
        spectral_radius, leak: of the reservoir, see `ReservoirCell`; larger and slower remembers longer.
        ridge: of the penalty on the read-out.
        washout: steps at the start of a series that are not learned from.
        learner: a rule that takes the place of ridge regression: `RecursiveLeastSquares(…)` learns while it runs.
        feedback: how strong the outputs of the step before are fed back, 0 for not at all. `fit` and `evaluate` feed back the
            targets, `predict` what it has predicted.
        stateful: go on where the batch before ended, within `fit` and from call to call, until `reset_states`.
        seed: of the random weights.

    Example (a sine goes on by itself):
        >>> import numpy as np
        >>> wave = np.sin(np.arange(301) / 5)[:, None]
        >>> network = EchoStateNetwork(40, washout=50)
        >>> history = network.fit(wave[:-1], wave[1:], verbose=0)
        >>> on = network.generate(20, wave)
        >>> bool(np.abs(on[:, 0] - np.sin(np.arange(301, 321) / 5)).max() < 0.05)
        True

    Reference: H. Jaeger, "The 'echo state' approach to analysing and training recurrent neural networks", GMD Report 148, 2001.
    """

    card = Card(
        key="esn",
        name="echo state network",
        short="ESN",
        year=2001,
        authors="H. Jaeger",
        reference="The 'echo state' approach to analysing and training recurrent neural networks, GMD Report 148",
        cells=("input", "recurrent", "output"),
        rule="ridge regression of the targets on the states of a random reservoir, in one pass or row by row",
        purpose="predict, filter or generate series with little training",
        verbs=("predict", "transform", "generate", "forgetting", "evaluate"),
        goals=(
            Goal(
                "Mackey–Glass, one step, 100 units, radius 1.25, leak 0.3, ridge 1e-5: RMSE 0.00203, R² 0.99992 (reservoirpy, one run)",
                "inputs of ±0.5: 0.00167, sd 0.00017 over 20 seeds, R² 0.99995; inputs of ±1: 0.00214, sd 0.00039, R² 0.99991",
                "python examples/zoo_esn.py",
            ),
            Goal("linear memory capacity is at most the number of units (Jaeger 2001)"),
        ),
    )
    usual_batch = 1
    net: Any  # a Chain of reservoirs and the read-out

    def __init__(
        self,
        units: Any = 100,
        spectral_radius: float = 0.9,
        leak: float = 1.0,
        ridge: float = 1e-6,
        washout: int = 0,
        *,
        learner: Learner | None = None,
        feedback: float = 0.0,
        stateful: bool = False,
        seed: int | None = None,
    ):
        if learner is not None and washout:
            raise ArgumentError(
                "washout belongs to the learner that was given", remedy=f"write {type(learner).__name__}(washout={washout})"
            )
        several = units if isinstance(units, list | tuple) else [units]
        cells = [one if isinstance(one, ReservoirCell) else ReservoirCell(one, spectral_radius, leak) for one in several]
        cells[0] = cells[0].set(feedback=float(feedback))
        layers = [Recurrent(cell, return_sequences=True, stateful=stateful) for cell in cells]
        rule = LeastSquares(ridge, washout, ordered=stateful) if learner is None else learner
        Member.__init__(self, Chain((*layers, Dense(1))), rule, seed)

    @property
    def cell(self) -> ReservoirCell:
        """The first reservoir."""
        return self.net.layers[0].cell

    def receive(self, x: Any, y: Any, weight: Any) -> tuple[Any, Any, Any]:
        if is_stream(x):
            return x, y, weight
        return *self._series(as_array(x, "x"), None if y is None else as_array(y, "y")), weight

    def _series(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Series and targets `(series, time, …)`, with the targets of the step before beside the inputs where they are fed back."""
        x, y = in_rows(x, y)
        fed = self.built and x.shape[-1] == len(self.cell.kernel)
        if self.cell.feedback and not fed and y is not None and x.shape[:2] == y.shape[:2]:
            if y.dtype.kind in "iu":
                raise DataError("classes cannot be fed back", remedy="give targets as numbers, such as columns of 0.0 and 1.0")
            x = with_feedback(x, y)
        return x, y

    def check_rows(self, x: Any, y: Any) -> None:
        check_series(x, y, getattr(self.learner, "washout", 0))

    def prepare(self, x: Any, y: Any) -> Chain:
        outputs = int(y.max()) + 1 if y.dtype.kind in "iu" else y.shape[-1]
        first = self.net.layers[0]
        if self.cell.feedback:
            inputs, scaling = x.shape[-1] - outputs, self.cell.input_scaling
            scaling = scaling if isinstance(scaling, tuple) else (scaling,) * inputs
            first = first.set(cell=self.cell.set(input_scaling=(*scaling, *(self.cell.feedback,) * outputs)))
        return self.net.set(layers=(first, *self.net.layers[1:-1], Dense(outputs)))

    def meet(self, x: Any, y: Any) -> None:
        new = not self.built
        Member.meet(self, x, y)
        if new and max(layer.cell.spectral_radius for layer in self.net.layers[:-1]) > 1:
            self.warn_of_start(x[:1, :LOOKED])

    def warn_of_start(self, x: Any) -> None:
        """Warn where the reservoir does not forget its start on a series, or only switches."""
        apart, states = self._two_starts(x)
        remedy = "Take a smaller spectral_radius, or a larger input_scaling that drives it."
        if apart[-10:].mean() > FORGOTTEN * apart[0]:
            what = f"the reservoir has not forgotten its start after {len(apart)} steps: what it says is not an echo of the input alone"
            warnings.warn(f"{what}. {remedy}", ReservoirWarning, stacklevel=2)
        elif np.abs(states).mean() > SATURATED:
            what = f"the reservoir's units are saturated: |state| is {np.abs(states).mean():.2f} on average"
            warnings.warn(f"{what}. Scale the input down, or take a smaller spectral_radius.", ReservoirWarning, stacklevel=2)

    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = "auto", steps: int | None = None, callbacks: Any = None) -> Any:
        """The outputs at each step, in the form of `x`: `(time, outputs)` or `(series, time, outputs)`."""
        x = as_array(x, "x")
        self.require_fitted("predict")
        rows, _ = in_rows(x, None)
        if self.cell.feedback:
            y = np.asarray(closed_loop(remembering(self.net, len(rows)), jnp.asarray(rows)))
        else:
            y = Member.predict(self, rows, batch_size, verbose, steps, callbacks)
        return y[0] if x.ndim == 2 else y

    def transform(self, x: Any) -> np.ndarray:
        """The states of the last reservoir at each step, from rest: `(time, units)` or `(series, time, units)`."""
        self.require_fitted("transform")
        x = as_array(x, "x")
        rows, _ = in_rows(x, None)
        states = np.asarray(program.predictor(self._reservoirs(len(rows)))(rows))
        return states[0] if x.ndim == 2 else states

    def generate(self, steps: int, warmup: Any) -> np.ndarray:
        """The `steps` that follow one series `(time, features)`, or several in front: each output is the next input."""
        self.require_fitted("generate")
        x = as_array(warmup, "warmup")
        rows, _ = in_rows(x, None)
        if self.net.layers[-1].units != rows.shape[-1] or self.cell.feedback:
            what = f"{self.net.layers[-1].units} outputs cannot be the next {rows.shape[-1]} inputs"
            raise ArgumentError(what, remedy="fit it to forecast, y being x one step later; with feedback call predict")
        y = np.asarray(continued(remembering(self.net, len(rows)), jnp.asarray(rows), steps))
        return y[0] if x.ndim == 2 else y

    def forgetting(self, x: Any) -> np.ndarray:
        """How far apart two copies of the reservoir are after each step of a series `(time, features)`, one started at random.

        It falls to 0 where the reservoir has the echo state property on this input, which a spectral radius below 1 does not prove,
        nor one above 1 rule out.
        """
        self.require_fitted("tell what it forgets")
        return self._two_starts(in_rows(as_array(x, "x"), None)[0][:1])[0]

    def _two_starts(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        """The root mean square distance after each step, and the states `(2, time, units)`."""
        front, draws = self._reservoirs(2), np.random.default_rng(self.seed)
        starts = [np.stack([np.zeros(c.cell.units), draws.uniform(-1, 1, c.cell.units)]).astype(np.float32) for c in front.layers]
        front = front.set(layers=tuple(c.set(memory=(jnp.asarray(s),)) for c, s in zip(front.layers, starts, strict=True)))
        states = np.asarray(program.predictor(front)(np.repeat(x, 2, axis=0)))
        return np.sqrt(np.mean((states[1] - states[0]) ** 2, axis=-1)), states

    def _reservoirs(self, rows: int) -> Any:
        """The network without its read-out, at rest, for so many series."""
        return remembering(self.net.set(layers=self.net.layers[:-1]), rows)

    def draw(self, x: Any = None, y: Any = None) -> "Figure":
        """States over time, the read-out with the targets, and the eigenvalues of the reservoir; noise in, unless `x` is given."""
        from neuralzoo.inspect.reservoir_plots import reservoir_at_work

        self.require_fitted("draw")
        if x is None:
            x = np.random.default_rng(self.seed).uniform(-1, 1, (100, len(self.cell.kernel)))
        rows, targets = self._series(as_array(x, "x"), None if y is None else as_array(y, "y"))
        first = min(getattr(self.learner, "washout", 0), rows.shape[1] - 2)  # until then the start shows
        states = np.asarray(program.predictor(self._reservoirs(len(rows)))(rows))[0, first:]
        last = self.net.layers[-1]
        got = states @ np.asarray(last.kernel)[:, 0] + float(last.bias[0])
        wanted = None if targets is None or targets.ndim < 3 else targets[0, first:, 0]
        return reservoir_at_work(states, wanted, got, np.linalg.eigvals(np.asarray(self.cell.matrix())), self.cell.spectral_radius)

    @staticmethod
    def example() -> "Figure":
        """Forecast the Mackey–Glass series one step ahead, and let it go on by itself."""
        series = mackey_glass(800)
        network = EchoStateNetwork(100, spectral_radius=1.25, leak=0.3, ridge=1e-5, washout=100)
        network.fit(series[:600], series[1:601], verbose=0)
        error = network.predict(series[:-1])[600:] - series[601:]
        print(f"one step ahead: RMSE {np.sqrt(np.mean(error**2)):.4f}; 50 steps on its own: "
              f"RMSE {np.sqrt(np.mean((network.generate(50, series[:700]) - series[700:750]) ** 2)):.4f}")  # fmt: skip
        return network.draw(series[499:799], series[500:800])


def memory_capacity(units: int, delays: int, steps: int = 4000, *, seed: int = 0, **settings: Any) -> np.ndarray:
    """How much of the input k steps ago a read-out still knows, k = 1…`delays`: R² on unseen steps of uniform noise.

    Their sum over all delays is the linear memory capacity, at most the number of units (Jaeger, "Short term memory in echo state
    networks", GMD Report 152, 2001). `settings` are those of `ReservoirCell`.
    """
    x = np.random.default_rng(seed).uniform(-1, 1, (steps, 1))
    y = np.stack([np.roll(x[:, 0], k) for k in range(1, delays + 1)], axis=1)
    half = steps // 2
    network = EchoStateNetwork(ReservoirCell(units, **settings), ridge=1e-9, washout=delays + 100, seed=seed)
    network.fit(x[:half], y[:half], verbose=0)
    got = network.predict(x)[half:]
    return 1 - np.sum((got - y[half:]) ** 2, axis=0) / np.sum((y[half:] - y[half:].mean(axis=0)) ** 2, axis=0)
