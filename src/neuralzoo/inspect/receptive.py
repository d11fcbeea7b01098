"""What part of an image a unit can see: by the arithmetic of windows, and by the gradients that arrive.

size ← size + (K − 1) · jump,  jump ← jump · S,  start ← start − P · jump        at each window of K cells, stride S, padding P
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.composite import Composite, Visit
from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.core.naming import over_layers
from neuralzoo.inspect.looking import Looking, go_through
from neuralzoo.inspect.records import plain
from neuralzoo.layers.combine import Graph
from neuralzoo.layers.conv import Convolution
from neuralzoo.layers.pool import Pooling
from neuralzoo.train.model import Model

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTWISE = ("Activation", "BatchNormalization", "Dropout", "SpatialDropout", "GaussianNoise", "Identity", "Input", "Rescaling",
             "LocalResponseNormalization", "LayerNormalization", "PaddedIdentity")  # fmt: skip


@dataclass(frozen=True)
class Field:
    """What the units of a layer see along each axis of an image.

    Fields:
        size: cells that one unit sees.
        jump: cells between neighbouring units.
        start: the first cell that the first unit sees; below 0 it sees padding.
    """

    size: tuple[int, ...]
    jump: tuple[int, ...]
    start: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Influence:
    """Which cells of an image have influence on one unit.

    Fields:
        layer, place: which unit.
        strength: the mean size of the gradient at each cell, `(height, width)`.
        box: the first and last cell that has influence, for each axis.
    """

    layer: str
    place: tuple[int, ...]
    strength: np.ndarray
    box: tuple[tuple[int, int], ...]

    @property
    def size(self) -> tuple[int, ...]:
        return tuple(last - first + 1 for first, last in self.box)

    def to_dict(self) -> dict[str, Any]:
        """The same as dictionaries, lists and numbers, ready for JSON."""
        return plain(self)

    def figure(self) -> "Figure":
        """The influence over the image, with its box."""
        from neuralzoo.inspect.style import PANEL, STYLE, name, sheet
        from neuralzoo.inspect.trace_plots import picture

        figure, (ax,) = sheet(PANEL, PANEL)
        picture(ax, np.atleast_2d(self.strength))
        (top, bottom), (left, right) = self.box if len(self.box) == 2 else ((0, 0), self.box[0])
        corners = np.array([[left, top], [right + 1, top], [right + 1, bottom + 1], [left, bottom + 1], [left, top]]) - 0.5
        ax.plot(*corners.T, color=STYLE["ink"], linewidth=1.4)
        name(ax, title=f"seen by one unit of {self.layer}: {' × '.join(map(str, self.size))}")
        return figure


def receptive_fields(model: Model) -> dict[str, Field]:
    """The receptive field of each layer's units by arithmetic, as far as layers are windows over one image.

    Branches that are merged see what any of them sees. The walk ends where the image does: at Flatten, at global pooling.

    >>> from neuralzoo.layers import Conv2D, MaxPooling2D
    >>> from neuralzoo.models import Sequential
    >>> fields = receptive_fields(Sequential([Conv2D(1, 3, input_shape=(12, 12, 1)), MaxPooling2D(2), Conv2D(1, 3)]))
    >>> fields["conv2d_1"].size, fields["conv2d_1"].jump
    ((8, 8), (2, 2))
    """
    net, spec = model.outlook()
    if spec is None:
        model.require_built("tell what its units see")
    if not isinstance(spec, jax.ShapeDtypeStruct) or len(spec.shape) < 3:
        raise ArgumentError(
            "the network takes no images: there is nothing that a unit sees a part of", remedy="ask a convolutional network"
        )
    axes = len(spec.shape) - 2
    walk = _Walk({})
    named = over_layers(net, lambda path, layer: layer.set(name=path))
    space = _Seen(Field((1,) * axes, (1,) * axes, (0,) * axes), spec.shape[1:-1])
    if isinstance(named, Composite):
        named.thread(space, walk)
    else:
        walk.use(named, space, 0)
    return walk.found


def influence(model: Model, layer: str, place: tuple[int, ...] | None = None, *, draws: int = 16) -> Influence:
    """The cells that reach one unit by gradients of a few random images, all its channels together.

    Args:
        model: a built convolutional model.
        layer, place: which unit; the one in the middle unless told.
        draws: images; a unit of relu lets some of them pass nothing.

    Reference: W. Luo et al., "Understanding the effective receptive field in deep convolutional neural networks", NeurIPS 2016.
    """
    model.require_built("tell what its units see")
    x = np.random.default_rng(model.seed).normal(size=(draws, *model.input.shape[1:])).astype(np.float32)

    def answer(x: Any, place: Any = None) -> Any:
        see = Looking()
        go_through(model.net, x, None, see)
        outputs = {name.removesuffix(":output"): a[0] for name, a in see.points.items() if name.endswith(":output") and len(a) == 1}
        images = {name: a for name, a in outputs.items() if a.ndim == x.ndim}
        if layer not in images:
            raise ArgumentError(f"no layer named {layer!r} gives an image", remedy=nearest(layer, images))
        return images[layer] if place is None else images[layer][(slice(None), *place)].sum()

    space = jax.eval_shape(answer, x).shape[1:-1]
    chosen = tuple(n // 2 for n in space) if place is None else place
    if len(chosen) != len(space) or any(not 0 <= p < n for p, n in zip(chosen, space, strict=True)):
        raise ArgumentError(f"{layer} has no unit at {chosen}", remedy=f"give a place within {space}")
    slopes = np.asarray(jax.jit(jax.grad(lambda x: answer(x, chosen)))(jnp.asarray(x)))
    strength = np.abs(slopes).mean(axis=(0, -1))
    box = tuple(_ends(strength.max(axis=tuple(a for a in range(strength.ndim) if a != axis)) > 0) for axis in range(strength.ndim))
    return Influence(layer, chosen, strength, box)


@dataclass(frozen=True)
class _Seen:
    """A field on its way through the network, with the space of the image there; None once there is no image."""

    field: Field | None
    space: tuple[int, ...]


class _Walk(Visit):
    """The way through a network that deals in receptive fields."""

    def __init__(self, found: dict[str, Field]):
        Visit.__init__(self, self.use, shapes=True)
        self.found = found

    def use(self, layer: Any, x: Any, i: int) -> tuple[Any, Any]:
        if isinstance(layer, Graph):
            raise ArgumentError("the arithmetic does not follow the wires of a Graph", remedy="use influence(model, layer)")
        if isinstance(layer, Composite):
            return layer.thread(x, self)[0], layer
        kind = type(layer).__name__.rstrip("123D")
        if x.field is None or kind in POINTWISE:
            after = x
        elif isinstance(layer, Convolution | Pooling):
            after = _through(layer, x)
        else:
            after = _Seen(None, ())
        if after.field is not None:
            self.found[str(layer.name)] = after.field
        return after, layer

    def join(self, function: Any, *xs: Any) -> Any:
        seen = [x for x in jax.tree.leaves(xs) if isinstance(x, _Seen)]
        every = [x.field for x in seen if x.field is not None]
        if len(every) < len(seen):
            return _Seen(None, ())
        axes = range(len(seen[0].space))
        start = tuple(min(f.start[a] for f in every) for a in axes)
        size = tuple(max(f.start[a] + f.size[a] for f in every) - start[a] for a in axes)
        return _Seen(Field(size, every[0].jump, start), seen[0].space)


def _through(layer: Any, x: _Seen) -> _Seen:
    window, field = layer.window(), x.field
    assert field is not None
    pads, axes = window.pads(x.space), range(len(x.space))
    size = tuple(field.size[a] + (window.span[a] - 1) * field.jump[a] for a in axes)
    jump = tuple(field.jump[a] * window.strides[a] for a in axes)
    start = tuple(field.start[a] - pads[a][0] * field.jump[a] for a in axes)
    space = tuple((x.space[a] + sum(pads[a]) - window.span[a]) // window.strides[a] + 1 for a in axes)
    return _Seen(Field(size, jump, start), space)


def _ends(some: np.ndarray) -> tuple[int, int]:
    places = np.flatnonzero(some)
    return (int(places[0]), int(places[-1])) if len(places) else (0, -1)
