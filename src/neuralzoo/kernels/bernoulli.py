"""The price of a yes or no, from a logit."""

from typing import Any

import jax
from jaxtyping import Array, Float


@jax.custom_jvp
def bernoulli_surprise(y: Float[Array, "*any"], logit: Float[Array, "*any"]) -> Float[Array, "*any"]:
    """−y · ln p − (1 − y) · ln(1 − p) with p = sigmoid(logit), exact for any logit; y may lie between 0 and 1.

    Its derivative is written down, p − y: by the rules of softplus it would take another exponential and several comparisons.
    """
    return jax.nn.softplus(logit) - y * logit


@bernoulli_surprise.defjvp
def _derivative(primals: tuple[Any, Any], tangents: tuple[Any, Any]) -> tuple[Any, Any]:
    (y, logit), (dy, dlogit) = primals, tangents
    return bernoulli_surprise(y, logit), (jax.nn.sigmoid(logit) - y) * dlogit - logit * dy
