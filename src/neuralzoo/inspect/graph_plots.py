"""Figures of graphs: nodes laid out by springs, in the colours of their classes, edges as wide as what they carry."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.inspect.style import NETWORK, SMALL, STYLE, WIDTH, bare, name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LARGE = 300  # nodes above which edges would hide everything
CLASSES = (
    STYLE["blue"],
    STYLE["orange"],
    STYLE["green"],
    STYLE["purple"],
    "#e69f00",
    "#56b4e9",
    "#332288",
    "#88827a",
    "#117733",
    "#aa4466",
)
MARKERS = "osD^vP*Xph"
NUMBERED = 60  # nodes up to which each bears its number


def spring(edges: np.ndarray, nodes: int, turns: int = 200, seed: int = 0) -> np.ndarray:
    """Places `(nodes, 2)` at which edges, as springs, and nodes, which keep off each other, come to rest; within [−1, 1].

    Reference: T. Fruchterman, E. Reingold, "Graph drawing by force-directed placement", 1991.

    >>> places = spring(np.array([[0, 1], [1, 2]]), 3)
    >>> gap = np.linalg.norm(places[:, None] - places, axis=-1)
    >>> bool(gap[0, 2] > gap[0, 1])
    True
    """
    at = np.random.default_rng(seed).uniform(-0.5, 0.5, (nodes, 2))
    joined = np.zeros((nodes, nodes))
    joined[edges[:, 0], edges[:, 1]] = joined[edges[:, 1], edges[:, 0]] = 1
    rest = 1 / np.sqrt(max(nodes, 1))
    for heat in np.linspace(0.2, 0.002, turns):
        way = at[:, None] - at[None]
        far = np.maximum(np.linalg.norm(way, axis=-1), 1e-3)
        pull = rest**2 / far**2 * (1 + rest / far) - joined * far / rest  # the second term keeps twins apart
        step = (way * pull[..., None]).sum(1) - 0.3 * at  # a little towards the middle: parts that hang together by nothing stay in view
        size = np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-9)
        at = at + step / size * np.minimum(size, heat)
    at = (at - at.mean(0)) @ np.linalg.svd(at - at.mean(0), full_matrices=False)[2].T  # the longer way lies across the page
    at = at - (at.max(0) + at.min(0)) / 2
    return at / max(np.abs(at).max(), 1e-9)


def network(
    places: np.ndarray, edges: np.ndarray, classes: np.ndarray, labels: np.ndarray | None = None, weights: np.ndarray | None = None
) -> "Figure":
    """A graph with each node in the colour and shape of its class; a ring where the label is another; edges as wide as `weights`.

    >>> network(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[0, 1]]), np.array([0, 1])).axes[0].get_title(loc="left")
    'Classes of the nodes'
    """
    figure, (ax,) = sheet(WIDTH, 4.2)
    _wires(ax, places, edges, weights)
    big = len(places) <= NUMBERED
    for kind in np.unique(classes).astype(int):
        here = classes == kind
        look: dict[str, Any] = {"color": CLASSES[kind % 10], "marker": MARKERS[kind % 10], "linewidth": 0.8, "edgecolor": STYLE["paper"]}
        ax.scatter(*places[here].T, s=230 if big else 45, zorder=3, label=f"class {kind}", **look)
    wrong = np.zeros(len(places), bool) if labels is None else (labels != classes) & (labels >= 0)
    if wrong.any():
        ring: dict[str, Any] = {"s": 480 if big else 120, "facecolor": "none", "edgecolor": STYLE["ink"], "linewidth": 1.4, "zorder": 4}
        ax.scatter(*places[wrong].T, label="another label", **ring)
    if big:
        for i, (x, y) in enumerate(places):
            ax.text(x, y, str(i), ha="center", va="center_baseline", fontsize=SMALL - 1, color=STYLE["paper"], zorder=5)
    _legend(ax, 0.6 if big else 1.0)
    name(ax, title="Classes of the nodes" if weights is None else "Classes of the nodes, and who is listened to")
    return figure


def cloud(features: np.ndarray, classes: np.ndarray) -> "Figure":
    """Nodes `(nodes, features)` in the plane in which they differ most, in the colours of their classes.

    >>> cloud(np.eye(4), np.array([0, 0, 1, 1])).axes[0].get_xlabel()
    'first principal component'
    """
    centred = features - features.mean(0)
    axes_of = np.linalg.svd(centred, full_matrices=False)[2][:2]
    figure, (ax,) = sheet(WIDTH, 5.2)
    _points(ax, centred @ axes_of.T, classes)
    name(ax, "first principal component", "second", title="What the nodes became")
    return figure


def embedding(places: np.ndarray, classes: np.ndarray) -> "Figure":
    """Nodes where a map to the plane such as t-SNE has put them, `(nodes, 2)`, in the colours of their classes.

    >>> len(embedding(np.eye(2), np.array([0, 1])).axes)
    1
    """
    figure, (ax,) = sheet(WIDTH, 5.2)
    _points(ax, places, classes)
    bare(ax)
    ax.set(xticks=[], yticks=[], aspect="equal")
    name(ax, title="What the nodes became")
    return figure


def judged(places: np.ndarray, edges: np.ndarray, sizes: np.ndarray, chances: np.ndarray) -> "Figure":
    """A graph with its nodes as large as `sizes`, and how likely each class is.

    >>> page = judged(np.eye(2), np.array([[0, 1]]), np.ones(2), np.array([0.2, 0.8]))
    >>> [ax.get_title(loc="left") for ax in page.axes]
    ['What the nodes have to say', 'The graph']
    """
    figure, (ax, bars) = sheet(WIDTH, 3.6, 2, ratios=[1.6, 1.0])
    _wires(ax, places, edges, None)
    ax.scatter(*places.T, s=25 + 220 * sizes / max(sizes.max(), 1e-9), color=NETWORK, edgecolor=STYLE["paper"], linewidth=0.8, zorder=3)
    name(ax, title="What the nodes have to say")
    bare(bars)
    rows = np.arange(len(chances))
    bars.barh(rows, chances, color=[NETWORK if i == chances.argmax() else STYLE["grid"] for i in rows], height=0.6)
    bars.set(yticks=rows, yticklabels=[f"class {i}" for i in rows], xlim=(0, 1.12), xticks=[])
    bars.invert_yaxis()
    for i, chance in enumerate(chances):
        bars.text(chance + 0.02, i, f"{chance:.0%}", va="center", fontsize=SMALL, color=STYLE["ink"])
    name(bars, title="The graph")
    return figure


def _wires(ax: "Axes", places: np.ndarray, edges: np.ndarray, weights: np.ndarray | None) -> None:
    from matplotlib.collections import LineCollection, PolyCollection

    bare(ax)
    (x, y), room = np.abs(places).max(0), 0.12
    ax.set(xticks=[], yticks=[], aspect="equal", xlim=(-x - room, x + room), ylim=(-y - room, y + room))
    if weights is None:
        ax.add_collection(LineCollection(list(places[edges]), color=STYLE["muted"], linewidth=0.9, alpha=0.45))
        return
    matrix = np.zeros((len(places), len(places)))
    matrix[edges[:, 0], edges[:, 1]] = weights / max(weights.max(), 1e-9)
    a, b = np.nonzero(np.triu(matrix + matrix.T))
    along = (places[b] - places[a]) / np.maximum(np.linalg.norm(places[b] - places[a], axis=1, keepdims=True), 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], 1)
    at_a, at_b = (across * (0.0015 + 0.02 * matrix[start, end])[:, None] for start, end in ((a, b), (b, a)))
    shapes = np.stack([places[a] + at_a, places[b] + at_b, places[b] - at_b, places[a] - at_a], 1)
    ax.add_collection(PolyCollection(list(shapes), facecolor=STYLE["muted"], edgecolor=STYLE["muted"], linewidth=0.4, alpha=0.5))
    said = "a line is as wide at a node as the attention its neighbour pays to it"
    ax.text(0.5, -0.02, said, transform=ax.transAxes, ha="center", va="top", fontsize=SMALL, color=STYLE["muted"])


def _points(ax: "Axes", places: np.ndarray, classes: np.ndarray) -> None:
    for kind in np.unique(classes).astype(int):
        look: dict[str, Any] = {"color": CLASSES[kind % 10], "marker": MARKERS[kind % 10], "linewidth": 0, "alpha": 0.7}
        ax.scatter(*places[classes == kind].T, s=12, label=f"class {kind}", **look)
    _legend(ax, 1.6)


def _legend(ax: "Axes", scale: float) -> None:
    """A legend beside the picture, with markers of a size to read."""
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=SMALL, labelcolor=STYLE["ink"], markerscale=scale)
