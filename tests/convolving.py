"""What tests of layers over space share: images, built layers, and a convolution written as loops in NumPy."""

import math

import jax
import jax.numpy as jnp
import numpy as np

RNG = np.random.default_rng(0)


def images(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def built(layer, x):
    """The layer built for x, with a bias that is not 0."""
    layer = layer.build(jax.ShapeDtypeStruct(x.shape, x.dtype), jax.random.key(0))
    return layer if layer.bias is None else layer.set(bias=jnp.asarray(images(*layer.bias.shape)))


def size_of(layer, *shape):
    """The shape of the layer's output, without computing it."""
    x = jax.ShapeDtypeStruct(shape, jnp.float32)
    return jax.eval_shape(lambda key, x: layer.build(x, key)(x), jax.random.key(0), x).shape


def sides(padding, space, kernel, strides, dilation):
    """Cells before and after each axis, from the definitions."""
    if not isinstance(padding, str):
        return padding
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    if padding == "causal":
        return [(span - 1, 0) for span in spans]
    totals = [max((math.ceil(n / s) - 1) * s + k - n, 0) if padding == "same" else 0 for n, k, s in zip(space, spans, strides, strict=True)]
    return [(total // 2, total - total // 2) for total in totals]


def convolution(x, kernel, strides, padding, dilation, groups=1):
    """Σ kernel · window for each place, one after the other."""
    x, kernel = np.asarray(x, np.float64), np.asarray(kernel, np.float64)
    size = kernel.shape[:-2]
    x = np.pad(x, [(0, 0), *sides(padding, x.shape[1:-1], size, strides, dilation), (0, 0)])
    spans = [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)]
    out = [(n - k) // s + 1 for n, k, s in zip(x.shape[1:-1], spans, strides, strict=True)]
    y = np.zeros((len(x), *out, kernel.shape[-1]))
    fan, each = kernel.shape[-2], kernel.shape[-1] // groups
    for place in np.ndindex(*out):
        cells = tuple(slice(p * s, p * s + k, d) for p, s, k, d in zip(place, strides, spans, dilation, strict=True))
        for g in range(groups):
            window = x[:, *cells, g * fan : (g + 1) * fan].reshape(len(x), -1)
            part = kernel[..., g * each : (g + 1) * each].reshape(-1, each)
            y[:, *place, g * each : (g + 1) * each] = window @ part
    return y


ACTIVATIONS = {None: lambda y: y, "relu": lambda y: np.maximum(y, 0), "tanh": np.tanh, "sigmoid": lambda y: 1 / (1 + np.exp(-y))}


def each(value, n):
    return (value,) * n if isinstance(value, int) else value
