"""The two gradient transformations that optax does not have in Keras's form."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int


class Slots(NamedTuple):
    """Steps taken, and trees of arrays shaped like the parameters."""

    count: Int[Array, ""]
    trees: tuple[Any, ...]


def elementwise(rule: Callable[..., tuple[Array, ...]], *starts: float) -> optax.GradientTransformation:
    """The transformation whose formula for one array is `rule(t, g, *slots) -> (step, *slots)`, t counting from 1.

    Args:
        rule: the formula, t being a float so that β^t is one operation.
        starts: the value that each slot is filled with at first.
    """

    def init(params: Any) -> Slots:
        return Slots(jnp.zeros((), jnp.int32), tuple(jax.tree.map(lambda p, s=start: jnp.full_like(p, s), params) for start in starts))

    def update(gradient: Any, slots: Slots, params: Any = None) -> tuple[Any, Slots]:
        count = jnp.asarray(optax.safe_increment(slots.count))
        leaves, form = jax.tree.flatten(gradient)
        held = zip(*map(jax.tree.leaves, slots.trees), strict=True)
        new = [rule(count.astype(jnp.float32), g, *own) for g, own in zip(leaves, held, strict=True)]
        trees = [form.unflatten([parts[i] for parts in new]) for i in range(len(starts) + 1)]
        return trees[0], Slots(count, tuple(trees[1:]))

    return optax.GradientTransformation(init, update)  # pyright: ignore[reportArgumentType]


def clip_each_by_norm(largest: float) -> optax.GradientTransformation:
    """Scale every array whose norm is above `largest` down to that norm."""

    def clip(g: Array) -> Array:
        squared = jnp.sum(jnp.square(g))
        return g * jnp.minimum(1, largest / jnp.sqrt(jnp.where(squared > 0, squared, 1)))

    return optax.stateless(lambda gradient, params: jax.tree.map(clip, gradient))
