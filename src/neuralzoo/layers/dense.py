"""Fully connected layers."""

from typing import Self

import jax
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.activations import Activate, activation_named
from neuralzoo.core.errors import ShapeError
from neuralzoo.core.initializers import Initialize, initializer_named
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, param, require_built
from neuralzoo.core.regularizers import Regularizer
from neuralzoo.kernels.product import product


class Dense(Layer):
    """activation(x @ kernel + bias): `(*batch, in) -> (*batch, units)`.

    Fields:
        units: number of neurons, that is of outputs.
        activation: name or function; None is linear.
        use_bias: whether to add a bias to each neuron's weighted sum.
        kernel_initializer, bias_initializer: names or initializers.
        kernel_regularizer, bias_regularizer: a penalty added to the training loss.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> layer = Dense(10, activation="relu").build(jax.ShapeDtypeStruct((1, 4), jnp.float32), jax.random.key(0))
        >>> layer.kernel.shape, layer(jnp.ones((3, 4))).shape
        ((4, 10), (3, 10))

    Reference: F. Rosenblatt, "The perceptron", Psychological Review 65, 1958 (the weighted sum and its threshold).
    """

    units: int
    activation: Activate = None
    use_bias: bool = True
    kernel_initializer: Initialize = "glorot_uniform"
    bias_initializer: Initialize = "zeros"
    kernel_regularizer: str | Regularizer | None = None
    bias_regularizer: str | Regularizer | None = None
    kernel: Built[Float[Array, "in units"]] = param()
    bias: Built[Float[Array, " units"]] = param()

    def build(self, x: Spec, key: Key) -> Self:
        if len(x.shape) < 2:
            raise ShapeError(f"Dense needs a batch of vectors, but its input has shape {x.shape}", remedy="reshape x to (rows, features)")
        kernel_key, bias_key = jax.random.split(key)
        kernel = initializer_named(self.kernel_initializer)(kernel_key, (x.shape[-1], self.units))
        bias = initializer_named(self.bias_initializer)(bias_key, (self.units,)) if self.use_bias else None
        return self.set(kernel=kernel, bias=bias)

    def __call__(self, x: Shaped[Array, "*batch in"]) -> Float[Array, "*batch units"]:
        require_built(self, "kernel")
        if x.shape[-1] != self.kernel.shape[0]:
            raise ShapeError(
                f"Dense was built for {self.kernel.shape[0]} features but was given {x.shape[-1]} (input shape {x.shape})",
                remedy=f"give it rows of {self.kernel.shape[0]} values, or build a new network for rows of {x.shape[-1]}",
            )
        y = product(x, self.kernel)
        if self.bias is not None:
            y = y + self.bias
        return activation_named(self.activation)(y)
