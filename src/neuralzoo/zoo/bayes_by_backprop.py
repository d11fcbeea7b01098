"""Bayes by backprop: every weight a normal distribution, learned by gradients of the evidence's lower bound."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.errors import ArgumentError
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.optimizers import Adam
from neuralzoo.zoo.bayesian import BayesianNetwork, observed
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.mean_field import Divergence, MeanField, divergence
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.observed import NegativeLogLikelihood
from neuralzoo.zoo.posterior import ByDraws

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class BayesByBackprop(BayesianNetwork):
    """A network whose weights are independent normal distributions: means and spreads follow the gradient of −log p(y) + KL / rows.

    Float targets are numbers, whole ones classes. `predict` gives the mean, `predict_distribution` all that is known: epistemic and
    aleatoric parts, intervals, densities; `sample` draws functions. While it learns, "loss" is the negative evidence lower bound of a
    row, in nats; `evaluate` tells −log of the predictive density ("loss") and "rmse" or "accuracy". Such posteriors are narrower than
    the true one where weights depend on each other, and may leave units unused.

    Args:
        network: sizes of hidden layers as (50,), or layers, a Chain or a Sequential that end in what is predicted.
        activation: of hidden layers given by their sizes.
        prior: standard deviation of a bias, and of what a unit gets from inputs of size 1: weights ± prior / √inputs.
        noise: "learned", "row" (the network tells that of each row: two outputs a target), or a known standard deviation.
        draws: weights that each step averages over.
        kl_weight: 1 for Bayes's rule; less for a posterior that departs from the prior more easily.
        local: draw what units get, by row, rather than weights; None for where it takes fewer random numbers.
        rows: how many there are to learn from; give it for a stream. Otherwise those of the first `fit`.
        standardize: rows and targets, by the mean and spread of the first `fit`'s.
        learning_rate: of Adam.
        seed: of weights, order and draws.

    Example:
        >>> import numpy as np
        >>> x = np.linspace(-1, 1, 40)[:, None]
        >>> network = BayesByBackprop((10,), noise=0.1)
        >>> history = network.fit(x, x[:, 0] ** 2, epochs=300, verbose=0)
        >>> told = network.predict_distribution([[0.0], [5.0]])
        >>> bool(told.epistemic[1, 0] > told.epistemic[0, 0])
        True
    """

    card = Card(
        key="bayes_by_backprop",
        name="Bayes by backprop",
        short="",
        year=2015,
        authors="C. Blundell, J. Cornebise, K. Kavukcuoglu, D. Wierstra; by variation G. Hinton, D. van Camp 1993, A. Graves 2011",
        reference="Weight uncertainty in neural networks, ICML",
        cells=("input", "probabilistic hidden", "output"),
        rule="gradients of the evidence's lower bound, weights being drawn as mean + spread · noise",
        purpose="predict with error bars, in networks of any size",
        verbs=("predict", "predict_distribution", "sample", "score", "calibration", "evaluate"),
        goals=(
            Goal(
                "linear model: means of the exact posterior, variances 1 / its precision's diagonal",
                "within 10 %",
                "pytest tests/zoo/test_bayes.py",
            ),
        ),
    )
    usual_epochs = 1000

    def __init__(
        self,
        network: Any = (50,),
        activation: Any = "tanh",
        *,
        prior: float = 1.0,
        noise: str | float = "learned",
        draws: int = 1,
        kl_weight: float = 1.0,
        local: bool | None = None,
        rows: int | None = None,
        standardize: bool = True,
        learning_rate: float = 0.01,
        seed: int | None = None,
    ):
        if not prior > 0 or not kl_weight >= 0:
            raise ArgumentError(f"prior={prior}, kl_weight={kl_weight} is not possible", remedy="prior is above 0, kl_weight at least 0")
        net = observed(network, activation, noise, standardize=standardize, rows=rows, draws=draws)
        rule = Gradient(NegativeLogLikelihood(), Adam(learning_rate), penalties=(Divergence(kl_weight),))
        Member.__init__(self, MeanField(net, prior, local=local), ByDraws(rule), seed)

    def divergence(self) -> float:
        """How far the posterior has departed from the prior, in nats."""
        self.require_fitted("tell its divergence")
        return float(divergence(self.net))

    @staticmethod
    def example() -> "Figure":
        """Rows with a gap in the middle, where the network is not so sure."""
        x, y = gap_rows(400)  # mean fields need many: a weight that pays less than its divergence is given up
        network = BayesByBackprop((20,), prior=2.0, draws=2, noise=0.1, learning_rate=0.02)
        network.fit(x, y, batch_size=len(x), epochs=1500, verbose=0)
        told = network.predict_distribution([[-1.0], [0.0]])
        print(f"epistemic spread among the rows {told.epistemic[0, 0]:.2f}, in the gap {told.epistemic[1, 0]:.2f}")
        return network.draw(x, y)


def gap_rows(rows: int = 80, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A wave with noise ±0.1, seen on both sides of a gap: x `(rows, 1)` in −1.5…−0.5 and 0.5…1.5, y `(rows,)`."""
    draws = np.random.default_rng(seed)
    x = np.sort(draws.uniform(0.5, 1.5, rows) * np.where(np.arange(rows) % 2, 1, -1))[:, None]
    return x, np.sin(3 * x[:, 0]) + draws.normal(size=rows) * 0.1
