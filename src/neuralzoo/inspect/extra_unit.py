"""The bias as the weight of one more unit that always says 1: the same network, written without biases."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Layer
from neuralzoo.core.naming import over_layers
from neuralzoo.layers.dense import Dense


class ExtraUnit(Layer):
    """x with a 1 behind it: `(*batch, n) -> (*batch, n + 1)`.

    Example:
        >>> ExtraUnit()(jnp.array([[3.0, 4.0]])).tolist()
        [[3.0, 4.0, 1.0]]
    """

    def __call__(self, x: Float[Array, "*batch n"]) -> Float[Array, "*batch more"]:
        return jnp.concatenate([x, jnp.ones_like(x[..., :1])], axis=-1)


def bias_as_unit(net: Layer) -> Layer:
    """The same network with the biases of its dense layers as weights of an extra unit: [W; b] @ [x, 1] = x @ W + b.

    Args:
        net: a built network, such as `model.net`.

    Example:
        >>> import jax
        >>> net = Dense(2, "tanh", bias_initializer="ones").build(jax.ShapeDtypeStruct((1, 3), jnp.float32), jax.random.key(0))
        >>> other, x = bias_as_unit(net), jnp.array([[1.0, 2.0, 3.0]])
        >>> other.layers[1].kernel.shape, bool(jnp.allclose(other(x), net(x)))
        ((4, 2), True)
    """
    changed: list[str] = []

    def change(path: str, layer: Any) -> Any:
        if not isinstance(layer, Dense) or layer.bias is None:
            return layer
        changed.append(path)
        kernel = jnp.concatenate([layer.kernel, layer.bias[None]])
        return Chain((ExtraUnit(), layer.set(use_bias=False, kernel=kernel, bias=None)), name=layer.name)

    after = over_layers(net, change)
    if not changed:
        raise ArgumentError("the network has no dense layer with a bias", remedy="give one that is built, with use_bias=True")
    return after
