"""What differs from layer to layer while learning: factors of the learning rate, and the norms of the gradient."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.layer import Layer
from neuralzoo.core.naming import matches, over_layers, own_arrays

Rates = tuple[tuple[str, float], ...]  # (pattern of names, factor of the learning rate); the first that fits counts


def rate_factors(params: Any, rates: Rates) -> Any:
    """The tree of parameters with the factor of its layer's learning rate in the place of each array."""

    def change(path: str, layer: Layer) -> Layer:
        factor = next((factor for pattern, factor in rates if matches(path, pattern)), 1.0)
        return layer.set(**{name: jax.tree.map(lambda _: factor, value) for name, value in own_arrays(layer).items()})

    return over_layers(params, change)


def arrays_by_layer(tree: Any) -> dict[str, list[Array]]:
    """The arrays of each layer that has some, by the layer's path, from the input on."""
    found: dict[str, list[Array]] = {}

    def note(path: str, layer: Layer) -> Layer:
        if arrays := jax.tree.leaves(own_arrays(layer)):
            found[path] = arrays
        return layer

    over_layers(tree, note)
    return found


def norms_by_layer(tree: Any) -> Float[Array, " layers"]:
    """‖·‖₂ of the arrays of each layer that has some, in the order of `arrays_by_layer`."""
    squares = [sum(jnp.sum(jnp.square(a.astype(jnp.float32))) for a in arrays) for arrays in arrays_by_layer(tree).values()]
    return jnp.sqrt(jnp.stack(squares))
