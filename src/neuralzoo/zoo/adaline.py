"""ADALINE: a linear neuron that follows its error, row by row; in a telephone it takes the echo out of the line."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.delta import DeltaRule
from neuralzoo.learn.least_squares import LeastSquares
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import count_classes, is_classes, require_table, width_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RULES = ("batch", "least squares", "normalized", "online")
ENOUGH = 4096  # rows from which the largest eigenvalue is estimated
HERTZ = 8000  # samples a second on a telephone line


class Adaline(Member):
    """Linear outputs that learn by the delta rule: least mean squares, LMS.

    Whole-number targets are classes with an output each (0 or 1), `classify` takes the largest; others are numbers to predict.
    A step so large that it cannot converge is refused, with the bound that the rows set.

    Args:
        rate: how far an error moves the weights.
        rule: "online" after each row; "normalized" the same over |x|², for rates between 0 and 2 whatever the rows are;
            "batch" by the mean of a batch; "least squares" in closed form, from one pass and without a rate.
        bias: whether the outputs have one.
        seed: of the order of the rows; pass `shuffle=False` to `fit` for rows that follow each other in time.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(200, 2))
        >>> adaline = Adaline(rate=0.05)
        >>> history = adaline.fit(x, 3 * x[:, 0] - x[:, 1] + 2, epochs=10, verbose=0)
        >>> adaline.predict([[1, 1]]).round(2)
        array([[4.]], dtype=float32)
    """

    card = Card(
        key="adaline",
        name="ADALINE",
        short="",
        year=1960,
        authors="B. Widrow, M. Hoff",
        reference="Adaptive switching circuits, IRE WESCON Convention Record 4",
        cells=("input", "output"),
        rule="least mean squares: w ← w + rate · (target − w·x) · x, or in closed form",
        purpose="predict numbers, tell classes apart, and adapt filters: cancel echoes, equalise lines",
        verbs=("predict", "classify", "evaluate"),
        goals=(
            Goal(
                "an adaptive echo canceller on a simulated line: echo return loss enhancement of at least 20 dB",
                "38.3 dB in the third second (64 taps, normalised rule, noise 44 dB below the echo)",
                "python examples/zoo_adaline.py",
            ),
        ),
    )
    usual_epochs = 20
    net: Dense

    def __init__(self, rate: float = 0.01, rule: str = "online", bias: bool = True, *, seed: int | None = None):
        if rule not in RULES:
            raise ArgumentError(f"Adaline has no rule {rule!r}", remedy=nearest(str(rule), RULES))
        net = Dense(1, use_bias=bias, kernel_initializer="zeros")
        learner = LeastSquares(0.0) if rule == "least squares" else DeltaRule(rate, rule != "batch", rule == "normalized")
        Member.__init__(self, net, learner, seed)

    def check_rows(self, x: Any, y: Any) -> None:
        require_table(x)
        if is_classes(y):
            count_classes(y, self.net.units if self.built else None)
        if isinstance(self.learner, DeltaRule) and not self.learner.normalized:
            bound = 2 / largest_eigenvalue(x, self.net.use_bias)
            if self.learner.rate >= bound:
                what = f"with rate={self.learner.rate:g} the delta rule diverges on these rows: it has to stay below 2/λ = {bound:.3g}"
                remedy = f"try rate={bound / 20:.1g}, scale the inputs to about -1…1, or take rule='normalized'"
                raise ArgumentError(what, where="λ, the largest eigenvalue of the mean x xᵀ", remedy=remedy)

    def prepare(self, x: Any, y: Any) -> Dense:
        return self.net.set(units=count_classes(y) if is_classes(y) else width_of(y))

    def classify(self, x: Any) -> np.ndarray:
        """The class of each row of x: the largest output."""
        return self.predict(x).argmax(axis=1)

    def draw(self, before: Any = None, after: Any = None) -> "Figure":
        """The weights and the learning curve; with a signal `before` and `after` cancelling, both of them below."""
        from neuralzoo.inspect.filter_plots import learned, silenced

        self.require_fitted("draw")
        kernel, losses = np.asarray(self.net.kernel), self.history.history.get("loss", ())
        if before is None:
            return learned(kernel, losses)
        return silenced(kernel, as_array(before, "before"), as_array(after, "after"), HERTZ)

    @staticmethod
    def example() -> "Figure":
        """An echo canceller on a telephone line: the far speaker's voice comes back through the hybrid, and is learned away."""
        line = telephone_line(3, seed=0)
        canceller = Adaline(rate=0.5, rule="normalized", bias=False)
        rest = cancel_echo(canceller, line.far, line.microphone)
        print(f"the echo is {echo_loss(line, rest):.0f} dB lower in the last second")
        return canceller.draw(line.microphone, rest)


class TelephoneLine(NamedTuple):
    """A simulated line; all but `path` are signals of 8000 samples a second.

    far: what the far speaker says.
    echo: what of it comes back.
    microphone: the echo and the noise of the near end, all that can be measured.
    path: the impulse response of the hybrid, the way that the echo takes.
    """

    far: np.ndarray
    echo: np.ndarray
    microphone: np.ndarray
    path: np.ndarray


def telephone_line(seconds: float, taps: int = 64, noise: float = 0.003, *, seed: int = 0) -> TelephoneLine:
    """A line with a signal like speech, an echo path of `taps` samples that loses about 6 dB, and near-end noise.

    The signal is noise through the resonances of a throat (an autoregressive filter), voiced in syllables four times a second.
    """
    from scipy.signal import lfilter

    draws = np.random.default_rng(seed)
    count = round(seconds * HERTZ)
    time = np.arange(count) / HERTZ
    syllables = 0.15 + np.sin(2 * np.pi * 2 * time) ** 2
    far = lfilter([1.0], [1, -1.3, 0.75], draws.normal(size=count)) * syllables
    far /= far.std()
    path = draws.normal(size=taps) * np.exp(-np.arange(taps) / (taps / 5)) * (np.arange(taps) >= 4)  # a delay, then ringing
    path *= 0.5 / np.linalg.norm(path)
    echo = lfilter(path, [1.0], far)
    microphone = echo + noise * draws.normal(size=count)
    return TelephoneLine(*(np.asarray(signal, np.float32) for signal in (far, echo, microphone, path)))


def delay_line(signal: Any, taps: int) -> np.ndarray:
    """Rows `(samples, taps)` of a signal and what it was 1, 2, … samples before, 0 before it began."""
    signal = np.asarray(signal, np.float32)
    padded = np.concatenate([np.zeros(taps - 1, np.float32), signal])
    return np.lib.stride_tricks.sliding_window_view(padded, taps)[:, ::-1]


def cancel_echo(filter: Adaline, far: Any, microphone: Any, taps: int = 64) -> np.ndarray:  # noqa: A002 what it is
    """What is left of the microphone's signal as an adaptive filter learns the echo, an eighth of a second after the other.

    Each part is answered by what was learned before it, as on a line, and only then learned from; the first is left as it is.
    """
    rows, wanted = delay_line(far, taps), np.asarray(microphone, np.float32)
    rest = [wanted[: HERTZ // 8]]
    for start in range(0, len(rows), HERTZ // 8):
        part = slice(start, start + HERTZ // 8)
        if start:
            rest.append(wanted[part] - filter.predict(rows[part])[:, 0])
        filter.fit(rows[part], wanted[part], batch_size=250, epochs=1, shuffle=False, verbose=0)
    return np.concatenate(rest)


def echo_loss(line: TelephoneLine, rest: np.ndarray, samples: int = HERTZ) -> float:
    """The echo return loss enhancement over the last samples: 10 log₁₀ of the microphone's power over that of the rest, in dB."""
    return float(10 * np.log10(np.mean(line.microphone[-samples:] ** 2) / np.mean(rest[-samples:] ** 2)))


def largest_eigenvalue(x: np.ndarray, bias: bool) -> float:
    """The largest eigenvalue of the mean x xᵀ over the first rows, a 1 being added to each row where there is a bias."""
    some = x[:ENOUGH].astype(np.float64)
    some = np.hstack([some, np.ones((len(some), 1))]) if bias else some
    smaller = some @ some.T if len(some) < some.shape[1] else some.T @ some
    return max(float(np.linalg.eigvalsh(smaller)[-1]) / len(some), np.finfo(float).tiny)
