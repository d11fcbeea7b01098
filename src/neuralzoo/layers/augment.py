"""Image augmentation by cutting, mirroring and erasing, and the deterministic layers that go with it.

Each image of a batch is changed by its own draw, while training only; the network in use leaves images alone. The recipe
for small photographs (K. He et al., "Deep residual learning for image recognition", 2016: pad by 4, cut 32 × 32, mirror) is

    Sequential([ZeroPadding2D(4), RandomCrop(32, 32), RandomFlip("horizontal"), …])
"""

from typing import Self

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Key, Layer, Spec

Factor = float | tuple[float, float]  # one number stands for a range around or above a neutral value, two are the range


class Augmentation(Layer):
    """Images changed at random while training, left alone afterwards: `(batch, height, width, channels) -> same`.

    Subclasses define `augment`.
    """

    def build(self, x: Spec, key: Key) -> Self:
        require_images(self, x.shape)
        return self

    def __call__(self, x: Shaped[Array, "*image"]) -> Float[Array, "*image"]:
        return as_float(x)

    def forward(self, x: Shaped[Array, "*image"], key: Key) -> tuple[Float[Array, "*changed"], Self]:
        require_images(self, x.shape)
        return self.augment(as_float(x), key), self

    def augment(self, x: Float[Array, "batch height width channels"], key: Key) -> Float[Array, "batch height width channels"]:
        """The images, each changed by its own draw."""
        raise NotImplementedError(f"{type(self).__name__} defines no augment")


class CenterCrop(Layer):
    """The middle of each image: `(batch, h, w, channels) -> (batch, height, width, channels)`.

    Fields:
        height, width: of the cut, in pixels; no larger than the image.

    Example:
        >>> import jax.numpy as jnp
        >>> CenterCrop(2, 2)(jnp.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0].tolist()
        [[5.0, 6.0], [9.0, 10.0]]
    """

    height: int
    width: int

    def __call__(self, x: Shaped[Array, "*image"]) -> Shaped[Array, "*cut"]:
        top, left = (room // 2 for room in spare(self, x.shape, self.height, self.width))
        return x[:, top : top + self.height, left : left + self.width]


class RandomCrop(Augmentation):
    """A random part of each image while training, the middle afterwards: `(batch, h, w, channels) -> (batch, height, width, channels)`.

    Fields:
        height, width: of the cut, in pixels; no larger than the image.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> y, _ = RandomCrop(28, 28).forward(jnp.ones((5, 32, 32, 3)), jax.random.key(0))
        >>> y.shape
        (5, 28, 28, 3)

    Reference: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep convolutional neural networks", 2012.
    """

    height: int
    width: int

    def __call__(self, x: Shaped[Array, "*image"]) -> Float[Array, "*cut"]:
        return CenterCrop(self.height, self.width)(as_float(x))

    def augment(self, x: Float[Array, "batch h w channels"], key: Key) -> Float[Array, "batch height width channels"]:
        rooms = jnp.array(spare(self, x.shape, self.height, self.width))
        corners = jax.random.randint(key, (x.shape[0], 2), 0, rooms + 1)
        size = (self.height, self.width, x.shape[3])
        return jax.vmap(lambda image, at: lax.dynamic_slice(image, (at[0], at[1], 0), size))(x, corners)


class RandomFlip(Augmentation):
    """Each image mirrored with probability ½ while training: `(batch, height, width, channels) -> same`.

    Fields:
        mode: "horizontal" (left and right change places), "vertical", or "horizontal_and_vertical", two independent draws.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> x = jnp.tile(jnp.array([[[1.0], [2.0]]]), (50, 1, 1, 1))
        >>> y, _ = RandomFlip("horizontal").forward(x, jax.random.key(0))
        >>> sorted({tuple(image.ravel().tolist()) for image in y})
        [(1.0, 2.0), (2.0, 1.0)]
    """

    mode: str = "horizontal_and_vertical"

    def __post_init__(self) -> None:
        if self.mode not in ("horizontal", "vertical", "horizontal_and_vertical"):
            raise ArgumentError(f"RandomFlip has no mode {self.mode!r}", remedy="choose horizontal, vertical or horizontal_and_vertical")

    def augment(self, x: Float[Array, "batch height width channels"], key: Key) -> Float[Array, "batch height width channels"]:
        coins = jax.random.bernoulli(key, shape=(2, x.shape[0], 1, 1, 1))
        if "horizontal" in self.mode:
            x = jnp.where(coins[0], x[:, :, ::-1], x)
        return jnp.where(coins[1], x[:, ::-1], x) if "vertical" in self.mode else x


class RandomErasing(Augmentation):
    """A rectangle of some images painted over while training: `(batch, height, width, channels) -> same`.

    Height and width of the rectangle are √a of the image's, a being drawn from `scale` for each; so its area is too.

    Fields:
        factor: the fraction of images to erase from; a range to draw it from for each image.
        scale: the least and the largest fraction of the image that is erased.
        fill_value: the paint; None is noise, drawn uniformly from `value_range` for each pixel (the paper's best).
        value_range: of the pixels.

    Reference: Z. Zhong et al., "Random erasing data augmentation", arXiv:1708.04896, 2017.
    """

    factor: Factor = 1.0
    scale: tuple[float, float] = (0.02, 0.33)
    fill_value: float | None = None
    value_range: tuple[float, float] = (0, 255)

    def __post_init__(self) -> None:
        low, high = self.scale
        if not 0 <= low <= high <= 1:
            raise ArgumentError(f"RandomErasing's scale is {self.scale}", remedy="give two fractions of the image, such as (0.02, 0.33)")
        require_range(self, "factor", self._chance(), 0, 1)

    def _chance(self) -> tuple[float, float]:
        return self.factor if isinstance(self.factor, tuple) else (self.factor, self.factor)

    def augment(self, x: Float[Array, "batch height width channels"], key: Key) -> Float[Array, "batch height width channels"]:
        n, height, width = x.shape[:3]
        draws = jax.random.uniform(jax.random.fold_in(key, 0), (6, n, 1, 1, 1))  # at once: each call costs time to compile
        part = jnp.sqrt(between(self.scale, draws[:2]))
        start = draws[2:4] * (1 - part)
        middles = ((jnp.arange(height)[:, None, None] + 0.5) / height, (jnp.arange(width)[:, None] + 0.5) / width)
        inside = [(middle >= start[i]) & (middle < start[i] + part[i]) for i, middle in enumerate(middles)]
        chosen = draws[4] < between(self._chance(), draws[5])
        low, high = self.value_range
        paint = self.fill_value
        if paint is None:
            paint = jax.random.uniform(jax.random.fold_in(key, 1), x.shape, x.dtype, low, high)
        return jnp.where(inside[0] & inside[1] & chosen, paint, x)


def as_float(x: Shaped[Array, "*any"]) -> Float[Array, "*any"]:
    """Whole numbers as float32, floating-point numbers as they are."""
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.float32)


def require_images(layer: Layer, shape: tuple[int, ...]) -> None:
    """Raise `ShapeError` for what is no batch of images."""
    if len(shape) != 4:
        raise ShapeError(
            f"{type(layer).__name__} needs images, (batch, height, width, channels), but its input has shape {shape}",
            remedy="reshape x, for example with Reshape((height, width, 1)) in front",
        )


def spare(layer: Layer, shape: tuple[int, ...], height: int, width: int) -> tuple[int, int]:
    """How many rows and columns of an image are left over by a cut."""
    require_images(layer, shape)
    if not 0 < height <= shape[1] or not 0 < width <= shape[2]:
        raise ShapeError(
            f"{type(layer).__name__} cannot cut {height} × {width} pixels out of an image of {shape[1]} × {shape[2]}",
            remedy="cut a smaller part, or enlarge the image first (ZeroPadding2D, Resizing)",
        )
    return shape[1] - height, shape[2] - width


def spread(factor: Factor, low: float | None = None) -> tuple[float, float]:
    """The range that a factor stands for: a number f is (low, f), and (−f, f) where no low is given."""
    return factor if isinstance(factor, tuple) else (-factor if low is None else low, factor)


def require_range(layer: Layer, what: str, bounds: tuple[float, float], least: float, most: float) -> None:
    """Raise `ArgumentError` where the range of a factor is empty or leaves its limits."""
    if not least <= bounds[0] <= bounds[1] <= most:
        raise ArgumentError(
            f"{type(layer).__name__}'s {what} is {getattr(layer, what)}",
            remedy=f"give a number of at least 0, or (low, high), within {least:g} … {most:g}",
        )


def drawn(key: Key, n: int, bounds: tuple[float, float]) -> Float[Array, "n 1 1 1"]:
    """One number of a range for each image."""
    return between(bounds, jax.random.uniform(key, (n, 1, 1, 1)))


def between(bounds: tuple[float, float], share: Float[Array, "*any"]) -> Float[Array, "*any"]:
    """The point of a range that lies so far along it."""
    return bounds[0] + (bounds[1] - bounds[0]) * share
