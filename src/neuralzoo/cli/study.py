"""`neuralzoo study`, `predict`, `evaluate`."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    str, typer.Argument(help="CSV, TSV, Parquet or NPZ file, folder of pictures by class, or a name: see `neuralzoo data list`.")
]
Folder = Annotated[str, typer.Argument(help="The folder that `neuralzoo study` wrote, or a model.nz.")]
Target = Annotated[str | None, typer.Option(help="The column to predict; found where it is not named.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same result.")]
Split = Annotated[str, typer.Option(help="Per cent of rows for training, validation and test.")]
Group = Annotated[str | None, typer.Option(help="A column whose equal rows stay on one side of the split.")]
Time = Annotated[str | None, typer.Option(help="A column by which the past trains and the future judges.")]
Task = Annotated[str | None, typer.Option(help="classification or regression; found where it is not named.")]


def study(
    data: Data,
    target: Target = None,
    task: Task = None,
    out: Annotated[str | None, typer.Option(help="The result folder; study-NAME where it is not named.")] = None,
    seed: Seed = 0,
    split: Split = "80/10/10",
    group: Group = None,
    time: Time = None,
    only: Annotated[str, typer.Option(help="Candidates to try, by words of their names: --only forest,mlp.")] = "",
    budget: Annotated[float, typer.Option(help="Seconds that all networks may train together, as estimated.")] = 60.0,
    force: Annotated[bool, typer.Option("--force", help="Replace the files of an earlier study in --out.")] = False,
) -> None:
    """Analyze, choose, train, evaluate; then a verdict, a report and a model. The main job."""
    from neuralzoo.study.run import study as run

    words = [word.strip() for word in only.split(",") if word.strip()]
    again = shlex.join(["neuralzoo", *sys.argv[1:]])
    run(data, target, task, out, seed=seed, split=split, group=group, time=time, only=words, budget=budget, force=force, command=again)


def predict(
    folder: Folder,
    data: Annotated[str, typer.Argument(help="New rows: a CSV, TSV, Parquet or NPZ file, or a folder of pictures.")],
    out: Annotated[str | None, typer.Option(help="Where to write the predictions as CSV; the terminal where it is not named.")] = None,
) -> None:
    """Apply a study's network to new rows; columns are found by name."""
    from neuralzoo.cli.errors import warn
    from neuralzoo.study.deploy import open_study

    found = open_study(folder).predict(data)
    for note in found.notes:
        warn(note)
    if out is None:
        found.write(sys.stdout)
    else:
        found.save(out)
        print(f"{len(found.values)} predictions written to {out}")


def evaluate(
    folder: Folder,
    data: Annotated[str, typer.Argument(help="Labelled rows that the study has not seen, in the form it was given.")],
    target: Annotated[str | None, typer.Option(help="The target column where it has another name here.")] = None,
) -> None:
    """Score a study's network on labelled rows, with 95 % intervals."""
    from neuralzoo.cli.errors import warn
    from neuralzoo.study.deploy import open_study
    from neuralzoo.study.screen import show_scores

    deployed = open_study(folder)
    judged = deployed.evaluate(data, target)
    for note in judged.notes:
        warn(note)
    print(f"{deployed.candidate} on {judged.rows:,} rows of {Path(data).name}, 95 % intervals\n")
    show_scores(judged.evaluated, judged.confusion, judged.classes)


def trace(
    folder: Folder,
    data: Annotated[str, typer.Argument(help="Rows: a CSV, TSV, Parquet or NPZ file, or a folder of pictures.")],
    row: Annotated[int, typer.Option(help="Which row, counted from 0.")] = 0,
    steps: Annotated[bool, typer.Option("--steps", help="Tell it step by step instead of in tables.")] = False,
    figure: Annotated[str | None, typer.Option(help="Draw it into this file, such as trace.svg.")] = None,
    out: Annotated[str | None, typer.Option(help="Write every number into this JSON file.")] = None,
) -> None:
    """Carry out one row by the network: each weighted sum and output; with the target's column also the way back."""
    import json

    from neuralzoo.study.deploy import open_study

    seen = open_study(folder).trace(data, row)
    if steps:
        print("\n".join(seen.steps()))
    else:
        from rich.console import Console

        Console().print(seen)
    if figure is not None:
        Path(figure).write_text(seen.svg(), encoding="utf-8")
        print(f"drawn in {figure}")
    if out is not None:
        Path(out).write_text(json.dumps(seen.to_dict()), encoding="utf-8")
        print(f"written to {out}")
