"""Activations: pure functions of one array, by name, and records for those that have a parameter.

    Dense(64, activation="relu")                 by name
    Dense(64, activation=jnp.sin)                any function of one array
    Dense(64, activation=SmeLU(beta=0.5))        a record, where the parameter is not the usual one

At a kink `jax.grad` takes one side: relu'(0) = relu6'(0) = relu6'(6) = 0, leaky_relu'(0) = 1, elu'(0) = alpha,
selu'(0) = scale · alpha. Steps have derivative 0 everywhere, so only rules that need no gradient can train through them.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Real

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.record import Record
from neuralzoo.core.registry import Registry

X = Float[Array, "*shape"]
Sums = Real[Array, "*shape"]  # a threshold may judge whole numbers too
activations: Registry[Any] = Registry("activation")


@activations.register()
def linear(x: X) -> X:
    """x."""
    return x


@activations.register("sigmoid", "logistic")
def sigmoid(x: X) -> X:
    """The logistic function, 1 / (1 + e⁻ˣ)."""
    return jax.nn.sigmoid(x)


@activations.register()
def tanh(x: X) -> X:
    """(eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)."""
    return jnp.tanh(x)


@activations.register("arctan", "atan")
def arctan(x: X) -> X:
    """tan⁻¹ x, between -π/2 and π/2."""
    return jnp.arctan(x)


@activations.register()
def relu(x: X) -> X:
    """max(x, 0). V. Nair, G. Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010."""
    return jax.nn.relu(x)


@activations.register()
def relu6(x: X) -> X:
    """min(max(x, 0), 6). A. Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010."""
    return jax.nn.relu6(x)


@activations.register()
def leaky_relu(x: X, negative_slope: float = 0.2) -> X:
    """x where x ≥ 0, else negative_slope · x. A. Maas et al., "Rectifier nonlinearities improve acoustic models", 2013."""
    return jnp.where(x >= 0, x, negative_slope * x)


@activations.register()
def elu(x: X, alpha: float = 1.0) -> X:
    """x where x > 0, else alpha · (eˣ - 1). D.-A. Clevert et al., "Fast and accurate deep network learning by ELUs", 2016."""
    return jax.nn.elu(x, alpha)


@activations.register()
def selu(x: X) -> X:
    """1.0507 · elu(x, 1.6733). G. Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017."""
    return jax.nn.selu(x)


@activations.register()
def smelu(x: X, beta: float = 1.0) -> X:
    """0 where x ≤ -β, (x + β)² / 4β where |x| ≤ β, x where x ≥ β: a relu with a rounded corner, once differentiable.

    Reference: G. Shamir et al., "Real world large scale recommendation systems reproducibility and smooth activations", 2022.
    """
    inside = jnp.where(jnp.abs(x) < beta, x, 0)  # the square of a large x would overflow, and its gradient with it
    return jnp.where(x >= beta, x, jnp.where(x <= -beta, 0, jnp.square(inside + beta) / (4 * beta)))


@activations.register()
def softplus(x: X) -> X:
    """log(1 + eˣ), without overflow."""
    return jax.nn.softplus(x)


@activations.register()
def softsign(x: X) -> X:
    """x / (1 + |x|)."""
    return jax.nn.soft_sign(x)


@activations.register()
def gelu(x: X, approximate: bool = False) -> X:
    """x · Φ(x), Φ the normal distribution function. D. Hendrycks, K. Gimpel, "Gaussian error linear units", 2016."""
    return jax.nn.gelu(x, approximate=approximate)


@activations.register("silu", "swish")
def silu(x: X) -> X:
    """x / (1 + e⁻ˣ). S. Elfwing et al., 2017; P. Ramachandran et al., "Searching for activation functions", 2017."""
    return jax.nn.silu(x)


@activations.register()
def mish(x: X) -> X:
    """x · tanh(softplus(x)). D. Misra, "Mish: a self regularized non-monotonic activation function", 2019."""
    return jax.nn.mish(x)


@activations.register()
def hard_sigmoid(x: X) -> X:
    """relu6(x + 3) / 6."""
    return jax.nn.hard_sigmoid(x)


@activations.register("hard_silu", "hard_swish")
def hard_silu(x: X) -> X:
    """x · hard_sigmoid(x)."""
    return jax.nn.hard_silu(x)


@activations.register()
def hard_tanh(x: X) -> X:
    """x, held between -1 and 1."""
    return jax.nn.hard_tanh(x)


@activations.register()
def log_sigmoid(x: X) -> X:
    """log(sigmoid(x)), without underflow."""
    return jax.nn.log_sigmoid(x)


@activations.register()
def exponential(x: X) -> X:
    """eˣ."""
    return jnp.exp(x)


@activations.register()
def softmax(x: X, axis: int = -1) -> X:
    """eˣ / Σ eˣ along one axis, the largest x subtracted first so that nothing overflows."""
    return jax.nn.softmax(x, axis=axis)


@activations.register()
def log_softmax(x: X, axis: int = -1) -> X:
    """log(softmax(x)), without underflow."""
    return jax.nn.log_softmax(x, axis=axis)


@activations.register("step", "heaviside")
def step(x: Sums, threshold: float = 0.0) -> X:
    """1 where x ≥ threshold, else 0."""
    return jnp.asarray(x >= threshold, jnp.result_type(x, float))


@activations.register()
def sign(x: Sums) -> X:
    """The perceptron's decision: +1 where x ≥ 0, else -1. F. Rosenblatt, "The perceptron", 1958."""
    return 2 * step(x) - 1


class ActivationFunction(Record):
    """An activation with a parameter; it is used wherever the name of an activation is.

    Example:
        >>> import jax.numpy as jnp
        >>> SmeLU(beta=2.0)(jnp.array([-3.0, 0.0, 3.0])).tolist()
        [0.0, 0.5, 3.0]
    """

    def __call__(self, x: X) -> X:
        raise NotImplementedError(f"{type(self).__name__} defines no __call__")


class LeakyReLU(ActivationFunction):
    """x where x ≥ 0, else negative_slope · x.

    The slope is 0.3 here, as in Keras's layer of this name, and 0.2 in the plain function `leaky_relu`, as in Keras's.
    """

    negative_slope: float = 0.3

    def __call__(self, x: X) -> X:
        return leaky_relu(x, self.negative_slope)


class ELU(ActivationFunction):
    """x where x > 0, else alpha · (eˣ - 1)."""

    alpha: float = 1.0

    def __call__(self, x: X) -> X:
        return elu(x, self.alpha)


class SmeLU(ActivationFunction):
    """0, (x + β)² / 4β, x: below -β, between, above β; β > 0 is half the width of the rounded corner."""

    beta: float = 1.0

    def __post_init__(self) -> None:
        if self.beta <= 0:
            raise ArgumentError(f"SmeLU(beta={self.beta}): the corner has no width", remedy="take beta > 0, or the activation 'relu'")

    def __call__(self, x: X) -> X:
        return smelu(x, self.beta)


class Step(ActivationFunction):
    """1 where x ≥ threshold, else 0."""

    threshold: float = 0.0

    def __call__(self, x: Sums) -> X:
        return step(x, self.threshold)


class McCullochPitts(Step):
    """The first neuron: m binary inputs, their weighted sum, and 1 where that sum reaches the threshold.

    Over m inputs of weight 1, threshold 1 is OR and threshold m is AND.

    Reference: W. McCulloch, W. Pitts, "A logical calculus of the ideas immanent in nervous activity", 1943.
    """

    threshold: float = 1.0


Activate = str | Callable[[X], X] | ActivationFunction | None  # what an `activation` argument takes


def activation_named(thing: Activate) -> Callable[[X], X]:
    """The function that a name, a function, a record or None (linear) stands for.

    >>> activation_named("rellu")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    neuralzoo.core.errors.ArgumentError: there is no activation named 'rellu'
      remedy: Did you mean 'relu'? There are: ...
    """
    if thing is None:
        return linear
    if isinstance(thing, type) and issubclass(thing, ActivationFunction):
        return thing()
    if callable(thing):
        return thing
    return activations[thing]
