"""Liquid state machines: the wiring's law, the neurons step by step, and what they can tell apart."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.zoo import LiquidStateMachine
from neuralzoo.zoo.liquid import LIKELY, spike_patterns
from neuralzoo.zoo.spiking import SilenceWarning

STEPS, TEMPLATES = 100, 4


@pytest.fixture(scope="module")
def patterns():
    return spike_patterns(templates=TEMPLATES, rows=240, steps=STEPS, rate=40.0)


@pytest.fixture(scope="module")
def machine(patterns):
    model = LiquidStateMachine((4, 4, 8), ridge=1.0)
    model.fit(patterns[0][:160], patterns[1][:160], verbose=0)
    return model


def test_near_neurons_are_connected_more_often(machine):
    places = np.stack(np.meshgrid(*map(np.arange, (4, 4, 8)), indexing="ij"), -1).reshape(-1, 3)
    squares = ((places[:, None] - places) ** 2).sum(-1)
    inhibitory, wires = np.asarray(machine.liquid.inhibitory), np.asarray(machine.liquid.recurrent)
    assert inhibitory.sum() == round(0.2 * 128) and (np.diag(wires) == 0).all()
    assert (wires[inhibitory] <= 0).all() and (wires[~inhibitory] >= 0).all()
    for one in "EI":
        for other in "EI":
            pairs = np.ix_((inhibitory == (one == "I")), (inhibitory == (other == "I")))
            chance = (LIKELY[one + other] * np.exp(-squares / 4) * (squares > 0))[pairs]
            spread = np.sqrt((chance * (1 - chance)).sum())
            assert abs((wires[pairs] != 0).sum() - chance.sum()) < 4 * spread + 1, one + other


def test_the_liquid_is_what_its_equations_say(machine, patterns):
    liquid, x = machine.liquid, patterns[0][:2].astype(float)
    kernel, wires = np.asarray(liquid.kernel, float), np.asarray(liquid.recurrent, float)
    v, current, spikes, trace, rest = (np.zeros((2, 128)) for _ in range(5))
    told = []
    for t in range(STEPS):
        current = np.exp(-1 / 3) * current + x[:, t] @ kernel + spikes @ wires
        v = np.where(rest > 0, 0, np.exp(-1 / 30) * v + (1 - np.exp(-1 / 3)) * current)
        spikes = (v >= 1).astype(float)
        v, rest = v * (1 - spikes), np.where(spikes > 0, 3, np.maximum(rest - 1, 0))
        trace = np.exp(-1 / 30) * trace + spikes
        told.append(spikes)
    assert spikes.shape == (2, 128) and np.sum(told) > 20
    np.testing.assert_array_equal(machine.spikes(x), np.swapaxes(told, 0, 1))
    np.testing.assert_allclose(machine.states(x), trace, rtol=1e-4, atol=1e-5)


def test_the_liquid_tells_apart_what_its_input_alone_does_not(machine, patterns):
    x, y = patterns
    fading, trace = np.exp(-1 / 30), np.zeros((240, 1))
    for t in range(STEPS):
        trace = fading * trace + x[:, t]
    design, wanted = np.c_[trace, np.ones(240)], np.eye(TEMPLATES)[y]
    solved = np.linalg.lstsq(design[:160], wanted[:160], rcond=None)[0]
    alone = np.mean((design[160:] @ solved).argmax(1) == y[160:])
    told = machine.evaluate(x[160:], y[160:], return_dict=True)["accuracy"]
    assert told > alone + 0.15 and told > 1 / TEMPLATES + 0.3


def test_copies_are_as_far_from_their_template_as_the_jitter_says():
    x, y = spike_patterns(templates=1, rows=400, steps=2000, rate=5.0, jitter=0.0)
    assert (x == x[0]).all() and (y == 0).all()
    moved, _ = spike_patterns(templates=1, rows=400, steps=2000, rate=5.0, jitter=4.0)
    first = [np.flatnonzero(row[:, 0])[0] for row in moved]
    assert 3.3 < np.std(first) < 4.7
    assert abs(np.mean(first) - np.flatnonzero(x[0, :, 0])[0]) < 1


def test_a_silent_liquid_is_named(patterns):
    with pytest.warns(SilenceWarning, match="no neuron of the liquid fires"):
        LiquidStateMachine((2, 2, 2), strength=(1e-3, 0.1)).meet(*patterns)


def test_what_cannot_be_is_refused(patterns):
    for wrong in ({"shape": (0, 1, 1)}, {"reach": -1.0}, {"dt": 0.0}, {"dt": 40.0}, {"synapse": 0.0}, {"fading": -1.0}, {"samples": 0}):
        with pytest.raises(ArgumentError) as caught:
            LiquidStateMachine(**wrong)
        assert caught.value.remedy
    with pytest.raises(DataError, match=r"\(rows, steps, inputs\)"):
        LiquidStateMachine().fit(patterns[0][:, :, 0], patterns[1])
    with pytest.raises(DataError, match="no targets"):
        LiquidStateMachine().fit(patterns[0])
    with pytest.raises(ArgumentError, match="patterns"):
        spike_patterns(rate=0.0)
