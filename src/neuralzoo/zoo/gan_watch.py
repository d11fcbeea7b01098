"""What goes wrong between a generator and its critic, named while it happens."""

import warnings
from collections import deque
from typing import Any

from neuralzoo.train.callbacks.base import Callback

WINDOW = 400  # steps at least, and
EPOCHS = 3  # epochs at least, over whose mean a sign must be seen before it is believed
ALIKE = 0.05  # spread of generated rows, beside that of real ones, below which they are all the same
PRECISE = 0.6  # share of generated rows like real ones, from which on less than half of it as coverage tells of missing kinds
WON = 0.995  # pairs told apart
BLIND = 0.05  # how near to one half a critic is that cannot tell
FLAT = 0.02  # difference of its mean values, between real and generated rows and from epoch to epoch
UNLIKE = 0.2  # coverage and precision below which generated rows do not look real
VANISHED = 0.01  # of the largest gradient of any epoch


class AdversarialWarning(UserWarning):
    """The game between generator and critic goes wrong."""


class ModeCollapseWarning(AdversarialWarning):
    """The generator makes some kinds of rows only."""


class VanishingGradientWarning(AdversarialWarning):
    """The generator learns nothing from the critic any more."""


class WinningCriticWarning(AdversarialWarning):
    """The critic tells every generated row from a real one."""


class DeadCriticWarning(AdversarialWarning):
    """The critic values real and generated rows alike, though they differ."""


class WatchTheGame(Callback):
    """Warns, once in each `fit`, of mode collapse, vanishing gradients, a winning and a dead critic.

    Each has its sign in the statistics of `Adversarial`, and is named where that is seen in their means over the last 400 steps, three
    epochs at least:

    * mode collapse: spread < 0.05, all generated rows the same; or precision > 0.6 and coverage below half of that, generated rows
      are like real ones, but most of those have none near;
    * vanishing gradient: the norm of the generator's gradient is below a hundredth of that of its largest epoch;
    * winning critic: more than 99.5 % of pairs told apart, by a loss that saturates then;
    * dead critic: between 45 % and 55 % of pairs told apart, mean values of real and generated rows that differ by less than 0.02, and
      have not moved by more from epoch to epoch, coverage and precision below 0.2. One that is still finding its way moves.

    Args:
        bounded: whether the loss saturates where the critic wins.
    """

    watches_epochs = False

    def __init__(self, bounded: bool):
        self.bounded = bounded

    def on_train_begin(self, logs: Any = None) -> None:
        self.steps = self.params.get("steps")
        self.seen: deque[dict[str, float]] = deque(maxlen=max(EPOCHS, -(-WINDOW // (self.steps or WINDOW))))
        self.named: set[type[AdversarialWarning]] = set()
        self.largest = 0.0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        told = dict(logs or {})
        self.largest = max(self.largest, told.get("gradient", 0.0))
        self.seen.append(told)
        if len(self.seen) < (self.seen.maxlen or 1):
            return
        means = {name: sum(one.get(name, 0.0) for one in self.seen) / len(self.seen) for name in told}
        courses = ([one[side] for one in self.seen] for side in ("real", "fake") if side in told)
        means["moved"] = max((max(course) - min(course) for course in courses), default=0.0)
        for kind, holds, what in self._signs():
            if kind not in self.named and holds(means):
                self.named.add(kind)
                warnings.warn(f"epoch {epoch + 1}: {what.format(**means)}", kind, stacklevel=2)

    def _signs(self) -> list[tuple[type[AdversarialWarning], Any, str]]:
        """Each failure with its sign, and what it means and what helps."""
        largest = self.largest
        return [
            (ModeCollapseWarning, collapsed, COLLAPSE),
            (VanishingGradientWarning, lambda s: s.get("gradient", largest) < VANISHED * largest, VANISHING),
            (WinningCriticWarning, lambda s: self.bounded and s["told_apart"] > WON, WINNING),
            (DeadCriticWarning, dead, DEAD),
        ]


def collapsed(seen: dict[str, float]) -> bool:
    """Whether generated rows are all the same, or like some real ones only."""
    if "spread" not in seen:
        return False
    return seen["spread"] < ALIKE or (seen["precision"] > PRECISE and seen["coverage"] < seen["precision"] / 2)


def dead(seen: dict[str, float]) -> bool:
    """Whether the critic cannot tell rows apart that differ, and does not learn to."""
    blind = abs(seen["told_apart"] - 0.5) < BLIND and max(abs(seen["real"] - seen["fake"]), seen["moved"]) < FLAT
    return blind and "coverage" in seen and max(seen["coverage"], seen["precision"]) < UNLIKE


COLLAPSE = (
    "mode collapse: {precision:.0%} of the generated rows are like real ones, but only {coverage:.0%} of the real rows have a generated "
    "one near, and those spread over {spread:.2f} of the real distance. The generator makes what fools the critic just now, and nothing "
    'else. Use loss="wasserstein" or a gradient penalty (penalty=0.1, say), a larger batch, or a smaller rate for the generator.'
)
VANISHING = (
    "vanishing gradient: the norm of the generator's gradient is {gradient:.1e}, less than a hundredth of what it was. The critic is so "
    'sure of itself, or so flat, that the generator learns nothing from it. Use loss="non-saturating" or "wasserstein", a gradient '
    "penalty, or a smaller rate for the critic."
)
WINNING = (
    "winning critic: it tells {told_apart:.1%} of the generated rows from real ones. The generator cannot keep up, and its gradient is "
    'about to vanish. Lower critic_rate, take critic_steps=1, make the critic smaller, or use loss="wasserstein", which bears that.'
)
DEAD = (
    "dead critic: it tells real from generated rows in {told_apart:.0%} of the pairs, no better than by chance, though only "
    "{precision:.0%} of the generated rows are like real ones. Its units may be dead, or its rate so high that it diverged. Lower "
    "critic_rate, use leaky rectifiers, or make the critic larger."
)
