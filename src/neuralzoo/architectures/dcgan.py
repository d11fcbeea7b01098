"""Deep convolutional generator and critic of images, as layers to put into a `GenerativeAdversarialNetwork`."""

from collections.abc import Sequence

from neuralzoo.architectures.making import pick
from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.initializers import RandomNormal
from neuralzoo.core.layer import Layer
from neuralzoo.layers import Activation, BatchNormalization, Conv2D, Conv2DTranspose, Dense, Flatten, Reshape, SpectralNormalization

COARSEST = 7  # cells a side at most, where a generator begins


def dcgan_generator(image_shape: Sequence[int], filters: int = 64) -> Chain:
    """From `(batch, latent)` to images in −1…1: a dense layer, transposed convolutions that double the image, tanh at the end.

    Args:
        image_shape: (height, width, channels), such as (28, 28, 1) or (32, 32, 3): sides that halve evenly down to 7 cells or fewer.
        filters: of the last but one layer; each layer before it has twice as many.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> net = dcgan_generator((28, 28, 1), 8).build(jnp.ones((1, 10)), jax.random.key(0))
        >>> net(jnp.ones((2, 10))).shape
        (2, 28, 28, 1)

    Reference: A. Radford, L. Metz, S. Chintala, "Unsupervised representation learning with deep convolutional generative adversarial
    networks", ICLR 2016.
    """
    height, width, channels, halvings = _plan(image_shape, filters)
    widths = [filters * 2**i for i in reversed(range(halvings))]
    coarse = (height >> halvings, width >> halvings, widths[0])
    layers: list[Layer] = [
        Dense(coarse[0] * coarse[1] * coarse[2], use_bias=False, kernel_initializer=_start()),
        Reshape(coarse),
        *_after(),
    ]
    for some in widths[1:]:
        layers += [Conv2DTranspose(some, 4, 2, "same", use_bias=False, kernel_initializer=_start()), *_after()]
    return Chain((*layers, Conv2DTranspose(channels, 4, 2, "same", activation="tanh", kernel_initializer=_start())))


def dcgan_critic(image_shape: Sequence[int], filters: int = 64, *, normalization: str = "batch") -> Chain:
    """From images to `(batch, 1)`, a value without bounds: convolutions of stride 2 with leaky rectifiers, then a dense layer.

    Args:
        image_shape: (height, width, channels), as of `dcgan_generator`.
        filters: of the first layer; each layer after it has twice as many.
        normalization: "batch", from the second layer on; "spectral", of all kernels; or "none", for a gradient penalty.
    """
    pick("normalization", normalization, ("batch", "spectral", "none"))
    *_, halvings = _plan(image_shape, filters)
    layers: list[Layer] = []
    for i in range(halvings):
        normed = normalization == "batch" and i > 0
        conv = Conv2D(filters * 2**i, 4, 2, "same", use_bias=not normed, kernel_initializer=_start())
        layers.append(SpectralNormalization(conv) if normalization == "spectral" else conv)
        layers += [_normal()] if normed else []
        layers.append(Activation("leaky_relu"))
    last = Dense(1, kernel_initializer=_start())
    return Chain((*layers, Flatten(), SpectralNormalization(last) if normalization == "spectral" else last))


def _plan(image_shape: Sequence[int], filters: int) -> tuple[int, int, int, int]:
    """Height, width, channels, and how often both sides are halved."""
    shape = tuple(image_shape)
    if len(shape) != 3 or any(not isinstance(n, int) or n < 1 for n in shape) or filters < 1:
        what = f"image_shape={shape!r} with {filters} filters is no shape of an image"
        raise ArgumentError(what, remedy="give (height, width, channels), such as (28, 28, 1), and at least 1 filter")
    height, width, channels = shape
    halvings = 0
    while max(height, width) >> halvings > COARSEST:
        halvings += 1
    halvings = max(halvings, 1)
    step = 1 << halvings
    if height % step or width % step:
        near = " × ".join(str(max(step, round(n / step) * step)) for n in (height, width))
        what = f"a DCGAN cannot make images of {height} × {width}: they do not halve evenly {halvings} times"
        raise ArgumentError(what, remedy=f"pad or resize them to {near}, say, with neuralzoo.layers.ZeroPadding2D or Resizing")
    return height, width, channels, halvings


def _start() -> RandomNormal:
    return RandomNormal(stddev=0.02)


def _normal() -> BatchNormalization:
    return BatchNormalization(momentum=0.9, epsilon=1e-5)


def _after() -> list[Layer]:
    return [_normal(), Activation("relu")]
