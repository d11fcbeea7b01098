"""Image augmentation of light and colour.

`value_range` is that of the pixels, (0, 255) unless told, as in Keras: say (0, 1) where `Rescaling(1 / 255)` comes first.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Key
from neuralzoo.layers.augment import Augmentation, Factor, drawn, require_range, spread

Images = Float[Array, "batch height width channels"]
LUMA = (0.299, 0.587, 0.114)  # how bright red, green and blue look (ITU-R BT.601)


class RandomBrightness(Augmentation):
    """Each image lighter or darker by a random amount while training, clipped to its range: `(batch, height, width, channels) -> same`.

    Fields:
        factor: the amount as a fraction of the range; a number f draws from −f … f.
        value_range: the least and the largest value of a pixel.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> lighter = RandomBrightness((0.1, 0.1), value_range=(0, 1))  # always by a tenth
        >>> y, _ = lighter.forward(jnp.array([0.5, 0.95]).reshape(1, 1, 2, 1), jax.random.key(0))
        >>> [round(value, 4) for value in y.ravel().tolist()]
        [0.6, 1.0]
    """

    factor: Factor
    value_range: tuple[float, float] = (0, 255)

    def __post_init__(self) -> None:
        require_range(self, "factor", spread(self.factor), -1, 1)

    def augment(self, x: Images, key: Key) -> Images:
        low, high = self.value_range
        return jnp.clip(x + drawn(key, len(x), spread(self.factor)) * (high - low), low, high).astype(x.dtype)


class RandomContrast(Augmentation):
    """Each channel stretched or squeezed about its mean while training: `(batch, height, width, channels) -> same`.

    y = mean + c · (x − mean), clipped to the range; c is drawn from 1 − low … 1 + high for each image.

    Fields:
        factor: (low, high), or one number for both.
        value_range: the least and the largest value of a pixel.
    """

    factor: Factor
    value_range: tuple[float, float] = (0, 255)

    def __post_init__(self) -> None:
        require_range(self, "factor", self._bounds(), 0, float("inf"))

    def _bounds(self) -> tuple[float, float]:
        low, high = self.factor if isinstance(self.factor, tuple) else (self.factor, self.factor)
        return 1 - low, 1 + high

    def augment(self, x: Images, key: Key) -> Images:
        mean = x.mean((1, 2), keepdims=True)
        return jnp.clip(mean + drawn(key, len(x), self._bounds()) * (x - mean), *self.value_range).astype(x.dtype)


class RandomSaturation(Augmentation):
    """Colours paler or stronger by a random amount while training: `(batch, height, width, 3) -> same`.

    y = grey + s · (x − grey), clipped to the range, with s = f / (1 − f) for a draw f of the factor, and grey the pixel's brightness.

    Fields:
        factor: 0 is grey, 0.5 unchanged, towards 1 ever stronger; a number f draws from 0 … f.
        value_range: the least and the largest value of a pixel.
    """

    factor: Factor
    value_range: tuple[float, float] = (0, 255)

    def __post_init__(self) -> None:
        require_range(self, "factor", spread(self.factor, 0), 0, 1)

    def augment(self, x: Images, key: Key) -> Images:
        require_colours(self, x.shape)
        draw = drawn(key, len(x), spread(self.factor, 0))
        grey = (x @ jnp.array(LUMA, x.dtype))[..., None]
        return jnp.clip(grey + draw / (1 - draw + 1e-7) * (x - grey), *self.value_range).astype(x.dtype)


class RandomHue(Augmentation):
    """Colours turned along the rainbow by a random angle while training: `(batch, height, width, 3) -> same`.

    The plane of hues at right angles to grey is rotated, which leaves each pixel's mean as it is.

    Fields:
        factor: the angle as a fraction of half a turn, to either side; a number f draws from 0 … f.
        value_range: the least and the largest value of a pixel.
    """

    factor: Factor
    value_range: tuple[float, float] = (0, 255)

    def __post_init__(self) -> None:
        require_range(self, "factor", spread(self.factor, 0), 0, 1)

    def augment(self, x: Images, key: Key) -> Images:
        require_colours(self, x.shape)
        size, side = jax.random.split(key)
        sign = jnp.where(jax.random.bernoulli(side, shape=(len(x), 1, 1, 1)), 1, -1)
        angle = jnp.pi * drawn(size, len(x), spread(self.factor, 0)) * sign
        mean = x.mean(-1, keepdims=True)
        across = (jnp.roll(x, 1, -1) - jnp.roll(x, -1, -1)) / jnp.sqrt(3.0)  # the grey axis × the colour: Rodrigues's formula
        return jnp.clip(mean + jnp.cos(angle) * (x - mean) + jnp.sin(angle) * across, *self.value_range).astype(x.dtype)


class RandomColorJitter(Augmentation):
    """Brightness, contrast, saturation and hue changed at random while training, in this order: `(batch, height, width, 3) -> same`.

    Fields:
        value_range: the least and the largest value of a pixel.
        brightness_factor, contrast_factor, saturation_factor, hue_factor: as in the layers of those names; None leaves it.

    Reference: A. Howard, "Some improvements on deep convolutional neural network based image classification", 2013.
    """

    value_range: tuple[float, float] = (0, 255)
    brightness_factor: Factor | None = None
    contrast_factor: Factor | None = None
    saturation_factor: Factor | None = None
    hue_factor: Factor | None = None

    def __post_init__(self) -> None:
        self._steps()

    def _steps(self) -> list[Augmentation]:
        kinds = (RandomBrightness, RandomContrast, RandomSaturation, RandomHue)
        factors = (self.brightness_factor, self.contrast_factor, self.saturation_factor, self.hue_factor)
        return [kind(factor, self.value_range) for kind, factor in zip(kinds, factors, strict=True) if factor is not None]

    def augment(self, x: Images, key: Key) -> Images:
        for i, step in enumerate(self._steps()):
            x = step.augment(x, jax.random.fold_in(key, i))
        return x


class RandomColorPCA(Augmentation):
    """A random shade added to each image along its own main colours while training: `(batch, height, width, channels) -> same`.

    y = x + Σ αᵢ λᵢ pᵢ, clipped to the range; λᵢ² and pᵢ are the eigenvalues and eigenvectors of the covariance of the image's
    colours, and αᵢ is drawn from a normal distribution. The paper takes the covariance over all of ImageNet instead, and λᵢ².

    Fields:
        stddev: of αᵢ.
        value_range: the least and the largest value of a pixel.

    Reference: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep convolutional neural networks", 2012.
    """

    stddev: float = 0.1
    value_range: tuple[float, float] = (0, 255)

    def __post_init__(self) -> None:
        if self.stddev < 0:
            raise ArgumentError(f"RandomColorPCA's stddev is {self.stddev}", remedy="give a number of at least 0")

    def augment(self, x: Images, key: Key) -> Images:
        wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
        apart = wide - wide.mean((1, 2), keepdims=True)
        covariance = jnp.einsum("nhwc,nhwd->ncd", apart, apart) / (x.shape[1] * x.shape[2])
        values, vectors = jnp.linalg.eigh(jax.lax.stop_gradient(covariance))
        lengths = self.stddev * jax.random.normal(key, values.shape) * jnp.sqrt(jnp.maximum(values, 0))
        shade = jnp.einsum("ncd,nd->nc", vectors, lengths)[:, None, None, :]
        return jnp.clip(x + shade, *self.value_range).astype(x.dtype)


def require_colours(layer: Augmentation, shape: tuple[int, ...]) -> None:
    """Raise `ShapeError` for images that are not red, green and blue."""
    if shape[-1] != 3:
        raise ShapeError(
            f"{type(layer).__name__} needs three colours, but the images have {shape[-1]} channels (input shape {shape})",
            remedy="use RandomBrightness and RandomContrast for grey images",
        )
