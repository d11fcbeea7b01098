"""Every error the library raises on purpose, and how its message is made.

    NeuralzooError
      ├── ArgumentError      an argument, name or combination that cannot work    (also ValueError)
      ├── ShapeError         arrays that do not fit a layer or each other         (also ValueError)
      ├── DataError          a table, file or label that cannot be used           (also ValueError)
      ├── NotReadyError      asked before it was built, compiled or fitted        (also RuntimeError)
      ├── NotFiniteError     training met a NaN or an infinity                    (also ArithmeticError)
      └── FormatError        a saved file is damaged, foreign or from the future  (also ValueError)

A message says what happened, where, with which shapes on the way there, and what to do about it.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

SHOWN_SHAPES = 9  # of a deep network the first and the last few


class NeuralzooError(Exception):
    """What happened, `where` it happened and the `remedy`, kept apart so that screens can lay them out.

    `shapes` are those of a network from its input up to the layer that failed.
    """

    def __init__(self, what: str, *, where: str = "", shapes: Sequence[str] = (), remedy: str = ""):
        self.what, self.where, self.shapes, self.remedy = what, where, tuple(shapes), remedy
        path = shapes if len(shapes) <= SHOWN_SHAPES else [shapes[0], "…", *shapes[2 - SHOWN_SHAPES :]]
        lines = [what]
        lines += [f"  where:  {where}"] if where else []
        lines += [f"  shapes: {' → '.join(path)}"] if len(path) > 1 else []
        lines += [f"  remedy: {remedy}"] if remedy else []
        Exception.__init__(self, "\n".join(lines))


class ArgumentError(NeuralzooError, ValueError):
    """An argument, a name or a combination of them that cannot work."""


class ShapeError(NeuralzooError, ValueError):
    """Arrays whose shapes do not fit a layer or each other."""


class DataError(NeuralzooError, ValueError):
    """A table, a file or a label that cannot be used as it is."""


class NotReadyError(NeuralzooError, RuntimeError):
    """Something was asked for before it was built, compiled or fitted."""


class NotFiniteError(NeuralzooError, ArithmeticError):
    """Training met a NaN or an infinity."""


class FormatError(NeuralzooError, ValueError):
    """A saved file that is damaged, truncated, foreign or from a later version."""


def nearest(name: str, choices: Iterable[str]) -> str:
    """A sentence that names the choice nearest to `name`, and all of them where they are few.

    >>> nearest("rmsprob", ["adam", "rmsprop", "sgd"])
    "Did you mean 'rmsprop'? There are: adam, rmsprop, sgd."
    """
    folded: dict[str, str] = {}  # "Adam" and "adam" are one choice, shown in lower case
    for choice in sorted(choices, reverse=True):
        folded.setdefault(choice.lower(), choice)
    close = get_close_matches(name.lower(), folded, n=1, cutoff=0.5)
    guess = f"Did you mean {folded[close[0]]!r}? " if close else ""
    return f"{guess}There are: {', '.join(folded[key] for key in sorted(folded))}." if folded else ""
