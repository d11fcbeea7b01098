"""From a network that learned without labels to a classifier that begins with its layers."""

from typing import Any

import jax

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Layer
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.noise import Dropout
from neuralzoo.layers.shape import Flatten
from neuralzoo.train.sequential import Sequential
from neuralzoo.train.transfer import replace_head


def classifier_on(body: Chain, spec: Any, classes: int, dropout: float, seed: int) -> Sequential:
    """A model of the layers of `body`, built for inputs like `spec`, with their weights, and of a new softmax layer of `classes` units.

    While it learns on, a share `dropout` of the units of each dense layer is left out.
    """
    if classes < 2:
        raise ArgumentError(f"a classifier of {classes} classes", remedy="give at least 2")
    if not 0 <= dropout < 1:
        raise ArgumentError(f"dropout is {dropout}", remedy="choose a fraction between 0 and 1 (1 excluded)")
    layers: list[Layer] = []
    for layer in body.layers:
        layers += [layer, Dropout(dropout)] if dropout and isinstance(layer, Dense) else [layer]
    model = Sequential((), "classifier", seed)
    model.net, model.input = Chain(tuple(layers)), spec
    code = jax.eval_shape(body, spec).shape[1:]
    flat = [Flatten()] if len(code) > 1 else []
    return replace_head(model, [*flat, Dense(classes, activation="softmax")], drop=0)
