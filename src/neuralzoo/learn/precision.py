"""Mixed precision: products in bfloat16, on which accelerators are fastest, everything that adds up in float32.

Parameters, running statistics, the loss, its penalties and the optimizer stay in float32; the network's forward and
backward passes run on copies of parameters and inputs with 8 instead of 24 bits of mantissa. bfloat16 has float32's range of
exponents, so gradients do not underflow and losses need no scaling; float16 would, and is not offered.

Reference: P. Micikevicius et al., "Mixed precision training", ICLR 2018; D. Kalamkar et al., "A study of bfloat16", 2019.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer
from neuralzoo.core.record import roles

T = TypeVar("T")
Go = Callable[[Any, Any, Any], tuple[Any, Any]]  # (network, input, key) -> (output, successor): a way of going through a network
PRECISIONS = ("float32", "mixed_bfloat16")


def require_precision(name: str) -> None:
    """Raise `ArgumentError` for a precision that is not offered."""
    if name not in PRECISIONS:
        remedy = "choose 'mixed_bfloat16': it has the range of float32, so no loss need be scaled"
        raise ArgumentError(f"there is no precision {name!r}", remedy=remedy if "16" in name else f"choose one of {', '.join(PRECISIONS)}")


def training(net: Layer, x: Any, key: Key) -> tuple[Any, Any]:
    """`net.forward(x, key)`."""
    return net.forward(x, key)


def forward(precision: str, net: Layer, x: Any, key: Key, go: Go = training) -> tuple[Any, Any]:
    """`go(net, x, key)` in a precision; outputs and successor are those of float32 in any case."""
    if precision == "float32":
        return go(net, x, key)
    y, after = go(_lowered(net), _cast(x, jnp.bfloat16), key)
    return _cast(y, jnp.float32), jax.tree.map(lambda new, old: new.astype(old.dtype), after, net)


def _lowered(net: Layer) -> Layer:
    """The network with all arrays in bfloat16 but for its running statistics and its memory."""
    return jax.tree.map(lambda role, array: array if role in ("state", "memory") else _cast(array, jnp.bfloat16), roles(net), net)


def _cast(tree: T, dtype: Any) -> T:
    return jax.tree.map(lambda a: a.astype(dtype) if jnp.issubdtype(a.dtype, jnp.floating) else a, tree)
