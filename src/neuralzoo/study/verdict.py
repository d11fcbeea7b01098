"""Should you use a network, or a traditional method? `judge` answers in plain words."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from neuralzoo.study.evaluate import difference_score, main_metric
from neuralzoo.study.records import Comparison, Score, Task, Trained, Verdict
from neuralzoo.study.scores import fixed, plain_scores
from neuralzoo.study.selection import Truth, best_candidate

FEW_TEST_ROWS = 100


def judge(
    trained: list[Trained],
    comparison: Comparison | None,
    truth: Truth,
    task: Task,
    metric: str | None = None,
    analysis: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Verdict:
    """The candidate to deploy and why: first whether there is any signal, then network or baseline, then warnings.

    The network has to beat the baseline by more than chance (the paired 95 % interval lies above zero); a draw goes to the
    baseline, which is simpler. `analysis` is `Analysis.as_dict()`, whose leaks and scarcity are repeated.
    """
    metric = metric or main_metric(task, truth["train"])
    chosen = _chosen(trained, comparison, truth, task, metric, seed)
    if chosen is None:
        return Verdict("", False, "Every candidate failed; the reasons are listed under Train.")
    guess, words = _guess(truth, task)
    gain = difference_score(truth["test"], chosen.outputs["test"], guess, task, metric, seed)
    if gain.low <= 0:
        simplest = best_candidate(trained, truth, task, metric, "baseline") or chosen
        score, base = (plain_scores(truth["test"], o, task)[metric] for o in (chosen.outputs["test"], guess))
        said = f"Nothing beats {words} ({metric} {fixed(score)} against {fixed(base)}, {_gain(gain)})"
        text = f"{said}: there is no signal in these columns, or there are too few rows to see it."
        return Verdict(simplest.candidate.name, False, _with_warnings(text, truth, analysis))
    text = _versus(trained, comparison, truth, task, metric) if comparison else _alone(chosen, truth, task, metric, words)
    worth_it = chosen.candidate.kind == "network" and (comparison is None or comparison.difference.low > 0)
    return Verdict(chosen.candidate.name, worth_it, _with_warnings(text, truth, analysis))


def _chosen(trained: list[Trained], comparison: Comparison | None, truth: Truth, task: Task, metric: str, seed: int) -> Trained | None:
    if comparison is None:
        return best_candidate(trained, truth, task, metric)
    name = comparison.network if comparison.difference.low > 0 else comparison.baseline
    return next(t for t in trained if t.candidate.name == name)


def _guess(truth: Truth, task: Task) -> tuple[np.ndarray, str]:
    """The outputs of the best constant guess on the test rows, and its name."""
    rows = len(truth["test"])
    if task == "regression":
        return np.full(rows, truth["train"].mean()), "always guessing the mean"
    counts = np.bincount(truth["train"], minlength=int(max(y.max(initial=0) for y in truth.values())) + 1)
    # the most frequent class wins the argmax, and its probability stays the honest share
    return np.tile(counts / counts.sum(), (rows, 1)), "always guessing the most frequent class"


def _versus(trained: list[Trained], c: Comparison, truth: Truth, task: Task, metric: str) -> str:
    outputs = {t.candidate.name: t.outputs["test"] for t in trained if t.failed is None}
    network, baseline = (fixed(plain_scores(truth["test"], outputs[n], task)[metric]) for n in (c.network, c.baseline))
    figures = f"{metric} {network} against {baseline}, its {_gain(c.difference)}"
    if c.difference.low > 0:
        return f"The network is better: {c.network} beats {c.baseline} ({figures}). It is worth its complexity here."
    figures = f"{metric} {baseline} against the network's {network}, the network's {_gain(c.difference)}"
    if c.difference.high < 0:
        return f"A traditional method is better: {c.baseline} beats {c.network} ({figures}). Use it."
    sentence = f"A traditional method is as good: {c.baseline} does as well as {c.network} ({figures}). Use it, it is simpler."
    more = " The network is ahead, but not by more than chance: more test rows could tell." if c.difference.value > 0 else ""
    return sentence + more


def _alone(chosen: Trained, truth: Truth, task: Task, metric: str, guessing: str) -> str:
    value = fixed(plain_scores(truth["test"], chosen.outputs["test"], task)[metric])
    other = "network" if chosen.candidate.kind == "baseline" else "traditional method"
    return (
        f"{_capital(chosen.candidate.name)} is the best ({metric} {value}) and beats {guessing}. No {other} was there to compare it with."
    )


def _with_warnings(text: str, truth: Truth, analysis: Mapping[str, Any] | None) -> str:
    more = []
    if (rows := len(truth["test"])) < FEW_TEST_ROWS:
        more.append(f"Careful: {rows} test rows are few, so every score here may be off by much; see the intervals.")
    leaks = [f"{name!r}" for name in (analysis or {}).get("leaks", ())]
    if leaks:
        who = f"column {leaks[0]} gives" if len(leaks) == 1 else f"columns {', '.join(leaks)} give"
        more.append(f"Careful: {who} the target away almost alone. If the value is not known when you predict, these scores are worthless.")
    return " ".join([text, *more])


def _gain(d: Score) -> str:
    return f"gain {fixed(d.value)}, 95 % interval {fixed(d.low)} … {fixed(d.high)}"


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
