"""A character model, a training step of it: 64 texts × 100 characters out of 65, Adam(0.003), float32, once for each recurrent layer.

Embedding 65 → 128, a recurrent layer of 128 that returns every step, Dense 65 softmax: the next character at each of the 100 places.
The text is a round trip through the 65 characters in a fixed order, which every network finds in the first epochs.
"""

from typing import Any

from benchmarks.contender import CACHED, INDUCTOR, Contenders, quick
from benchmarks.steps import EPOCHS, fitted, flax_steps, jax_steps, torch_steps
from benchmarks.table import Column, Everyone, Target, at_most

BATCH, TIME, CHARACTERS, UNITS, RATE = 64, 100, 65, 128, 0.003
STEPS = 4 if quick() else 16
CELLS = ("LSTM", "GRU", "SimpleRNN")

TITLE = "A character model, 64 × 100 characters, 128 units"
ROUNDS = 2
MAIN = "LSTM_ms"
REFERENCE = "neuralzoo"
COLUMNS = (
    *(Column(f"{name}_ms", f"ms a step, {name}", 1) for name in CELLS),
    Column("LSTM_start_s", "s to the end of epoch 1", 1),
    Column("peak_mb", "peak MB", 0),
    Column("accuracy", "accuracy while learning", 2),
)
NOTES = (
    f"Milliseconds a step of epochs of {STEPS} steps from the second on, the loop of `fit` included. To the end of epoch 1: wall time from "
    f"the start of the process to the end of LSTM's first epoch. The accuracy is that of epoch {1 + EPOCHS}: it tells that all learn. The "
    "loop by hand in JAX is no library's training call: it is what a compiler makes of `lax.scan`, one gate product a step."
)

contenders = Contenders()


def targets() -> list[Target | Everyone]:
    rivals = [name for name in contenders if name != "neuralzoo"]
    fastest = [at_most(f"{name}_ms", "neuralzoo", 1.0, rivals, f"the fastest step, {name}") for name in CELLS]
    return [*fastest, Everyone("accuracy", 0.05 if quick() else 0.9, "all learn")]


def texts():
    """x, y int32 (rows, 100): y is the character after each of x."""
    import numpy as np

    draw = np.random.default_rng(0)
    order, starts = draw.permutation(CHARACTERS), draw.integers(CHARACTERS, size=(STEPS * BATCH, 1))
    text = order[(starts + np.arange(TIME + 1)) % CHARACTERS].astype(np.int32)
    return text[:, :-1], text[:, 1:]


def fit(library: Any, name: str) -> None:
    layers = library.layers
    recurrent = getattr(layers, name)(UNITS, return_sequences=True)
    model = library.models.Sequential([layers.Embedding(CHARACTERS, UNITS), recurrent, layers.Dense(CHARACTERS, activation="softmax")])
    model.compile(optimizer=library.optimizers.Adam(RATE), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    fitted(model, library.callbacks.LambdaCallback, *texts(), BATCH, name)


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    import neuralzoo

    for name in CELLS:
        fit(neuralzoo, name)


def keras_fit() -> None:
    import keras

    for name in CELLS:
        fit(keras, name)


contenders.add_keras(keras_fit, "tensorflow")
contenders.add_keras(keras_fit, "jax", "torch", once=True)


def torch_fit(compiled: bool = False) -> None:
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self, kind: type[nn.Module]) -> None:
            super().__init__()
            self.embedding, self.recurrent = nn.Embedding(CHARACTERS, UNITS), kind(UNITS, UNITS, batch_first=True)
            self.dense = nn.Linear(UNITS, CHARACTERS)

        def forward(self, x):
            return self.dense(self.recurrent(self.embedding(x))[0])

    def learn(name: str) -> None:
        x, y = texts()
        model = Net({"LSTM": nn.LSTM, "GRU": nn.GRU, "SimpleRNN": nn.RNN}[name])
        optimizer = torch.optim.Adam(model.parameters(), RATE, eps=1e-7, fused=not compiled)
        torch_steps(model, optimizer, x, y.astype("int64"), BATCH, name, compiled=compiled)

    for name in CELLS:
        learn(name)


contenders.add("PyTorch", "torch", name="torch")(lambda: torch_fit())
contenders.add("PyTorch, torch.compile", "torch", name="torch_compile", once=True, **INDUCTOR)(lambda: torch_fit(compiled=True))


@contenders.add("Flax NNX", "flax")
def flax() -> None:
    import optax
    from flax import nnx

    class Net(nnx.Module):
        def __init__(self, kind: type[nnx.Module], rngs: nnx.Rngs):
            self.embedding, self.recurrent = nnx.Embed(CHARACTERS, UNITS, rngs=rngs), nnx.RNN(kind(UNITS, UNITS, rngs=rngs))
            self.dense = nnx.Linear(UNITS, CHARACTERS, rngs=rngs)

        def __call__(self, x):
            return self.dense(self.recurrent(self.embedding(x)))

    def learn(name: str) -> None:
        kind = {"LSTM": nnx.OptimizedLSTMCell, "GRU": nnx.GRUCell, "SimpleRNN": nnx.SimpleCell}[name]
        flax_steps(Net(kind, nnx.Rngs(0)), optax.adam(RATE, eps=1e-7), *texts(), BATCH, name)

    for name in CELLS:
        learn(name)


@contenders.add("a loop by hand in JAX", "jax", "optax")
def jax_loop() -> None:
    """The inputs' products all at once before the loop, `lax.scan` over the steps, gradients by `jax.grad`."""
    import jax
    import jax.numpy as jnp
    import optax

    def lstm(held, drive, kernel):
        h, c = held
        i, f, g, o = jnp.split(drive + h @ kernel, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c

    def gru(held, drive, kernel):
        h, _ = held
        (z, r, n), (hz, hr, hn) = jnp.split(drive, 3, axis=-1), jnp.split(h @ kernel, 3, axis=-1)
        z = jax.nn.sigmoid(z + hz)
        return z * h + (1 - z) * jnp.tanh(n + jax.nn.sigmoid(r + hr) * hn), h

    def simple(held, drive, kernel):
        h = jnp.tanh(drive + held[0] @ kernel)
        return h, h

    def learn(name: str) -> None:
        cell, gates = {"LSTM": (lstm, 4), "GRU": (gru, 3), "SimpleRNN": (simple, 1)}[name]
        shapes = ((CHARACTERS, UNITS), (UNITS, gates * UNITS), (UNITS, gates * UNITS), (UNITS, CHARACTERS))
        rule, glorot, keys = optax.adam(RATE, eps=1e-7), jax.nn.initializers.glorot_uniform(), jax.random.split(jax.random.key(0), 4)
        kernels = [glorot(key, shape) for key, shape in zip(keys, shapes, strict=True)]
        weights = (kernels, jnp.zeros(gates * UNITS), jnp.zeros(CHARACTERS))

        def outputs(weights, x):
            (table, inner, recurrent, outer), bias, last = weights
            drive = (table[x] @ inner + bias).swapaxes(0, 1)
            zeros = jnp.zeros((len(x), UNITS))

            def step(held, drive):
                held = cell(held, drive, recurrent)
                return held, held[0]

            return jax.lax.scan(step, (zeros, zeros), drive)[1].swapaxes(0, 1) @ outer + last

        def step(state, x, y):
            weights, memo = state

            def objective(weights):
                scores = outputs(weights, x)
                return optax.softmax_cross_entropy_with_integer_labels(scores, y).mean(), (scores.argmax(-1) == y).sum()

            (loss, right), gradient = jax.value_and_grad(objective, has_aux=True)(weights)
            updates, memo = rule.update(gradient, memo, weights)
            return (optax.apply_updates(weights, updates), memo), (loss, right)

        jax_steps(step, (weights, rule.init(weights)), *texts(), BATCH, name)

    for name in CELLS:
        learn(name)
