"""Attention with several heads."""

import math
from typing import Any, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.initializers import Initialize, initializer_named
from neuralzoo.core.layer import Key, Spec
from neuralzoo.core.record import Built, param
from neuralzoo.layers.attention import Attending, Sides, Weights, check_rate


class MultiHeadAttention(Attending):
    """Several attentions side by side, each in a projection of its own: `(batch, time, features) -> (batch, time, features)`.

    head = softmax((x @ query_kernel) @ (x @ key_kernel)ᵀ / √key_dim) @ (x @ value_kernel); y = heads @ output_kernel.

    Fields (and those of `Attending`):
        num_heads: how many.
        key_dim: features of each head's query and key.
        value_dim: features of each head's value; None for key_dim.
        use_bias: whether to add a bias to each projection.
        kernel_initializer, bias_initializer: names or initializers.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> x = jnp.ones((2, 5, 12))
        >>> layer = MultiHeadAttention(3, 4, use_causal_mask=True).build(x, jax.random.key(0))
        >>> layer(x).shape, layer.scores(x).shape
        ((2, 5, 12), (2, 3, 5, 5))

    Reference: A. Vaswani et al., "Attention is all you need", NeurIPS 2017.
    """

    num_heads: int
    key_dim: int
    value_dim: int | None = None
    use_bias: bool = True
    kernel_initializer: Initialize = "glorot_uniform"
    bias_initializer: Initialize = "zeros"
    query_kernel: Built[Float[Array, "query_features heads key_dim"]] = param()
    query_bias: Built[Float[Array, "heads key_dim"]] = param()
    key_kernel: Built[Float[Array, "key_features heads key_dim"]] = param()
    key_bias: Built[Float[Array, "heads key_dim"]] = param()
    value_kernel: Built[Float[Array, "value_features heads value_dim"]] = param()
    value_bias: Built[Float[Array, "heads value_dim"]] = param()
    output_kernel: Built[Float[Array, "heads value_dim query_features"]] = param()
    output_bias: Built[Float[Array, " query_features"]] = param()

    def __post_init__(self) -> None:
        for name in ("num_heads", "key_dim", "value_dim"):
            value = getattr(self, name)
            if name == "value_dim" and value is None:
                continue
            if not isinstance(value, int) or value < 1:
                raise ArgumentError(f"MultiHeadAttention({name}={value!r}) is not possible", remedy="give a whole number, 1 or more")
        check_rate(self)

    def build(self, x: Spec, key: Key) -> Self:
        sides, keys = self._sides(x), iter(jax.random.split(key, 8))
        inner, features = (self.num_heads, self.key_dim), sides.query.shape[-1]
        mixed = (self.num_heads, self.value_dim or self.key_dim)

        def kernel(rows: tuple[int, ...], columns: tuple[int, ...]) -> Array:  # drawn as the matrix that it is
            flat = initializer_named(self.kernel_initializer)(next(keys), (math.prod(rows), math.prod(columns)))
            return flat.reshape(*rows, *columns)

        def bias(shape: tuple[int, ...]) -> Array | None:
            return initializer_named(self.bias_initializer)(next(keys), shape) if self.use_bias else None

        return self.set(
            query_kernel=kernel((features,), inner),
            query_bias=bias(inner),
            key_kernel=kernel((sides.key.shape[-1],), inner),
            key_bias=bias(inner),
            value_kernel=kernel((sides.value.shape[-1],), mixed),
            value_bias=bias(mixed),
            output_kernel=kernel(mixed, (features,)),
            output_bias=bias((features,)),
        )

    def project(self, sides: Sides) -> tuple[Any, Any, Any]:
        query = _heads(sides.query, self.query_kernel, self.query_bias) / math.sqrt(self.key_dim)
        return query, _heads(sides.key, self.key_kernel, self.key_bias), _heads(sides.value, self.value_kernel, self.value_bias)

    def compare(self, query: Any, key: Any) -> Weights:
        return jnp.einsum("bhqd,bhkd->bhqk", query, key)

    def finish(self, y: Any) -> Any:
        y = jnp.einsum("bhtd,hdf->btf", y, self.output_kernel)
        return y if self.output_bias is None else y + self.output_bias


def _heads(x: Any, kernel: Array, bias: Array | None) -> Float[Array, "batch heads time dim"]:
    y = jnp.einsum("btf,fhd->bhtd", x, kernel)
    return y if bias is None else y + bias[:, None]
