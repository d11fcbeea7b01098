"""Layers that declare, change or pass on shapes, and the activation as a layer of its own."""

import math
from typing import Any, Self

from jaxtyping import Array, Float, Shaped

from neuralzoo.core.activations import Activate, activation_named
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import keyword


class Input(Layer):
    """The shape of one example, declared at the front of a network: `(batch, *shape) -> (batch, *shape)`.

    Fields:
        shape: the shape of one example, without the batch axis.
        dtype: of its numbers; None for what the layer after it is made for: int32 before an `Embedding`, else float32.
        batch_shape: Keras's other way to say it, by name: (rows, *shape). The rows are not fixed by it: a stateful network
            takes the batch size of the first batch it sees.

    Example:
        >>> from neuralzoo.layers import Dense, Input
        >>> from neuralzoo.models import Sequential
        >>> Sequential([Input((4,)), Dense(2)]).count_params()
        10
    """

    shape: tuple[int, ...] = ()
    dtype: str | None = None
    batch_shape: tuple[int | None, ...] | None = keyword(default=None)

    def __post_init__(self) -> None:
        if self.batch_shape is None:
            return
        if self.shape or not self.batch_shape:
            raise ArgumentError(
                f"Input was given shape={self.shape} and batch_shape={self.batch_shape}",
                remedy="give the shape of one example, Input((28, 28, 1))",
            )
        self.__dict__["shape"] = tuple(self.batch_shape[1:])

    def build(self, x: Spec, key: Key) -> Self:
        if tuple(x.shape[1:]) != tuple(self.shape):
            raise ShapeError(
                f"the network expects examples of shape {self.shape} but was given {tuple(x.shape[1:])}",
                remedy="change Input's shape or reshape the data",
            )
        return self

    def __call__(self, x: Any) -> Any:
        return x


class Activation(Layer):
    """An activation function, element by element: `(*batch, …) -> (*batch, …)`.

    Example:
        >>> import jax.numpy as jnp
        >>> from neuralzoo.layers import Activation
        >>> Activation("relu")(jnp.array([-1.0, 2.0])).tolist()
        [0.0, 2.0]
    """

    activation: Activate

    def __call__(self, x: Shaped[Array, "*any"]) -> Shaped[Array, "*any"]:
        return activation_named(self.activation)(x)


class Flatten(Layer):
    """All axes but the first joined into one: `(batch, *shape) -> (batch, prod(shape))`."""

    def __call__(self, x: Shaped[Array, "*rows_and_shape"]) -> Shaped[Array, "rows features"]:
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))


class Reshape(Layer):
    """Each example in another shape: `(batch, *shape) -> (batch, *target_shape)`; one entry may be −1.

    Example:
        >>> import jax.numpy as jnp
        >>> from neuralzoo.layers import Reshape
        >>> Reshape((2, -1))(jnp.zeros((5, 6))).shape
        (5, 2, 3)
    """

    target_shape: tuple[int, ...]

    def __call__(self, x: Shaped[Array, "*shape"]) -> Shaped[Array, "*target"]:
        size, known = math.prod(x.shape[1:]), math.prod(n for n in self.target_shape if n != -1)
        fits = size % known == 0 if -1 in self.target_shape else size == known
        if not fits:
            raise ShapeError(
                f"an example of shape {x.shape[1:]} has {size} values and cannot take the shape {self.target_shape}",
                remedy="choose a target_shape with the same number of values",
            )
        return x.reshape(x.shape[0], *self.target_shape)


class Rescaling(Layer):
    """x · scale + offset, for example pixels 0…255 to 0…1 with `Rescaling(1 / 255)`: `(*batch, …) -> (*batch, …)`."""

    scale: float
    offset: float = 0.0

    def __call__(self, x: Shaped[Array, "*any"]) -> Float[Array, "*any"]:
        return x.astype("float32") * self.scale + self.offset
