"""Residual networks for 32 × 32 images, 6n + 2 layers deep, and their plain twins."""

from collections.abc import Sequence

from neuralzoo.architectures.making import TINY, choose, conv_bn, model_of
from neuralzoo.architectures.resnet import basic, block
from neuralzoo.core.errors import ArgumentError
from neuralzoo.layers import Dense, GlobalAveragePooling2D
from neuralzoo.train.sequential import Sequential


def cifar_resnet(
    depth: int,
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    edition: str = "full",
    shortcuts: str | None = "identity",
    width: int = 16,
    seed: int | None = None,
) -> Sequential:
    """A residual network of `depth` = 6n + 2 layers: three stages of n blocks with 16, 32 and 64 channels.

    Args:
        depth: 8, 14, 20, 26, 32, …
        input_shape: of one image of any size, (32, 32, 3) by default.
        classes: number of outputs, 10 by default.
        edition: "full", or "small" with half the channels.
        shortcuts: "identity" as in the paper (no parameters), "projection" or "projections", see `resnet34`; None for none.
        width: channels of the first stage.
        seed: of the initial weights.

    Example:
        >>> cifar_resnet(20).count_params() - cifar_resnet(20, shortcuts=None).count_params()
        0

    Reference: K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", CVPR 2016, section 4.2.
    """
    if depth < 8 or depth % 6 != 2:
        raise ArgumentError(f"a network of {depth} layers is not 6n + 2 deep", remedy="take 8, 14, 20, 32, 44, 56 or 110")
    shape, classes = choose(edition, input_shape, classes, TINY, TINY)
    width = width // 2 if edition == "small" else width
    layers, channels = conv_bn("conv1", width, 3), width
    for stage in range(3):
        filters = width * 2**stage
        for i in range((depth - 2) // 6):
            name, strides = f"conv{stage + 2}_{i + 1}", 2 if stage and not i else 1
            layers += block(name, basic(name, filters, strides), channels, filters, strides, shortcuts)
            channels = filters
    layers += [GlobalAveragePooling2D(name="average"), Dense(classes, "softmax", name="output")]
    return model_of(f"{'resnet' if shortcuts else 'plain'}{depth}", shape, layers, seed)


def resnet20(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """ResNet-20 for CIFAR-10: nine blocks; 269,722 parameters to learn, 8.75 % error in the paper. See `cifar_resnet`."""
    return cifar_resnet(20, input_shape, classes, edition=edition, seed=seed)


def resnet32(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """ResNet-32 for CIFAR-10: 15 blocks; 464,154 parameters to learn. See `cifar_resnet`."""
    return cifar_resnet(32, input_shape, classes, edition=edition, seed=seed)


def resnet56(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """ResNet-56 for CIFAR-10: 27 blocks; 853,018 parameters to learn, 6.97 % error in the paper. See `cifar_resnet`."""
    return cifar_resnet(56, input_shape, classes, edition=edition, seed=seed)


def resnet110(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """ResNet-110 for CIFAR-10: 54 blocks; 1,727,962 parameters to learn. See `cifar_resnet`."""
    return cifar_resnet(110, input_shape, classes, edition=edition, seed=seed)


def plain20(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """`resnet20` without its shortcuts. See `cifar_resnet`."""
    return cifar_resnet(20, input_shape, classes, edition=edition, shortcuts=None, seed=seed)


def plain32(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """`resnet32` without its shortcuts. See `cifar_resnet`."""
    return cifar_resnet(32, input_shape, classes, edition=edition, shortcuts=None, seed=seed)


def plain56(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """`resnet56` without its shortcuts. See `cifar_resnet`."""
    return cifar_resnet(56, input_shape, classes, edition=edition, shortcuts=None, seed=seed)


def plain110(
    input_shape: Sequence[int] | None = None, classes: int | None = None, *, edition: str = "full", seed: int | None = None
) -> Sequential:
    """`resnet110` without its shortcuts, which does not learn at all. See `cifar_resnet`."""
    return cifar_resnet(110, input_shape, classes, edition=edition, shortcuts=None, seed=seed)
