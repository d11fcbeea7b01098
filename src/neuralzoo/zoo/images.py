"""What the convolutional networks of the zoo have in common: images in, probabilities of classes out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neuralzoo.core.errors import DataError
from neuralzoo.core.layer import Layer
from neuralzoo.train.batches import as_array
from neuralzoo.train.sequential import Sequential
from neuralzoo.zoo.backpropagating import Backpropagating, Rate, classifying
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import is_classes


class ImageClassifier(Backpropagating):
    """A network of `neuralzoo.architectures`, its last layer made for as many classes as the rows have."""

    usual_epochs = 10

    def __init__(self, network: Sequential, rate: Rate, seed: int | None):
        Member.__init__(self, network.net.set(layers=tuple(network.layers[1:])), classifying(rate), seed)  # the shape is the rows'

    def check_input(self, x: Any) -> None:
        if not isinstance(x, np.ndarray) or x.ndim != 4:
            found = f"an array of shape {x.shape}" if isinstance(x, np.ndarray) else f"a {type(x).__name__}"
            raise DataError(f"images are (rows, height, width, channels), but x is {found}", remedy="x.reshape(-1, 28, 28, 1), say")

    def check_rows(self, x: Any, y: Any) -> None:
        if not is_classes(y):
            raise DataError(f"images are sorted into classes, but y has the type {y.dtype}", remedy="number the classes 0, 1, …")
        Backpropagating.check_rows(self, x, y)

    def layers_for(self, x: Any, y: Any, outputs: int, activation: str) -> Sequence[Layer]:
        *layers, last = self.net.layers
        return (*layers, last.set(units=outputs))

    def one_image(self, x: Any) -> np.ndarray:
        """The first of images; one of noise where none is given."""
        self.require_fitted("draw")
        noise = np.random.default_rng(self.seed).random((1, *self.input.shape[1:]), np.float32)
        return noise if x is None else as_array(x, "x")[:1]


def digits(rows: int) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """scikit-learn's digits as images of 8 × 8, the first `rows` to learn from and the last 400 to ask for."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x, y = (np.asarray(x, np.float32) / 16).reshape(-1, 8, 8, 1), np.asarray(y)
    return (x[:rows], y[:rows]), (x[-400:], y[-400:])
