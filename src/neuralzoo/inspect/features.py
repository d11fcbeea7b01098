"""What single units and filters see: filters, feature maps, and the input that a unit answers to most."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.core.layer import Layer
from neuralzoo.inspect.looking import Looking, go_through
from neuralzoo.inspect.records import LayerTrace, plain
from neuralzoo.inspect.tracing import execute
from neuralzoo.train.model import Model

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of one layer.

    Fields:
        layer: its name.
        kind: what they are: "filters" or "feature maps".
        pictures: with the unit or channel in front.
    """

    layer: str
    kind: str
    pictures: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """The same as dictionaries, lists and numbers, ready for JSON."""
        return plain(self)

    def figure(self, most: int = 32) -> "Figure":
        """The first of them side by side."""
        from neuralzoo.inspect.attribution_plots import gallery

        shown = [
            p if p.ndim != 3 or (p.shape[-1] in (1, 3) and self.kind == "preferred input") else p.mean(-1) for p in self.pictures[:most]
        ]
        titles = [str(i) for i in range(len(shown))]
        return gallery([p[None] if p.ndim == 1 else p for p in shown], titles, f"{self.kind} of {self.layer}")


@dataclass(frozen=True, eq=False)
class Preferred:
    """The input that a unit answers to most, found by climbing.

    Fields:
        layer, unit: which.
        x: the input, without a batch axis.
        activations: of the unit, before the first step and after each.
    """

    layer: str
    unit: int
    x: np.ndarray
    activations: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """The same as dictionaries, lists and numbers, ready for JSON."""
        return plain(self)

    def figure(self) -> "Figure":
        """The input, and how the activation rose."""
        from neuralzoo.inspect.attribution_plots import image
        from neuralzoo.inspect.boundary_plots import curve
        from neuralzoo.inspect.style import WIDTH, name, sheet

        figure, axes = sheet(WIDTH, 3.0, 2)
        image(axes[0], self.x)
        name(axes[0], title=f"{self.layer}, unit {self.unit}")
        curve(axes[1], list(self.activations), "activation")
        axes[1].set_xlabel("step")
        return figure


def filters(model: Model, layer: str) -> Pictures:
    """The kernel of a layer as a picture for each filter `(filters, height, width, channels)` or unit `(units, in)`."""
    found = _layer(execute(model, _zeros(model)), layer)
    kernels = [array.value for array in found.arrays if array.name.split(".")[-1] == "kernel"]
    if not kernels:
        held = [array.name for array in found.arrays]
        raise ArgumentError(f"{layer} ({found.kind}) has no kernel", remedy=f"it has {', '.join(held)}" if held else "name another layer")
    return Pictures(layer, "filters", np.moveaxis(kernels[0], -1, 0))


def feature_maps(model: Model, x: Any, layer: str) -> Pictures:
    """What each channel of a layer makes of one image, `(channels, height, width)`."""
    found = _layer(execute(model, x), layer)
    if np.ndim(found.output) != 4:
        what = f"{layer} ({found.kind}) makes no images: its output has shape {np.shape(found.output)[1:]} for an example"
        raise ArgumentError(what, remedy="name a layer of convolution or pooling")
    return Pictures(layer, "feature maps", np.moveaxis(found.output[0], -1, 0))


def maximise(
    model: Model,
    layer: str,
    unit: int = 0,
    *,
    steps: int = 200,
    rate: float = 0.1,
    decay: float = 0.01,
    smooth: float = 0.0,
    start: Any = None,
) -> Preferred:
    """An input x that climbs activation(unit) − ½·decay·|x|² − smooth·Σ (differences of neighbouring pixels)².

    The unit's activation is its weighted sum where the layer has one, and the mean over the places of an image.

    Args:
        model: a built model of real inputs.
        layer, unit: whose preferred input is wanted; of a convolution a channel.
        steps, rate: of Adam.
        decay, smooth: what keeps the input small and its pixels like their neighbours.
        start: where the climb begins; small noise by the model's seed unless told.

    Reference: D. Erhan, Y. Bengio, A. Courville, P. Vincent, "Visualizing higher-layer features of a deep network", 2009.
    """
    known = _layer(execute(model, _zeros(model)), layer)
    units = np.shape(known.output if known.sum is None else known.sum)[-1]
    if not 0 <= unit < units:
        raise ArgumentError(f"{layer} has no unit {unit}", remedy=f"give 0 to {units - 1}")
    shape = (1, *model.input.shape[1:])
    noise = 0.01 * np.random.default_rng(model.seed).normal(size=shape) if start is None else np.asarray(start).reshape(shape)
    place = f"{layer}:{'output' if known.sum is None else 'sum'}"
    x, rose = _climb(model.net, jnp.asarray(noise, jnp.float32), jnp.float32([rate, decay, smooth]), unit, place=place, steps=steps)
    return Preferred(layer, unit, np.asarray(x[0]), np.asarray(rose))


@partial(jax.jit, static_argnames=("place", "steps"))
def _climb(net: Layer, x: Any, settings: Any, unit: Any, *, place: str, steps: int) -> tuple[Any, Any]:
    rate, decay, smooth = settings
    rule = optax.scale_by_adam()

    def height(x: Any) -> tuple[Any, Any]:
        see = Looking()
        go_through(net, x, None, see)
        answer = jnp.mean(jnp.take(see.points[place][0], unit, axis=-1))
        rough = sum(jnp.sum(jnp.diff(x, axis=axis) ** 2) for axis in range(1, x.ndim - 1))
        return answer - 0.5 * decay * jnp.sum(x**2) - smooth * rough, answer

    def step(carry: Any, i: Any) -> Any:
        x, state = carry
        slope, answer = jax.grad(height, has_aux=True)(x)
        move, state = rule.update(slope, state)
        return (x + rate * (1 - i / steps) * move, state), answer

    (x, _), rose = jax.lax.scan(step, (x, rule.init(x)), jnp.arange(steps))
    return x, jnp.append(rose, height(x)[1])


def _layer(seen: Any, layer: str) -> LayerTrace:
    if layer not in seen.names:
        raise ArgumentError(f"there is no layer named {layer!r}", remedy=nearest(str(layer), seen.names))
    return seen[layer]


def _zeros(model: Model) -> Any:
    model.require_built("show its layers")
    return jax.tree.map(lambda s: np.zeros(s.shape, s.dtype), model.input)
