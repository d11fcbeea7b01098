"""Two tasks made for recurrent networks, with known answers: the embedded Reber grammar and the adding problem."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from neuralzoo.core.errors import ArgumentError, DataError

SYMBOLS = "BTPSXVE"
END = -1
Graph = tuple[dict[str, int], ...]  # for each node the symbols that may come, and the node behind each
REBER: Graph = ({"B": 1}, {"T": 2, "P": 3}, {"S": 2, "X": 4}, {"T": 3, "V": 5}, {"X": 3, "S": 6}, {"P": 4, "V": 6}, {"E": END})


def _embedding() -> Graph:
    """B, then T or P, a string of the inner grammar, the same T or P once more, E."""
    graph: list[dict[str, int]] = [{"B": 1}, {}]
    for outer in "TP":
        first = len(graph)
        behind = first + len(REBER)
        graph[1][outer] = first
        graph += [{symbol: behind if node == END else first + node for symbol, node in step.items()} for step in REBER]
        graph += [{outer: behind + 1}, {"E": END}]
    return tuple(graph)


EMBEDDED = _embedding()


class Strings(NamedTuple):
    """Strings of a grammar as arrays, filled up to the longest; step i of a row has seen its first i + 1 symbols.

    x: the symbols, one-hot, all but the last of each string.
    y: the number of the symbol that came next.
    weight: 1 for a real step, 0 for filling.
    legal: which symbols might have come next.
    """

    x: Float[np.ndarray, "strings steps symbols"]
    y: Int[np.ndarray, "strings steps"]
    weight: Float[np.ndarray, "strings steps"]
    legal: Bool[np.ndarray, "strings steps symbols"]


def reber_strings(count: int, seed: int = 0, graph: Graph = EMBEDDED) -> list[str]:
    """`count` strings, each way equally likely at every fork; short ones come more than once.

    In an embedded string the last symbol but one is known only to who remembers the second.

    References: A. Reber, "Implicit learning of artificial grammars", 1967; S. Fahlman, "The recurrent cascade-correlation
    architecture", NIPS 1991.
    """
    rng, strings = np.random.default_rng(seed), list[str]()
    while len(strings) < count:
        string, node = "", 0
        while node != END:
            symbol = str(rng.choice(list(graph[node])))
            string, node = string + symbol, graph[node][symbol]
        strings.append(string)
    return strings


def reber_legal(string: str, graph: Graph = EMBEDDED) -> list[str]:
    """What may follow the first symbol of a string, its first two, and so on. Raises `DataError` where it breaks the grammar.

    >>> reber_legal("BTBTXSETE")
    ['TP', 'B', 'TP', 'SX', 'XS', 'E', 'T', 'E', '']
    """
    told, node = [], 0
    for i, symbol in enumerate(string):
        allowed = {} if node == END else graph[node]
        if symbol not in allowed:
            raise DataError(f"{symbol!r} cannot be symbol {i + 1} of {string!r}", remedy=f"it may be {' or '.join(allowed) or 'no more'}")
        node = allowed[symbol]
        told.append("" if node == END else "".join(graph[node]))
    return told


def embedded_reber(train: int = 2048, test: int = 256, seed: int = 0) -> tuple[Strings, Strings]:
    """Strings of the embedded Reber grammar to learn from, and different ones to be tested on, none of which is among the first."""
    learned = reber_strings(train, seed)
    others = dict.fromkeys(reber_strings(20 * test, seed + 2**20))
    held = [string for string in others if string not in set(learned)][:test]
    return grammar_arrays(learned), grammar_arrays(held)


def grammar_arrays(strings: list[str], graph: Graph = EMBEDDED) -> Strings:
    """Strings of a grammar as arrays."""
    steps = max(len(string) for string in strings) - 1
    numbers = np.zeros((len(strings), steps + 1), np.int32)
    weight = np.zeros((len(strings), steps), np.float32)
    legal = np.zeros((len(strings), steps, len(SYMBOLS)), bool)
    for row, string in enumerate(strings):
        numbers[row, : len(string)] = [SYMBOLS.index(symbol) for symbol in string]
        weight[row, : len(string) - 1] = 1
        for step, symbols in enumerate(reber_legal(string, graph)[:-1]):
            legal[row, step, [SYMBOLS.index(symbol) for symbol in symbols]] = True
    x = np.eye(len(SYMBOLS), dtype=np.float32)[numbers[:, :-1]] * weight[:, :, None]
    return Strings(x, numbers[:, 1:] * weight.astype(np.int32), weight, legal)


def grammar_solved(strings: Strings, p: Float[np.ndarray, "strings steps symbols"]) -> float:
    """The share of strings at each of whose steps every legal symbol is likelier than every other one."""
    least = np.where(strings.legal, p, np.inf).min(axis=-1)
    most = np.where(strings.legal, -np.inf, p).max(axis=-1)
    return float(np.mean(np.all((least > most) | (strings.weight == 0), axis=1)))


def adding(count: int, steps: int = 100, seed: int = 0) -> tuple[Float[np.ndarray, "count steps two"], Float[np.ndarray, "count one"]]:
    """Numbers from 0 to 1, two of them marked, and the sum of those two: x[:, :, 0] the numbers, x[:, :, 1] the marks.

    One mark is in the first half, one in the second. Who always answers 1 is off by 1/6 in squared error.

    Reference: S. Hochreiter, J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997, in the form of Q. Le et al.,
    "A simple way to initialize recurrent networks of rectified linear units", 2015.
    """
    if steps < 2:
        raise ArgumentError(f"two of {steps} steps cannot be marked", remedy="ask for at least 2 steps")
    rng = np.random.default_rng(seed)
    numbers, rows = rng.uniform(size=(count, steps)).astype(np.float32), np.arange(count)
    marks = np.zeros_like(numbers)
    marks[rows, rng.integers(steps // 2, size=count)] = 1
    marks[rows, rng.integers(steps // 2, steps, size=count)] = 1
    return np.stack([numbers, marks], axis=-1), (numbers * marks).sum(axis=1, keepdims=True)
