"""Inception networks: windows of several sizes side by side, so that none has to be chosen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo import architectures
from neuralzoo.core.errors import ArgumentError
from neuralzoo.layers import Conv2D, Dense, GlobalAveragePooling2D
from neuralzoo.train.sequential import Sequential
from neuralzoo.zoo.backpropagating import Rate
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.images import ImageClassifier, digits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODULES = ((8, 8, 12, 4, 8, 4), (12, 8, 16, 4, 8, 8))


class InceptionNetwork(ImageClassifier):
    """A classifier of images by a convolution and modules of 1 × 1, 3 × 3, 5 × 5 and a pool side by side, `architectures.inception`.

    `DeepConvolutionalNetwork("googlenet", "full")` is the network of nine modules that won ImageNet 2014.

    Args:
        modules: for each, filters of the 1 × 1; before the 3 × 3, of it; before the 5 × 5, of it; behind the pool.
        first: filters of the convolution before them.
        kind: "smart", with 1 × 1 convolutions that bring the channels down; or "naive", without.
        rate: of Adam; or a schedule of it, or another optimizer.
        seed: of weights and the order of rows.

    Example:
        >>> draws = np.random.default_rng(0)
        >>> x, y = draws.random((16, 8, 8, 1), np.float32), np.arange(16) % 2
        >>> net = InceptionNetwork(((2, 2, 3, 1, 2, 1),), first=4)
        >>> history = net.fit(x, y, epochs=1, verbose=0)
        >>> {name: maps.shape[-1] for name, maps in net.branches(x[:1]).items()}
        {'1 × 1': 2, '3 × 3': 3, '5 × 5': 2, 'pool': 1}
    """

    card = Card(
        key="inception",
        name="Inception network",
        short="",
        year=2015,
        authors="C. Szegedy, W. Liu, Y. Jia, P. Sermanet, S. Reed, D. Anguelov, D. Erhan, V. Vanhoucke, A. Rabinovich",
        reference="Going deeper with convolutions, CVPR",
        cells=("input", "kernel", "convolution or pool", "hidden", "output"),
        rule="gradient descent, errors going back through all windows at once",
        purpose="see details and wholes of an image at once, with few parameters",
        verbs=("predict", "evaluate", "classify", "branches"),
        goals=(
            Goal(
                "GoogLeNet: 6,998,552 parameters, a twelfth of AlexNet's; naive modules: 97,526,008",
                "the same",
                "pytest tests/architectures/test_counts.py",
            ),
        ),
    )

    def __init__(
        self,
        modules: Sequence[Sequence[int]] = MODULES,
        first: int = 16,
        kind: str = "smart",
        *,
        rate: Rate = 1e-3,
        seed: int | None = None,
    ):
        if not modules or any(len(one) != 6 or min(one) < 1 for one in modules):
            what = f"modules={modules!r} is not possible"
            raise ArgumentError(what, remedy="give six numbers for each module, such as ((8, 8, 12, 4, 8, 4),)")
        parts = [architectures.inception(f"module{i + 1}", one, kind, "he_normal") for i, one in enumerate(modules)]
        front = Conv2D(first, 3, padding="same", activation="relu", kernel_initializer="he_normal", name="first")
        network = Sequential([front, front, *parts, GlobalAveragePooling2D(name="average"), Dense(1, "softmax", name="output")])
        ImageClassifier.__init__(self, network, rate, seed)

    def branches(self, x: Any, module: int = 0) -> dict[str, np.ndarray]:
        """What each branch of a module, counted from 0, makes of images: `(rows, height, width, filters)`, by the size of its window."""
        self.check_input(x := np.asarray(x, np.float32))
        modules = [name for name in self.names() if name.startswith("module")]
        if not -len(modules) <= module < len(modules):
            raise ArgumentError(f"there is no module {module}: the network has {len(modules)}", remedy="count them from 0")
        notes, found = self.notes(x), {}
        for called, ends in (
            ("1 × 1", ("1x1",)),
            ("3 × 3", ("branch_3x3/3x3", "3x3")),
            ("5 × 5", ("branch_5x5/5x5", "5x5")),
            ("pool", ("branch_pool/pool_proj", "pool")),
        ):
            found[called] = next(notes[f"{modules[module]}/{end}"].output for end in ends if f"{modules[module]}/{end}" in notes)
        return found

    def draw(self, x: Any = None, module: int = 0) -> "Figure":
        """What the branches of a module find in the first image of `x`."""
        from neuralzoo.inspect.convolution_plots import branches

        row = self.one_image(x)
        return branches(row[0], {name: maps[0] for name, maps in self.branches(row, module).items()})

    @staticmethod
    def example() -> "Figure":
        """Learn scikit-learn's digits by two modules, and see what windows of each size find in a digit."""
        learned, (x, y) = digits(1000)
        net = InceptionNetwork(rate=0.01, seed=0)
        net.fit(*learned, epochs=5, batch_size=50, verbose=0)
        print(f"{np.mean(net.classify(x) == y):.1%} of 400 digits it has not seen, {net.count_params():,} parameters")
        return net.draw(x[3:])
