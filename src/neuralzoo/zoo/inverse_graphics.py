"""Deep convolutional inverse graphics networks: codes of pictures whose single numbers are pose, light and shape."""

import warnings
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, DataError, ShapeError
from neuralzoo.core.layer import Layer
from neuralzoo.layers.conv import Conv2D
from neuralzoo.layers.conv_transposed import Conv2DTranspose
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.graphics_code import GraphicsCode
from neuralzoo.layers.shape import Flatten, Reshape
from neuralzoo.learn.clamped import Clamped
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.optimizers import Adam
from neuralzoo.learn.schedules import Schedule
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HALVED = 4  # what two convolutions of stride 2 divide the sides by


class UnseenFactorWarning(UserWarning):
    """No group of pictures shows a factor by itself."""


class InverseGraphicsNetwork(Member):
    """A variational autoencoder of pictures that learns from groups in which one factor varies, so that each factor gets its own unit.

    Rows are groups of pictures `(groups, scenes, height, width, channels)`, y the number of the factor that varies within each:
    number k < `pinned` for unit k of the code, number `pinned` for all other units. See `neuralzoo.data.scenes.clamped_scenes`.
    Learning starts with much noise, which falls in the first `cooling` steps; without that some seeds fold a pose upon
    another, which their "error" tells, twice as high as that of others.

    Args:
        code: how many numbers describe a picture.
        pinned: how many factors have a unit of their own.
        filters: of the two convolutions, and backwards of the decoder's.
        hidden: units of the dense layers between convolutions and code.
        learning_rate: of Adam, a number or a schedule.
        noise, beta, invariance, first_noise, cooling: of `Clamped`; let the cooling take about half of the steps.
        seed: of weights, order and noise.

    Example:
        >>> from neuralzoo.data.scenes import clamped_scenes, free_scenes
        >>> held = clamped_scenes(12, 4, size=8)
        >>> net = InverseGraphicsNetwork(3, pinned=2, filters=(2, 4), hidden=8)
        >>> history = net.fit(held.x, held.y, epochs=1, verbose=0)
        >>> pictures, factors = free_scenes(5, size=8)
        >>> net.encode(pictures).shape, net.turn(pictures, 0, [-1, 0, 1]).shape
        ((5, 3), (5, 3, 8, 8, 1))
    """

    card: ClassVar[Card] = Card(
        key="dcign",
        name="Deep convolutional inverse graphics network",
        short="DCIGN",
        year=2015,
        authors="T. Kulkarni, W. Whitney, P. Kohli, J. Tenenbaum",
        reference="Deep convolutional inverse graphics network, NIPS 2015",
        cells=("input", "kernel", "convolution or pool", "probabilistic hidden", "match input output"),
        rule="the variational bound, by batches in which one factor varies and the rest of the code is clamped to its mean",
        purpose="find the causes of a picture, such as pose and light, and render it anew with others",
        verbs=("encode", "decode", "turn", "predict", "evaluate"),
        goals=(
            Goal(
                "clamped unit against its true factor R² ≥ 0.9, others near 0, on scenes it has not seen",
                "mean of 5 seeds: pose 0.967, light 0.980, and shape 0.941 for the third unit; at least 0.924, others at most 0.010",
                "python examples/zoo_dcign.py 5",
            ),
        ),
    )
    usual_batch = 8
    usual_epochs = 30
    net: GraphicsCode

    def __init__(
        self,
        code: int = 3,
        pinned: int = 2,
        *,
        filters: tuple[int, int] = (16, 32),
        hidden: int = 64,
        learning_rate: float | Schedule = 1e-3,
        noise: float = 0.1,
        beta: float = 1.0,
        invariance: float = 1.0,
        first_noise: float = 1.0,
        cooling: int = 720,
        seed: int | None = None,
    ):
        net = GraphicsCode(code, _encoder(filters, hidden, code), Chain())
        if not 1 <= pinned <= code or len(filters) != 2:
            what = f"a code of {code} numbers, {pinned} of them pinned, and filters={filters}"
            raise ArgumentError(what, remedy="pin at least 1 number and at most all, and give the filters of two convolutions")
        rule = Clamped(pinned, noise, beta, invariance, first_noise, cooling)
        Member.__init__(self, net, Gradient(rule, Adam(learning_rate)), seed)

    @property
    def pinned(self) -> int:
        """How many factors have a unit of their own."""
        assert isinstance(self.learner, Gradient) and isinstance(self.learner.loss, Clamped)
        return self.learner.loss.pinned

    def check_rows(self, x: Any, y: Any) -> None:
        if isinstance(x, dict | tuple) or x.ndim != 5 or x.shape[1] < 2:
            what = f"x has shape {getattr(x, 'shape', type(x).__name__)}: there are no groups in which one factor varies"
            raise DataError(what, remedy="give (groups, scenes, height, width, channels), two scenes a group at least")
        if x.shape[2] % HALVED or x.shape[3] % HALVED:
            what = f"pictures of {x.shape[2]} × {x.shape[3]} cannot be halved twice"
            raise DataError(what, remedy=f"pad them to multiples of {HALVED}, by neuralzoo.layers.ZeroPadding2D, say")
        if x.min() < 0 or x.max() > 1:
            raise DataError(f"pictures go from 0 to 1, but x has {x.min():g} to {x.max():g}", remedy="divide pixels of 0 … 255 by 255")
        last = self.pinned if self.net.code > self.pinned else self.pinned - 1
        if y is None or y.dtype.kind not in "iu" or y.min() < 0 or y.max() > last:
            what = f"y has to say which factor varies in each group, by its number from 0 to {last}"
            raise DataError(what, remedy=f"number the pinned factors from 0 on, and all others {self.pinned}; or change pinned and code")

    def prepare(self, x: Any, y: Any) -> Layer:
        last = self.pinned + (self.net.code > self.pinned)
        if missing := sorted(set(range(last)) - set(np.unique(y).tolist())):
            what = f"no group shows factor {missing[0]} by itself, so its part of the code learns nothing"
            warnings.warn(f"{what}. Add groups in which it alone varies.", UnseenFactorWarning, stacklevel=2)
        first = self.net.encoder.layers  # pyright: ignore[reportAttributeAccessIssue]
        return self.net.set(decoder=_decoder((first[0].filters, first[1].filters), first[3].units, x.shape[2:]))

    def encode(self, x: Any) -> np.ndarray:
        """The code of each picture, `(rows, code)`, its most likely values."""
        self.require_fitted("encode")
        x = as_array(x, "x")
        if x.shape[-3:] != self.input.shape[-3:]:
            what = f"pictures have shape {x.shape[1:]}, the network has learned those of {self.input.shape[-3:]}"
            raise ShapeError(what, remedy="give pictures of the same size")
        return self.predict(x, verbose=0)

    def decode(self, code: Any) -> np.ndarray:
        """The picture of each code `(rows, code)`."""
        self.require_fitted("decode")
        code = as_array(code, "code")
        if code.shape[-1] != self.net.code:
            raise ShapeError(f"codes have {code.shape[-1]} numbers, not {self.net.code}", remedy="give what encode returns, or like it")
        return np.asarray(_render(self.net, jnp.asarray(code, jnp.float32)))

    def turn(self, x: Any, unit: int, values: Any) -> np.ndarray:
        """Each picture rendered anew with one unit of its code set to values: `(rows, values, height, width, channels)`."""
        return self.decode(turned(self.encode(x), unit, values))

    def draw(self, x: Any = None, values: Any = (-1.5, -0.9, -0.3, 0.3, 0.9, 1.5)) -> "Figure":
        """What each unit of the code means: pictures of the middle code, with one unit after the other set to values.

        Args:
            x: pictures; the middle is the mean of their codes, and values count their standard deviations. Without, 0 and 1.
            values: what a unit is set to.
        """
        from neuralzoo.inspect.code_plots import traversals

        self.require_fitted("draw")
        codes = np.zeros((1, self.net.code), np.float32) if x is None else self.encode(x)
        middle, step = codes.mean(0, keepdims=True), np.ones(self.net.code) if x is None else codes.std(0)
        settings = [middle[0, unit] + step[unit] * np.asarray(values) for unit in range(self.net.code)]
        pictures = np.stack([self.decode(turned(middle, unit, some)[0]) for unit, some in enumerate(settings)])
        called = [f"factor {min(unit, self.pinned)}" for unit in range(self.net.code)]
        told = "value of the unit" if x is None else "value of the unit, in standard deviations from the mean"
        return traversals(pictures, np.asarray(values), called, told)

    @staticmethod
    def example() -> "Figure":
        """Learn a few hundred groups of shaded ellipsoids; how well the units of the code tell pose, light and shape of others."""
        from neuralzoo.data.scenes import FACTORS, clamped_scenes, free_scenes

        held = clamped_scenes(192, 8, size=12, seed=0)
        net = InverseGraphicsNetwork(3, pinned=2, filters=(4, 8), hidden=32, learning_rate=5e-3, first_noise=0.5, cooling=120, seed=0)
        net.fit(held.x, held.y, batch_size=4, epochs=15, verbose=0)
        pictures, factors = free_scenes(500, size=12, seed=1)
        shares = explained_shares(net.encode(pictures), factors)
        print("R² of each unit with its factor: " + ", ".join(f"{name} {shares[i, i]:.2f}" for i, name in enumerate(FACTORS)))
        return net.draw(pictures)


def turned(code: np.ndarray, unit: int, values: Any) -> np.ndarray:
    """Codes `(rows, code)` with one unit set to each of some values: `(rows, values, code)`."""
    if not 0 <= unit < code.shape[1]:
        raise ArgumentError(f"there is no unit {unit}: the code has {code.shape[1]}", remedy="count them from 0")
    copies = np.repeat(code[:, None], len(values), axis=1)
    copies[..., unit] = values
    return copies


def explained_shares(code: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """R² of each number of the code with each factor, the square of their correlation: `(code, factors)`."""
    both = np.corrcoef(code.T, factors.T)
    return both[: code.shape[1], code.shape[1] :] ** 2


def _encoder(filters: tuple[int, ...], hidden: int, code: int) -> Chain:
    convolutions = [Conv2D(some, 4, 2, "same", activation="relu", kernel_initializer="he_normal") for some in filters]
    return Chain((*convolutions, Flatten(), Dense(hidden, activation="relu", kernel_initializer="he_normal"), Dense(2 * code)))


def _decoder(filters: tuple[int, ...], hidden: int, picture: tuple[int, int, int]) -> Chain:
    coarse = (picture[0] // HALVED, picture[1] // HALVED, filters[-1])
    return Chain(
        (
            Dense(hidden, activation="relu", kernel_initializer="he_normal"),
            Dense(coarse[0] * coarse[1] * coarse[2], activation="relu", kernel_initializer="he_normal"),
            Reshape(coarse),
            Conv2DTranspose(filters[0], 4, 2, "same", activation="relu", kernel_initializer="he_normal"),
            Conv2DTranspose(picture[2], 4, 2, "same", activation="sigmoid"),
        )
    )


@jax.jit
def _render(net: GraphicsCode, code: Any) -> Any:
    return net.render(code)
