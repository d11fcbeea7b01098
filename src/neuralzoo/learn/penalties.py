"""Penalties that need the whole network and its input, not the weights alone."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Layer
from neuralzoo.core.record import Record, merge, split

Penalty = Callable[[Any, Any], Array]  # a record that gives a number for a network and a batch of its inputs


class GradientPenalty(Record):
    """rate · mean over rows of ‖∇ŷ‖², ŷ being the sum of a row's outputs: a network that answers small changes with small ones.

    With respect to the weights it is the penalty of the lectures, λ‖∇_w ŷ‖². With respect to the inputs it is double
    backpropagation (the penalty of a Wasserstein critic without its -1). It takes one backward pass for each row, and, for the
    weights, memory for batch x parameters. The network is taken as it is deployed: without dropout.

    Fields:
        rate: the factor λ.
        wrt: "weights" or "inputs".

    References: H. Drucker, Y. LeCun, "Improving generalization performance using double backpropagation", 1992;
    I. Gulrajani et al., "Improved training of Wasserstein GANs", 2017.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers.dense import Dense
        >>> x = jnp.array([[3.0, 4.0]])
        >>> net = Dense(1, use_bias=False).build(x, jax.random.key(0))
        >>> float(GradientPenalty(0.1)(net, x))  # ∂ŷ/∂w = x, and ‖x‖² = 25
        2.5
    """

    rate: float = 1.0
    wrt: str = "weights"

    def __post_init__(self) -> None:
        if self.wrt not in ("weights", "inputs"):
            raise ArgumentError(f"GradientPenalty(wrt={self.wrt!r}) is unknown", remedy="wrt is 'weights' or 'inputs'")

    def __call__(self, net: Layer, x: Any) -> Float[Array, ""]:
        params, rest = split(net)

        def output(params: Layer, row: Any) -> Array:
            y = merge(params, rest)(jax.tree.map(lambda a: a[None], row))
            return sum((jnp.sum(leaf) for leaf in jax.tree.leaves(y)), start=jnp.zeros(()))

        gradient = jax.grad(output, argnums=0 if self.wrt == "weights" else 1)
        rows = jax.vmap(gradient, (None, 0))(params, x)
        return self.rate * sum((jnp.sum(jnp.square(g)) / len(g) for g in jax.tree.leaves(rows)), start=jnp.zeros(()))
