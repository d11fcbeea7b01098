"""Crossentropy taken before the softmax or sigmoid that ends a network, where it is exact."""

from collections.abc import Callable
from typing import Any, NamedTuple

from neuralzoo.core.activations import activation_named
from neuralzoo.core.composite import Chain
from neuralzoo.core.layer import Layer
from neuralzoo.learn.crossentropy import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from neuralzoo.learn.loss import Loss

ENDINGS = {"softmax": (CategoricalCrossentropy, SparseCategoricalCrossentropy), "sigmoid": (BinaryCrossentropy,)}


class Scored(NamedTuple):
    """A network as its loss sees it.

    net: the network without its last activation, or as it is.
    loss: the loss for that output.
    finish: from that output to the network's own.
    restore: from a successor of `net` to a successor of the whole network.
    """

    net: Layer
    loss: Loss
    finish: Callable[[Any], Any]
    restore: Callable[[Layer], Layer]


def scored(net: Layer, loss: Loss) -> Scored:
    """The network and loss to train: on logits where the last layer ends in the activation that the loss undoes.

    log(softmax(z)) from probabilities loses the gradient where a probability is below the clip of 1e-7; from z it is exact.
    """
    last = _last(net)
    name = getattr(last, "activation", None)
    if not isinstance(name, str) or not isinstance(loss, ENDINGS.get(name, ())) or loss.hyperparameters()["from_logits"]:
        return Scored(net, loss, lambda y: y, lambda after: after)
    return Scored(_ending(net, "linear"), loss.with_logits(), activation_named(name), lambda after: _ending(after, name))


def _last(net: Layer) -> Layer:
    return _last(net.layers[-1]) if isinstance(net, Chain) and net.layers else net


def _ending(net: Layer, activation: str) -> Layer:
    if isinstance(net, Chain):
        return net.set(layers=(*net.layers[:-1], _ending(net.layers[-1], activation)))
    return net.set(activation=activation)
