"""What the terminal shows while a study runs: four numbered steps, a line for each candidate, a table, the verdict.

On a terminal the candidate in training has a live line; in a pipe or a file there are plain lines only.
"""

from pathlib import Path
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from neuralzoo.study.choose import Choice
from neuralzoo.study.findings import Analysis, counted
from neuralzoo.study.parts import Parts
from neuralzoo.study.records import Candidate, Evaluated, Score, Study, Trained

WIDTH = 80  # a study reads best in narrow lines
MOST_FINDINGS = 8
STYLES = {"problem": "bold red", "warning": "yellow", "info": "dim"}


class Screen:
    """The terminal, or nothing where `quiet`."""

    def __init__(self, quiet: bool = False, console: Console | None = None):
        self.console = console or Console(quiet=quiet, highlight=False)
        self.console.width = min(WIDTH, self.console.width)
        self.live: Live | None = None
        self.column = 12  # width of the names of candidates

    # -- the pieces ------------------------------------------------------------------------------------------------------

    def step(self, number: int, name: str) -> None:
        """A rule with the number and name of a step."""
        self.console.print()
        self.rule(f"{number} {name}")

    def rule(self, name: str) -> None:
        title = Text(f"── {name} ")
        self.console.print(title.append("─" * (self.console.width - len(title))), style="bold cyan")

    def pairs(self, pairs: list[tuple[str, str]], style: str = "", column: int | None = None) -> None:
        """Names with a sentence each, which wraps below itself."""
        column = max([column or 0, *(len(name) for name, _ in pairs)])
        for name, said in pairs:
            lines = wrapped(said, self.console.width - column - 4) or [""]
            self.line(Text(f"  {name:<{column}}", style).append(f"  {lines[0]}", "default not bold" if style else ""))
            for line in lines[1:]:
                self.line(Text(" " * (column + 4) + line))

    def note(self, text: str, style: str = "dim", indent: int = 2) -> None:
        """A sentence of its own."""
        for part in text.splitlines():
            for line in wrapped(part, self.console.width - indent):
                self.line(Text(" " * indent + line, style))

    def line(self, text: Text) -> None:
        """One line, cut at the right edge, without blanks at its end."""
        text.rstrip()
        self.console.print(text, no_wrap=True, overflow="ellipsis", crop=True)

    # -- the steps -------------------------------------------------------------------------------------------------------

    def analysis(self, found: Analysis) -> None:
        """Step one: the data, the task and why, the findings."""
        self.step(1, "Analyze")
        what = {"table": f"{len(found.columns)} columns", "images": "pictures of", "sequences": "sequences of"}[found.kind]
        size = "" if found.kind == "table" else " " + " × ".join(map(str, found.shape))
        classes = f", {len(found.class_counts)} classes" if found.class_counts else ""
        self.pairs(
            [
                ("data", f"{found.name}: {found.rows:,} rows, {what}{size}"),
                ("target", f"{found.target} ({found.target_reason})" if found.target_reason else found.target),
                ("task", f"{found.task}{classes}: {found.task_reason}"),
                ("enough?", found.enough),
            ],
            "bold",
            8,
        )
        shown = [f for f in found.findings if f.what != found.enough]
        self.pairs(
            [(f.level, f.what + (f" → {f.remedy}" if f.remedy and f.level != "info" else "")) for f in shown[:MOST_FINDINGS]], "yellow", 8
        )
        if len(shown) > MOST_FINDINGS:
            self.note(f"{len(shown) - MOST_FINDINGS} more in the report", indent=12)

    def choice(self, choice: Choice, parts: Parts, metric: str, dropped: dict[str, str]) -> None:
        """Step two: the split, the candidates and why each is tried."""
        self.step(2, "Choose")
        sizes = " · ".join(f"{len(rows):,} {side}" for side, rows in parts.rows.items())
        judged = f"{metric}; rare classes weigh as much as common ones in training too" if metric == "balanced accuracy" else metric
        self.pairs([("split", f"{sizes} ({parts.how})"), *[("", note) for note in parts.notes], ("judged by", judged)], "bold", 9)
        if dropped:
            names = ", ".join(list(dropped)[:4]) + (f" and {len(dropped) - 4} more" if len(dropped) > 4 else "")
            self.pairs([("left out", f"{counted(len(dropped), 'column')} without information: {names}")], "bold", 9)
        self.column = max(len(c.name) for c in choice.candidates)
        for kind, title in (("baseline", "traditional methods"), ("network", "networks")):
            self.title(title)
            self.pairs([(c.name, c.reason) for c in choice.candidates if c.kind == kind], column=self.column)
        if choice.skipped:
            self.title("not tried")
            self.pairs([(s.name, s.reason) for s in choice.skipped], "dim", self.column)

    def title(self, name: str) -> None:
        """A heading within a step."""
        self.console.print()
        self.line(Text(f"  {name}", "cyan"))

    def started(self, candidate: Candidate) -> None:
        """A candidate is being fitted."""
        if self.console.is_terminal and not self.console.quiet:
            self.live = Live(Text(f"  {candidate.name:<{self.column}}  …"), console=self.console, transient=True, refresh_per_second=8)
            self.live.start()

    def progress(self, candidate: Candidate, epoch: int, of: int, logs: dict[str, Any]) -> None:
        """A network has learned one more epoch."""
        if self.live:
            readings = "  ".join(f"{name} {logs[name]:.4f}" for name in ("loss", "val_loss") if name in logs)
            self.live.update(Text(f"  {candidate.name:<{self.column}}  epoch {epoch} of {of}  {readings}"))

    def finished(self, trained: Trained, metric: str, score: float | None) -> None:
        """A candidate has been fitted: its score on the validation rows, its time, how its learning went."""
        self.stop_live()
        line = Text(f"  {trained.candidate.name:<{self.column}}  ")
        if trained.failed is not None or score is None:
            self.note(f"{trained.candidate.name:<{self.column}}  failed: {trained.failed}", "red")
            return
        line.append(f"{number(score):>7}", "bold").append(f"  {trained.seconds:6.1f} s", "dim")
        self.line(line.append(f"  {curve_words(trained)}"))
        if again := trained.candidate.settings.get("second try"):
            self.note(f"second try {again}", indent=4)

    def stop_live(self) -> None:
        """Take the live line away."""
        if self.live:
            self.live.stop()
            self.live = None

    def table(self, study: Study) -> None:
        """Step four: all scores, best first."""
        self.step(4, "Evaluate")
        self.console.print(score_table(study.evaluated, study.metric, study.verdict.use))
        test = study.split["test"]
        said = f"on {test:,} test rows that nothing was fitted to or chosen by, with 95 % intervals"
        self.note(f"{said}; ordered by the validation score. → marks the verdict")

    def verdict(self, study: Study, recipe: str) -> None:
        """Network or not, the files, what to do next."""
        self.console.print()
        self.rule("Verdict")
        self.note(study.verdict.text, "")
        if recipe:
            self.title(f"{study.verdict.use} in scikit-learn, on the prepared numbers x and y")
            for line in recipe.splitlines():
                first, *rest = wrapped(line, self.console.width - 6)
                self.note("\n".join([first, *(f"    {more}" for more in rest)]))

    def files(self, study: Study, folder: Path, saved: str | None) -> None:
        """Where everything lies, and what to do with it."""
        self.console.print()
        model = [("model", f"{folder / 'model.nz'}  ({saved} with its preprocessing)")] if saved else []
        after = [("next", f"neuralzoo predict {folder} new.csv")] if saved else []
        self.pairs(
            [("report", str(folder / "report.html")), *model, ("details", f"{folder / 'study.json'}, history.csv"), *after], "bold", 8
        )
        self.note(f"done in {study.seconds:.0f} s, seed {study.seed}", indent=12)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width`; numbers keep their unit."""
    lines = wrap(text.replace("95 %", "95\u00a0%"), max(width, 20), break_on_hyphens=False, drop_whitespace=True)
    start = len(text) - len(text.lstrip())  # code keeps its indentation
    return [" " * (start if k == 0 and not line.startswith(" ") else 0) + line.replace("\u00a0", " ") for k, line in enumerate(lines)]


def curve_words(trained: Trained) -> str:
    """How a network's training went, in a few words; "" for a baseline."""
    settings, said = trained.candidate.settings, trained.diagnosis
    if said is None:
        return "solved in closed form" if trained.candidate.closed_form is not None else ""
    late = ", stopped by the clock" if "stopped" in settings else ""
    return f"best epoch {settings['best epoch']} of {settings['epochs run']}{late}, {said.name}"


def score_table(evaluated: list[Evaluated], metric: str, use: str = "") -> Table:
    """Candidates with their test scores and intervals; `use` is marked."""
    second = next((name for name in ("R²", "log loss") if evaluated and name in evaluated[0].scores), None)
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold")
    table.add_column("", width=1)
    table.add_column("candidate", no_wrap=True)
    for name in (f"test {metric}", *([second] if second else []), "validation", "time"):
        table.add_column(name, justify="right", no_wrap=name != f"test {metric}", overflow="fold")
    for one in evaluated:
        row = [interval(one.scores[metric])] if metric in one.scores else ["–"]
        row += [number(one.scores[second].value) if second in one.scores else "–"] if second else []
        chosen = one.name == use
        table.add_row(
            "→" if chosen else "", escape(one.name), *row, number(one.validation), f"{one.seconds:.1f} s", style="bold" if chosen else ""
        )
    return table


def interval(score: Score) -> str:
    """A score with its 95 % interval."""
    return f"{number(score.value)} ({number(score.low)}–{number(score.high)})"


def number(value: float) -> str:
    """Three decimals below ten, else four figures or more.

    >>> number(0.98765), number(54.321), number(123456.7)
    ('0.988', '54.32', '123,457')
    """
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def summary(study: Study) -> str:
    """A finished study in a few lines: the table, the verdict, the folder."""
    console = Console(width=WIDTH, highlight=False, color_system=None, force_terminal=False)
    with console.capture() as held:
        console.print(f"Study of {study.data['name']}: {study.task}, {study.data['rows']:,} rows, seed {study.seed}\n")
        console.print(score_table(study.evaluated, study.metric, study.verdict.use))
        console.print(f"\n{study.verdict.text}", markup=False)
        if study.folder:
            console.print(f"\n{study.folder / 'report.html'}", markup=False)
    return "\n".join(line.rstrip() for line in held.get().rstrip().splitlines())


def show_scores(evaluated: Evaluated, confusion: Any, classes: list[str]) -> None:
    """The scores, and the confusion counts where there are not too many classes."""
    console = Console(highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for name, score in evaluated.scores.items():
        table.add_row(f"  {name}", interval(score))
    console.print(table)
    if confusion is not None and len(confusion) <= 12:
        counts = Table(box=None, pad_edge=False)
        counts.add_column("")
        for name in classes:
            counts.add_column(name, justify="right", overflow="fold")
        for name, line in zip(classes, confusion.tolist(), strict=True):
            counts.add_row(f"  {name}", *map(str, line))
        console.print("\n  rows are true classes, columns predicted ones")
        console.print(counts)
