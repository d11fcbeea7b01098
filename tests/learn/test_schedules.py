"""Schedules against their formulas, written out in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError
from neuralzoo.learn.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    FunctionSchedule,
    InverseTimeDecay,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
)


def half_cosine(done):
    return 0.5 * (1 + np.cos(np.pi * np.clip(done, 0, 1)))


def restarts(step, length=5.0, t_mul=2.0, m_mul=1.0, alpha=0.0):
    height = 1.0
    while step >= length:
        step, length, height = step - length, length * t_mul, height * m_mul
    return 0.1 * (alpha + (1 - alpha) * height * half_cosine(step / length))


def one_cycle(step):  # as torch.optim.lr_scheduler.OneCycleLR(max_lr=1, total_steps=20)
    low, last, top, end = 1 / 25, 1 / 25 / 1e4, 0.3 * 20 - 1, 19
    if step <= top:
        return 1 + (low - 1) * half_cosine(step / top)
    return last + (1 - last) * half_cosine((step - top) / (end - top))


CASES = [
    (ExponentialDecay(0.1, 7, 0.5), lambda s: 0.1 * 0.5 ** (s / 7)),
    (ExponentialDecay(0.1, 7, 0.5, staircase=True), lambda s: 0.1 * 0.5 ** (s // 7)),
    (InverseTimeDecay(0.1, 7, 0.5), lambda s: 0.1 / (1 + 0.5 * s / 7)),
    (InverseTimeDecay(0.1, 7, 0.5, True), lambda s: 0.1 / (1 + 0.5 * (s // 7))),
    (PiecewiseConstantDecay([5, 10], [1.0, 0.5, 0.1]), lambda s: 1.0 if s <= 5 else 0.5 if s <= 10 else 0.1),
    (PolynomialDecay(0.1, 20), lambda s: 0.0001 + 0.0999 * (1 - min(s, 20) / 20)),
    (PolynomialDecay(0.1, 20, 0.01, 2.0, True), lambda s: 0.01 + 0.09 * (1 - s / (20 * max(1, -(-s // 20)))) ** 2),
    (CosineDecay(0.1, 20, 0.2), lambda s: 0.1 * (0.2 + 0.8 * half_cosine(s / 20))),
    (
        CosineDecay(0.01, 20, warmup_target=0.1, warmup_steps=5),
        lambda s: 0.01 + 0.09 * s / 5 if s < 5 else 0.1 * half_cosine((s - 5) / 20),
    ),
    (CosineDecayRestarts(0.1, 5), restarts),
    (CosineDecayRestarts(0.1, 5, 1.5, 0.8, 0.1), lambda s: restarts(s, 5.0, 1.5, 0.8, 0.1)),
    (CosineDecayRestarts(0.1, 5, 1.0), lambda s: restarts(s, 5.0, 1.0)),
    (CosineDecayRestarts(0.1, 5, 3.0), lambda s: restarts(s, 5.0, 3.0)),
    (OneCycle(1.0, 20), lambda s: one_cycle(min(s, 19))),
    (FunctionSchedule(lambda s: 0.1 / (1 + s)), lambda s: 0.1 / (1 + s)),
]
IDS = [repr(case[0]) for case in CASES]


@pytest.mark.parametrize(("schedule", "formula"), CASES, ids=IDS)
def test_schedule_equals_its_formula_traced_and_not(schedule, formula):
    steps = np.arange(70)
    expected = [formula(int(s)) for s in steps]
    np.testing.assert_allclose(jax.jit(jax.vmap(schedule))(jnp.asarray(steps)), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose([float(schedule(s)) for s in (0, 5, 13)], [formula(s) for s in (0, 5, 13)], rtol=1e-4, atol=1e-6)


def test_restarts_happen_at_the_very_step():
    schedule = CosineDecayRestarts(1.0, 1000)
    steps = jnp.array([1000, 3000, 7000, 15000, 31000])  # sums of powers of two, where a logarithm may round down
    np.testing.assert_allclose(jax.vmap(schedule)(steps), 1.0, rtol=1e-5)
    assert float(jnp.max(jax.vmap(schedule)(steps - 1))) < 1e-5


def test_boundaries_and_values_must_fit():
    with pytest.raises(ArgumentError, match="one value more"):
        PiecewiseConstantDecay([1, 2], [0.1, 0.2])
    with pytest.raises(ArgumentError, match="rising"):
        PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3])


def test_equal_schedules_are_equal_and_hash_alike():
    one, two = PiecewiseConstantDecay([5, 10], [1.0, 0.5, 0.1]), PiecewiseConstantDecay((5, 10), (1.0, 0.5, 0.1))
    assert one == two
    assert hash(one) == hash(two)
