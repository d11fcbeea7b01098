"""What layers make of the space of examples: the half-plane of each hidden unit, and the examples as a hidden layer sees them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.inspect.records import plain
from neuralzoo.inspect.tracing import execute
from neuralzoo.train.model import Model

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METHODS = ("pca", "tsne")
FEW = 300  # rows up to which t-SNE looks at all pairs: starting the trees' threads takes longer
FINE = 120  # points of the plane along each side


@dataclass(frozen=True, eq=False)
class HalfPlanes:
    """The first layer of a network of two inputs over the plane around some examples: each unit divides it by a straight line.

    Fields:
        x, y: the examples and their classes, or None.
        across, up: the two axes of the plane.
        units: the output of each unit of the first layer over the plane, `(units, up, across)`.
        lines: w₁, w₂, b of each unit: it says more than its middle where w₁x₁ + w₂x₂ + b > 0.
        output: of the network over the plane, `(up, across, outputs)`.
    """

    x: np.ndarray
    y: np.ndarray | None
    across: np.ndarray
    up: np.ndarray
    units: np.ndarray
    lines: np.ndarray
    output: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """The same as dictionaries, lists and numbers, ready for JSON."""
        return plain(self)

    def figure(self, most: int = 11) -> "Figure":
        """A panel for each unit, with its line, and one for the network."""
        from neuralzoo.inspect.space_plots import half_planes_figure

        return half_planes_figure(self, most)


def half_planes(model: Model, x: Any, y: Any = None) -> HalfPlanes:
    """The half-plane of each unit of the first layer, and the decision they add up to, for examples of two numbers.

    Args:
        model: a built model of two inputs whose first layer that computes is dense.
        x: examples `(rows, 2)`.
        y: their classes, to be drawn.
    """
    from neuralzoo.inspect.boundary_plots import plane

    rows = np.asarray(x, np.float32)
    if rows.ndim != 2 or rows.shape[1] != 2:
        raise ShapeError(f"half-planes are of examples of two numbers, but x has shape {rows.shape}", remedy="give (rows, 2)")
    first = next((layer for layer in execute(model, rows[:1]).layers if layer.arrays or layer.kind == "Dense"), None)
    if first is None or first.kind != "Dense":
        found = first.kind if first else "none"
        raise ArgumentError(f"the first layer with weights is {found}, and only dense units divide a plane", remedy="ask another network")
    held = {array.name: array.value for array in first.arrays}
    lines = np.vstack([held["kernel"], held.get("bias", np.zeros(held["kernel"].shape[1]))[None]]).T
    across, up, _ = plane(rows, lambda points: np.zeros(len(points)))
    across, up = (np.linspace(axis[0], axis[-1], FINE, dtype=np.float32) for axis in (across, up))
    points = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    seen = execute(model, points)
    units = np.moveaxis(np.asarray(seen[first.name].output).reshape(FINE, FINE, -1), -1, 0)
    classes = None if y is None else np.asarray(y)
    return HalfPlanes(rows, classes, across, up, units, lines, np.asarray(seen.output).reshape(FINE, FINE, -1))


@dataclass(frozen=True, eq=False)
class Embedding:
    """Examples as points of a plane.

    Fields:
        layer: whose outputs they are; "input" for the examples themselves.
        method: "pca" or "tsne".
        points: `(rows, 2)`.
        explained: the shares of the variance along the two axes of principal components; None otherwise.
        y: the classes, where they are known.
    """

    layer: str
    method: str
    points: np.ndarray
    explained: np.ndarray | None = None
    y: np.ndarray | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as dictionaries, lists and numbers, ready for JSON."""
        return plain(self)

    def figure(self) -> "Figure":
        """The points, classes apart by colour and marker."""
        from neuralzoo.inspect.space_plots import embedding_figure

        return embedding_figure(self)


def embed(model: Model, x: Any, layer: str, y: Any = None, *, method: str = "pca", seed: int = 0) -> Embedding:
    """The examples as a layer sees them, in a plane: by principal components, or by neighbourhoods (t-SNE).

    Args:
        model: a built model.
        x: examples.
        layer: its name, or "input".
        y: classes, to be drawn.
        method: "pca" or "tsne".
        seed: of t-SNE.

    Reference: L. van der Maaten, G. Hinton, "Visualizing data using t-SNE", JMLR 9, 2008.
    """
    if method not in METHODS:
        raise ArgumentError(f"there is no method {method!r}", remedy=f"method is one of {', '.join(METHODS)}")
    seen = execute(model, x)
    outputs = np.asarray(seen.x if layer == "input" else seen[layer].output)
    flat = outputs.reshape(len(outputs), -1).astype(np.float64)
    if len(flat) < 3:
        raise ShapeError(f"{len(flat)} examples span no plane", remedy="give at least 3")
    classes = None if y is None else np.asarray(y)
    if method == "pca":
        from sklearn.decomposition import PCA

        flat = np.pad(flat, ((0, 0), (0, max(0, 2 - flat.shape[1]))))
        found = PCA(2).fit(flat)
        return Embedding(layer, method, found.transform(flat), found.explained_variance_ratio_, classes)
    from sklearn.manifold import TSNE

    way: Any = {"init": "pca" if flat.shape[1] > 1 else "random", "method": "exact" if len(flat) <= FEW else "barnes_hut"}
    rule = TSNE(2, perplexity=min(30.0, (len(flat) - 1) / 3), random_state=seed, **way)
    return Embedding(layer, method, rule.fit_transform(flat), None, classes)
