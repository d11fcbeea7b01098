"""What the networks of the zoo have in common: structure and rule in one object that needs no `compile`."""

from typing import TYPE_CHECKING, Any, ClassVar

import jax
import numpy as np

from neuralzoo.core.errors import DataError, NotReadyError
from neuralzoo.core.layer import Layer
from neuralzoo.core.registry import Registry
from neuralzoo.learn.learner import Learner
from neuralzoo.train.model import Model
from neuralzoo.train.saving import shells
from neuralzoo.train.shell import Shell
from neuralzoo.zoo.card import Card

if TYPE_CHECKING:
    from matplotlib.figure import Figure

members: "Registry[type[Member]]" = Registry("network of the zoo")  # by the keys of their cards


class Member(Model):
    """A network of the zoo: a model that brings its learning rule, so `fit` needs no `compile`.

    A subclass hands its structure and its rule to `Member.__init__`, and keeps nothing outside `net`, `learner` and `memo`: so
    saving, exact resume, streams, progress and callbacks work as for any model. `prepare` checks the data and takes sizes from
    them. A subclass that defines a `card` is filed in `members`, and may be named by a saved file.

    Attributes:
        card: what there is to know of it.
        usual_epochs, usual_batch: what `fit` takes where it is not told.
    """

    card: ClassVar[Card]

    def __init_subclass__(cls) -> None:
        if "card" in cls.__dict__:
            members[cls.card.key] = cls
            shells[cls.__name__] = cls

    def __init__(self, net: Layer, learner: Learner | None, seed: int | None = None):
        Model.__init__(self, net, self.card.key, seed)
        self.learner = learner

    def prepare(self, x: Any, y: Any) -> Layer:
        """The network for rows like these, not built yet: where sizes or arrays are taken from data.

        Called by the first `fit` only, with all rows, or with the first batch of a stream.
        """
        return self.net

    def check_rows(self, x: Any, y: Any) -> None:
        """Raise `DataError` for rows that the network cannot learn from; called by every `fit`."""

    def meet(self, x: Any, y: Any) -> None:
        for rows, what in ((x, "x"), (y, "y")):
            require_finite(rows, what)
        self.check_rows(x, y)
        if not self.built:
            self.net = self.prepare(x, y)
            Shell.build(self, x)

    def build(self, x: Any) -> None:
        if self.learner is not None:  # only `meet` builds a network that learns
            self.require_fitted("answer")
        Shell.build(self, x)

    def require_ready(self, what: str) -> Learner:
        if self.learner is None:
            raise NotReadyError(f"{self.card.name}: nothing to {what} by, it learns nothing", remedy="use it as it is")
        return self.learner

    def require_fitted(self, what: str) -> None:
        """Raise `NotReadyError` where nothing was learned yet, naming what cannot be done before."""
        if not self.built:
            raise NotReadyError(f"the {self.card.name} cannot {what} before it was fitted", remedy="call fit first, or load a saved one")

    def draw(self) -> "Figure":
        """The picture that people expect of this network."""
        raise NotImplementedError(f"{type(self).__name__} defines no draw")

    @staticmethod
    def example() -> "Figure":
        """A few lines at work: what they print, and the picture they end with."""
        raise NotImplementedError("this member has no example")


def require_finite(rows: Any, what: str) -> None:
    """Raise `DataError` at the first NaN or infinity: sums over rows would carry it into every weight."""
    for array in jax.tree.leaves(rows):
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            place = ", ".join(map(str, np.argwhere(~np.isfinite(array))[0]))
            raise DataError(f"{what}[{place}] is {array[~np.isfinite(array)][0]}", remedy="leave such rows out, or fill them in first")
