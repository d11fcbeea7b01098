"""What a recurrent layer does at one step: the cells with Keras's names."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, ClassVar, Self

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float

from neuralzoo.core.activations import Activate, activation_named, sigmoid, tanh
from neuralzoo.core.initializers import initializer_named
from neuralzoo.core.layer import Key, Spec
from neuralzoo.core.record import Built, keyword, param, part, require_built
from neuralzoo.kernels.product import product
from neuralzoo.layers.cell import Cell, GateCell, State, Steps


class SimpleRNNCell(GateCell):
    """y ← activation(x @ kernel + y @ recurrent + bias). Fields: units, activation, use_bias, and those of `GateCell`.

    Reference: J. Elman, "Finding structure in time", Cognitive Science 14, 1990.
    """

    units: int
    activation: Activate = "tanh"
    use_bias: bool = True

    def update(self) -> Callable[..., State]:
        return _with(_simple, activation_named(self.activation))


ElmanCell = SimpleRNNCell


class LSTMCell(GateCell):
    """i, f, o = σ(…), g = activation(…), each of x @ kernel + y @ recurrent + bias; c ← f·c + i·g; y ← o · activation(c).

    The gates are in the order i, f, g, o, the state is (y, c).

    Fields (and those of `GateCell`):
        units, activation, use_bias: as of `Dense`.
        recurrent_activation: σ, of the gates.
        unit_forget_bias: let the bias of f start at 1, so that an untrained cell remembers.

    Reference: S. Hochreiter, J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997; F. Gers et al., "Learning to
    forget", 2000.
    """

    gates: ClassVar[int] = 4

    units: int
    activation: Activate = "tanh"
    recurrent_activation: Activate = "sigmoid"
    use_bias: bool = True
    unit_forget_bias: bool = keyword(default=True)

    def start_bias(self, key: Key, shape: tuple[int, ...]) -> Float[Array, "*shape"]:
        bias = initializer_named(self.bias_initializer)(key, shape)
        return bias.at[self.units : 2 * self.units].set(1.0) if self.unit_forget_bias else bias

    def start(self, batch: int) -> State:
        return (jnp.zeros((batch, self.units)), jnp.zeros((batch, self.units)))

    def update(self) -> Callable[..., State]:
        return _with(_lstm, activation_named(self.activation), activation_named(self.recurrent_activation))

    def inside(self, drive: Any, state: State) -> dict[str, Any]:
        z, sigma = drive + self.fed(state), activation_named(self.recurrent_activation)
        i, f, g, o = jnp.split(z, 4, axis=-1)
        gates = {"input gate": sigma(i), "forget gate": sigma(f), "candidate": activation_named(self.activation)(g)}
        return {"sum": z, **gates, "output gate": sigma(o)}


class GRUCell(GateCell):
    """z, r = σ(…); n = activation(x @ kernel + r · (y @ recurrent + bias)); y ← z·y + (1 - z)·n. The gates are in the order z, r, n.

    Fields (and those of `GateCell`):
        units, activation, use_bias: as of `Dense`.
        recurrent_activation: σ, of the gates.
        reset_after: False applies r before the product, n = activation(… + (r·y) @ recurrent), as the paper does; it is slower.

    Reference: K. Cho et al., "Learning phrase representations using RNN encoder-decoder", EMNLP 2014.
    """

    gates: ClassVar[int] = 3

    units: int
    activation: Activate = "tanh"
    recurrent_activation: Activate = "sigmoid"
    use_bias: bool = True
    reset_after: bool = keyword(default=True)

    def start_bias(self, key: Key, shape: tuple[int, ...]) -> Float[Array, "*shape"]:
        return initializer_named(self.bias_initializer)(key, (2, *shape) if self.reset_after else shape)

    def input_bias(self) -> Float[Array, " gates_units"] | None:
        return self.bias[0] if self.reset_after and self.bias is not None else self.bias

    def output_bias(self) -> Float[Array, " gates_units"] | None:
        return self.bias[1] if self.reset_after and self.bias is not None else None

    def update(self) -> Callable[..., State]:
        return _with(_gru, activation_named(self.activation), activation_named(self.recurrent_activation))

    def step(self, drive: Any, state: State) -> tuple[Any, State]:
        if self.reset_after:
            return GateCell.step(self, drive, state)
        _, z, n = self._gates(drive, state)
        y = z[:, : self.units] * state[0] + (1 - z[:, : self.units]) * n
        return y, (y,)

    def inside(self, drive: Any, state: State) -> dict[str, Any]:
        z, gates, n = self._gates(drive, state)
        return {"sum": z, "update gate": gates[:, : self.units], "reset gate": gates[:, self.units :], "candidate": n}

    def _gates(self, drive: Any, state: State) -> tuple[Array, Array, Array]:
        """The weighted sums, z beside r, and n."""
        wide, sigma = 2 * self.units, activation_named(self.recurrent_activation)
        if self.reset_after:
            fed = self.fed(state)
            sums = drive[:, :wide] + fed[:, :wide]
            last = drive[:, wide:] + sigma(sums)[:, self.units :] * fed[:, wide:]
        else:
            fed = self.fed_back(state[0])
            sums = drive[:, :wide] + product(fed, self.recurrent[:, :wide])
            last = drive[:, wide:] + product(sigma(sums)[:, self.units :] * fed, self.recurrent[:, wide:])
        return jnp.concatenate([sums, last], axis=-1), sigma(sums), activation_named(self.activation)(last)

    def run(self, drive: Any, state: State, mask: Bool[Array, "time batch"] | None, reverse: bool) -> tuple[Any, State]:
        return (GateCell if self.reset_after else Cell).run(self, drive, state, mask, reverse)


class DenseCell(Cell):
    """y = activation(x @ kernel + bias) at each step by itself: a cell without a state, such as a feed-forward controller."""

    units: int
    activation: Activate = "tanh"
    kernel: Built[Float[Array, "in units"]] = param()
    bias: Built[Float[Array, " units"]] = param()

    def build(self, x: Spec, key: Key) -> Self:
        return self.set(kernel=initializer_named("glorot_uniform")(key, (x.shape[-1], self.units)), bias=jnp.zeros(self.units))

    def start(self, batch: int) -> State:
        return ()

    def drive(self, x: Steps) -> Float[Array, "*time batch units"]:
        require_built(self, "kernel")
        return product(x.astype(self.kernel.dtype), self.kernel) + self.bias

    def step(self, drive: Any, state: State) -> tuple[Any, State]:
        return activation_named(self.activation)(drive), state


class StackedRNNCells(Cell):
    """Cells one upon the other within a step: the output of each is the input of the next. The state is a tuple of their states."""

    cells: tuple[Cell, ...] = part()

    def build(self, x: Spec, key: Key) -> Self:
        built = []
        for i, cell in enumerate(self.cells):
            built.append(cell.build(x, jax.random.fold_in(key, i)))
            x = jax.eval_shape(lambda cell, x: cell.step(cell.drive(x), cell.start(len(x)))[0], built[-1], x)
        return self.set(cells=tuple(built))

    def start(self, batch: int) -> State:
        return tuple(cell.start(batch) for cell in self.cells)

    def drive(self, x: Any) -> Any:
        return self.cells[0].drive(x)

    def drive_rows(self, table: Any, codes: Any) -> Any:
        return self.cells[0].drive_rows(table, codes)

    def step(self, drive: Any, state: State) -> tuple[Any, State]:
        y, after = None, []
        for i, (cell, one) in enumerate(zip(self.cells, state, strict=True)):
            y, one = cell.step(drive if i == 0 else cell.drive(y), one)
            after.append(one)
        return y, tuple(after)

    def noisy(self, batch: int, key: Key) -> Self:
        return self.set(cells=tuple(cell.noisy(batch, jax.random.fold_in(key, i)) for i, cell in enumerate(self.cells)))


@cache
def _with(function: Callable[..., State], *activations: Any) -> Callable[..., State]:
    """The same function object for the same activations, so that nothing is compiled twice."""
    return partial(function, *activations)


def _simple(activation: Any, drive: Array, fed: Array, state: State) -> State:
    return (activation(drive + fed),)


def _lstm(activation: Any, sigma: Any, drive: Array, fed: Array, state: State) -> State:
    if activation is tanh and sigma is sigmoid:
        return _usual_lstm(drive + fed, state[1])
    z = jnp.split(drive + fed, 4, axis=-1)
    i, f, g, o = (function(part) for function, part in zip((sigma, sigma, activation, sigma), z, strict=True))
    c = f * state[1] + i * g
    return (o * activation(c), c)


@jax.custom_vjp
def _usual_lstm(z: Array, before: Array) -> State:
    """An LSTM of σ and tanh, with a derivative that keeps the gates and nothing else of their size."""
    return _lstm_forward(z, before)[0]


def _lstm_forward(z: Array, before: Array) -> tuple[State, tuple[Array, ...]]:
    scale = _of_gates(z)[1]
    gates = jnp.tanh(z * scale) * scale + (1 - scale)  # σ(x) = ½ + ½ tanh(x / 2): one tanh of all gates is twice as fast
    i, f, g, o = jnp.split(gates, 4, axis=-1)
    c = f * before + i * g
    squashed = jnp.tanh(c)
    return (o * squashed, c), (gates, before, squashed)


def _lstm_backward(held: tuple[Array, ...], wanted: State) -> tuple[Array, Array]:
    gates, before, squashed = held
    i, f, g, o = jnp.split(gates, 4, axis=-1)
    d_c = wanted[1] + wanted[0] * o * (1 - squashed * squashed)
    slope = jnp.where(_of_gates(gates)[0], 1 - gates * gates, gates * (1 - gates))
    return slope * jnp.concatenate([d_c * g, d_c * before, d_c * i, wanted[0] * squashed], axis=-1), d_c * f


_usual_lstm.defvjp(_lstm_forward, _lstm_backward)


def _of_gates(z: Array) -> tuple[Array, Array]:
    """Which of the columns are the candidate's, the third quarter, and the scale of the tanh in each: 1 there and ½ elsewhere."""
    place, quarter = lax.broadcasted_iota(jnp.int32, z.shape, z.ndim - 1), z.shape[-1] // 4
    middle = (place >= 2 * quarter) & (place < 3 * quarter)
    return middle, jnp.where(middle, 1.0, 0.5).astype(z.dtype)


def _gru(activation: Any, sigma: Any, drive: Array, fed: Array, state: State) -> State:
    (z, r, n), (fed_z, fed_r, fed_n) = jnp.split(drive, 3, axis=-1), jnp.split(fed, 3, axis=-1)
    z = sigma(z + fed_z)
    return (z * state[0] + (1 - z) * activation(n + sigma(r + fed_r) * fed_n),)
