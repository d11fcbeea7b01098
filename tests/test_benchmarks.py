"""The benchmarks' tables say what was measured; nothing is timed here."""

from types import SimpleNamespace

import pytest
from benchmarks.contender import Contender
from benchmarks.table import Column, Everyone, at_most, compared, factor, refreshed, section, table, under

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
