"""Image augmentation by moving, turning and zooming, and resizing.

Keras's factors: a number f stands for a draw from −f … f, a pair for a draw from low … high. What comes in from beyond
the border is told by `fill_mode`: "reflect" (d c b a | a b c d | d c b a), "wrap", "nearest", or "constant" (`fill_value`).
"""

from typing import Self

import jax
import jax.numpy as jnp
from jax.scipy.ndimage import map_coordinates
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.layers.augment import Augmentation, CenterCrop, Factor, as_float, drawn, require_images, require_range, spread

ORDERS = {"nearest": 0, "bilinear": 1}
FILL_MODES = ("reflect", "wrap", "nearest", "constant")
RESIZE_METHODS = {"nearest": "nearest", "bilinear": "linear", "bicubic": "cubic", "lanczos3": "lanczos3", "lanczos5": "lanczos5"}

Images = Float[Array, "batch height width channels"]
Grid = Float[Array, "#batch height width"]


class RandomTranslation(Augmentation):
    """Each image moved by a random part of its size while training: `(batch, height, width, channels) -> same`.

    Fields:
        height_factor: how far down, as a fraction of the height; below 0 is up.
        width_factor: how far to the right, as a fraction of the width.
        fill_mode, interpolation, fill_value: how the image is read between its pixels and beyond its border.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> move = RandomTranslation((0.5, 0.5), 0.0, fill_mode="constant")  # always down by half the height
        >>> move.forward(jnp.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 4, 1, 1), jax.random.key(0))[0].ravel().tolist()
        [0.0, 0.0, 1.0, 2.0]
    """

    height_factor: Factor
    width_factor: Factor
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    fill_value: float = 0.0

    def __post_init__(self) -> None:
        require_reading(self, self.fill_mode, self.interpolation)
        require_range(self, "height_factor", spread(self.height_factor), -1, 1)
        require_range(self, "width_factor", spread(self.width_factor), -1, 1)

    def augment(self, x: Images, key: Key) -> Images:
        rows, columns = grid(x)
        vertical, horizontal = jax.random.split(key)
        down = drawn(vertical, len(x), spread(self.height_factor))[..., 0] * x.shape[1]
        right = drawn(horizontal, len(x), spread(self.width_factor))[..., 0] * x.shape[2]
        return read_at(x, rows - down, columns - right, self.fill_mode, self.interpolation, self.fill_value)


class RandomRotation(Augmentation):
    """Each image turned about its middle by a random angle while training: `(batch, height, width, channels) -> same`.

    Fields:
        factor: the angle as a fraction of a full turn, anticlockwise; 0.1 draws from −36° … 36°.
        fill_mode, interpolation, fill_value: how the image is read between its pixels and beyond its border.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> turn = RandomRotation((0.25, 0.25))  # always a quarter
        >>> y, _ = turn.forward(jnp.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1), jax.random.key(0))
        >>> y[0, :, :, 0].round(4).tolist()
        [[2.0, 4.0], [1.0, 3.0]]
    """

    factor: Factor
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    fill_value: float = 0.0

    def __post_init__(self) -> None:
        require_reading(self, self.fill_mode, self.interpolation)
        require_range(self, "factor", spread(self.factor), -1, 1)

    def augment(self, x: Images, key: Key) -> Images:
        rows, columns = grid(x)
        angle = 2 * jnp.pi * drawn(key, len(x), spread(self.factor))[..., 0]
        sine, cosine = jnp.sin(angle), jnp.cos(angle)
        return read_at(
            x, sine * columns + cosine * rows, cosine * columns - sine * rows, self.fill_mode, self.interpolation, self.fill_value
        )


class RandomZoom(Augmentation):
    """Each image shrunk or enlarged about its middle while training, in its old frame: `(batch, height, width, channels) -> same`.

    Fields:
        height_factor: how much more of the height is seen; 0.2 shows 1.2 times as much (smaller things), −0.3 shows 0.7.
        width_factor: the same for the width; None keeps the proportions.
        fill_mode, interpolation, fill_value: how the image is read between its pixels and beyond its border.
    """

    height_factor: Factor
    width_factor: Factor | None = None
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    fill_value: float = 0.0

    def __post_init__(self) -> None:
        require_reading(self, self.fill_mode, self.interpolation)
        require_range(self, "height_factor", spread(self.height_factor), -1, 1)
        if self.width_factor is not None:
            require_range(self, "width_factor", spread(self.width_factor), -1, 1)

    def augment(self, x: Images, key: Key) -> Images:
        rows, columns = grid(x)
        vertical, horizontal = jax.random.split(key)
        tall = 1 + drawn(vertical, len(x), spread(self.height_factor))[..., 0]
        wide = tall if self.width_factor is None else 1 + drawn(horizontal, len(x), spread(self.width_factor))[..., 0]
        return read_at(x, rows * tall, columns * wide, self.fill_mode, self.interpolation, self.fill_value)


class Resizing(Layer):
    """Images in another size: `(batch, h, w, channels) -> (batch, height, width, channels)`.

    Fields:
        height, width: the new size in pixels.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: cut the largest middle part of the new proportions first, so that nothing is distorted.
        antialias: smooth before shrinking.

    Example:
        >>> import jax.numpy as jnp
        >>> Resizing(2, 2, antialias=True)(jnp.arange(16.0).reshape(1, 4, 4, 1)).shape
        (1, 2, 2, 1)
    """

    height: int
    width: int
    interpolation: str = "bilinear"
    crop_to_aspect_ratio: bool = False
    antialias: bool = False

    def __post_init__(self) -> None:
        if self.interpolation not in RESIZE_METHODS:
            raise ArgumentError(
                f"Resizing has no interpolation {self.interpolation!r}", remedy=f"choose one of {', '.join(RESIZE_METHODS)}"
            )
        if min(self.height, self.width) < 1:
            raise ArgumentError(f"Resizing cannot make images of {self.height} × {self.width} pixels", remedy="give at least one of each")

    def build(self, x: Spec, key: Key) -> Self:
        require_images(self, x.shape)
        return self

    def __call__(self, x: Shaped[Array, "*image"]) -> Float[Array, "*resized"]:
        require_images(self, x.shape)
        if self.crop_to_aspect_ratio:
            h, w = x.shape[1:3]
            x = CenterCrop(min(h, max(1, w * self.height // self.width)), min(w, max(1, h * self.width // self.height)))(x)
        size = (x.shape[0], self.height, self.width, x.shape[3])
        return jax.image.resize(as_float(x), size, RESIZE_METHODS[self.interpolation], antialias=self.antialias)


def grid(x: Images) -> tuple[Grid, Grid]:
    """The row and the column of each pixel, counted from the middle of the image."""
    height, width = x.shape[1:3]
    rows, columns = jnp.meshgrid(jnp.arange(height) - (height - 1) / 2, jnp.arange(width) - (width - 1) / 2, indexing="ij")
    return rows[None], columns[None]


def read_at(x: Images, rows: Grid, columns: Grid, fill_mode: str, interpolation: str, fill_value: float) -> Images:
    """Images whose pixels are those of `x` at other rows and columns, counted from the middle: `y[n, i, j] = x[n, rows[i, j], …]`."""
    n, height, width = x.shape[:3]
    rows, columns = (jnp.broadcast_to(a, (n, height, width)) for a in (rows + (height - 1) / 2, columns + (width - 1) / 2))

    def read(channel: Array, rows: Array, columns: Array) -> Array:
        return map_coordinates(channel, [rows, columns], ORDERS[interpolation], fill_mode, fill_value)

    return jax.vmap(jax.vmap(read, (2, None, None), 2))(x, rows, columns).astype(x.dtype)


def require_reading(layer: Layer, fill_mode: str, interpolation: str) -> None:
    """Raise `ArgumentError` for a way of reading that does not exist."""
    for what, value, choices in (("fill_mode", fill_mode, FILL_MODES), ("interpolation", interpolation, tuple(ORDERS))):
        if value not in choices:
            raise ArgumentError(f"{type(layer).__name__} has no {what} {value!r}", remedy=f"choose one of {', '.join(choices)}")
