"""Graph attention: each node weighs its neighbours, and itself, before it mixes them."""

from typing import Any, ClassVar, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.activations import Activate, activation_named
from neuralzoo.core.graphs import Graphs
from neuralzoo.core.initializers import Initialize, initializer_named
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, param
from neuralzoo.core.regularizers import Regularizer
from neuralzoo.kernels.random import keep_mask
from neuralzoo.kernels.segments import product, segment_sum, softmax_with_own, wires
from neuralzoo.layers.graph import dropped, require_choice, require_fraction, require_graphs, require_width


class GraphAttention(Layer):
    """activation(Σⱼ αᵢⱼ hⱼ + bias), h = x @ kernel: graphs of `(nodes, in)` -> the same of `(nodes, heads · units)`.

    The sum is over the neighbours j from which an edge leads to i, and i itself. Their weights αᵢⱼ are a softmax of
    leaky_relu(a · hⱼ + b · hᵢ), one for each head.

    Fields:
        units: features of a head.
        heads: how many weigh on their own.
        merge: "concat" puts the heads side by side; "average" gives `(nodes, units)`.
        activation: name or function; None is linear.
        dropout: the fraction of x that is dropped while training.
        attention_dropout: the fraction of the weights that is.
        negative_slope: of the leaky_relu.
        use_bias: whether to add a bias.
        kernel_initializer: of the kernel and of attention.
        kernel_regularizer, attention_regularizer: penalties added to the training loss.
        attention: `(2, heads, units)`, the vectors a and b of each head.

    Reference: P. Veličković et al., "Graph attention networks", ICLR 2018.
    """

    graphs: ClassVar[bool] = True

    units: int
    heads: int = 8
    merge: str = "concat"
    activation: Activate = None
    dropout: float = 0.0
    attention_dropout: float = 0.0
    negative_slope: float = 0.2
    use_bias: bool = True
    kernel_initializer: Initialize = "glorot_uniform"
    kernel_regularizer: str | Regularizer | None = None
    attention_regularizer: str | Regularizer | None = None
    kernel: Built[Float[Array, "in heads*units"]] = param()
    attention: Built[Float[Array, "2 heads units"]] = param()
    bias: Built[Float[Array, " out"]] = param()

    def __post_init__(self) -> None:
        require_fraction(self, "dropout", "attention_dropout")
        require_choice(self, "merge", ("concat", "average"))

    def build(self, x: Spec, key: Key) -> Self:
        require_graphs(self, x)
        draw = initializer_named(self.kernel_initializer)
        one, two = jax.random.split(key)
        kernels = [draw(k, (x.shape[-1], self.units)) for k in jax.random.split(one, self.heads)]  # each head drawn as a layer alone
        vectors = [draw(k, (self.units, 1))[:, 0] for k in jax.random.split(two, 2 * self.heads)]
        width = self.units * (self.heads if self.merge == "concat" else 1)
        bias = jnp.zeros(width) if self.use_bias else None
        return self.set(kernel=jnp.concatenate(kernels, 1), attention=jnp.stack(vectors).reshape(2, self.heads, -1), bias=bias)

    def __call__(self, x: Graphs) -> Graphs:
        return self._attend(x, x.features, None)

    def forward(self, x: Graphs, key: Key) -> tuple[Graphs, Self]:
        one, two = jax.random.split(key)
        return self._attend(x, dropped(x.features, self.dropout, one), two if self.attention_dropout else None), self

    def weights(self, x: Graphs) -> tuple[Float[Array, "batch edges heads"], Float[Array, "batch nodes heads"]]:
        """The weight of each edge for its target, and that of each node for itself; they sum to 1 over what reaches a node."""
        require_width(self, x)
        along, own = self._weigh(x, product(x.features, self.kernel).reshape(-1, self.heads, self.units))
        batch, nodes = x.shape[:2]
        return along.reshape(batch, -1, self.heads), own.reshape(batch, nodes, self.heads)

    def _weigh(self, x: Graphs, h: Any) -> tuple[Any, Any]:
        way = wires(x)
        from_source, at_target = jnp.einsum("nhu,ehu->enh", h, self.attention)
        scores = way.send(from_source) + way.reach(at_target)
        return softmax_with_own(self._leaky(scores), self._leaky(from_source + at_target), way.target)

    def _leaky(self, scores: Any) -> Any:
        return jax.nn.leaky_relu(scores, self.negative_slope)

    def _attend(self, x: Graphs, features: Any, noise: Key | None) -> Graphs:
        require_width(self, x)
        way, h = wires(x), product(features, self.kernel).reshape(-1, self.heads, self.units)
        along, own = self._weigh(x, h)
        if noise is not None:
            one, two = jax.random.split(noise)
            along, own = (
                jnp.where(keep_mask(k, self.attention_dropout, a.shape), a / (1 - self.attention_dropout), 0)
                for k, a in ((one, along), (two, own))
            )
        sent = (way.send(h) * along[..., None]).reshape(-1, self.heads * self.units)
        y = segment_sum(sent, way.target, way.nodes).reshape(h.shape) + h * own[..., None]
        y = y.mean(1) if self.merge == "average" else y.reshape(len(y), -1)
        y = y if self.bias is None else y + self.bias
        return x.set(features=activation_named(self.activation)(y).reshape(*x.shape[:2], -1))
