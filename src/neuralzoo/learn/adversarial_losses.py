"""What the two players of an adversarial game pay, by the critic's values of real and of generated rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Values = Float[Array, " rows"]


@dataclass(frozen=True)
class Game:
    """What each value costs.

    Fields:
        real, fake: what the critic pays for its value of a real and of a generated row.
        generator: what the generator pays for the critic's value of its row.
        level: the value at which the critic does not know.
        bounded: whether a critic that tells all rows apart leaves the generator without a gradient, or with a poor one.
    """

    real: Callable[[Values], Values]
    fake: Callable[[Values], Values]
    generator: Callable[[Values], Values]
    level: float = 0.0
    bounded: bool = True


GAMES = {
    # I. Goodfellow et al., "Generative adversarial nets", NIPS 2014; the generator of the first maximises ln D(fake)
    "non-saturating": Game(lambda v: jax.nn.softplus(-v), jax.nn.softplus, lambda v: jax.nn.softplus(-v)),
    "minimax": Game(lambda v: jax.nn.softplus(-v), jax.nn.softplus, lambda v: -jax.nn.softplus(v)),
    # X. Mao et al., "Least squares generative adversarial networks", ICCV 2017
    "least-squares": Game(lambda v: (v - 1) ** 2 / 2, lambda v: v**2 / 2, lambda v: (v - 1) ** 2 / 2, 0.5),
    # M. Arjovsky, S. Chintala, L. Bottou, "Wasserstein GAN", ICML 2017
    "wasserstein": Game(lambda v: -v, lambda v: v, lambda v: -v, bounded=False),
    # J. H. Lim, J. C. Ye, "Geometric GAN", 2017
    "hinge": Game(lambda v: jnp.maximum(1 - v, 0), lambda v: jnp.maximum(1 + v, 0), lambda v: -v, bounded=False),
}


def slope_penalty(
    value: Callable[[Any], Values], real: Float[Array, "rows ..."], fake: Float[Array, "rows ..."], mix: Values, share: Values
) -> Float[Array, ""]:
    """Σ share (‖∇ value(x̂)‖ − 1)², at x̂ = mix · real + (1 − mix) · fake: what keeps a Wasserstein critic's slope near 1.

    Reference: I. Gulrajani et al., "Improved training of Wasserstein GANs", NIPS 2017.
    """
    mix = mix.reshape(-1, *(1,) * (real.ndim - 1))
    slopes = jax.grad(lambda x: jnp.sum(value(x)))(mix * real + (1 - mix) * fake)
    squares = jnp.sum(jnp.square(slopes.reshape(len(slopes), -1)), axis=1)
    return jnp.sum(share * (jnp.sqrt(squares + 1e-12) - 1) ** 2)
