"""Symbols of any kind as codes 0, 1, …, and how much room their grams take."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.errors import DataError, ShapeError
from neuralzoo.learn.learner import Batch
from neuralzoo.zoo.grams import Grams, windows

ROOM = 2**16  # places at least, as far as there are so many grams: a stream may bring more than its first batch


def sequences(x: Any) -> list[Any]:
    """A text, a list of symbols, or a list of lists of them as a list of sequences.

    >>> sequences("ab"), sequences(["ab", "c"]), sequences([["a"], ["b", "c"]])
    (['ab'], [['ab', 'c']], [['a'], ['b', 'c']])
    """
    if isinstance(x, str) or (isinstance(x, np.ndarray | jax.Array) and np.ndim(x) == 1):
        return [x if isinstance(x, str) else np.asarray(x)]
    if isinstance(x, np.ndarray | jax.Array):
        return [row[row != -1] if row.dtype.kind in "iu" else row for row in np.asarray(x)]
    nested = [isinstance(one, list | tuple | np.ndarray) for one in x]
    if any(nested) and not all(nested):
        raise ShapeError("some of the sequences are lists and others symbols", remedy="give a list of symbols, or a list of lists of them")
    return list(x) if any(nested) else [list(x)]


def different(net: Grams, x: np.ndarray) -> int:
    """How many different grams rows of codes hold, by their hash values."""
    batch = Batch(jnp.asarray(x, jnp.int32), None, jnp.ones(len(x)), jnp.ones(len(x)))
    contexts, symbols, share = (np.asarray(part) for part in windows(net, batch))
    hashed = symbols.astype(np.uint64)
    for i in range(net.order):
        hashed = hashed * np.uint64(0x9E3779B97F4A7C15) + contexts[:, i].astype(np.uint64)
        hashed ^= hashed >> np.uint64(29)
    return len(np.unique(hashed[share > 0]))


def room_for(net: Grams, needed: int) -> int:
    """A power of two: room for so many grams, and for more where there may be more."""
    possible = net.symbols * (net.symbols + 1) ** net.order
    return 1 << (min(possible, max(needed, ROOM)) - 1).bit_length()


def alphabet_of(found: list[Any]) -> tuple[Any, ...]:
    """The symbols of sequences, sorted; whole numbers are their own codes, from 0."""
    symbols = set().union(*(one.tolist() if isinstance(one, np.ndarray) else one for one in found))
    try:
        if all(isinstance(symbol, int) for symbol in symbols) and min(symbols) >= 0:
            return tuple(range(max(symbols) + 1))
        return tuple(sorted(symbols))
    except TypeError:
        return tuple(sorted(symbols, key=lambda symbol: (type(symbol).__name__, repr(symbol))))


def characters(alphabet: tuple[Any, ...]) -> bool:
    """Whether every symbol is one character."""
    return all(isinstance(symbol, str) and len(symbol) == 1 for symbol in alphabet)


def codes_of(symbols: Any, alphabet: tuple[Any, ...]) -> np.ndarray:
    """The place of each symbol in the alphabet. Raises `DataError` at the first that is not in it."""
    known = {symbol: code for code, symbol in enumerate(alphabet)}
    plain = symbols.tolist() if isinstance(symbols, np.ndarray) else symbols
    codes = np.fromiter((known.get(symbol, -1) for symbol in plain), np.int32, len(plain))
    if len(codes) and codes.min() < 0:
        place = int(np.argmin(codes))
        shown = ", ".join(map(repr, alphabet[:12])) + (", …" if len(alphabet) > 12 else "")
        remedy = f"leave it out, or name all symbols before: MarkovChain(alphabet=…). There are {shown}"
        raise DataError(f"symbol {plain[place]!r} was never seen", where=f"place {place}", remedy=remedy)
    return codes
