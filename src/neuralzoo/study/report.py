"""Step five: `write_report` tells the whole study on one self-contained page, the verdict first.

The page needs no script, no network and no fonts but the reader's own; it follows the reader's dark mode and prints.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from neuralzoo.study.evaluate import higher_is_better
from neuralzoo.study.records import Evaluated, Score, Study
from neuralzoo.study.report_evaluation import evaluation
from neuralzoo.study.report_html import Html, join, number, page, seconds, section, table, tag
from neuralzoo.study.report_steps import analysis, choice, training
from neuralzoo.study.scores import fixed
from neuralzoo.version import __version__

TERMS = {
    "training rows": "What the candidates learn from.",
    "validation rows": "Not learned from, but looked at: they decide when training stops and which candidates are compared in the end.",
    "test rows": "Looked at once, at the end. Only their scores say what to expect of new data.",
    "95 % interval": "How far a score could move by the luck of which test rows were drawn: the middle 95 % of the scores of 1000 "
    "resampled test sets. Candidates whose intervals overlap may still differ; the paired comparison tells.",
    "paired comparison": "Both are scored on the same resampled rows and only the difference counts: luck that hits both cancels.",
    "p-value": "How often a difference at least this large would appear between two equally good candidates.",
    "baseline": "A traditional method, or plain guessing: what a network has to beat to be worth its trouble.",
    "over-fit": "The network has learned its training rows by heart: it gets better there and worse everywhere else.",
    "under-fit": "The network has not even learned its training rows.",
}
METRICS = {
    "accuracy": "The share of rows whose class is predicted rightly.",
    "balanced accuracy": "The mean over the classes of the share predicted rightly, so that rare classes count as much as frequent ones.",
    "ROC AUC": "The chance that a row of the second class gets a higher probability than a row of the first; 0.5 is guessing.",
    "F1": "The harmonic mean of precision and recall of the second class.",
    "macro F1": "The mean over the classes of the harmonic mean of precision and recall.",
    "log loss": "The mean of −ln of the probability given to the true class: small when the probabilities can be trusted.",
    "RMSE": "Root mean squared error, in the target's unit; large errors weigh most.",
    "MAE": "Mean absolute error, in the target's unit.",
    "R²": "The share of the target's variance that is explained; 0 is as good as guessing the mean.",
}


def write_report(study: Study, folder: Path) -> Path:
    """`folder/report.html`, whole or not at all: it is written beside and then moved into place."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".report-", suffix=".html")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(report_html(study))
        os.chmod(name, 0o644)
        os.replace(name, folder / "report.html")
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return folder / "report.html"


def report_html(study: Study) -> str:
    """The page as text."""
    parts = [
        _head(study),
        analysis(study),
        choice(study),
        training(study),
        evaluation(study),
        _method(study),
        _glossary(study),
        _foot(study),
    ]
    return page(f"{study.data.get('name', 'data')}: a study", join(parts), __version__)


def _head(study: Study) -> Html:
    name, kind = study.data.get("name", "data"), study.analysis.get("kind", "table")
    rows = study.analysis.get("rows", study.data.get("rows", 0))
    what = {"binary": "two classes", "multiclass": f"{len(study.analysis.get('class_counts', ()))} classes"}.get(study.task, "a number")
    links = (("#analyze", "Analyze"), ("#choose", "Choose"), ("#train", "Train"), ("#evaluate", "Evaluate"), ("#method", "How it was done"))
    return join(
        [
            tag("p", "neuralzoo study", kind="eyebrow"),
            tag("h1", name),
            tag("p", f"Predicting {study.analysis.get('target') or 'the target'} ({what}) from {number(rows)} {_kind(kind)}.", kind="lede"),
            _verdict(study),
            tag("nav", *(tag("a", words, at={"href": at}) for at, words in links)),
        ]
    )


def _verdict(study: Study) -> Html:
    use = study.verdict.use
    chosen = next((e for e in study.evaluated if e.name == use), None)
    kind = "the network " if chosen and chosen.kind == "network" else ""
    answer = f"Use {kind}{use}." if use else "Nothing to use yet."
    figures: list[tuple[str, str]] = []
    if chosen and study.metric in chosen.scores:
        score = chosen.scores[study.metric]
        figures.append((fixed(score.value), f"{study.metric} on {len(study.truth['test']):,} test rows, 95 % interval {_range(score)}"))
        figures += [(fixed(other.scores[study.metric].value), f"{other.name}, the best {other.kind}") for other in _rivals(study, chosen)]
        figures.append((seconds(chosen.seconds), "to train"))
    pairs = (tag("div", tag("dt", label), tag("dd", value)) for value, label in figures)
    return tag("div", tag("p", answer, kind="answer"), tag("p", study.verdict.text), tag("dl", *pairs, kind="figures"), kind="verdict")


def _rivals(study: Study, chosen: Evaluated) -> list[Evaluated]:
    names = {study.comparison.network, study.comparison.baseline} if study.comparison else set()
    return [e for e in study.evaluated if e.name in names and e is not chosen and study.metric in e.scores]


def _range(score: Score) -> str:
    return f"{fixed(score.low)} to {fixed(score.high)}"


def _kind(kind: str) -> str:
    return {"images": "pictures", "sequences": "sequences"}.get(kind, "rows of a table")


def _method(study: Study) -> Html:
    split, sides = study.split, ("train", "validation", "test")
    rows = [
        [side, number(len(study.truth[side])), f"{len(study.truth[side]) / max(sum(map(len, study.truth.values())), 1):.0%}"]
        for side in sides
    ]
    how = split.get("how") or split.get("way") or study.analysis.get("split", "random")
    why = study.analysis.get("split_reason", "") if how == study.analysis.get("split") else ""
    better = "higher" if higher_is_better(study.metric) else "lower"
    near = study.metric if study.task == "regression" else f"{study.metric}, and of these within two of the best log loss,"
    said = [
        f"The split is called {how}{f': {why}' if why else ''}. Scaling and encoding were fitted on the training rows alone.",
        f"The main score is the {study.metric}; {better} is better. The best network and the best baseline were picked on the validation "
        f"rows: of those within one standard error of the best {near} the simplest. The test rows played no part in that.",
    ]
    notes = [tag("p", note, kind="note") for note in split.get("notes", ())]
    lines = _python(study)
    return section(
        "method",
        "How it was done",
        *(tag("p", s) for s in said),
        *notes,
        table(["rows", "number", "share"], rows, numbers=(1, 2)),
        tag("h3", "Do it again"),
        tag(
            "pre",
            tag(
                "code",
                study.data.get("command")
                or f"neuralzoo study {study.data.get('source') or study.data.get('name', 'DATA')} --seed {study.seed}",
            ),
        ),
        tag("h3", "Predict new rows"),
        tag("pre", tag("code", lines)),
        tag("p", f"{_versions()}. Seed {study.seed}. The whole study took {seconds(study.seconds)}.", kind="note"),
    )


def _python(study: Study) -> str:
    given: Any = study.data.get("python")
    return given or 'import neuralzoo\n\nmodel = neuralzoo.load("model.nz")\nprint(model.predict(new_rows))'


def _versions() -> str:
    from importlib.metadata import PackageNotFoundError, version
    from platform import python_version

    found = [f"neuralzoo {__version__}", f"Python {python_version()}"]
    for package in ("jax", "numpy", "scikit-learn", "pandas"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def _glossary(study: Study) -> Html:
    shown = {name: METRICS[name] for e in study.evaluated[:1] for name in e.scores if name in METRICS} | TERMS
    return section("words", "Words", tag("dl", *(join([tag("dt", k), tag("dd", v)]) for k, v in shown.items()), kind="terms"))


def _foot(study: Study) -> Html:
    return tag("footer", "Written by neuralzoo. This page asks nothing of the internet; keep it, print it, send it.")
