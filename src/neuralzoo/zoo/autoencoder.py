"""Autoencoders: plain, denoising and sparse. Each reconstructs its rows, and something keeps it from handing them through."""

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.errors import ArgumentError
from neuralzoo.layers.autoencoding import Autoencoding
from neuralzoo.learn.code_penalties import Contraction, KLCode, L1Code
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.reconstruction import Reconstruction
from neuralzoo.learn.schedules import Schedule
from neuralzoo.zoo.autoencoding import AutoencodingMember, OvercompleteWarning, corruption_named, dense_layers, reconstructing
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.sizes import Sizes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Autoencoder(AutoencodingMember):
    """Rows through a code that is shorter than they are, and back: `fit`, then `transform`, `reconstruct`, `to_classifier`.

    The loss is the mean over features of the cross-entropy for a decoder that ends in a sigmoid, of the squared error else. `fit` takes
    rows alone; with other rows as `y` it learns to make those of them.

    Args:
        units: of each layer down to the code; the decoder mirrors them.
        activation: of all layers but the last.
        output: activation of the last: "sigmoid" for values 0 … 1, "linear" for any.
        tied: whether the decoder's kernels are the encoder's, turned round.
        contraction: rate of the penalty ‖∂code/∂x‖² (contractive autoencoders), 0 for none.
        learning_rate: of Adam, a number or a schedule.
        seed: of weights and order.

    Example:
        >>> x = np.repeat(np.eye(4), 8, axis=0)
        >>> net = Autoencoder((2,), activation="tanh", learning_rate=0.05)
        >>> history = net.fit(x, batch_size=32, epochs=400, verbose=0)
        >>> net.transform(x).shape, bool(np.abs(net.reconstruct(x) - x).max() < 0.2)
        ((32, 2), True)
    """

    card = Card(
        key="autoencoder",
        name="Autoencoder",
        short="AE",
        year=1986,
        authors="D. Rumelhart, G. Hinton, R. Williams; H. Bourlard, Y. Kamp 1988; contractive: S. Rifai et al. 2011",
        reference="Learning internal representations by error propagation, Parallel Distributed Processing 1",
        cells=("input", "hidden", "match input output"),
        rule="backpropagation of the difference between rows and their reconstructions",
        purpose="find a short code of rows without labels",
        verbs=("transform", "reconstruct", "predict", "evaluate"),
        goals=(
            Goal(
                "a linear one reaches the error of as many principal components to 1e-3 of it",
                "within 1e-3 of scikit-learn's PCA on its digits, 8 units",
                "pytest tests/zoo/test_autoencoder.py",
            ),
        ),
    )

    def __init__(
        self,
        units: Sizes = (128, 32),
        activation: str | None = "relu",
        output: str | None = "sigmoid",
        *,
        tied: bool = False,
        contraction: float = 0.0,
        learning_rate: float | Schedule = 1e-3,
        seed: int | None = None,
    ):
        net = Autoencoding(*dense_layers(units, activation, output), tied=tied)
        Member.__init__(self, net, reconstructing(output, learning_rate, Contraction(contraction) if contraction else None), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        AutoencodingMember.check_rows(self, x, y)
        narrowest = min(getattr(layer, "units", x.shape[1]) for layer in self.net.encoder.layers)
        if not self.built and narrowest >= x.shape[1] and not self.contracts:
            what = f"the narrowest layer has {narrowest} units, and rows have {x.shape[1]} features"
            advice = "Give fewer units, a contraction, or use a denoising or a sparse autoencoder"
            warnings.warn(f"{what}: nothing keeps the network from handing rows through. {advice}.", OvercompleteWarning, stacklevel=2)

    @property
    def contracts(self) -> bool:
        """Whether a penalty keeps the code from following each small change of a row."""
        loss = self.learner.loss if isinstance(self.learner, Gradient) else None
        return isinstance(loss, Reconstruction) and loss.price_of_code is not None

    @staticmethod
    def example() -> "Figure":
        """Write scikit-learn's digits, 64 pixels, as 12 numbers, and read them again."""
        x = _digits()
        net = Autoencoder((64, 12), learning_rate=3e-3, seed=0)
        net.fit(x[:1500], epochs=60, verbose=0)
        errors = np.mean((net.reconstruct(x[1500:]) - x[1500:]) ** 2), x[1500:].var(axis=0).mean()
        print(f"64 pixels as 12 numbers: {1 - errors[0] / errors[1]:.0%} of the variance of digits it has not seen")
        return net.draw(x[1500:])


class DenoisingAutoencoder(AutoencodingMember):
    """An autoencoder that is given spoilt rows while it learns, and is asked for whole ones; in use nothing is spoilt.

    Its code may be longer than the rows.

    Args:
        units, activation, output, tied: as of `Autoencoder`.
        corruption: "masking" sets values to 0, "salt_and_pepper" to 0 or 1, "gaussian" adds noise.
        amount: the share of values that are spoilt, from 0 to 1; of Gaussian noise the standard deviation.
        learning_rate: of Adam, a number or a schedule.
        seed: of weights, order and noise.

    Example:
        >>> x = np.repeat([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], 16, axis=0)
        >>> net = DenoisingAutoencoder((8,), amount=0.3, learning_rate=0.03)
        >>> history = net.fit(x, batch_size=32, epochs=200, verbose=0)
        >>> net.reconstruct([[1, 0, 1, 0, 0, 0]]).round().tolist()  # one value is missing
        [[1.0, 1.0, 1.0, 0.0, 0.0, 0.0]]
    """

    card = Card(
        key="denoising_autoencoder",
        name="Denoising autoencoder",
        short="DAE",
        year=2008,
        authors="P. Vincent, H. Larochelle, Y. Bengio, P.-A. Manzagol",
        reference="Extracting and composing robust features with denoising autoencoders, ICML",
        cells=("noisy input", "hidden", "match input output"),
        rule="backpropagation of the difference between whole rows and reconstructions of spoilt ones",
        purpose="find features that survive noise, and take noise away",
        verbs=("transform", "reconstruct", "predict", "evaluate"),
    )

    def __init__(
        self,
        units: Sizes = (256,),
        activation: str | None = "sigmoid",
        output: str | None = "sigmoid",
        *,
        corruption: str = "masking",
        amount: float = 0.25,
        tied: bool = True,
        learning_rate: float | Schedule = 1e-3,
        seed: int | None = None,
    ):
        net = Autoencoding(*dense_layers(units, activation, output), corruption_named(corruption, amount), tied)
        Member.__init__(self, net, reconstructing(output, learning_rate), seed)

    @staticmethod
    def example() -> "Figure":
        """Learn scikit-learn's digits, then mend some of which a third of the pixels are missing."""
        x = _digits()
        net = DenoisingAutoencoder((144,), amount=0.3, learning_rate=5e-3, seed=0)
        net.fit(x[:1500], epochs=80, verbose=0)
        spoilt = np.where(np.random.default_rng(0).random((297, 64)) < 0.3, 0, x[1500:]).astype(np.float32)
        before, after = (np.mean((rows - x[1500:]) ** 2) for rows in (spoilt, net.reconstruct(spoilt)))
        print(f"mean squared error with 30 % of the pixels missing {before:.3f}, mended {after:.3f}")
        return net.draw(spoilt)


class SparseAutoencoder(AutoencodingMember):
    """An autoencoder with a long code of which few units are at work at a time.

    Args:
        units, output, tied: as of `Autoencoder`.
        sparsity: "kl" holds the mean activation of each unit, a sigmoid, at `target`; "l1" makes the sum of activations small.
        rate: of that penalty, beside the loss.
        target: the mean activation wanted, for "kl".
        learning_rate: of Adam, a number or a schedule.
        seed: of weights and order.

    Example:
        >>> x = np.random.default_rng(0).random((64, 6))
        >>> net = SparseAutoencoder((12,), target=0.1, rate=1.0, learning_rate=0.03)
        >>> history = net.fit(x, batch_size=64, epochs=300, verbose=0)
        >>> bool(np.abs(net.transform(x).mean(axis=0) - 0.1).max() < 0.05)
        True
    """

    card = Card(
        key="sparse_autoencoder",
        name="Sparse autoencoder",
        short="SAE",
        year=2007,
        authors="M. Ranzato, C. Poultney, S. Chopra, Y. LeCun; A. Ng 2011 (the KL penalty)",
        reference="Efficient learning of sparse representations with an energy-based model, NeurIPS 2006",
        cells=("input", "hidden", "match input output"),
        rule="backpropagation of the difference between rows and reconstructions, and of a price of activity",
        purpose="find many features of which each row has few",
        verbs=("transform", "reconstruct", "predict", "evaluate"),
    )

    def __init__(
        self,
        units: Sizes = (256,),
        output: str | None = "sigmoid",
        *,
        sparsity: str = "kl",
        rate: float = 1e-2,
        target: float = 0.05,
        tied: bool = False,
        learning_rate: float | Schedule = 1e-3,
        seed: int | None = None,
    ):
        if sparsity not in ("kl", "l1"):
            raise ArgumentError(f"there is no sparsity {sparsity!r}", remedy='sparsity is "kl" or "l1"')
        price = KLCode(rate, target) if sparsity == "kl" else L1Code(rate)
        net = Autoencoding(*dense_layers(units, "sigmoid" if sparsity == "kl" else "relu", output), tied=tied)
        Member.__init__(self, net, reconstructing(output, learning_rate, price), seed)

    @staticmethod
    def example() -> "Figure":
        """100 features of scikit-learn's digits, each at work in one of twenty pictures."""
        x = _digits()
        net = SparseAutoencoder((100,), rate=2e-2, target=0.05, learning_rate=5e-3, seed=0)
        net.fit(x[:1500], epochs=100, verbose=0)
        code = net.transform(x[1500:])
        print(f"a unit's mean activation is {code.mean():.3f}, wanted 0.05; {np.mean(code > 0.5) * 100:.1f} units are at work in a picture")
        return net.draw(x[1500:])


def _digits() -> np.ndarray:
    """scikit-learn's 1,797 digits of 8 × 8 pixels, from 0 to 1."""
    from sklearn.datasets import load_digits

    return np.asarray(load_digits(return_X_y=True)[0] / 16, np.float32)
