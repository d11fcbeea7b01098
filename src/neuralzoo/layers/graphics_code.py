"""An encoder of pictures into graphics codes, and a decoder that renders them."""

from typing import Any, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import part


class GraphicsCode(Layer):
    """The mean code of each picture: `(*batch, height, width, channels) -> (*batch, code)`; `render` makes pictures of codes.

    Fields:
        code: how many numbers describe a picture.
        encoder: `(batch, height, width, channels) -> (batch, 2 · code)`, means and logarithms of variances.
        decoder: `(batch, code) -> (batch, height, width, channels)`.

    Reference: T. Kulkarni, W. Whitney, P. Kohli, J. Tenenbaum, "Deep convolutional inverse graphics network", NIPS 2015.
    """

    code: int
    encoder: Layer = part()
    decoder: Layer = part()

    def __post_init__(self) -> None:
        if not isinstance(self.code, int) or self.code < 1:
            raise ArgumentError(f"a picture cannot be described by {self.code} numbers", remedy="give code=1 or more")

    def build(self, x: Spec, key: Key) -> Self:
        if len(x.shape) < 4:
            raise ShapeError(f"x has shape {x.shape}, not pictures", remedy="give (*batch, height, width, channels)")
        picture = jax.ShapeDtypeStruct((1, *x.shape[-3:]), jnp.float32)
        encoder = self.encoder.build(picture, jax.random.fold_in(key, 0))
        told = jax.eval_shape(encoder, picture)
        if told.shape != (1, 2 * self.code):
            what = f"the encoder answers a picture with {told.shape[1:]}, for a code of {self.code} numbers"
            raise ShapeError(what, remedy=f"let its last layer be Dense({2 * self.code}): means and logarithms of variances")
        decoder = self.decoder.build(jax.ShapeDtypeStruct((1, self.code), jnp.float32), jax.random.fold_in(key, 1))
        made = jax.eval_shape(decoder, jax.ShapeDtypeStruct((1, self.code), jnp.float32))
        if made.shape != picture.shape:
            raise ShapeError(f"the decoder makes {made.shape[1:]} of pictures of {picture.shape[1:]}", remedy="let it make the same shape")
        return self.set(encoder=encoder, decoder=decoder)

    def __call__(self, x: Float[Array, "..."]) -> Float[Array, "... code"]:
        return self.describe(x)[0]

    def describe(self, x: Float[Array, "..."]) -> tuple[Any, Any]:
        """Mean and logarithm of the variance of each picture's code, both `(*batch, code)`."""
        told = self.encoder(x.astype(jnp.float32).reshape(-1, *x.shape[-3:])).reshape(*x.shape[:-3], -1)
        return told[..., : self.code], told[..., self.code :]

    def render(self, code: Float[Array, "... code"]) -> Float[Array, "..."]:
        """The picture of each code."""
        made = self.decoder(code.reshape(-1, self.code))
        return made.reshape(*code.shape[:-1], *made.shape[1:])
