"""A normal posterior around the weights that training found: its layer, and the rule that takes its shape from curvature."""

from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import DataError
from neuralzoo.core.layer import Key, Spec
from neuralzoo.core.record import Built, Record, fixed, merge, split
from neuralzoo.kernels.random import normals
from neuralzoo.layers.dense import Dense
from neuralzoo.learn.curvature import best_strength, dense_layers, flat, gauss_newton, kronecker, unflat
from neuralzoo.learn.learner import Batch
from neuralzoo.zoo.observed import log_likelihood, prior_precisions
from neuralzoo.zoo.posterior import ByDraws, Posterior

LARGE = 2000  # weights beyond which one matrix of all is too large


class Curved(Posterior):
    """A normal posterior around the weights that training found, predicting by the network's tangent there.

    Precision: curvature + strength · prior's. A draw moves the weights by modes · noise / √(values + strength), and the outcome by the
    derivative of that: for a tangent the curvature is exact, while the network itself may leave it (A. Immer et al., AISTATS 2021).

    Fields:
        structure: "full", "last" for the last layer alone, or "kronecker"; "auto" until it is built.
        scale: of the prior, see `prior_precisions`.
        modes: of each block of weights the directions, as one matrix, or two whose Kronecker product they are.
        values: of each block the curvature along the directions, in units of the prior's precision.
        strength: the factor of the prior's precision.
        known: whether curvature was taken.
    """

    structure: str = "auto"
    scale: float = 1.0
    modes: Built[tuple[tuple[Array, ...], ...]] = fixed()
    values: Built[tuple[Array, ...]] = fixed()
    strength: Built[Float[Array, ""]] = fixed()
    known: Built[Float[Array, ""]] = fixed()

    def build(self, x: Spec, key: Key) -> Self:
        net = self.set(observed=self.observed.build(x, key))
        size = flat(net.weights()).size
        structure = ("full" if size <= LARGE else "kronecker") if self.structure == "auto" else self.structure
        net = net.set(structure=structure, strength=jnp.ones(()), known=jnp.zeros(()))
        if structure == "kronecker":
            shapes = [(len(d.kernel) + (d.bias is not None), d.units) for d in dense_layers(net.observed.inner)]
        else:
            shapes = [(flat(net.weights()).size,)]
        return net.set(
            modes=tuple(tuple(jnp.zeros((n, n)) for n in shape) for shape in shapes), values=tuple(jnp.zeros(shape) for shape in shapes)
        )

    def weights(self) -> Any:
        """The parameters that are uncertain."""
        inner = self.observed.inner
        return split(inner.layers[-1] if self.structure == "last" and isinstance(inner, Chain) else inner)[0]

    def told(self, weights: Any, x: Any) -> Any:
        """The outcomes `(batch, outcome)` with other parameters in the place of `weights`."""
        net, inner = self.observed, self.observed.inner
        if self.structure == "last" and isinstance(inner, Chain):
            last = merge(weights, split(inner.layers[-1])[1])
            return net.set(inner=inner.set(layers=(*inner.layers[:-1], last)))(x)
        return net.set(inner=merge(weights, split(inner)[1]))(x)

    def precisions(self) -> Array:
        """Of the prior of each of `weights`, in one row, at strength 1."""
        leaves = jax.tree.leaves(self.weights())
        inner = self.observed.inner
        own = inner.layers[-1] if self.structure == "last" and isinstance(inner, Chain) else inner
        return jnp.concatenate([jnp.full(a.size, tau) for a, tau in zip(leaves, prior_precisions(own, self.scale), strict=True)])

    def directions(self, key: Key, draws: int) -> Any:
        """How far drawn weights are from those found, each with an axis `draws` in front."""
        blocks = []
        for i, (modes, values) in enumerate(zip(self.modes, self.values, strict=True)):
            noise = normals(jax.random.fold_in(key, i), (draws, *values.shape)) / jnp.sqrt(values + self.strength)
            blocks.append(jnp.einsum("ij,dj->di", modes[0], noise) if len(modes) == 1 else modes[0] @ noise @ modes[1].T)
        if self.structure != "kronecker":
            return unflat(blocks[0], self.weights())
        return with_kernels(self.weights(), blocks)

    def outcomes(self, x: Any, key: Key, draws: int) -> Float[Array, "draws batch outcome"]:
        weights, directions = self.weights(), self.directions(key, draws)
        told, push = jax.linearize(lambda w: self.told(w, x), weights)
        return told + jax.vmap(push)(directions)

    def covariance(self) -> Array:
        """Of the uncertain parameters, in the order of their leaves; for "full" and "last"."""
        modes = self.modes[0][0]
        return (modes / (self.values[0] + self.strength)) @ modes.T


def with_kernels(weights: Any, blocks: list[Array]) -> Any:
    """The tree of a chain's parameters with those of its Dense layers replaced by blocks `(draws, in and bias, units)`."""
    left = iter(blocks)

    def replaced(layer: Any) -> Any:
        if isinstance(layer, Chain):
            return layer.set(layers=tuple(replaced(part) for part in layer.layers))
        if not isinstance(layer, Dense):
            return layer
        block = next(left)
        return layer.set(kernel=block) if layer.bias is None else layer.set(kernel=block[:, :-1], bias=block[:, -1])

    return replaced(weights)


class StrongPrior(Record):
    """strength · Σ τ w² / (2 rows), as a penalty: −log of the prior, at the strength that the network has come to."""

    def __call__(self, net: Any, x: Any) -> Float[Array, ""]:
        leaves = jax.tree.leaves(split(net.observed.inner)[0])
        taus = prior_precisions(net.observed.inner, net.scale)
        return (
            0.5 * net.strength * sum((tau * jnp.sum(w * w) for w, tau in zip(leaves, taus, strict=True)), jnp.zeros(())) / net.observed.rows
        )


class Laplace(ByDraws):
    """The most probable weights by gradients; then, from one more look at the rows, the curvature there and its modes.

    Fields:
        rule, draws: as of `ByDraws`.
        hessian: take the whole Hessian rather than Gauss and Newton's part of it.
        tune: whether strength of the prior and learned noise are those of the largest evidence.

    Reference: D. MacKay, "A practical Bayesian framework for backpropagation networks", Neural Computation 4, 1992.
    """

    hessian: bool = False
    tune: bool = True

    def survey(self, net: Curved, batch: Batch) -> Any:
        share, kind = batch.weight * batch.valid, net.observed.noise
        x = batch.x.astype(jnp.float32)
        if net.structure == "kronecker":
            scaled = (x - net.observed.middle) / net.observed.spread
            curvature: Any = kronecker(net.observed.inner, scaled, net.observed.express, share, kind)
        elif self.hessian:
            start = net.weights()
            price = lambda w: -jnp.sum(share * log_likelihood(net.told(unflat(w, start), x), batch.y))  # noqa: E731
            curvature = jax.hessian(price)(flat(start))
        else:
            curvature = gauss_newton(net.told, net.weights(), x, share, kind)
        misfit = jnp.zeros(())
        if kind != "classes":
            mean, log_sigma = jnp.split(net.observed(x), 2, axis=1)
            misfit = jnp.sum(share[:, None] * ((batch.y.reshape(len(x), -1) - mean) * jnp.exp(-log_sigma)) ** 2)
        return {"curvature": curvature, "misfit": misfit, "rows": jnp.sum(share)}

    def digest(self, net: Curved, memo: Any, sums: Any) -> tuple[Curved, Any]:
        modes, values = kronecker_modes(net, sums) if net.structure == "kronecker" else [[m] for m in whole_modes(net, sums["curvature"])]
        strength, noise = float(net.strength), 1.0
        everything = np.concatenate([v.reshape(-1) for v in values])
        if self.tune:
            size = float(jnp.sum(net.precisions() * flat(net.weights()) ** 2))
            learned = net.observed.noise == "learned"
            strength, noise = best_strength(everything, size, sums["misfit"], sums["rows"] * net.observed.targets, learned)
        if not self.hessian:
            values = [np.maximum(v, 0) for v in values]
        elif everything.min() / noise + strength <= 0:
            what = (
                f"the Hessian is not positive definite: its least eigenvalue is {everything.min():.3g} where the prior's is {strength:.3g}"
            )
            raise DataError(
                what, remedy="train longer or at a lower rate, to a maximum; or leave hessian out: Gauss and Newton's part never fails"
            )
        observed = net.observed
        if noise != 1.0:
            observed = observed.set(level=observed.level + 0.5 * np.log(noise))
        told = [jnp.asarray(v / noise, jnp.float32) for v in values]
        blocks = tuple(tuple(jnp.asarray(m, jnp.float32) for m in (block if isinstance(block, tuple) else (block,))) for block in modes)
        after = {"modes": blocks, "values": tuple(told), "strength": jnp.float32(strength), "known": jnp.ones(())}
        return net.set(observed=observed, **after), memo


def whole_modes(net: Curved, curvature: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Directions and curvatures in units of the prior's precision P: P^-½ Q of P^-½ H P^-½ = Q diag(values) Qᵀ."""
    scale = 1 / np.sqrt(np.asarray(net.precisions(), np.float64))
    values, vectors = np.linalg.eigh(scale[:, None] * (curvature + curvature.T) / 2 * scale)
    return scale[:, None] * vectors, values


def kronecker_modes(net: Curved, sums: Any) -> tuple[list[tuple[np.ndarray, np.ndarray]], list[np.ndarray]]:
    """The same for each Dense layer, whose curvature is inputs ⊗ outputs / rows."""
    modes, all_values = [], []
    for layer, factors in zip(dense_layers(net.observed.inner), sums["curvature"], strict=True):
        taus = np.full(len(factors.inputs), float(len(layer.kernel)))
        taus[len(layer.kernel) :] = 1.0
        scale = net.scale / np.sqrt(taus)
        a, inputs = np.linalg.eigh(scale[:, None] * factors.inputs * scale)
        b, outputs = np.linalg.eigh(factors.outputs)
        modes.append((scale[:, None] * inputs, outputs))
        all_values.append(np.maximum(a, 0)[:, None] * np.maximum(b, 0) / sums["rows"])
    return modes, all_values
