"""What networks that learn by backpropagation have in common: they take their outputs from the rows, and need no `compile`."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Layer
from neuralzoo.inspect.looking import Looking, Note, go_through
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.crossentropy import SparseCategoricalCrossentropy
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.losses import MeanSquaredError
from neuralzoo.learn.metrics import metric_named
from neuralzoo.learn.optimizers import Adam, Optimizer
from neuralzoo.learn.schedules import Schedule
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import count_classes, is_classes, require_table, width_of

Rate = float | Schedule | Optimizer  # of Adam; or an optimizer with its own


def classifying(rate: Rate) -> Gradient:
    """The rule for probabilities of classes: cross-entropy by an optimizer, Adam where only its rate is given; accuracy is told."""
    loss = SparseCategoricalCrossentropy()
    return Gradient(loss, rate if isinstance(rate, Optimizer) else Adam(rate), (metric_named("accuracy", loss),))


class Backpropagating(Member):
    """A network of layers that ends in a dense one, which gets an output for each class or number once the rows are known.

    Whole targets are classes 0, 1, …: softmax, cross-entropy, and "accuracy" beside the loss. Others are numbers: the mean squared
    error. `compile` still takes another optimizer or loss before the first `fit`.
    """

    usual_epochs = 20
    net: Any  # a Chain

    def __init__(self, layers: Sequence[Layer], rate: Rate, seed: int | None):
        Member.__init__(self, Chain((*layers, Dense(1))), classifying(rate), seed)

    @property
    def classes(self) -> int | None:
        """How many classes the network tells apart, None where it predicts numbers or has met no rows yet."""
        decides = self.built and self.net.layers[-1].activation == "softmax"
        return jax.eval_shape(self.net, self.input).shape[-1] if decides else None

    def check_input(self, x: Any) -> None:
        """Raise `DataError` for rows that do not suit the first layer."""
        require_table(x)

    def labels(self, y: Any) -> Any:
        """Classes of targets as they are counted: one for each row, unless a network answers more than once in a row."""
        return y

    def check_rows(self, x: Any, y: Any) -> None:
        classes = is_classes(y)
        self.check_input(x)
        if self.built and classes != (self.classes is not None):
            told, given = ("classes", "numbers") if self.classes else ("numbers", "classes")
            raise DataError(f"this network has learned {told}, but y holds {given}", remedy="fit a new network to them")
        if classes:
            count_classes(self.labels(y), self.classes)

    def prepare(self, x: Any, y: Any) -> Layer:
        classes, learner = is_classes(y), self.learner
        if not classes and isinstance(learner, Gradient) and isinstance(learner.loss, SparseCategoricalCrossentropy):
            self.learner = learner.set(loss=MeanSquaredError(), metrics=())
        outputs = count_classes(self.labels(y)) if classes else self.width(x, y)
        return Chain(tuple(self.layers_for(x, y, outputs, "softmax" if classes else "linear")))

    def width(self, x: Any, y: Any) -> int:
        """How many numbers are to be predicted at a time."""
        return width_of(y)

    def layers_for(self, x: Any, y: Any, outputs: int, activation: str) -> Sequence[Layer]:
        """The layers for rows like these, the last with so many outputs."""
        return (*self.net.layers[:-1], Dense(outputs, activation, name="output"))

    def notes(self, x: Any) -> dict[str, Note]:
        """What every layer does with rows, as deployed, by the layers' names."""
        self.require_fitted("tell what its layers do")
        return {note.name: note for note in jax.device_get(_notes(self.net, as_array(x, "x")))}

    def classify(self, x: Any) -> np.ndarray:
        """The likeliest class of each row."""
        self.require_fitted("classify")
        if self.classes is None:
            raise ArgumentError(f"this {self.card.name} predicts numbers: it knows no classes", remedy="call predict")
        return self.predict(x, verbose=0).argmax(-1)


@jax.jit
def _notes(net: Layer, x: Any) -> list[Note]:
    see = Looking()
    go_through(net, x, None, see)
    return see.notes
