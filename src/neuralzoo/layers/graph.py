"""Graph convolution, and how a network of graphs ends: in an answer for each node, or one for each graph."""

from typing import Any, ClassVar, Self

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.activations import Activate, activation_named
from neuralzoo.core.errors import ArgumentError, ShapeError, nearest
from neuralzoo.core.graphs import Graphs, Sparse
from neuralzoo.core.initializers import Initialize, initializer_named
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.masked import Masked
from neuralzoo.core.record import Built, param, require_built
from neuralzoo.core.regularizers import Regularizer
from neuralzoo.kernels.random import keep_mask
from neuralzoo.kernels.segments import product, segment_sum, wires


class GraphConvolution(Layer):
    """activation(Â @ x @ kernel + bias), Â = D^-½ (A + I) D^-½: graphs of `(nodes, in)` -> the same of `(nodes, units)`.

    Each node mixes what comes to it along edges with what it has itself; D holds the row sums of A + I.

    Fields:
        units: features of a node afterwards.
        activation: name or function; None is linear.
        dropout: the fraction of x that is dropped while training; of sparse features, those that are not 0.
        use_bias: whether to add a bias.
        kernel_initializer, bias_initializer: names or initializers.
        kernel_regularizer: a penalty added to the training loss.

    Reference: T. Kipf, M. Welling, "Semi-supervised classification with graph convolutional networks", ICLR 2017.

    Example:
        >>> import jax
        >>> from neuralzoo.data import Graph, stack
        >>> pair = stack(Graph([(0, 1), (1, 0)], [[1.0], [3.0]]))
        >>> layer = GraphConvolution(1, kernel_initializer="ones").build(pair, jax.random.key(0))
        >>> layer(pair).features[0, :2].ravel().round(3).tolist()
        [2.0, 2.0]
    """

    graphs: ClassVar[bool] = True

    units: int
    activation: Activate = None
    dropout: float = 0.0
    use_bias: bool = True
    kernel_initializer: Initialize = "glorot_uniform"
    bias_initializer: Initialize = "zeros"
    kernel_regularizer: str | Regularizer | None = None
    kernel: Built[Float[Array, "in units"]] = param()
    bias: Built[Float[Array, " units"]] = param()

    def __post_init__(self) -> None:
        require_fraction(self, "dropout")

    def build(self, x: Spec, key: Key) -> Self:
        require_graphs(self, x)
        kernel = initializer_named(self.kernel_initializer)(key, (x.shape[-1], self.units))
        return self.set(kernel=kernel, bias=initializer_named(self.bias_initializer)(key, (self.units,)) if self.use_bias else None)

    def __call__(self, x: Graphs) -> Graphs:
        return self._convolve(x, x.features)

    def forward(self, x: Graphs, key: Key) -> tuple[Graphs, Self]:
        return self._convolve(x, dropped(x.features, self.dropout, key)), self

    def _convolve(self, x: Graphs, features: Any) -> Graphs:
        require_width(self, x)
        way, h = wires(x), product(features, self.kernel)
        ones = jnp.ones(len(way.target)) if way.weight is None else way.weight
        root = (1 + segment_sum(ones, way.target, way.nodes)) ** -0.5
        h = h * root[:, None]
        sent = way.send(h) if way.weight is None else way.send(h) * way.weight[:, None]
        y = (segment_sum(sent, way.target, way.nodes) + h) * root[:, None]
        y = y if self.bias is None else y + self.bias
        return x.set(features=activation_named(self.activation)(y).reshape(*x.shape[:2], self.units))


class GraphPooling(Layer):
    """One vector for each graph, of its nodes' features: graphs of `(nodes, features)` -> `(batch, features)`.

    The order of the nodes does not matter. A graph without nodes gives zeros.

    Fields:
        mode: "sum", "mean" or "max".
    """

    graphs: ClassVar[bool] = True

    mode: str = "mean"

    def __post_init__(self) -> None:
        require_choice(self, "mode", ("sum", "mean", "max"))

    def build(self, x: Spec, key: Key) -> Self:
        require_graphs(self, x)
        return self

    def __call__(self, x: Graphs) -> Float[Array, "batch features"]:
        features, real = x.dense(), x.real[..., None] > 0
        if self.mode == "max":
            # by its place: the gradient of a maximum looks for it again, and a value that is computed twice may round otherwise
            place = lax.stop_gradient(jnp.argmax(jnp.where(real, features, -jnp.inf), axis=1, keepdims=True))
            return jnp.where(real.any(1), jnp.take_along_axis(features, place, axis=1)[:, 0], 0)
        total = jnp.sum(jnp.where(real, features, 0), axis=1)
        return total if self.mode == "sum" else total / jnp.maximum(x.real.sum(1), 1)[:, None]


class Nodes(Layer):
    """The features of the nodes as rows of their own, for an answer to each: graphs -> `Masked` `(batch, nodes, features)`.

    Losses and metrics then count the nodes that are to count.
    """

    graphs: ClassVar[bool] = True

    def build(self, x: Spec, key: Key) -> Self:
        require_graphs(self, x)
        return self

    def __call__(self, x: Graphs) -> Masked:
        return Masked(x.dense(), x.counted > 0)


def dropped(features: Any, rate: float, key: Key) -> Any:
    """The features with a fraction dropped and the rest raised; of `Sparse`, entries."""
    if rate == 0:
        return features
    values = features.values if isinstance(features, Sparse) else features
    values = jnp.where(keep_mask(key, rate, values.shape), values / (1 - rate), 0)
    return features.set(values=values) if isinstance(features, Sparse) else values


def require_graphs(layer: Layer, x: Any) -> None:
    """Raise `ShapeError` where the input of a layer is not graphs."""
    if not isinstance(x, Graphs):
        what = f"{type(layer).__name__} works on graphs, but its input is an array of shape {getattr(x, 'shape', None)}"
        raise ShapeError(what, remedy="give it neuralzoo.data.stack(graphs); layers behind GraphPooling or Nodes no longer see the graph")


def require_width(layer: Any, x: Graphs) -> None:
    """Raise unless the layer was built, for as many features as the nodes have."""
    require_built(layer, "kernel")
    if x.shape[-1] != layer.kernel.shape[0]:
        what = f"{type(layer).__name__} was built for nodes of {layer.kernel.shape[0]} features but was given {x.shape[-1]}"
        raise ShapeError(what, remedy="give graphs whose nodes have the same features as those it was built for")


def require_fraction(layer: Layer, *names: str) -> None:
    """Refuse a dropout that is not a fraction."""
    for name in names:
        value = getattr(layer, name)
        if not 0 <= value < 1:
            raise ArgumentError(f"{type(layer).__name__}({name}={value!r}) is not possible", remedy="choose a fraction from 0 to under 1")


def require_choice(layer: Layer, name: str, possible: tuple[str, ...]) -> None:
    """Refuse a setting that is none of the possible ones."""
    value = getattr(layer, name)
    if value not in possible:
        raise ArgumentError(f"{type(layer).__name__}({name}={value!r}) is unknown", remedy=nearest(str(value), possible))
