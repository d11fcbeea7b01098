"""The running statistics of batch normalisation, measured again: for weights that training never stood at."""

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.errors import ArgumentError, NotReadyError
from neuralzoo.core.layer import Key, Layer
from neuralzoo.core.naming import over_layers
from neuralzoo.core.record import walk
from neuralzoo.layers.norm import BatchNormalization
from neuralzoo.train.batches import as_arrays, row_count

if TYPE_CHECKING:
    from neuralzoo.train.model import Model


def has_statistics(net: Layer) -> bool:
    """Whether a network has running statistics that still move."""
    return any(isinstance(layer, BatchNormalization) and layer.trainable for layer in walk(net))


def reestimate_statistics(model: "Model", x: Any, batch_size: int = 128) -> None:
    """Give the network's batch normalisation the mean, over batches of `x`, of the statistics while training.

    Args:
        model: a built model; only its running statistics change, and not those of frozen layers.
        x: inputs, shuffled if their order means something.
        batch_size: that of the training, best.

    Reference: P. Izmailov et al., "Averaging weights leads to wider optima", 2018, section 3.2.
    """
    if not model.built:
        raise NotReadyError("the model has no statistics yet", remedy="build or fit it first")
    arrays = as_arrays(x, "x")
    rows = row_count(arrays)
    if rows == 0:
        raise ArgumentError("x has no rows", remedy="pass training inputs")
    net, root = model.net, jax.random.fold_in(model.key, 2)
    eager = _set_momentum(net, 0.0)  # so that the successor holds the statistics of the batch alone
    total: Any = None
    for i, start in enumerate(range(0, rows, batch_size)):
        batch = jax.tree.map(lambda a, s=start: jnp.asarray(a[s : s + batch_size]), arrays)
        share = min(batch_size, rows - start) / rows
        moments = _moments(_successor(eager, batch, jax.random.fold_in(root, i)))
        seen = jax.tree.map(lambda a, share=share: share * np.asarray(a, np.float64), moments)
        total = seen if total is None else jax.tree.map(np.add, total, seen)
    model.net = _with_moments(net, total)


@jax.jit
def _successor(net: Layer, x: Any, key: Key) -> Layer:
    return net.forward(x, key)[1]


def _set_momentum(net: Layer, momentum: float) -> Layer:
    return over_layers(net, lambda path, layer: layer.set(momentum=momentum) if isinstance(layer, BatchNormalization) else layer)


def _moments(net: Layer) -> list[tuple[Any, Any]]:
    return [(layer.moving_mean, layer.moving_variance) for layer in _measured(net)]


def _measured(net: Layer) -> list[BatchNormalization]:
    found: list[BatchNormalization] = []

    def note(path: str, layer: Layer) -> Layer:
        if isinstance(layer, BatchNormalization):
            found.append(layer)
        return layer

    over_layers(net, note)
    return found


def _with_moments(net: Layer, moments: list[tuple[Any, Any]]) -> Layer:
    left = iter(moments)

    def change(path: str, layer: Layer) -> Layer:
        if not isinstance(layer, BatchNormalization):
            return layer
        mean, variance = next(left)
        return layer.set(moving_mean=jnp.float32(mean), moving_variance=jnp.float32(variance)) if layer.trainable else layer

    return over_layers(net, change)
