"""Layers made of layers: one method says how they are wired, and every way of going through them follows from it."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import jax

from neuralzoo.core.errors import ArgumentError, NeuralzooError, ShapeError
from neuralzoo.core.graphs import Graphs
from neuralzoo.core.layer import Key, Layer, Spec, describe
from neuralzoo.core.masked import Masked, remasked
from neuralzoo.core.record import part, walk

Call = Callable[[Any, Any, int], tuple[Any, Any]]  # (layer, input, its number among its siblings) -> (output, successor)


class Visit:
    """One way of going through a composite: what is done at each of its layers, and how their outputs are put together.

    Args:
        call: what is done at a layer.
        shapes: whether the inputs are shapes only.
    """

    def __init__(self, call: Call, shapes: bool = False):
        self.call, self.shapes = call, shapes

    def __call__(self, layers: Sequence[Layer], i: int, x: Any, before: Sequence[Any] = ()) -> tuple[Any, Any]:
        """The output of layer `i` of `layers` for the input `x`, and the layer's successor.

        `before` holds the inputs of the layers in front of it, for the message of an error.
        """
        layer = layers[i]
        with Located(layers, i, (*before, x)):
            if isinstance(x, Graphs) and not layer.graphs:
                y, after = self.call(layer, self.join(Graphs.dense, x), i)
                return x.carrying(y), after
            if isinstance(x, Masked) and not layer.masks:
                y, after = self.call(layer, x.values, i)
                return remasked(y, x.mask), after
            return self.call(layer, x, i)

    def join(self, function: Callable[..., Any], *xs: Any) -> Any:
        """`function(*xs)`, the shape of it where the visit deals in shapes."""
        return jax.eval_shape(function, *xs) if self.shapes else function(*xs)


def calling() -> Visit:
    """Use the layers as deployed."""
    return Visit(lambda layer, x, i: (layer(x), layer))


def training(key: Key) -> Visit:
    """Use the layers as while training; layer i draws from `fold_in(key, i)`."""
    return Visit(lambda layer, x, i: layer.forward(x, jax.random.fold_in(key, i)))


def advancing() -> Visit:
    """Use the layers as deployed, and move their memory on."""
    return Visit(lambda layer, x, i: layer.advance(x))


def building(key: Key) -> Visit:
    """Build the layers for inputs of known shapes; `fold_in`, so that appending a layer leaves the weights before it as they are."""

    def build(layer: Layer, x: Spec, i: int) -> tuple[Spec, Layer]:
        built = layer.build(x, jax.random.fold_in(key, i))
        return jax.eval_shape(built, x), built

    return Visit(build, shapes=True)


class Composite(Layer):
    """A layer made of layers. Subclasses define `thread`; building, calling, training and advancing follow from it."""

    masks: ClassVar[bool] = True
    graphs: ClassVar[bool] = True

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        """The output for `x` and the composite's successor, each layer used through `visit` and nothing else.

        What is done to arrays between the layers goes through `visit.join`, since they may be shapes only.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no thread")

    def build(self, x: Spec, key: Key) -> Self:
        return self.thread(x, building(key))[1]

    def __call__(self, x: Any) -> Any:
        return self.thread(x, calling())[0]

    def forward(self, x: Any, key: Key) -> tuple[Any, Self]:
        return self.thread(x, training(key))

    def advance(self, x: Any) -> tuple[Any, Self]:
        return self.thread(x, advancing())


class Chain(Composite):
    """Layers one after the other: the output of each is the input of the next.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers import Chain, Dense
        >>> net = Chain([Dense(3, activation="tanh"), Dense(1)])
        >>> net = net.build(jax.ShapeDtypeStruct((1, 2), jnp.float32), jax.random.key(0))
        >>> net(jnp.ones((5, 2))).shape
        (5, 1)
    """

    layers: tuple[Layer, ...] = part(default=())

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        inputs, after = [x], []
        for i in range(len(self.layers)):
            x = inputs[-1]
            if i and not visit.shapes:
                x = self.layers[i].following(x, self.layers[i - 1], inputs[-2])
            y, layer = visit(self.layers, i, x, inputs[:-1])
            inputs.append(y)
            after.append(layer)
        return inputs[-1], self.set(layers=tuple(after))


class Located:
    """A context that adds «layer 3 of 7, Dense(units=10)» and the shapes on the way there to any error raised inside.

    Args:
        layers: the layer that may fail and its siblings.
        index: which of them it is.
        inputs: of the layers in front of it, its own last.
    """

    def __init__(self, layers: Sequence[Any], index: int, inputs: Sequence[Any]):
        self.layers, self.index, self.inputs = layers, index, inputs

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is None or not isinstance(error, TypeError | ValueError | NeuralzooError):
            return
        layer = self.layers[self.index]
        own = f"layer {self.index + 1} of {len(self.layers)}, {describe(layer)}"
        shapes = [shapes_of(x) for x in self.inputs]
        first = self.index + 1 - len(shapes)  # layers[first] made the second of the shapes
        path = [str(shapes[0]), *(f"{type(self.layers[first + i]).__name__} {shape}" for i, shape in enumerate(shapes[1:]))]
        if isinstance(error, NeuralzooError):
            plain = isinstance(layer, Chain) and not layer.name  # a list of layers: nothing a reader would look for
            where = error.where if plain and error.where else " › ".join(filter(None, (own, error.where)))
            raise type(error)(error.what, where=where, shapes=(*path, *error.shapes[1:]), remedy=error.remedy)
        raise ShapeError(f"the layer cannot work on an input of shape {shapes[-1]}: {error}", where=own, shapes=path) from error


def shapes_of(x: Any) -> Any:
    """The shape of each array of a pytree; of sequences with a mask and of graphs, that of their values."""
    return jax.tree.map(lambda a: getattr(a, "shape", a), x, is_leaf=lambda v: isinstance(v, Masked | Graphs))


def check_forward(net: Layer) -> None:
    """Refuse a composite that would train silently wrong.

    A layer that holds others and leaves `forward` to the default calls its parts as deployed: a `Dropout` inside it
    would never drop, a `BatchNormalization` never learn its statistics.
    """
    for holder in walk(net):
        if not isinstance(holder, Layer) or type(holder).forward is not Layer.forward:
            continue
        inner = [r for r in walk(holder) if r is not holder and isinstance(r, Layer)]
        special = [r for r in inner if type(r).forward not in (Layer.forward, Composite.forward)]
        if special:
            raise ArgumentError(
                f"{type(holder).__name__} holds {describe(special[0])}, which behaves differently while training, "
                "but defines no forward of its own",
                remedy=f"define forward(self, x, key) in {type(holder).__name__} and call the parts' forward there",
            )
