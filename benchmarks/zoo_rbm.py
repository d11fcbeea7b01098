"""A restricted Boltzmann machine on MNIST: 784 → 256 binary units, an epoch of contrastive divergence, batches of 100, float32.

Everyone shuffles, draws hidden and visible states, and learns from all 60,000 rows; scikit-learn's chains are persistent.
"""

from benchmarks.contender import CACHED, Contenders, Laps, quick, tell
from benchmarks.mnist_mlp import mnist, needs_data
from benchmarks.table import Column, Everyone, Target, at_most

UNITS, BATCH, RATE, EPOCHS = 256, 100, 0.05, 3 if quick() else 4
STEPS = 60_000 // BATCH

TITLE = "MNIST, a restricted Boltzmann machine of 256 hidden units, CD-1"
ROUNDS = 3
MAIN = "epoch_s"
REFERENCE = "neuralzoo"
COLUMNS = (Column("epoch_s", "s an epoch", 2), Column("start_s", "s to the end of epoch 1", 1), Column("fidelity", "1 − error", 4))
NOTES = (
    f"Seconds an epoch from the second on; binary hidden and visible states are drawn, the rate is {RATE}. 1 − error: one minus the mean "
    f"squared error of the test images' reconstruction after {EPOCHS} epochs, computed alike for all. scikit-learn keeps "
    "its chains from batch to batch; PyTorch is a loop by hand without autograd. The floor is the five matrix products of a step alone."
)

contenders = Contenders()
needs_data = needs_data


def targets() -> list[Target | Everyone]:
    return [
        at_most("epoch_s", "neuralzoo", 1.0, ["torch"], "faster than PyTorch"),
        at_most("epoch_s", "neuralzoo", 1.0, ["sklearn"], "faster than scikit-learn"),
        Everyone("fidelity", 0.96, "everybody reconstructs"),
    ]


def tell_fidelity(kernel, bias, visible_bias) -> None:
    """One minus the squared error of the test images that go up and down once, by NumPy for everyone."""
    import numpy as np

    sigmoid = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
    x = mnist()[1][0]
    again = sigmoid(sigmoid(x @ np.asarray(kernel) + np.asarray(bias)) @ np.asarray(kernel).T + np.asarray(visible_bias))
    tell(fidelity=1 - float(np.mean((again - x) ** 2)))


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    laps = Laps()
    from neuralzoo.callbacks import LambdaCallback
    from neuralzoo.zoo import RestrictedBoltzmannMachine

    x = mnist()[0][0]
    machine = RestrictedBoltzmannMachine(UNITS, rate=RATE, momentum=0.0, decay=0.0)
    machine.fit(x, batch_size=BATCH, epochs=EPOCHS, verbose=0, callbacks=[LambdaCallback(on_epoch_end=laps.lap)])
    tell_fidelity(machine.net.kernel, machine.net.bias, machine.net.visible_bias)


@contenders.add("PyTorch", "torch")
def torch() -> None:
    laps = Laps()
    import torch

    x = torch.from_numpy(mnist()[0][0])
    kernel, bias, own = torch.randn(784, UNITS) * 0.01, torch.zeros(UNITS), torch.zeros(784)
    mean = x.mean(0).clamp(0.001, 0.999)
    own += (mean / (1 - mean)).log()

    @torch.inference_mode()
    def epoch() -> None:
        for rows in torch.randperm(len(x)).split(BATCH):
            v = x[rows]
            h = torch.addmm(bias, v, kernel).sigmoid_()
            dreamt = torch.bernoulli(torch.addmm(own, torch.bernoulli(h), kernel.T).sigmoid_())
            again = torch.addmm(bias, dreamt, kernel).sigmoid_()
            kernel.addmm_(v.T, h, alpha=RATE / BATCH).addmm_(dreamt.T, again, alpha=-RATE / BATCH)
            own.add_((v - dreamt).sum(0), alpha=RATE / BATCH)
            bias.add_((h - again).sum(0), alpha=RATE / BATCH)

    for _ in range(EPOCHS):
        epoch()
        laps.lap()
    tell_fidelity(kernel, bias, own)


@contenders.add("scikit-learn", "sklearn")
def sklearn() -> None:
    laps = Laps()
    import numpy as np
    from sklearn.neural_network import BernoulliRBM

    x = mnist()[0][0]
    machine, draws = BernoulliRBM(UNITS, learning_rate=RATE, batch_size=BATCH, random_state=0), np.random.default_rng(0)
    for _ in range(EPOCHS):
        order = draws.permutation(len(x))
        for start in range(0, len(x), BATCH):
            machine.partial_fit(x[order[start : start + BATCH]])
        laps.lap()
    tell_fidelity(machine.components_.T, machine.intercept_hidden_, machine.intercept_visible_)


@contenders.add("floor: the matrix products", "jax")
def floor() -> None:
    laps = Laps()
    import jax
    import jax.numpy as jnp
    import numpy as np

    @jax.jit
    def products(blocks, kernel):
        def step(i, _):
            v = blocks[i % len(blocks)]
            h = v @ kernel
            again = h @ kernel.T
            return v.T @ h - again.T @ (again @ kernel)

        return jax.lax.fori_loop(0, STEPS, step, kernel)

    draw = np.random.default_rng(0)
    kernel, blocks = (jnp.asarray(draw.random(shape, np.float32)) for shape in ((784, UNITS), (60, BATCH, 784)))
    for _ in range(EPOCHS):
        jax.block_until_ready(products(blocks, kernel))
        laps.lap()
