"""Penalties on the code of an autoencoder: few units at work at a time, or a code that small changes of the input leave as it is."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.activations import activation_named
from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.record import Record
from neuralzoo.layers.autoencoding import Autoencoding
from neuralzoo.layers.dense import Dense

EACH_ALONE = ("linear", None, "sigmoid", "logistic", "tanh", "arctan", "relu", "leaky_relu", "elu", "softplus", "selu")  # of one unit each


class CodePenalty(Record):
    """A price for codes, as a metric is one for outputs: `measure` gives statistics that add up, `result` reads their sum.

    Fields:
        rate: its weight beside the loss.
    """

    rate: float

    def __post_init__(self) -> None:
        if self.rate < 0:
            raise ArgumentError(f"{type(self).__name__}(rate={self.rate}) is not possible", remedy="give a rate of at least 0")

    def measure(self, net: Autoencoding, x: Any, code: Any, valid: Float[Array, " batch"]) -> tuple[Array, Array]:
        """A sum over rows, and their number."""
        raise NotImplementedError(f"{type(self).__name__} defines no measure")

    def result(self, statistics: tuple[Any, Any]) -> Any:
        """The price, times `rate`."""
        total, count = statistics
        return self.rate * total / jnp.maximum(count, 1)


class L1Code(CodePenalty):
    """rate · mean over rows of Σ |h|.

    Example:
        >>> float(L1Code(0.5).result(L1Code(0.5).measure(None, None, jnp.array([[1.0, -2.0], [0.0, 1.0]]), jnp.ones(2))))
        1.0
    """

    def measure(self, net: Any, x: Any, code: Any, valid: Float[Array, " batch"]) -> tuple[Array, Array]:
        return jnp.sum(valid @ jnp.abs(code.reshape(len(code), -1))), jnp.sum(valid)


class KLCode(CodePenalty):
    """rate · Σ over units of KL(target ‖ ρ), ρ being a unit's mean activation over the rows: for codes between 0 and 1.

    Fields:
        target: the mean activation that is wanted, between 0 and 1.

    Reference: A. Ng, "Sparse autoencoder", CS294A lecture notes, 2011; H. Lee, C. Ekanadham, A. Ng, 2008.
    """

    target: float = 0.05

    def __post_init__(self) -> None:
        CodePenalty.__post_init__(self)
        if not 0 < self.target < 1:
            raise ArgumentError(f"a mean activation of {self.target} is not possible", remedy="choose a target between 0 and 1")

    def measure(self, net: Any, x: Any, code: Any, valid: Float[Array, " batch"]) -> tuple[Array, Array]:
        return valid @ code.reshape(len(code), -1), jnp.sum(valid)

    def result(self, statistics: tuple[Any, Any]) -> Any:
        total, count = statistics
        mean, wanted = jnp.clip(total / jnp.maximum(count, 1), 1e-6, 1 - 1e-6), self.target
        return self.rate * jnp.sum(wanted * jnp.log(wanted / mean) + (1 - wanted) * jnp.log((1 - wanted) / (1 - mean)))


class Contraction(CodePenalty):
    """rate · mean over rows of ‖∂h/∂x‖²_F, h being the code of x: contractive autoencoders.

    Of one dense layer it is Σ_j act'(a_j)² Σ_i kernel_ij², which costs next to nothing; of several it takes a backward pass for each
    unit of the code.

    Reference: S. Rifai et al., "Contractive auto-encoders: explicit invariance during feature extraction", ICML 2011.
    """

    def measure(self, net: Autoencoding, x: Any, code: Any, valid: Float[Array, " batch"]) -> tuple[Array, Array]:
        rows = _of_one_layer(net.encoder, x) if _is_simple(net.encoder) else jax.vmap(lambda row: _of_any(net.encoder, row))(x)
        return jnp.sum(rows * valid), jnp.sum(valid)


def _is_simple(encoder: Chain) -> bool:
    (first, *others) = encoder.layers
    return not others and isinstance(first, Dense) and first.activation in EACH_ALONE


def _of_one_layer(encoder: Chain, x: Any) -> Float[Array, " batch"]:
    layer = encoder.layers[0]
    assert isinstance(layer, Dense)
    sums = layer.set(activation=None)(x)
    _, slope = jax.jvp(activation_named(layer.activation), (sums,), (jnp.ones_like(sums),))
    return slope**2 @ jnp.sum(layer.kernel**2, axis=0)


def _of_any(encoder: Chain, row: Any) -> Float[Array, ""]:
    return jnp.sum(jax.jacrev(lambda row: encoder(row[None])[0])(row) ** 2)
