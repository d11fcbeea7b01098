"""Jump connections: every layer reads the inputs and all layers before it."""

from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.core.activations import Activate
from neuralzoo.core.composite import Chain
from neuralzoo.layers.combine import Parallel
from neuralzoo.layers.dense import Dense
from neuralzoo.zoo.backpropagating import Backpropagating, Rate
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.sizes import Sizes, sizes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class JumpNetwork(Backpropagating):
    """A feed-forward network with every connection that there can be without a circle: each layer feeds every later one.

    With one hidden layer of v, ŷ = g(w₀ · x + W · v): what is linear can go straight from the inputs, and leave the rest to the
    hidden units. Whole targets are classes, of which `predict` gives the probabilities; others are numbers.

    Args:
        hidden: units of each hidden layer.
        activation: of their units.
        rate: of Adam; or a schedule of it, or another optimizer.
        seed: of the weights and the order of rows.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(200, 2))
        >>> net = JumpNetwork((4,), "tanh", rate=0.02)
        >>> history = net.fit(x, 3 * x[:, 0] - x[:, 1], epochs=60, verbose=0)
        >>> net.wiring().shape  # from two inputs and four hidden units, to these four and the output
        (6, 5)

    Reference: S. Fahlman, C. Lebiere, "The cascade-correlation learning architecture", NeurIPS 1990, where a unit reads all before it;
    for convolutions G. Huang et al., "Densely connected convolutional networks", CVPR 2017.
    """

    card = Card(
        key="jump",
        name="Jump connections",
        short="",
        year=1990,
        authors="S. Fahlman, C. Lebiere",
        reference="The cascade-correlation learning architecture, NeurIPS 2",
        cells=("input", "hidden", "output"),
        rule="gradient descent, errors going back along every way there is",
        purpose="let inputs and early features reach the output past the layers between",
        verbs=("predict", "evaluate", "classify", "wiring"),
        goals=(
            Goal(
                "out = g(Σ w₀ₖ xₖ + Σ Wₖ vₖ) (the lectures): equal to 1e-6",
                "equal",
                "pytest tests/zoo/test_wiring.py",
            ),
        ),
    )

    def __init__(
        self,
        hidden: Sizes = (32, 32),
        activation: Activate = "relu",
        *,
        rate: Rate = 1e-3,
        seed: int | None = None,
    ):
        hidden = sizes_of(hidden, "hidden layers", "(32, 32)")
        layers = [Parallel((Chain(), Dense(units, activation))) for units in hidden]  # x, v₁, v₂, … beside each other
        Backpropagating.__init__(self, layers, rate, seed)

    def wiring(self) -> np.ndarray:
        """The weights from inputs and hidden units, a row each, to hidden units and outputs; NaN where nothing can run, backwards."""
        self.require_fitted("show its wiring")
        *hidden, last = self.net.layers
        kernels = [np.asarray(layer.layers[1].kernel) for layer in hidden] + [np.asarray(last.kernel)]
        whole = np.full((len(kernels[-1]), sum(kernel.shape[1] for kernel in kernels)), np.nan)
        column = 0
        for kernel in kernels:
            whole[: len(kernel), column : column + kernel.shape[1]] = kernel
            column += kernel.shape[1]
        return whole

    def draw(self) -> "Figure":
        """All weights, from what stands at the left to what stands above; and the loss by epoch."""
        from neuralzoo.inspect.wiring_plots import weights_and_loss

        whole = self.wiring()
        units = [layer.layers[1].units for layer in self.net.layers[:-1]]
        called = [f"hidden {i + 1}" for i in range(len(units))]
        groups = {"input": len(whole) - sum(units), **dict(zip(called, units, strict=True))}
        targets = {**dict(zip(called, units, strict=True)), "output": whole.shape[1] - sum(units)}
        return weights_and_loss(whole, groups, targets, self.history.history.get("loss", ()))

    @staticmethod
    def example() -> "Figure":
        """Find a line with a wave on it: six and four units, and every way from the inputs to the output."""
        x = np.random.default_rng(0).uniform(-2, 2, (500, 2))
        y = 2 * x[:, 0] - x[:, 1] + np.sin(3 * x[:, 0])
        net = JumpNetwork((6, 4), "tanh", rate=0.02, seed=0)
        net.fit(x[:400], y[:400], epochs=150, verbose=0)
        line = np.linalg.lstsq(x[:400], y[:400], rcond=None)[0]
        print(
            f"mean squared error of new rows {net.evaluate(x[400:], y[400:]):.4f}; by a line {np.mean((x[400:] @ line - y[400:]) ** 2):.2f}"
        )
        return net.draw()
