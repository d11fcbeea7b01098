"""Sums, means and maxima over segments: values that belong together by a number, in any order, and how graphs are made of them.

A number outside 0…count−1 belongs nowhere: that is how filling is left out.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from neuralzoo.core.graphs import Graphs, Sparse

Values = Float[Array, " entries *features"]
Numbers = Int[Array, " entries"]
FAR_BELOW = -1e9  # exp of it is 0
TINY = 1e-16  # what a softmax divides by at least: a segment of nothing gives zeros


def segment_sum(values: Values, segments: Numbers, count: int) -> Float[Array, " count *features"]:
    """The sum over each segment; 0 where it is empty."""
    return jax.ops.segment_sum(values, segments, count)


def segment_mean(values: Values, segments: Numbers, count: int) -> Float[Array, " count *features"]:
    """The mean over each segment; 0 where it is empty."""
    sizes = jax.ops.segment_sum(jnp.ones(len(values)), segments, count)
    return segment_sum(values, segments, count) / jnp.maximum(sizes, 1).reshape(-1, *(1,) * (values.ndim - 1))


def segment_max(values: Values, segments: Numbers, count: int) -> Float[Array, " count *features"]:
    """The maximum over each segment; 0 where it is empty. Entries that are it together share its gradient."""
    above = (1,) * (values.ndim - 1)
    sizes = segment_sum(jnp.ones(len(values)), segments, count).reshape(-1, *above)
    fixed = jax.lax.stop_gradient(values)  # JAX's own derivative divides 0 by 0 where a segment is empty
    highest = jnp.where(sizes > 0, jax.ops.segment_max(fixed, segments, count), 0)
    inside = ((segments >= 0) & (segments < count)).reshape(-1, *above)
    chosen = inside & (fixed == _at(highest, segments))
    together = segment_sum(chosen.astype(values.dtype), segments, count)
    return highest + segment_sum(jnp.where(chosen, values - fixed, 0), segments, count) / jnp.maximum(together, 1)


AGGREGATES = {"sum": segment_sum, "mean": segment_mean, "max": segment_max}


def softmax_with_own(
    scores: Float[Array, "entries heads"], own: Float[Array, "count heads"], segments: Numbers
) -> tuple[Float[Array, "entries heads"], Float[Array, "count heads"]]:
    """A softmax over each segment together with one more score of its own: the weights of its entries, and its own."""
    count = len(own)
    scores = jnp.where((segments < count)[:, None], scores, FAR_BELOW)  # that of filling may be greater than those it goes with
    highest = jax.lax.stop_gradient(jnp.maximum(jax.ops.segment_max(jax.lax.stop_gradient(scores), segments, count), own))
    raised = jnp.exp(scores - _at(highest, segments))
    own = jnp.exp(own - highest)
    total = jnp.maximum(segment_sum(raised, segments, count) + own, TINY)
    return raised / _at(total, segments), own / total


class Wires(NamedTuple):
    """The edges of a batch as those of one graph, the nodes of all numbered through.

    nodes: how many nodes there are, filling included.
    source, target: `(edges,)`; the target of filling is no node.
    weight: `(edges,)`, or None for ones.
    """

    nodes: int
    source: Any
    target: Any
    weight: Any

    def send(self, h: Float[Array, " nodes *features"]) -> Float[Array, " edges *features"]:
        """What each edge finds at its source."""
        return _at(h, self.source)

    def reach(self, h: Float[Array, " nodes *features"]) -> Float[Array, " edges *features"]:
        """What each edge finds at its target."""
        return _at(h, self.target)


def wires(graphs: Graphs) -> Wires:
    """The batch as one graph."""
    batch, nodes = graphs.shape[:2]
    first = (jnp.arange(batch, dtype=jnp.int32) * nodes)[:, None, None]
    real = graphs.edges[..., 0] >= 0
    ends = jnp.where(real[..., None], graphs.edges + first, jnp.array([0, batch * nodes], jnp.int32)).reshape(-1, 2)
    weight = None if graphs.weights is None else graphs.weights.reshape(-1)
    return Wires(batch * nodes, ends[:, 0], ends[:, 1], weight)


def product(features: Any, kernel: Float[Array, "in units"]) -> Float[Array, "nodes units"]:
    """features @ kernel for the nodes of all graphs, the features as an array or `Sparse`, of which only what is not 0 is multiplied."""
    if not isinstance(features, Sparse):
        return features.reshape(-1, features.shape[-1]) @ kernel
    batch, nodes, _ = features.shape
    rows = (features.rows + (jnp.arange(batch, dtype=jnp.int32) * nodes)[:, None]).reshape(-1)
    return segment_sum(_at(kernel, features.columns.reshape(-1)) * features.values.reshape(-1, 1), rows, batch * nodes)


def _at(table: Any, rows: Any) -> Any:
    """table[rows]; rows outside give what is nearest, and are not counted by those that ask."""
    return jnp.take(table, rows, axis=0, mode="clip")
