"""What layers over space share: the number of axes, a setting for each axis, and the window that slides along them."""

import operator
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from neuralzoo.core.errors import ArgumentError, ShapeError, nearest
from neuralzoo.core.layer import Layer
from neuralzoo.kernels.convolution import Pairs

PerAxis = int | Sequence[int]  # one number for all axes of space, or one for each
Padding = str | int | Sequence[Any]  # a name, a number for all sides, a number for each axis, or (before, after) for each axis
AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}


class Spatial(Layer):
    """A layer over sequences, images or volumes, `(batch, *space, channels)`; a subclass says how many axes of space there are."""

    dimensions: ClassVar[int] = 2

    def per_axis(self, field: str, least: int = 1) -> tuple[int, ...]:
        """The setting `field` as one whole number for each axis of space."""
        value = getattr(self, field)
        try:
            numbers = tuple(map(operator.index, value)) if isinstance(value, Sequence) else (operator.index(value),) * self.dimensions
        except TypeError:
            numbers = ()
        if len(numbers) != self.dimensions or min(numbers) < least:
            each = f", or a tuple of {self.dimensions} of them" if self.dimensions > 1 else ""
            raise ArgumentError(f"{self.named(field)} is not possible", remedy=f"give a whole number, {least} or more{each}")
        return numbers

    def per_side(self, field: str) -> Pairs:
        """The setting `field` as the numbers of cells (before, after) for each axis of space."""
        value, n = getattr(self, field), self.dimensions
        try:
            items = tuple(value) if isinstance(value, Sequence) else (value,) * n
            if n == 1 and len(items) == 2 and not isinstance(items[0], Sequence):
                items = (items,)
            sides = [tuple(item) if isinstance(item, Sequence) else (item, item) for item in items]
            pairs = tuple((operator.index(low), operator.index(high)) for low, high in sides)
        except (TypeError, ValueError):
            pairs = ()
        if len(pairs) != n or min(map(min, pairs)) < 0:
            example = str(((1, 2),) * n) if n > 1 else "(1, 2)"
            raise ArgumentError(
                f"{self.named(field)} is not possible",
                remedy=f"give a whole number, 0 or more, or the numbers (before, after) for each axis of space, such as {example}",
            )
        return pairs

    def named(self, field: str) -> str:
        """The layer with one of its settings, for messages."""
        return f"{type(self).__name__}({field}={getattr(self, field)!r})"

    def check_data_format(self, data_format: str | None) -> None:
        """Refuse images with their channels in front."""
        if data_format in (None, "channels_last"):
            return
        order = tuple(range(2, self.dimensions + 2))
        raise ArgumentError(
            f"{type(self).__name__}(data_format={data_format!r}): here the channels are the last axis of an image",
            remedy=f"leave data_format out, and put Permute({(*order, 1)}) in front if the data have their channels first",
        )


class Window(NamedTuple):
    """What slides over space.

    Fields:
        owner: the layer, for messages.
        size, strides, dilation: a number for each axis of space.
        padding: "valid", "same" or "causal", or the numbers of cells (before, after) for each axis.
    """

    owner: str
    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: str | Pairs

    @property
    def span(self) -> tuple[int, ...]:
        """How many cells the window covers along each axis, the gaps of a dilated one included."""
        return tuple((taps - 1) * gap + 1 for taps, gap in zip(self.size, self.dilation, strict=True))

    def pads(self, space: tuple[int, ...]) -> Pairs:
        """The cells to add before and after each axis of an image of size `space`; refuses an image smaller than the window."""
        if not isinstance(self.padding, str):
            pads = self.padding
        elif self.padding == "same":
            pads = tuple(map(_same, space, self.span, self.strides))
        else:
            pads = tuple((span - 1 if self.padding == "causal" else 0, 0) for span in self.span)
        if any(cells + low + high < span or cells < 1 for cells, (low, high), span in zip(space, pads, self.span, strict=True)):
            around = f", with {_shown([low + high for low, high in pads])} cells of padding" if any(map(any, pads)) else ""
            raise ShapeError(
                f"the window of {self.owner} covers {_shown(self.span)} cells, which do not fit into {_shown(space)} cells{around}",
                remedy='make the window smaller, use padding="same", or let fewer layers before it shrink the images',
            )
        return pads


def window_of(layer: Spatial, size: str, dilation: str | None = None, paddings: Sequence[str] = ("valid", "same")) -> Window:
    """The window that a layer's settings stand for; raises `ArgumentError` where they stand for none.

    Args:
        layer: has the settings `strides` and `padding`; strides of None are the window's size.
        size, dilation: the names of the settings with the window's size and its dilation.
        paddings: the names that its padding may have.
    """
    sizes, padding = layer.per_axis(size), getattr(layer, "padding")  # noqa: B009 (not every Spatial has it)
    if isinstance(padding, str):
        padding = padding.lower()
        if padding not in paddings:
            raise ArgumentError(f"{layer.named('padding')} is unknown", remedy=f"{nearest(padding, paddings)} Numbers of cells work too.")
    else:
        padding = layer.per_side("padding")
    return Window(
        type(layer).__name__,
        sizes,
        sizes if getattr(layer, "strides") is None else layer.per_axis("strides"),  # noqa: B009
        layer.per_axis(dilation) if dilation else (1,) * layer.dimensions,
        padding,
    )


def check_images(layer: Layer, dimensions: int, x: Any) -> None:
    """Refuse an input that is not `(batch, *space, channels)`."""
    shape = tuple(x.shape)
    if len(shape) == dimensions + 2:
        return
    axes = (*AXES[dimensions], "channels")
    if len(shape) > dimensions + 2:
        remedy = f"join or drop axes: x.reshape((-1, {', '.join(axes)}))"
    elif len(shape) == dimensions + 1:
        remedy = f"put Reshape({_tuple((*shape[1:], 1))}) in front, or add the axis of channels: x[..., None]"
    else:
        image = _square(shape[1], dimensions) if len(shape) == 2 else None
        remedy = f"put Reshape({_tuple(image or axes)}) in front or reshape x"
    raise ShapeError(f"{type(layer).__name__} needs {_tuple(('batch', *axes))}, but its input has shape {shape}", remedy=remedy)


def check_channels(layer: Layer, channels: int, x: Any) -> None:
    """Refuse images with another number of channels than the layer was built for."""
    if x.shape[-1] != channels:
        raise ShapeError(
            f"{type(layer).__name__} was built for {channels} channels but was given {x.shape[-1]} (input shape {tuple(x.shape)})",
            remedy=f"give it images with {channels} channels, or build a new network for {x.shape[-1]}",
        )


def _same(cells: int, span: int, stride: int) -> tuple[int, int]:
    """Padding for ⌈cells / stride⌉ outputs; an odd cell goes to the end."""
    total = max((-(-cells // stride) - 1) * stride + span - cells, 0)
    return total // 2, total - total // 2


def _square(features: int, dimensions: int) -> tuple[int, ...] | None:
    """The square image, grey or coloured, that has so many values."""
    for channels in (1, 3):
        side = round((features / channels) ** (1 / dimensions))
        if dimensions > 1 and side**dimensions * channels == features:
            return (*(side,) * dimensions, channels)
    return (features, 1) if dimensions == 1 else None


def _tuple(items: Sequence[Any]) -> str:
    return f"({', '.join(map(str, items))})"


def _shown(numbers: Sequence[int]) -> str:
    return " × ".join(map(str, numbers))
