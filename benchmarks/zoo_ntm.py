"""A neural Turing machine, LSTM of 100 units, memory of 128 × 20: twenty training steps of 16 sequences to copy, length 20, Adam, float32.

Everyone reads and writes by content and by location, takes the cross-entropy of the bits asked for, clips the gradient's norm and
changes the weights.
"""

import time
from collections.abc import Callable
from typing import Any

from benchmarks.contender import CACHED, INDUCTOR, Contenders, quick, tell
from benchmarks.table import Column, Target, at_most

BATCH, LENGTH, BITS, TRAINED = 16, 20, 8, 20
UNITS, SLOTS, WIDTH = 100, 128, 20
TIMES = 2 if quick() else 7

TITLE = "A neural Turing machine, copying 20 vectors, twenty training steps"
ROUNDS = 3
MAIN = "train_s"
REFERENCE = "neuralzoo"
COLUMNS = (Column("train_s", "s for twenty steps", 3), Column("first_s", "s for the first twenty", 1))
NOTES = "Seconds of twenty training steps of 41 time steps each, the least of a few: the public call of `fit` for neuralzoo."

contenders = Contenders()


def targets() -> list[Target]:
    rivals = [name for name in contenders if name != "neuralzoo"]
    return [at_most("train_s", "neuralzoo", 1.0, rivals, "the fastest")]


def rows() -> tuple[Any, Any]:
    """x (320, 41, 9), and y (320, 41, 8): the bits to tell, -1 where nothing is asked."""
    import numpy as np

    vectors = np.random.default_rng(0).integers(0, 2, (TRAINED * BATCH, LENGTH, BITS))
    x = np.zeros((TRAINED * BATCH, 2 * LENGTH + 1, BITS + 1), np.float32)
    y = np.full((TRAINED * BATCH, 2 * LENGTH + 1, BITS), -1, np.float32)
    x[:, :LENGTH, :BITS], x[:, LENGTH, BITS], y[:, LENGTH + 1 :] = vectors, 1, vectors
    return x, y


def race(fit: Callable[[], Any]) -> None:
    """Twenty training steps again and again; tell the least time."""
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
    from neuralzoo.zoo import NeuralTuringMachine

    x, y = rows()
    machine = NeuralTuringMachine(slots=SLOTS, width=WIDTH)
    race(lambda: machine.fit(x, y, batch_size=BATCH, epochs=1, verbose=0))


def torch_fit(compiled: bool) -> None:
    """As in neuralzoo: all heads together, a shift as three products with rolled weightings; the step is what is compiled."""
    import torch
    from torch.nn import functional

    each = WIDTH + 6

    class Machine(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.controller = torch.nn.LSTMCell(BITS + 1 + WIDTH, UNITS)
            self.heads = torch.nn.Linear(UNITS, 2 * each + 2 * WIDTH)
            self.out = torch.nn.Linear(UNITS + WIDTH, BITS)
            self.first = torch.nn.Parameter(torch.zeros(2, SLOTS))

        def step(self, x, memory, looks, read, h, c):
            h, c = self.controller(torch.cat([x, read], 1), (h, c))
            told = self.heads(h)
            signals = told[:, : 2 * each].reshape(-1, 2, each)
            key, strength, gate, power = torch.tanh(signals[..., :WIDTH]), *signals[..., WIDTH : WIDTH + 3].split(1, 2)
            shift = torch.softmax(signals[..., WIDTH + 3 :], 2)
            similar = torch.bmm(functional.normalize(key, dim=2), functional.normalize(memory, dim=2).transpose(1, 2))
            content = torch.softmax(functional.softplus(strength) * similar, 2)
            gate = torch.sigmoid(gate)
            gated = gate * content + (1 - gate) * looks
            moved = shift[..., :1] * gated.roll(-1, 2) + shift[..., 1:2] * gated + shift[..., 2:] * gated.roll(1, 2)
            looks = torch.softmax((1 + functional.softplus(power)) * torch.log(moved + 1e-12), 2)
            read = torch.bmm(looks[:, :1], memory)[:, 0]
            write = looks[:, 1].unsqueeze(2)
            erase, add = torch.sigmoid(told[:, None, 2 * each : 2 * each + WIDTH]), torch.tanh(told[:, None, 2 * each + WIDTH :])
            return memory * (1 - write * erase) + write * add, looks, read, h, c

        def forward(self, x):
            memory = x.new_full((len(x), SLOTS, WIDTH), 1e-6)
            looks = torch.softmax(self.first, 1).expand(len(x), 2, SLOTS)
            state = (memory, looks, x.new_zeros(len(x), WIDTH), x.new_zeros(len(x), UNITS), x.new_zeros(len(x), UNITS))
            seen = []
            for t in range(x.shape[1]):
                state = step(x[:, t], *state)
                seen.append(torch.cat([state[3], state[2]], 1))
            return self.out(torch.stack(seen, 1))

    machine = Machine()
    step = torch.compile(machine.step) if compiled else machine.step
    optimizer = torch.optim.Adam(machine.parameters(), 1e-3, fused=True)
    x, y = map(torch.from_numpy, rows())

    def fit() -> None:
        for begin in range(0, len(x), BATCH):
            wanted = y[begin : begin + BATCH, LENGTH + 1 :]
            optimizer.zero_grad()
            said = machine(x[begin : begin + BATCH])[:, LENGTH + 1 :]
            loss = functional.binary_cross_entropy_with_logits(said, wanted, reduction="sum") / BATCH
            loss.backward()
            torch.nn.utils.clip_grad_norm_(machine.parameters(), 10.0)
            optimizer.step()
        float(loss.detach())

    race(fit)


contenders.add("PyTorch", "torch", name="torch")(lambda: torch_fit(compiled=False))
contenders.add("PyTorch, torch.compile", "torch", name="torch_compile", **INDUCTOR)(lambda: torch_fit(compiled=True))
