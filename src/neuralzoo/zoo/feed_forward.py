"""Feed-forward networks: layers one after the other, each reading only the one before it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.activations import Activate
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.noise import Dropout
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.backpropagating import Backpropagating, Rate
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.rows import require_table
from neuralzoo.zoo.sizes import Sizes, sizes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 36  # units in a picture


class DenseNetwork(Backpropagating):
    """A chain of dense layers; the members differ in how many there are."""

    def __init__(self, hidden: Sizes, activation: Activate, dropout: float, rate: Rate, seed: int | None):
        layers: list[Any] = []
        for units in sizes_of(hidden, "hidden layers", "(64, 64)"):
            layers += [Dense(units, activation), *([Dropout(dropout)] if dropout else [])]
        Backpropagating.__init__(self, layers, rate, seed)

    def hidden(self, x: Any) -> list[np.ndarray]:
        """What the units of each hidden layer say to rows: `(rows, units)` for each layer."""
        require_table(x := as_array(x, "x"))
        seen = list(self.notes(x).values())
        return [note.output for note in seen[:-1] if note.kind == "Dense"]

    def draw(self, x: Any = None, y: Any = None) -> "Figure":
        """What the network has learned.

        With rows `x` of two features and their classes `y`: the plane as it decides, and as the units of each hidden layer see it.
        Else the weights of the first layer's units, as small pictures where the inputs are pixels, and the loss by epoch.
        """
        from neuralzoo.inspect.autoencoder_plots import filters_and_loss
        from neuralzoo.inspect.layered_plots import half_planes, through_the_layers

        self.require_fitted("draw")
        first = self.net.layers[0]
        if x is None or y is None or first.kernel.shape[0] != 2 or self.classes is None:
            return filters_and_loss(np.asarray(first.kernel).T[:SHOWN], self.history.history.get("loss", ()))
        rows = (as_array(x, "x"), as_array(y, "y"))
        if len(self.hidden(rows[0][:1])) > 1:
            return through_the_layers(*rows, self.classify, self.hidden)
        return half_planes(*rows, self.classify, np.asarray(first.kernel), np.asarray(first.bias), self.history.history.get("loss", ()))


class FeedForward(DenseNetwork):
    """One hidden layer between the inputs and the outputs: it can come as near to any continuous function as one likes, with units enough.

    Whole targets are classes, of which `predict` gives the probabilities; others are numbers.

    Args:
        units: of the hidden layer.
        activation: of its units.
        dropout: the share of them left out at each step of learning.
        rate: of Adam; or a schedule of it, or another optimizer.
        seed: of the weights and the order of rows.

    Example:
        >>> x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
        >>> net = FeedForward(16, "tanh", rate=0.05)
        >>> history = net.fit(x, np.array([0, 1, 1, 0]), epochs=200, verbose=0)
        >>> net.classify(x).tolist()
        [0, 1, 1, 0]
    """

    card = Card(
        key="feed_forward",
        name="Feed-forward network",
        short="FF",
        year=1986,
        authors="D. Rumelhart, G. Hinton, R. Williams",
        reference="Learning representations by back-propagating errors, Nature 323",
        cells=("input", "hidden", "output"),
        rule="gradient descent, errors going back through the layer",
        purpose="tell classes apart or predict numbers from a table of features",
        verbs=("predict", "evaluate", "classify", "hidden"),
        goals=(
            Goal(
                "MNIST, 784-800-10, cross-entropy, no distortions: 1.6 % error (Simard, Steinkraus, Platt 2003)",
                "1.60 % (ReLU, Adam, 20 epochs, seed 0)",
                "python examples/zoo_feed_forward.py",
            ),
        ),
    )

    def __init__(self, units: int = 64, activation: Activate = "relu", *, dropout: float = 0.0, rate: Rate = 1e-3, seed: int | None = None):
        DenseNetwork.__init__(self, (units,), activation, dropout, rate, seed)

    @staticmethod
    def example() -> "Figure":
        """Fence in one of two moons with eight straight lines, one for each hidden unit."""
        from sklearn.datasets import make_moons

        x, y = make_moons(400, noise=0.15, random_state=0)
        net = FeedForward(8, "tanh", rate=0.03, seed=0)
        net.fit(x[:300], y[:300], epochs=60, verbose=0)
        print(f"{np.mean(net.classify(x[300:]) == y[300:]):.0%} of 100 points it has not seen")
        return net.draw(x[:300], y[:300])


class DeepFeedForward(DenseNetwork):
    """Several hidden layers, each reading the one before it: the multilayer perceptron.

    Whole targets are classes, of which `predict` gives the probabilities; others are numbers.

    Args:
        hidden: units of each hidden layer.
        activation: of their units.
        dropout: the share of each layer's units left out at each step of learning.
        rate: of Adam; or a schedule of it, or another optimizer.
        seed: of the weights and the order of rows.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(100, 3))
        >>> net = DeepFeedForward((16, 8), rate=0.01)
        >>> history = net.fit(x, x[:, 0] * x[:, 1], epochs=100, verbose=0)
        >>> net.evaluate(x, x[:, 0] * x[:, 1]) < 0.05
        True
    """

    card = Card(
        key="deep_feed_forward",
        name="Deep feed-forward network",
        short="DFF",
        year=1965,
        authors="A. Ivakhnenko, V. Lapa; by backpropagation D. Rumelhart, G. Hinton, R. Williams 1986",
        reference="Cybernetic predicting devices, CCM Information Corporation",
        cells=("input", "hidden", "output"),
        rule="gradient descent, errors going back from layer to layer",
        purpose="tell classes apart or predict numbers by features made of features",
        verbs=("predict", "evaluate", "classify", "hidden"),
        goals=(
            Goal(
                "MNIST, 784-512-512-10, dropout 0.2, RMSprop, 20 epochs: 98.40 % (Keras's mnist_mlp.py)",
                "98.45 %, standard deviation 0.07 over 5 seeds",
                "python examples/mnist_mlp.py 20 SEED",
            ),
        ),
    )

    def __init__(
        self,
        hidden: Sizes = (64, 64),
        activation: Activate = "relu",
        *,
        dropout: float = 0.0,
        rate: Rate = 1e-3,
        seed: int | None = None,
    ):
        DenseNetwork.__init__(self, hidden, activation, dropout, rate, seed)

    @staticmethod
    def example() -> "Figure":
        """Untangle two spirals: lines in the first layer, bends in the second, the spirals in the third."""
        x, y = spirals(300)
        net = DeepFeedForward((12, 12, 8), "tanh", rate=0.02, seed=0)
        net.fit(x, y, batch_size=100, epochs=500, verbose=0)
        fresh, truth = spirals(300, seed=1)
        print(f"{np.mean(net.classify(fresh) == truth):.0%} of 300 points it has not seen")
        return net.draw(x, y)


def spirals(rows: int, turns: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points of two spirals in each other, `(rows, 2)` within about ±1, and which each belongs to.

    >>> [part.shape for part in spirals(10)]
    [(10, 2), (10,)]
    """
    draws, y = np.random.default_rng(seed), np.arange(rows) % 2
    along = np.sqrt(draws.uniform(0.02, 1, rows))
    angle = 2 * np.pi * turns * along + np.pi * y
    return (along * [np.cos(angle), np.sin(angle)]).T + draws.normal(size=(rows, 2)) * 0.02, y
