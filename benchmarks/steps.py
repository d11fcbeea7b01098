"""Training steps of a larger network, timed in each library's usual loop: one epoch to warm up, then EPOCHS that count.

Every loop shuffles, sums loss and accuracy on the way as `fit` does, and reads both at the end of the epoch.
"""

from collections.abc import Callable
from typing import Any

from benchmarks.contender import Laps, quick, tell

EPOCHS = 1 if quick() else 2


def step_laps(steps: int, name: str = "step") -> Laps:
    """Milliseconds a step, `step_ms`, of epochs of so many; what the first epoch ends at is `step_start_s`."""
    return Laps(f"{name}_ms", steps / 1000, f"{name}_start_s")


def fitted(model: Any, callback: Callable[..., Any], x: Any, y: Any, batch: int, name: str = "step") -> None:
    """neuralzoo's and Keras's `fit`; `callback` is the library's LambdaCallback."""
    laps = step_laps(len(x) // batch, name)
    history = model.fit(x, y, batch_size=batch, epochs=1 + EPOCHS, verbose=0, callbacks=[callback(on_epoch_end=laps.lap)])
    tell(accuracy=float(history.history["accuracy"][-1]))


def torch_steps(
    model: Any, optimizer: Any, x: Any, y: Any, batch: int, name: str = "step", *, last: bool = False, compiled: bool = False
) -> None:
    """The loop PyTorch's users write, on tensors, with batches by index; `last` puts the channels last."""
    import torch
    from torch.nn.functional import cross_entropy

    laps = step_laps(len(x) // batch, name)
    form = torch.channels_last if last else torch.preserve_format
    model, x, y = model.to(memory_format=form), torch.from_numpy(x), torch.from_numpy(y)

    def learn(x, y):
        optimizer.zero_grad()
        scores = model(x).flatten(0, -2)
        loss = cross_entropy(scores, y)
        loss.backward()
        return loss.detach() * len(y), (scores.detach().argmax(1) == y).sum()

    update = optimizer.step
    if compiled:
        learn, update = torch.compile(learn), torch.compile(optimizer.step)
    right = torch.zeros(())
    for _ in range(1 + EPOCHS):
        total, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for rows in torch.randperm(len(x)).split(batch):
            loss, hits = learn(x[rows].to(memory_format=form), y[rows].flatten())
            update()
            total += loss
            right += hits
        float(total), int(right)
        laps.lap()
    tell(accuracy=int(right) / y.numel())


def jax_steps(step: Callable[..., tuple[Any, Any]], state: Any, x: Any, y: Any, batch: int, name: str = "step") -> None:
    """A compiled step with the data on the device; `step(state, x, y) -> (state, (mean loss, right answers))`."""
    from functools import partial

    import jax
    import jax.numpy as jnp
    import numpy as np

    laps = step_laps(len(x) // batch, name)
    x, y, shuffle = jnp.asarray(x), jnp.asarray(y.astype(np.int32)), np.random.default_rng(0)

    @partial(jax.jit, donate_argnums=(0, 1))
    def learn(state, sums, x, y, rows):
        state, (loss, right) = step(state, x[rows], y[rows])
        return state, (sums[0] + loss * len(rows), sums[1] + right)

    sums = (jnp.zeros(()), jnp.zeros((), jnp.int32))
    for _ in range(1 + EPOCHS):
        order, sums = shuffle.permutation(len(x)).astype(np.int32), (jnp.zeros(()), jnp.zeros((), jnp.int32))
        for start in range(0, len(x), batch):
            state, sums = learn(state, sums, x, y, order[start : start + batch])
        jax.device_get(sums)
        laps.lap()
    tell(accuracy=int(sums[1]) / y.size)


def flax_steps(net: Any, rule: Any, x: Any, y: Any, batch: int, name: str = "step") -> None:
    """Flax NNX: the graph is split once and the step is a `jax.jit` of arrays, Flax's own advice for speed."""
    import optax
    from flax import nnx

    graph, state = nnx.split((net, nnx.Optimizer(net, rule, wrt=nnx.Param)))

    def step(state, x, y):
        net, optimizer = nnx.merge(graph, state)

        def objective(net):
            scores = net(x)
            return optax.softmax_cross_entropy_with_integer_labels(scores, y).mean(), scores

        (loss, scores), gradient = nnx.value_and_grad(objective, has_aux=True)(net)
        optimizer.update(net, gradient)
        return nnx.state((net, optimizer)), (loss, (scores.argmax(-1) == y).sum())

    jax_steps(step, state, x, y, batch, name)
