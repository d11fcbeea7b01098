"""A network that reads on, character by character, as two compiled programs: writing a text and pricing one."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from neuralzoo.core.layer import Key, Layer
from neuralzoo.core.record import merge, split
from neuralzoo.data.text import Codes
from neuralzoo.layers.recurrent import remembering

WARM = 256  # characters read before the first that counts, where a long text is priced in several places at once
PIECE = 128  # characters priced in one go
MOST_STREAMS = 32


def write(
    net: Layer, prompt: Codes, length: int, temperature: float, key: Key, allowed: Bool[np.ndarray, " characters"], top: int | None = None
) -> Codes:
    """`length` characters after `prompt`, drawn with probability ∝ exp(logit / temperature), at 0 the likeliest.

    Only `allowed` characters are drawn, and of these the `top` likeliest. More characters begin with the same ones.
    """
    room = 1 << (len(prompt) + length - 1).bit_length()  # few sizes, so that few programs are compiled
    codes = np.zeros(max(room, 256), np.int32)
    codes[: len(prompt)] = prompt
    steps = len(prompt) + length - 1
    drawn = _write(remembering(net, 1), codes, len(prompt), steps, temperature, key, allowed, 0 if top is None else top, top is not None)
    return np.asarray(drawn)[len(prompt) : len(prompt) + length]


@partial(jax.jit, static_argnums=8)
def _write(
    net: Layer, codes: Array, given: Any, steps: Any, temperature: Any, key: Key, allowed: Bool[Array, " characters"], top: Any, cut: bool
) -> Int[Array, " room"]:
    weights, memory = split(net)

    def one(i: Any, carry: Any) -> Any:
        memory, codes = carry
        y, after = merge(weights, memory).advance(lax.dynamic_slice(codes, (i,), (1,))[None])
        logits = jnp.where(allowed, y[0, 0], -jnp.inf)
        if cut:
            least = jnp.sort(logits)[logits.size - top]
            logits = jnp.where(logits >= least, logits, -jnp.inf)
        noise = jax.random.gumbel(jax.random.fold_in(key, i + 1 - given), logits.shape)
        drawn = jnp.argmax(logits + temperature * noise).astype(codes.dtype)
        here = jnp.where(i + 1 < given, codes[i + 1], drawn)
        return split(after)[1], lax.dynamic_update_slice(codes, here[None], (i + 1,))

    return lax.fori_loop(0, steps, one, (memory, codes))[1]


def price(net: Layer, codes: Codes) -> float:
    """Mean −log p a character, each given all before it; the first is not priced.

    A long text is read in several places at once, each at least `WARM` characters ahead of what counts there.
    """
    count = len(codes) - 1
    streams = int(np.clip(count // (8 * WARM), 1, MOST_STREAMS))
    warm = WARM if streams > 1 else 0
    each = -(-(count - warm) // streams)  # that count in a stream; in the first, those of the warming up count as well
    piece = min(PIECE, 1 << (warm + each - 1).bit_length())
    pieces = -(-(warm + each) // piece)
    along = np.arange(pieces * piece)
    place = each * np.arange(streams)[:, None] + along
    counts = (place < count) & (along < warm + each) & ((along >= warm) | (np.arange(streams)[:, None] == 0))
    place = np.minimum(place, count - 1)
    x, y, counts = (a.reshape(streams, pieces, piece).swapaxes(0, 1) for a in (codes[place], codes[place + 1], counts))
    return float(np.asarray(_price(remembering(net, streams), x, y, counts), np.float64).sum() / count)


@jax.jit
def _price(
    net: Layer, x: Int[Array, "pieces streams steps"], y: Int[Array, "pieces streams steps"], counts: Bool[Array, "pieces streams steps"]
) -> Float[Array, " pieces"]:
    weights, memory = split(net)

    def one(memory: Any, batch: Any) -> Any:
        x, y, counts = batch
        logits, after = merge(weights, memory).advance(x)
        nats = -jnp.take_along_axis(jax.nn.log_softmax(logits), y[..., None], axis=-1)[..., 0]
        return split(after)[1], jnp.sum(nats * counts)

    return lax.scan(one, memory, (x, y, counts))[1]
