"""Where in an image a class is seen: class activation maps, and the same for any convolutional network by gradients."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.inspect.attributions import Attribution
from neuralzoo.inspect.scores import in_order, question, score, seen_within
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.pool import GlobalAveragePooling2D
from neuralzoo.train.model import Model


def grad_cam(model: Model, x: Any, target: Any = None, *, layer: str | None = None, rectify: bool = True) -> Attribution:
    """relu(Σₖ αₖ Aₖ) over the channels A of a layer, αₖ being the mean gradient of the score over channel k.

    The map is brought to the size of the image by linear interpolation.

    Args:
        model: a built convolutional model.
        x, target: as of `saliency`.
        layer: whose output is looked at; the last that is an image unless told.
        rectify: leave out what speaks against the class.

    Reference: R. Selvaraju et al., "Grad-CAM", ICCV 2017.
    """
    net, x, target = question(model, x, target, "show where it looks")
    points, slopes = seen_within(net, x, target)
    place = _place({name: points[name][0].shape for name in in_order(net, x) if len(points[name]) == 1}, layer)
    maps, slope = (np.asarray(found[place][0], np.float64) for found in (points, slopes))
    coarse = (maps * slope.mean(axis=(1, 2), keepdims=True)).sum(-1)
    values = np.maximum(coarse, 0) if rectify else coarse
    return Attribution("Grad-CAM", x, stretched(values, x.shape[1:3]), target, np.asarray(score(net, x, target)))


def class_activation_map(model: Model, x: Any, target: Any = None) -> Attribution:
    """Σₖ w(k, class) Aₖ over the channels A before global average pooling, w being the weights of the dense layer behind it.

    Its mean over the image, plus the bias, is the score; Grad-CAM is the same but for the number of places, and rectified.

    Args:
        model: a built model that ends in GlobalAveragePooling2D and Dense.
        x, target: as of `saliency`.

    Reference: B. Zhou et al., "Learning deep features for discriminative localization", CVPR 2016.
    """
    net, x, target = question(model, x, target, "show where it looks")
    layers = _flat(net)
    if len(layers) < 2 or not isinstance(layers[-2], GlobalAveragePooling2D) or not isinstance(layers[-1], Dense):
        shown = " and ".join(type(layer).__name__ for layer in layers[-2:])
        what = f"a class activation map needs a network that ends in GlobalAveragePooling2D and Dense, this one in {shown}"
        raise ArgumentError(what, remedy="use grad_cam, which works for any convolutional network")
    points, _ = seen_within(net, x, target)
    place = [name for name in in_order(net, x) if name.endswith(":input") and points[name] and points[name][0].ndim == 4][-1]
    weights = np.asarray(layers[-1].kernel, np.float64)[:, target]
    values = np.einsum("rhwk,kr->rhw", np.asarray(points[place][0], np.float64), weights)
    return Attribution("class activation map", x, stretched(values, x.shape[1:3]), target, np.asarray(score(net, x, target)))


def stretched(maps: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Maps `(rows, h, w)` as large as the image, interpolated."""
    if maps.shape[1:] == tuple(size):
        return maps
    return np.asarray(jax.image.resize(jnp.asarray(maps, jnp.float32), (len(maps), *size), "linear"), np.float64)


def _place(shapes: dict[str, tuple[int, ...]], layer: str | None) -> str:
    """The place in the network that is looked at: the output of the layer that is named, else the last image."""
    images = [name for name, shape in shapes.items() if len(shape) == 4 and name != "input" and shape[1] * shape[2] > 1]
    outputs = [name.removesuffix(":output") for name in images if name.endswith(":output")]
    if not any(name.endswith(":sum") for name in images):
        raise ArgumentError("the network has no convolution: nowhere is there an image", remedy="use saliency or integrated_gradients")
    if layer is None:
        return images[-1]
    if layer not in outputs:
        raise ArgumentError(f"no layer named {layer!r} gives an image", remedy=nearest(layer, outputs))
    return f"{layer}:output"


def _flat(net: Any) -> list[Any]:
    """The layers of a chain, those of chains in it too."""
    return [inner for layer in net.layers for inner in _flat(layer)] if isinstance(net, Chain) else [net]
