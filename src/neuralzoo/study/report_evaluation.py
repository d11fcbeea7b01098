"""Step four in the report: scores, the comparison in words, and where the chosen candidate fails."""

from typing import Any

import numpy as np

from neuralzoo.inspect.plots import calibration, confusion_matrix, importance_bars, importance_map, residuals, roc, score_bars
from neuralzoo.study.evaluate import higher_is_better
from neuralzoo.study.records import Evaluated, Score, Study, Trained
from neuralzoo.study.report_html import Html, drawing, join, number, section, table, tag
from neuralzoo.study.scores import fixed

MOST_VALUES = 5  # raw columns shown with a hard row: those that matter most
FEW_ROWS = 30  # calibration needs a few groups of ten
MOST_CLASSES = 30  # a larger confusion matrix would be a carpet


def evaluation(study: Study) -> Html:
    """Scores of all, the two best side by side, and a close look at the chosen one."""
    chosen = next((t for t in study.trained if t.candidate.name == study.verdict.use and t.failed is None), None)
    parts: list[Any] = [_scores(study), _comparison(study)]
    if chosen:
        parts += [_errors(study, chosen), _hardest(study), _importance(study)]
    return section("evaluate", "Evaluate", *parts, step=4)


def _scores(study: Study) -> Html:
    if not study.evaluated:
        return tag("p", "No candidate could be evaluated.")
    better = "higher" if higher_is_better(study.metric) else "lower"
    said = (
        f"Scores on the {len(study.truth['test']):,} test rows with their 95 % intervals, ordered by the validation score, which alone "
        f"decided which two are compared below. The main score is the {study.metric} ({better} is better)."
    )
    figure = drawing(score_bars(study.evaluated, study.metric), f"{study.metric} of every candidate on the test rows")
    return join([tag("p", said), figure, _score_table(study), _all_intervals(study)])


def _score_table(study: Study) -> Html:
    """The main score with its interval, the others without, and what the same candidate scored on the other rows."""
    main, others = study.metric, [n for n in study.evaluated[0].scores if n != study.metric]
    head = ["candidate", main, *others, "on validation rows", "on training rows"]
    rows: list[list[Any]] = []
    for e in study.evaluated:
        known = (fixed(e.scores[n].value) if n in e.scores else "–" for n in others)
        rows.append([_who(e), _score(e.scores.get(main)), *known, fixed(e.validation), fixed(e.train)])
    kinds = ["chosen" if e.name == study.verdict.use else "" for e in study.evaluated]
    made = table(head, rows, numbers=range(1, len(head)), kinds=kinds, caption=f"The last two columns are the {main} again.")
    failed = (tag("p", f"{t.candidate.name} failed: {t.failed.splitlines()[0]}", kind="note") for t in study.trained if t.failed)
    return join([made, *failed])


def _all_intervals(study: Study) -> Html:
    names = list(study.evaluated[0].scores)
    rows = [[e.name, *(_score(e.scores.get(n)) for n in names)] for e in study.evaluated]
    return tag(
        "details", tag("summary", "Every score with its interval"), table(["candidate", *names], rows, numbers=range(1, len(names) + 1))
    )


def _who(e: Evaluated) -> Html:
    return join([e.name, tag("span", e.kind, kind=f"interval {e.kind}")])


def _score(score: Score | None) -> Html:
    if score is None:
        return Html("–")
    return join([fixed(score.value), tag("span", f"{fixed(score.low)} … {fixed(score.high)}", kind="interval")])


def _comparison(study: Study) -> Html:
    c = study.comparison
    if c is None:
        return Html("")
    d, rows = c.difference, len(study.truth["test"])
    word = "is better than" if d.low > 0 else "is worse than" if d.high < 0 else "cannot be told apart from"
    gain = "difference in" if higher_is_better(study.metric) else "reduction of"
    said = (
        f"On the same {rows:,} test rows the best network, {c.network}, {word} the best baseline, {c.baseline}. "
        f"The {gain} {study.metric} is {fixed(d.value)}, 95 % interval {fixed(d.low)} … {fixed(d.high)}; above zero favours the network."
    )
    why = f"Why this network? {c.why[0]} Why this baseline? {c.why[1]}"
    notes = (tag("p", note, kind="note") for note in (f"{c.test}; p = {_p(c.p_value)}.", why))
    return join([tag("h3", "Network against baseline"), tag("p", said), *notes])


def _p(value: float) -> str:
    return "less than 0.0001" if value < 1e-4 else f"{value:.2g}"


def _errors(study: Study, chosen: Trained) -> Html:
    truth, outputs, name = study.truth["test"], chosen.outputs["test"], chosen.candidate.name
    if study.task == "regression":
        figure = residuals(truth, outputs)
        return join(
            [
                tag("h3", f"How {name} errs"),
                drawing(figure, "Predicted against true values, and the errors", "Dots on the dashed line are exact."),
            ]
        )
    parts: list[Any] = [tag("h3", f"What {name} confuses")]
    if study.confusion is not None and len(study.confusion) <= MOST_CLASSES:
        figure = confusion_matrix(study.confusion, _class_names(study, len(study.confusion)))
        parts.append(
            drawing(figure, "Confusion matrix", "Test rows by true and predicted class; the darker, the larger the share of the row.")
        )
    elif study.confusion is not None:
        parts.append(_worst_pairs(study, study.confusion))
    if len(truth) < FEW_ROWS:
        return join(parts)
    parts += [tag("h3", "Can its probabilities be trusted?"), _trust(study, truth, outputs)]
    return join(parts)


def _trust(study: Study, truth: np.ndarray, outputs: np.ndarray) -> Html:
    figures = [drawing(calibration(truth, outputs), "Calibration", "Below the dashed line it is surer than it should be.")]
    if study.task == "binary" and 0 < int((truth == 1).sum()) < len(truth):
        second = _class_names(study, 2)[1]
        figures.append(drawing(roc(truth == 1, outputs[:, 1]), "ROC curve", f"Every threshold on the probability of {second}."))
    return tag("div", *figures, kind="pair")


def _worst_pairs(study: Study, confusion: np.ndarray) -> Html:
    missed = confusion - np.diag(np.diag(confusion))
    names = _class_names(study, len(confusion))
    pairs = [(int(i), int(j)) for i, j in zip(*np.unravel_index(np.argsort(-missed, axis=None)[:15], missed.shape), strict=True)]
    rows = [
        [names[i], names[j], number(int(missed[i, j])), f"{missed[i, j] / max(confusion[i].sum(), 1):.0%}"]
        for i, j in pairs
        if missed[i, j]
    ]
    return table(["true class", "taken for", "rows", "of its rows"], rows, numbers=(2, 3), caption="The most frequent mistakes")


def _class_names(study: Study, n: int) -> list[str]:
    names = [str(c) for c in study.data.get("class_names") or study.analysis.get("class_counts") or ()]
    return names if len(names) == n else [str(k) for k in range(n)]


def _hardest(study: Study) -> Html:
    if not study.hardest:
        return (
            Html("")
            if study.task == "regression"
            else join([tag("h3", "The hardest rows"), tag("p", "Every test row is predicted rightly.")])
        )
    said = "The test rows with the largest error: look here for wrong labels, odd measurements and what the data lacks."
    head = [tag("h3", "The hardest rows"), tag("p", said)]
    if str(study.hardest[0].get("picture", "")).startswith("data:image/png;base64,"):
        return join([*head, tag("div", *(_picture(h) for h in study.hardest), kind="pictures")])
    shown = [name for name in study.importance if name in (study.hardest[0].get("values") or {})] or list(
        study.hardest[0].get("values") or {}
    )
    shown = shown[:MOST_VALUES]
    last = "error" if study.task == "regression" else "confidence"
    rows = [
        [
            number(h["row"]),
            *(_plain(h[k]) for k in ("truth", "prediction")),
            _how_sure(h, last),
            *(_plain(h["values"].get(n)) for n in shown),
        ]
        for h in study.hardest
    ]
    return join([*head, table(["row", "truth", "prediction", last, *shown], rows, numbers=range(3, 4 + len(shown)))])


def _picture(h: dict[str, Any]) -> Html:
    said = tag("span", tag("strong", _plain(h["truth"])), f", taken for {_plain(h['prediction'])}, row {h['row']}")
    image = Html(f'<img alt="test row {int(h["row"])}" src="{tag("i", h["picture"])[3:-4]}">')
    sure = f" ({_how_sure(h, 'confidence')} sure)" if "confidence" in h else ""
    return tag("figure", image, tag("figcaption", said, sure))


def _how_sure(h: dict[str, Any], key: str) -> str:
    return f"{h[key]:.0%}" if key == "confidence" else number(h[key])


def _plain(value: Any) -> str:
    return number(value, 3) if isinstance(value, int | float) and not isinstance(value, bool) else "–" if value is None else str(value)


def _importance(study: Study) -> Html:
    if not study.importance:
        return Html("")
    pictures = study.analysis.get("kind") == "images"
    part = {"images": "patch", "sequences": "channel"}.get(study.analysis.get("kind", "table"), "column")
    said = (
        f"Each {part} in turn is shuffled between the test rows; the more the {study.metric} suffers, the more the prediction rests on it. "
        + ("The darker the patch, the more it matters." if pictures else f"A {part} that repeats another shares its credit.")
    )
    note = study.data.get("importance_note", "")
    figure = importance_map(study.importance) if pictures else importance_bars(study.importance, study.metric)
    drawn = drawing(figure, "Permutation importance", "" if pictures else "Bars: mean of the repeats; thin lines: standard deviation.")
    return join([tag("h3", "What it looks at"), tag("p", said), drawn, tag("p", f"Measured: {note}.", kind="note") if note else ""])
