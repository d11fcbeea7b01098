"""Numbers and arrays in a few characters, the same in tables, drawings and sentences."""

from typing import Any

import numpy as np


def number(value: Any, digits: int = 4) -> str:
    """A number with some significant digits, and a true minus.

    >>> number(-4.0), number(0.123456), number(1e-9), number(3)
    ('−4', '0.1235', '1e−09', '3')
    """
    return f"{float(value):.{digits}g}".replace("-", "−")


def numbers(values: Any, most: int = 6, digits: int = 4) -> str:
    """An array in one line: its numbers where they are few, else the first ones and its shape.

    >>> numbers(np.arange(3)), numbers(np.zeros((2, 500)), 3)
    ('0 1 2', '0 0 0 … (2 × 500)')
    """
    array = np.asarray(values)
    shown = " ".join(number(v, digits) for v in array.ravel()[:most])
    return shown if array.size <= most else f"{shown} … ({times(array.shape)})"


def times(shape: tuple[int, ...]) -> str:
    """A shape as people say it.

    >>> times((28, 28, 1)), times(())
    ('28 × 28 × 1', '1')
    """
    return " × ".join(map(str, shape)) or "1"
