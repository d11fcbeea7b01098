"""Every optimizer's first steps, against the same steps by hand in NumPy (Keras's formulas)."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neuralzoo.core.errors import ArgumentError
from neuralzoo.learn.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lamb,
    Lion,
    Nadam,
    OptaxOptimizer,
    Optimizer,
    RMSprop,
    optimizer_named,
    optimizers,
)
from neuralzoo.learn.schedules import CosineDecay, FunctionSchedule

RATE, EPS = 0.1, 1e-7
W = np.array([[1.0, -2.0], [0.5, 3.0]])
GRADIENTS = np.random.default_rng(0).normal(size=(4, 2, 2)) * np.array([1.0, 0.01, 3.0, 1e-4])[:, None, None]


def sgd(w, gs, momentum=0.0, nesterov=False):
    velocity = 0.0
    for g in gs:
        velocity = momentum * velocity - RATE * g
        w = w + (momentum * velocity - RATE * g if nesterov else velocity)
    return w


def rmsprop(w, gs, rho=0.9, momentum=0.0, centered=False):
    v = mean = inertia = 0.0
    for g in gs:
        v = rho * v + (1 - rho) * g**2
        mean = rho * mean + (1 - rho) * g
        inertia = momentum * inertia + RATE * g / np.sqrt(v - centered * mean**2 + EPS)
        w = w - inertia
    return w


def adam(w, gs, b1=0.9, b2=0.999, amsgrad=False, decay=0.0):
    m = v = largest = 0.0
    for t, g in enumerate(gs, 1):
        w = w - RATE * decay * w
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        largest = np.maximum(largest, v)
        alpha = RATE * np.sqrt(1 - b2**t) / (1 - b1**t)
        w = w - alpha * m / (np.sqrt(largest if amsgrad else v) + EPS)
    return w


def adamax(w, gs, b1=0.9, b2=0.999):
    m = u = 0.0
    for t, g in enumerate(gs, 1):
        m, u = b1 * m + (1 - b1) * g, np.maximum(b2 * u, abs(g))
        w = w - RATE / (1 - b1**t) * m / (u + EPS)
    return w


def nadam(w, gs, b1=0.9, b2=0.999):
    m = v = 0.0
    product = 1.0
    for t, g in enumerate(gs, 1):
        now, coming = b1 * (1 - 0.5 * 0.96**t), b1 * (1 - 0.5 * 0.96 ** (t + 1))
        product *= now
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        ahead = coming * m / (1 - product * coming) + (1 - now) * g / (1 - product)
        w = w - RATE * ahead / (np.sqrt(v / (1 - b2**t)) + EPS)
    return w


def adagrad(w, gs):
    a = 0.1
    for g in gs:
        a = a + g**2
        w = w - RATE * g / np.sqrt(a + EPS)
    return w


def adadelta(w, gs, rho=0.95):
    v = d = 0.0
    for g in gs:
        v = rho * v + (1 - rho) * g**2
        step = np.sqrt(d + EPS) / np.sqrt(v + EPS) * g
        d = rho * d + (1 - rho) * step**2
        w = w - RATE * step
    return w


def lion(w, gs, b1=0.9, b2=0.99):
    m = 0.0
    for g in gs:
        w = w - RATE * np.sign(b1 * m + (1 - b1) * g)
        m = b2 * m + (1 - b2) * g
    return w


def lamb(w, gs, b1=0.9, b2=0.999):
    m = v = 0.0
    for t, g in enumerate(gs, 1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        step = m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + EPS)
        w = w - RATE * np.linalg.norm(w) / np.linalg.norm(step) * step
    return w


CASES = [
    (SGD(RATE), sgd),
    (SGD(RATE, momentum=0.9), lambda w, g: sgd(w, g, 0.9)),
    (SGD(RATE, 0.9, True), lambda w, g: sgd(w, g, 0.9, True)),
    (RMSprop(RATE), rmsprop),
    (RMSprop(RATE, 0.8, 0.5, centered=True), lambda w, g: rmsprop(w, g, 0.8, 0.5, True)),
    (Adam(RATE), adam),
    (Adam(RATE, 0.8, 0.99, amsgrad=True), lambda w, g: adam(w, g, 0.8, 0.99, True)),
    (Adam(RATE, weight_decay=0.02), lambda w, g: adam(w, g, decay=0.02)),
    (AdamW(RATE), lambda w, g: adam(w, g, decay=0.004)),
    (AdamW(RATE, 0.02), lambda w, g: adam(w, g, decay=0.02)),
    (Adamax(RATE), adamax),
    (Nadam(RATE), nadam),
    (Adagrad(RATE), adagrad),
    (Adadelta(RATE), adadelta),
    (Lion(RATE), lion),
    (Lamb(RATE), lamb),
    (OptaxOptimizer(transformation=optax.sgd(RATE)), sgd),
]
IDS = [repr(case[0])[:60] for case in CASES]


def walk_down(optimizer: Optimizer, w, gradients):
    """The parameters after each step."""
    rule = optimizer.direction()
    rate = 1.0 if optimizer.learning_rate is None else optimizer.learning_rate

    @jax.jit
    def step(params, state, gradient):
        update, state = rule.update(gradient, state, params)
        return jax.tree.map(lambda p, u: p + rate * u, params, update), state

    params = {"w": jnp.asarray(w, jnp.float32), "none": None}  # None is what `split` leaves in place of fixed arrays
    state, path = rule.init(params), []
    for gradient in gradients:
        params, state = step(params, state, {"w": jnp.asarray(gradient, jnp.float32), "none": None})
        path.append(np.asarray(params["w"]))
    return path


@pytest.mark.parametrize(("optimizer", "by_hand"), CASES, ids=IDS)
def test_steps_equal_those_by_hand(optimizer, by_hand):
    for count, w in enumerate(walk_down(optimizer, W, GRADIENTS), 1):
        np.testing.assert_allclose(w, by_hand(W, GRADIENTS[:count]), rtol=2e-5, atol=2e-6)


def test_every_registered_optimizer_is_checked_here():
    assert {type(optimizer) for optimizer, _ in CASES} >= set(optimizers.values())


@pytest.mark.parametrize("kind", sorted({kind.__name__ for kind in optimizers.values()}))
def test_every_optimizer_descends_a_parabola_and_stays_finite_at_its_floor(kind):
    optimizer = optimizers[kind](learning_rate=1.0 if kind == "Adadelta" else 0.02)
    rule, floor = optimizer.direction(), jnp.array([0.8, -1.5])

    def step(carry, _):
        w, state = carry
        direction, state = rule.update(2 * (w - floor), state, w)
        return (w + optimizer.learning_rate * direction, state), None

    walk = jax.jit(lambda w: jax.lax.scan(step, (w, rule.init(w)), length=100)[0][0])
    start = jnp.array([1.0, -2.0])
    assert np.linalg.norm(walk(start) - floor) < 0.7 * np.linalg.norm(start - floor)
    assert np.all(np.isfinite(walk(floor)))


def test_a_centered_rmsprop_survives_a_large_constant_gradient():
    path = walk_down(RMSprop(1e-3, centered=True), W, np.full((200, 2, 2), 1234.567))
    assert np.all(np.isfinite(path[-1]))


def test_clipping_by_value_norm_and_global_norm():
    two = {"a": jnp.array([3.0, 4.0]), "b": jnp.array([0.0, 12.0])}
    zero = jax.tree.map(jnp.zeros_like, two)

    def clipped(optimizer):
        rule = optimizer.direction()
        update, _ = rule.update(two, rule.init(zero), zero)
        return {name: (-value).tolist() for name, value in update.items()}

    assert clipped(SGD(clipvalue=3.5)) == {"a": [3.0, 3.5], "b": [0.0, 3.5]}
    np.testing.assert_allclose(clipped(SGD(clipnorm=6.0))["a"], [3.0, 4.0], rtol=1e-6)
    np.testing.assert_allclose(clipped(SGD(clipnorm=6.0))["b"], [0.0, 6.0], rtol=1e-6)
    np.testing.assert_allclose(clipped(SGD(global_clipnorm=6.5))["a"], [1.5, 2.0], rtol=1e-6)
    np.testing.assert_allclose(clipped(SGD(global_clipnorm=6.5))["b"], [0.0, 6.0], rtol=1e-6)
    with pytest.raises(ArgumentError, match="one way only"):
        SGD(clipnorm=1.0, clipvalue=1.0)


def test_names_classes_records_schedules_and_transformations_are_understood():
    assert optimizer_named("rmsprop") == RMSprop()
    assert optimizer_named("adamw") == AdamW()
    assert optimizer_named("SGD") == SGD(0.01)
    assert optimizer_named(Adam) == Adam(0.001)
    assert Adam(CosineDecay(1e-3, 100)).learning_rate == CosineDecay(1e-3, 100)
    assert isinstance(SGD(lambda step: 0.1 / (1 + step)).learning_rate, FunctionSchedule)
    wrapped = optimizer_named(optax.adabelief(1e-3))
    assert isinstance(wrapped, OptaxOptimizer)
    assert wrapped.learning_rate is None
    assert hash(wrapped) == hash(wrapped)
    with pytest.raises(ArgumentError, match=r"(?i)did you mean 'rmsprop'"):
        optimizer_named("rmsprob")
    with pytest.raises(ArgumentError, match="no optimizer"):
        optimizer_named(3)
    with pytest.raises(ArgumentError, match="lr"):
        SGD(lr=0.1)
    with pytest.raises(ArgumentError, match=r"optax\.chain"):
        OptaxOptimizer(0.1, transformation=optax.sgd(0.1))


def test_an_optimizer_is_static_to_jax_and_equal_by_value():
    assert jax.tree.leaves(Adam(0.01)) == []
    assert Adam(0.01) == Adam(0.01)
    assert hash(Adam(0.01)) == hash(Adam(0.01))
    assert Adam(0.01) != Adam(0.02)
