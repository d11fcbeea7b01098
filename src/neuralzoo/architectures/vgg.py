"""The networks of Oxford's Visual Geometry Group: 3 × 3 convolutions and nothing else, deep."""

from collections.abc import Sequence

from neuralzoo.architectures.making import choose, model_of
from neuralzoo.core.layer import Layer
from neuralzoo.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from neuralzoo.train.sequential import Sequential

DEPTHS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}  # convolutions in each block
FILTERS = (64, 128, 256, 512, 512)


def vgg11(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """VGG-11, configuration A: 8 convolutions and 3 dense layers; 132,863,336 parameters. See `vgg16`."""
    return _vgg(11, input_shape, classes, edition, seed)


def vgg13(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """VGG-13, configuration B: 10 convolutions and 3 dense layers; 133,047,848 parameters. See `vgg16`."""
    return _vgg(13, input_shape, classes, edition, seed)


def vgg16(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """VGG-16, configuration D: 13 convolutions in five blocks and 3 dense layers; 138,357,544 parameters.

    Args:
        input_shape: of one image, (224, 224, 3) by default; at least 32 × 32.
        classes: number of outputs, 1000 by default.
        edition: "full"; or "small" for images about 32 × 32 with 10 classes: a quarter of the filters, 128 units for 4096,
            and pools that keep a last odd row, so that 28 × 28 works too.
        seed: of the initial weights.

    Example (the arrays of a model of this size are made when they are first needed, and counting does not need them):
        >>> from neuralzoo import architectures
        >>> architectures.vgg16().count_params()
        138357544

    Reference: K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015.
    """
    return _vgg(16, input_shape, classes, edition, seed)


def vgg19(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """VGG-19, configuration E: 16 convolutions and 3 dense layers; 143,667,240 parameters. See `vgg16`."""
    return _vgg(19, input_shape, classes, edition, seed)


def _vgg(depth: int, input_shape: Sequence[int] | None, classes: int | None, edition: str, seed: int | None) -> Sequential:
    shape, classes = choose(edition, input_shape, classes)
    small = edition == "small"
    start = "he_normal" if small else "glorot_uniform"  # the paper's second choice, with which no stage needs training before
    layers: list[Layer] = []
    for block, (many, filters) in enumerate(zip(DEPTHS[depth], FILTERS, strict=True), 1):
        width = filters // 4 if small else filters
        for i in range(1, many + 1):
            name = f"block{block}_conv{i}"
            layers.append(Conv2D(width, 3, padding="same", activation="relu", kernel_initializer=start, name=name))
        layers.append(MaxPooling2D(2, 2, "same" if small else "valid", name=f"block{block}_pool"))
    layers.append(Flatten(name="flatten"))
    for name in ("fc1", "fc2"):
        layers += [Dense(128 if small else 4096, "relu", kernel_initializer=start, name=name), Dropout(0.5, name=f"{name}_dropout")]
    layers.append(Dense(classes, "softmax", name="predictions"))
    return model_of(f"vgg{depth}", shape, layers, seed, smallest=1 if small else 32)
