"""Step four of a study: from what was trained to scores, the comparison, the verdict and a look inside the chosen one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.errors import ArgumentError
from neuralzoo.data.dataset import Dataset
from neuralzoo.study.choose import Choice
from neuralzoo.study.findings import Analysis
from neuralzoo.study.parts import Parts
from neuralzoo.study.prepare import Preparation
from neuralzoo.study.problem import Problem
from neuralzoo.study.records import Study, Task, Trained
from neuralzoo.study.train import Sides, baseline_outputs, few_threads, network_outputs

if TYPE_CHECKING:
    from neuralzoo.study.deploy import Deployed, Predictions

PYTHON = """from neuralzoo.study import open_study

deployed = open_study({folder!r})
print(deployed.predict("new.csv").values)"""


@dataclass(frozen=True, repr=False)
class Result(Study):
    """A finished study in Python: everything in `Study`, and the best network ready for new rows."""

    network: "Deployed | None" = None

    def predict(self, data: Any) -> "Predictions":
        """The best network's answers for new raw rows."""
        if self.network is None:
            raise ArgumentError("no network finished in this study", remedy="see `trained` for the reasons")
        return self.network.predict(data)

    def __repr__(self) -> str:
        from neuralzoo.study.screen import summary

        return summary(self)


@dataclass(frozen=True, eq=False)
class Work:
    """What the first two steps hand to the others."""

    dataset: Dataset
    analysis: Analysis
    parts: Parts
    preparation: Preparation
    sides: Sides
    problem: Problem
    choice: Choice
    metric: str

    @property
    def task(self) -> Task:
        return self.problem.task


def assess(work: Work, trained: list[Trained], stopped: str, seed: int, command: str | None, folder: Path | None) -> Result:
    """Scores with intervals, the best network against the best baseline, the verdict, confusion, hardest rows, importance."""
    from neuralzoo.study.evaluate import compare, confusion_counts, evaluate
    from neuralzoo.study.importance import hardest_rows, permutation_importance
    from neuralzoo.study.verdict import judge

    truth, task, metric = truth_of(work), work.task, work.metric
    about, tests = work.analysis.as_dict(), work.parts.rows["test"]
    evaluated = evaluate(trained, truth, task, metric, seed)
    comparison = compare(trained, truth, task, metric, seed)
    verdict = judge(trained, comparison, truth, task, metric, about, seed)
    chosen = next((t for t in trained if t.candidate.name == verdict.use), None)
    features, data = work.dataset.take(tests), _about(work, stopped, command, folder, seed)
    confusion, hardest, importance = None, [], {}
    if chosen is not None:
        outputs = chosen.outputs["test"]
        names = [str(c) for c in work.preparation.classes]
        confusion = None if task == "regression" else confusion_counts(truth["test"], outputs)
        hardest = hardest_rows(outputs, truth["test"], tests, features, task, names)
        predict, used = _shuffler(chosen, work)
        with few_threads(work.sides.x["test"].size):
            importance, data["importance_note"] = permutation_importance(predict, used, truth["test"], task, metric, seed=seed)
    split = work.parts.as_dict()
    return Result(
        data, task, metric, about, split, trained, evaluated, comparison, verdict, truth, confusion, hardest, importance, seed, 0.0
    )


def truth_of(work: Work) -> dict[str, np.ndarray]:
    """The targets as class numbers, or as values in the target's own units."""
    if work.task != "regression":
        return work.sides.y
    return {side: work.dataset.y[rows].astype(np.float64) for side, rows in work.parts.rows.items()}


def _shuffler(chosen: Trained, work: Work) -> tuple[Callable[[Any], np.ndarray], Any]:
    """What importance is measured with: a function from shuffled test inputs to outputs, and the inputs to shuffle.

    The inputs of a table are row numbers, one column for each raw column, so that shuffling them shuffles all the prepared
    columns that a raw one was made into, and nothing is encoded again.
    """
    outputs = network_outputs if chosen.candidate.kind == "network" else baseline_outputs
    task, preparation, x = work.task, work.preparation, work.sides.x["test"]
    if work.dataset.table is None:
        raw = work.dataset.take(work.parts.rows["test"])
        return lambda mixed: outputs(chosen.model, preparation.transform_noting(mixed)[0], task, preparation), raw
    import pandas

    sources = preparation.sources
    columns = np.concatenate(list(sources.values()))

    def predict(rows: Any) -> np.ndarray:
        picked = np.concatenate([np.tile(rows[raw].to_numpy()[:, None], len(made)) for raw, made in sources.items()], 1)
        mixed = np.empty((len(rows), x.shape[1]), x.dtype)
        mixed[:, columns] = x[picked, columns]
        return outputs(chosen.model, mixed, task, preparation)

    return predict, pandas.DataFrame({raw: np.arange(len(x)) for raw in sources})


def _about(work: Work, stopped: str, command: str | None, folder: Path | None, seed: int) -> dict[str, Any]:
    d = work.dataset
    return {
        "name": d.name,
        "source": d.source,
        "kind": d.kind,
        "rows": len(d),
        "target": d.target,
        "features": list(work.preparation.raw_columns),
        "left_out": work.preparation.dropped,
        "class_names": [str(c) for c in work.preparation.classes],
        "skipped": {s.name: s.reason for s in work.choice.skipped},
        "stopped": stopped,
        "command": command or f"neuralzoo study {d.source or d.name} --seed {seed}",
        "python": PYTHON.format(folder=str(folder or "study-folder")),
    }
