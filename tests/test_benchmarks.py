"""The benchmarks' tables say what was measured; nothing is timed here."""

import importlib
import json
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.__main__ import NAMES
from benchmarks.contender import Contender, Laps, median_s
from benchmarks.convolutions import SHAPES, tell_times
from benchmarks.recurrent import CHARACTERS, texts
from benchmarks.runner import run
from benchmarks.table import Column, Everyone, Target, Worst, at_most, compared, factor, refreshed, section, table, under

BENCH = SimpleNamespace(
    TITLE="A race",
    NOTES="Quicker is better.",
    MAIN="s",
    REFERENCE="ours",
    COLUMNS=(Column("s", "seconds", 2), Column("mb", "MB", 0)),
    contenders={name: Contender(name, name.title()) for name in ("ours", "theirs", "near", "absent")},
    targets=lambda: [at_most("s", "ours", 1.0, ["theirs", "near"], "the fastest")],
)
MEASURED = {"theirs": {"s": [3.0, 9.0, 2.0], "mb": [1234.0]}, "ours": {"s": [1.0, 1.1, 1.0]}, "near": {"s": [1.1]}}
TROUBLE = {"absent": "not installed: absent"}


def rows():
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table(BENCH, MEASURED, TROUBLE).splitlines()[2:]]


def test_rows_are_sorted_by_the_median():
    assert [row[0] for row in rows()] == ["**Ours**", "Near", "Theirs", "Absent"]


def test_a_row_shows_median_range_ratio_and_the_other_columns():
    assert rows()[2] == ["Theirs", "3.00", "2.00–9.00", "3.00 ×", "1,234"]


def test_what_is_not_installed_is_listed():
    assert rows()[3][:2] == ["Absent", "not installed: absent"]


def test_a_ratio_too_close_to_one_is_a_draw_either_way():
    assert [compared(r) for r in (1.0, 1.14, 1 / 1.14, 1.16, 1 / 1.16)] == ["draw", "draw", "draw", "1.16 ×", "0.86 ×"]
    assert [factor(r) for r in (0.041, 1.0, 9.949, 31.4)] == ["0.041 ×", "1.00 ×", "9.95 ×", "31 ×"]


@pytest.mark.parametrize(("target", "verdict"), [
    (at_most("s", "ours", 1.0, ["theirs", "near"], "fastest"), "✓"),
    (at_most("s", "ours", 0.5, ["near"], "twice as fast"), "✗"),
    (at_most("s", "ours", 1.0, ["absent"], "fastest"), "–"),
    (under("s", "ours", 1.5, "quick"), "✓"),
    (under("mb", "theirs", 1000, "small"), "✗"),
    (under("mb", "ours", 1000, "small"), "–"),
    (Everyone("s", 0.9, "all did the work"), "✓"),
    (Everyone("s", 1.0, "all did the work"), "✗"),
    (Worst({"a": "s"}, "near", 1.15, ("ours", "theirs"), "nowhere slower"), "✓"),
    (Worst({"a": "s"}, "theirs", 1.15, ("ours", "near"), "nowhere slower"), "✗"),
    (Worst({"a": "s"}, "absent", 1.15, ("ours",), "nowhere slower"), "–"),
])  # fmt: skip
def test_a_target_is_met_missed_or_not_measured(target, verdict):
    assert target.judge(MEASURED)[0] == verdict


def test_a_section_replaces_its_own_figures_only():
    page = refreshed("# Results\n", "race", section(BENCH, MEASURED, TROUBLE, "today"))
    page = refreshed(page, "other", "Other.\n")
    again = refreshed(page + "\nBy hand.\n", "race", "New \\1.\n")
    assert "### A race" in page and "Quicker" not in again
    assert "New \\1." in again and "Other." in again and again.endswith("By hand.\n")
    assert again.count("<!-- begin race") == 1


def test_a_contender_tells_what_it_misses():
    assert Contender("a", "A", ("json", "no_such_module")).missing() == ["no_such_module"]


def test_the_worst_ratio_is_named_beside_the_geometric_mean():
    measured = {"ours": {"a": [2.0], "b": [1.0]}, "theirs": {"a": [1.0], "b": [2.0]}, "near": {"b": [8.0]}}
    told = Worst({"first": "a", "second": "b"}, "ours", 1.15, ("theirs", "near"), "nowhere slower").judge(measured)
    assert told == "✗ nowhere slower: 2.00 × at most (first), 1.00 × on average"


def test_an_epoch_is_told_in_the_unit_asked_for_and_the_first_in_seconds(monkeypatch, capsys):
    monkeypatch.setenv("BENCHMARK_BEGAN", "100")
    laps = Laps("step_ms", 16 / 1000)
    for now in (103.0, 105.0, 109.0):
        monkeypatch.setattr("benchmarks.contender.time", SimpleNamespace(time=lambda now=now: now))
        laps.lap()
    assert told(capsys) == [{"start_s": 3.0}, {"step_ms": 2000 / 16}, {"step_ms": 4000 / 16}]


def test_the_median_is_of_one_call_at_least():
    calls = []
    assert median_s(lambda: calls.append(1), 0.0) >= 0 and calls == [1]


def test_convolutions_tell_each_shape_and_the_geometric_mean(capsys):
    tell_times(lambda shape, gradients: 0.004 if gradients else 0.001)
    forward, step = told(capsys)
    assert len(forward) == len(step) == len(SHAPES) + 1
    assert forward["forward_ms"] == pytest.approx(1) and step["step_ms"] == pytest.approx(4)


def test_the_characters_follow_each_other_in_one_order():
    x, y = texts()
    follower = dict(zip(x.ravel().tolist(), y.ravel().tolist(), strict=True))
    assert len(follower) == CHARACTERS and (np.vectorize(follower.get)(x) == y).all()


def test_contenders_take_turns_and_a_cache_is_filled_before_what_counts(monkeypatch):
    turns = []
    monkeypatch.setattr("benchmarks.runner.once", lambda _, contender, quick: turns.append(contender.name) or [{"s": float(len(turns))}])
    entrants = (Contender("a", "A"), Contender("b", "B", warm=True), Contender("c", "C", once=True, warm=True))
    measured, trouble = run(SimpleNamespace(contenders={c.name: c for c in entrants}), ["a", "b", "c"], 2, False)
    assert turns == ["a", "b", "b", "c", "c", "b", "a"]
    assert measured == {"a": {"s": [1.0, 7.0]}, "b": {"s": [3.0, 6.0]}, "c": {"s": [5.0]}} and not trouble


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_has_what_its_table_and_its_targets_speak_of(name):
    bench = importlib.import_module(f"benchmarks.{name}")
    keys = {column.key for column in bench.COLUMNS}
    assert bench.REFERENCE in bench.contenders and bench.MAIN in keys and bench.ROUNDS >= 1
    for target in bench.targets():
        if isinstance(target, Target):
            assert {target.name, *target.others} <= set(bench.contenders) and target.key in keys


def told(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]
