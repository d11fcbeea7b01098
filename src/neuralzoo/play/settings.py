"""What can be set in a room: each kind checks a value, and tells the page which control it is."""

import math
from dataclasses import dataclass
from typing import Any

from neuralzoo.core.errors import ArgumentError, nearest


@dataclass(frozen=True)
class Setting:
    """Something that can be set.

    Fields:
        name: in messages and in the address of the page.
        label: on the page.
        default: at first.
        group: the heading under which the page shows it.
        live: whether it may change while learning goes on; else the room begins anew.
        hint: a sentence for who does not know.
    """

    name: str
    label: str
    default: Any
    group: str = ""
    live: bool = False
    hint: str = ""

    def read(self, value: Any) -> Any:
        """The value, checked."""
        raise NotImplementedError(f"{type(self).__name__} defines no read")

    def about(self) -> dict[str, Any]:
        """What the page has to know of it."""
        kind = type(self).__name__.lower()
        return {"kind": kind, **{name: getattr(self, name) for name in self.__dataclass_fields__}}

    def refuse(self, value: Any, remedy: str) -> ArgumentError:
        shown = repr(value)
        return ArgumentError(f"{self.name} cannot be {shown[:60]}{'…' if len(shown) > 60 else ''}", remedy=remedy)


@dataclass(frozen=True)
class Choice(Setting):
    """One of some words or numbers."""

    options: tuple[Any, ...] = ()

    def read(self, value: Any) -> Any:
        for option in self.options:
            if value == option and not isinstance(value, bool):
                return option
        raise self.refuse(value, nearest(str(value)[:60], map(str, self.options)))


@dataclass(frozen=True)
class Slider(Setting):
    """A number between two others, in steps."""

    low: float = 0
    high: float = 1
    step: float = 0.01
    unit: str = ""

    def read(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.refuse(value, f"give a number from {self.low} to {self.high}")
        if not self.low <= value <= self.high:
            raise self.refuse(value, f"choose from {self.low} to {self.high}")
        whole = self.step >= 1 and float(self.step).is_integer()
        return round(value) if whole else float(value)


@dataclass(frozen=True)
class Switch(Setting):
    """On or off."""

    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.refuse(value, "it is on or off: true or false")
        return value


@dataclass(frozen=True)
class Several(Setting):
    """Some of a few words, one at least."""

    options: tuple[str, ...] = ()

    def read(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not value or not all(isinstance(v, str) and v in self.options for v in value):
            raise self.refuse(value, f"choose one at least of {', '.join(self.options)}")
        return tuple(option for option in self.options if option in value)


@dataclass(frozen=True)
class Sizes(Setting):
    """Units of each layer."""

    most: int = 10
    largest: int = 100

    def read(self, value: Any) -> tuple[int, ...]:
        fits = isinstance(value, list | tuple) and len(value) <= self.most
        if not fits or not all(isinstance(v, int) and not isinstance(v, bool) and 1 <= v <= self.largest for v in value):
            raise self.refuse(value, f"give up to {self.most} layers of 1 to {self.largest} units")
        return tuple(value)


@dataclass(frozen=True)
class Words(Setting):
    """A text."""

    longest: int = 2000

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.longest:
            raise self.refuse(value, f"give a text of {self.longest} characters at most")
        return value
