"""A network so small that only the overhead of a step is left: 2-8-8-1, tanh, squared error, Adam, batches of 32, float32.

1,000 rows, so 32 steps an epoch, the last of 8 rows; shuffled every epoch; the loss is summed. After the first fit, which compiles, each
contender trains on for 200 epochs at a time until two seconds have passed.
"""

import time
import warnings

from benchmarks.contender import CACHED, INDUCTOR, KERAS, Contenders, median_s, quick, tell
from benchmarks.table import Column, Target, at_most

ROWS, BATCH, EPOCHS = 1000, 32, 20 if quick() else 200
STEPS = -(-ROWS // BATCH)
SECONDS = 0.5 if quick() else 2.0

TITLE = "A tiny perceptron 2-8-8-1 on 1,000 rows"
ROUNDS = 5
MAIN = "step_us"
REFERENCE = "neuralzoo"
COLUMNS = (Column("step_us", "µs a step", 1), Column("first_s", "s for the first fit", 2), Column("mse", "mean squared error", 4))
NOTES = (
    f"µs a step of fits of {EPOCHS} epochs ({EPOCHS * STEPS:,} steps), the whole call of `fit` included; the mean squared error after the "
    "first of them tells that all learn the same. The loops by hand are not libraries' training calls: they show what a compiler can do. "
    "Keras on torch takes no `steps_per_execution`."
)

contenders = Contenders()


def targets() -> list[Target]:
    calls = [name for name in contenders if name != "neuralzoo" and not name.endswith("_loop")]
    loops = [name for name in contenders if name.endswith("_loop")]
    return [
        at_most("step_us", "neuralzoo", 1 / 25, ["torch"], "25 times as fast as PyTorch"),
        at_most("step_us", "neuralzoo", 1 / 7, calls, "7 times as fast as the fastest other"),
        at_most("step_us", "neuralzoo", 1.0, loops, "as fast as a loop written by hand"),
    ]


def rows():
    """x (1000, 2), y (1000, 1): y = sin(2 x₁) · x₂, float32."""
    import numpy as np

    x = np.random.default_rng(0).uniform(-1, 1, (ROWS, 2)).astype(np.float32)
    return x, np.sin(2 * x[:, :1]) * x[:, 1:]


def race(fit, mse) -> None:
    """Fit once, tell the error, then fit again and again and tell the median time of a step."""
    began = time.perf_counter()
    fit()
    tell(first_s=time.perf_counter() - began)
    tell(mse=float(mse()))
    tell(step_us=median_s(fit, SECONDS) / (EPOCHS * STEPS) * 1e6)


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    from neuralzoo.layers import Dense
    from neuralzoo.models import Sequential
    from neuralzoo.optimizers import Adam

    x, y = rows()
    model = Sequential([Dense(8, activation="tanh", input_shape=(2,)), Dense(8, activation="tanh"), Dense(1)])
    model.compile(optimizer=Adam(0.001), loss="mse")
    race(lambda: model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0), lambda: model.evaluate(x, y, verbose=0))


@contenders.add("a loop by hand in JAX", "jax", "optax")
def jax_loop() -> None:
    """All epochs in one compiled call, nothing told in between; with optax, as its users would."""
    import jax
    import jax.numpy as jnp
    import numpy as np
    import optax

    x, y = map(jnp.asarray, rows())
    glorot = jax.nn.initializers.glorot_uniform()
    keys = jax.random.split(jax.random.key(0), 3)
    params = [(glorot(key, shape), jnp.zeros(shape[1])) for key, shape in zip(keys, ((2, 8), (8, 8), (8, 1)), strict=True)]
    rule = optax.adam(0.001, eps=1e-7)

    def output(params, x):
        for kernel, bias in params[:-1]:
            x = jnp.tanh(x @ kernel + bias)
        return x @ params[-1][0] + params[-1][1]

    def step(carry, batch):
        params, memo = carry
        x, y, valid = batch
        objective = lambda params: (jnp.square(output(params, x) - y)[:, 0] * valid).sum() / valid.sum()  # noqa: E731
        loss, gradient = jax.value_and_grad(objective)(params)
        updates, memo = rule.update(gradient, memo, params)
        return (optax.apply_updates(params, updates), memo), loss

    @jax.jit
    def learn(carry, key):
        def epoch(carry, key):
            order = jnp.resize(jax.random.permutation(key, ROWS), (STEPS, BATCH))
            carry, losses = jax.lax.scan(step, carry, (x[order], y[order], valid))
            return carry, losses.mean()

        return jax.lax.scan(epoch, carry, jax.random.split(key, EPOCHS))

    valid = jnp.asarray((np.arange(STEPS * BATCH) < ROWS).reshape(STEPS, BATCH).astype(np.float32))
    held = {"carry": (params, rule.init(params)), "key": jax.random.key(1)}

    def fit() -> None:
        held["key"], key = jax.random.split(held["key"])
        held["carry"], losses = learn(held["carry"], key)
        jax.device_get(losses)

    race(fit, lambda: jnp.square(output(held["carry"][0], x) - y).mean())


def keras_fit(per_call: int) -> None:
    import keras
    from keras import layers

    x, y = rows()
    hidden = [layers.Dense(8, activation="tanh"), layers.Dense(8, activation="tanh")]
    model = keras.Sequential([keras.Input((2,)), *hidden, layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.001), "mse", steps_per_execution=per_call)
    race(lambda: model.fit(x, y, BATCH, EPOCHS, verbose=0), lambda: model.evaluate(x, y, verbose=0))


contenders.add_keras(lambda: keras_fit(1))
for backend in ("tensorflow", "jax"):  # torch refuses more than one
    calls = f"Keras on {backend}, {STEPS} steps per execution"  # an epoch, the most there is
    contenders.add(calls, "keras", backend, name=f"keras_{backend}_steps", env=KERAS[backend])(lambda: keras_fit(STEPS))


def torch_fit(compiled: bool = False, threads: int | None = None) -> None:
    import torch
    from torch.nn import Linear, Sequential, Tanh
    from torch.nn.functional import mse_loss

    if threads:
        torch.set_num_threads(threads)
    x, y = map(torch.from_numpy, rows())
    model = Sequential(Linear(2, 8), Tanh(), Linear(8, 8), Tanh(), Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), 0.001, eps=1e-7, fused=not compiled)  # the fastest of its three forms here

    def learn(x, y):
        optimizer.zero_grad()
        loss = mse_loss(model(x), y)
        loss.backward()
        return loss.detach() * len(x)

    update = optimizer.step
    if compiled:
        learn, update = torch.compile(learn), torch.compile(optimizer.step)

    def fit() -> None:
        for _ in range(EPOCHS):
            total = torch.zeros(())
            for rows in torch.randperm(ROWS).split(BATCH):
                total += learn(x[rows], y[rows])
                update()
            float(total)

    race(fit, lambda: mse_loss(model(x), y).detach())


contenders.add("PyTorch", "torch", name="torch")(lambda: torch_fit())
contenders.add("PyTorch, set_num_threads(1)", "torch", name="torch_threads")(lambda: torch_fit(threads=1))
contenders.add("PyTorch, torch.compile", "torch", name="torch_compile", **INDUCTOR)(lambda: torch_fit(compiled=True))


class Batches:
    """Batches by index, which Lightning takes in place of a DataLoader."""

    def __init__(self, x, y) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return STEPS

    def __iter__(self):
        import torch

        for rows in torch.randperm(ROWS).split(BATCH):
            yield self.x[rows], self.y[rows]


@contenders.add("Lightning", "lightning")
def lightning() -> None:
    import logging

    import torch
    from lightning import LightningModule, Trainer
    from torch.nn import Linear, Sequential, Tanh
    from torch.nn.functional import mse_loss

    class Net(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = Sequential(Linear(2, 8), Tanh(), Linear(8, 8), Tanh(), Linear(8, 1))

        def training_step(self, batch, _):
            loss = mse_loss(self.net(batch[0]), batch[1])
            self.log("loss", loss, on_step=False, on_epoch=True, batch_size=len(batch[0]))
            return loss

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 0.001, eps=1e-7, fused=True)

    warnings.simplefilter("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    x, y = map(torch.from_numpy, rows())
    net, off = Net(), dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    race(lambda: Trainer(max_epochs=EPOCHS, accelerator="cpu", **off).fit(net, Batches(x, y)), lambda: mse_loss(net.net(x), y).detach())


def flax_fit(scanned: bool) -> None:
    """The graph split once; the step a `jax.jit` of arrays, or an epoch of steps in a `lax.scan` written by hand."""
    import jax
    import jax.numpy as jnp
    import numpy as np
    import optax
    from flax import nnx

    class Net(nnx.Module):
        def __init__(self, rngs: nnx.Rngs):
            self.one, self.two, self.three = nnx.Linear(2, 8, rngs=rngs), nnx.Linear(8, 8, rngs=rngs), nnx.Linear(8, 1, rngs=rngs)

        def __call__(self, x):
            return self.three(jnp.tanh(self.two(jnp.tanh(self.one(x)))))

    x, y = map(jnp.asarray, rows())
    net = Net(nnx.Rngs(0))
    optimizer = nnx.Optimizer(net, optax.adam(0.001, eps=1e-7), wrt=nnx.Param)
    graph, state = nnx.split((net, optimizer))
    held, shuffle = {"state": state}, np.random.default_rng(0)

    def one(state, rows, valid):
        net, optimizer = nnx.merge(graph, state)
        objective = lambda net: (jnp.square(net(x[rows]) - y[rows])[:, 0] * valid).sum() / valid.sum()  # noqa: E731
        loss, gradient = nnx.value_and_grad(objective)(net)
        optimizer.update(net, gradient)
        return nnx.state((net, optimizer)), loss

    @jax.jit
    def step(state, total, rows):
        state, loss = one(state, rows, jnp.ones(len(rows)))
        return state, total + loss * len(rows)

    @jax.jit
    def epoch(state, order):
        state, losses = jax.lax.scan(lambda state, batch: one(state, *batch), state, (order, valid))
        return state, losses.sum()

    valid = (np.arange(STEPS * BATCH) < ROWS).reshape(STEPS, BATCH).astype(np.float32)

    def fit() -> None:
        for _ in range(EPOCHS):
            order, total = shuffle.permutation(ROWS).astype(np.int32), jnp.zeros(())
            if scanned:
                held["state"], total = epoch(held["state"], np.resize(order, (STEPS, BATCH)))
            else:
                for start in range(0, ROWS, BATCH):
                    held["state"], total = step(held["state"], total, order[start : start + BATCH])
            float(total)

    race(fit, lambda: jnp.square(nnx.merge(graph, held["state"])[0](x) - y).mean())


contenders.add("Flax NNX", "flax", name="flax")(lambda: flax_fit(scanned=False))
contenders.add("Flax NNX, an epoch scanned by hand", "flax", name="flax_loop")(lambda: flax_fit(scanned=True))


@contenders.add("scikit-learn", "sklearn")
def sklearn() -> None:
    from sklearn.neural_network import MLPRegressor

    warnings.simplefilter("ignore")  # that it has not converged
    x, y = rows()
    settings = {"alpha": 0, "batch_size": BATCH, "epsilon": 1e-7, "tol": 0, "n_iter_no_change": EPOCHS, "max_iter": EPOCHS}
    net = MLPRegressor(hidden_layer_sizes=(8, 8), activation="tanh", warm_start=True, **settings)
    race(lambda: net.fit(x, y[:, 0]), lambda: ((net.predict(x) - y[:, 0]) ** 2).mean())
