"""Curvature of a negative log-likelihood: Gauss and Newton's, of all weights at once or in Kronecker's factors, and its modes.

Of rows n with outcomes oₙ (the parameters of a distribution) and the Fisher information F(oₙ) of that distribution, the generalised
Gauss–Newton matrix is Σ Jₙᵀ F(oₙ) Jₙ, J being ∂oₙ/∂w. It is the Hessian without the network's own curvature, and never negative.

References: N. Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent", Neural Computation 14, 2002;
J. Martens, R. Grosse, "Optimizing neural networks with Kronecker-factored approximate curvature", ICML 2015.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.optimize
from jaxtyping import Array, Float

from neuralzoo.core.activations import activation_named
from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Layer, describe
from neuralzoo.core.record import split
from neuralzoo.layers.dense import Dense

REACH = (-15.0, 15.0)  # of the logarithms that evidence is sought over


class Factors(NamedTuple):
    """Sums over rows for one Dense layer: the curvature of its weights is about inputs ⊗ outputs / rows.

    inputs: Σ a aᵀ of what it gets, with a one for the bias. outputs: Σ g gᵀ, g being the gradients of what its units get.
    """

    inputs: Any
    outputs: Any


def fisher_root(outcome: Float[Array, " outcome"], kind: str) -> Float[Array, "outcome directions"]:
    """L with LLᵀ = the Fisher information of an outcome of `Observed`: "classes", "row", or a noise that no weight tells."""
    if kind == "classes":
        root = jnp.sqrt(jax.nn.softmax(outcome))
        return jnp.diag(root) - root[:, None] ** 2 * root
    targets = len(outcome) // 2
    sharp = jnp.diag(jnp.exp(-outcome[targets:]))
    if kind == "row":
        return jax.scipy.linalg.block_diag(sharp, jnp.sqrt(2.0) * jnp.eye(targets))
    return jnp.concatenate([sharp, jnp.zeros((targets, targets))])


def gauss_newton(told: Callable[[Any, Any], Array], weights: Any, x: Any, share: Array, kind: str) -> Float[Array, "weights weights"]:
    """Σ share Jᵀ F J over rows of x, for `told(weights, x)` the outcomes of a batch and weights a pytree."""

    def columns(row: Any) -> Array:
        outcome, pull = jax.vjp(lambda w: told(w, row[None])[0], weights)
        return jax.vmap(lambda direction: flat(pull(direction)[0]))(fisher_root(outcome, kind).T)

    roots = jax.vmap(columns)(x) * jnp.sqrt(share)[:, None, None]
    roots = roots.reshape(-1, roots.shape[-1])
    return jnp.matmul(roots.T, roots, precision="highest")


def kronecker(net: Layer, x: Any, express: Callable[[Array], Array], share: Array, kind: str) -> tuple[Factors, ...]:
    """The factors of every Dense layer of a chain whose output `express` turns into outcomes, summed over rows of x."""
    layers = dense_layers(net)
    zeros = [jnp.zeros((len(x), layer.units)) for layer in layers]

    def told(moved: list[Array]) -> tuple[Array, list[Array]]:
        seen: list[Array] = []
        return express(_tapped(net, x, moved, seen)), seen

    outcomes, pull, seen = jax.vjp(told, zeros, has_aux=True)
    roots = jax.vmap(lambda o: fisher_root(o, kind))(outcomes)
    gradients = jax.vmap(lambda direction: pull(direction)[0], in_axes=2)(roots)
    factors = []
    for layer, a, g in zip(layers, seen, gradients, strict=True):
        a = a if layer.bias is None else jnp.concatenate([a, jnp.ones((len(a), 1))], axis=1)
        outputs = jnp.einsum("kni,knj,n->ij", g, g, share, precision="highest")
        factors.append(Factors(jnp.matmul((a * share[:, None]).T, a, precision="highest"), outputs))
    return tuple(factors)


def dense_layers(net: Layer) -> list[Dense]:
    """The Dense layers of a chain, in order; raises `ArgumentError` where another layer has weights."""
    if isinstance(net, Chain):
        return [layer for part in net.layers for layer in dense_layers(part)]
    if isinstance(net, Dense):
        return [net]
    if jax.tree.leaves(split(net)[0]):
        what = f"Kronecker's factors are known for Dense layers, not for {describe(net)}"
        raise ArgumentError(what, remedy='use structure="last", or "full" for a small network')
    return []


def _tapped(net: Layer, x: Any, moved: list[Array], seen: list[Array]) -> Any:
    """The output of a chain where `moved` is added to what the units of each Dense layer get; `seen` takes their inputs."""
    if isinstance(net, Chain):
        for layer in net.layers:
            x = _tapped(layer, x, moved, seen)
        return x
    if not isinstance(net, Dense):
        return net(x)
    sums = net.set(activation=None)(x) + moved[len(seen)]
    seen.append(x)
    return activation_named(net.activation)(sums)


def flat(tree: Any) -> Float[Array, " numbers"]:
    """All numbers of a tree in one row."""
    return jnp.concatenate([a.reshape(-1) for a in jax.tree.leaves(tree)])


def unflat(numbers: Float[Array, "*draws numbers"], tree: Any) -> Any:
    """The tree of which `flat` made one row; axes in front stay."""
    leaves, structure = jax.tree.flatten(tree)
    parts, start = [], 0
    for leaf in leaves:
        parts.append(numbers[..., start : start + leaf.size].reshape(*numbers.shape[:-1], *leaf.shape))
        start += leaf.size
    return jax.tree.unflatten(structure, parts)


def best_strength(values: np.ndarray, size: float, misfit: float, numbers: float, noise: bool) -> tuple[float, float]:
    """The factors of the prior's precision and, with `noise`, of the noise's variance for which the evidence is largest.

    Where `values` are the curvature's eigenvalues in units of the prior's precision, `size` is Σ τ w², `misfit` Σ error² / σ² over
    `numbers` targets:  ln Z = −½ (misfit / v + numbers ln v + a size − n ln a + Σ ln(values / v + a))

    Reference: D. MacKay, "A practical Bayesian framework for backpropagation networks", Neural Computation 4, 1992.
    """

    def price(logs: np.ndarray) -> float:
        a, v = np.exp(logs[0]), np.exp(logs[1]) if noise else 1.0
        inside = values / v + a
        if (inside <= 0).any():
            return np.inf
        return 0.5 * (misfit / v + numbers * np.log(v) + a * size - len(values) * np.log(a) + np.log(inside).sum())

    found = scipy.optimize.minimize(price, np.zeros(1 + noise), method="Nelder-Mead", bounds=[REACH] * (1 + noise))
    a, v = np.exp([*found.x, 0.0][:2])
    return float(a), float(v)
