"""The small convolutional network of the lectures."""

from collections.abc import Sequence

from neuralzoo.architectures.making import choose, model_of
from neuralzoo.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from neuralzoo.train.sequential import Sequential

PAPER = ((28, 28, 1), 10)


def mnist_cnn(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """The Keras example for MNIST: two convolutions, a maximum over 2 × 2, two dense layers; 1,199,882 parameters.

    Args:
        input_shape: of one image, (28, 28, 1) by default; at least 6 × 6.
        classes: number of outputs, 10 by default.
        edition: "full", or "small" with a quarter of the filters and units.
        seed: of the initial weights.

    Example:
        >>> from neuralzoo import architectures
        >>> architectures.mnist_cnn().count_params()
        1199882

    Reference: F. Chollet, "Keras", 2015 (the example mnist_cnn, which reports 99.25 % on the test images after 12 epochs).
    """
    shape, classes = choose(edition, input_shape, classes, PAPER, PAPER)
    share = 1 if edition == "full" else 4
    layers = [
        Conv2D(32 // share, 3, activation="relu", name="conv1"),
        Conv2D(64 // share, 3, activation="relu", name="conv2"),
        MaxPooling2D(2, name="pool"),
        Dropout(0.25, name="dropout1"),
        Flatten(name="flatten"),
        Dense(128 // share, "relu", name="dense"),
        Dropout(0.5, name="dropout2"),
        Dense(classes, "softmax", name="output"),
    ]
    return model_of("mnist_cnn", shape, layers, seed, smallest=6)
