"""What the autoencoders of the zoo have in common: their verbs, their picture, and the classifier that begins with their code."""

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Layer
from neuralzoo.layers.autoencoding import Autoencoding
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.noise import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from neuralzoo.learn.code_penalties import CodePenalty
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.losses import BinaryCrossentropy, MeanSquaredError
from neuralzoo.learn.optimizers import Adam
from neuralzoo.learn.reconstruction import Reconstruction
from neuralzoo.learn.schedules import Schedule
from neuralzoo.train.batches import as_array
from neuralzoo.train.sequential import Sequential
from neuralzoo.zoo.heads import classifier_on
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import require_table, require_unit_interval
from neuralzoo.zoo.sizes import Sizes, sizes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 36  # units in a picture


class OvercompleteWarning(UserWarning):
    """A code that nothing narrows is no shorter than the rows: it may hand them through and learn nothing of them."""


class AutoencodingMember(Member):
    """A network of the zoo around an `Autoencoding`; the members differ in its layers and in their learner."""

    usual_epochs = 20
    usual_batch = 128
    net: Autoencoding

    def check_rows(self, x: Any, y: Any) -> None:
        require_table(x)
        if self.probabilities:
            require_unit_interval(x, "a decoder that ends in a sigmoid takes values", 'divide pixels by 255, or give output="linear"')

    def prepare(self, x: Any, y: Any) -> Layer:
        *hidden, last = self.net.decoder.layers
        return self.net.set(decoder=Chain((*hidden, last.set(units=x.shape[1]))))

    @property
    def probabilities(self) -> bool:
        """Whether what is reconstructed lies between 0 and 1."""
        return getattr(self.net.decoder.layers[-1], "activation", None) == "sigmoid"

    def transform(self, x: Any) -> np.ndarray:
        """The code of rows, `(rows, units)`."""
        self.require_fitted("transform")
        return np.asarray(_encode(self.net, as_array(x, "x")))

    def reconstruct(self, x: Any) -> np.ndarray:
        """What the decoder makes of the code of rows, as `predict` does."""
        self.require_fitted("reconstruct")
        return self.predict(x, verbose=0)

    def to_classifier(self, classes: int, *, dropout: float = 0.0, seed: int | None = None) -> Sequential:
        """A classifier of the encoder's layers with their weights and a new softmax layer of `classes` units: compile it, and fine-tune it.

        `dropout` is the share of each dense layer's units that is left out while that goes on. For integer targets 0, 1, … compile with
        the loss "sparse_categorical_crossentropy". The autoencoder stays as it is.
        """
        self.require_fitted("become a classifier")
        return classifier_on(self.net.encoder, self.input, classes, dropout, self.seed if seed is None else seed)

    def draw(self, x: Any = None) -> "Figure":
        """The weights of the first layer's units; with rows `x` each of the first above its reconstruction, else the loss by epoch."""
        from neuralzoo.inspect.autoencoder_plots import filters_and_loss, filters_and_pairs

        self.require_fitted("draw")
        kernel = np.asarray(getattr(self.net.encoder.layers[0], "kernel"))  # noqa: B009
        filters = _flat(np.moveaxis(kernel, -1, 0)[:SHOWN])
        if x is None:
            return filters_and_loss(filters, self.history.history.get("loss", ()))
        rows = as_array(x, "x")
        return filters_and_pairs(filters, _flat(rows), _flat(self.reconstruct(rows)))


def dense_layers(units: Sizes, activation: str | None, output: str | None) -> tuple[Chain, Chain]:
    """An encoder of dense layers and its mirror image; the last layer gets as many units as rows have features once they are known."""
    units = sizes_of(units, "layers down to the code", "(128, 32)")
    up = Chain(tuple(Dense(some, activation) for some in units))
    return up, Chain((*(Dense(some, activation) for some in units[-2::-1]), Dense(1, output)))


def reconstructing(output: str | None, rate: float | Schedule, price_of_code: CodePenalty | None = None) -> Gradient:
    """The rule for a decoder that ends in `output`: Adam on the cross-entropy of a sigmoid's values, else on the squared error."""
    return Gradient(Reconstruction(BinaryCrossentropy() if output == "sigmoid" else MeanSquaredError(), price_of_code), Adam(rate))


def corruption_named(name: str, amount: float) -> Layer:
    """What spoils rows while training: a share `amount` of them by "masking" or "salt_and_pepper", or all by "gaussian" noise of this sd.

    >>> corruption_named("masking", 0.25)
    MaskingNoise(share=0.25)
    """
    kinds = {"masking": MaskingNoise, "gaussian": GaussianNoise, "salt_and_pepper": SaltAndPepperNoise}
    if name not in kinds:
        raise ArgumentError(f"there is no corruption {name!r}", remedy=f"choose one of {', '.join(kinds)}")
    if amount < 0:
        raise ArgumentError(f"a corruption of {amount}", remedy="give a share from 0 to 1, or a standard deviation")
    return kinds[name](amount)


@jax.jit
def _encode(net: Autoencoding, x: Any) -> Any:
    return net.encode(jnp.asarray(x))


def _flat(pictures: np.ndarray) -> np.ndarray:
    """Pictures as rows, the mean of their channels where they have some."""
    return pictures.mean(axis=-1).reshape(len(pictures), -1) if pictures.ndim > 2 else pictures
