"""The states of a counted Markov chain and the matrix between them, in float64."""

from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from neuralzoo.core.errors import ArgumentError
from neuralzoo.zoo.grams import KNESER_NEY, Grams

STATES = 4000  # of which a matrix is made


@jax.jit
def after_all(net: Grams, contexts: Any) -> Float[jax.Array, "rows symbols"]:
    """P of every symbol after each context."""
    return net.after(contexts, jnp.broadcast_to(jnp.arange(net.symbols), (len(contexts), net.symbols)))


@jax.jit
def _counts_after(net: Grams, contexts: Any) -> Float[jax.Array, "rows symbols"]:
    return net.seen(contexts, jnp.broadcast_to(jnp.arange(net.symbols), (len(contexts), net.symbols)), net.order)[0]


def states_and_transitions(net: Grams) -> tuple[Int[np.ndarray, "states order"], Float[np.ndarray, "states states"]]:
    """Codes of each state, one for order 0 too, and P of each state after each; one that was never left stays for ever.

    States are all that may come: every tuple of symbols where unseen ones have a probability, else those that were seen.
    """
    codes = _states(net)
    if net.smoothing == KNESER_NEY:
        p = np.asarray(after_all(net, codes[:, : net.order]), np.float64)
    else:
        p = np.asarray(_counts_after(net, codes[:, : net.order]), np.float64) + float(net.smoothing)
    total = p.sum(axis=1, keepdims=True)
    p = p / np.where(total > 0, total, 1)
    place = {tuple(code): i for i, code in enumerate(codes.tolist())}
    matrix = np.zeros((len(codes), len(codes)))
    for i, code in enumerate(codes.tolist()):
        for symbol in np.flatnonzero(p[i]).tolist():
            matrix[i, place[*code[1:], symbol]] = p[i, symbol]
        if not total[i]:
            matrix[i, i] = 1
    return codes, matrix


def _states(net: Grams) -> Int[np.ndarray, "states order"]:
    order, size = max(net.order, 1), net.symbols
    seen = net.order > 1 and net.smoothing == 0
    if seen:
        contexts = net.unpack(np.asarray(net.contexts)[np.asarray(net.totals) > 0])
        grams = np.asarray(net.grams)[np.asarray(net.times) > 0]
        following = np.concatenate([net.unpack(grams)[:, 1:], grams[:, -1:]], axis=1)
        both = np.concatenate([contexts, following])
        states = np.unique(both[(both < size).all(axis=1)], axis=0)
    count = len(states) if seen else size**order
    if count > STATES:
        remedy = f"{STATES} are the most: take a lower order" + ("" if seen or net.order < 2 else ", or smoothing=0")
        raise ArgumentError(f"a matrix of {count} states is too large", remedy=remedy)
    return states if seen else np.array(list(product(range(size), repeat=order)), np.int32)


def pairs_counted(net: Grams) -> Float[np.ndarray, "symbols symbols"]:
    """How often each symbol came right after each; after anything where the order is 0."""
    held = np.asarray(net.times) > 0
    grams, times = np.asarray(net.grams)[held], np.asarray(net.times)[held]
    pairs = np.zeros((net.symbols, net.symbols))
    if net.order == 0:
        pairs[:, grams[:, -1]] = times
        return pairs
    contexts = net.unpack(grams)
    full = np.all(contexts != net.symbols + 1, axis=1) & (contexts[:, -1] < net.symbols)
    np.add.at(pairs, (contexts[full, -1], grams[full, -1]), times[full])
    return pairs
