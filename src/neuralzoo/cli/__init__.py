"""The command line: `neuralzoo study DATA` and its companions. Commands load what they need when they run."""

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from neuralzoo.cli import data, play, study, text, train, zoo
from neuralzoo.cli.errors import report_bug, report_error, report_stop

HELP = """Should you use a neural network here? Train, evaluate and compare networks with traditional methods.

The main job:  neuralzoo study DATA   (a CSV file, a folder of pictures, or a name such as digits)"""


class Commands(TyperGroup):
    """Commands whose names may have two words: `train text FILE` beside `train DATA`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        words = " ".join(args[:2])
        return TyperGroup.resolve_command(self, ctx, [words, *args[2:]] if words in self.commands else args)


app = typer.Typer(
    name="neuralzoo",
    cls=Commands,
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("study", short_help="The main job: is a network worth it on this data?")(study.study)
app.command("predict", short_help="Apply a study's network to new rows.")(study.predict)
app.command("evaluate", short_help="Score a study's network on labelled rows.")(study.evaluate)
app.command("train", short_help="Train one network, with settings of your own.")(train.train)
app.command("train text", short_help="Train a network to write like a text.")(text.train_text)
app.command("sample", short_help="Let a network write that `train text` trained.")(text.sample)
app.command("summary", short_help="Show and draw the layers of a network.")(train.summary)
app.command("trace", short_help="Carry out one row by hand: forwards, and back to every weight.")(study.trace)
app.command("zoo", short_help="The networks of the zoo: list them, or see one at work.")(zoo.zoo)
app.command("playground", short_help="Watch networks learn, step by step, in your browser.")(play.playground)
app.add_typer(data.app, name="data")


def _version(wanted: bool) -> None:
    if wanted:
        from neuralzoo.version import __version__

        print(f"neuralzoo {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")] = False,
) -> None:
    pass


def main() -> None:
    """Run a command; errors of the user's are told in three lines (exit code 2), bugs in one (1), Ctrl-C is 130."""
    for stream in (sys.stdout, sys.stderr):
        if callable(reconfigure := getattr(stream, "reconfigure", None)):
            reconfigure(errors="replace")  # a terminal without – and → shows ? and goes on
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(report_stop())
    except BrokenPipeError:  # `neuralzoo … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("NEURALZOO_DEBUG") == "1":
            raise
        from neuralzoo.core.errors import NeuralzooError

        sys.exit(report_error(error) if isinstance(error, NeuralzooError) else report_bug(error))
