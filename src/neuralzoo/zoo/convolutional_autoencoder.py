"""Convolutional autoencoders: pictures through a code, and back, by layers that look at a small window at a time."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import DataError
from neuralzoo.core.layer import Layer
from neuralzoo.layers.autoencoding import Autoencoding
from neuralzoo.layers.conv import Conv2D
from neuralzoo.layers.conv_transposed import Conv2DTranspose
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.shape import Flatten, Reshape
from neuralzoo.learn.schedules import Schedule
from neuralzoo.zoo.autoencoding import AutoencodingMember, corruption_named, reconstructing
from neuralzoo.zoo.card import Card
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import require_unit_interval
from neuralzoo.zoo.sizes import Sizes, sizes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KERNEL = 3


class ConvolutionalAutoencoder(AutoencodingMember):
    """Pictures `(rows, height, width, channels)` through convolutions of stride 2 to a code of `units` numbers, and back.

    Height and width are multiples of 2 for each layer of filters.

    Args:
        filters: of each convolution, from the picture up; transposed convolutions mirror them.
        units: numbers in the code.
        activation, output: of the layers between, and of the last: "sigmoid" for values 0 … 1, "linear" for any.
        corruption, amount: as of `DenoisingAutoencoder`; amount=0 spoils nothing.
        learning_rate: of Adam, a number or a schedule.
        seed: of weights, order and noise.

    Example:
        >>> x = np.random.default_rng(0).random((16, 8, 8, 1))
        >>> net = ConvolutionalAutoencoder((4, 8), 5)
        >>> history = net.fit(x, epochs=1, verbose=0)
        >>> net.transform(x).shape, net.reconstruct(x).shape
        ((16, 5), (16, 8, 8, 1))
    """

    card = Card(
        key="convolutional_autoencoder",
        name="Convolutional autoencoder",
        short="",
        year=2011,
        authors="J. Masci, U. Meier, D. Cireşan, J. Schmidhuber",
        reference="Stacked convolutional auto-encoders for hierarchical feature extraction, ICANN",
        cells=("input", "convolution or pool", "hidden", "match input output"),
        rule="backpropagation of the difference between pictures and their reconstructions",
        purpose="find a short code of pictures without labels",
        verbs=("transform", "reconstruct", "predict", "evaluate"),
    )
    usual_epochs = 10

    def __init__(
        self,
        filters: Sizes = (16, 32),
        units: int = 32,
        activation: str = "relu",
        output: str = "sigmoid",
        *,
        corruption: str = "masking",
        amount: float = 0.0,
        learning_rate: float | Schedule = 1e-3,
        seed: int | None = None,
    ):
        filters = sizes_of(filters, "convolutions", "filters=(16, 32)")
        up = [Conv2D(some, KERNEL, strides=2, padding="same", activation=activation) for some in filters]
        down = [Conv2DTranspose(some, KERNEL, strides=2, padding="same", activation=activation) for some in filters[-2::-1]]
        last = Conv2DTranspose(1, KERNEL, strides=2, padding="same", activation=output)
        decoder = Chain((Dense(1, activation), Reshape((-1,)), *down, last))
        net = Autoencoding(Chain((*up, Flatten(), Dense(units))), decoder, corruption_named(corruption, amount))
        Member.__init__(self, net, reconstructing(output, learning_rate), seed)

    @property
    def halvings(self) -> int:
        """How often height and width are halved on the way up."""
        return len(self.net.encoder.layers) - 2

    def check_rows(self, x: Any, y: Any) -> None:
        if getattr(x, "ndim", 0) != 4:
            what = f"pictures are (rows, height, width, channels), but x has shape {getattr(x, 'shape', None)}"
            raise DataError(what, remedy="grey pictures: x[..., None]")
        times = 2**self.halvings
        if x.shape[1] % times or x.shape[2] % times:
            what = f"pictures of {x.shape[1]} × {x.shape[2]} pixels cannot be halved {self.halvings} times"
            raise DataError(what, remedy=f"crop or pad them to multiples of {times}, or give fewer filters")
        if self.probabilities:
            require_unit_interval(x, "a decoder that ends in a sigmoid takes values", 'divide pixels by 255, or give output="linear"')

    def prepare(self, x: Any, y: Any) -> Layer:
        times, (_, height, width, channels) = 2**self.halvings, x.shape
        small = (height // times, width // times, self.net.encoder.layers[-3].filters)  # type: ignore[attr-defined]
        widen, _, *between, last = self.net.decoder.layers
        layers = (widen.set(units=int(np.prod(small))), Reshape(small), *between, last.set(filters=channels))
        return self.net.set(decoder=Chain(layers))

    @staticmethod
    def example() -> "Figure":
        """Write scikit-learn's digits, 8 × 8 pixels, as 12 numbers, and read them again."""
        from sklearn.datasets import load_digits

        x = np.asarray(load_digits(return_X_y=True)[0].reshape(-1, 8, 8, 1) / 16, np.float32)
        net = ConvolutionalAutoencoder((16, 32), 12, learning_rate=3e-3, seed=0)
        net.fit(x[:1500], epochs=20, verbose=0)
        error = np.mean((net.reconstruct(x[1500:]) - x[1500:]) ** 2) / x[1500:].var(axis=0).mean()
        print(f"64 pixels as 12 numbers: {1 - error:.0%} of the variance of digits it has not seen")
        return net.draw(x[1500:])
