"""A trace is what training computes: the same outputs, gradients and changes, and the lectures' numbers."""

import json
import math
import xml.etree.ElementTree as ElementTree
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neuralzoo.core.errors import ArgumentError, NotReadyError, ShapeError
from neuralzoo.core.naming import paths_of
from neuralzoo.core.record import split
from neuralzoo.inspect import execute, trace, tracing
from neuralzoo.inspect.records import path_name
from neuralzoo.layers import (
    GRU,
    LSTM,
    BatchNormalization,
    Bidirectional,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Graph,
    Masking,
    MaxPooling2D,
    MultiHeadAttention,
    Node,
    Residual,
    SimpleRNN,
)
from neuralzoo.learn.perceptron import PerceptronRule
from neuralzoo.losses import HalfSquaredError
from neuralzoo.models import Sequential
from neuralzoo.optimizers import SGD, Adam
from neuralzoo.regularizers import L2
from neuralzoo.zoo import HopfieldNetwork, KohonenMap, RestrictedBoltzmannMachine, VariationalAutoencoder

DRAWS = np.random.default_rng(0)
ROWS = DRAWS.normal(size=(3, 4)).astype(np.float32)
MORE = DRAWS.normal(size=(16, 4)).astype(np.float32)  # for statistics of a batch: those of 3 rows magnify what is rounded
IMAGES = DRAWS.normal(size=(2, 6, 6, 2)).astype(np.float32)
SERIES = DRAWS.normal(size=(3, 5, 4)).astype(np.float32)
GAPS = np.where(np.arange(5)[:, None] < np.array([5, 3, 4])[:, None, None], SERIES, 0).astype(np.float32)
CODES = DRAWS.integers(1, 7, (3, 5))

jump = Graph([Node(Dense(3, "tanh"), name="hidden"), Node(Dense(2), ("input", "hidden"), name="out")])
NETS: dict[str, Any] = {  # layers, optimizer, loss, rows, targets
    "dense": ([Dense(5, "relu", kernel_regularizer=L2(0.1), input_shape=(4,)), Dropout(0.4), jump, Dense(3, "softmax")], "adam",
              "sparse_categorical_crossentropy", ROWS, np.array([0, 2, 1])),
    "residual": ([Dense(3, input_shape=(4,)), Residual([Dense(3, "tanh"), BatchNormalization(), Dropout(0.3)]), Dense(1)],
                 SGD(0.1, momentum=0.9), "mse", MORE, np.ones((16, 1))),
    "convolution": ([Conv2D(3, 3, activation="relu", input_shape=(6, 6, 2)), MaxPooling2D(2), Flatten(), Dense(1, "sigmoid")], "adam",
                    "binary_crossentropy", IMAGES, np.array([0, 1])),
    "recurrence": ([SimpleRNN(3, return_sequences=True, input_shape=(5, 4)), LSTM(2, dropout=0.2), Dense(1)], "adam", "mse", SERIES,
                   np.ones((3, 1))),
    "masked": ([Masking(input_shape=(5, 4)), Bidirectional(GRU(2, reset_after=False), merge_mode="sum"), Dense(2, "softmax")], "adam",
               "sparse_categorical_crossentropy", GAPS, np.array([0, 1, 1])),
    "steps": ([Embedding(7, 3, input_shape=(5,)), GRU(4, return_sequences=True), MultiHeadAttention(2, 2), Dense(7, "softmax")], "adam",
              "sparse_categorical_crossentropy", CODES, CODES),
}  # fmt: skip


def compiled(name):
    layers, optimizer, loss, x, y = NETS[name]
    model = Sequential(layers, seed=1)
    model.compile(optimizer, loss)
    return model, x, y


@pytest.fixture(scope="module", params=NETS)
def seen(request):
    """A model, its trace of one batch, the same as deployed, and the model after it learned that batch."""
    model, x, y = compiled(request.param)
    back, forth, again = trace(model, x, y), execute(model, x), compiled(request.param)[0]
    again.train_on_batch(x, y)
    return request.param, model, back, forth, again


def test_it_shows_every_layer_in_the_order_of_computation(seen):
    _, model, back, forth, _ = seen
    inner = [path for path in paths_of(model.net) if not path.endswith(("residual", "bidirectional", "graph"))]
    assert back.names == forth.names == inner


def test_what_it_ends_with_is_the_prediction(seen):
    _, model, _, forth, _ = seen
    assert np.allclose(forth.output, model.predict(forth.x), atol=1e-6)


def test_the_changes_are_those_that_training_makes(seen):
    _, model, back, _, again = seen
    changes = [array.change for layer in back.layers for array in layer.arrays if array.change is not None]
    for old, new, change in zip(*(jax.tree.leaves(split(m.net)[0]) for m in (model, again)), changes, strict=True):
        assert np.allclose(old + change, new, rtol=1e-5, atol=2e-6)
    after = {c.name: c.after for c in back.changes}
    flat = {path_name(path): array for path, array in jax.tree_util.tree_flatten_with_path({"net": again.net, "memo": again.memo})[0]}
    assert after and all(np.allclose(array, flat[name], rtol=1e-5, atol=2e-6) for name, array in after.items())


def test_the_loss_and_the_gradients_are_those_of_jax(seen):
    name, model, back, _, _ = seen
    x, y = NETS[name][3:]
    learner, key = model.learner, jax.random.fold_in(jax.random.fold_in(model.key, 1), 0)

    def objective(net):
        outputs, _ = net.forward(jnp.asarray(x), key)
        penalty = 0.1 * jnp.sum(net.layers[0].kernel ** 2) if name == "dense" else 0.0
        return jnp.mean(learner.loss.rows(jnp.asarray(y), outputs)) + penalty

    value, slopes = jax.jit(jax.value_and_grad(objective))(model.net)
    assert back.loss == pytest.approx(float(value), rel=1e-5)
    mine = [array.gradient for layer in back.layers for array in layer.arrays]
    for found, wanted in zip(mine, jax.tree.leaves(slopes), strict=True):
        assert found is None or np.allclose(found, wanted, rtol=2e-4, atol=2e-6)


def test_a_gradient_is_made_of_deltas_and_inputs(seen):
    """∂E/∂w = input · δ, summed over rows and over places or steps; ∂E/∂b = Σ δ."""
    name, _, back, _, _ = seen
    for layer in back.layers:
        if layer.delta is None or layer.kind in ("BatchNormalization", "Embedding", "GRU", "LSTM"):
            continue
        delta = layer.delta.reshape(-1, layer.delta.shape[-1])
        assert np.allclose(layer["bias"].gradient, delta.sum(0), rtol=1e-4, atol=1e-6)
        if layer.kind == "Dense":
            slope = layer.input.reshape(len(delta), -1).T @ delta + (
                0.2 * layer["kernel"].value if name == "dense" and layer.name == "dense" else 0
            )
            assert np.allclose(layer["kernel"].gradient, slope, rtol=1e-4, atol=1e-6)
        elif layer.kind == "SimpleRNN":
            before = np.concatenate([np.zeros_like(layer.inside["state"][0][:, :1]), layer.inside["state"][0][:, :-1]], axis=1)
            assert np.allclose(layer["recurrent"].gradient, before.reshape(-1, before.shape[-1]).T @ delta, rtol=1e-4, atol=1e-6)


def test_it_goes_into_json_as_it_is(seen):
    back = seen[2]
    told = json.loads(json.dumps(back.to_dict()))
    assert [layer["name"] for layer in told["layers"]] == back.names and told["loss"] == pytest.approx(back.loss)
    assert np.allclose(told["layers"][0]["output"], back.layers[0].output)


def test_tables_words_and_figures_speak_of_every_layer(seen):
    _, _, back, forth, _ = seen
    page, told = str(back), "\n".join(back.steps(1))
    for layer in back.layers:
        assert layer.name in page and layer.name in told
    ElementTree.fromstring(back.svg(1))
    assert "δ" in page and "<svg" in back._repr_html_() and "δ" not in str(forth)


def test_the_output_error_goes_back_through_a_hidden_layer_as_in_the_lecture():
    """S2: δ₂ᵢ = yᵢ − tᵢ at linear outputs, δ₁ⱼ = f′(aⱼ) Σᵢ w₂ᵢⱼ δ₂ᵢ, ∂L/∂w₂₂₄ = δ₂₂ z₄, ∂L/∂w₁₁₁ = δ₁₁ x₁, for L = ½ Σ (yᵢ − tᵢ)²."""
    model = Sequential([Dense(4, "sigmoid", input_shape=(3,)), Dense(2)], seed=3)
    model.compile(SGD(0.5), HalfSquaredError())
    x, t = np.array([0.3, -0.8, 0.5]), np.array([1.0, -1.0])
    seen = trace(model, x, t)
    (w1, _), (w2, _) = (tuple(a.value.astype(np.float64) for a in layer.arrays) for layer in seen.layers)
    z = 1 / (1 + np.exp(-(x @ w1)))
    d2 = z @ w2 - t
    d1 = z * (1 - z) * (w2 @ d2)
    assert seen.loss == pytest.approx(0.5 * np.sum(d2**2), rel=1e-6)
    assert np.allclose(seen["dense_1"].delta[0], d2, atol=1e-6) and np.allclose(seen["dense"].delta[0], d1, atol=1e-6)
    assert seen["dense_1"]["kernel"].gradient[3, 1] == pytest.approx(d2[1] * z[3], rel=1e-5)
    assert seen["dense"]["kernel"].gradient[0, 0] == pytest.approx(d1[0] * x[0], rel=1e-5)
    assert np.allclose(seen["dense"]["kernel"].change, -0.5 * np.outer(x, d1), atol=1e-6)


def test_mitchells_deltas_of_sigmoid_units():
    """S2: δₖ = oₖ(1 − oₖ)(tₖ − oₖ) and δₕ = oₕ(1 − oₕ) Σ wₖₕ δₖ, where the change is +η δ x."""
    model = Sequential([Dense(3, "sigmoid", input_shape=(2,)), Dense(2, "sigmoid")], seed=0)
    model.compile(SGD(0.05), HalfSquaredError())
    seen = trace(model, [0.4, 0.9], [1.0, 0.0])
    o, h = seen["dense_1"].output[0], seen["dense"].output[0]
    out = o * (1 - o) * (np.array([1.0, 0.0]) - o)
    hidden = h * (1 - h) * (seen["dense_1"]["kernel"].value @ out)
    assert np.allclose(-seen["dense_1"].delta[0], out, atol=1e-6) and np.allclose(-seen["dense"].delta[0], hidden, atol=1e-6)
    assert np.allclose(seen["dense"]["kernel"].change, 0.05 * np.outer([0.4, 0.9], hidden), atol=1e-7)


@pytest.fixture(scope="module")
def lecture_rnn():
    model = Sequential([SimpleRNN(3, use_bias=False, return_sequences=True), Dense(4, "softmax", use_bias=False)])
    kernel = np.array([[0.6, 0.8, 0.4, 0.8], [0.2, 0.2, 0.8, 0.7], [0.9, 0.8, 0.1, 0.2]]).T
    recurrent = np.array([[0.1, 0.5, 0.1], [0.5, 0.9, 0.3], [0.3, 0.2, 0.1]]).T
    output = np.array([[0.9, 0.8, 0.3], [0.2, 0.3, 0.4], [0.6, 0.9, 0.1], [0.5, 0.0, 0.3]]).T
    model.build(jax.ShapeDtypeStruct((1, 1, 4), jnp.float32))
    model.set_weights([kernel, recurrent, output])
    model.compile(SGD(0.1), "sparse_categorical_crossentropy")
    return model


def test_the_recurrent_network_of_the_lecture_to_two_digits(lecture_rnn):
    """S1: a₁ = (.6, .2, .9), h₁ = (.54, .20, .72), y₁ = (.32, .21, .24, .22) for x₁ = (1, 0, 0, 0), h₀ = 0."""
    seen = execute(lecture_rnn, np.eye(4)[:1, None])
    cell = seen["simple_rnn"]
    assert cell.sum[0, 0].round(2).tolist() == pytest.approx([0.6, 0.2, 0.9])
    assert cell.inside["state"][0][0, 0].round(2).tolist() == pytest.approx([0.54, 0.20, 0.72])
    assert math.dist(np.floor(seen.output[0, 0] * 100 + 0.5) / 100, [0.32, 0.21, 0.24, 0.22]) < 0.011


def test_unrolled_in_time_each_step_is_the_equation(lecture_rnn):
    """S1: sₜ = tanh(U xₜ + W sₜ₋₁), yₜ = softmax(V sₜ); and the gradient at sₜ is what comes from yₜ plus what comes from sₜ₊₁."""
    seen = trace(lecture_rnn, np.eye(4)[None, [0, 2, 1]], np.array([[2, 1, 3]]))
    cell, out = seen["simple_rnn"], seen["dense"]
    u, w, v = cell["kernel"].value, cell["recurrent"].value, out["kernel"].value
    s, slopes = np.zeros(3), np.zeros(3)
    for t, code in enumerate([0, 2, 1]):
        s = np.tanh(u[code] + s @ w)
        assert np.allclose(cell.inside["state"][0][0, t], s, atol=1e-6)
    for t in (2, 1, 0):
        slopes = out.delta[0, t] @ v.T + (cell.delta[0, t + 1] @ w.T if t < 2 else 0)
        assert np.allclose(cell.state_gradient[0, t], slopes, atol=1e-6)
        assert np.allclose(cell.delta[0, t], slopes * (1 - cell.inside["state"][0][0, t] ** 2), atol=1e-6)


def test_gates_make_the_state():
    model = Sequential([LSTM(3, input_shape=(6, 2))], seed=2)
    cell = execute(model, DRAWS.normal(size=(2, 6, 2)).astype(np.float32))["lstm"]
    h, c = cell.inside["state"]
    i, f, g, o = (cell.inside[name] for name in ("input gate", "forget gate", "candidate", "output gate"))
    before = np.concatenate([np.zeros_like(c[:, :1]), c[:, :-1]], axis=1)
    assert np.allclose(c, f * before + i * g, atol=1e-6) and np.allclose(h, o * np.tanh(c), atol=1e-6)


def test_gradients_agree_with_finite_differences():
    model = Sequential([Dense(4, "tanh", input_shape=(3,)), Dense(2)], seed=5)
    model.compile(Adam(), "mse")
    x, y = DRAWS.normal(size=(4, 3)).astype(np.float32), DRAWS.normal(size=(4, 2)).astype(np.float32)
    seen = trace(model, x, y)
    kernels = [layer["kernel"] for layer in seen.layers]

    def loss(first, second):
        return np.mean((np.tanh(x.astype(float) @ first) @ second - y) ** 2)

    start, small = [k.value.astype(float) for k in kernels], 1e-5
    for which, kernel in enumerate(kernels):
        for place in np.ndindex(kernel.value.shape):
            around = []
            for step in (small, -small):
                moved = [a.copy() for a in start]
                moved[which][place] += step
                around.append(loss(*moved))
            assert kernel.gradient[place] == pytest.approx((around[0] - around[1]) / (2 * small), abs=1e-5)


def test_the_change_is_optaxs():
    model = Sequential([Dense(2, input_shape=(3,))], seed=0)
    model.compile(Adam(0.02), "mse")
    rows, targets = DRAWS.normal(size=(5, 3)).astype(np.float32), np.ones((5, 2))
    model.train_on_batch(rows, targets)
    model.train_on_batch(rows, targets)
    seen = trace(model, rows, targets)
    rule = optax.adam(0.02, eps=1e-7)
    kernel = jnp.asarray(Sequential([Dense(2, input_shape=(3,))], seed=0).get_weights()[0])
    bias = jnp.zeros(2)
    state, change = rule.init((kernel, bias)), None
    for _ in range(3):
        slopes = jax.grad(lambda p: jnp.mean((rows @ p[0] + p[1] - targets) ** 2))((kernel, bias))
        change, state = rule.update(slopes, state)
        kernel, bias = optax.apply_updates((kernel, bias), change)
    assert np.allclose(seen["dense"]["kernel"].change, change[0], rtol=1e-3, atol=1e-6)


def test_an_objective_that_goes_its_own_ways_still_shows_gradients_and_changes():
    x = DRAWS.uniform(size=(12, 6)).astype(np.float32)
    model = VariationalAutoencoder(2, (4,), seed=0)
    model.fit(x, epochs=1, verbose=0)
    seen, before = trace(model, x[:5]), model.get_weights()
    model.train_on_batch(x[:5])
    net = {c.name: c for c in seen.changes if c.name.startswith("net")}
    assert len(net) == len(before) and all(layer.delta is None for layer in seen.layers)
    for change, old, new in zip(net.values(), before, model.get_weights(), strict=True):
        assert np.array_equal(change.before, old) and np.allclose(change.after, new, atol=1e-6)


def test_a_map_draws_its_units_to_a_row():
    x = DRAWS.uniform(size=(40, 2)).astype(np.float32)
    lattice = KohonenMap((3, 4))
    lattice.fit(x, epochs=2, verbose=0)
    seen = trace(lattice, x[7])
    drawn = seen.reasons["drawn"][0]
    kernel = seen.layers[0]["kernel"]
    assert seen.reasons["winner"][0] == np.argmin(((kernel.value - x[7]) ** 2).sum(1)) == seen.layers[0].inside["winner"][0]
    assert np.allclose(kernel.change, drawn[:, None] * (x[7] - kernel.value), atol=1e-6)
    assert "net.kernel" in [c.name for c in seen.changes] and "what it goes by" in str(seen)


def test_contrastive_divergence_follows_the_difference_of_two_correlations():
    x = (DRAWS.uniform(size=(30, 6)) > 0.5).astype(np.float32)
    machine = RestrictedBoltzmannMachine(4, seed=1)
    machine.fit(x, epochs=2, verbose=0)
    seen, rule = trace(machine, x[:8]), machine.learner
    kernel = seen.layers[0]["kernel"]
    slope = seen.reasons["data"] - seen.reasons["chains"] - rule.decay * kernel.value
    wanted = rule.momentum * np.asarray(machine.memo.velocity.kernel) + rule.rate * slope
    assert np.allclose(kernel.change, wanted, atol=1e-6)
    again = machine.net.kernel
    machine.train_on_batch(x[:8])
    assert np.allclose(machine.net.kernel, again + kernel.change, atol=1e-6)


def test_a_memory_rolls_down_to_rest_and_one_more_pattern_changes_its_weights():
    patterns = np.sign(DRAWS.normal(size=(3, 40))).astype(np.float32)
    memory = HopfieldNetwork()
    memory.fit(patterns[:2], verbose=0)
    spoilt = np.where(np.arange(40) < 8, -1, 1) * patterns[:2]
    layer = execute(memory, spoilt).layers[0]
    assert (np.diff(layer.inside["energy"], axis=1) <= 1e-4).all()
    assert np.array_equal(layer.inside["states"][:, -1], memory.recall(spoilt)) and np.array_equal(layer.output, memory.recall(spoilt))
    seen = trace(memory, patterns[2])
    off = 1 - np.eye(40)
    assert np.allclose(seen.layers[0]["kernel"].change, off * np.outer(patterns[2], patterns[2]) / 40, atol=1e-6)
    assert seen.layers[0]["kernel"].gradient is None


def test_a_perceptron_changes_where_it_is_mistaken():
    neuron = Sequential([Dense(1, "step", input_shape=(2,))])
    neuron.compile(learner=PerceptronRule(0.3))
    x, y = np.array([[2.0, 1.0], [-1.0, -2.0], [1.5, 2.0]]), np.array([1, 0, 1])
    neuron.fit(x, y, epochs=20, verbose=0)
    assert not trace(neuron, x, y).changes
    wrong = trace(neuron, x[0], 0)
    assert np.allclose(wrong.layers[0]["kernel"].change[:, 0], -neuron.learner.rate * x[0])


def test_deployed_leaves_noise_and_batch_statistics_out():
    model, x, y = compiled("residual")
    seen, noisy = trace(model, x, y, deployed=True), trace(model, x, y)["residual/dropout"]
    assert np.array_equal(seen["residual/dropout"].input, seen["residual/dropout"].output)
    assert not np.array_equal(noisy.input, noisy.output)
    assert np.allclose(seen.output, model.predict(x), atol=1e-6)


def test_the_second_trace_does_not_compile_and_nothing_changes():
    model, x, y = compiled("dense")
    trace(model, x, y)
    weights, size = model.get_weights(), tracing._backward._cache_size()
    trace(model, x + 1, y)
    assert tracing._backward._cache_size() == size and model.count == 0
    assert all(np.array_equal(a, b) for a, b in zip(weights, model.get_weights(), strict=True))


def test_errors_say_what_to_do():
    model, x, y = compiled("dense")
    with pytest.raises(ArgumentError, match=r"no layer named 'dens'(.|\n)*dense, dense_1"):
        trace(model, x, y)["dens"]
    with pytest.raises(ArgumentError, match="no array 'kernl'"):
        trace(model, x, y)["dense"]["kernl"]
    with pytest.raises(ArgumentError, match="no example 3: the trace has 3"):
        trace(model, x, y).table(3)
    with pytest.raises(NotReadyError, match="cannot be traced before it knows the shape"):
        trace(Sequential([Dense(2)]), x)
    with pytest.raises(ShapeError, match=r"examples of shape \(4,\), but x has shape \(3, 5\)"):
        execute(model, np.ones((3, 5)))
    with pytest.raises(NotReadyError, match="before it was compiled"):
        trace(Sequential([Dense(2, input_shape=(4,))]), x, np.ones((3, 2)))
    with pytest.raises(NotReadyError, match="or fit it"):
        trace(KohonenMap((2, 2)), x)
    with pytest.raises(ShapeError, match="x has 3 rows but y has 2"):
        trace(model, x, y[:2])
