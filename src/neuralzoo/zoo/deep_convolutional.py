"""Deep convolutional networks: the same small windows all over an image, layer upon layer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo import architectures
from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import NotReadyError
from neuralzoo.core.layer import Layer
from neuralzoo.train.sequential import Sequential
from neuralzoo.zoo.backpropagating import Rate
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.images import ImageClassifier, digits

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Planned(Layer):
    """The place of a network of `neuralzoo.architectures` until the shape of the images is known."""

    architecture: str
    edition: str

    def __call__(self, x: Any) -> Any:
        raise NotReadyError(f"{self.architecture} does not know the shape of its images yet", remedy="call fit first")


class DeepConvolutionalNetwork(ImageClassifier):
    """A classifier of images by a network of `neuralzoo.architectures`, made for images and classes like those it meets first.

    Args:
        network: its name: "mnist_cnn" (the lectures'), "lenet5", "alexnet", "vgg16", "googlenet", "resnet18", …
        edition: "small" for images about 28 × 28 or 32 × 32, or "full".
        rate: of Adam; or a schedule of it, or another optimizer.
        seed: of weights, dropout and the order of rows.

    Example:
        >>> draws = np.random.default_rng(0)
        >>> x, y = draws.random((32, 8, 8, 1), np.float32), np.arange(32) % 2
        >>> net = DeepConvolutionalNetwork()
        >>> history = net.fit(x, y, epochs=1, verbose=0)
        >>> [maps.shape for maps in net.feature_maps(x[:1])]
        [(1, 6, 6, 8), (1, 4, 4, 16)]
    """

    card = Card(
        key="dcn",
        name="Deep convolutional network",
        short="DCN",
        year=1998,
        authors="Y. LeCun, L. Bottou, Y. Bengio, P. Haffner; K. Fukushima 1980",
        reference="Gradient-based learning applied to document recognition, Proceedings of the IEEE 86",
        cells=("input", "kernel", "convolution or pool", "hidden", "output"),
        rule="gradient descent, a filter's errors added up over all places",
        purpose="tell what an image shows, wherever it shows it",
        verbs=("predict", "evaluate", "classify", "feature_maps"),
        goals=(
            Goal(
                "MNIST, LeNet-5: 0.95 % error, 0.8 % with distorted images (LeCun et al. 1998)",
                "0.99 % (the paper's), 0.82 % (small edition, images moved while learning), seed 0",
                "python examples/lenet.py small",
            ),
            Goal(
                "MNIST, the lectures' network: 99.25 % after 12 epochs (Keras's mnist_cnn.py)",
                "99.16 %, seed 0",
                "python examples/mnist_cnn.py",
            ),
        ),
    )

    def __init__(self, network: str = "mnist_cnn", edition: str = "small", *, rate: Rate = 1e-3, seed: int | None = None):
        architectures.catalogue[network](edition=edition)  # raises for names that are none; makes no arrays
        ImageClassifier.__init__(self, _unnamed(Planned(network, edition)), rate, seed)

    def layers_for(self, x: Any, y: Any, outputs: int, activation: str) -> Sequence[Layer]:
        plan = self.net.layers[0]
        return architectures.catalogue[plan.architecture](x.shape[1:], outputs, edition=plan.edition).layers[1:]

    def feature_maps(self, x: Any) -> list[np.ndarray]:
        """What every convolution finds where in images: `(rows, height, width, filters)` each."""
        self.check_input(x := np.asarray(x, np.float32))
        return [note.output for note in self.notes(x).values() if "Conv" in note.kind]

    def draw(self, x: Any = None) -> "Figure":
        """The first convolution's filters, and what they and the last convolution's find in the first image of `x`."""
        from neuralzoo.inspect.convolution_plots import filters_and_maps

        row = self.one_image(x)
        first = next(layer for layer in self.net.layers if "Conv" in type(layer).__name__)
        maps = self.feature_maps(row)
        return filters_and_maps(row[0], np.asarray(first.kernel), maps[0][0], maps[-1][0])

    @staticmethod
    def example() -> "Figure":
        """Learn scikit-learn's digits by the lectures' network in small, and see one on its way through it."""
        learned, (x, y) = digits(1000)
        net = DeepConvolutionalNetwork(rate=5e-3, seed=0)
        net.fit(*learned, epochs=15, batch_size=50, verbose=0)
        print(f"{np.mean(net.classify(x) == y):.1%} of 400 digits it has not seen")
        return net.draw(x[3:])


def _unnamed(layer: Layer) -> Sequential:
    """A model of a layer behind the place of an input."""
    model = Sequential()
    model.net = Chain((Chain(()), layer))
    return model
