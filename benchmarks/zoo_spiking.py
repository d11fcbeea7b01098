"""A spiking network 784-1000-10 over 100 time steps: two training steps of 128 rows of Poisson spikes, Adam, float32.

Everyone draws the spikes, runs the neurons, takes the cross-entropy of the mean output membranes and changes the weights.
"""

import time
from collections.abc import Callable
from typing import Any

from benchmarks.contender import CACHED, INDUCTOR, Contenders, quick, tell
from benchmarks.table import Column, Target, at_most

STEPS, BATCH = 100, 128
FEATURES, HIDDEN, CLASSES = 784, 1000, 10
TIMES = 2 if quick() else 7

TITLE = "A spiking network 784-1000-10, 100 time steps, two training steps"
ROUNDS = 3
MAIN = "train_s"
REFERENCE = "neuralzoo"
COLUMNS = (Column("train_s", "s for two steps", 3), Column("first_s", "s for the first two", 1))
NOTES = (
    "Seconds of two training steps, the least of a few: the public call of `fit` for neuralzoo. Each step needs two products of 12,800 × "
    "784 × 1,000, one forward and one for the weights' gradient: 40 GFLOP."
)

contenders = Contenders()


def targets() -> list[Target]:
    rivals = [name for name in contenders if name != "neuralzoo"]
    return [at_most("train_s", "neuralzoo", 1.0, rivals, "the fastest")]


def rows() -> tuple[Any, Any]:
    """x (256, 784) in [0, 1], mostly dark as digits are, and classes."""
    import numpy as np

    draws = np.random.default_rng(0)
    x = draws.random((2 * BATCH, FEATURES), np.float32) * (draws.random((2 * BATCH, FEATURES)) < 0.2)
    return x.astype(np.float32), draws.integers(0, CLASSES, 2 * BATCH)


def race(fit: Callable[[], Any]) -> None:
    """Two training steps again and again; tell the least time."""
    began = time.perf_counter()
    fit()
    tell(first_s=time.perf_counter() - began)
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        fit()
        took.append(time.perf_counter() - began)
    tell(train_s=min(took))


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    from neuralzoo.zoo import SpikingNetwork

    x, y = rows()
    net = SpikingNetwork((HIDDEN,), steps=STEPS, code="poisson")
    race(lambda: net.fit(x, y, batch_size=BATCH, epochs=1, verbose=0))


def trained(forward: Callable[[Any], Any], parameters: Any) -> Callable[[], None]:
    """Two steps of Adam on the cross-entropy of `forward(spikes)`, for spikes `(steps, batch, features)`."""
    import torch

    x, y = map(torch.from_numpy, rows())
    optimizer = torch.optim.Adam(parameters, 5e-4, fused=True)

    def fit() -> None:
        for begin in (0, BATCH):
            part = x[begin : begin + BATCH]
            spikes = (torch.rand(STEPS, *part.shape) < part).float()
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(forward(spikes), y[begin : begin + BATCH])
            loss.backward()
            optimizer.step()
        float(loss.detach())

    return fit


def torch_fit(compiled: bool) -> None:
    """As in neuralzoo: the hidden layer's products for all steps at once, outside the loop."""
    import torch

    class Spike(torch.autograd.Function):
        @staticmethod
        def forward(ctx, u):
            ctx.save_for_backward(u)
            return (u >= 0).float()

        @staticmethod
        def backward(ctx, wanted):
            (u,) = ctx.saved_tensors
            return wanted / (1 + 25 * u.abs()) ** 2

    hidden, last = torch.nn.Linear(FEATURES, HIDDEN), torch.nn.Linear(HIDDEN, CLASSES)

    def neurons(drive):
        v, spikes = torch.zeros(BATCH, HIDDEN), []
        for t in range(STEPS):
            u = 0.951 * v + drive[t]
            s = Spike.apply(u - 1)
            v = u - s.detach()
            spikes.append(s)
        return torch.stack(spikes)

    def leak(drive):
        v, total = torch.zeros(BATCH, CLASSES), torch.zeros(BATCH, CLASSES)
        for t in range(STEPS):
            v = 0.951 * v + drive[t]
            total = total + v
        return total / STEPS

    if compiled:
        neurons, leak = torch.compile(neurons), torch.compile(leak)
    race(trained(lambda spikes: leak(last(neurons(hidden(spikes)))), [*hidden.parameters(), *last.parameters()]))


contenders.add("PyTorch", "torch", name="torch")(lambda: torch_fit(compiled=False))
contenders.add("PyTorch, torch.compile", "torch", name="torch_compile", **INDUCTOR)(lambda: torch_fit(compiled=True))


@contenders.add("snnTorch", "snntorch")
def snntorch() -> None:
    import snntorch as snn
    import torch

    hidden, last = torch.nn.Linear(FEATURES, HIDDEN), torch.nn.Linear(HIDDEN, CLASSES)
    neurons, read = snn.Leaky(beta=0.951), snn.Leaky(beta=0.951, reset_mechanism="none")

    def forward(spikes):
        v, out, total = neurons.reset_mem(), read.reset_mem(), 0
        for drive in hidden(spikes):
            s, v = neurons(drive, v)
            _, out = read(last(s), out)
            total = total + out
        return total / STEPS

    race(trained(forward, [*hidden.parameters(), *last.parameters()]))


@contenders.add("Norse", "norse")
def norse() -> None:
    import torch
    from norse.torch import LICell, LIFBoxCell, LIFBoxParameters

    hidden, last = torch.nn.Linear(FEATURES, HIDDEN), torch.nn.Linear(HIDDEN, CLASSES)
    neurons, read = LIFBoxCell(LIFBoxParameters(tau_mem_inv=torch.tensor(49.0))), LICell()

    def forward(spikes):
        state, out, total = None, None, 0
        for drive in hidden(spikes):
            s, state = neurons(drive, state)
            v, out = read(last(s), out)
            total = total + v
        return total / STEPS

    race(trained(forward, [*hidden.parameters(), *last.parameters()]))
