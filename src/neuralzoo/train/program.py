"""The compiled programs: learn from a block, assess a block, predict a batch."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from neuralzoo.core.layer import Key, Layer
from neuralzoo.core.masked import unmasked
from neuralzoo.layers.recurrent import stateful_layers
from neuralzoo.learn.learner import Batch, Learner

# Keeps the working set of a step small; on a CPU 3 to 11 % faster, bit for bit the same (docs/design/0002-engine.md).
CPU_OPTIONS = {"xla_cpu_scheduler_type": "CPU_SCHEDULER_TYPE_MEMORY_OPTIMIZED"}


def learn(
    learner: Learner, net: Layer, memo: Any, block: Batch, key: Key, count: Any, start: Any, passes: Any, steps: Any, *, epochs: int
) -> tuple[Layer, Any, Any]:
    """Work through `passes` epochs of `steps` batches each, found in `block` from batch `start` on; sum each epoch's statistics.

    `count` is the number of steps taken before the block's first batch, from which each step's key is made. All four are
    traced, so one program serves calls of every length. Returns the network, the memo and the statistics `(epochs, …)`.
    With `epochs` > 1 every pass is a whole epoch and is concluded here; a single one may be part of an epoch, see `conclude`.
    """
    return _learn()(learner, net, memo, block, key, count, start, passes, steps, epochs=epochs)


@cache
def _learn() -> Callable[..., Any]:
    return jax.jit(_learn_block, static_argnames="epochs", compiler_options=_options())


@cache
def _options() -> dict[str, str] | None:
    """The compiler's options, where this JAX knows them."""
    if jax.default_backend() != "cpu":
        return None
    try:
        jax.jit(lambda: 0, compiler_options=CPU_OPTIONS).lower().compile()
    except Exception:  # another JAX, another list of options; its error type is not public
        return None
    return CPU_OPTIONS


def _learn_block(
    learner: Learner, net: Layer, memo: Any, block: Batch, key: Key, count: Any, start: Any, passes: Any, steps: Any, *, epochs: int
) -> tuple[Layer, Any, Any]:
    keys = jax.vmap(partial(jax.random.fold_in, key))(count + jnp.arange(len(block.valid)))

    def one_step(before: Any, i: Any, carry: Any) -> Any:
        net, memo, totals = carry
        batch, step_key = _pick((block, keys), start + before + i)
        net, memo, logs = learner.step(net, memo, batch, step_key)
        return net, memo, jax.tree.map(jnp.add, totals, logs)

    def one_epoch(epoch: Any, carry: Any) -> Any:
        net, memo, record = carry
        net, memo, totals = lax.fori_loop(0, steps, partial(one_step, epoch * steps), (net, memo, _zeros(shapes)))
        net, memo = learner.conclude(net, memo)
        return net, memo, jax.tree.map(lambda all_, one: all_.at[epoch].set(one), record, totals)

    shapes = jax.eval_shape(lambda: learner.step(net, memo, _pick(block, 0), key)[2])
    if epochs == 1:
        net, memo, totals = lax.fori_loop(0, steps, partial(one_step, 0), (net, memo, _zeros(shapes)))
        return net, memo, jax.tree.map(lambda total: total[None], totals)
    return lax.fori_loop(0, passes, one_epoch, (net, memo, _zeros(shapes, epochs)))


@jax.jit
def conclude(learner: Learner, net: Layer, memo: Any) -> tuple[Layer, Any]:
    """The network and memo after the last step of an epoch."""
    return learner.conclude(net, memo)


@jax.jit
def assess(learner: Learner, net: Layer, block: Batch, steps: Any) -> tuple[dict[str, Any], Layer | None]:
    """The additive statistics of a finished network over the first `steps` batches of a block.

    Also the network with its memory moved on past them, None for one that remembers nothing.
    """
    remembers = bool(stateful_layers(net))

    def one_step(i: Any, carry: Any) -> Any:
        totals, moved = carry
        batch, before = _pick(block, i), moved if remembers else net
        totals = jax.tree.map(jnp.add, totals, learner.assess(before, batch))
        return totals, before.advance(batch.x)[1] if remembers else None

    zeros = _zeros(jax.eval_shape(lambda: learner.assess(net, _pick(block, 0))))
    return lax.fori_loop(0, steps, one_step, (zeros, net if remembers else None))


@jax.jit
def survey(learner: Learner, net: Layer, block: Batch, steps: Any) -> Any:
    """The sums of the learner's `survey` over the first `steps` batches of a block."""
    zeros = _zeros(jax.eval_shape(lambda: learner.survey(net, _pick(block, 0))))
    return lax.fori_loop(0, steps, lambda i, sums: jax.tree.map(jnp.add, sums, learner.survey(net, _pick(block, i))), zeros)


def predictor(net: Layer) -> Callable[[Any], Any]:
    """The function from a batch to the network's output; the network is taken apart once, not in every call, which takes 60 µs."""
    arrays, tree = jax.tree.flatten(net)
    return partial(_predict(tree), arrays)


@cache
def _predict(tree: Any) -> Callable[..., Any]:
    """The program of all networks of one structure."""

    def predict(arrays: list[Any], x: Any) -> Any:
        return unmasked(jax.tree.unflatten(tree, arrays)(x))

    return jax.jit(predict)


@jax.jit
def advance(net: Layer, x: Any) -> tuple[Any, Layer]:
    """The network's output for a batch, and the network with its memory moved on."""
    y, net = net.advance(x)
    return unmasked(y), net


def _pick(stacked: Any, i: Any) -> Any:
    return jax.tree.map(lambda a: lax.dynamic_index_in_dim(a, i, keepdims=False), stacked)


def _zeros(shapes: Any, *front: int) -> Any:
    return jax.tree.map(lambda s: jnp.zeros((*front, *s.shape), s.dtype), shapes)
