"""A model that is a plain chain of layers."""

import jax

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Layer
from neuralzoo.train.model import Model


class Sequential(Model):
    """A chain of layers as a model, as in Keras.

    Example:
        >>> from neuralzoo.layers import Dense
        >>> model = Sequential([Dense(2, activation="tanh", input_shape=(10,)), Dense(1)])
        >>> model.count_params()
        25
    """

    def __init__(self, layers: list[Layer] | tuple[Layer, ...] | None = None, name: str | None = None, seed: int | None = None):
        Model.__init__(self, Chain(tuple(layers or ())), name or "sequential", seed)

    def add(self, layer: Layer) -> None:
        """Append a layer; the weights that are there already stay as they are."""
        if not isinstance(layer, Layer):
            raise ArgumentError(f"{layer!r} is not a layer", remedy="pass layers such as Dense(10)")
        if not self.layers or not self.built:
            self._restart((*self.layers, layer))
            return
        key = jax.random.fold_in(jax.random.fold_in(self.key, 0), len(self.layers))
        x = jax.eval_shape(self.net, self.input)
        self.net, self.memo = self.net.set(layers=(*self.layers, layer.build(x, key))), None

    def pop(self) -> Layer:
        """Take the last layer away and return it."""
        if not self.layers:
            raise ArgumentError("there is no layer to pop", remedy="add one first")
        last = self.layers[-1]
        self.net, self.memo = self.net.set(layers=tuple(self.layers[:-1])), None
        return last

    def _restart(self, layers: tuple[Layer, ...]) -> None:
        learner = self.learner
        Model.__init__(self, Chain(layers), self.name, self.seed)
        self.learner = learner
