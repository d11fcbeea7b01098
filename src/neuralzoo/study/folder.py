"""The result folder of a study: report.html, model.nz, history.csv, study.json; written whole or not at all."""

import csv
import importlib
import json
import os
import platform
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from neuralzoo.core.errors import DataError
from neuralzoo.study.records import Study, Trained, plain_dict
from neuralzoo.version import __version__

FILES = ("report.html", "model.nz", "history.csv", "study.json")
PACKAGES = ("jax", "numpy", "optax", "pandas", "scikit-learn", "scipy")


def write_folder(study: Study, folder: Path, network: Trained | None, extra: dict[str, Any]) -> None:
    """Write all files beside `folder` and move them into place at the very end; what else is in `folder` stays."""
    from neuralzoo.study.report import write_report

    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise DataError(f"the folder cannot be written: {error}", where=str(folder), remedy="choose another --out") from None
    try:
        if network is not None:
            _save_network(network, beside / "model.nz", extra)
        write_history(study, beside / "history.csv")
        (beside / "study.json").write_text(json.dumps(study_dict(study), indent=1, ensure_ascii=False, allow_nan=False), "utf-8")
        write_report(study, beside)
        _move(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _save_network(network: Trained, path: Path, extra: dict[str, Any]) -> None:
    from neuralzoo.train.saving import save_model

    save_model(network.model, path, extra={"candidate": network.candidate.name, **extra})


def _move(beside: Path, folder: Path) -> None:
    if not folder.exists():
        os.chmod(beside, 0o755)
        beside.rename(folder)
        return
    for path in beside.iterdir():
        os.replace(path, folder / path.name)
    if not (folder / "study.json").exists():
        raise DataError("the files could not be moved into place", where=str(folder), remedy="choose another --out")


def write_history(study: Study, path: Path) -> None:
    """Every epoch of every network as a row: candidate, epoch, loss, val_loss and the metrics."""
    networks = [t for t in study.trained if t.history]
    names = list(dict.fromkeys(name for t in networks for name in t.history))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["candidate", "epoch", *names])
        for t in networks:
            for epoch in range(len(t.history["loss"])):
                writer.writerow([t.candidate.name, epoch + 1, *(f"{t.history[n][epoch]:.7g}" if n in t.history else "" for n in names)])


def study_dict(study: Study) -> dict[str, Any]:
    """What study.json holds: all but the rows themselves. Whatever is a time is called `seconds`."""
    return plain_dict(
        {
            "neuralzoo": __version__,
            "data": study.data,
            "task": study.task,
            "metric": study.metric,
            "seed": study.seed,
            "seconds": round(study.seconds, 3),
            "verdict": study.verdict,
            "analysis": study.analysis,
            "split": study.split,
            "candidates": [_candidate(t) for t in study.trained],
            "evaluated": study.evaluated,
            "comparison": study.comparison,
            "confusion": study.confusion,
            "importance": {name: {"mean": mean, "deviation": spread} for name, (mean, spread) in study.importance.items()},
            "hardest": [{k: v for k, v in row.items() if k != "picture"} for row in study.hardest],
            "versions": versions(),
        }
    )


def _candidate(t: Trained) -> dict[str, Any]:
    c = t.candidate
    about = {"name": c.name, "kind": c.kind, "reason": c.reason, "settings": c.settings, "failed": t.failed, "parameters": t.parameters}
    return about | {
        "seconds": round(t.seconds, 3),
        "diagnosis": t.diagnosis,
        "history": t.history,
        "recipe": recipe(t.model) if c.kind == "baseline" else None,
    }


def versions() -> dict[str, str]:
    """What the study was made with."""
    found = {"python": platform.python_version(), "neuralzoo": __version__}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def recipe(estimator: Any) -> str | None:
    """The lines of scikit-learn that make and fit an estimator anew; None where it was never made.

    >>> from sklearn.linear_model import LogisticRegression
    >>> print(recipe(LogisticRegression(C=2.0)))
    from sklearn.linear_model import LogisticRegression
    model = LogisticRegression(C=2.0).fit(x, y)
    """
    if estimator is None:
        return None
    homes: dict[str, str] = {}
    _collect(estimator, homes)
    imports = [f"from {module} import {name}" for name, module in homes.items()]
    return "\n".join([*imports, f"model = {' '.join(repr(estimator).split())}.fit(x, y)"])


def _collect(estimator: Any, homes: dict[str, str]) -> None:
    kind = type(estimator)
    home = kind.__module__
    while "._" in home or kind.__name__ not in vars(importlib.import_module(home)):
        home = home.rpartition(".")[0]
    homes[kind.__name__] = home
    for value in estimator.get_params(deep=False).values():
        for part in value if isinstance(value, list) else [("", value)]:
            inner = part[1] if isinstance(part, tuple) else part
            if callable(getattr(inner, "get_params", None)):
                _collect(inner, homes)
