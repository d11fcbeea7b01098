"""Commands as a user gives them."""

import sys

from neuralzoo import cli


def call(capsys, *words: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    sys.argv, before = ["neuralzoo", *map(str, words)], sys.argv
    try:
        cli.main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        sys.argv = before
    told = capsys.readouterr()
    return code, told.out, told.err
