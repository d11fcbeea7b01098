"""Activation functions and their slopes, a panel for each."""

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.activations import Activate, activation_named
from neuralzoo.core.errors import ArgumentError
from neuralzoo.inspect.style import BASELINE, NETWORK, SMALL, STYLE, WIDTH, dress, name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 4
POINTS = 1001


def activation_curves(*activations: Activate, reach: float = 4.0) -> "Figure":
    """Each activation over −reach…reach as a full line, its slope, by which δ is multiplied on the way back, as a broken one.

    Args:
        activations: names, functions or records, as the argument `activation` of a layer takes them; elementwise ones.
        reach: how far the horizontal axis goes.

    Example:
        >>> len(activation_curves("tanh", "relu").axes)
        2
    """
    from matplotlib.figure import Figure

    if not activations or reach <= 0:
        raise ArgumentError("there is nothing to draw", remedy="name activations, such as 'tanh', and a reach above 0")
    x = jnp.linspace(-reach, reach, POINTS, dtype=jnp.float32)
    columns = min(COLUMNS, len(activations))
    rows = -(-len(activations) // columns)
    figure = Figure(figsize=(WIDTH * columns / COLUMNS, 1.9 * rows + 0.3), facecolor=STYLE["paper"], layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).flat
    for ax in panels:
        ax.set_axis_off()
    for ax, activation in zip(figure.axes, activations, strict=False):
        function = activation_named(activation)
        output, back = jax.vjp(function, x)
        values = [np.asarray(made) for made in (output, back(jnp.ones_like(x))[0])]
        ax.set_axis_on()
        dress(ax)
        ax.plot(x, _cut_at_jumps(values[0]), color=NETWORK, linewidth=1.8, label="output")
        ax.plot(x, _cut_at_jumps(values[1]), color=BASELINE, linewidth=1.4, linestyle=(0, (3, 1.5)), label="slope")
        ax.set(ylim=(-1.6, 2.6), xticks=np.linspace(-reach, reach, 3), yticks=(-1, 0, 1, 2))
        name(ax, title=activation if isinstance(activation, str) else repr(activation))
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=SMALL, labelcolor=STYLE["ink"])
    return figure


def _cut_at_jumps(values: np.ndarray) -> np.ndarray:
    """A gap where the curve jumps, so that no upright line is drawn there."""
    values = values.astype(np.float64)
    jumps = np.flatnonzero(np.abs(np.diff(values)) > 0.1)
    values[jumps] = np.nan
    return values
