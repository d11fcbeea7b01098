"""What the pages of this room share: their arguments, and the model that they return."""

from collections.abc import Sequence
from typing import Any

import jax

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, NeuralzooError, ShapeError
from neuralzoo.core.layer import Layer
from neuralzoo.layers import Activation, BatchNormalization, Conv2D, Input
from neuralzoo.train.sequential import Sequential

Shape = tuple[int, int, int]
IMAGENET = ((224, 224, 3), 1000)
TINY = ((32, 32, 3), 10)


def choose(
    edition: str,
    input_shape: Sequence[int] | None,
    classes: int | None,
    full: tuple[Shape, int] = IMAGENET,
    small: tuple[Shape, int] = TINY,
) -> tuple[Shape, int]:
    """The input shape and the number of classes: the given ones, else those of the edition."""
    pick("edition", edition, ("full", "small"))
    shape, many = full if edition == "full" else small
    shape = shape if input_shape is None else tuple(input_shape)
    many = many if classes is None else classes
    if len(shape) != 3 or any(not isinstance(n, int) or n < 1 for n in shape):
        raise ArgumentError(f"input_shape={shape!r} is no shape of an image", remedy="give (height, width, channels), such as (32, 32, 3)")
    if not isinstance(many, int) or many < 1:
        raise ArgumentError(f"classes={many!r} is no number of classes", remedy="give a whole number above 0")
    return shape, many


def pick(what: str, given: Any, choices: Sequence[Any]) -> None:
    """Refuse what is none of the choices."""
    if given not in choices:
        raise ArgumentError(f"{what}={given!r} is unknown", remedy=f"{what} is one of {', '.join(map(repr, choices))}")


def model_of(name: str, input_shape: Shape, layers: Sequence[Layer], seed: int | None, smallest: int = 1) -> Sequential:
    """The layers as a model that makes its arrays when they are first needed.

    Args:
        smallest: the least height and width the layers can work on.
    """
    model = Sequential(name=name, seed=seed)
    model.net = Chain((Input(input_shape), *layers))
    if min(input_shape[:2]) < smallest:
        spec = jax.ShapeDtypeStruct((1, *input_shape), "float32")
        remedy = f"the smallest image for this network is {smallest} × {smallest}: enlarge yours, or take edition='small'"
        try:
            jax.eval_shape(lambda key: model.net.build(spec, key), jax.random.key(0))
        except NeuralzooError as error:
            what = f"images of {input_shape[0]} × {input_shape[1]} are too small for {name}: {error.what}"
            raise ShapeError(what, where=error.where, shapes=error.shapes, remedy=remedy) from error
    return model


def conv_bn(name: str, filters: int, kernel_size: int, strides: int = 1, relu: bool = True) -> list[Layer]:
    """A convolution without bias, batch normalisation and, unless it is left out, a relu; drawn as He et al. 2015 do.

    The normalisation's constants are the paper's (momentum 0.9), not those of `BatchNormalization`.
    """
    layers: list[Layer] = [
        Conv2D(filters, kernel_size, strides, "same", use_bias=False, kernel_initializer="he_normal", name=name),
        BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn"),
    ]
    return [*layers, Activation("relu", name=f"{name}_relu")] if relu else layers
