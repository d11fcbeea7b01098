"""The partition function of a restricted Boltzmann machine: counted where it is small, else by annealed importance sampling."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key
from neuralzoo.kernels.random import happens
from neuralzoo.layers.restricted_boltzmann import RestrictedBoltzmann

COUNTED = 20  # units of a side whose 2ⁿ states are counted one by one
STATES = 2**12  # of them at a time


class LogPartition(NamedTuple):
    """An estimate of ln Z.

    value: the estimate.
    error: its standard error.
    effective: the number of independent chains that would tell as much; near 1 the estimate is not to be trusted.
    """

    value: float
    error: float
    effective: float


def exact_log_partition(net: RestrictedBoltzmann) -> float:
    """ln Z = ln Σ_h Σ_v exp(−energy(v, h)), one side counted state by state, the other summed in closed form.

    Raises `ArgumentError` where no side has at most 20 binary units.
    """
    visible, hidden = net.kernel.shape
    if hidden <= COUNTED:
        kernel, bias, other = net.kernel.T, net.bias, net.visible_bias
    elif visible <= COUNTED and net.visible == "bernoulli":
        kernel, bias, other = net.kernel, net.visible_bias, net.bias
    else:
        what = f"ln Z of {visible} visible and {hidden} hidden units is a sum of 2^{hidden} terms"
        raise ArgumentError(what, where=f"it is counted for up to {COUNTED} hidden units", remedy="estimate it: log_partition(net)")
    return float(_counted(kernel, bias, other, net.visible == "gaussian"))


@jax.jit(static_argnums=3)
def _counted(kernel: Array, bias: Array, other: Array, gaussian: bool) -> Float[Array, ""]:
    """The sum over the states of the binary side whose `bias` this is, with the `other` side summed out."""
    units = len(bias)
    some = min(STATES, 2**units)

    def part(total: Array, first: Array) -> tuple[Array, None]:
        states = (((first * some + jnp.arange(some))[:, None] >> jnp.arange(units)) & 1).astype(kernel.dtype)
        field = states @ kernel
        rest = 0.5 * jnp.sum(field * (field + 2 * other), 1) if gaussian else jnp.sum(jax.nn.softplus(field + other), 1)
        return jnp.logaddexp(total, jax.nn.logsumexp(states @ bias + rest)), None

    total, _ = lax.scan(part, jnp.array(-jnp.inf), jnp.arange(2**units // some))
    return total + 0.5 * len(other) * np.log(2 * np.pi) if gaussian else total


def log_partition(net: RestrictedBoltzmann, chains: int = 100, betas: int = 1000, *, seed: int = 0) -> LogPartition:
    """ln Z by annealed importance sampling: weights and hidden biases grow from 0 to their size in `betas` steps.

    Each chain starts at visible states drawn from the biases alone, takes a step of Gibbs sampling at each temperature, and
    gathers the ratio of the probabilities before and after the change. The mean of these weights is unbiased for Z.

    Args:
        net: a built layer.
        chains: independent runs, of which the standard error is estimated.
        betas: temperatures on the way, evenly spaced; the more, the smaller the error.
        seed: of the chains.

    References: R. Neal, "Annealed importance sampling", Statistics and Computing 11, 2001; R. Salakhutdinov, I. Murray, "On the
    quantitative analysis of deep belief networks", ICML 2008.
    """
    if chains < 2 or betas < 1:
        raise ArgumentError(f"chains={chains} and betas={betas} are not possible", remedy="take at least 2 chains and 1 step")
    weights = np.asarray(_anneal(net, jax.random.key(seed), chains, betas), np.float64)
    shares = np.exp(weights - weights.max())
    error = shares.std(ddof=1) / shares.mean() / np.sqrt(chains)
    return LogPartition(
        float(weights.max() + np.log(shares.mean()) + _start(net)), float(error), float(shares.sum() ** 2 / (shares**2).sum())
    )


def _start(net: RestrictedBoltzmann) -> float:
    """ln Z of the machine without weights and hidden biases."""
    biases = np.asarray(net.visible_bias, np.float64)
    own = 0.5 * len(biases) * np.log(2 * np.pi) if net.visible == "gaussian" else np.logaddexp(0, biases).sum()
    return float(own + net.units * np.log(2))


@jax.jit(static_argnums=(2, 3))
def _anneal(net: RestrictedBoltzmann, key: Key, chains: int, betas: int) -> Float[Array, " chains"]:
    """The logarithm of each chain's weight."""

    def step(i: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        v, weights = carry
        drive, beta = net.drive(v), (i + 1) / betas
        weights += jnp.sum(jax.nn.softplus(beta * drive) - jax.nn.softplus(i / betas * drive), axis=1)
        up, down = jax.random.split(jax.random.fold_in(key, i))
        h = happens(up, jax.nn.sigmoid(beta * drive))
        return net.draw(net.down(beta * h), down), weights

    first = net.draw(net.down(jnp.zeros((chains, net.units))), jax.random.fold_in(key, betas))
    return lax.fori_loop(0, betas, step, (first, jnp.zeros(chains)))[1]
