"""LeNet-5, the network that read cheques."""

from collections.abc import Sequence

from neuralzoo.architectures.making import choose, model_of, pick
from neuralzoo.core.activations import Activate
from neuralzoo.layers import AveragePooling2D, Conv2D, Dense, Flatten, ZeroPadding2D
from neuralzoo.layers.lenet import C3, CodeDistance, ScaledTanh, Subsampling2D, TableConv2D
from neuralzoo.train.sequential import Sequential

PAPER = ((32, 32, 1), 10)


def lenet5(
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    edition: str = "full",
    connections: str | None = None,
    subsampling: str | None = None,
    output: str | None = None,
    seed: int | None = None,
) -> Sequential:
    """LeNet-5: three convolutions, two subsamplings, two dense layers; 60,000 parameters to learn.

    Args:
        input_shape: (32, 32, channels); smaller images, such as MNIST's 28 × 28, are padded to 32 × 32 as in the paper.
        classes: number of outputs, 10 by default.
        edition: "full" is the paper's network; "small" the short form that is common today: every connection, averages, tanh
            and softmax, 61,706 parameters.
        connections: "table" (C3 sees the maps of S2 by the paper's table I, 1,516 parameters) or "full" (2,416); None takes
            the edition's, here and below.
        subsampling: "learned" (a coefficient and a bias for each map) or "average".
        output: "distance", to fixed pictures of the digits, as in the paper; or "softmax", a dense layer.
        seed: of the initial weights.

    Example (840 of the numbers are the pictures):
        >>> from neuralzoo import architectures
        >>> architectures.lenet5().count_params(), architectures.lenet5(edition="small").count_params()
        (60840, 61706)

    Reference: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", 1998.
    """
    shape, classes = choose(edition, input_shape, classes, PAPER, PAPER)
    paper = edition == "full"
    squash, start = (ScaledTanh(), "lecun_uniform") if paper else ("tanh", "glorot_uniform")
    connections = connections or ("table" if paper else "full")
    subsampling = subsampling or ("learned" if paper else "average")
    output = output or ("distance" if paper else "softmax")
    pick("connections", connections, ("table", "full"))
    pick("subsampling", subsampling, ("learned", "average"))
    pick("output", output, ("distance", "softmax"))
    gaps = [max(0, 32 - n) for n in shape[:2]]
    pads = tuple((gap // 2, gap - gap // 2) for gap in gaps)
    layers = [
        *([ZeroPadding2D(pads, name="padding")] if any(gaps) else []),
        _conv("C1", 6, squash, start),
        Subsampling2D(2, squash, name="S2") if subsampling == "learned" else AveragePooling2D(2, name="S2"),
        TableConv2D(C3, 5, squash, start, name="C3") if connections == "table" else _conv("C3", 16, squash, start),
        Subsampling2D(2, squash, name="S4") if subsampling == "learned" else AveragePooling2D(2, name="S4"),
        _conv("C5", 120, squash, start),
        Flatten(name="flatten"),
        Dense(84, squash, kernel_initializer=start, name="F6"),
        CodeDistance(classes, name="output") if output == "distance" else Dense(classes, "softmax", name="output"),
    ]
    return model_of("lenet5", shape, layers, seed)


def _conv(name: str, filters: int, squash: Activate, start: str) -> Conv2D:
    return Conv2D(filters, 5, activation=squash, kernel_initializer=start, name=name)
