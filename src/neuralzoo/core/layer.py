"""The one way to write a layer."""

from typing import Any, ClassVar, Self

import jax

from neuralzoo.core.record import Record, keyword

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
    masks: ClassVar[bool] = False  # whether the layer takes a `Masked` batch as it is
    graphs: ClassVar[bool] = False  # whether it takes `Graphs` as they are, rather than the features of their nodes

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

    def advance(self, x: Any) -> tuple[Any, Self]:
        """The output for a batch `x` as in a call, and the layer with its memory of the stream moved on past `x`.

        Only layers that remember from one call to the next (`LSTM(…, stateful=True)`) and those that hold layers define it.
        """
        return self(x), self

    def workings(self, x: Any) -> dict[str, Any]:
        """What the layer computes on the way to its output for `x`, as arrays by name, for those who look; nothing unless told."""
        return {}

    def following(self, x: Any, layer: "Layer", before: Any) -> Any:
        """The input `x` as this layer takes it, where a chain has had it made of `before` by `layer`; it may hold more than `x`."""
        return x


class Identity(Layer):
    """Its input, unchanged: `(*batch, …) -> (*batch, …)`."""

    def __call__(self, x: Any) -> Any:
        return x


def describe(layer: Any) -> str:
    """The layer as an error message shows it: its class, settings and name, without its parts."""
    settings = {k: v for k, v in layer.hyperparameters().items() if k not in ("name", "trainable") and v != getattr(type(layer), k, None)}
    shown = ", ".join(f"{k}={v!r}" for k, v in settings.items())
    return f"{type(layer).__name__}({shown})" + (f" named {layer.name!r}" if layer.name else "")
