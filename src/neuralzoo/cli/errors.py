"""How the command line says what went wrong."""

from textwrap import wrap
from typing import Any

from neuralzoo.core.errors import NeuralzooError


def report_error(error: NeuralzooError) -> int:
    """What, where, remedy; exit code 2."""
    console = _console()
    console.print(f"error: {error.what}", style="bold red", markup=False)
    for name, said in (("where: ", error.where), ("remedy:", error.remedy)):
        if said:
            _hanging(console, name, said)
    return 2


def report_bug(error: Exception) -> int:
    """One line and how to see more; exit code 1."""
    console = _console()
    console.print(f"neuralzoo failed: {type(error).__name__}: {error}", style="bold red", markup=False)
    _hanging(console, "remedy:", "this looks like a bug; run it again with NEURALZOO_DEBUG=1 to see where, and report it with the command")
    return 1


def report_stop() -> int:
    """Ctrl-C; exit code 130, as a shell has it."""
    _console().print("stopped; nothing was written", style="yellow")
    return 130


def warn(text: str) -> None:
    """A line beside the output, which may be piped elsewhere."""
    _hanging(_console(), "note:", text)


def _console() -> Any:
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    console.width = max(console.width, 80)
    return console


def _hanging(console: Any, name: str, said: str) -> None:
    from rich.text import Text

    indent = " " * (len(name) + 3)
    lines = [line for part in said.splitlines() for line in wrap(part, console.width - len(indent), break_on_hyphens=False)] or [""]
    console.print(Text(f"  {name} ", "bold").append(lines[0], "not bold"))
    for line in lines[1:]:
        console.print(Text(indent + line))
