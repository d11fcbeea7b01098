"""Recurrence over time: one loop for cells whose only weights inside it are one recurrent matrix, one for any cell.

Sequences are time-major here, `(time, batch, …)`: a step is then one contiguous piece of memory.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float

State = tuple[Any, ...]
Update = Callable[..., State]


def recur(
    update: Update,
    drive: Float[Array, "time batch wide"],
    kernel: Float[Array, "units wide"],
    state: State,
    *,
    bias: Float[Array, " wide"] | None = None,
    extra: tuple[Any, ...] = (),
    mask: Bool[Array, "time batch"] | None = None,
    reverse: bool = False,
    keep: Float[Array, "batch units"] | None = None,
) -> tuple[Float[Array, "time batch units"], State]:
    """The output at every step, and the last state, of `state = update(drive[t], (state[0] * keep) @ kernel + bias, state, *extra)`.

    `state` is a tuple of arrays with the batch in front; `state[0]`, `(batch, units)`, is the output. `update` is elementwise
    and holds no traced arrays: small parameters it needs (peepholes) are passed in `extra`. Where `mask` is False the state
    stays as it was and the output is the one before; before the first step that is zero. `reverse` runs from the last step to
    the first; outputs stay where their inputs are.

    The gradient is computed by hand (docs/design/0006-recurrence.md): the loop back holds one product a step, and the gradients
    of `kernel` and `bias` are formed once, after it.
    """

    def forward(drive: Any, kernel: Any, state: State, bias: Any, extra: Any, keep: Any, mask: Any) -> tuple[Any, Any]:
        def step(before: State, xs: Any) -> tuple[State, Any]:
            fed = _fed(before[0], keep) @ kernel
            fed = fed if bias is None else fed + bias
            after, pull = jax.vjp(partial(_advance, update, xs[1]), xs[0], fed, before, extra)
            return after, (after[0], pull)

        last, (outputs, pulls) = lax.scan(step, state, (drive, mask), reverse=reverse)
        return (outputs, last), (kernel, state[0], outputs, pulls, bias, extra, keep)

    def backward(saved: Any, wanted: Any) -> tuple[Any, ...]:
        kernel, first, outputs, pulls, bias, extra, keep = saved
        before = _before(first, outputs, reverse)
        transposed = lax.optimization_barrier(kernel.T)  # else it is turned at every step

        def step(carry: Any, xs: Any) -> tuple[Any, Any]:
            (d_output, *d_memory), d_extra = carry
            wanted_t, pull = xs
            d_drive, d_fed, (d_before, *d_rest), d_extra_t = pull((d_output + wanted_t, *d_memory))
            d_before = d_before + _fed(d_fed @ transposed, keep)
            d_extra = jax.tree.map(jnp.add, d_extra, d_extra_t)
            return ((d_before, *d_rest), d_extra), (d_drive, None if d_drive is d_fed else d_fed)

        d_outputs, d_last = wanted
        start = (d_last, jax.tree.map(jnp.zeros_like, extra))
        (d_state, d_extra), (d_drive, d_fed) = lax.scan(step, start, (d_outputs, pulls), reverse=not reverse)
        d_fed = d_drive if d_fed is None else d_fed  # one array where the update only adds the two, as in an LSTM
        rows = _fed(before, keep).reshape(-1, kernel.shape[0])  # as a product of two matrices it takes 9 ms where einsum took 13
        d_kernel = rows.T @ d_fed.reshape(-1, kernel.shape[1])
        d_bias = None if bias is None else d_fed.sum((0, 1))
        d_keep = None if keep is None else (before * (d_fed @ transposed)).sum(0)
        return d_drive, d_kernel, tuple(d_state), d_bias, d_extra, d_keep, None

    @jax.custom_vjp
    def run(*parts: Any) -> Any:
        return forward(*parts)[0]

    run.defvjp(forward, backward)
    outputs, last = run(drive, kernel, state, bias, extra, keep, mask)
    if mask is not None:
        begun = lax.cummax(mask.astype(jnp.int8), axis=0, reverse=reverse)
        outputs = jnp.where(begun[..., None] > 0, outputs, 0)
    return outputs, last


def scan_cell(
    step: Callable[[Any, Any], tuple[Any, Any]],
    drive: Any,
    state: Any,
    mask: Bool[Array, "time batch"] | None = None,
    reverse: bool = False,
) -> tuple[Any, Any]:
    """The output at every step, and the last state, of `output, state = step(drive[t], state)`, for any cell.

    Drive, state and output are pytrees of arrays. Where `mask` is False the state stays as it was and the output is the one
    before; before the first step that is zero.
    """

    def one(carry: Any, xs: Any) -> tuple[Any, Any]:
        before, output_before = carry
        drive_t, mask_t = xs
        output, after = step(drive_t, before)
        if mask_t is not None:
            output, after = _where(mask_t, (output, after), (output_before, before))
        return (after, output if mask_t is not None else None), output

    if mask is None:
        nothing = None
    else:
        shapes = jax.eval_shape(lambda: step(jax.tree.map(lambda a: a[0], drive), state)[0])
        nothing = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes)
    (last, _), outputs = lax.scan(one, (state, nothing), (drive, mask), reverse=reverse)
    return outputs, last


def _where(mask: Bool[Array, " batch"], yes: Any, no: Any) -> Any:
    return jax.tree.map(lambda a, b: jnp.where(mask.reshape(mask.shape + (1,) * (jnp.ndim(a) - 1)), a, b), yes, no)


def _advance(update: Update, mask: Any, drive: Any, fed: Any, state: State, extra: tuple[Any, ...]) -> State:
    after = update(drive, fed, state, *extra)
    return after if mask is None else _where(mask, after, state)


def _fed(output: Any, keep: Any) -> Any:
    return output if keep is None else output * keep


def _before(first: Any, outputs: Any, reverse: bool) -> Any:
    """The output that each step started from."""
    if reverse:
        return jnp.concatenate([outputs[1:], first[None]])
    return jnp.concatenate([first[None], outputs[:-1]])
