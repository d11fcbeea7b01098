"""The main job: `study(data)` analyzes, chooses, trains and evaluates, and says whether a network is worth it."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.errors import ArgumentError
from neuralzoo.data.dataset import Dataset
from neuralzoo.data.splits import parse_split
from neuralzoo.study.assess import Result, Work, assess, truth_of
from neuralzoo.study.choose import choose
from neuralzoo.study.parts import split_study
from neuralzoo.study.prepare import Preparation
from neuralzoo.study.problem import BUDGET
from neuralzoo.study.records import Task, Trained, Verdict
from neuralzoo.study.train import LIMIT, Sides, problem_of, train

if TYPE_CHECKING:
    from neuralzoo.study.screen import Screen


def study(
    data: Any,
    target: str | None = None,
    task: str | None = None,
    out: str | Path | bool | None = None,
    *,
    seed: int = 0,
    split: str = "80/10/10",
    group: str | None = None,
    time: str | None = None,
    only: Iterable[str] = (),
    budget: float = BUDGET,
    limit: float = LIMIT,
    force: bool = False,
    verbose: bool = True,
    command: str | None = None,
) -> Result:
    """Analyze → choose → train → evaluate, and a verdict: should you use a neural network here, or a traditional method?

    Args:
        data: a CSV, TSV, Parquet or NPZ file, a folder of pictures by class, the name of a data set, a DataFrame, `(x, y)`
            arrays, or a `Dataset`.
        target: the column to predict; found where it is not named.
        task: "classification" (or "binary", "multiclass") or "regression"; found where it is not named.
        out: the result folder; None for `study-NAME`, numbered; False writes nothing.
        seed: of the split, the initial weights, the batches, the intervals. The same seed gives the same study.
        split: per cent of rows for training, validation and test.
        group: a column whose equal rows stay on one side of the split.
        time: a column by which the past trains and the future judges.
        only: words that a candidate's name must hold to be tried; all are tried where none is given.
        budget: seconds that all networks may train together, as estimated beforehand.
        limit: seconds after which a network is stopped by the clock.
        force: replace the files of an earlier study in `out`.
        verbose: show the steps.
        command: what to tell the reader of the report as the way to do it again.
    """
    from neuralzoo.io.folders import result_folder
    from neuralzoo.study.folder import FILES
    from neuralzoo.study.screen import Screen
    from neuralzoo.study.selection import best_candidate

    screen = Screen(quiet=not verbose)
    began = perf_counter()
    parse_split(split)  # a slip there is told before anything is read
    dataset = opened(data, target, task, group, time, seed)
    folder = None if out is False else result_folder(None if out is True else out, "study", dataset.name, FILES, force)
    try:
        work = _prepare(dataset, split, seed, budget, tuple(only), screen)
        trained, stopped = _train_all(work, limit, screen)
        made = assess(work, trained, stopped, seed, command, folder)
    finally:
        screen.stop_live()
    network = best_candidate(trained, made.truth, made.task, made.metric, "network")
    return _finish(work, made, network, folder, perf_counter() - began, screen)


def opened(data: Any, target: str | None, task: str | None, group: str | None, time: str | None, seed: int) -> Dataset:
    """The data set behind anything `study` takes."""
    from neuralzoo.data import dataset_from_arrays, open_dataset

    if isinstance(data, Dataset):
        return data if task is None else replace(data, task=task)
    if not isinstance(data, tuple | list):
        return open_dataset(data, target=target, task=task, group=group, time=time, seed=seed)
    if len(data) != 2:
        raise ArgumentError(f"data is a tuple of {len(data)}", remedy="give (x, y), a DataFrame, a path or the name of a data set")
    for name, column in (("target", target), ("group", group), ("time", time)):
        if column is not None:
            raise ArgumentError(f"{name}={column!r} names a column, and arrays have none", remedy="give a DataFrame")
    return dataset_from_arrays(np.asarray(data[0]), np.asarray(data[1]), task=task)


def _prepare(dataset: Dataset, split: str, seed: int, budget: float, only: tuple[str, ...], screen: "Screen") -> Work:
    from neuralzoo.study.analyze import analyze
    from neuralzoo.study.evaluate import main_metric

    analysis = analyze(dataset)
    screen.analysis(analysis)
    analysis.require_usable()
    parts = split_study(dataset, analysis, split, seed)
    preparation = Preparation.fit(dataset, analysis, parts.rows["train"])
    sides = Sides.of(dataset, preparation, parts.rows)
    task: Task = analysis.task  # pyright: ignore[reportAssignmentType]
    metric = main_metric(task, sides.y["train"])
    problem = problem_of(sides, dataset.kind, task, balanced=metric == "balanced accuracy", seed=seed, budget=budget)
    choice = choose(problem, only)
    screen.choice(choice, parts, metric, preparation.dropped)
    return Work(dataset, analysis, parts, preparation, sides, problem, choice, metric)


def _train_all(work: Work, limit: float, screen: "Screen") -> tuple[list[Trained], str]:
    """Every candidate in turn; Ctrl-C ends the training, and what is finished by then is judged."""
    from neuralzoo.study.scores import plain_scores

    screen.step(3, "Train")
    screen.note(f"validation {work.metric}, time, and how the learning went")
    truth, trained, candidates = truth_of(work), [], work.choice.candidates
    for k, candidate in enumerate(candidates):
        screen.started(candidate)
        try:
            done = train(
                candidate, work.sides, work.problem, work.preparation, limit=limit, tell=lambda *now, c=candidate: screen.progress(c, *now)
            )
        except KeyboardInterrupt:
            screen.stop_live()
            if not any(t.failed is None for t in trained):
                raise
            left = len(candidates) - k - 1
            said = f"Ctrl-C stopped {candidate.name}" + (f", and {left} candidates were not tried" if left else "")
            screen.note(f"{said}; what is finished is judged. Ctrl-C again to leave at once.", "yellow")
            return trained, said
        score = None if done.failed else plain_scores(truth["validation"], done.outputs["validation"], work.task)[work.metric]
        screen.finished(done, work.metric, score)
        trained.append(done)
    return trained, ""


def _finish(work: Work, made: Result, network: Trained | None, folder: Path | None, seconds: float, screen: "Screen") -> Result:
    """The verdict on the screen, the files in the folder, the study in the caller's hand."""
    from neuralzoo.study.deploy import Deployed
    from neuralzoo.study.folder import recipe, write_folder

    chosen = next((t for t in made.trained if t.candidate.name == made.verdict.use), None)
    names = {"task": made.task, "metric": made.metric, "target": work.dataset.target}
    deployed = network and Deployed(network.model, work.preparation, made.task, made.metric, work.dataset.target, network.candidate.name)
    made = replace(made, folder=folder, seconds=seconds, network=deployed)
    made = replace(made, verdict=_with_remarks(made, chosen, network))
    screen.table(made)
    again = recipe(chosen.model) if chosen and chosen.candidate.kind == "baseline" else None
    screen.verdict(made, again or "")
    if folder is not None:
        write_folder(made, folder, network, names | {"preparation": work.preparation.as_dict()})
        screen.files(made, folder, network and network.candidate.name)
    return made


def _with_remarks(made: Result, chosen: Trained | None, network: Trained | None) -> Verdict:
    """The verdict, with what was saved where that is not what it advises, and with what was cut short."""
    said = [made.verdict.text]
    if chosen and chosen.candidate.kind == "baseline":
        held = f"model.nz holds the best network, {network.candidate.name}, instead" if network else "there is no model.nz"
        again = f"study.json has the lines of scikit-learn that fit {chosen.candidate.name} again"
        said += [f"Scikit-learn's methods have no safe file format, so {held}; {again}."] if made.folder else []
    if made.data["stopped"]:
        said.append(f"{made.data['stopped']}.")
    return replace(made.verdict, text=" ".join(said))
