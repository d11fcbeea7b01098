"""`neuralzoo train`: one network with settings of the user's own, on the same rows and preprocessing as a study."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuralzoo.core.errors import ArgumentError
from neuralzoo.study.parts import split_study
from neuralzoo.study.prepare import Preparation
from neuralzoo.study.problem import BUDGET, Problem
from neuralzoo.study.records import Candidate, Evaluated, Task, Trained


@dataclass(frozen=True)
class Settings:
    """What `neuralzoo train` may be told; `rate` None is the optimizer's own."""

    units: tuple[int, ...] = (64, 32)
    activation: str = "relu"
    epochs: int = 30
    batch_size: int = 32
    rate: float | None = None
    optimizer: str = "adam"
    dropout: float = 0.0

    @property
    def name(self) -> str:
        return "MLP " + "-".join(map(str, self.units)) if self.units else "single-layer network"


def train_one(
    data: Any,
    settings: Settings,
    *,
    target: str | None = None,
    task: str | None = None,
    seed: int = 0,
    split: str = "80/10/10",
    group: str | None = None,
    time: str | None = None,
    save: str | None = None,
) -> Evaluated:
    """Train the network, show its progress, its curve's diagnosis and its scores; save it where `save` says."""
    from neuralzoo.study.analyze import analyze
    from neuralzoo.study.evaluate import main_metric
    from neuralzoo.study.run import opened
    from neuralzoo.study.train import Sides, problem_of

    _check_names(settings)
    if save is not None and not Path(save).expanduser().resolve().parent.is_dir():
        raise ArgumentError(f"the folder of {save} does not exist", remedy="make it first, or choose another --save")
    dataset = opened(data, target, task, group, time, seed)
    analysis = analyze(dataset).require_usable()
    parts = split_study(dataset, analysis, split, seed)
    preparation = Preparation.fit(dataset, analysis, parts.rows["train"])
    sides = Sides.of(dataset, preparation, parts.rows)
    kind: Task = analysis.task  # pyright: ignore[reportAssignmentType]
    metric = main_metric(kind, sides.y["train"])
    problem = problem_of(sides, dataset.kind, kind, balanced=False, seed=seed, budget=BUDGET)
    truth = {s: dataset.y[rows].astype(np.float64) for s, rows in parts.rows.items()} if kind == "regression" else sides.y
    sizes = " · ".join(f"{len(rows):,} {side}" for side, rows in parts.rows.items())
    _say(f"{dataset.name}: {kind}, target {dataset.target}, {sizes} ({parts.how})")
    model = build(settings, problem)
    try:
        history = _fit(model, settings, sides)
    except KeyboardInterrupt:
        print("\nstopped by Ctrl-C; the network is judged as it is")
        history = model.history.history
    found = _judge(model, settings, sides, problem, preparation, truth, metric, history)
    if save is not None:
        about = {"candidate": settings.name, "task": kind, "metric": metric, "target": dataset.target}
        _save(model, save, about | {"preparation": preparation.as_dict()})
    return found


def build(settings: Settings, problem: Problem) -> Any:
    """The compiled network for a problem."""
    from neuralzoo.layers import Dense, Dropout, Flatten
    from neuralzoo.learn.optimizers import optimizers
    from neuralzoo.study.networks import OUTPUTS
    from neuralzoo.train.sequential import Sequential

    out, loss, metric = OUTPUTS[problem.task]
    layers: list[Any] = [Flatten()] if len(problem.shape) > 1 else []
    for units in settings.units:
        layers += [Dense(units, activation=settings.activation), *([Dropout(settings.dropout)] if settings.dropout else [])]
    layers.append(Dense(problem.outputs, activation=out))
    model = Sequential(layers, settings.name, problem.seed)
    kind = optimizers[settings.optimizer.lower()]
    model.compile(kind() if settings.rate is None else kind(settings.rate), loss, [metric])
    return model


def _check_names(settings: Settings) -> None:
    """Unknown names before any work is done; the errors name the nearest ones."""
    from neuralzoo.core.activations import activation_named
    from neuralzoo.learn.optimizers import optimizers

    activation_named(settings.activation)
    assert optimizers[settings.optimizer.lower()]
    if settings.rate is not None and settings.rate <= 0:
        raise ArgumentError(f"--learning-rate {settings.rate:g} learns nothing", remedy="choose a number above 0, such as 0.001")


def _fit(model: Any, settings: Settings, sides: Any) -> dict[str, list[float]]:
    held, live = (sides.x["validation"], sides.y["validation"]), "auto" if sys.stdout.isatty() else 2
    x, y = sides.x["train"], sides.y["train"]
    return model.fit(x, y, settings.batch_size, settings.epochs, live, validation_data=held).history


def _save(model: Any, path: str, extra: dict[str, Any]) -> None:
    from neuralzoo.train.saving import save_model

    save_model(model, Path(path).expanduser(), extra=extra)
    _say(f"\nsaved with its preprocessing to {path}; next: neuralzoo predict {path} new.csv")


def _judge(
    model: Any,
    settings: Settings,
    sides: Any,
    problem: Problem,
    preparation: Preparation,
    truth: dict[str, np.ndarray],
    metric: str,
    history: dict[str, list[float]],
) -> Evaluated:
    from neuralzoo.inspect.curves import diagnose
    from neuralzoo.study.evaluate import confusion_counts, evaluate
    from neuralzoo.study.screen import show_scores
    from neuralzoo.study.train import chance_loss, network_outputs

    outputs = {side: network_outputs(model, x, problem.task, preparation) for side, x in sides.x.items()}
    trained = Trained(Candidate(settings.name, "network", "", lambda: None), model, outputs)
    found = evaluate([trained], truth, problem.task, metric, problem.seed)[0]
    if history.get("loss"):
        said = diagnose(
            history, metric_is_score=problem.task != "regression", dropout=settings.dropout > 0, chance=chance_loss(sides.y["train"])
        )
        _say(f"\n{said.name}: {said.evidence}\n{said.advice}")
    print(f"\n{settings.name} on {len(truth['test']):,} test rows, 95 % intervals\n")
    confusion = None if problem.task == "regression" else confusion_counts(truth["test"], outputs["test"])
    show_scores(found, confusion, [str(c) for c in preparation.classes])
    return found


def _say(text: str) -> None:
    """Lines of 80 columns."""
    from neuralzoo.study.screen import wrapped

    print("\n".join(line for part in text.split("\n") for line in wrapped(part, 80) or [""]))
