"""Recurrent layers: a cell run over time, under Keras's names."""

from typing import Any, ClassVar, Self, TypeVar

import jax
from jax import lax

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Key, Layer, Spec, describe
from neuralzoo.core.masked import Masked, mask_of, unmasked
from neuralzoo.core.record import Built, keyword, memory, part, walk
from neuralzoo.core.rows import Rows
from neuralzoo.layers.attention import Attending
from neuralzoo.layers.cell import Cell, State
from neuralzoo.layers.cells import GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells
from neuralzoo.layers.embedding import rows_of

Net = TypeVar("Net")


class Recurrence(Layer):
    """What the recurrent layers have in common: a cell goes over the steps, `(batch, time, …) -> (batch, …)`.

    The input is a sequence, or a tuple `(sequence, *state)` with the state to start from, such as `return_state` gave it.
    Steps that a mask calls filling leave the state as it is, and repeat the output before them.

    Fields:
        return_sequences: return the output of every step, `(batch, time, …)`, instead of the last one.
        return_state: return a tuple `(output, *state)` with the state after the last step.
        go_backwards: take the steps from the last to the first; the outputs are then in the order they were made in.
        stateful: start where the batch before ended: row i of a batch goes on with row i of the one before. `forward` and
            `advance` move the memory on, and `reset_states` of the model empties it.
    """

    masks: ClassVar[bool] = True

    return_sequences: bool = keyword(default=False)
    return_state: bool = keyword(default=False)
    go_backwards: bool = keyword(default=False)
    stateful: bool = keyword(default=False)
    memory: Built[State] = memory()

    def held(self) -> Any:
        """The cell; the layers with Keras's names are one themselves."""
        return self

    def build_cell(self, x: Spec, key: Key) -> Any:
        """A copy with the cell built for one step of inputs like `x`."""
        raise NotImplementedError(f"{type(self).__name__} defines no build_cell")

    def following(self, x: Any, layer: Layer, before: Any) -> Any:
        return rows_of(x, layer, before)

    def build(self, x: Spec, key: Key) -> Self:
        x, _ = self._parts(x)
        x = unmasked(x)
        return self.build_cell(jax.ShapeDtypeStruct((x.shape[0], *x.shape[2:]), x.dtype), key)

    def __call__(self, x: Any) -> Any:
        return self.over(self.held(), x)[0]

    def forward(self, x: Any, key: Key) -> tuple[Any, Self]:
        y, last = self.over(self.noisy_cell(x, key), x)
        return y, self.past(lax.stop_gradient(last))

    def advance(self, x: Any) -> tuple[Any, Self]:
        y, last = self.over(self.held(), x)
        return y, self.past(last)

    def remember(self, batch: int) -> Self:
        """The layer made stateful for batches of so many rows, with an empty memory."""
        if self.go_backwards:
            what = f"{describe(self)} reads a sequence from its end, so it cannot go on with a sequence piece by piece"
            raise ArgumentError(what, remedy="use a layer without go_backwards and without Bidirectional around it")
        return self.set(stateful=True, memory=self.held().start(batch))

    def noisy_cell(self, x: Any, key: Key) -> Any:
        """The cell as it is for the batch `x` while training."""
        return self.held().noisy(len(unmasked(self._parts(x)[0])), key)

    def past(self, last: State) -> Self:
        """The layer after a batch that left its cell in the state `last`."""
        return self.set(memory=last) if self.stateful else self

    def over(self, cell: Any, x: Any, run: Any = None) -> tuple[Any, State]:
        """The layer's output with this cell, and the state after the last step; `run` does what `cell.run` does, where it is given."""
        x, given = self._parts(x)
        mask, x = mask_of(x), unmasked(x)
        drive = cell.drive_rows(x.table, x.codes.swapaxes(0, 1)) if isinstance(x, Rows) else cell.drive(x.swapaxes(0, 1))
        start, real = self._start(cell, len(x), given), None if mask is None else mask.T.astype(bool)
        steps, last = (run or cell.run)(drive, start, real, self.go_backwards)
        if self.return_sequences:
            y = jax.tree.map(lambda a: (a[::-1] if self.go_backwards else a).swapaxes(0, 1), steps)
            if mask is not None:
                y = Masked(y, mask[:, ::-1] if self.go_backwards else mask)
        else:
            y = jax.tree.map(lambda a: a[0 if self.go_backwards else -1], steps)
        return ((y, *last) if isinstance(last, tuple) else (y, last)) if self.return_state else y, last

    def _parts(self, x: Any) -> tuple[Any, tuple[Any, ...]]:
        """The sequence and the state that was given with it."""
        x, given = (x[0], tuple(x[1:])) if isinstance(x, tuple | list) else (x, ())
        if len(x.shape) < 3:
            raise ShapeError(
                f"{type(self).__name__} needs (batch, time, features), but its input has shape {tuple(x.shape)}",
                remedy="for one number a step add an axis, x[..., None] or Reshape((-1, 1)); for codes put an Embedding in front; "
                "for the same vector at every step RepeatVector(n); a recurrent layer in front needs return_sequences=True",
            )
        return x, given

    def _start(self, cell: Cell, batch: int, given: tuple[Any, ...]) -> State:
        usual = jax.eval_shape(lambda: cell.start(batch))
        found = (given if isinstance(usual, tuple) else given[0]) if given else self.memory if self.stateful else None
        if found is None:
            return cell.start(batch)
        shapes = [jax.tree.map(lambda a: tuple(a.shape), tree) for tree in (usual, found)]
        if shapes[0] == shapes[1]:
            return found
        if given:
            what = f"{type(self).__name__} starts from a state of shape {shapes[0]} but was given {shapes[1]}"
            raise ShapeError(what, remedy="give (x, *state) with the state that return_state=True returns")
        kept = len(jax.tree.leaves(found)[0])
        raise ShapeError(
            f"{describe(self)} remembers a batch of {kept} rows but was given one of {batch}",
            remedy=f"go on with batches of {kept} rows, or empty its memory: model.reset_states(), or remembering(net, {batch})",
        )


class Recurrent(Recurrence):
    """A cell over time: `(batch, time, …) -> (batch, …)`, or `(batch, time, …)` with `return_sequences`.

    Fields (and those of `Recurrence`):
        cell: any `Cell`, one of your own too, or a list of them, one upon the other.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers import LSTMCell, StackedRNNCells
        >>> x = jnp.ones((2, 5, 3))
        >>> Recurrent(StackedRNNCells([LSTMCell(4), LSTMCell(6)])).build(x, jax.random.key(0))(x).shape
        (2, 6)
    """

    cell: Any = part()

    def __post_init__(self) -> None:
        if isinstance(self.cell, list | tuple):
            self.__dict__["cell"] = StackedRNNCells(tuple(self.cell))
        if not isinstance(self.cell, Cell):
            raise ArgumentError(
                f"Recurrent was given {self.cell!r}, which is not a cell", remedy="give it LSTMCell(units), or a Cell of yours"
            )

    def held(self) -> Any:
        return self.cell

    def build_cell(self, x: Spec, key: Key) -> Self:
        return self.set(cell=self.cell.build(x, key))


RNN = Recurrent  # Keras's name


class SimpleRNN(Recurrence, SimpleRNNCell):
    """y ← activation(x @ kernel + y @ recurrent + bias) over time: `(batch, time, features) -> (batch, units)`.

    Fields: units, activation, use_bias, those of `GateCell` and those of `Recurrence`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> x = jnp.ones((2, 10, 4))
        >>> SimpleRNN(8, return_sequences=True).build(x, jax.random.key(0))(x).shape
        (2, 10, 8)

    Reference: J. Elman, "Finding structure in time", Cognitive Science 14, 1990.
    """

    def build_cell(self, x: Spec, key: Key) -> Any:
        return SimpleRNNCell.build(self, x, key)


class LSTM(Recurrence, LSTMCell):
    """Long short-term memory over time: `(batch, time, features) -> (batch, units)`; the equations are those of `LSTMCell`.

    Fields: those of `LSTMCell` and `Recurrence`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> x = jnp.ones((2, 10, 4))
        >>> y, h, c = LSTM(8, return_state=True).build(x, jax.random.key(0))(x)
        >>> y.shape, h.shape, c.shape
        ((2, 8), (2, 8), (2, 8))

    Reference: S. Hochreiter, J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997.
    """

    def build_cell(self, x: Spec, key: Key) -> Any:
        return LSTMCell.build(self, x, key)


class GRU(Recurrence, GRUCell):
    """Gated recurrent units over time: `(batch, time, features) -> (batch, units)`; the equations are those of `GRUCell`.

    Fields: those of `GRUCell` and `Recurrence`.

    Reference: K. Cho et al., "Learning phrase representations using RNN encoder-decoder", EMNLP 2014.
    """

    def build_cell(self, x: Spec, key: Key) -> Any:
        return GRUCell.build(self, x, key)


def remembering(net: Net, batch: int) -> Net:
    """The same network with every recurrent layer stateful, for batches of so many rows, and with an empty memory.

    `y, net = net.advance(x)` then goes on where it was: a text is generated one character at a time. Layers that look along
    time and remember nothing (attention) and those that read from the end (`Bidirectional`) are refused.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers import GRU, Chain, Dense
        >>> x = jnp.linspace(-1, 1, 12).reshape(1, 6, 2)
        >>> net = Chain([GRU(3, return_sequences=True), Dense(2)]).build(x, jax.random.key(0))
        >>> moved = remembering(net, 1)
        >>> for i in range(6):
        ...     y, moved = moved.advance(x[:, i : i + 1])
        >>> bool(jnp.allclose(y[:, 0], net(x)[:, -1], atol=1e-6))
        True
    """

    def change(layer: Any) -> Any:
        if isinstance(layer, Attending):
            what = f"{describe(layer)} looks back at steps that it does not remember, so it cannot go on step by step"
            raise ArgumentError(what, remedy="give such a network the whole sequence so far at each step")
        return layer.remember(batch) if isinstance(layer, Recurrence) else layer

    return jax.tree.map(change, net, is_leaf=lambda v: isinstance(v, Recurrence | Attending))


def emptied(net: Net, batch: int) -> Net:
    """The same network with an empty memory, for batches of so many rows, in the layers that are stateful."""
    change = lambda layer: layer.remember(batch) if isinstance(layer, Recurrence) and layer.stateful else layer  # noqa: E731
    return jax.tree.map(change, net, is_leaf=lambda v: isinstance(v, Recurrence))


def stateful_layers(net: Any) -> list[Recurrence]:
    """The layers of a network that remember from one batch to the next."""
    return [layer for layer in walk(net) if isinstance(layer, Recurrence) and layer.stateful]
