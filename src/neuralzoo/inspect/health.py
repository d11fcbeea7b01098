"""Units that do not take part, and layers that the gradient does not reach."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.activations import activation_named
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Layer
from neuralzoo.core.naming import over_layers
from neuralzoo.inspect.records import plain
from neuralzoo.inspect.tracing import execute, trace
from neuralzoo.train.model import Model

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FLAT = 0.05  # of the steepest slope: below it a unit is saturated
MOSTLY = 0.95  # share of the examples for which it has to be
GRID = np.linspace(-6, 6, 2401, dtype=np.float32)  # where the steepest slope of an activation is looked for


@dataclass(frozen=True, eq=False)
class LayerHealth:
    """The units of one layer over some examples; of a convolution its channels, over all places.

    Fields:
        layer: its name.
        activation: of the layer.
        dead: units whose activation has slope 0 for every example: nothing is ever learned by them.
        saturated: units whose slope is nearly 0 for nearly every example.
        slope: the mean slope of each unit.
    """

    layer: str
    activation: str
    dead: tuple[int, ...]
    saturated: tuple[int, ...]
    slope: np.ndarray

    def __str__(self) -> str:
        said = [f"{self.layer} ({self.activation}, {len(self.slope)} units)"]
        for what, units in (("dead", self.dead), ("saturated", self.saturated)):
            shown = ", ".join(map(str, units[:12])) + (" …" if len(units) > 12 else "")
            said.append(f"{len(units)} {what}" + (f": {shown}" if units else ""))
        return "; ".join(said)


def unit_health(model: Model, x: Any) -> list[LayerHealth]:
    """Dead and saturated units, by the slope of their activation at every example; layers with an elementwise activation only.

    Args:
        model: a built model.
        x: examples, as many as make «never» mean something.

    Reference: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.
    """
    seen, layers = execute(model, x), _layers(model.net)
    found = []
    for layer in seen.layers:
        activation = getattr(layers.get(layer.name), "activation", None)
        if layer.sum is None or "state" in layer.inside or activation in (None, "linear", "softmax", "log_softmax"):
            continue
        function = activation_named(activation)
        slopes = np.abs(np.asarray(_slopes(function, jnp.asarray(layer.sum))).reshape(-1, layer.sum.shape[-1]))
        steepest = float(np.abs(np.asarray(_slopes(function, jnp.asarray(GRID)))).max())
        dead = (slopes == 0).all(axis=0)
        saturated = ~dead & ((slopes < FLAT * steepest).mean(axis=0) >= MOSTLY)
        units = [tuple(map(int, np.flatnonzero(which))) for which in (dead, saturated)]
        found.append(LayerHealth(layer.name, _called(activation), units[0], units[1], slopes.mean(axis=0)))
    if not found:
        raise ArgumentError("no layer of the network has an activation of its own for each unit", remedy="ask one with relu, tanh…")
    return found


@dataclass(frozen=True, eq=False)
class GradientFlow:
    """How the gradient of one batch fares from the output back to the input, layer by layer from the input on.

    Fields:
        layers: those that learn.
        gradients: ‖·‖ of the gradient of each layer's arrays.
        deltas: the root of the mean square of δ; NaN where a layer has no weighted sum.
        changes: ‖change‖ / ‖value‖ of each layer's arrays: about 0.001 is usual.
    """

    layers: tuple[str, ...]
    gradients: np.ndarray
    deltas: np.ndarray
    changes: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """The same as dictionaries, lists and numbers, ready for JSON."""
        return plain(self)

    def figure(self) -> "Figure":
        """The three by layer, on logarithmic scales."""
        from neuralzoo.inspect.health_plots import flow_figure

        return flow_figure(self)


def gradient_flow(model: Model, x: Any, y: Any) -> GradientFlow:
    """Gradients, δ and changes by layer for the next step on a batch; the callback `GradientNorms` follows them over training.

    Args:
        model: a model compiled with an optimizer and a loss.
        x, y: a batch, as for `fit`.
    """
    seen = trace(model, x, y)
    learning = [layer for layer in seen.layers if any(array.gradient is not None for array in layer.arrays)]
    if not learning:
        raise ArgumentError("no gradient flows: the network has another learning rule", remedy="compile with an optimizer and a loss")

    def norm(arrays: Any) -> float:
        return float(np.sqrt(sum(np.sum(np.square(a, dtype=np.float64)) for a in arrays if a is not None)))

    gradients = [norm(array.gradient for array in layer.arrays) for layer in learning]
    sizes = [norm(array.value for array in layer.arrays if array.change is not None) for layer in learning]
    changes = [norm(array.change for array in layer.arrays) / (size or np.nan) for layer, size in zip(learning, sizes, strict=True)]
    deltas = [np.nan if layer.delta is None else float(np.sqrt(np.mean(np.square(layer.delta, dtype=np.float64)))) for layer in learning]
    return GradientFlow(tuple(layer.name for layer in learning), np.array(gradients), np.array(deltas), np.array(changes))


def _slopes(function: Any, sums: Any) -> Any:
    """The derivative of an elementwise function at each of some numbers."""
    return jax.vjp(function, sums)[1](jnp.ones_like(sums))[0]


def _layers(net: Layer) -> dict[str, Layer]:
    found: dict[str, Layer] = {}

    def note(path: str, layer: Layer) -> Layer:
        found[path] = layer
        return layer

    over_layers(net, note)
    return found


def _called(activation: Any) -> str:
    return activation if isinstance(activation, str) else getattr(activation, "__name__", type(activation).__name__)
