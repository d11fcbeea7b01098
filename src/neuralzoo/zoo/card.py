"""Cards: what a reader wants to know of a network of the zoo before they use it. Lists, pages and pictures are drawn from them."""

from dataclasses import dataclass
from typing import Literal, get_args

from neuralzoo.core.errors import ArgumentError, nearest

Cell = Literal[
    "backfed input", "input", "noisy input", "hidden", "probabilistic hidden", "spiking hidden", "output", "match input output",
    "recurrent", "memory", "different memory", "kernel", "convolution or pool",
]  # fmt: skip
CELLS: tuple[str, ...] = get_args(Cell)  # the kinds of the chart, in its legend's order


@dataclass(frozen=True)
class Goal:
    """A figure that a network has to reach.

    Fields:
        wanted: what others reached, with its source.
        reached: what was measured here, "" where nothing was yet.
        command: what measures it again.
    """

    wanted: str
    reached: str = ""
    command: str = ""


@dataclass(frozen=True)
class Card:
    """A network in words.

    Fields:
        key: its short name in commands, such as "hopfield".
        name: in words.
        short: the chart's abbreviation, "" for one that is not on the chart.
        year, authors, reference: who described it first, and where.
        cells: the kinds of cells that it is made of, as the chart names them.
        rule: how it learns.
        purpose: what it is for.
        verbs: what can be asked of it once it is fitted.
        goals: the figures that it has to reach.
    """

    key: str
    name: str
    short: str
    year: int
    authors: str
    reference: str
    cells: tuple[Cell, ...]
    rule: str
    purpose: str
    verbs: tuple[str, ...]
    goals: tuple[Goal, ...] = ()

    def __post_init__(self) -> None:
        for cell in self.cells:
            if cell not in CELLS:
                raise ArgumentError(f"the chart has no cell {cell!r}", where=f"the card of {self.name}", remedy=nearest(cell, CELLS))
