"""Monte-Carlo dropout: a network that learned with dropout goes on dropping while it predicts, and so knows how sure it is."""

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer
from neuralzoo.core.record import Record, split, walk
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.noise import Dropout
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.optimizers import Adam
from neuralzoo.zoo.bayes_by_backprop import gap_rows
from neuralzoo.zoo.bayesian import BayesianNetwork, observed
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.observed import NegativeLogLikelihood, prior_precisions
from neuralzoo.zoo.posterior import ByDraws, Posterior

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Dropping(Posterior):
    """A posterior whose networks are those that dropout leaves; one draw drops the same units for all rows."""

    def outcomes(self, x: Any, key: Key, draws: int) -> Float[Array, "draws batch outcome"]:
        def told(key: Key) -> Array:
            return jax.vmap(lambda row: self.observed.forward(row[None], key)[0][0])(x)

        return jax.vmap(told)(jax.random.split(key, draws))


class DroppedPrior(Record):
    """−log prior of the networks that dropout leaves, their mean, as a penalty: Σ τ w² / (2 keep · rows).

    keep is the share of a kernel's inputs that the Dropout before it keeps: kept ones are divided by it, so E w² is w² / keep.

    Fields:
        scale: of the prior, see `prior_precisions`.
    """

    scale: float = 1.0

    def __call__(self, net: Any, x: Any) -> Float[Array, ""]:
        inner, total = net.observed.inner, jnp.zeros(())
        kept = keeps(inner)
        for w, tau, keep in zip(jax.tree.leaves(split(inner)[0]), prior_precisions(inner, self.scale), kept, strict=True):
            total = total + 0.5 * tau / (keep if w.ndim > 1 else 1.0) * jnp.sum(w * w)
        return total / net.observed.rows


def keeps(net: Layer) -> list[float]:
    """For each parameter of a network the share that the Dropout right before its layer keeps, 1 where there is none."""
    found, keep = [], 1.0
    for layer in net.layers if isinstance(net, Chain) else (net,):
        own = keeps(layer) if isinstance(layer, Chain) else [keep] * len(jax.tree.leaves(split(layer)[0]))
        found += own
        keep = 1 - layer.rate if isinstance(layer, Dropout) else 1.0 if own else keep
    return found


class MonteCarloDropout(BayesianNetwork):
    """A network with dropout, read as a posterior: each mask is a network, and many masks predict together.

    Float targets are numbers, whole ones classes. `predict` gives the mean over masks, `predict_distribution` all that is known;
    `sample` draws functions, each with one mask for all rows. `evaluate` tells −log of the predictive density ("loss") and "rmse" or
    "accuracy". The spread is that of the dropout rate, which no rows can change: choose the rate by held-out rows.

    Args:
        network: sizes of hidden layers as (50,), each followed by dropout; or layers with `Dropout` among them, a Chain or a Sequential.
        rate: of dropout after hidden layers given by their sizes.
        activation: of these.
        prior: standard deviation of a bias, and of what a unit gets from inputs of size 1: weights ± prior / √inputs.
        noise: "learned", "row" (the network tells that of each row: two outputs a target), or a known standard deviation.
        rows: how many there are to learn from; give it for a stream. Otherwise those of the first `fit`.
        standardize: rows and targets, by the mean and spread of the first `fit`'s.
        learning_rate: of Adam.
        seed: of weights, order and masks.

    Example:
        >>> import numpy as np
        >>> x = np.linspace(-1, 1, 40)[:, None]
        >>> network = MonteCarloDropout((20,), rate=0.1)
        >>> history = network.fit(x, x[:, 0] ** 2, epochs=100, verbose=0)
        >>> network.predict_distribution(x).epistemic.shape
        (40, 1)
    """

    card = Card(
        key="mc_dropout",
        name="Monte-Carlo dropout",
        short="",
        year=2016,
        authors="Y. Gal, Z. Ghahramani",
        reference="Dropout as a Bayesian approximation: representing model uncertainty in deep learning, ICML",
        cells=("input", "probabilistic hidden", "output"),
        rule="gradients with dropout and a prior; dropout goes on while predicting",
        purpose="error bars from a network with dropout, for the price of many predictions",
        verbs=("predict", "predict_distribution", "sample", "score", "calibration", "evaluate"),
        goals=(
            Goal(
                "Boston, 20 fixed splits, one layer of 50: test RMSE 2.90 ± 0.18, log-likelihood −2.40 ± 0.04 (Gal's grid of 2018)",
                "2.888 ± 0.149, −2.588 ± 0.105 (standard errors); 85.0 % of targets inside 90 % intervals",
                "python examples/zoo_bayes.py dropout boston 20",
            ),
            Goal(
                "Yacht, likewise: 0.67 ± 0.05, −1.25 (0.70 wanted)",
                "0.759 ± 0.052, −1.385 ± 0.014: not reached at the same rate for all data; 99.0 % inside 90 % intervals",
                "python examples/zoo_bayes.py dropout yacht 20",
            ),
            Goal(
                "its mean is that of the network, its variance that of its bits",
                "within Monte-Carlo error",
                "pytest tests/zoo/test_bayes.py",
            ),
        ),
    )
    usual_epochs = 500

    def __init__(
        self,
        network: Any = (50,),
        rate: float = 0.05,
        activation: Any = "relu",
        *,
        prior: float = 1.0,
        noise: str | float = "learned",
        rows: int | None = None,
        standardize: bool = True,
        learning_rate: float = 0.005,
        seed: int | None = None,
    ):
        if not prior > 0:
            raise ArgumentError(f"prior={prior} is not possible", remedy="give a standard deviation above 0")
        net = observed(network, activation, noise, standardize=standardize, rows=rows)
        if isinstance(net.inner, Chain) and isinstance(net.inner.layers[-1], Dense) and not net.inner.layers[-1].units:
            *hidden, last = net.inner.layers
            net = net.set(inner=Chain((*(part for layer in hidden for part in (layer, Dropout(rate))), last)))
        if not any(isinstance(r, Dropout) and r.rate > 0 for r in walk(net.inner)):
            what = "the network has no dropout, so all its predictions are the same and it is sure of each"
            raise ArgumentError(what, remedy="put Dropout(0.05) before the layers, or give sizes of hidden layers and a rate above 0")
        rule = Gradient(NegativeLogLikelihood(), Adam(learning_rate), penalties=(DroppedPrior(prior),))
        Member.__init__(self, Dropping(net), ByDraws(rule), seed)

    @staticmethod
    def example() -> "Figure":
        """Rows with a gap in the middle, told by many masks."""
        x, y = gap_rows()
        network = MonteCarloDropout((100, 100), rate=0.1, prior=3.0)
        network.fit(x, y, batch_size=len(x), epochs=1000, verbose=0)
        told = network.predict_distribution([[-1.0], [0.0]])
        print(f"epistemic spread among the rows {told.epistemic[0, 0]:.2f}, in the gap {told.epistemic[1, 0]:.2f}")
        return network.draw(x, y)
