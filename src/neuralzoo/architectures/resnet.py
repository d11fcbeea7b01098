"""Residual networks for large images, and the plain network of equal depth."""

from collections.abc import Sequence

from neuralzoo.architectures.making import choose, conv_bn, model_of, pick
from neuralzoo.core.layer import Layer
from neuralzoo.layers import Activation, Chain, Dense, GlobalAveragePooling2D, MaxPooling2D, PaddedIdentity, Residual
from neuralzoo.train.sequential import Sequential

BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}  # of each stage
SHORTCUTS = ("projection", "identity", "projections")


def resnet18(
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    edition: str = "full",
    shortcuts: str = "projection",
    width: int = 64,
    seed: int | None = None,
) -> Sequential:
    """ResNet-18: eight blocks of two convolutions; 11,689,512 parameters to learn. See `resnet34` for the arguments."""
    return _resnet(18, input_shape, classes, edition, shortcuts, width, seed)


def resnet34(
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    edition: str = "full",
    shortcuts: str = "projection",
    width: int = 64,
    seed: int | None = None,
) -> Sequential:
    """ResNet-34: sixteen blocks of two convolutions, each with a shortcut around it; 21,797,672 parameters to learn.

    Args:
        input_shape: of one image of any size, (224, 224, 3) by default.
        classes: number of outputs, 1000 by default.
        edition: "full"; or "small" for images about 32 × 32 with 10 classes: one convolution of 3 × 3 that steps by 1 in place
            of the first convolution and pool, which would leave a 32 × 32 image with 1 × 1 cells at the end.
        shortcuts: "projection" (1 × 1 convolutions where the shape changes, the paper's option B), "identity" (zeros for the
            new channels, option A, no parameters) or "projections" (1 × 1 convolutions everywhere, option C).
        width: channels of the first stage; each later one has twice as many.
        seed: of the initial weights.

    Example:
        >>> from neuralzoo import architectures
        >>> model = architectures.resnet34(classes=10, input_shape=(32, 32, 3), edition="small")
        >>> model.count_params()
        21299146

    Reference: K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", CVPR 2016.
    """
    return _resnet(34, input_shape, classes, edition, shortcuts, width, seed)


def resnet50(
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    edition: str = "full",
    shortcuts: str = "projection",
    width: int = 64,
    seed: int | None = None,
) -> Sequential:
    """ResNet-50: sixteen blocks of 1 × 1, 3 × 3, 1 × 1 convolutions; 25,557,032 parameters to learn. See `resnet34`."""
    return _resnet(50, input_shape, classes, edition, shortcuts, width, seed)


def resnet101(
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    edition: str = "full",
    shortcuts: str = "projection",
    width: int = 64,
    seed: int | None = None,
) -> Sequential:
    """ResNet-101: 33 blocks of 1 × 1, 3 × 3, 1 × 1 convolutions; 44,549,160 parameters to learn. See `resnet34`."""
    return _resnet(101, input_shape, classes, edition, shortcuts, width, seed)


def resnet152(
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    edition: str = "full",
    shortcuts: str = "projection",
    width: int = 64,
    seed: int | None = None,
) -> Sequential:
    """ResNet-152: 50 blocks of 1 × 1, 3 × 3, 1 × 1 convolutions; 60,192,808 parameters to learn. See `resnet34`."""
    return _resnet(152, input_shape, classes, edition, shortcuts, width, seed)


def plain34(
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    edition: str = "full",
    width: int = 64,
    seed: int | None = None,
) -> Sequential:
    """The plain network of 34 layers: `resnet34` without its shortcuts, which learns worse than one of 18. See `resnet34`."""
    return _resnet(34, input_shape, classes, edition, None, width, seed)


def plain18(
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    edition: str = "full",
    width: int = 64,
    seed: int | None = None,
) -> Sequential:
    """The plain network of 18 layers: `resnet18` without its shortcuts. See `resnet34`."""
    return _resnet(18, input_shape, classes, edition, None, width, seed)


def _resnet(
    depth: int,
    input_shape: Sequence[int] | None,
    classes: int | None,
    edition: str,
    shortcuts: str | None,
    width: int,
    seed: int | None,
) -> Sequential:
    shape, classes = choose(edition, input_shape, classes)
    deep = depth >= 50
    layers = conv_bn("conv1", width, 3 if edition == "small" else 7, 1 if edition == "small" else 2)
    if edition == "full":
        layers.append(MaxPooling2D(3, 2, "same", name="pool1"))
    channels = width
    for stage, many in enumerate(BLOCKS[depth]):
        filters = width * 2**stage
        for i in range(many):
            name, strides = f"conv{stage + 2}_{i + 1}", 2 if stage and not i else 1
            body = bottleneck(name, filters, strides) if deep else basic(name, filters, strides)
            layers += block(name, body, channels, filters * 4 if deep else filters, strides, shortcuts)
            channels = filters * 4 if deep else filters
    layers += [GlobalAveragePooling2D(name="average"), Dense(classes, "softmax", name="output")]
    return model_of(f"{'resnet' if shortcuts else 'plain'}{depth}", shape, layers, seed)


def basic(name: str, filters: int, strides: int) -> list[Layer]:
    """Two convolutions of 3 × 3."""
    return [*conv_bn(f"{name}a", filters, 3, strides), *conv_bn(f"{name}b", filters, 3, relu=False)]


def bottleneck(name: str, filters: int, strides: int) -> list[Layer]:
    """Convolutions of 1 × 1, 3 × 3 and 1 × 1; the first brings the channels down, and steps as in the paper."""
    return [
        *conv_bn(f"{name}a", filters, 1, strides),
        *conv_bn(f"{name}b", filters, 3),
        *conv_bn(f"{name}c", 4 * filters, 1, relu=False),
    ]


def block(name: str, body: list[Layer], channels: int, filters: int, strides: int, shortcuts: str | None) -> list[Layer]:
    """A body with a shortcut around it, and the relu behind their sum; `shortcuts=None` leaves the shortcut out."""
    relu = Activation("relu", name=f"{name}_relu")
    if shortcuts is None:
        return [*body, relu]
    pick("shortcuts", shortcuts, SHORTCUTS)
    shortcut: Layer | None = None
    if shortcuts == "identity" and (strides, channels) != (1, filters):
        shortcut = PaddedIdentity(filters, strides)
    elif shortcuts == "projections" or (shortcuts == "projection" and (strides, channels) != (1, filters)):
        shortcut = Chain(tuple(conv_bn(f"{name}p", filters, 1, strides, relu=False)))
    return [Residual(tuple(body), shortcut, name=name), relu]
