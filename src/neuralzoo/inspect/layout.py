"""Where the nodes of a directed graph are drawn: columns by the longest way from a source, rows so that few edges cross.

Reference: K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures", 1981.
"""

from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]
SWEEPS = 12  # over the columns, forwards and back in turn


def layered(inputs: Sequence[Sequence[int]]) -> tuple[list[Point], dict[tuple[int, int], list[Point]]]:
    """A place (column, row) for each node, and for each edge (node, place among its inputs) the places on its way.

    Args:
        inputs: for each node the nodes before it that it reads.

    >>> places, ways = layered([[], [], [0, 1]])
    >>> places, ways[2, 0]
    ([(0.0, -0.5), (0.0, 0.5), (1.0, 0.0)], [(0.0, -0.5), (1.0, 0.0)])
    """
    columns = _columns(inputs)
    nodes, chains = len(inputs), {}
    column = list(columns)
    neighbours: list[list[int]] = [[] for _ in inputs]
    for node, read in enumerate(inputs):
        for k, source in enumerate(read):
            chain = [source]
            for between in range(columns[source] + 1, columns[node]):  # a node of no size in each column on the way
                chain.append(len(column))
                column.append(between)
                neighbours.append([])
            chain.append(node)
            for a, b in pairwise(chain):
                neighbours[a].append(b)
                neighbours[b].append(a)
            chains[node, k] = chain
    rows = _rows(column, neighbours)
    places = [(float(c), r) for c, r in zip(column, rows, strict=True)]
    return places[:nodes], {edge: [places[i] for i in chain] for edge, chain in chains.items()}


def _columns(inputs: Sequence[Sequence[int]]) -> list[int]:
    """The longest way to each node; a source stands right before the first that reads it."""
    columns = [0] * len(inputs)
    for node, read in enumerate(inputs):
        columns[node] = max((columns[i] + 1 for i in read), default=0)
    for node, read in enumerate(inputs):
        readers = [columns[i] for i, other in enumerate(inputs) if node in other]
        if not read and readers:
            columns[node] = min(readers) - 1
    return columns


def _rows(column: list[int], neighbours: list[list[int]]) -> list[float]:
    """Rows at least 1 apart within a column, each node near the middle of its neighbours."""
    layers: list[list[int]] = [[] for _ in range(max(column, default=0) + 1)]
    for node, c in enumerate(column):
        layers[c].append(node)
    rows = [0.0] * len(column)
    for layer in layers:
        for i, node in enumerate(layer):
            rows[node] = i - (len(layer) - 1) / 2
    for sweep in range(SWEEPS):
        for c in range(len(layers)) if sweep % 2 == 0 else reversed(range(len(layers))):
            wanted = {}
            for node in layers[c]:
                around = neighbours[node]
                near = [i for i in around if (column[i] < c) == (sweep % 2 == 0)] if sweep < SWEEPS - 2 else around
                wanted[node] = sum(rows[i] for i in near) / len(near) if near else rows[node]
            order = sorted(layers[c], key=lambda node: wanted[node])
            _spread(order, wanted, rows)
            layers[c] = order
    return rows


def _spread(order: list[int], wanted: dict[int, float], rows: list[float]) -> None:
    """Rows in this order, at least 1 apart, as near to the wanted ones as neighbours that push each other allow."""
    groups: list[tuple[float, list[int]]] = []  # the row of the first, and the nodes that follow 1 apart
    for node in order:
        groups.append((wanted[node], [node]))
        while len(groups) > 1 and groups[-1][0] < groups[-2][0] + len(groups[-2][1]):
            (first, some), (_, more) = groups[-2:]
            every = some + more
            groups[-2:] = [(sum(wanted[n] - i for i, n in enumerate(every)) / len(every), every)]
    for first, some in groups:
        for i, node in enumerate(some):
            rows[node] = first + i
