"""Where a NaN came from: the failing call is run again, batch by batch and layer by layer."""

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import NotFiniteError
from neuralzoo.core.layer import Key, Layer, describe
from neuralzoo.learn.learner import Batch, Learner

if TYPE_CHECKING:
    from neuralzoo.train.engine import Call

ADVICE = "try a learning rate ten times smaller, clipnorm=1.0 in the optimizer, or inputs scaled to about −1…1"


def explain_not_finite(learner: Learner, call: "Call", key: Key) -> NotFiniteError:
    """The error for a call whose statistics are not finite: names the epoch, the batch, and the layer or the data at fault."""
    net, memo = call.before.net, call.before.memo
    step = jax.jit(learner.step)
    for i in range(call.steps):
        batch = jax.tree.map(lambda a, i=i: a[call.start + i], call.block)
        step_key = jax.random.fold_in(key, call.before.count + i)
        after, memo_after, logs = step(net, memo, batch, step_key)
        if not _finite(logs) or not _finite(after):
            epoch, place = divmod(call.done + i, call.taken)
            where = f"epoch {call.epoch + epoch + 1}, batch {place + 1}"
            what, remedy = _culprit(net, batch, step_key)
            return NotFiniteError(f"training met a value that is not finite: {what}", where=where, remedy=remedy)
        net, memo = after, memo_after
    return NotFiniteError("the sums over an epoch overflowed", where=f"epoch {call.epoch + 1}", remedy=ADVICE)


def _culprit(net: Layer, batch: Batch, key: Key) -> tuple[str, str]:
    for data, name in ((batch.x, "x"), (batch.y, "y"), (batch.weight, "sample_weight")):
        if not _finite(data):
            worst = next(np.asarray(a) for a in jax.tree.leaves(data) if not _finite(a))
            row = int(np.argwhere(~np.isfinite(worst))[0, 0])
            return f"{name} holds a NaN or infinity (row {row + 1} of the batch)", f"remove or impute missing values in {name} first"
    layers, x = net.layers if isinstance(net, Chain) else (net,), batch.x
    for i, layer in enumerate(layers):
        x, _ = layer.forward(x, jax.random.fold_in(key, i) if isinstance(net, Chain) else key)
        if not _finite(x):
            own = "its weights are not finite" if not _finite(layer) else "its output overflows"
            return f"first in layer {i + 1} of {len(layers)}, {describe(layer)}: {own}", ADVICE
    return "every layer's output is finite, but the loss or its gradient is not", ADVICE


def _finite(tree: Any) -> bool:
    floats = [a for a in jax.tree.leaves(tree) if jnp.issubdtype(jnp.asarray(a).dtype, jnp.floating)]
    return all(bool(jnp.isfinite(a).all()) for a in floats)
