"""Things that have a name: activations, losses, optimizers… each kind is one `Registry`."""

import re
from collections.abc import Callable
from typing import Any, TypeVar, cast

from neuralzoo.core.errors import ArgumentError, nearest

T = TypeVar("T")
Filed = TypeVar("Filed")


def snake_case(name: str) -> str:
    """The Keras way from a class name to a string: `MeanSquaredError` → `mean_squared_error`."""
    step = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", step).lower()


class Registry(dict[str, T]):
    """A dictionary from names to things of one `kind`; asking for a name it lacks names the nearest one.

    >>> colours = Registry("colour")
    >>> colours["red"] = 1
    >>> colours["rad"]
    Traceback (most recent call last):
    neuralzoo.core.errors.ArgumentError: there is no colour named 'rad'
      remedy: Did you mean 'red'? There are: red.
    """

    def __init__(self, kind: str):
        dict.__init__(self)
        self.kind = kind

    def __missing__(self, name: object) -> T:
        raise ArgumentError(f"there is no {self.kind} named {name!r}", remedy=nearest(str(name), self))

    def register(self, *names: str) -> Callable[[Filed], Filed]:
        """A decorator that files what it decorates under `names` (default: its own name and that in snake case)."""

        def file(thing: Filed) -> Filed:
            own = getattr(thing, "__name__", "")
            for name in names or dict.fromkeys((own, snake_case(own))):
                self[name] = cast(Any, thing)
            return thing

        return file

    def name_of(self, thing: object) -> str | None:
        """The first name under which `thing` is filed, or None."""
        return next((name for name, value in self.items() if value is thing), None)
