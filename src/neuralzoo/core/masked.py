"""Sequences of different lengths in one array: the values, and which steps are real."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Masked:
    """A batch of sequences filled up to one length.

    `Masking` and `Embedding(mask_zero=True)` make one. Layers that look along time take it as it is (`masks = True`); a
    composite hands to all others the values alone and puts the mask back where the time axis is still there. A loss, and
    every metric, then counts real steps only.

    Fields:
        values: an array `(batch, time, …)`.
        mask: `(batch, time)`, True for a real step, False for filling.
    """

    values: Any
    mask: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the values."""
        return self.values.shape


def unmasked(x: Any) -> Any:
    """The values of a `Masked`; anything else as it is."""
    return x.values if isinstance(x, Masked) else x


def mask_of(x: Any) -> Any:
    """The mask of a `Masked`, None for anything else."""
    return x.mask if isinstance(x, Masked) else None


def remasked(y: Any, mask: Any) -> Any:
    """`y` with a mask again, where it still is an array with the mask's rows and steps in front."""
    if mask is None or isinstance(y, Masked) or getattr(y, "shape", ())[:2] != mask.shape:
        return y
    return Masked(y, mask)


def over_values(function: Callable[[list[Any]], Any], xs: list[Any]) -> Any:
    """`function` of several arrays of which some are masked: of their values; a step of the result is real where it is in all."""
    masks = [x.mask for x in xs if isinstance(x, Masked)]
    y = function([unmasked(x) for x in xs])
    return remasked(y, jax.tree.reduce(jnp.logical_and, masks)) if masks else y
