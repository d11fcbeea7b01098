"""A variational autoencoder on MNIST: 784-400-20-400-784, relu, Adam(0.001), batches of 128, float32; an epoch of training.

Everyone gets the same rows of 0 and 1 (pixels above ½), shuffles, draws one code a row, and sums both terms of the bound.
"""

from benchmarks.contender import CACHED, INDUCTOR, Contenders, Laps, quick, tell
from benchmarks.mnist_mlp import PER_CALL, mnist, needs_data
from benchmarks.table import Column, Everyone, Target, at_most

HIDDEN, LATENT, BATCH, EPOCHS = 400, 20, 128, 2 if quick() else 4
STEPS = -(-60_000 // BATCH)

TITLE = "MNIST, a variational autoencoder 784-400-20-400-784"
ROUNDS = 3
MAIN = "epoch_s"
REFERENCE = "neuralzoo"
COLUMNS = (Column("epoch_s", "s an epoch", 2), Column("start_s", "s to the end of epoch 1", 1), Column("likelihood", "1 − loss / 1000", 4))
NOTES = (
    "Seconds an epoch from the second on; to the end of epoch 1 from the start of the process, compiling included unless compiled before. "
    f"1 − loss / 1000: of the mean −ELBO in nats over the last of {EPOCHS} epochs, as everyone told it while learning. Keras is a model "
    f"with a `train_step` or losses of its own, {PER_CALL} steps per execution. The floor is the eleven matrix products of a step alone."
)

contenders = Contenders()
needs_data = needs_data


def targets() -> list[Target | Everyone]:
    rivals = [name for name in contenders if name not in ("neuralzoo", "floor")]
    return [
        at_most("epoch_s", "neuralzoo", 1.0, rivals, "the fastest epoch"),
        at_most("epoch_s", "neuralzoo", 1.35, ["floor"], "within 1.35 of the floor"),
        Everyone("likelihood", 0.85, "everybody learns"),
    ]


def rows():
    import numpy as np

    return (mnist()[0][0] > 0.5).astype(np.float32)


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    laps = Laps()
    from neuralzoo.callbacks import LambdaCallback
    from neuralzoo.zoo import VariationalAutoencoder

    net = VariationalAutoencoder(LATENT, (HIDDEN,))
    told = net.fit(rows(), batch_size=BATCH, epochs=EPOCHS, verbose=0, callbacks=[LambdaCallback(on_epoch_end=laps.lap)])
    tell(likelihood=1 - told.history["loss"][-1] / 1000)


@contenders.add("floor: the matrix products", "jax")
def floor() -> None:
    laps = Laps()
    import jax
    import jax.numpy as jnp
    import numpy as np

    @jax.jit
    def products(blocks, w1, w2, w3, w4, steps):
        def step(i, _):
            x = blocks[i % len(blocks)]
            a = x @ w1
            both = a @ w2
            b = both[:, :LATENT] @ w3
            y = b @ w4  # stands for the gradient at the output as well
            back3 = y @ w4.T
            back2 = jnp.tile(back3 @ w3.T, 2)
            back1 = back2 @ w2.T
            return x.T @ back1, a.T @ back2, both[:, :LATENT].T @ back3, b.T @ y

        return jax.lax.fori_loop(0, steps, step, (w1, w2, w3, w4))

    draw = np.random.default_rng(0)
    shapes = ((784, HIDDEN), (HIDDEN, 2 * LATENT), (LATENT, HIDDEN), (HIDDEN, 784))
    weights = [jnp.asarray(draw.normal(0, 0.03, shape).astype(np.float32)) for shape in shapes]
    blocks = jnp.asarray(draw.random((52, BATCH, 784), np.float32))
    for _ in range(EPOCHS):
        jax.block_until_ready(products(blocks, *weights, STEPS))
        laps.lap()


def keras_fit() -> None:
    """As Keras's own example: a model whose call adds both terms; losses are summed over pixels."""
    laps = Laps()
    import keras
    from keras import layers, ops

    class Bound(keras.Model):
        def __init__(self):
            keras.Model.__init__(self)
            self.up, self.head = layers.Dense(HIDDEN, activation="relu"), layers.Dense(2 * LATENT)
            self.down, self.out = layers.Dense(HIDDEN, activation="relu"), layers.Dense(784)
            self.noise = keras.random.SeedGenerator(0)

        def call(self, x):
            mean, log_variance = ops.split(self.head(self.up(x)), 2, axis=1)
            z = mean + ops.exp(log_variance / 2) * keras.random.normal(ops.shape(mean), seed=self.noise)
            divergence = ops.sum(ops.square(mean) + ops.exp(log_variance) - 1 - log_variance, axis=1) / 2
            self.add_loss(ops.mean(divergence))
            return self.out(self.down(z))

    def surprise(x, y):
        return ops.sum(ops.softplus(y) - x * y, axis=1)

    x = rows()
    model = Bound()
    model.compile(keras.optimizers.Adam(0.001), surprise, steps_per_execution=PER_CALL)
    ended = keras.callbacks.LambdaCallback(on_epoch_end=laps.lap)
    told = model.fit(x, x, BATCH, EPOCHS, verbose=0, callbacks=[ended])
    tell(likelihood=1 - told.history["loss"][-1] / 1000)


contenders.add_keras(keras_fit, "jax", "tensorflow")


def torch_fit(compiled: bool = False) -> None:
    laps = Laps()
    import torch
    from torch import nn
    from torch.nn.functional import binary_cross_entropy_with_logits as surprise

    class Net(nn.Module):
        def __init__(self):
            nn.Module.__init__(self)
            self.up = nn.Sequential(nn.Linear(784, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 2 * LATENT))
            self.down = nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 784))

        def forward(self, x):
            mean, log_variance = self.up(x).chunk(2, 1)
            y = self.down(mean + torch.exp(log_variance / 2) * torch.randn_like(mean))
            divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum() / 2
            return surprise(y, x, reduction="sum"), divergence

    x, net = torch.from_numpy(rows()), Net()
    optimizer = torch.optim.Adam(net.parameters(), 0.001, fused=True)

    def learn(x):
        optimizer.zero_grad()
        reconstruction, divergence = net(x)
        ((reconstruction + divergence) / len(x)).backward()
        return reconstruction.detach(), divergence.detach()

    update = optimizer.step
    if compiled:
        learn = torch.compile(learn)
    for _ in range(EPOCHS):
        totals = torch.zeros(2)
        for some in torch.randperm(len(x)).split(BATCH):
            totals += torch.stack(learn(x[some]))
            update()
        loss = float(totals.sum()) / len(x)
        laps.lap()
    tell(likelihood=1 - loss / 1000)


contenders.add("PyTorch", "torch", name="torch")(lambda: torch_fit())
contenders.add("PyTorch, torch.compile", "torch", name="torch_compile", **INDUCTOR)(lambda: torch_fit(compiled=True))
