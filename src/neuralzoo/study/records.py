"""What the four steps of a study hand to each other; everything here turns into plain JSON by `plain_dict`."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from neuralzoo.inspect.diagnosis import Diagnosis

Task = Literal["binary", "multiclass", "regression"]


@dataclass(frozen=True)
class ClosedForm:
    """How a network is fitted whose last layer is solved for, nothing else being learned.

    Attributes:
        factor: what the validation rows choose, in the words of the report; "" for nothing.
        factors: its values that are tried.
        changed: (network, one of them) -> the network with this factor, of the same structure.
        batch: rows in a batch at most.
    """

    factor: str = ""
    factors: tuple[float, ...] = (1.0,)
    changed: Callable[[Any, float], Any] = lambda net, factor: net
    batch: int = 1024


@dataclass(frozen=True)
class Candidate:
    """One thing to try: a traditional method or a network.

    Attributes:
        name: short and unique, for example "logistic regression" or "MLP 64-32".
        kind: "baseline" or "network".
        reason: one line: why it is tried on this data.
        make: baselines: () -> a scikit-learn estimator; networks: (training rows, outputs) -> a neuralzoo `Model`,
            compiled and not yet fitted.
        settings: what the report lists: hyper-parameters, optimizer, batch size…
        order: from simple to complex; ties in quality go to the smaller.
        closed_form: networks whose last layer is solved for: how; None for those that are trained.
    """

    name: str
    kind: Literal["baseline", "network"]
    reason: str
    make: Callable[..., Any]
    settings: dict[str, Any] = field(default_factory=dict)
    order: int = 0
    closed_form: ClosedForm | None = None


@dataclass(frozen=True)
class Trained:
    """A candidate after training.

    Attributes:
        outputs: for "train", "validation" and "test" rows: class probabilities `(rows, classes)` (binary too: two
            columns) or predicted values `(rows,)` in the target's own units.
        history: networks: the history by epoch (loss, val_loss, metrics); empty for baselines.
        seconds: wall time of fitting.
        parameters: how many numbers were fitted, where that can be told.
        failed: the error's words where training broke down; such a candidate has no outputs.
    """

    candidate: Candidate
    model: Any
    outputs: dict[str, np.ndarray]
    history: dict[str, list[float]] = field(default_factory=dict)
    diagnosis: Diagnosis | None = None
    seconds: float = 0.0
    parameters: int | None = None
    failed: str | None = None


@dataclass(frozen=True)
class Score:
    """A held-out score with its 95 % interval (bootstrap over rows, percentile)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluated:
    """A trained candidate's scores: `scores["accuracy"]` on the test rows, `validation` and `train` the main one only."""

    name: str
    kind: str
    scores: dict[str, Score]
    train: float
    validation: float
    seconds: float
    parameters: int | None


@dataclass(frozen=True)
class Comparison:
    """The best network against the best baseline on the same test rows.

    Attributes:
        difference: network minus baseline in the main score, signed so that positive is better, with its paired interval.
        p_value: McNemar's exact test for classes, a paired test of the absolute errors for regression.
        test: the test's name.
        why: why this network and why this baseline, in words.
    """

    network: str
    baseline: str
    difference: Score
    p_value: float
    test: str
    why: tuple[str, str]


@dataclass(frozen=True)
class Verdict:
    """Use a network or not: `use` names the candidate to deploy, `text` says why in plain words."""

    use: str
    worth_it: bool
    text: str


@dataclass(frozen=True)
class Study:
    """Everything a study found; what `report.html` and `study.json` are written from.

    Attributes:
        data: name, source, rows, target, feature names, class names…
        analysis: `Analysis.as_dict()` of step one.
        split: rows in train, validation and test, the fractions and the way (stratified, grouped, by time, given).
        trained: in the order of training.
        evaluated: best first.
        confusion: `(classes, classes)` counts of the chosen candidate, rows are true classes; None for regression.
        hardest: the test rows the chosen candidate got most wrong: row number, truth, prediction, confidence or error, values.
        importance: feature → mean drop of the main score when its column is shuffled, with its standard deviation.
        folder: where the files were written; None before that.
    """

    data: dict[str, Any]
    task: Task
    metric: str
    analysis: dict[str, Any]
    split: dict[str, Any]
    trained: list[Trained]
    evaluated: list[Evaluated]
    comparison: Comparison | None
    verdict: Verdict
    truth: dict[str, np.ndarray]  # the target of "train", "validation", "test": class numbers or values
    confusion: np.ndarray | None
    hardest: list[dict[str, Any]]
    importance: dict[str, tuple[float, float]]
    seed: int
    seconds: float
    folder: Path | None = None


def plain_dict(value: Any) -> Any:
    """Dataclasses, arrays, paths and NumPy numbers as JSON can hold them; functions and models are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {name: plain_dict(v) for name, v in fields.items() if name != "model" and not callable(v)}
    if isinstance(value, dict):
        return {str(name): plain_dict(v) for name, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain_dict(v) for v in value]
    if isinstance(value, np.ndarray):
        return plain_dict(value.tolist())
    if isinstance(value, np.generic):
        return plain_dict(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value
