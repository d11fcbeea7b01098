"""What the choice of candidates depends on, and what it says of those it leaves out."""

import math
from dataclasses import dataclass

from neuralzoo.study.records import Task

BUDGET = 60.0  # seconds that all networks of a study may train together, as estimated


@dataclass(frozen=True)
class Problem:
    """The training data in a few numbers.

    Attributes:
        kind: "table", "images" or "sequences".
        task: binary, multiclass or regression.
        rows: training rows.
        shape: of one prepared example.
        classes: number of classes, 1 for a regression.
        smallest: training rows of the smallest class; all rows for a regression.
        spread: standard deviation of all prepared inputs.
        balanced: whether rare classes are to weigh as much as common ones.
        seed: of everything drawn.
        budget: seconds that all networks may train together, as estimated.
    """

    kind: str
    task: Task
    rows: int
    shape: tuple[int, ...]
    classes: int = 1
    smallest: int = 1
    spread: float = 1.0
    balanced: bool = False
    seed: int = 0
    budget: float = BUDGET

    @property
    def features(self) -> int:
        """Numbers in one example."""
        return math.prod(self.shape)

    @property
    def outputs(self) -> int:
        """Output units of a network: one for a number or a yes, else one for each class."""
        return self.classes if self.task == "multiclass" else 1


@dataclass(frozen=True)
class Skip:
    """A candidate that is not tried, and why."""

    name: str
    reason: str
