"""A trace of the lectures' 784-512-512-10 network: one example forwards, back, and the change of every weight, as NumPy arrays."""

import time

from benchmarks.contender import CACHED, Contenders, median_s, quick, tell
from benchmarks.table import Column, Target, under

SECONDS = 0.3 if quick() else 3.0

TITLE = "A trace of 784-512-512-10"
ROUNDS = 2
MAIN = "trace_ms"
REFERENCE = "neuralzoo"
COLUMNS = (Column("trace_ms", "ms a trace", 1), Column("first_s", "s for the first", 2))
NOTES = (
    "Milliseconds of a call of `neuralzoo.inspect.trace` with one example, after the first, which compiles: outputs, weighted sums, "
    "gradients and changes of all 669,706 weights. PyTorch's is the same by hooks, `backward` and a step of RMSprop on a copy."
)

contenders = Contenders()


def targets() -> list[Target]:
    return [under("trace_ms", "neuralzoo", 50, "a trace takes under 50 ms")]


def example():
    import numpy as np

    draws = np.random.default_rng(0)
    return draws.random((1, 784), np.float32), np.eye(10, dtype=np.float32)[:1]


def measure(look) -> None:
    """Trace once, then again and again."""
    began = time.perf_counter()
    look()
    tell(first_s=time.perf_counter() - began)
    tell(trace_ms=median_s(look, SECONDS) * 1000)


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    from neuralzoo.inspect import trace
    from neuralzoo.layers import Dense, Dropout
    from neuralzoo.models import Sequential

    layers = [Dense(512, activation="relu", input_shape=(784,)), Dropout(0.2), Dense(512, activation="relu"), Dropout(0.2)]
    model = Sequential([*layers, Dense(10, activation="softmax")])
    model.compile("rmsprop", "categorical_crossentropy")
    x, y = example()
    measure(lambda: trace(model, x, y))


@contenders.add("PyTorch, by hooks", "torch", name="torch")
def torch_hooks() -> None:
    import copy

    import torch
    from torch import nn

    layers = (nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2), nn.Linear(512, 512), nn.ReLU(), nn.Dropout(0.2), nn.Linear(512, 10))
    model = nn.Sequential(*layers)
    rule = torch.optim.RMSprop(model.parameters())
    x, y = map(torch.from_numpy, example())

    def look():
        kept = {}

        def keep(i):
            def note(layer, inputs, output):
                output.retain_grad()
                kept[i] = (inputs[0], output)

            return note

        hooks = [layer.register_forward_hook(keep(i)) for i, layer in enumerate(model)]
        model.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        before, state = copy.deepcopy(model.state_dict()), copy.deepcopy(rule.state_dict())
        rule.step()
        after = {name: value - before[name] for name, value in model.state_dict().items()}
        model.load_state_dict(before)
        rule.load_state_dict(state)
        for hook in hooks:
            hook.remove()
        return {i: tuple(a.detach().numpy() for a in (*pair, pair[1].grad)) for i, pair in kept.items()}, after

    measure(look)
