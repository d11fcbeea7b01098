"""The one way to write a layer."""

from typing import Any, ClassVar, Self

import jax

from neuralzoo.core.errors import ArgumentError, NeuralzooError, ShapeError
from neuralzoo.core.record import Record, keyword, part, walk

Key = jax.Array  # a PRNG key
Spec = Any  # a jax.ShapeDtypeStruct, or a pytree of them: the shape (*batch, …) and dtype of an input


class Layer(Record):
    """A function of arrays with its parameters: `layer(x)` is the network you deploy, `layer.forward` the one you train.

    Subclasses declare hyper-parameters and arrays as fields, fill the arrays in `build`, and compute in `__call__`.
    Only a layer that behaves differently while it trains, or that holds other layers, defines `forward`.

    Fields every layer has, by name only:
        name: a name for the summary, `get_layer` and saved files; None for one made from the class.
        trainable: False freezes the parameters.
        input_shape: the shape of one example, for the first layer of a network.
    """

    input_dtype: ClassVar[str] = "float32"  # what a layer at the front of a network is built for, where only a shape is declared

    name: str | None = keyword(default=None)
    trainable: bool = keyword(default=True)
    input_shape: tuple[int, ...] | None = keyword(default=None)

    def build(self, x: Spec, key: Key) -> Self:
        """A copy with its arrays filled in for an input like `x`."""
        return self

    def __call__(self, x: Any) -> Any:
        """The output for a batch `x`, as it is when the network is used."""
        raise NotImplementedError(f"{type(self).__name__} defines no __call__")

    def forward(self, x: Any, key: Key) -> tuple[Any, Self]:
        """The output for a batch `x` while training, and the layer with its running state advanced."""
        return self(x), self


class Identity(Layer):
    """Its input, unchanged: `(*batch, …) -> (*batch, …)`."""

    def __call__(self, x: Any) -> Any:
        return x


class Chain(Layer):
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

    def build(self, x: Spec, key: Key) -> Self:
        built = []
        for i, layer in enumerate(self.layers):
            with Located(self.layers, i, x):
                layer = layer.build(x, jax.random.fold_in(key, i))
                x = jax.eval_shape(layer, x)
            built.append(layer)
        return self.set(layers=tuple(built))

    def __call__(self, x: Any) -> Any:
        for i, layer in enumerate(self.layers):
            with Located(self.layers, i, x):
                x = layer(x)
        return x

    def forward(self, x: Any, key: Key) -> tuple[Any, Self]:
        after = []
        for i, layer in enumerate(self.layers):
            with Located(self.layers, i, x):
                x, layer = layer.forward(x, jax.random.fold_in(key, i))
            after.append(layer)
        return x, self.set(layers=tuple(after))


class Located:
    """A context that adds «layer 3 of 7, Dense(units=10)» and the input's shape to any error raised inside."""

    def __init__(self, layers: tuple[Any, ...], index: int, x: Any):
        self.layers, self.index, self.x = layers, index, x

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is None or not isinstance(error, TypeError | ValueError | NeuralzooError):
            return
        layer = self.layers[self.index]
        own = f"layer {self.index + 1} of {len(self.layers)}, {describe(layer)}"
        if isinstance(error, NeuralzooError):
            raise type(error)(error.what, where=f"{own} › {error.where}" if error.where else own, remedy=error.remedy)
        shapes = jax.tree.map(lambda a: getattr(a, "shape", a), self.x)
        raise ShapeError(f"the layer cannot work on an input of shape {shapes}: {error}", where=own) from error


def describe(layer: Any) -> str:
    """The layer as an error message shows it: its class, settings and name, without its parts."""
    settings = {k: v for k, v in layer.hyperparameters().items() if k not in ("name", "trainable") and v != getattr(type(layer), k, None)}
    shown = ", ".join(f"{k}={v!r}" for k, v in settings.items())
    return f"{type(layer).__name__}({shown})" + (f" named {layer.name!r}" if layer.name else "")


def check_forward(net: Layer) -> None:
    """Refuse a composite that would train silently wrong.

    A layer that holds others and leaves `forward` to the default calls its parts as deployed: a `Dropout` inside it
    would never drop, a `BatchNormalization` never learn its statistics.
    """
    for holder in walk(net):
        if not isinstance(holder, Layer) or type(holder).forward is not Layer.forward:
            continue
        inner = [r for r in walk(holder) if r is not holder and isinstance(r, Layer) and type(r).forward is not Layer.forward]
        special = [r for r in inner if not isinstance(r, Chain)]
        if special:
            raise ArgumentError(
                f"{type(holder).__name__} holds {describe(special[0])}, which behaves differently while training, "
                "but defines no forward of its own",
                remedy=f"define forward(self, x, key) in {type(holder).__name__} and call the parts' forward there",
            )
