"""What a learning curve says: `diagnose(history)` names it, gives the evidence and what to try next.

Everything is measured in units of the curve itself, so that the loss's scale does not matter:

    scale   what there was to gain: the loss of guessing where it is known, else the loss of the first epoch (less the
            lowest value, where a loss may go below zero)
    noise   robust standard deviation of the epoch-to-epoch jumps after their trend is taken out
    level   median of the last tenth of the epochs, at least three

The rules, in the order in which they are asked; the first that holds names the curve:

    rate too high     the loss became NaN or infinite, ends above its start, was once twice the loss of guessing and
                      stays above half of it, or leaps up by a third of its level again and again
    still learning    fewer than 5 epochs
    unrepresentative  the validation loss lies below the training loss by a fifth without dropout; or lies far above it from
                      the first epoch on, and the two then run in parallel
    over-fit          the validation loss has risen by 15 % since its best epoch, or ends a fifth of the scale above the training loss
    unrepresentative  the validation loss jumps by a tenth of its level from epoch to epoch while the training loss does not
    still learning    the loss still falls over the last fifth of the epochs, by 3 % of its level, 1 % of the
                      scale, and more than its noise
    plateau           the training loss has fallen by less than 5 % of the scale
    under-fit         the training loss stays above half of the scale, and the training score below 0.9
    good fit          none of these

After J. Brownlee, "How to use learning curves to diagnose machine learning model performance" (2019), and Goodfellow,
Bengio and Courville, "Deep learning" (2016), §5.2 and §11.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neuralzoo.core.errors import ArgumentError
from neuralzoo.inspect.diagnosis import Diagnosis


def diagnose(
    history: Mapping[str, Sequence[float]], *, metric_is_score: bool = True, dropout: bool = False, chance: float | None = None
) -> Diagnosis:
    """The name of a learning curve, its evidence in numbers and advice.

    `history`: "loss", and where they were measured "val_loss" and metrics, by epoch. `metric_is_score`: larger metrics are
    better, as for accuracy. `dropout`: the network drops units or adds noise in training only, so that its training loss may
    lie above the validation loss. `chance`: the loss of the best constant guess on the training rows, in the loss's own unit.

    >>> diagnose({"loss": [1.0, 0.5, 0.3, 0.2, 0.15, 0.12], "val_loss": [1.0, 0.6, 0.5, 0.6, 0.8, 1.1]}).name
    'over-fit'
    """
    curve = _read(history, metric_is_score, dropout, chance)
    return next(found for rule in RULES if (found := rule(curve)))


@dataclass(frozen=True, eq=False)
class _Curve:
    """The history, smoothed and summed up; losses in their own unit."""

    loss: np.ndarray
    val: np.ndarray  # empty where nothing was validated
    broken: int | None  # the first epoch that is not finite, from 1
    scale: float
    reference: float  # the loss of guessing, or of the first epoch
    reference_name: str
    score: float | None  # of the training rows at the end, larger is better
    dropout: bool

    @property
    def epochs(self) -> int:
        return len(self.loss)

    @property
    def tail(self) -> int:
        return min(max(3, self.epochs // 10), self.epochs)

    @property
    def end(self) -> float:
        return float(np.median(self.loss[-self.tail :]))

    @property
    def val_end(self) -> float:
        return float(np.median(self.val[-self.tail :]))

    def above(self, level: float) -> float:
        """How far `level` lies above the loss's floor, never quite zero."""
        return max(level - (self.reference - self.scale), 1e-3 * self.scale)


def _read(history: Mapping[str, Sequence[float]], metric_is_score: bool, dropout: bool, chance: float | None) -> _Curve:
    if not len(history.get("loss", ())):
        raise ArgumentError(
            "the history has no 'loss'", where=f"history of {', '.join(history) or 'nothing'}", remedy="train for at least one epoch"
        )
    loss = np.array(history["loss"], float)
    val = np.array(history.get("val_loss", ()), float)[: len(loss)]
    bad = ~np.isfinite(loss)
    broken = int(bad.argmax()) + 1 if bad.any() else None
    kept = slice(0, broken - 1 if broken else len(loss))
    loss, val = loss[kept], val[kept]
    val = val if np.isfinite(val).all() and len(val) == len(loss) else np.zeros(0)
    start = float(loss[0]) if len(loss) else 1.0
    reference = chance if chance is not None else start
    floor = min(0.0, float(loss.min(initial=0.0)), float(val.min(initial=0.0)))
    name = next((key for key in history if key != "loss" and not key.startswith("val_") and "rate" not in key and key != "lr"), None)
    ends = np.array(history[name], float)[kept][-3:] if name and metric_is_score else np.zeros(0)
    score = float(np.median(ends)) if len(ends) and np.isfinite(ends).all() else None
    words = "the loss of guessing" if chance is not None else "the loss of the first epoch"
    return _Curve(loss, val, broken, max(reference - floor, 1e-12), reference, words, score, dropout)


def _noise(values: np.ndarray) -> float:
    """Standard deviation of the jumps: second differences know no trend; 1.4826 turns a median deviation into it."""
    if len(values) < 4:
        return 0.0
    return float(1.4826 * np.median(np.abs(np.diff(values, 2))) / np.sqrt(6))


def _rate_too_high(c: _Curve) -> Diagnosis | None:
    advice = "Try a learning rate 3 to 10 times smaller, clipnorm=1.0 in the optimizer, and inputs scaled to about −1…1."
    if c.broken:
        return Diagnosis("rate too high", f"The training loss is no longer finite in epoch {c.broken}.", advice)
    if c.epochs < 3:
        return None
    worst = float(c.loss.max())
    if c.end > c.loss[0] + 0.25 * c.scale or (c.above(c.end) > 0.5 * c.scale and worst > c.reference + c.scale):
        said = f"The training loss was {c.loss[0]:.3g} in the first epoch, {worst:.3g} at its worst and is {c.end:.3g} at the end."
        return Diagnosis("rate too high", said, advice)
    later = c.loss[c.epochs // 3 :]
    leaps = np.diff(later) > max(0.33 * c.above(float(np.median(later))), 0.02 * c.scale)
    if len(leaps) >= 4 and leaps.mean() > 0.2:
        said = f"The training loss leaps up by a third of its level or more in {leaps.sum()} of the last {len(leaps)} epochs"
        return Diagnosis("rate too high", f"{said}, between {later.min():.3g} and {later.max():.3g}.", advice)
    return None


def _too_short(c: _Curve) -> Diagnosis | None:
    if c.epochs >= 5:
        return None
    said = (
        f"{c.epochs} epoch{'s are' if c.epochs > 1 else ' is'} too few to read a curve; the training "
        f"loss went from {c.loss[0]:.3g} to {c.loss[-1]:.3g}."
    )
    return Diagnosis("still learning", said, "Train for more epochs, and let early stopping on the validation loss decide when to end.")


def _unrepresentative(c: _Curve) -> Diagnosis | None:
    if not len(c.val):
        return None
    mix = (
        "Split again with another seed, stratified, or with more validation rows; look for "
        "duplicates and for rows in an order (time, groups)."
    )
    half = slice(c.epochs // 2, None)
    gap = c.loss[half] - c.val[half]
    # a training loss is the mean over an epoch in which the network still improved: allow one epoch's fall
    fall = np.maximum(-np.diff(c.loss, prepend=c.loss[0])[half], 0)
    easier = gap - fall > np.maximum(0.2 * (c.loss[half] - c.reference + c.scale), 0.02 * c.scale)
    if not c.dropout and easier.mean() > 0.8 and np.median(gap) > 3 * _noise(c.val):
        said = (
            f"The validation loss, {c.val_end:.3g}, lies below the training loss, {c.end:.3g}, in {easier.mean():.0%} of the later epochs"
        )
        return Diagnosis("unrepresentative validation", f"{said}: its rows are easier than the training rows.", mix)
    early, late = float(np.median((c.val - c.loss)[:3])), c.val_end - c.end
    level = c.above(float(np.median(c.val[:3])))
    if (
        early > 0.4 * level
        and late < 1.3 * early
        and late > 0.15 * c.scale
        and c.val_end < c.val.min() + 0.15 * c.above(float(c.val.min()))
    ):
        said = f"The validation loss lies above the training loss from the first epochs on, by {early:.3g}, and by {late:.3g} at the end"
        return Diagnosis("unrepresentative validation", f"{said}: the two kinds of rows differ, rather than the network memorising.", mix)
    return None


def _over_fit(c: _Curve) -> Diagnosis | None:
    if not len(c.val):
        return None
    best = int(c.val.argmin())
    low, rise, gap = float(c.val[best]), c.val_end - float(c.val.min()), c.val_end - c.end
    advice = (
        "Keep the weights of the best epoch (early stopping does); then dropout, weight "
        "decay, a smaller network, augmentation or more rows."
    )
    noise = max(3 * _noise(c.val), 0.02 * c.scale)
    if best < c.epochs - 1 and gap > 0 and rise > max(0.15 * c.above(low), noise):
        said = (
            f"The validation loss was best in epoch {best + 1} with {low:.3g} and is {c.val_end:.3g} at "
            f"the end, while the training loss fell to {c.end:.3g}."
        )
        return Diagnosis("over-fit", said, advice)
    if gap > max(0.2 * c.scale, noise) and gap > 0.5 * c.above(c.end):
        said = (
            f"The training loss ends at {c.end:.3g} and the validation loss at {c.val_end:.3g}, "
            f"{gap / c.above(c.end):.1f} times the training loss higher."
        )
        return Diagnosis("over-fit", said, advice)
    return None


def _noisy_validation(c: _Curve) -> Diagnosis | None:
    if len(c.val) < 8:
        return None
    later = slice(c.epochs // 3, None)
    noise, quiet = _noise(c.val[later]), _noise(c.loss[later])
    if noise > 4 * quiet and noise > max(0.1 * c.above(float(np.median(c.val[later]))), 0.02 * c.scale):
        said = (
            f"The validation loss jumps by ±{noise:.2g} from epoch to epoch around "
            f"{np.median(c.val[later]):.3g}, the training loss only by ±{quiet:.2g}."
        )
        return Diagnosis(
            "unrepresentative validation",
            said,
            "Use more validation rows, or cross-validation: this few cannot tell good epochs from bad ones.",
        )
    return None


def _still_learning(c: _Curve) -> Diagnosis | None:
    values, what = (c.val, "validation") if len(c.val) else (c.loss, "training")
    last = max(3, round(c.epochs / 5))
    slope = float(np.polyfit(np.arange(last), values[-last:], 1)[0])
    fall = -slope * last
    falling = c.loss[-1] < c.loss[-last] and int(values.argmin()) >= c.epochs - max(2, last // 2)
    if falling and fall > max(0.03 * c.above(float(values[-1])), 2 * _noise(values), 0.01 * c.scale):
        said = (
            f"The {what} loss still falls by {fall:.2g} over the last {last} of {c.epochs} epochs and ends at {values[-1]:.3g}, its lowest."
        )
        return Diagnosis(
            "still learning",
            said,
            "Train for more epochs with early stopping; if it falls slowly from the start, raise the learning rate 3 times.",
        )
    return None


def _plateau(c: _Curve) -> Diagnosis | None:
    best = c.reference - min(c.end, float(np.median(c.loss)))
    if best > max(0.05 * c.scale, _noise(c.loss)) or (c.score is not None and c.score >= 0.9):
        return None
    said = f"The training loss ends at {c.end:.3g} after {c.epochs} epochs; {c.reference_name} is {c.reference:.3g}: nothing is learned."
    advice = (
        "Try a learning rate 10 times larger and 10 times smaller, scaled inputs, another "
        "activation; check that labels belong to their rows."
    )
    return Diagnosis("plateau", said, advice)


def _under_fit(c: _Curve) -> Diagnosis | None:
    share = c.above(c.end) / c.scale
    if share < 0.5 or (c.score is not None and c.score >= 0.9):
        return None
    near = f", the validation loss at {c.val_end:.3g}" if len(c.val) else ""
    said = (
        f"The training loss levels off at {c.end:.3g}, {share:.0%} of {c.reference_name}{near}: "
        "the network does not even fit its training rows."
    )
    advice = (
        "Try more units or layers, less dropout or weight decay, better inputs. If a larger "
        "network ends there too, the rest is noise in the data."
    )
    return Diagnosis("under-fit", said, advice)


def _good_fit(c: _Curve) -> Diagnosis:
    share = f"The training loss levels off at {c.end:.3g}, {c.above(c.end) / c.scale:.0%} of {c.reference_name}"
    near = f", and the validation loss stays close at {c.val_end:.3g}." if len(c.val) else "; no validation loss was measured."
    return Diagnosis("good fit", share + near, "Leave it; further gains come from more or better data, or from averaging several networks.")


RULES = (
    _rate_too_high,
    _too_short,
    _unrepresentative,
    _over_fit,
    _noisy_validation,
    _still_learning,
    _plateau,
    _under_fit,
    _good_fit,
)
