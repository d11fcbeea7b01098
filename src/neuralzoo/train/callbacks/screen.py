"""One line of a terminal, drawn over and over.

There is no thread and no hidden cursor. Only carriage returns and blanks move things, so a notebook shows it as well.
"""

import sys
import time
from typing import Any

DRAW_SECONDS = 0.1  # ten times a second is live enough, and costs next to nothing
WIDEST, BAR_LEAST, BAR_MOST = 110, 10, 30

Reading = tuple[str, str, str]  # name, value, value in validation or ""


class Screen:
    """A line that changes until it is kept. What others print meanwhile comes out above it.

    `close` must be called in the end: it gives `sys.stdout` and `sys.stderr` back.
    """

    def __init__(self) -> None:
        from rich.console import Console  # not before it is needed: it takes a while to import

        self.stream: Any = sys.stdout
        self.console: Any = Console(file=self.stream, force_terminal=True, force_jupyter=False, highlight=False)
        self.shown, self.drawn_at = 0, 0.0  # cells on the screen, and when they were drawn
        sys.stdout, sys.stderr = Aside(sys.stdout, self), Aside(sys.stderr, self)

    def due(self, since: float = 0.0) -> bool:
        """Whether the last drawing, and the time `since`, are long enough ago to draw again."""
        return time.perf_counter() - max(self.drawn_at, since) >= DRAW_SECONDS

    def draw(self, line: Any) -> None:
        """Show a line, a string or a rich `Text`, in place of the one that is there."""
        text = self._text(line, "dim") if isinstance(line, str) else line
        text.truncate(self._width(), overflow="crop")
        self.stream.write(f"\r{self._rendered(text)}{' ' * (self.shown - text.cell_len)}")
        self.stream.flush()
        self.shown, self.drawn_at = text.cell_len, time.perf_counter()

    def lift(self) -> None:
        """Take the line away, until it is drawn again."""
        if self.shown:
            self.stream.write(f"\r{' ' * self.shown}\r")
            self.stream.flush()
            self.shown = 0

    def keep(self, label: str, took: str, readings: list[Reading]) -> None:
        """Write a line that stays."""
        self.lift()
        line = self._text(label, "bold")
        line.append(f"  {took}", "dim")
        self.stream.write(self._rendered(line + self._readings(readings), wrapped=True))
        self.stream.flush()

    def bar(self, label: str, part: int, whole: int | None, count: str, readings: list[Reading], tail: list[str]) -> None:
        """Draw a bar with its label in front and `count`, readings and `tail` behind; where space is short, the tail goes first."""
        ends = [item for item in tail if item]
        behind = self._text(f" {count}" if count else "", "dim") + self._readings(readings)
        room = self._width() - len(label) - 1 - behind.cell_len
        while ends and sum(2 + len(item) for item in ends) > room - BAR_LEAST:
            ends.pop()
        behind.append("".join(f"  {item}" for item in ends), "dim")
        size = min(max(self._width() - len(label) - 1 - behind.cell_len, BAR_LEAST), BAR_MOST)
        done = min(size, size * part // whole) if whole else 0
        full, empty = ("=", "-") if self.console.options.ascii_only else ("━", "─")
        bar = self._text(full * done, "green") + self._text(empty * (size - done), "dim")
        self.draw(self._text(f"{label} ", "bold") + bar + behind)

    def close(self) -> None:
        """Leave what is shown where it is, and the next line free."""
        if self.shown:
            self.stream.write("\n")
            self.stream.flush()
            self.shown = 0
        for name in ("stdout", "stderr"):
            aside = getattr(sys, name)
            if isinstance(aside, Aside) and aside.screen is self:  # else somebody else has put a stream of theirs there
                setattr(sys, name, aside.stream)

    def _readings(self, readings: list[Reading]) -> Any:
        line = self._text("")
        for name, value, validated in readings:
            line.append(f"  {name} ", "dim").append(value)
            if validated:
                line.append(" (val ", "dim").append(validated).append(")", "dim")
        return line

    def _rendered(self, line: Any, wrapped: bool = False) -> str:
        """With colours; `wrapped` at blanks where it is too long, and ended."""
        with self.console.capture() as captured:
            self.console.print(line, end="\n" if wrapped else "", soft_wrap=not wrapped)
        return captured.get()

    def _text(self, text: str, style: str = "") -> Any:
        from rich.text import Text

        # appended: the style of a whole `Text` would spread to what is added to it
        return Text().append(text.replace("…", "...") if self.console.options.ascii_only else text, style)

    def _width(self) -> int:
        return min(self.console.width, WIDEST) - 1  # a full line would move the cursor to the next


class Aside:
    """A stream that takes the line of a screen away before anything is written to it."""

    def __init__(self, stream: Any, screen: Screen):
        self.stream, self.screen = stream, screen

    def write(self, text: str) -> int:
        self.screen.lift()
        return self.stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)
