"""From measurements to what people read: medians, ratios, a table, targets, and their place in the results page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import geometric_mean, median
from typing import Any

DRAW = 1.15  # these machines are noisy: a smaller ratio says nothing
Runs = Mapping[str, Sequence[float]]  # measurement → its values over all rounds, of one contender


@dataclass(frozen=True)
class Column:
    """A measurement as a column: its key, its heading, digits after the point."""

    key: str
    heading: str
    digits: int

    def show(self, values: Sequence[float]) -> str:
        return f"{median(values):,.{self.digits}f}" if values else "–"


@dataclass(frozen=True)
class Target:
    """A claim on medians: `name` is at most `limit` times the least of `others`, or at most `limit` where there are none."""

    key: str
    name: str
    limit: float
    others: tuple[str, ...]
    text: str

    def judge(self, measured: Mapping[str, Runs]) -> str:
        """One line: held, missed, or not measured."""
        medians = {name: median(measured[name][self.key]) for name in (self.name, *self.others) if measured.get(name, {}).get(self.key)}
        rivals = [medians[name] for name in self.others if name in medians]
        if self.name not in medians or (self.others and not rivals):
            return f"– {self.text}: not measured"
        value = medians[self.name] / min(rivals) if rivals else medians[self.name]
        unit = f"of {min(rivals):.4g}" if rivals else ""
        return f"{'✓' if value <= self.limit else '✗'} {self.text}: {medians[self.name]:.4g} {unit}".rstrip() + (
            f", {factor(value)}" if rivals else ""
        )


@dataclass(frozen=True)
class Everyone:
    """A check that all did the work: everybody's median of `key` is above `limit`."""

    key: str
    limit: float
    text: str

    def judge(self, measured: Mapping[str, Runs]) -> str:
        medians = {name: median(own[self.key]) for name, own in measured.items() if own.get(self.key)}
        if not medians:
            return f"– {self.text}: not measured"
        worst = min(medians, key=lambda name: medians[name])
        return f"{'✓' if medians[worst] > self.limit else '✗'} {self.text}: the least is {medians[worst]:.4g} ({worst})"


@dataclass(frozen=True)
class Worst:
    """A claim on several measurements: in none of `keys` is `name` above `limit` times the least of `others`."""

    keys: Mapping[str, str]  # what it is called → measurement
    name: str
    limit: float
    others: tuple[str, ...]
    text: str

    def judge(self, measured: Mapping[str, Runs]) -> str:
        ratios = {}
        for called, key in self.keys.items():
            medians = {name: median(own[key]) for name, own in measured.items() if own.get(key)}
            if self.name in medians and (rivals := [medians[name] for name in self.others if name in medians]):
                ratios[called] = medians[self.name] / min(rivals)
        if not ratios:
            return f"– {self.text}: not measured"
        worst = max(ratios, key=lambda called: ratios[called])
        mean = factor(geometric_mean(ratios.values()))
        return f"{'✓' if ratios[worst] <= self.limit else '✗'} {self.text}: {factor(ratios[worst])} at most ({worst}), {mean} on average"


def at_most(key: str, name: str, limit: float, others: Sequence[str], text: str) -> Target:
    return Target(key, name, limit, tuple(others), text)


def under(key: str, name: str, limit: float, text: str) -> Target:
    return Target(key, name, limit, (), text)


def factor(ratio: float) -> str:
    """A ratio in two or three digits: `0.042 ×`, `1.21 ×`, `38 ×`."""
    return f"{ratio:.0f} ×" if ratio >= 9.95 else f"{ratio:.2g} ×" if ratio < 0.0995 else f"{ratio:.2f} ×"


def compared(ratio: float) -> str:
    """A ratio to the reference, `draw` where it is too close to 1 to tell.

    >>> compared(2.0), compared(0.9), compared(31.4)
    ('2.00 ×', 'draw', '31 ×')
    """
    return "draw" if 1 / DRAW < ratio < DRAW else factor(ratio)


def spread(values: Sequence[float], digits: int) -> str:
    """Smallest to largest."""
    low, high = (f"{edge:,.{digits}f}" for edge in (min(values), max(values)))
    return low if low == high else f"{low}–{high}"


def table(bench: Any, measured: Mapping[str, Runs], trouble: Mapping[str, str]) -> str:
    """The markdown table of a benchmark: by the main measurement, with what could not run at the end.

    Args:
        bench: COLUMNS, MAIN, REFERENCE, and `contenders` by name, each with a `label`.
        measured: by name of the contender.
        trouble: why a contender has no measurements, by name.
    """
    main = next(column for column in bench.COLUMNS if column.key == bench.MAIN)
    rest = [column for column in bench.COLUMNS if column is not main]
    base = measured.get(bench.REFERENCE, {}).get(bench.MAIN)
    rows = [["", main.heading, "min–max", f"to {bench.contenders[bench.REFERENCE].label}", *(column.heading for column in rest)]]
    for name in sorted((n for n in measured if measured[n].get(bench.MAIN)), key=lambda n: median(measured[n][bench.MAIN])):
        values, label = measured[name][bench.MAIN], bench.contenders[name].label
        own = name == bench.REFERENCE
        ratio = "1" if own else compared(median(values) / median(base)) if base else "–"
        cells = [f"**{label}**" if own else label, main.show(values), spread(values, main.digits), ratio]
        rows.append([*cells, *(column.show(measured[name].get(column.key, ())) for column in rest)])
    rows += [[bench.contenders[name].label, why, *[""] * (len(rows[0]) - 2)] for name, why in trouble.items()]
    line = [":--"] + ["--:"] * (len(rows[0]) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (rows[0], line, *rows[1:]))


def section(bench: Any, measured: Mapping[str, Runs], trouble: Mapping[str, str], conditions: str) -> str:
    """The table with its title, what the columns mean, whether the targets were met, and where and how it was measured."""
    judged = "\n".join(f"* {target.judge(measured)}" for target in bench.targets())
    return f"### {bench.TITLE}\n\n{table(bench, measured, trouble)}\n\n{bench.NOTES}\n\n{judged}\n\n{conditions}\n"


def refreshed(page: str, name: str, text: str) -> str:
    """The page with `text` between the markers of `name`; markers that are not there yet are put at its end."""
    begin, end = (f"<!-- {edge} {name}, written by make bench -->" for edge in ("begin", "end"))
    held = f"{begin}\n{text}{end}"
    if begin in page and end in page:
        return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: held, page, flags=re.DOTALL)
    return f"{page.rstrip()}\n\n{held}\n"
