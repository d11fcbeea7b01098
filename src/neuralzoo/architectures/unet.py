"""U-Net: down to see what there is, up to say where."""

from collections.abc import Sequence

from neuralzoo.architectures.making import choose, model_of, pick
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Identity, Layer
from neuralzoo.layers import Chain, Conv2D, Conv2DTranspose, Cropping2D, Dropout, MaxPooling2D, Parallel
from neuralzoo.train.sequential import Sequential

PAPER, SMALL = ((572, 572, 1), 2), ((32, 32, 1), 2)


def unet(
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    edition: str = "full",
    padding: str | None = None,
    depth: int | None = None,
    width: int | None = None,
    seed: int | None = None,
) -> Sequential:
    """U-Net: a class for each pixel; 31,030,658 parameters.

    At each level two convolutions, a pool on the way down and a transposed convolution on the way up; what a level saw on the
    way down is put beside what comes up to it.

    Args:
        input_shape: of one image, (572, 572, 1) by default.
        classes: classes of a pixel, 2 by default.
        edition: "full"; or "small" for images about 32 × 32: two pools, 16 channels, nothing lost at the border.
        padding: "valid", as in the paper: each convolution takes a pixel off every side, and what is put beside is cropped
            (572 × 572 → 388 × 388); "same" keeps the size. None takes the edition's, here and below.
        depth: how often the image is halved, 4 in the paper.
        width: channels of the first level, 64 in the paper; each lower one has twice as many.
        seed: of the initial weights.

    Example:
        >>> from neuralzoo import architectures
        >>> model = architectures.unet(classes=3, input_shape=(28, 28, 1), edition="small")
        >>> model.count_params()
        116787

    Reference: O. Ronneberger, P. Fischer, T. Brox, "U-Net: convolutional networks for biomedical image segmentation", MICCAI 2015.
    """
    shape, classes = choose(edition, input_shape, classes, PAPER, SMALL)
    small = edition == "small"
    padding = padding or ("same" if small else "valid")
    pick("padding", padding, ("valid", "same"))
    depth = depth if depth is not None else 2 if small else 4
    width = width if width is not None else 16 if small else 64
    if depth < 1:
        raise ArgumentError(f"a U-Net with depth={depth} has no lower level", remedy="take a depth of 1 or more; the paper has 4")
    crops = _crops(shape, padding, depth)
    layers = [*_level(0, depth, width, padding, crops), Conv2D(classes, 1, activation="softmax", name="output")]
    return model_of("unet", shape, layers, seed)


def _level(level: int, depth: int, width: int, padding: str, crops: list[tuple[int, int]]) -> list[Layer]:
    """The layers of a level, the lower levels among them."""

    def conv(part: str) -> Layer:
        start = "he_normal"  # the paper's normal of variance 2 / N
        return Conv2D(width, 3, padding=padding, activation="relu", kernel_initializer=start, name=f"level{level}_{part}")

    down = [conv("down1"), conv("down2")]
    if level == depth:
        return [*down, Dropout(0.5, name="dropout")]
    below = [
        MaxPooling2D(2, name=f"level{level}_pool"),
        *_level(level + 1, depth, 2 * width, padding, crops),
        Conv2DTranspose(width, 2, 2, activation="relu", kernel_initializer="he_normal", name=f"level{level}_rise"),
    ]
    rows, columns = crops[level]
    skip = Cropping2D((rows, columns), name=f"level{level}_crop") if rows or columns else Identity(name=f"level{level}_skip")
    return [*down, Parallel((skip, Chain(tuple(below))), name=f"level{level}_beside"), conv("up1"), conv("up2")]


def _crops(shape: tuple[int, int, int], padding: str, depth: int) -> list[tuple[int, int]]:
    """How much of each level's image to cut off every side, by level; refuses sizes that do not halve."""
    sides = [_side(n, padding, depth) for n in shape[:2]]
    return [(rows, columns) for rows, columns in zip(*sides, strict=True)]


def _side(size: int, padding: str, depth: int) -> list[int]:
    """What to cut off one side's ends at each level."""
    down, up, wrong = _way(size, padding, depth)
    if wrong:
        good = [n for n in range(1, size + 2**depth * 20) if not _way(n, padding, depth)[2]]
        near = sorted(sorted(good, key=lambda n: abs(n - size))[:2])
        raise ShapeError(
            wrong,
            where=f"a U-Net with a side of {size} pixels, depth {depth} and padding {padding!r}",
            shapes=[str(n) for n in (size, *down, *up)],
            remedy=f"the nearest sides that work are {' and '.join(map(str, near))}, the smallest is {good[0]}; pad or crop the images",
        )
    return [(here - rise) // 2 for here, rise in zip(down, reversed(up), strict=False)]


def _way(size: int, padding: str, depth: int) -> tuple[list[int], list[int], str]:
    """A side after the convolutions of each level on the way down, as it comes up to each, and what goes wrong if anything does."""
    lost = 0 if padding == "same" else 4
    down, up = [size - lost], []
    for level in range(1, depth + 1):
        if down[-1] < 2 or down[-1] % 2:
            return down, up, f"level {level - 1} has images of {down[-1]} pixels, which do not halve"
        down.append(down[-1] // 2 - lost)
    side = down[-1]
    for _ in range(depth):
        if side < 1:
            break
        up.append(2 * side)
        side = 2 * side - lost
    if side < 1:
        return down, up, f"the convolutions of level {depth - len(up)} leave {side} pixels"
    return down, up, ""
