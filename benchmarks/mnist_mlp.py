"""The lectures' perceptron for MNIST: 784-512-512-10, relu, dropout 0.2 twice, RMSprop(0.001, ρ = 0.9), batches of 128, float32.

Everyone gets the same arrays, shuffles every epoch, learns from all 60,000 rows (the last batch has 96), sums loss and
accuracy while learning, and starts from its own default weights. Each library in the fastest form its users would write.
"""

import gzip
import os
from pathlib import Path

from benchmarks.contender import CACHED, INDUCTOR, KERAS, Contenders, Laps, quick, tell
from benchmarks.table import Column, Everyone, Target, at_most

BATCH, EPOCHS = 128, 2 if quick() else 3
STEPS = -(-60_000 // BATCH)
PER_CALL = 67  # steps_per_execution; 469 steps are 7 calls of 67

TITLE = "MNIST, a perceptron 784-512-512-10 with dropout"
ROUNDS = 3
MAIN = "epoch_s"
REFERENCE = "neuralzoo"
COLUMNS = (
    Column("epoch_s", "s an epoch", 2),
    Column("start_s", "s to the end of epoch 1", 1),
    Column("peak_mb", "peak MB", 0),
    Column("accuracy", "test accuracy", 4),
)
NOTES = (
    "Seconds an epoch from the second on. To the end of epoch 1: wall time from the start of the process, with imports, reading the "
    "data and compiling. scikit-learn has neither dropout nor RMSprop, so it does less and uses Adam. Keras on torch takes no "
    f"`steps_per_execution`. The floor is the eight matrix products of a step alone, {STEPS} times in a compiled loop."
)

contenders = Contenders()


def needs_data() -> str:
    """Why this cannot run here, or nothing."""
    folder = os.environ.get("NEURALZOO_DATA")
    return "" if folder and (Path(folder) / "mnist").is_dir() else "set NEURALZOO_DATA to a folder that has mnist/ in it"


def targets() -> list[Target | Everyone]:
    best = [name for name in contenders if not name.startswith(("neuralzoo", "floor"))]
    return [
        at_most("epoch_s", "neuralzoo", 1.25, ["floor"], "within 1.25 of the floor"),
        at_most("epoch_s", "neuralzoo", 1.0, best, "the fastest epoch"),
        at_most("start_s", "neuralzoo", 1.0, best, "first through an epoch, compiled before"),
        at_most("start_s", "neuralzoo_cold", 1.0, best, "first through an epoch, compiling"),
        at_most("peak_mb", "neuralzoo", 1.0, ["torch"], "less memory than PyTorch"),
        Everyone("accuracy", 0.97, f"all above 97 % after {EPOCHS} epochs"),
    ]


def mnist():
    """((x, y), (x_test, y_test)): x float32 (rows, 784) in 0…1, y int64 (rows,). One reader for all: no library's own is timed."""
    import numpy as np

    def read(name: str, header: int) -> np.ndarray:
        with gzip.open(Path(os.environ["NEURALZOO_DATA"]) / "mnist" / f"{name}.gz") as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)

    def pair(name: str) -> tuple[np.ndarray, np.ndarray]:
        x = read(f"{name}-images-idx3-ubyte", 16).reshape(-1, 784)
        return np.multiply(x, 1 / 255, dtype=np.float32), read(f"{name}-labels-idx1-ubyte", 8).astype(np.int64)

    return pair("train"), pair("t10k")


def one_hot(y):
    import numpy as np

    return np.eye(10, dtype=np.float32)[y]


def tell_accuracy(outputs, y) -> None:
    """The share of test rows whose largest output is the right one, counted by NumPy for everyone."""
    import numpy as np

    tell(accuracy=float((np.asarray(outputs).argmax(1) == y).mean()))


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    laps = Laps()
    from neuralzoo.callbacks import LambdaCallback
    from neuralzoo.layers import Dense, Dropout
    from neuralzoo.models import Sequential
    from neuralzoo.optimizers import RMSprop

    (x, y), (x_test, y_test) = mnist()
    layers = [Dense(512, activation="relu", input_shape=(784,)), Dropout(0.2), Dense(512, activation="relu"), Dropout(0.2)]
    model = Sequential([*layers, Dense(10, activation="softmax")])
    model.compile(optimizer=RMSprop(0.001, rho=0.9), loss="categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, one_hot(y), batch_size=BATCH, epochs=EPOCHS, verbose=0, callbacks=[LambdaCallback(on_epoch_end=laps.lap)])
    tell_accuracy(model.predict(x_test), y_test)


contenders.add("neuralzoo, nothing compiled before", "neuralzoo", name="neuralzoo_cold", env={"NEURALZOO_CACHE": "off"})(neuralzoo)


@contenders.add("floor: the matrix products", "jax")
def floor() -> None:
    laps = Laps()
    import jax
    import jax.numpy as jnp
    import numpy as np

    @jax.jit
    def products(blocks, w1, w2, w3, steps):
        def step(i, _):
            x = blocks[i % len(blocks)]
            a = x @ w1
            b = a @ w2
            c = b @ w3  # stands for the gradient at the output as well
            back2 = c @ w3.T
            back1 = back2 @ w2.T
            return x.T @ back1, a.T @ back2, b.T @ c

        return jax.lax.fori_loop(0, steps, step, (w1, w2, w3))

    draw = np.random.default_rng(0)
    weights = [jnp.asarray(draw.normal(0, 0.03, shape).astype(np.float32)) for shape in ((784, 512), (512, 512), (512, 10))]
    blocks = jnp.asarray(draw.random((52, BATCH, 784), np.float32))
    for _ in range(5):
        jax.block_until_ready(products(blocks, *weights, STEPS))
        laps.lap()


def keras_fit(per_call: int) -> None:
    laps = Laps()
    import keras
    from keras import layers

    (x, y), (x_test, y_test) = mnist()
    hidden = [layers.Dense(512, activation="relu"), layers.Dropout(0.2), layers.Dense(512, activation="relu"), layers.Dropout(0.2)]
    model = keras.Sequential([keras.Input((784,)), *hidden, layers.Dense(10, activation="softmax")])
    optimizer = keras.optimizers.RMSprop(0.001, rho=0.9)
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"], steps_per_execution=per_call)
    model.fit(x, one_hot(y), BATCH, EPOCHS, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=laps.lap)])
    tell_accuracy(model.predict(x_test, BATCH, verbose=0), y_test)


contenders.add_keras(lambda: keras_fit(1))
for backend in ("tensorflow", "jax"):  # torch refuses more than one
    calls = f"Keras on {backend}, {PER_CALL} steps per execution"
    contenders.add(calls, "keras", backend, name=f"keras_{backend}_steps", env=KERAS[backend])(lambda: keras_fit(PER_CALL))


def torch_layers():
    from torch import nn

    return nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2), nn.Linear(512, 512), nn.ReLU(), nn.Dropout(0.2), nn.Linear(512, 10)
    )


def torch_fit(compiled: bool = False, threads: int | None = None) -> None:
    """The data as two tensors and batches by index: several times faster than a DataLoader."""
    laps = Laps()
    import torch
    from torch.nn.functional import cross_entropy

    if threads:
        torch.set_num_threads(threads)
    (x, y), (x_test, y_test) = mnist()
    x, y, x_test = torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(x_test)
    model = torch_layers()
    optimizer = torch.optim.RMSprop(model.parameters(), 0.001, alpha=0.9, eps=1e-7)

    def learn(x, y):
        optimizer.zero_grad()
        scores = model(x)
        loss = cross_entropy(scores, y)
        loss.backward()
        return loss.detach() * len(x), (scores.detach().argmax(1) == y).sum()

    update = optimizer.step
    if compiled:
        learn, update = torch.compile(learn), torch.compile(optimizer.step)
    for _ in range(EPOCHS):
        total, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for rows in torch.randperm(len(x)).split(BATCH):
            loss, hits = learn(x[rows], y[rows])
            update()
            total += loss
            right += hits
        float(total), int(right)
        laps.lap()
    model.eval()
    with torch.no_grad():
        tell_accuracy(model(x_test), y_test)


contenders.add("PyTorch", "torch", name="torch")(lambda: torch_fit())
contenders.add("PyTorch, set_num_threads(2)", "torch", name="torch_threads")(lambda: torch_fit(threads=2))
contenders.add("PyTorch, torch.compile", "torch", name="torch_compile", **INDUCTOR)(lambda: torch_fit(compiled=True))


class Batches:
    """Batches by index, which Lightning takes in place of a DataLoader."""

    def __init__(self, x, y) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return STEPS

    def __iter__(self):
        import torch

        for rows in torch.randperm(len(self.x)).split(BATCH):
            yield self.x[rows], self.y[rows]


@contenders.add("Lightning", "lightning")
def lightning() -> None:
    laps = Laps()
    import warnings

    import torch
    from lightning import LightningModule, Trainer
    from torch.nn.functional import cross_entropy

    class Net(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = torch_layers()

        def training_step(self, batch, _):
            x, y = batch
            scores = self.net(x)
            loss = cross_entropy(scores, y)
            self.log("loss", loss, on_step=False, on_epoch=True, batch_size=len(x))
            self.log("accuracy", (scores.argmax(1) == y).float().mean(), on_step=False, on_epoch=True, batch_size=len(x))
            return loss

        def on_train_epoch_end(self) -> None:
            laps.lap()

        def configure_optimizers(self):
            return torch.optim.RMSprop(self.parameters(), 0.001, alpha=0.9, eps=1e-7)

    warnings.simplefilter("ignore")
    (x, y), (x_test, y_test) = mnist()
    net = Net()
    off = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    Trainer(max_epochs=EPOCHS, accelerator="cpu", **off).fit(net, Batches(torch.from_numpy(x), torch.from_numpy(y)))
    net.eval()
    with torch.no_grad():
        tell_accuracy(net.net(torch.from_numpy(x_test)), y_test)


@contenders.add("Flax NNX", "flax")
def flax() -> None:
    """The graph is split once and the step is a `jax.jit` of arrays, Flax's own advice for speed; the data stay on the device."""
    laps = Laps()
    from functools import partial

    import jax
    import jax.numpy as jnp
    import numpy as np
    import optax
    from flax import nnx

    class Net(nnx.Module):
        def __init__(self, rngs: nnx.Rngs):
            self.one, self.two = nnx.Linear(784, 512, rngs=rngs), nnx.Linear(512, 512, rngs=rngs)
            self.three = nnx.Linear(512, 10, rngs=rngs)
            self.drop = nnx.Dropout(0.2, rngs=rngs)

        def __call__(self, x):
            return self.three(self.drop(nnx.relu(self.two(self.drop(nnx.relu(self.one(x)))))))

    (x, y), (x_test, y_test) = mnist()
    x, y = jnp.asarray(x), jnp.asarray(y.astype(np.int32))
    net = Net(nnx.Rngs(0))
    optimizer = nnx.Optimizer(net, optax.rmsprop(0.001, decay=0.9, eps=1e-7), wrt=nnx.Param)
    graph, state = nnx.split((net, optimizer))

    @partial(jax.jit, donate_argnums=(0, 1))
    def learn(state, sums, x, y, rows):
        net, optimizer = nnx.merge(graph, state)
        batch, labels = x[rows], y[rows]

        def objective(net):
            scores = net(batch)
            return optax.softmax_cross_entropy_with_integer_labels(scores, labels).mean(), scores

        (loss, scores), gradient = nnx.value_and_grad(objective, has_aux=True)(net)
        optimizer.update(net, gradient)
        return nnx.state((net, optimizer)), (sums[0] + loss * len(rows), sums[1] + (scores.argmax(1) == labels).sum())

    shuffle = np.random.default_rng(0)
    for _ in range(EPOCHS):
        order, sums = shuffle.permutation(len(x)).astype(np.int32), (jnp.zeros(()), jnp.zeros((), jnp.int32))
        for start in range(0, len(x), BATCH):
            state, sums = learn(state, sums, x, y, order[start : start + BATCH])
        jax.device_get(sums)
        laps.lap()
    net, _ = nnx.merge(graph, state)
    net.eval()
    tell_accuracy(nnx.jit(lambda net, x: net(x))(net, x_test), y_test)


@contenders.add("scikit-learn (Adam, no dropout)", "sklearn")
def sklearn() -> None:
    laps = Laps()
    from sklearn.neural_network import MLPClassifier

    (x, y), (x_test, y_test) = mnist()
    net = MLPClassifier(hidden_layer_sizes=(512, 512), alpha=0, batch_size=BATCH, learning_rate_init=0.001)
    for _ in range(EPOCHS):
        net.partial_fit(x, y, classes=range(10))  # one epoch
        laps.lap()
    tell_accuracy(net.predict_proba(x_test), y_test)
