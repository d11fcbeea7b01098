"""The lectures' convolutional network for MNIST, a training step of it, batches of 128, float32.

Conv2D 32 3×3 relu, Conv2D 64 3×3 relu, MaxPooling 2×2, Dropout 0.25, Flatten, Dense 128 relu, Dropout 0.5, Dense 10 softmax; Adadelta(1.0).
Everyone gets the same rows in the same order of axes that its users would choose, and starts from its own default weights.
"""

from typing import Any

from benchmarks.contender import CACHED, INDUCTOR, PURE, Contenders, quick
from benchmarks.mnist_mlp import mnist, needs_data, one_hot
from benchmarks.steps import EPOCHS, fitted, flax_steps, step_laps, torch_steps
from benchmarks.table import Column, Everyone, Target, at_most

BATCH, STEPS = 128, 4 if quick() else 16
RATE = 1.0  # Adadelta's, as published and as the lectures' Keras had it

TITLE = "The lectures' convolutional network on MNIST"
ROUNDS = 2
MAIN = "step_ms"
REFERENCE = "neuralzoo"
COLUMNS = (
    Column("step_ms", "ms a step", 1),
    Column("step_start_s", "s to the end of epoch 1", 1),
    Column("peak_mb", "peak MB", 0),
    Column("accuracy", "accuracy while learning", 2),
)
NOTES = (
    f"Milliseconds a step of epochs of {STEPS} steps from the second on, the loop of `fit` included. To the end of epoch 1: wall time from "
    f"the start of the process, with imports and compiling. The accuracy is that of epoch {1 + EPOCHS} with dropout on: it tells that all "
    "learn. The floor is the matrix products of a step alone, four images at a time, in a compiled loop."
)

contenders = Contenders()
__all__ = ["needs_data"]


def targets() -> list[Target | Everyone]:
    rivals = [name for name in contenders if not name.startswith(("neuralzoo", "floor"))]
    return [
        at_most("step_ms", "neuralzoo", 1.5, ["floor"], "within 1.5 of the floor"),
        at_most("step_ms", "neuralzoo", 1.0, rivals, "the fastest step"),
        at_most("peak_mb", "neuralzoo", 1.0, ["torch"], "less memory than PyTorch"),
        Everyone("accuracy", 0.2 if quick() else 0.7, "all learn"),
    ]


def images():
    """x (rows, 28, 28, 1) float32 in 0…1, y (rows,) int64."""
    x, y = mnist()[0]
    return x[: STEPS * BATCH].reshape(-1, 28, 28, 1), y[: STEPS * BATCH]


def sequential(library: Any) -> Any:
    """The network with neuralzoo's or Keras's `layers` and `models`: the listing is the same."""
    layers = library.layers
    return library.models.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, (3, 3), activation="relu"),
            layers.Conv2D(64, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def fit(library: Any) -> None:
    x, y = images()
    model = sequential(library)
    model.compile(optimizer=library.optimizers.Adadelta(RATE), loss="categorical_crossentropy", metrics=["accuracy"])
    fitted(model, library.callbacks.LambdaCallback, x, one_hot(y), BATCH)


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    import neuralzoo

    fit(neuralzoo)


contenders.add("neuralzoo, kernels in JAX alone", "neuralzoo", name="neuralzoo_jax", **PURE)(neuralzoo)


def keras_fit() -> None:
    import keras

    fit(keras)


contenders.add_keras(keras_fit, "tensorflow")
contenders.add_keras(keras_fit, "jax", "torch", once=True)


def torch_layers():
    from torch import nn

    convolutions = (nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten())
    return nn.Sequential(*convolutions, nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10))


def torch_fit(**form: bool) -> None:
    import torch

    x, y = images()
    model = torch_layers()
    optimizer = torch.optim.Adadelta(model.parameters(), RATE, rho=0.95, eps=1e-7)
    torch_steps(model, optimizer, x.reshape(-1, 1, 28, 28), y, BATCH, **form)


contenders.add("PyTorch", "torch", name="torch")(lambda: torch_fit())
contenders.add("PyTorch, channels last", "torch", name="torch_last")(lambda: torch_fit(last=True))
contenders.add("PyTorch, torch.compile", "torch", name="torch_compile", once=True, **INDUCTOR)(lambda: torch_fit(compiled=True))
both = "PyTorch, torch.compile, channels last"
contenders.add(both, "torch", name="torch_compile_last", once=True, **INDUCTOR)(lambda: torch_fit(compiled=True, last=True))


@contenders.add("Flax NNX", "flax", once=True)
def flax() -> None:
    import optax
    from flax import nnx

    class Net(nnx.Module):
        def __init__(self, rngs: nnx.Rngs):
            self.one = nnx.Conv(1, 32, (3, 3), padding="VALID", rngs=rngs)
            self.two = nnx.Conv(32, 64, (3, 3), padding="VALID", rngs=rngs)
            self.three, self.four = nnx.Linear(9216, 128, rngs=rngs), nnx.Linear(128, 10, rngs=rngs)
            self.drop, self.last_drop = nnx.Dropout(0.25, rngs=rngs), nnx.Dropout(0.5, rngs=rngs)

        def __call__(self, x):
            x = nnx.max_pool(nnx.relu(self.two(nnx.relu(self.one(x)))), (2, 2), (2, 2))
            x = self.drop(x).reshape(len(x), -1)
            return self.four(self.last_drop(nnx.relu(self.three(x))))

    flax_steps(Net(nnx.Rngs(0)), optax.adadelta(RATE, rho=0.95, eps=1e-7), *images(), BATCH)


@contenders.add("floor: the matrix products", "jax")
def floor() -> None:
    """Forward, both gradients where both are needed, of the four layers; the columns of the convolutions lie ready in cache."""
    laps = step_laps(STEPS)
    from functools import partial

    import jax
    import jax.numpy as jnp
    import numpy as np

    block = 4  # images; their columns fit in the second-level cache

    def convolution(columns, kernel, inner):
        """The products over all blocks of a batch; `inner`: with the gradient of the input."""

        def one(i, _):
            y = columns[i % 2] @ kernel  # stands for the gradient at the output as well
            return y, columns[i % 2].T @ y, y @ kernel.T if inner else None

        return jax.lax.fori_loop(1, BATCH // block, one, one(0, None))

    @partial(jax.jit, static_argnames="steps")
    def run(first, second, x, kernels, steps):
        def step(i, _):
            one, two, three, four = (kernel + i for kernel in kernels)  # each step has its own, or the loop would be done once
            a = x @ three
            b = a @ four
            back = b @ four.T
            return convolution(first, one, False), convolution(second, two, True), (back @ three.T, x.T @ back, a.T @ b)

        return jax.lax.fori_loop(1, steps, step, step(0, None))

    draw = np.random.default_rng(0)
    normal = lambda *shape: jnp.asarray(draw.normal(0, 0.03, shape).astype(np.float32))  # noqa: E731
    kernels = [normal(*shape) for shape in ((9, 32), (288, 64), (9216, 128), (128, 10))]
    first, second, x = normal(2, block * 676, 9), normal(2, block * 576, 288), normal(BATCH, 9216)
    for _ in range(1 + EPOCHS):
        jax.block_until_ready(run(first, second, x, kernels, STEPS))
        laps.lap()
