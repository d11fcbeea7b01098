"""Hamiltonian Monte Carlo without U-turns: weights drawn from the posterior itself, by blackjax's sampler."""

import importlib
import warnings
from functools import partial
from typing import Any, ClassVar, NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, fixed, merge, param, split
from neuralzoo.learn.curvature import flat, unflat
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.zoo.observed import log_likelihood, prior_precisions
from neuralzoo.zoo.posterior import Posterior, predictive_statistics, read_predictive

NOISE_PRIOR = (-1.0, 1.0)  # mean and standard deviation of log σ, standardised, where the noise is learned
FIRST_STEP = 0.1
DEEPEST = 2**10 - 1  # steps at which the sampler gives up doubling a trajectory


class DivergenceWarning(UserWarning):
    """Some trajectories left the energy that they should keep, so that the draws may miss narrow places of the posterior."""


class Report(NamedTuple):
    """What the sampler tells of a run.

    divergences: draws whose trajectory diverged. acceptance: the mean acceptance rate. steps: leapfrog steps in all, warm-up and draws.
    step: the length of a step. deepest: the share of draws that hit the limit of 2¹⁰ steps. effective: draws that as many independent
    ones would be worth, of the log density; repeats: R̂ of the two halves of it, 1 where they agree.
    """

    divergences: int
    acceptance: float
    steps: int
    step: float
    deepest: float
    effective: float
    repeats: float


def report_of(told: Any) -> Report:
    """The report that numbers stand for."""
    divergences, acceptance, steps, *others = (float(value) for value in told)
    return Report(round(divergences), acceptance, round(steps), *others)


class Drawn(Posterior):
    """A posterior as a list of networks: weights, one row for each draw.

    As deployed, the mean of all their outcomes.

    Fields:
        kept: how many draws there are.
        scale: of the prior, see `prior_precisions`.
        weights: `(draws, weights)`, each network's in one row, the level of its noise last where it is learned.
        fared: a `Report`, as numbers.
    """

    kept: int = 500
    scale: float = 1.0
    weights: Built[Float[Array, "draws weights"]] = param()
    fared: Built[Float[Array, " report"]] = fixed()

    def build(self, x: Spec, key: Key) -> Self:
        net = self.set(observed=self.observed.build(x, key))
        return net.set(weights=jnp.tile(flat(split(net.observed)[0]), (self.kept, 1)), fared=jnp.zeros(len(Report._fields)))

    def __call__(self, x: Any) -> Any:
        return jnp.mean(self.told(self.weights, x), axis=0)

    def forward(self, x: Any, key: Key) -> tuple[Any, Self]:
        return self(x), self

    def told(self, weights: Float[Array, "draws weights"], x: Any) -> Float[Array, "draws batch outcome"]:
        """The outcomes of networks with these weights."""
        params, rest = split(self.observed)
        return jax.vmap(lambda row: merge(unflat(row, params), rest)(x))(weights)

    def outcomes(self, x: Any, key: Key, draws: int) -> Float[Array, "draws batch outcome"]:
        chosen = jnp.round(jnp.linspace(0, self.kept - 1, draws)).astype(int) if draws < self.kept else slice(None)
        return self.told(self.weights[chosen], x)

    def log_density(self, x: Any, y: Any, share: Any) -> Any:
        """The function `weights -> log posterior density` (up to a constant) for rows with their shares."""
        params, rest = split(self.observed)
        taus = prior_precisions(self.observed.inner, self.scale)
        sizes = [a.size for a in jax.tree.leaves(split(self.observed.inner)[0])]
        middle, precision = np.zeros(sum(sizes)), np.repeat(taus, sizes)
        if self.observed.noise == "learned":
            extra = np.ones(self.observed.targets)
            middle = np.concatenate([middle, NOISE_PRIOR[0] * extra])
            precision = np.concatenate([precision, extra / NOISE_PRIOR[1] ** 2])
        at, by = jnp.asarray(middle, jnp.float32), jnp.asarray(precision, jnp.float32)

        def density(row: Array) -> Array:
            told = log_likelihood(merge(unflat(row, params), rest)(x), y)
            return jnp.sum(told * share) - 0.5 * jnp.sum(by * (row - at) ** 2)

        return density


class RowsMemo(NamedTuple):
    """Rows that `NoUTurn` has collected.

    x, y, share: in their order, with the weight of each. seen: how many of the pass that is under way; held: of the last whole one.
    key: the bits that draws begin with.
    """

    x: Any
    y: Any
    share: Float[Array, " rows"]
    seen: Any
    held: Any
    key: Any


class NoUTurn(Learner):
    """Draws networks from p(weights | rows) ∝ p(y | x, weights) p(weights), all rows at once, each from where the last one was.

    Rows are collected first; once they are complete, `warmup` draws adapt the length of a step and the scale of each weight, and are
    thrown away. Another `fit` draws anew, from where the last draw was; its rows take the place of those before.

    Fields:
        warmup: draws to adapt by.
        target: the acceptance rate that the length of steps is adapted to; nearer to 1 for fewer divergences.
        x, y: the shape of one row and of its target, and their types: `((…), type)`. rows: for how many there is room.
        draws: networks that it is measured by.

    References: M. Hoffman, A. Gelman, "The No-U-Turn sampler", JMLR 15, 2014; A. Cabezas et al., "BlackJAX: composable Bayesian
    inference in JAX", arXiv:2402.10797, 2024.
    """

    once: ClassVar[bool] = True
    ordered: ClassVar[bool] = True

    warmup: int = 500
    target: float = 0.8
    x: tuple[Any, ...] = ()
    y: tuple[Any, ...] = ()
    rows: int = 0
    draws: int = 100

    def __post_init__(self) -> None:
        if self.warmup < 20 or not 0 < self.target < 1:
            raise ArgumentError(
                f"NoUTurn(warmup={self.warmup}, target={self.target}) is not possible",
                remedy="give 20 draws of warm-up or more, target in 0…1",
            )

    def check(self, net: Layer) -> None:
        sampler()
        if not isinstance(net, Drawn):
            raise ArgumentError(f"NoUTurn draws weights of a Drawn posterior, not of {net!r}", remedy="use it with NoUTurnNetwork")

    def init(self, net: Drawn) -> RowsMemo:
        x, y = (jnp.zeros((self.rows, *shape), dtype) for shape, dtype in (self.x, self.y))
        none = jnp.zeros((), jnp.int32)
        return RowsMemo(x, y, jnp.zeros(self.rows), none, none, jnp.zeros(2, jnp.uint32))

    def step(self, net: Drawn, memo: RowsMemo, batch: Batch, key: Key) -> tuple[Drawn, RowsMemo, dict[str, Any]]:
        counts = batch.valid > 0
        place = jnp.where(counts, memo.seen + jnp.cumsum(counts) - 1, self.rows)  # what is beyond the room is dropped
        new = batch.x.astype(memo.x.dtype), batch.y.astype(memo.y.dtype), batch.weight
        x, y, share = (old.at[place].set(rows, mode="drop") for old, rows in zip(memo[:3], new, strict=True))
        seen = (memo.seen + jnp.sum(counts)).astype(jnp.int32)
        return net, RowsMemo(x, y, share, seen, memo.held, jax.random.key_data(key).reshape(-1)[:2]), {"rows": jnp.sum(batch.valid)}

    def conclude(self, net: Drawn, memo: RowsMemo) -> tuple[Drawn, RowsMemo]:
        return net, memo._replace(seen=jnp.zeros_like(memo.seen), held=memo.seen)

    def finish(self, net: Drawn, memo: RowsMemo) -> Drawn:
        held = int(memo.held)
        if not held or int(memo.seen):  # nothing came yet, or rows are being collected
            return net
        if held > self.rows:
            what = f"{held} rows came, but there is room for {self.rows}"
            raise DataError(what, remedy="pass arrays, not a stream, or call meet(x, y) with all rows first")
        weights, told = _sample(net, memo, self.warmup, self.target)
        if not np.isfinite(np.asarray(weights)).all():
            raise DataError("the sampler met weights that are not finite", remedy="standardise the rows, or take a narrower prior")
        report = report_of(told)
        if report.divergences:
            what = f"{report.divergences} of {net.kept} draws diverged: they may miss narrow places of the posterior"
            warnings.warn(
                f"{what}. Take a target nearer to 1, as 0.95, a longer warm-up, or a narrower prior.", DivergenceWarning, stacklevel=2
            )
        return net.set(weights=weights, fared=told)

    def assess(self, net: Drawn, batch: Batch) -> dict[str, Any]:
        return predictive_statistics(net, batch, min(self.draws, net.kept))

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        return read_predictive(logs)


def sampler() -> Any:
    """blackjax; raises `NotReadyError` where it is not installed."""
    try:
        return importlib.import_module("blackjax")
    except ImportError as error:
        remedy = "pip install 'neuralzoo[bayes]', or use LaplaceNetwork or BayesByBackprop, which need nothing more"
        raise NotReadyError("drawing weights without U-turns takes the package blackjax, which is not installed", remedy=remedy) from error


@partial(jax.jit, static_argnames=("warmup", "target"))
def _sample(net: Drawn, memo: RowsMemo, warmup: int, target: float) -> tuple[Array, Array]:
    """The draws, and what `Report` has of them; the sampler works on all weights in one row, the quickest form for a small network."""
    blackjax = sampler()
    density = net.log_density(memo.x, memo.y, memo.share)
    warming, drawing = jax.random.split(jax.random.wrap_key_data(memo.key))
    adapt = blackjax.window_adaptation(blackjax.nuts, density, initial_step_size=FIRST_STEP, target_acceptance_rate=target)
    (state, found), before = adapt.run(warming, net.weights[-1], num_steps=warmup)
    step = blackjax.nuts(density, **found).step

    def once(state: Any, key: Key) -> Any:
        state, info = step(key, state)
        return state, (state.position, state.logdensity, info.is_divergent, info.acceptance_rate, info.num_integration_steps)

    _, (weights, densities, diverged, accepted, taken) = lax.scan(once, state, jax.random.split(drawing, net.kept))
    halves = densities[: net.kept // 2 * 2].reshape(2, -1)
    effective = blackjax.diagnostics.effective_sample_size(densities[None])
    repeats = blackjax.diagnostics.potential_scale_reduction(halves)
    steps = jnp.sum(taken) + jnp.sum(before.info.num_integration_steps)
    told = (jnp.sum(diverged), jnp.mean(accepted), steps, found["step_size"], jnp.mean(taken >= DEEPEST), effective, repeats)
    return weights, jnp.stack([jnp.float32(value).reshape(()) for value in told])
