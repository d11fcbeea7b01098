"""Stacked autoencoders: layer after layer learns to reconstruct what those below make of the rows; then labels go on with them."""

from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.layers.autoencoding import Autoencoding
from neuralzoo.learn.reconstruction import GreedyReconstruction
from neuralzoo.learn.schedules import Schedule
from neuralzoo.zoo.autoencoding import AutoencodingMember, corruption_named, dense_layers, reconstructing
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.sizes import Sizes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class StackedAutoencoder(AutoencodingMember):
    """Denoising autoencoders on top of each other, learned one after the other without labels; `to_classifier` goes on with them.

    `fit` gives each layer `layer_epochs` epochs, in one call or in several: unless told, `epochs` is what all layers need. Each layer
    is given the codes of the one below, spoilt. `reconstruct` goes all the way up and down again.

    Args:
        units: of each layer, from the data up.
        activation, output, tied: as of `Autoencoder`.
        corruption, amount: as of `DenoisingAutoencoder`, at each layer; amount=0 spoils nothing.
        layer_epochs: for each layer.
        learning_rate: of Adam, a number or a schedule.
        seed: of weights, order and noise.

    Example:
        >>> x = np.repeat(np.eye(4), 8, axis=0)
        >>> stacked = StackedAutoencoder((6, 3), layer_epochs=2)
        >>> stacked.fit(x, verbose=0).history["layer"]
        [1.0, 1.0, 2.0, 2.0]
        >>> stacked.transform(x).shape, [layer.units for layer in stacked.to_classifier(10).layers]
        ((32, 3), [6, 3, 10])
    """

    card = Card(
        key="stacked_autoencoder",
        name="Stacked denoising autoencoder",
        short="",
        year=2010,
        authors="Y. Bengio, P. Lamblin, D. Popovici, H. Larochelle 2006; P. Vincent, H. Larochelle, I. Lajoie, Y. Bengio, P.-A. Manzagol",
        reference="Stacked denoising autoencoders, Journal of Machine Learning Research 11",
        cells=("noisy input", "hidden", "match input output"),
        rule="backpropagation of the difference between whole codes and reconstructions of spoilt ones, layer after layer",
        purpose="find features of features without labels, and begin a classifier with them",
        verbs=("transform", "reconstruct", "predict", "evaluate"),
        goals=(
            Goal(
                "a classifier that learns from 100 labelled digits of MNIST errs less with pre-training than without",
                "79.9 ± 1.2 % right with, 76.3 ± 1.5 % without, 77.4 ± 2.0 % without but with relu (mean ± sd of 5 seeds)",
                "python examples/zoo_stacked_autoencoder.py",
            ),
        ),
    )

    def __init__(
        self,
        units: Sizes = (500, 500, 500),
        activation: str | None = "sigmoid",
        output: str | None = "sigmoid",
        *,
        corruption: str = "masking",
        amount: float = 0.25,
        tied: bool = True,
        layer_epochs: int = 10,
        learning_rate: float | Schedule = 1e-3,
        seed: int | None = None,
    ):
        net = Autoencoding(*dense_layers(units, activation, output), corruption_named(corruption, amount), tied)
        binary = activation == output == "sigmoid"  # what is reconstructed is between 0 and 1 at each layer
        Member.__init__(self, net, GreedyReconstruction(reconstructing("sigmoid" if binary else None, learning_rate), layer_epochs), seed)

    @property
    def usual_epochs(self) -> int:  # type: ignore[override]
        """As many as all layers need."""
        assert isinstance(self.learner, GreedyReconstruction)
        return self.learner.epochs * len(self.net.encoder.layers)

    @staticmethod
    def example() -> "Figure":
        """Learn scikit-learn's digits without labels, then tell them apart by 50 labels; the same layers without that, for comparison."""
        from sklearn.datasets import load_digits

        x, y = load_digits(return_X_y=True)
        x = np.asarray(x / 16, np.float32)
        stacked = StackedAutoencoder((100, 100), layer_epochs=40, learning_rate=5e-3, seed=0)
        stacked.fit(x[:1300], verbose=0)
        fresh = StackedAutoencoder((100, 100), seed=0)
        fresh.meet(x[:1300], None)
        told = []
        for start in (stacked, fresh):
            classifier = start.to_classifier(10)
            classifier.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
            classifier.fit(x[:50], y[:50], epochs=200, verbose=0)
            told.append(classifier.evaluate(x[1300:], y[1300:], verbose=0)[1])
        print(f"digits told apart after 50 labels: {told[0]:.1%} with what was learned without labels, {told[1]:.1%} without")
        return stacked.draw(x[1300:])
