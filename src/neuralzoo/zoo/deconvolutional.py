"""Deconvolutional networks: a convolutional network, and the way back from what it found to the pixels it found it in."""

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Layer
from neuralzoo.inspect.projection import activations, project
from neuralzoo.layers.conv import Conv2D
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.pool import MaxPooling2D
from neuralzoo.layers.shape import Flatten
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.backpropagating import classifying
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.sizes import Sizes, sizes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class DeconvolutionalNetwork(Member):
    """A classifier of images by convolution and max pooling, whose units show what they see: `project` leads them back to pixels.

    The way back undoes pooling by its switches, rectifies, and convolves with the transposed filters. For a network of another
    make, any plain chain of layers, there is `neuralzoo.inspect.projection.project`.

    Args:
        filters: of each convolution; max pooling over 2 × 2 follows each.
        kernel_size: of all of them.
        learning_rate: of Adam.
        seed: of weights and order.

    Example:
        >>> import numpy as np
        >>> draws = np.random.default_rng(0)
        >>> x, y = draws.random((64, 8, 8, 1)), np.arange(64) % 2
        >>> x[y == 1, :, 2:4] += 1  # an upright bar
        >>> net = DeconvolutionalNetwork((4,), learning_rate=0.01)
        >>> history = net.fit(x, y, epochs=10, verbose=0)
        >>> net.project(x[:3], 0, 1).shape, net.strongest(x, 0, 1, 5).shape
        ((3, 8, 8, 1), (5,))
    """

    card: ClassVar[Card] = Card(
        key="deconvolutional",
        name="Deconvolutional network",
        short="DN",
        year=2010,
        authors="M. Zeiler, D. Krishnan, G. Taylor, R. Fergus",
        reference="Deconvolutional networks, CVPR 2010; as a way back: M. Zeiler, R. Fergus, Visualizing and understanding "
        "convolutional networks, ECCV 2014",
        cells=("kernel", "convolution or pool", "output"),
        rule="gradient descent; the way back has the same filters, transposed, and learns nothing of its own",
        purpose="see what the units of a convolutional network look for",
        verbs=("project", "activations", "strongest", "predict", "evaluate"),
        goals=(
            Goal(
                "⟨conv x, y⟩ = ⟨x, convᵀ y⟩ to 1e-5; sizes by their law",
                "held for 1, 2 and 3 dimensions, strides, dilations, paddings; back and forth through a whole network too",
                "pytest tests/layers/test_conv_transposed.py tests/zoo/test_deconvolutional.py",
            ),
        ),
    )
    usual_epochs = 10
    net: Chain

    def __init__(self, filters: Sizes = (16, 32), kernel_size: int = 3, *, learning_rate: float = 1e-3, seed: int | None = None):
        filters = sizes_of(filters, "convolutions", "filters=(16, 32)")
        layers: list[Layer] = []
        for some in filters:
            layers += [Conv2D(some, kernel_size, padding="same", activation="relu"), MaxPooling2D(2)]
        Member.__init__(self, Chain((*layers, Flatten(), Dense(1, activation="softmax"))), classifying(learning_rate), seed)

    @property
    def convolutions(self) -> list[int]:
        """The places of the convolutions among the layers."""
        return [i for i, layer in enumerate(self.net.layers) if isinstance(layer, Conv2D)]

    def check_rows(self, x: Any, y: Any) -> None:
        if isinstance(x, dict | tuple) or x.ndim != 4:
            shape = getattr(x, "shape", type(x).__name__)
            raise DataError(f"x is {shape}, not images", remedy="give (rows, height, width, channels): x.reshape(-1, 8, 8, 1), say")
        least = 2 ** len(self.convolutions)
        if min(x.shape[1:3]) < least:
            what = f"images of {x.shape[1]} × {x.shape[2]} cannot be halved {len(self.convolutions)} times"
            raise DataError(what, remedy=f"give images of {least} × {least} at least, or fewer filters")
        if y is None or y.dtype.kind not in "iu" or y.min() < 0:
            raise DataError("the network learns classes, but y holds no whole numbers from 0 on", remedy="number the classes 0, 1, …")

    def prepare(self, x: Any, y: Any) -> Layer:
        classes = max(2, int(y.max()) + 1)
        return self.net.set(layers=(*self.net.layers[:-1], Dense(classes, activation="softmax")))

    def activations(self, x: Any, layer: int) -> np.ndarray:
        """The greatest activation of each unit of convolution number `layer` (from 0) in each image: `(rows, units)`."""
        self.require_fitted("tell activations")
        return np.asarray(activations(self.net.layers, as_array(x, "x"), self._place(layer)).max(axis=(1, 2)))

    def strongest(self, x: Any, layer: int, unit: int, count: int = 9) -> np.ndarray:
        """The rows of the images that drive a unit most, the strongest first."""
        of_units = self.activations(x, layer)
        if not 0 <= unit < of_units.shape[1]:
            raise ArgumentError(f"there is no unit {unit}: convolution {layer} has {of_units.shape[1]}", remedy="count them from 0")
        return np.argsort(-of_units[:, unit], kind="stable")[:count]

    def project(self, x: Any, layer: int, unit: int) -> np.ndarray:
        """What of each image drove a unit of convolution number `layer` most, in pixels: `(rows, height, width, channels)`."""
        self.require_fitted("project")
        return np.asarray(project(self.net.layers, as_array(x, "x"), self._place(layer), unit))

    def _place(self, layer: int) -> int:
        if not -len(self.convolutions) <= layer < len(self.convolutions):
            what = f"there is no convolution {layer}: the network has {len(self.convolutions)}"
            raise ArgumentError(what, remedy="count the convolutions from 0")
        return self.convolutions[layer]

    def draw(self, x: Any = None, layer: int = -1, units: int = 8, shown: int = 4) -> "Figure":
        """For the units that answer most, the images `x` that drive them, and what of each they see; noise unless `x` is given."""
        from neuralzoo.inspect.projection_plots import seen

        self.require_fitted("draw")
        x = np.random.default_rng(self.seed).random((64, *self.input.shape[1:]), np.float32) if x is None else as_array(x, "x")
        chosen = np.argsort(-self.activations(x, layer).max(0), kind="stable")[:units]
        images = [x[self.strongest(x, layer, int(unit), shown)] for unit in chosen]
        return seen(
            images, [self.project(own, layer, int(u)) for own, u in zip(images, chosen, strict=True)], [f"unit {u}" for u in chosen]
        )

    @staticmethod
    def example() -> "Figure":
        """Learn scikit-learn's digits, and see what eight units of the second convolution look for."""
        from sklearn.datasets import load_digits

        x, y = load_digits(return_X_y=True)
        x = (np.asarray(x) / 16).reshape(-1, 8, 8, 1)
        net = DeconvolutionalNetwork((16, 32), learning_rate=3e-3, seed=0)
        net.fit(x[:1200], y[:1200], epochs=8, verbose=0)
        print(f"{np.mean(net.predict(x[1200:]).argmax(1) == y[1200:]):.1%} of {len(x) - 1200} digits it has not seen")
        return net.draw(x[1200:])
