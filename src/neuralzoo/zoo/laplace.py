"""Laplace's approximation: a network trained as any other, and around it the normal distribution that its curvature tells."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.errors import ArgumentError, NotReadyError
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.optimizers import Adam
from neuralzoo.zoo.bayes_by_backprop import gap_rows
from neuralzoo.zoo.bayesian import BayesianNetwork, observed
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.curved import Curved, Laplace, StrongPrior
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.observed import NegativeLogLikelihood
from neuralzoo.zoo.posterior import Posterior

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STRUCTURES = ("full", "last", "kronecker")


class LaplaceNetwork(BayesianNetwork):
    """A network trained to its most probable weights, and a normal distribution around them from the curvature there.

    Float targets are numbers, whole ones classes. `predict` gives the mean, `predict_distribution` all that is known, `sample` draws
    functions: tangents of the network. `evaluate` tells −log of the predictive density ("loss") and "rmse" or "accuracy". The strength
    of the prior, and learned noise, are those of the largest evidence; fit again, and the weights follow them.

    Args:
        network: sizes of hidden layers as (50,), or layers, a Chain or a Sequential that end in what is predicted.
        activation: of hidden layers given by their sizes.
        structure: of the curvature: "full" for all weights together; "last", the last layer's alone; "kronecker", layer by layer in
            factors; "auto": "full" up to 2,000 weights, then "kronecker".
        prior: standard deviation of a bias, and of what a unit gets from inputs of size 1: weights ± prior / √inputs.
        tune: take the prior's strength and learned noise from the evidence; otherwise both stay as they are.
        hessian: use the whole Hessian ("full" and "last" only), which is positive definite at a maximum alone.
        noise: "learned", "row" (the network tells that of each row: two outputs a target), or a known standard deviation.
        rows: how many there are to learn from; give it for a stream. Otherwise those of the first `fit`.
        standardize: rows and targets, by the mean and spread of the first `fit`'s.
        learning_rate: of Adam.
        seed: of weights, order and draws.

    Example:
        >>> import numpy as np
        >>> x = np.linspace(-1, 1, 40)[:, None]
        >>> network = LaplaceNetwork((10,), noise=0.1)
        >>> history = network.fit(x, x[:, 0] ** 2, epochs=200, verbose=0)
        >>> told = network.predict_distribution([[0.0], [5.0]])
        >>> bool(told.epistemic[1, 0] > 3 * told.epistemic[0, 0])
        True
    """

    card = Card(
        key="laplace",
        name="Laplace's approximation",
        short="",
        year=1992,
        authors="D. MacKay; in factors H. Ritter, A. Botev, D. Barber 2018",
        reference="A practical Bayesian framework for backpropagation networks, Neural Computation 4",
        cells=("input", "hidden", "output"),
        rule="gradients to the most probable weights; curvature around them; prior and noise by the evidence",
        purpose="error bars for a network that is trained as usual",
        verbs=("predict", "predict_distribution", "sample", "score", "calibration", "evaluate"),
        goals=(
            Goal("linear model: the exact posterior", "within 1e-3", "pytest tests/zoo/test_bayes.py"),
            Goal(
                "Yacht, 20 fixed splits, one layer of 50: test RMSE at most 0.70 (MC dropout, Gal's grid of 2018: 0.67 ± 0.05, −1.25)",
                "0.451 ± 0.039, log-likelihood −0.289 ± 0.080 (standard errors); 91.8 % of targets inside 90 % intervals",
                "python examples/zoo_bayes.py laplace yacht 20",
            ),
        ),
    )
    usual_epochs = 500

    def __init__(
        self,
        network: Any = (50,),
        activation: Any = "tanh",
        structure: str = "auto",
        *,
        prior: float = 1.0,
        tune: bool = True,
        hessian: bool = False,
        noise: str | float = "learned",
        rows: int | None = None,
        standardize: bool = True,
        learning_rate: float = 0.01,
        seed: int | None = None,
    ):
        if structure not in ("auto", *STRUCTURES) or not prior > 0 or (hessian and structure not in ("full", "last")):
            what = f"LaplaceNetwork(structure={structure!r}, prior={prior}, hessian={hessian}) is not possible"
            remedy = 'structure is "auto", "full", "last" or "kronecker", prior above 0; hessian takes "full" or "last"'
            raise ArgumentError(what, remedy=remedy)
        net = observed(network, activation, noise, standardize=standardize, rows=rows)
        rule = Gradient(NegativeLogLikelihood(), Adam(learning_rate), penalties=(StrongPrior(),))
        Member.__init__(self, Curved(net, structure, prior), Laplace(rule, hessian=hessian, tune=tune), seed)

    def posterior(self, what: str) -> Posterior:
        if not float(self.net.known):
            broken = f"the network cannot {what} yet: its fit was broken off before the curvature was taken"
            raise NotReadyError(broken, remedy="call fit once more, with epochs=1 where the weights are good already")
        return self.net

    def covariance(self) -> np.ndarray:
        """Of the uncertain weights `(weights, weights)`, layer by layer, kernel before bias; of "full" and "last" alone."""
        self.require_fitted("tell its covariance")
        if self.net.structure == "kronecker":
            raise ArgumentError(
                "the covariance of Kronecker's factors is one for each layer, and large", remedy='use structure="full" or "last"'
            )
        return np.asarray(self.net.covariance())

    @staticmethod
    def example() -> "Figure":
        """Rows with a gap in the middle, where the network is not so sure."""
        x, y = gap_rows()
        network = LaplaceNetwork((50,), prior=3.0)
        for _ in range(2):
            network.fit(x, y, batch_size=len(x), epochs=1500, verbose=0)
        told = network.predict_distribution([[-1.0], [0.0]])
        print(f"epistemic spread among the rows {told.epistemic[0, 0]:.2f}, in the gap {told.epistemic[1, 0]:.2f}")
        return network.draw(x, y)
