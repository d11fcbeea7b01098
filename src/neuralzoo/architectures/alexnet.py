"""AlexNet, the winner of ImageNet 2012."""

from collections.abc import Sequence

from neuralzoo.architectures.making import TINY, choose, model_of, pick
from neuralzoo.core.initializers import RandomNormal
from neuralzoo.core.layer import Layer
from neuralzoo.layers import Conv2D, Dense, Dropout, Flatten, LocalResponseNormalization, MaxPooling2D, ZeroPadding2D
from neuralzoo.train.sequential import Sequential

ONE, TWO = (64, 192, 384, 256, 256), (96, 256, 384, 384, 256)


def alexnet(
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    edition: str = "full",
    towers: int = 1,
    seed: int | None = None,
) -> Sequential:
    """AlexNet: five convolutions, three overlapping pools, three dense layers; 61,100,840 parameters in one tower.

    Args:
        input_shape: of one image: by default (224, 224, 3), with two towers (227, 227, 3).
        classes: number of outputs, 1000 by default.
        edition: "full"; or "small" for images about 32 × 32 with 10 classes: half the filters, a first convolution of 5 × 5
            that steps by 1, 512 units for 4096.
        towers: 1 is the later network of one tower, without response normalisation; 2 is the original of 2012 (60,965,224
            parameters), where convolutions 2, 4 and 5 see only their own half of the channels.
        seed: of the initial weights.

    Reference: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep convolutional neural networks", NeurIPS
    2012; A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks", arXiv:1404.5997, 2014 (one tower).
    """
    pick("towers", towers, (1, 2))
    shape, classes = choose(edition, input_shape, classes, ((224, 224, 3) if towers == 1 else (227, 227, 3), 1000), TINY)
    small = edition == "small"
    units = 512 if small else 4096
    layers = [
        *([ZeroPadding2D(2, name="padding")] if towers == 1 and not small else []),
        *_features(ONE if towers == 1 else TWO, towers, small),
        Flatten(name="flatten"),
        *_dense("fc6", units, small),
        *_dense("fc7", units, small),
        Dense(classes, "softmax", kernel_initializer=_start(small), name="fc8"),
    ]
    name = "alexnet_one_tower" if towers == 1 else "alexnet_two_towers"
    return model_of(name, shape, layers, seed, smallest=15 if small else 63 if towers == 1 else 67)


def _features(filters: tuple[int, ...], towers: int, small: bool) -> list[Layer]:
    """The convolutions and pools."""
    sizes = (5, 5, 3, 3, 3) if small else (11, 5, 3, 3, 3)
    layers: list[Layer] = []
    for i, (many, size) in enumerate(zip(filters, sizes, strict=True), 1):
        layers.append(
            Conv2D(
                many // 2 if small else many,
                size,
                4 if i == 1 and not small else 1,
                "same" if i > 1 or small else "valid",
                groups=towers if i in (2, 4, 5) else 1,
                activation="relu",
                kernel_initializer=_start(small),
                bias_initializer="ones" if towers == 2 and i in (2, 4, 5) else "zeros",
                name=f"conv{i}",
            )
        )
        if towers == 2 and i < 3:
            layers.append(LocalResponseNormalization(name=f"norm{i}"))
        if i in (1, 2, 5):
            layers.append(MaxPooling2D(3, 2, name=f"pool{i}"))
    return layers


def _dense(name: str, units: int, small: bool) -> list[Layer]:
    dense = Dense(units, "relu", kernel_initializer=_start(small), bias_initializer="zeros" if small else "ones", name=name)
    return [dense, Dropout(0.5, name=f"{name}_dropout")]


def _start(small: bool) -> str | RandomNormal:
    """The paper's narrow normal needs its 90 epochs to get going; the small edition starts as He et al. 2015 do."""
    return "he_normal" if small else RandomNormal(stddev=0.01)
