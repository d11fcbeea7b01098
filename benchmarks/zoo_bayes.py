"""Bayesian networks 1-50-1 on 100 rows of a wave, noise known: draws without U-turns, and a mean field by gradients. float32.

NUTS: 500 draws to warm up and 500 to keep, target 0.8, diagonal scales. Mean field: 2,000 steps of Adam, each averaging 10 draws of all
weights, local reparameterisation off. Priors are alike: weights ± 1 for one input, ± 1 / √50 behind the hidden units, biases ± 1.
"""

import time

from benchmarks.contender import CACHED, Contenders, quick, tell
from benchmarks.table import Column, Target, at_most

HIDDEN, NOISE, SAMPLES = 50, 0.1, 10
KEPT, STEPS = (50, 200) if quick() else (500, 2000)

TITLE = "Bayesian networks, 1-50-1 on 100 rows"
ROUNDS = 3
MAIN = "nuts_s"
REFERENCE = "neuralzoo"
COLUMNS = (
    Column("nuts_s", "s, NUTS, 500 + 500 draws", 2),
    Column("field_s", "s, mean field, 2,000 steps", 2),
    Column("leaps", "leapfrog steps", 0),
    Column("leap_us", "µs a leapfrog step", 1),
    Column("first_s", "s for the first NUTS", 1),
)
NOTES = (
    "Seconds of the second run, when all is compiled; the better of two. Lengths of trajectories differ from draw to draw and so from "
    "library to library: µs a leapfrog step leaves that out. neuralzoo's sampler is BlackJAX's, on its own log-density."
)

contenders = Contenders()


def targets() -> list[Target]:
    return [
        at_most("leap_us", "neuralzoo", 1.05, ["blackjax"], "a leapfrog step as fast as BlackJAX's"),
        at_most("field_s", "neuralzoo", 1.0, ["blackjax"], "mean field faster than BlackJAX's"),
    ]


def rows():
    import numpy as np

    draws = np.random.default_rng(0)
    x = np.sort(draws.uniform(-2, 2, (100, 1)), axis=0).astype(np.float32)
    return x, (np.sin(3 * x[:, 0]) + NOISE * draws.normal(size=100)).astype(np.float32)


def race(nuts, field) -> None:
    """Time both; `nuts()` returns the leapfrog steps that it took, draws and warm-up together."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        leaps = nuts()
        took.append(time.perf_counter() - began)
    tell(first_s=took[0], nuts_s=min(took[1:]), leaps=leaps, leap_us=min(took[1:]) / leaps * 1e6)
    took = []
    for _ in range(4):
        began = time.perf_counter()
        field()
        took.append(time.perf_counter() - began)
    tell(field_s=min(took[1:]))


@contenders.add("neuralzoo", "neuralzoo", "blackjax", **CACHED)
def neuralzoo() -> None:
    import warnings

    from neuralzoo.zoo import BayesByBackprop, NoUTurnNetwork

    x, y = rows()
    warnings.simplefilter("ignore", UserWarning)  # draws that diverge
    settings = {"noise": NOISE, "standardize": False}
    sampled = NoUTurnNetwork((HIDDEN,), draws=KEPT, warmup=KEPT, **settings)
    field = BayesByBackprop((HIDDEN,), draws=SAMPLES, local=False, **settings)

    def nuts() -> int:
        sampled.net = (
            sampled.net if not sampled.built else sampled.net.set(weights=0 * sampled.net.weights)
        )  # all begin at the prior's middle
        sampled.fit(x, y, verbose=0)
        return sampled.report().steps

    race(nuts, lambda: field.fit(x, y, batch_size=len(x), epochs=STEPS, verbose=0))


def log_density(x, y):
    import jax.numpy as jnp

    def density(w):
        told = jnp.tanh(x * w["a"] + w["b"]) @ w["v"] + w["c"]
        prior = jnp.sum(w["a"] ** 2) + jnp.sum(w["b"] ** 2) + HIDDEN * jnp.sum(w["v"] ** 2) + w["c"] ** 2
        return -0.5 * jnp.sum((y - told) ** 2) / NOISE**2 - 0.5 * prior

    return density


def start():
    import jax.numpy as jnp

    return {"a": jnp.zeros(HIDDEN), "b": jnp.zeros(HIDDEN), "v": jnp.zeros(HIDDEN), "c": jnp.zeros(())}


@contenders.add("BlackJAX", "blackjax")
def blackjax() -> None:
    import blackjax
    import jax
    import optax

    density, begin = log_density(*rows()), start()

    @jax.jit
    def sample(key):
        warming, drawing = jax.random.split(key)
        adapt = blackjax.window_adaptation(blackjax.nuts, density, initial_step_size=0.1)
        (state, found), before = adapt.run(warming, begin, num_steps=KEPT)
        step = blackjax.nuts(density, **found).step

        def once(state, key):
            state, info = step(key, state)
            return state, (state.position, info.num_integration_steps)

        _, (drawn, taken) = jax.lax.scan(once, state, jax.random.split(drawing, KEPT))
        return drawn, taken.sum() + before.info.num_integration_steps.sum()

    approximation = blackjax.meanfield_vi(density, optax.adam(0.01), SAMPLES)

    @jax.jit
    def vary(key, state):
        return jax.lax.scan(
            lambda s, k: (lambda told: (told[0], told[1].elbo))(approximation.step(k, s)), state, jax.random.split(key, STEPS)
        )

    race(
        lambda: int(jax.block_until_ready(sample(jax.random.key(0)))[1]),
        lambda: jax.block_until_ready(vary(jax.random.key(0), approximation.init(begin))),
    )


@contenders.add("NumPyro", "numpyro")
def numpyro() -> None:
    import jax
    from numpyro.infer import MCMC, NUTS

    density, begin = log_density(*rows()), start()
    chain = MCMC(NUTS(potential_fn=lambda w: -density(w)), num_warmup=KEPT, num_samples=KEPT, progress_bar=False)

    def nuts() -> int:
        chain.warmup(jax.random.key(0), init_params=begin, extra_fields=("num_steps",), collect_warmup=True)
        before = int(chain.get_extra_fields()["num_steps"].sum())
        chain.run(jax.random.key(1), extra_fields=("num_steps",))
        return before + int(chain.get_extra_fields()["num_steps"].sum())

    took = []
    for _ in range(3):
        began = time.perf_counter()
        leaps = nuts()
        took.append(time.perf_counter() - began)
    tell(first_s=took[0], nuts_s=min(took[1:]), leaps=leaps, leap_us=min(took[1:]) / leaps * 1e6)
