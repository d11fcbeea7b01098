"""One reading that is watched: which way it gets better, and whether it did."""

import numpy as np

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.train.callbacks.base import Logs

FALLING = """
    loss error mse mae rmse msle mape cost crossentropy entropy nll negative divergence perplexity deviance hinge huber poisson brier
    energy
    """.split()  # noqa: SIM905 (a list of words reads best as words)
RISING = """
    accuracy acc auc f1 fbeta precision recall sensitivity specificity r2 top iou dice kappa mcc matthews similarity explained
    likelihood elbo psnr ssim score
    """.split()  # noqa: SIM905


def direction(name: str, mode: str, owner: str) -> str:
    """Whether better is "min" or "max": as asked for, or for "auto" by the words of the name.

    Raises `ArgumentError` for another mode, and where the name does not tell.

    >>> direction("val_mean_squared_error", "auto", "EarlyStopping"), direction("top_k_accuracy", "auto", "EarlyStopping")
    ('min', 'max')
    """
    if mode in ("min", "max"):
        return mode
    if mode != "auto":
        raise ArgumentError(f"{owner} has no mode {mode!r}", remedy="use 'min', 'max' or 'auto'")
    words = set(name.lower().split("_"))
    if words.isdisjoint(FALLING + RISING):
        raise ArgumentError(
            f"{owner} cannot tell whether {name!r} should fall or rise",
            remedy="pass mode='min' if lower is better, mode='max' if higher is better",
        )
    return "max" if words.isdisjoint(FALLING) else "min"


class Monitor:
    """A reading that is watched by name.

    Args:
        owner: who watches, for messages.
        name: of the reading, such as "val_loss".
        mode: "min", "max", or "auto" to tell by the name.
        min_delta: changes up to this size are no improvement.
    """

    def __init__(self, owner: str, name: str, mode: str = "auto", min_delta: int | float = 0.0):
        self.owner, self.name, self.min_delta = owner, name, abs(min_delta)
        self.sign = 1 if direction(name, mode, owner) == "max" else -1

    def better(self, value: float, than: int | float | None) -> bool:
        """Whether `value` improves on `than`; anything improves on None, and NaN on nothing."""
        return not np.isnan(value) and (than is None or self.sign * (value - than) > self.min_delta)

    def value(self, epoch: int, logs: Logs | None, params: Logs) -> float | None:
        """The reading of an epoch; None where `validation_freq` skips this epoch.

        Raises `ArgumentError` where it was not measured or is not one number.
        """
        logs, every = logs or {}, params.get("validation_freq", 1)
        if self.name in logs:
            if np.ndim(logs[self.name]) == 0:
                return float(logs[self.name])
            raise ArgumentError(
                f"{self.owner} watches {self.name!r}, which is an array", remedy=f"watch a number: {', '.join(scalars(logs))}"
            )
        if self.name.startswith("val_") and every > 1 and (epoch + 1) % every:
            return None
        unmeasured = self.name.removeprefix("val_") in logs and self.name.startswith("val_")
        hint = "pass validation_data or validation_split to fit, or choose another monitor. " if unmeasured else ""
        raise ArgumentError(
            f"{self.owner} watches {self.name!r}, which was not measured",
            where=f"epoch {epoch + 1}",
            remedy=hint + nearest(self.name, logs),
        )


def scalars(logs: Logs | None) -> dict[str, float]:
    """The readings that are one number; confusion matrices and the like are left out."""
    return {name: float(value) for name, value in (logs or {}).items() if np.ndim(value) == 0}
