"""Optimizers, with Keras's names, arguments and formulas, built on optax.

    model.compile(optimizer="rmsprop")
    model.compile(optimizer=SGD(0.1, momentum=0.9, nesterov=True, clipnorm=1.0))
    model.compile(optimizer=Adam(CosineDecay(1e-3, 10_000)))
    model.compile(optimizer=optax.adabelief(1e-3))

An optimizer gives a direction for learning rate 1; who trains multiplies by the rate of the step. So the rate can change
between steps without compiling again. Where a step depends on earlier ones (momentum) they are kept free of the rate, as
PyTorch keeps them; Keras keeps them multiplied by it, which is the same thing while the rate is constant.

g is the gradient, t the number of the step from 1, and every operation is elementwise.
"""

from dataclasses import field
from typing import Any, cast

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.record import Record
from neuralzoo.core.registry import Registry
from neuralzoo.learn.atoms import clip_each_by_norm, elementwise
from neuralzoo.learn.schedules import FunctionSchedule, Schedule

optimizers: Registry[Any] = Registry("optimizer")


class Optimizer(Record):
    """How a gradient becomes a step. Subclasses define `rule()`, the transformation of the (clipped) gradient.

    Fields:
        learning_rate: a number, a `Schedule`, or a function of the number of steps taken.
    By name only:
        weight_decay: w ← w - rate · weight_decay · w besides the step (decoupled: it does not pass through the rule).
        clipnorm: the largest norm of each array's gradient.
        clipvalue: the largest absolute value of each number in it.
        global_clipnorm: the largest norm of all gradients together. At most one of the three.
        use_ema: keep a moving average of the parameters: a ← ema_momentum · a + (1 - ema_momentum) · w after each step. At the end
            of `fit` the network takes it over; to measure it in between, add the callback `SwapEMAWeights`.
        ema_momentum: how slowly the average follows.
        ema_overwrite_frequency: let the network take the average over every so many steps, too.

    Example:
        >>> import jax.numpy as jnp
        >>> rule = SGD(momentum=0.9).direction()
        >>> direction, _ = rule.update(jnp.array([2.0]), rule.init(jnp.array([1.0])), jnp.array([1.0]))
        >>> direction.tolist()
        [-2.0]
    """

    learning_rate: float | Schedule | None = 0.001
    weight_decay: float | None = field(default=None, kw_only=True)
    clipnorm: float | None = field(default=None, kw_only=True)
    clipvalue: float | None = field(default=None, kw_only=True)
    global_clipnorm: float | None = field(default=None, kw_only=True)
    use_ema: bool = field(default=False, kw_only=True)
    ema_momentum: float = field(default=0.99, kw_only=True)
    ema_overwrite_frequency: int | None = field(default=None, kw_only=True)
    name: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if callable(self.learning_rate) and not isinstance(self.learning_rate, Schedule):
            self.__dict__["learning_rate"] = FunctionSchedule(self.learning_rate)
        clips = [name for name in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(self, name) is not None]
        if len(clips) > 1:
            raise ArgumentError(f"{type(self).__name__} was given {' and '.join(clips)}", remedy="clip in one way only")
        every = self.ema_overwrite_frequency
        if not 0 <= self.ema_momentum < 1 or (every is not None and every < 1):
            raise ArgumentError(
                f"{type(self).__name__} cannot average with momentum {self.ema_momentum} every {every} steps",
                remedy="choose 0 ≤ ema_momentum < 1, and an ema_overwrite_frequency of at least 1",
            )

    def rule(self) -> optax.GradientTransformation:
        """From gradients to steps uphill, for learning rate 1."""
        raise NotImplementedError(f"{type(self).__name__} defines no rule")

    def direction(self) -> optax.GradientTransformation:
        """From gradients to what is added to the parameters, for learning rate 1."""
        parts = [
            clip_each_by_norm(self.clipnorm) if self.clipnorm else None,
            optax.clip(self.clipvalue) if self.clipvalue else None,
            optax.clip_by_global_norm(self.global_clipnorm) if self.global_clipnorm else None,
            self.rule(),
            optax.add_decayed_weights(self.weight_decay) if self.weight_decay else None,
            optax.scale(-1.0),
        ]
        return optax.chain(*(part for part in parts if part is not None))


@optimizers.register()
class SGD(Optimizer):
    """Gradient descent: v ← momentum · v + g, step v; with `nesterov` step momentum · v + g.

    On all rows at once it is gradient descent, on one row stochastic, on a few mini-batch: the batch size says which.

    References: H. Robbins, S. Monro, 1951; B. Polyak, 1964 (momentum); Y. Nesterov, 1983.
    """

    learning_rate: float | Schedule | None = 0.01
    momentum: float = 0.0
    nesterov: bool = False

    def rule(self) -> optax.GradientTransformation:
        return optax.trace(self.momentum, self.nesterov) if self.momentum else optax.identity()


@optimizers.register("rmsprop", "RMSprop")
class RMSprop(Optimizer):
    """v ← ρ v + (1 - ρ) g², step g / √(v + ε); `centered` takes the square of the mean gradient off v; momentum as in SGD.

    Reference: G. Hinton, "Neural networks for machine learning", lecture 6e, 2012.
    """

    learning_rate: float | Schedule | None = 0.001
    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False

    def rule(self) -> optax.GradientTransformation:
        scale = elementwise(self._centered, 0.0, 0.0) if self.centered else optax.scale_by_rms(self.rho, self.epsilon)
        return optax.chain(scale, optax.trace(self.momentum)) if self.momentum else scale

    def _centered(self, t: Array, g: Array, v: Array, m: Array) -> tuple[Array, ...]:
        v = self.rho * v + (1 - self.rho) * jnp.square(g)
        m = self.rho * m + (1 - self.rho) * g
        # v - m² is a variance, but rounding takes it below 0 where the gradient hardly changes
        return g * jax.lax.rsqrt(jnp.maximum(v - jnp.square(m), 0) + self.epsilon), v, m


@optimizers.register()
class Adam(Optimizer):
    """m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², step √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + ε).

    This is the paper's second form, in which ε is not divided by the correction of v. With `amsgrad` the largest v so far.

    References: D. Kingma, J. Ba, "Adam", ICLR 2015; S. Reddi et al., "On the convergence of Adam and beyond", ICLR 2018.
    """

    learning_rate: float | Schedule | None = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    amsgrad: bool = False

    def rule(self) -> optax.GradientTransformation:
        return elementwise(self._step, *(0.0,) * (3 if self.amsgrad else 2))

    def _step(self, t: Array, g: Array, m: Array, v: Array, *largest: Array) -> tuple[Array, ...]:
        m = m + (1 - self.beta_1) * (g - m)
        v = v + (1 - self.beta_2) * (jnp.square(g) - v)
        largest = tuple(jnp.maximum(old, v) for old in largest)
        size = jnp.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        return size * m / (jnp.sqrt(largest[0] if largest else v) + self.epsilon), m, v, *largest


@optimizers.register("adamw", "AdamW")
class AdamW(Adam):
    """Adam with decoupled weight decay, 0.004 unless told. I. Loshchilov, F. Hutter, ICLR 2019."""

    learning_rate: float | Schedule | None = 0.001
    weight_decay: float | None = 0.004  # the second argument here, as in Keras


@optimizers.register()
class Adamax(Optimizer):
    """m ← β₁ m + (1 - β₁) g, u ← max(β₂ u, |g|), step m / ((1 - β₁ᵗ) (u + ε)). D. Kingma, J. Ba, "Adam", section 7, 2015."""

    learning_rate: float | Schedule | None = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def rule(self) -> optax.GradientTransformation:
        return elementwise(self._step, 0.0, 0.0)

    def _step(self, t: Array, g: Array, m: Array, u: Array) -> tuple[Array, ...]:
        m = m + (1 - self.beta_1) * (g - m)
        u = jnp.maximum(self.beta_2 * u, jnp.abs(g))
        return m / ((1 - self.beta_1**t) * (u + self.epsilon)), m, u


@optimizers.register()
class Nadam(Optimizer):
    """Adam with Nesterov's momentum, whose strength follows μₜ = β₁ (1 - ½ · 0.96ᵗ), Mₜ = μ₁ … μₜ:

    step (μₜ₊₁ m / (1 - Mₜ₊₁) + (1 - μₜ) g / (1 - Mₜ)) / (√(v / (1 - β₂ᵗ)) + ε). T. Dozat, 2016.
    """

    learning_rate: float | Schedule | None = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def rule(self) -> optax.GradientTransformation:
        return elementwise(self._step, 0.0, 0.0, 1.0)

    def _step(self, t: Array, g: Array, m: Array, v: Array, product: Array) -> tuple[Array, ...]:
        now, coming = (self.beta_1 * (1 - 0.5 * 0.96**n) for n in (t, t + 1))
        product = product * now
        m = m + (1 - self.beta_1) * (g - m)
        v = v + (1 - self.beta_2) * (jnp.square(g) - v)
        ahead = coming * m / (1 - product * coming) + (1 - now) * g / (1 - product)
        return ahead / (jnp.sqrt(v / (1 - self.beta_2**t)) + self.epsilon), m, v, product


@optimizers.register()
class Adagrad(Optimizer):
    """a ← a + g², step g / √(a + ε). J. Duchi et al., "Adaptive subgradient methods", 2011."""

    learning_rate: float | Schedule | None = 0.001
    initial_accumulator_value: float = 0.1
    epsilon: float = 1e-7

    def rule(self) -> optax.GradientTransformation:
        return optax.scale_by_rss(self.initial_accumulator_value, self.epsilon)


@optimizers.register()
class Adadelta(Optimizer):
    """v ← ρ v + (1 - ρ) g², step s = √(d + ε) / √(v + ε) · g, d ← ρ d + (1 - ρ) s². M. Zeiler, 2012.

    The paper's learning rate is 1; Keras's default of 0.001 is kept here, and is very slow.
    """

    learning_rate: float | Schedule | None = 0.001
    rho: float = 0.95
    epsilon: float = 1e-7

    def rule(self) -> optax.GradientTransformation:
        return optax.scale_by_adadelta(self.rho, self.epsilon)


@optimizers.register()
class Lion(Optimizer):
    """step sign(β₁ m + (1 - β₁) g), then m ← β₂ m + (1 - β₂) g. X. Chen et al., "Symbolic discovery", 2023."""

    learning_rate: float | Schedule | None = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.99

    def rule(self) -> optax.GradientTransformation:
        return optax.scale_by_lion(self.beta_1, self.beta_2)


@optimizers.register()
class Lamb(Optimizer):
    """Adam's step of each array, scaled to the norm of that array of weights. Y. You et al., "Large batch optimization", 2020.

    With weight decay the norm is that of the weights before they decay (Keras: after).
    """

    learning_rate: float | Schedule | None = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def rule(self) -> optax.GradientTransformation:
        return optax.chain(optax.scale_by_adam(self.beta_1, self.beta_2, self.epsilon), optax.scale_by_trust_ratio())


class OptaxOptimizer(Optimizer):
    """An optax transformation as it is, its learning rate inside it; `learning_rate` is None."""

    learning_rate: float | Schedule | None = None
    transformation: optax.GradientTransformation = cast("Any", None)

    def __post_init__(self) -> None:
        settings = [self.learning_rate, self.weight_decay, self.clipnorm, self.clipvalue, self.global_clipnorm]
        if any(setting is not None for setting in settings):
            raise ArgumentError("an optax transformation carries its own learning rate, decay and clipping", remedy="use optax.chain")

    def direction(self) -> optax.GradientTransformation:
        return self.transformation


def optimizer_named(thing: Any) -> Optimizer:
    """The optimizer that a name, a class, a record or an optax transformation stands for.

    >>> optimizer_named("rmsprop")
    RMSprop()
    """
    if isinstance(thing, Optimizer):
        return thing
    if isinstance(thing, type) and issubclass(thing, Optimizer):
        return cast("type[Optimizer]", thing)()
    if isinstance(thing, optax.GradientTransformation):
        return OptaxOptimizer(transformation=thing)
    if isinstance(thing, str):
        return optimizers[thing]()
    raise ArgumentError(f"{thing!r} is no optimizer", remedy="give a name such as 'adam', an Optimizer or an optax transformation")
