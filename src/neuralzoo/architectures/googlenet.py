"""GoogLeNet: 22 layers of inception modules, with a twelfth of AlexNet's parameters."""

from collections.abc import Sequence

from neuralzoo.architectures.making import choose, model_of, pick
from neuralzoo.core.layer import Layer
from neuralzoo.layers import Chain, Conv2D, Dense, Dropout, GlobalAveragePooling2D, LocalResponseNormalization, MaxPooling2D, Parallel
from neuralzoo.train.sequential import Sequential

MODULES = {  # filters of: 1 × 1; before the 3 × 3 and the 3 × 3; before the 5 × 5 and the 5 × 5; behind the pool (table 1)
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def inception(name: str, filters: Sequence[int], kind: str = "smart", initializer: str = "glorot_uniform") -> Parallel:
    """An inception module: windows of 1 × 1, 3 × 3, 5 × 5 and a pool side by side, their channels one after the other.

    Args:
        name: of the module.
        filters: six numbers: of the 1 × 1; before the 3 × 3, of the 3 × 3; before the 5 × 5, of the 5 × 5; behind the pool.
        kind: "naive" has only the three windows and the pool, which passes on every channel it gets: the channels grow from
            module to module without end. "smart" brings the channels down by 1 × 1 convolutions first, and behind the pool.

    Reference: C. Szegedy et al., "Going deeper with convolutions", CVPR 2015, figure 2.
    """
    pick("inception", kind, ("smart", "naive"))
    one, before3, three, before5, five, pooled = filters

    def conv(part: str, many: int, size: int) -> Layer:
        return Conv2D(many, size, padding="same", activation="relu", kernel_initializer=initializer, name=part)

    pool = MaxPooling2D(3, 1, "same", name="pool")
    if kind == "naive":
        return Parallel((conv("1x1", one, 1), conv("3x3", three, 3), conv("5x5", five, 5), pool), name=name)
    return Parallel(
        (
            conv("1x1", one, 1),
            Chain((conv("3x3_reduce", before3, 1), conv("3x3", three, 3)), name="branch_3x3"),
            Chain((conv("5x5_reduce", before5, 1), conv("5x5", five, 5)), name="branch_5x5"),
            Chain((pool, conv("pool_proj", pooled, 1)), name="branch_pool"),
        ),
        name=name,
    )


def googlenet(
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    edition: str = "full",
    inception: str = "smart",
    seed: int | None = None,
) -> Sequential:
    """GoogLeNet: nine inception modules and one dense layer; 6,998,552 parameters, without the two auxiliary outputs.

    Args:
        input_shape: of one image of any size, (224, 224, 3) by default.
        classes: number of outputs, 1000 by default.
        edition: "full"; or "small" for images about 32 × 32 with 10 classes: a quarter of the filters, and one convolution
            of 3 × 3 in place of the first three, so that the modules see 32 × 32, 16 × 16 and 8 × 8.
        inception: "smart" as published, or "naive", without the 1 × 1 convolutions that bring the channels down.
        seed: of the initial weights.

    Example:
        >>> from neuralzoo import architectures
        >>> [architectures.googlenet(inception=kind).count_params() for kind in ("smart", "naive")]
        [6998552, 97526008]

    Reference: C. Szegedy et al., "Going deeper with convolutions", CVPR 2015.
    """
    shape, classes = choose(edition, input_shape, classes)
    small = edition == "small"
    start = "he_normal" if small else "glorot_uniform"
    layers = _front(small)
    for name, filters in MODULES.items():
        if name in ("4a", "5a"):
            layers.append(MaxPooling2D(3, 2, "same", name=f"pool{int(name[0]) - 1}"))
        layers.append(_inception(f"inception_{name}", [n // 4 if small else n for n in filters], inception, start))
    layers += [GlobalAveragePooling2D(name="average"), Dropout(0.4, name="dropout"), Dense(classes, "softmax", name="output")]
    return model_of("googlenet" if inception == "smart" else "googlenet_naive", shape, layers, seed)


_inception = inception  # `googlenet` has an argument of that name


def _front(small: bool) -> list[Layer]:
    """What comes before the first module."""
    if small:
        return [Conv2D(48, 3, padding="same", activation="relu", kernel_initializer="he_normal", name="conv1")]
    return [
        Conv2D(64, 7, 2, "same", activation="relu", name="conv1"),
        MaxPooling2D(3, 2, "same", name="pool1"),
        LocalResponseNormalization(name="norm1"),
        Conv2D(64, 1, activation="relu", name="conv2_reduce"),
        Conv2D(192, 3, padding="same", activation="relu", name="conv2"),
        LocalResponseNormalization(name="norm2"),
        MaxPooling2D(3, 2, "same", name="pool2"),
    ]
