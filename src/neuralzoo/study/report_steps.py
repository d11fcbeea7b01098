"""The first three steps in the report: what the data is, what was tried and why, how the networks learned."""

from typing import Any

import numpy as np

from neuralzoo.inspect.plots import class_balance, curve_keys, learning_curves
from neuralzoo.study.records import Candidate, Study, Trained
from neuralzoo.study.report_html import Html, badge, drawing, join, number, seconds, section, table, tag

LONG = 15  # columns: a longer table is folded away
MANY = 400  # columns listed at most
ICONS = {"problem": ("✕", "Problem"), "warning": ("!", "Warning"), "info": ("i", "Note")}
GOOD = {"good fit": "fine", "still learning": "good", "over-fit": "warn", "unrepresentative validation": "warn"}


def analysis(study: Study) -> Html:
    """Step one."""
    a = study.analysis
    counts = a.get("class_counts") or {}
    balance = ""
    if counts:
        figure = class_balance(list(counts.values()), [str(c) for c in counts])
        said = ", ".join(f"{c} {n}" for c, n in list(counts.items())[:30])
        balance = drawing(figure, f"Rows of each class: {said}")
    elif a.get("target_figures"):
        figures = (f"{key} {number(value)}" for key, value in a["target_figures"].items())
        balance = tag("p", f"Target values: {', '.join(figures)}.")
    target = _because(f"The target is {a.get('target', '?')}", a.get("target_reason"))
    task = _because(f"The task is {study.task}", a.get("task_reason"))
    sentences = [f"{_shape(a)}. {target} {task}", a.get("enough", "")]
    return section(
        "analyze",
        "Analyze",
        *(tag("p", s) for s in sentences if s),
        _findings(a),
        balance,
        _columns(a, study.data.get("left_out") or {}),
        step=1,
    )


def _shape(a: dict[str, Any]) -> str:
    size = " × ".join(number(int(n)) for n in a.get("shape", ()))
    rows = number(int(a.get("rows", 0)))
    if a.get("kind", "table") == "table":
        missing = f", {number(int(a['missing']))} cells missing" if a.get("missing") else ", no cell missing"
        return f"A table of {rows} rows and {size} input columns{missing}"
    return f"{rows} {a['kind']} of {size} ({'height × width × channels' if a['kind'] == 'images' else 'steps × channels'})"


def _because(what: str, reason: str | None) -> str:
    return f"{what}: {reason}." if reason else f"{what}."


def _findings(a: dict[str, Any]) -> Html:
    items = []
    for found in a.get("findings", ()):
        icon, word = ICONS.get(found["level"], ICONS["info"])
        more = " · ".join(text for text in (found.get("where", ""), found.get("remedy", "")) if text)
        said = join([tag("p", found["what"]), tag("p", more, kind="note") if more else ""])
        items.append(tag("li", tag("span", icon, kind="icon", at={"title": word}), tag("div", said), kind=found["level"]))
    return tag("ul", *items, kind="findings") if items else tag("p", "Nothing odd was found.")


def _columns(a: dict[str, Any], left_out: dict[str, str]) -> Html:
    columns = a.get("columns") or ()
    if not columns:
        return Html("")
    leaks = set(a.get("leaks", ()))
    twins = {name: f"repeats {other}" for name, other in a.get("duplicate_columns", {}).items()}
    rows = []
    for c in columns[:MANY]:
        about = "gives the target away" if c["name"] in leaks else left_out.get(c["name"]) or twins.get(c["name"]) or _about(c)
        rows.append(
            [
                c["name"],
                c["type"],
                number(c["missing"]),
                number(c["distinct"]),
                *(number(c[k]) for k in ("minimum", "median", "maximum")),
                about,
            ]
        )
    made = table(["column", "type", "missing", "distinct", "minimum", "median", "maximum", ""], rows, numbers=range(2, 7))
    if len(columns) > MANY:
        made = join([made, tag("p", f"The first {MANY} of {len(columns)} columns.", kind="note")])
    if len(columns) <= LONG:
        return join([tag("h3", "Columns"), made])
    return tag("details", tag("summary", f"All {len(columns)} columns"), made)


def _about(column: dict[str, Any]) -> str:
    if column["minimum"] is None:
        return ", ".join(column.get("examples", ()))
    return f"{column['outliers']} outliers" if column.get("outliers") else ""


def choice(study: Study) -> Html:
    """Step two."""
    ordered = sorted((t.candidate for t in study.trained), key=lambda c: c.order)
    rows = [[c.name, badge(c.kind, c.kind), c.reason, _settings(c)] for c in ordered]
    skipped = study.data.get("skipped") or {}
    left = [tag("p", f"Not tried: {name}, as {reason}.", kind="note") for name, reason in skipped.items()]
    said = "From simple to complex. Of two that do equally well, the simpler one wins."
    return section("choose", "Choose", tag("p", said), table(["candidate", "kind", "why it is tried", "settings"], rows), *left, step=2)


def _settings(candidate: Candidate) -> Html:
    words = [f"{key.replace('_', ' ')} {_value(value)}" for key, value in candidate.settings.items() if value not in (None, [], ())]
    return tag("span", ", ".join(words) or "as usual", kind="note")


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "-".join(_value(v) for v in value)
    return number(value) if isinstance(value, float) else str(value)


def training(study: Study) -> Html:
    """Step three."""
    networks = [t for t in study.trained if t.candidate.kind == "network"]
    baselines = [t for t in study.trained if t.candidate.kind == "baseline"]
    rows = [[t.candidate.name, f"failed: {t.failed}" if t.failed else seconds(t.seconds), number(t.parameters)] for t in baselines]
    listed = table(["baseline", "fitted in", "parameters"], rows, numbers=(2,), kinds=["failed" if t.failed else "" for t in baselines])
    said = "" if networks else tag("p", "No network was trained.")
    return section(
        "train",
        "Train",
        said,
        *(_trained(t) for t in networks),
        tag("h3", "Baselines") if baselines else "",
        listed if baselines else "",
        step=3,
    )


def _trained(t: Trained) -> Html:
    found = t.diagnosis
    pill = badge("failed", "bad") if t.failed else badge(found.name, GOOD.get(found.name, "bad")) if found else ""
    epochs = len(t.history.get("loss", ()))
    figures = [f"{number(t.parameters)} parameters" if t.parameters else "", f"{epochs} epochs" if epochs else "", seconds(t.seconds)]
    parts: list[Any] = [tag("h3", t.candidate.name, pill), tag("p", " · ".join(f for f in figures if f), kind="note")]
    if t.failed:
        parts.append(tag("p", t.failed))
    if found:
        parts.append(join([tag("p", found.evidence), tag("p", found.advice, kind="advice")]))
    if np.isfinite(t.history.get("loss", ())).sum() > 2:
        panels = (drawing(learning_curves(t.history, keys=[key]), f"{key} of {t.candidate.name} by epoch") for key in curve_keys(t.history))
        parts.append(tag("div", *panels, kind="pair"))
    return tag("div", *parts, kind="trained")
