"""The sizes of the layers of a network, as a member of the zoo is given them."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np

from neuralzoo.core.errors import ArgumentError

Sizes = int | Sequence[int]


def sizes_of(given: Sizes, what: str, example: str, least: int = 1) -> tuple[int, ...]:
    """A size for each layer, at least `least` of them; a number by itself is the size of one layer.

    Args:
        given: what the caller passed.
        what: the layers, as the error names them.
        example: an argument that is possible, for the remedy.
        least: how many layers there have to be.

    >>> sizes_of(40, "hidden layers", "hidden=(64, 64)"), sizes_of([64, 32], "hidden layers", "hidden=(64, 64)")
    ((40,), (64, 32))
    """
    several: tuple[Any, ...] = tuple(given) if isinstance(given, Sequence | np.ndarray) else (given,)
    if len(several) < least or not all(isinstance(n, Integral) and not isinstance(n, bool) and int(n) > 0 for n in several):
        raise ArgumentError(f"{what} of {given!r} are not possible", remedy=f"give whole numbers of at least 1, such as {example}")
    return tuple(int(n) for n in several)
