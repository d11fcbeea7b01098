"""The front that all Bayesian networks share: distributions instead of numbers, functions drawn, and how well both are calibrated."""

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Layer
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.observed import Observed, network_of
from neuralzoo.zoo.posterior import Posterior
from neuralzoo.zoo.predictive import Classes, Coverage, Numbers, Reliability, coverage, reliability
from neuralzoo.zoo.rows import count_classes, is_classes, require_targets

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ASKED = 1024  # rows that are told of at a time
LEVELS = np.linspace(0.05, 0.95, 19)


class BayesianNetwork(Member):
    """What all Bayesian networks do, whatever their posterior.

    Attributes:
        usual_draws: networks that a prediction takes together where it is not told.
    """

    usual_draws: ClassVar[int] = 200
    net: Any  # a Posterior

    def check_rows(self, x: Any, y: Any) -> None:
        require_targets(y)
        if not isinstance(x, np.ndarray) or x.ndim < 2:
            found = f"an array of shape {x.shape}" if isinstance(x, np.ndarray) else f"a {type(x).__name__} of arrays"
            raise DataError(f"x is {found}, but a row is a vector or more", remedy="try x.reshape(-1, 1)")
        net, classes = self.net.observed, is_classes(y)
        if self.built and classes != (net.noise == "classes"):
            kinds = ("classes", "numbers") if net.noise == "classes" else ("numbers", "classes")
            raise DataError(f"this network predicts {kinds[0]}, but y holds {kinds[1]}", remedy="fit a new network to them")
        if classes and net.noise not in ("learned", "classes"):
            remedy = "leave noise out; or make numbers to predict float: y.astype(float)"
            raise DataError("y holds whole numbers, which are classes, and classes have no noise", remedy=remedy)
        if classes:
            count_classes(y, net.targets if self.built else None)
        elif y.ndim > 2 or (self.built and (1 if y.ndim == 1 else y.shape[1]) != net.targets):
            wanted = f"(rows, {net.targets})" if self.built else "(rows,) or (rows, targets)"
            raise DataError(f"y has the shape {y.shape}, not {wanted}", remedy="reshape it")

    def prepare(self, x: Any, y: Any) -> Layer:
        observed = self.net.observed.fitted_to(x, y, count_classes(y) if is_classes(y) else 0)
        return self.net.set(observed=observed.set(inner=self.net.taking(observed.inner)))

    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = "auto", steps: int | None = None, callbacks: Any = None) -> Any:
        """The mean of the predictive distribution: numbers `(rows, targets)`, or probabilities `(rows, classes)`."""
        return self.predict_distribution(x).mean.astype(np.float32)

    def predict_distribution(self, x: Any, draws: int | None = None) -> Numbers | Classes:
        """The predictive distribution of each row: mean, epistemic and aleatoric parts, quantiles and intervals, log-densities."""
        told = self._outcomes(x, draws)
        if self.net.observed.noise == "classes":
            return Classes(told)
        return Numbers(told[..., : self.net.observed.targets], np.exp(told[..., self.net.observed.targets :]))

    def sample(self, x: Any, draws: int = 10) -> np.ndarray:
        """Functions drawn from the posterior, at x: `(draws, rows, targets)`, or probabilities `(draws, rows, classes)`; no noise."""
        told = self.predict_distribution(x, draws)
        return told.probabilities if isinstance(told, Classes) else told.means

    def score(self, x: Any, y: Any, draws: int | None = None) -> float:
        """The mean log-likelihood of a row's target, in nats."""
        return float(self.predict_distribution(x, draws).log_density(as_array(y, "y")).mean())

    def calibration(self, x: Any, y: Any, draws: int | None = None) -> Coverage | Reliability:
        """Numbers: how many targets central intervals hold. Classes: how often the likeliest is right, by how sure it was."""
        told, y = self.predict_distribution(x, draws), as_array(y, "y")
        return reliability(told, y) if isinstance(told, Classes) else coverage(told, y, LEVELS)

    def _outcomes(self, x: Any, draws: int | None) -> np.ndarray:
        self.require_fitted("predict")
        net, x, draws = self.posterior("predict"), as_array(x, "x"), self._draws(draws)
        size = min(ASKED, 1 << (len(x) - 1).bit_length())
        key, parts = jax.random.fold_in(self.key, 2), []
        for start in range(0, len(x), size):
            rows = np.minimum(np.arange(start, start + size), len(x) - 1)
            parts.append(np.asarray(_outcomes(net, x[rows], key, draws), np.float64)[:, : len(x) - start])
        return np.concatenate(parts, axis=1)

    def _draws(self, draws: int | None) -> int:
        draws = self.usual_draws if draws is None else draws
        if draws < 1:
            raise ArgumentError(f"{draws} draws say nothing", remedy="ask for at least 1")
        return draws

    def posterior(self, what: str) -> Posterior:
        """The posterior; a subclass raises where `fit` was broken off before there was one."""
        return self.net

    def draw(self, x: Any = None, y: Any = None, draws: int | None = None) -> "Figure":
        """The prediction along the first feature, the others in their middle, with both parts of its spread; and rows, if given."""
        from neuralzoo.inspect import uncertainty_plots

        self.require_fitted("draw")
        along, points = self._line(None if x is None else as_array(x, "x"))
        told = self.predict_distribution(points, draws)
        rows = None if x is None or y is None else (as_array(x, "x").reshape(len(x), -1)[:, 0], as_array(y, "y").reshape(len(y), -1)[:, 0])
        if isinstance(told, Classes):
            return uncertainty_plots.class_bands(along, told.mean, *told.interval(0.9))
        functions = told.means[:: max(1, len(told.means) // 8), :, 0]
        return uncertainty_plots.band(along, told.mean[:, 0], told.epistemic[:, 0], told.std[:, 0], functions, rows)

    def _line(self, x: np.ndarray | None, points: int = 256) -> tuple[np.ndarray, np.ndarray]:
        """Rows along the first feature, somewhat beyond those that are known."""
        middle, spread = (
            np.broadcast_to(np.asarray(a), self.input.shape[1:]) for a in (self.net.observed.middle, self.net.observed.spread)
        )
        first = (0,) * middle.ndim
        low, high = (middle[first] - 3 * spread[first], middle[first] + 3 * spread[first]) if x is None else (
            x.reshape(len(x), -1)[:, 0].min(), x.reshape(len(x), -1)[:, 0].max()
        )  # fmt: skip
        margin = 0.0 if x is None else 0.2 * (high - low)
        along = np.linspace(low - margin, high + margin, points)
        rows = np.repeat(middle[None], points, axis=0).astype(np.float32)
        rows[(slice(None), *first)] = along
        return along, rows

    def draw_calibration(self, x: Any, y: Any, draws: int | None = None) -> "Figure":
        """The curve of `calibration`: on the diagonal a network knows how much it knows."""
        from neuralzoo.inspect import uncertainty_plots

        found = self.calibration(x, y, draws)
        if isinstance(found, Reliability):
            return uncertainty_plots.reliability(found.confidence, found.accuracy, found.counts, found.error)
        return uncertainty_plots.coverage(found.levels, found.held, found.error)


@partial(jax.jit, static_argnums=3)
def _outcomes(net: Posterior, x: Any, key: Any, draws: int) -> Any:
    return net.outcomes(x, key, draws)


def observed(network: Any, activation: Any, noise: str | float, *, standardize: bool, rows: int | None, draws: int = 1) -> Observed:
    """The network that users ask for, not built yet."""
    if isinstance(noise, str) and noise not in ("learned", "row"):
        raise ArgumentError(f"noise={noise!r} is unknown", remedy='noise is "learned", "row" or a standard deviation')
    if not isinstance(noise, str) and not noise > 0:
        raise ArgumentError(f"noise of {noise} is not possible", remedy="give a standard deviation above 0, in the targets' units")
    if draws < 1 or (rows is not None and rows < 1):
        raise ArgumentError(f"draws={draws}, rows={rows} is not possible", remedy="give whole numbers of at least 1")
    known = None if isinstance(noise, str) else float(noise)
    kind = noise if isinstance(noise, str) else "known"
    told: dict[str, Any] = {"draws": draws, "sigma": known, "standardize": standardize, "expected": rows}
    return Observed(kind, 0, inner=network_of(network, activation), **told)
