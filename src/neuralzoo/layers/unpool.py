"""Max-unpooling: values go back to the places that their pooling chose."""

from typing import Any, Self

from jaxtyping import Array, Int, Shaped

from neuralzoo.core.composite import Chain, Composite, Visit
from neuralzoo.core.errors import ShapeError
from neuralzoo.core.layer import Layer
from neuralzoo.core.record import Built, Record, fixed, part
from neuralzoo.kernels.pooling import unpool
from neuralzoo.layers.window import Spatial, check_images


class Switches(Record):
    """Where the greatest number of each window was, as `MaxPooling2D(…, return_switches=True)` returns it beside the pooled images.

    Fields:
        space: the size of the images before they were pooled.
        places: for each window the row-major number of the cell in that space.
    """

    space: tuple[int, ...]
    places: Built[Int[Array, "batch *out_space channels"]] = fixed()


class First(Composite):
    """Layers for the first of several values, the others passed on: `(x, *rest) -> (layers(x), *rest)`.

    Between a pooling that returns its switches and the unpooling that takes them it holds the layers in between, so that
    encoders and decoders of any depth are written from the outside in.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers import Chain, Conv2D, First, MaxPooling2D, Unpooling2D
        >>> pool = MaxPooling2D(2, return_switches=True)
        >>> net = Chain([pool, First([Conv2D(3, 3, padding="same")]), Unpooling2D()])
        >>> x = jnp.ones((1, 9, 9, 3))
        >>> net.build(x, jax.random.key(0))(x).shape
        (1, 9, 9, 3)

    Reference: V. Badrinarayanan, A. Kendall, R. Cipolla, "SegNet", IEEE PAMI 39, 2017.
    """

    layers: tuple[Layer, ...] = part()

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        if not isinstance(x, tuple | list) or not x:
            raise ShapeError(f"First needs several values, but was given {x!r}", remedy="put a layer in front that returns a tuple")
        y, chain = Chain(self.layers).thread(x[0], visit)
        return (y, *x[1:]), self.set(layers=chain.layers)


class Unpooling(Spatial):
    """What the layers have in common that put pooled values back: each where its window's maximum was, and 0 elsewhere.

    Where windows overlap and chose the same cell, their values add up: unpooling is the adjoint of the pooling that chose.

    Reference: M. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014.
    """

    def __call__(self, x: Any) -> Shaped[Array, "batch *space channels"]:
        name = f"Unpooling{self.dimensions}D"
        if not (isinstance(x, tuple | list) and len(x) == 2 and isinstance(x[1], Switches)):
            shown = f"an input of shape {x.shape}" if isinstance(x, Array) else f"{x!r}"
            raise ShapeError(
                f"{name} needs the pair (values, switches), but was given {shown}",
                remedy=f"pool with MaxPooling{self.dimensions}D(…, return_switches=True), and put the layers in between into First([…])",
            )
        y, switches = x
        check_images(self, self.dimensions, y)
        if y.shape != switches.places.shape:
            raise ShapeError(
                f"{name} was given values of shape {y.shape} and switches of shape {switches.places.shape}",
                remedy="let the layers between pooling and unpooling keep the shape of the pooled images",
            )
        return unpool(y, switches.places, switches.space)


class Unpooling1D(Unpooling):
    """Values back to their places: `((batch, steps, channels), switches) -> (batch, old_steps, channels)`."""

    dimensions = 1


class Unpooling2D(Unpooling):
    """Values back to their places: `((batch, height, width, channels), switches) -> (batch, *old_space, channels)`.

    Example:
        >>> import jax.numpy as jnp
        >>> from neuralzoo.layers import MaxPooling2D, Unpooling2D
        >>> x = jnp.array([[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 8.0, 6.0]]).reshape(1, 2, 4, 1)
        >>> y, switches = MaxPooling2D(2, return_switches=True)(x)
        >>> Unpooling2D()((10 * y, switches))[0, ..., 0].tolist()
        [[0.0, 50.0, 0.0, 0.0], [0.0, 0.0, 80.0, 0.0]]

    Reference: M. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014.
    """

    dimensions = 2


class Unpooling3D(Unpooling):
    """Values back to their places: `((batch, *space, channels), switches) -> (batch, *old_space, channels)`."""

    dimensions = 3
