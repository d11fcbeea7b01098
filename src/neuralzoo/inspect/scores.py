"""The score of a class, as attributions ask for it: before the softmax or sigmoid that ends a network, where it has one."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError, ShapeError
from neuralzoo.core.layer import Layer
from neuralzoo.core.masked import unmasked
from neuralzoo.inspect.looking import Looking, go_through
from neuralzoo.inspect.tracing import examples
from neuralzoo.learn.crossentropy import BinaryCrossentropy, CategoricalCrossentropy
from neuralzoo.learn.logits import scored
from neuralzoo.train.model import Model


def before_ending(net: Layer) -> Layer:
    """The network without a softmax or sigmoid at its end: a score that does not flatten where the network is sure."""
    for loss in (CategoricalCrossentropy(), BinaryCrossentropy()):
        seen = scored(net, loss)
        if seen.net is not net:
            return seen.net
    return net


def question(model: Model, x: Any, target: Any, what: str) -> tuple[Layer, np.ndarray, np.ndarray]:
    """The network before its ending, the examples as real numbers, and a class for each: given, or the one with the highest score."""
    model.require_built(what)
    x, net = examples(model, x), before_ending(model.net)
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        raise DataError("there is no gradient at codes, and none of several inputs at once", remedy="ask a network of real numbers")
    outputs = np.asarray(_outputs(net, x))
    if outputs.ndim > 2:
        what = f"the network gives outputs of shape {outputs.shape[1:]} for an example, not one score for each class"
        raise ShapeError(what, remedy="ask a network that ends in a dense layer, with return_sequences=False in recurrent ones")
    classes = outputs.shape[1] if outputs.ndim == 2 else 1
    if target is None:
        return net, x, outputs.reshape(len(x), -1).argmax(axis=1)
    chosen = np.broadcast_to(np.asarray(target, int), (len(x),))
    if ((chosen < 0) | (chosen >= classes)).any():
        raise ArgumentError(f"there is no output {int(chosen[(chosen < 0) | (chosen >= classes)][0])}", remedy=f"give 0 to {classes - 1}")
    return net, x, chosen


@jax.jit
def _outputs(net: Layer, x: Any) -> Any:
    return unmasked(net(x))


@jax.jit
def score(net: Layer, x: Any, target: Any) -> Any:
    """The score of each row's class, `(rows,)`."""
    y = unmasked(net(x))
    return jnp.take_along_axis(y.reshape(len(y), -1), target[:, None], axis=1)[:, 0]


@jax.jit
def score_gradient(net: Layer, x: Any, target: Any) -> Any:
    """The gradient of each row's score with respect to the row."""
    return jax.grad(lambda x: score(net, x, target).sum())(x)


def in_order(net: Layer, x: Any) -> list[str]:
    """The places in the network in the order of computation; what a compiled function returns by name is sorted."""
    see = Looking(inputs=True)
    jax.eval_shape(lambda net, x: go_through(net, x, None, see)[0], net, x)
    return list(see.points)


@jax.jit
def seen_within(net: Layer, x: Any, target: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is at each place in the network, inputs of layers included, and the gradient of the rows' scores there."""

    def total(probes: Any) -> Any:
        see = Looking(probes, inputs=True)
        y = unmasked(go_through(net, x, None, see)[0])
        return jnp.take_along_axis(y.reshape(len(y), -1), target[:, None], axis=1).sum(), see.points

    points = jax.eval_shape(lambda: total({})[1])
    probes = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), points)
    slopes, points = jax.grad(total, has_aux=True)(probes)
    return points, slopes
