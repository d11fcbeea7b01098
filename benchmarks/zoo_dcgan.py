"""A deep convolutional generative adversarial network on MNIST, a step of both players, batches of 64, float32.

Generator: 100 → 7 × 7 × 128 → 14 × 14 × 64 → 28 × 28; critic: 64 and 128 convolutions of stride 2, then a dense layer; batch normalisation,
Adam(2e-4, 0.5), the non-saturating loss, one step of the critic for one of the generator, as in PyTorch's DCGAN tutorial.
"""

from benchmarks.contender import CACHED, PURE, Contenders, quick, tell
from benchmarks.mnist_mlp import mnist, needs_data
from benchmarks.steps import EPOCHS, step_laps
from benchmarks.table import Column, Everyone, Target, at_most

BATCH, STEPS, LATENT, FILTERS = 64, 4 if quick() else 32, 100, 64

TITLE = "MNIST, a DCGAN of 64 and 128 filters"
ROUNDS = 3
MAIN = "step_ms"
REFERENCE = "neuralzoo"
COLUMNS = (
    Column("step_ms", "ms a step", 1),
    Column("step_start_s", "s to the end of epoch 1", 1),
    Column("peak_mb", "peak MB", 0),
    Column("gap", "real − fake", 2),
)
NOTES = (
    f"Milliseconds for a step of both players, epochs of {STEPS} steps from the second on. neuralzoo also measures on the way how made "
    "images go with real ones (coverage), moves an average of the generator along, and watches for collapse; PyTorch does the bare game. "
    "Real − fake: the mean difference of the critic's values in the last epoch, which tells that all play."
)

contenders = Contenders()
__all__ = ["needs_data"]


def targets() -> list[Target | Everyone]:
    return [
        at_most("step_ms", "neuralzoo", 1.0, ["torch"], "faster than PyTorch"),
        Everyone("gap", 0.0, "the critics value real images above made ones"),
    ]


def images():
    """(rows, 28, 28, 1), −1…1."""
    return mnist()[0][0][: STEPS * BATCH].reshape(-1, 28, 28, 1) * 2 - 1


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    laps = step_laps(STEPS)
    from neuralzoo.architectures import dcgan_critic, dcgan_generator
    from neuralzoo.callbacks import LambdaCallback
    from neuralzoo.zoo import GenerativeAdversarialNetwork

    gan = GenerativeAdversarialNetwork(dcgan_generator((28, 28, 1), FILTERS), dcgan_critic((28, 28, 1), FILTERS), latent=LATENT)
    told = LambdaCallback(on_epoch_end=laps.lap)
    history = gan.fit(images(), batch_size=BATCH, epochs=1 + EPOCHS, verbose=0, callbacks=[told]).history
    tell(gap=history["real"][-1] - history["fake"][-1])


contenders.add("neuralzoo, kernels in JAX alone", "neuralzoo", name="neuralzoo_jax", **PURE)(neuralzoo)


def torch_game(last: bool) -> None:
    laps = step_laps(STEPS)
    import torch
    from torch import nn
    from torch.nn.functional import softplus

    form = torch.channels_last if last else torch.preserve_format
    wide = 2 * FILTERS
    generator = nn.Sequential(
        nn.ConvTranspose2d(LATENT, wide, 7, bias=False), nn.BatchNorm2d(wide), nn.ReLU(),
        nn.ConvTranspose2d(wide, FILTERS, 4, 2, 1, bias=False), nn.BatchNorm2d(FILTERS), nn.ReLU(),
        nn.ConvTranspose2d(FILTERS, 1, 4, 2, 1), nn.Tanh(),
    ).to(memory_format=form)  # fmt: skip
    critic = nn.Sequential(
        nn.Conv2d(1, FILTERS, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(FILTERS, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(49 * wide, 1),
    ).to(memory_format=form)  # fmt: skip
    for layer in (*generator, *critic):
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(layer.weight, 0, 0.02)
    up, down = (torch.optim.Adam(net.parameters(), 2e-4, (0.5, 0.999)) for net in (generator, critic))
    x, gap = torch.from_numpy(images()).permute(0, 3, 1, 2), torch.zeros(())
    for _ in range(1 + EPOCHS):
        gap = torch.zeros(())
        for rows in torch.randperm(len(x)).split(BATCH):
            fake = generator(torch.randn(len(rows), LATENT, 1, 1))
            down.zero_grad()
            of_real, of_fake = critic(x[rows].contiguous(memory_format=form)), critic(fake.detach())
            (softplus(-of_real).mean() + softplus(of_fake).mean()).backward()
            down.step()
            up.zero_grad()
            softplus(-critic(fake)).mean().backward()
            up.step()
            gap += (of_real.mean() - of_fake.mean()).detach()
        float(gap)
        laps.lap()
    tell(gap=float(gap) / STEPS)


contenders.add("PyTorch", "torch", name="torch")(lambda: torch_game(False))
contenders.add("PyTorch, channels last", "torch", name="torch_last")(lambda: torch_game(True))
