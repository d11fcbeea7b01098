"""Figures of planes that units divide, and of examples as points."""

from typing import TYPE_CHECKING

from neuralzoo.inspect.boundary_plots import points, regions
from neuralzoo.inspect.style import NETWORK, SMALL, STYLE, WIDTH, bare, name, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuralzoo.inspect.spaces import Embedding, HalfPlanes

ACROSS = 4  # panels side by side


def half_planes_figure(seen: "HalfPlanes", most: int = 11) -> "Figure":
    """Each unit over the plane with the line where its weighted sum is 0, and last what the network decides.

    >>> import numpy as np
    >>> from neuralzoo.inspect.spaces import HalfPlanes
    >>> axis = np.linspace(-1, 1, 4)
    >>> flat = HalfPlanes(np.eye(2), None, axis, axis, np.ones((1, 4, 4)), np.ones((1, 3)), np.ones((4, 4, 1)))
    >>> len(half_planes_figure(flat).axes)
    2
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    tints = LinearSegmentedColormap.from_list("neuralzoo", [STYLE["orange"], STYLE["paper"], STYLE["blue"]])
    shown = min(most, len(seen.units))
    across = min(ACROSS, shown + 1)
    down = -(-(shown + 1) // across)
    figure = Figure(figsize=(WIDTH, 2.0 * down + 0.1), facecolor=STYLE["paper"], layout="constrained")
    for i in range(shown + 1):
        ax = figure.add_subplot(down, across, i + 1)
        bare(ax)
        ax.set(xticks=[], yticks=[])
        if i < shown:
            values = seen.units[i]
            middle = float(values.min() + values.max()) / 2
            spread = float(values.max() - middle) or 1.0
            ax.pcolormesh(seen.across, seen.up, values, cmap=tints, vmin=middle - spread, vmax=middle + spread, alpha=0.6, rasterized=True)
            w1, w2, b = seen.lines[i]
            sums = w1 * seen.across[None, :] + w2 * seen.up[:, None] + b
            if sums.min() < 0 < sums.max():
                ax.contour(seen.across, seen.up, sums, levels=[0], colors=STYLE["ink"], linewidths=1.4)
            name(ax, title=f"unit {i}")
        else:
            classes = seen.output.argmax(-1) if seen.output.shape[-1] > 1 else (seen.output[..., 0] > 0.5).astype(int)
            regions(ax, (seen.across, seen.up, classes))
            name(ax, title="network")
        if seen.y is not None:
            points(ax, seen.x, seen.y.reshape(-1).astype(int))
        else:
            ax.scatter(*seen.x.T, s=8, color=STYLE["muted"], linewidth=0)
        ax.set(xlim=(seen.across[0], seen.across[-1]), ylim=(seen.up[0], seen.up[-1]))
    return figure


def embedding_figure(seen: "Embedding") -> "Figure":
    """The points of an embedding.

    >>> import numpy as np
    >>> from neuralzoo.inspect.spaces import Embedding
    >>> len(embedding_figure(Embedding("dense", "pca", np.eye(3, 2), np.array([0.8, 0.2]))).axes)
    1
    """
    figure, (ax,) = sheet(6.0, 4.2)
    if seen.y is None:
        ax.scatter(*seen.points.T, s=14, color=NETWORK, linewidth=0)
    else:
        points(ax, seen.points, seen.y.reshape(-1).astype(int))
        figure.legend(loc="outside right upper", frameon=False, fontsize=SMALL, labelcolor=STYLE["ink"], handlelength=1.4)
    ax.grid(visible=False)
    if seen.explained is None:
        bare(ax)
        ax.set(xticks=[], yticks=[])
        name(ax, title=f"{seen.layer}, t-SNE")
    else:
        shares = [f"{100 * share:.0f} % of the variance" for share in seen.explained]
        name(ax, f"first component, {shares[0]}", f"second, {shares[1]}", seen.layer)
    return figure
