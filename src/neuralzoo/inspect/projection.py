"""What a unit of a convolutional network sees: its activation, led back to the pixels."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.activations import activation_named, linear, relu
from neuralzoo.core.composite import Composite
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Layer, describe
from neuralzoo.kernels.convolution import convolve_transposed
from neuralzoo.layers.conv import Convolution
from neuralzoo.layers.pool import MaxPooling
from neuralzoo.layers.shape import Activation
from neuralzoo.layers.unpool import Unpooling1D, Unpooling2D, Unpooling3D

UNPOOLING = {1: Unpooling1D(), 2: Unpooling2D(), 3: Unpooling3D()}


def project(layers: Sequence[Layer], x: Any, layer: int, unit: int) -> Float[Array, "rows *space channels"]:
    """For each image the greatest activation of a unit, led back through the layers in front of it to the pixels that drove it.

    Everything but that one activation is set to 0; then, from `layers[layer]` down to the first: max pooling is undone by its
    switches, a rectifier rectifies what comes back, a convolution is followed by the transposed one with the same filters, and
    layers that are linear by their adjoints. Bright pixels are those that made the unit answer.

    Args:
        layers: built; those of a `Sequential` or `Chain`.
        x: images, `(rows, *space, channels)`.
        layer: whose unit it is; its output must still be images.
        unit: the channel of that output.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers import Chain, Conv2D
        >>> net = Chain([Conv2D(2, 3, activation="relu", kernel_initializer="ones")]).build(jnp.ones((1, 5, 5, 1)), jax.random.key(0))
        >>> image = jnp.zeros((1, 5, 5, 1)).at[0, 0, 0, 0].set(4.0)
        >>> project(net.layers, image, 0, 1)[0, ..., 0].sum(), project(net.layers, image, 0, 1)[0, 4, 4, 0]
        (Array(36., dtype=float32), Array(0., dtype=float32))

    Reference: M. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014.
    """
    maps = activations(layers, x, layer)
    if not 0 <= unit < maps.shape[-1]:
        raise ArgumentError(f"there is no unit {unit}: {describe(layers[layer])} has {maps.shape[-1]}", remedy="count the channels from 0")
    return _project(tuple(layers[: _place(layers, layer) + 1]), jnp.asarray(x, jnp.float32), unit)


def activations(layers: Sequence[Layer], x: Any, layer: int) -> Float[Array, "rows *space units"]:
    """The output of `layers[layer]` for images `x`, as the network is used."""
    some = tuple(layers[: _place(layers, layer) + 1])
    for one in some:
        if isinstance(one, Composite) and one.data_fields:
            what = f"{describe(one)} holds layers of its own, and the way back leads through single ones only"
            raise ArgumentError(what, remedy="give the layers of a plain chain")
        if isinstance(one, Convolution | Activation) and activation_named(one.activation) not in (relu, linear):
            what = f"{describe(one)} is no rectifier, so there is no way back through it"
            raise ArgumentError(what, remedy='use activation="relu" in a network that is to be looked back through')
    maps = _maps(some, jnp.asarray(x, jnp.float32))
    if maps.ndim < 3:
        what = f"what {describe(layers[layer])} puts out has shape {maps.shape}: no images any more"
        raise ShapeError(what, remedy="ask for a layer in front of Flatten")
    return maps


def _place(layers: Sequence[Layer], layer: int) -> int:
    if not -len(layers) <= layer < len(layers):
        raise ArgumentError(f"there is no layer {layer}: the network has {len(layers)}", remedy="count the layers from 0")
    return layer % len(layers)


@jax.jit
def _maps(layers: tuple[Layer, ...], x: Array) -> Array:
    for layer in layers:
        x = layer(x)
    return x


@jax.jit
def _project(layers: tuple[Layer, ...], x: Array, unit: Any) -> Array:
    ways = []
    for layer in layers:
        x, back = _there_and_back(layer, x)
        ways.append(back)
    signal = _only_the_greatest(x, unit)
    for back in reversed(ways):
        signal = back(signal)
    return signal


def _only_the_greatest(maps: Array, unit: Any) -> Array:
    """The maps with everything set to 0 but the greatest value of one unit in each image."""
    own = jnp.take(maps, unit, axis=-1).reshape(len(maps), -1)
    best = jnp.argmax(own, axis=1)[:, None] == jnp.arange(own.shape[1])
    kept = jnp.where(best, own, 0).reshape(*maps.shape[:-1], 1)
    return kept * (jnp.arange(maps.shape[-1]) == unit)


def _there_and_back(layer: Layer, x: Array) -> tuple[Array, Any]:
    """The layer's output, and the function that leads a signal of that shape back to its input."""
    if isinstance(layer, MaxPooling):
        y, switches = layer.set(return_switches=True)(x)
        return y, lambda signal: UNPOOLING[layer.dimensions]((signal, switches))
    if isinstance(layer, Convolution):
        return layer(x), partial(_unconvolved, layer, x.shape[1:-1])
    if isinstance(layer, Activation):
        return layer(x), activation_named(layer.activation)
    y, adjoint = jax.vjp(layer, x)
    return y, lambda signal: adjoint(signal)[0]


def _unconvolved(layer: Convolution, space: tuple[int, ...], signal: Array) -> Array:
    window = layer.window()
    return convolve_transposed(
        activation_named(layer.activation)(signal), layer.kernel, strides=window.strides, padding=window.pads(space),
        dilation=window.dilation, groups=layer.groups, space=space,
    )  # fmt: skip
