"""One network going down its own gradient, for rules that move several, or that make gradients of their own."""

from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from neuralzoo.core.layer import Layer
from neuralzoo.core.record import merge, split
from neuralzoo.learn.optimizers import Optimizer
from neuralzoo.learn.schedules import Schedule

L = TypeVar("L", bound=Layer)


class Descent(NamedTuple):
    """What a network that learns carries from step to step.

    optimizer: the state of its optax transformation.
    rate: its learning rate, where that is a number.
    """

    optimizer: Any
    rate: Float[Array, ""]


def started(optimizer: Optimizer, layer: Layer) -> Descent:
    """Before the first step."""
    rate = optimizer.learning_rate
    params: Any = split(layer)[0]
    return Descent(optimizer.direction().init(params), jnp.float32(rate if isinstance(rate, int | float) else 1.0))


def unrated(optimizer: Optimizer) -> Optimizer:
    """The optimizer without a rate that lives in the memo, so that another one compiles nothing again."""
    return optimizer.set(learning_rate=1.0) if isinstance(optimizer.learning_rate, int | float) else optimizer


def descend(optimizer: Optimizer, gradient: Any, memo: Descent, after: L, count: Array) -> tuple[L, Descent]:
    """The layer `after` with its parameters one step further down, after `count` steps."""
    halves: Any = split(after)
    params, rest = halves
    rate = optimizer.learning_rate(count) if isinstance(optimizer.learning_rate, Schedule) else memo.rate
    direction, state = optimizer.direction().update(gradient, memo.optimizer, params)
    params = optax.apply_updates(params, jax.tree.map(lambda d: rate * d, direction))
    return merge(params, rest), Descent(state, memo.rate)  # pyright: ignore[reportReturnType]
