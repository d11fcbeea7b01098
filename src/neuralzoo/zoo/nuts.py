"""A Bayesian network by Hamiltonian Monte Carlo: no approximation but the number of draws."""

from typing import TYPE_CHECKING, Any, ClassVar

import jax
import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Layer
from neuralzoo.zoo.bayes_by_backprop import gap_rows
from neuralzoo.zoo.bayesian import BayesianNetwork, observed
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.no_u_turn import Drawn, NoUTurn, Report, report_of, sampler

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class NoUTurnNetwork(BayesianNetwork):
    """A small network whose weights are drawn from their posterior, which nothing approximates; needs `pip install 'neuralzoo[bayes]'`.

    Float targets are numbers, whole ones classes. `fit` draws by the No-U-Turn sampler, all rows at once, so it is for hundreds of rows
    and of weights. `predict` gives the mean over draws, `predict_distribution` all that is known, `sample` functions, and `report` how
    the sampler fared: a `DivergenceWarning` tells of draws that diverged. The other Bayesian networks are measured against this one.

    Args:
        network: sizes of hidden layers as (50,), or layers, a Chain or a Sequential that end in what is predicted.
        activation: of hidden layers given by their sizes; smooth ones suit the sampler.
        draws: networks to keep. warmup: draws before them, which adapt the sampler.
        prior: standard deviation of a bias, and of what a unit gets from inputs of size 1: weights ± prior / √inputs.
        noise: "learned" (log σ ~ normal(−1, 1), standardised), "row" (told for each row: two outputs a target), or a known σ.
        target: the acceptance rate that steps are adapted to; nearer to 1 for fewer divergences.
        standardize: rows and targets, by the mean and spread of the first `fit`'s.
        seed: of weights and draws.

    Example:
        >>> import numpy as np
        >>> x = np.linspace(-1, 1, 20)[:, None]
        >>> network = NoUTurnNetwork((), noise=0.1, draws=100, warmup=100)
        >>> history = network.fit(x, x[:, 0], verbose=0)
        >>> bool(np.abs(network.predict([[0.5]])[0, 0] - 0.5) < 0.1)
        True
    """

    card = Card(
        key="nuts",
        name="Bayesian network by Monte Carlo",
        short="",
        year=1996,
        authors="R. Neal; without U-turns M. Hoffman, A. Gelman 2014",
        reference="Bayesian learning for neural networks, Lecture Notes in Statistics 118",
        cells=("input", "probabilistic hidden", "output"),
        rule="Hamiltonian dynamics carries draws of all weights through their posterior",
        purpose="the exact answer to how sure a small network can be",
        verbs=("predict", "predict_distribution", "sample", "score", "calibration", "report", "evaluate"),
        goals=(Goal("linear model: moments of the exact posterior", "within Monte-Carlo error", "pytest tests/zoo/test_bayes.py"),),
    )
    usual_batch = 4096
    usual_draws: ClassVar[int] = 0  # all that were kept

    def __init__(
        self,
        network: Any = (50,),
        activation: Any = "tanh",
        *,
        draws: int = 500,
        warmup: int = 500,
        prior: float = 1.0,
        noise: str | float = "learned",
        target: float = 0.8,
        standardize: bool = True,
        seed: int | None = None,
    ):
        sampler()
        if not prior > 0 or draws < 4:
            raise ArgumentError(f"prior={prior}, draws={draws} is not possible", remedy="prior is above 0, draws at least 4")
        net = observed(network, activation, noise, standardize=standardize, rows=None)
        Member.__init__(self, Drawn(net, draws, prior), NoUTurn(warmup, target), seed)

    @property
    def rule(self) -> NoUTurn:
        """The learner."""
        assert isinstance(self.learner, NoUTurn)
        return self.learner

    def check_rows(self, x: Any, y: Any) -> None:
        BayesianNetwork.check_rows(self, x, y)
        if self.built and len(x) > self.rule.rows:
            what = f"this network has room for {self.rule.rows} rows, but there are {len(x)}"
            raise DataError(what, remedy="make a new network for them")

    def prepare(self, x: Any, y: Any) -> Layer:
        shapes = ((tuple(a.shape[1:]), a.dtype.name) for a in (x, y))
        own, wanted = shapes
        self.learner = self.rule.set(x=own, y=wanted, rows=len(x))
        return BayesianNetwork.prepare(self, x, y)

    def _draws(self, draws: int | None) -> int:
        kept = self.net.kept
        if draws is not None and draws > kept:
            raise ArgumentError(
                f"{draws} draws were asked for, but {kept} were kept", remedy=f"make the network with draws={draws}, and fit it"
            )
        return kept if draws is None else BayesianNetwork._draws(self, draws)

    def report(self) -> Report:
        """How the sampler fared: divergences, acceptance, steps, effective draws and R̂ of the log density."""
        self.require_fitted("report")
        return report_of(jax.device_get(self.net.fared))

    @staticmethod
    def example() -> "Figure":
        """Rows with a gap in the middle; what networks that fit them all say there."""
        x, y = gap_rows(40)
        network = NoUTurnNetwork((10,), draws=200, warmup=200, prior=2.0, noise=0.1, target=0.95)
        network.fit(x, y, verbose=0)
        told, report = network.predict_distribution([[-1.0], [0.0]]), network.report()
        print(f"epistemic spread among the rows {told.epistemic[0, 0]:.2f}, in the gap {told.epistemic[1, 0]:.2f}")
        print(f"{report.steps:,} steps, {report.divergences} draws diverged, {report.effective:.0f} of 200 count as independent")
        return network.draw(x, y)


def moments(network: NoUTurnNetwork) -> tuple[np.ndarray, np.ndarray]:
    """Means and covariance of the weights drawn, each network's in one row."""
    network.require_fitted("tell moments")
    weights = np.asarray(network.net.weights, np.float64)
    return weights.mean(axis=0), np.cov(weights.T)
