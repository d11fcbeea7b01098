"""The cell of a neural Turing machine: a controller beside a memory that its heads read and write."""

from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Integer

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.initializers import initializer_named
from neuralzoo.core.layer import Key, Spec
from neuralzoo.core.record import Built, param, part, require_built
from neuralzoo.kernels.product import product
from neuralzoo.kernels.recurrence import scan_cell
from neuralzoo.layers.addressing import by_content, sharpened, shifted, written
from neuralzoo.layers.cell import Cell, State, Steps

START = 1e-6  # what a constant memory holds; from it machines learn fastest (M. Collier, J. Beel, 2018)
FOCUSED = 5.0  # before learning each head looks at the first slot, e⁵ times as much as at any other


class TuringState(NamedTuple):
    """What a machine carries from step to step.

    memory: a slot is a column: with many slots side by side a step takes a third of the time.
    weighting: what each head looked at, the reading heads first.
    read: what was read.
    controller: the controller's own state.
    """

    memory: Float[Array, "batch width slots"]
    weighting: Float[Array, "batch heads slots"]
    read: Float[Array, "batch reads_width"]
    controller: Any


class Signals(NamedTuple):
    """What the controller tells its heads, the reading ones first; erase and add only those that write.

    key, strength: what to look for, and how strictly.
    gate: 1 to look where the content is, 0 to stay where the head was.
    shift: how much of the weighting to move by -shifts // 2, …, shifts // 2 slots.
    power: how much to sharpen it.
    erase, add: what to take out of a slot, between 0 and 1, and what to put there.
    """

    key: Float[Array, "batch heads width"]
    strength: Float[Array, "batch heads"]
    gate: Float[Array, "batch heads"]
    shift: Float[Array, "batch heads shifts"]
    power: Float[Array, "batch heads"]
    erase: Float[Array, "batch writes width"]
    add: Float[Array, "batch writes width"]


class TuringCell(Cell):
    """A controller with a memory of `slots` vectors: `(batch, in) -> (batch, units + read_heads · width)`.

    The controller sees the input and what was read the step before; the output is its own, with what is read now beside it. All heads
    address the memory as the last step left it, w = sharpen(shift(g · content + (1 - g) · w before)); then the reading heads read
    Σ w·M, then the others write M ← M · (1 - w ⊗ erase) + w ⊗ add.

    Fields:
        controller: a cell: `LSTMCell(100)`, or `DenseCell(100)` for a feed-forward one.
        slots, width: how many vectors the memory has, and how long each is.
        read_heads, write_heads: how many.
        shifts: by how many different distances a head may move in a step: 3 for -1, 0 and 1.
        start_memory: "constant", or "learned".
        read_kernel: from what was read to the controller.
        head_kernel, head_bias: from the controller to the signals: for each head key, strength, gate, shift, power, then for each
            that writes erase and add.
        first_memory, first_weighting: before the first step; the weightings as logits, all at the first slot until something is learned.

    References: A. Graves, G. Wayne, I. Danihelka, "Neural Turing machines", 2014; M. Collier, J. Beel, "Implementing neural Turing
    machines", ICANN 2018.
    """

    controller: Any = part()
    slots: int = 128
    width: int = 20
    read_heads: int = 1
    write_heads: int = 1
    shifts: int = 3
    start_memory: str = "constant"
    read_kernel: Built[Float[Array, "reads_width wide"]] = param()
    head_kernel: Built[Float[Array, "units signals"]] = param()
    head_bias: Built[Float[Array, " signals"]] = param()
    first_memory: Built[Float[Array, "width slots"]] = param()
    first_weighting: Built[Float[Array, "heads slots"]] = param()

    def __post_init__(self) -> None:
        if not isinstance(self.controller, Cell):
            what = f"the controller {self.controller!r} is not a cell"
            raise ArgumentError(what, remedy="give LSTMCell(100), or DenseCell(100) for a feed-forward one")
        for name in ("slots", "width", "read_heads", "write_heads"):
            if not isinstance(getattr(self, name), int) or getattr(self, name) < 1:
                raise ArgumentError(f"TuringCell({name}={getattr(self, name)!r}) is not possible", remedy="give a whole number, 1 or more")
        if not isinstance(self.shifts, int) or not 1 <= self.shifts <= self.slots or self.shifts % 2 == 0:
            what = f"a head cannot move by {self.shifts!r} different distances in a memory of {self.slots} slots"
            raise ArgumentError(what, remedy="give an odd number up to the number of slots, such as 3 for one back, none, one on")
        if self.start_memory not in ("constant", "learned"):
            raise ArgumentError(f"TuringCell(start_memory={self.start_memory!r}) is unknown", remedy='give "constant" or "learned"')

    @property
    def heads(self) -> int:
        """Those that read, and those that write."""
        return self.read_heads + self.write_heads

    def build(self, x: Spec, key: Key) -> Self:
        own, read, head, memory = jax.random.split(key, 4)
        controller = self.controller.build(x, own)
        drive = jax.eval_shape(controller.drive, x)
        output = jax.eval_shape(lambda c, d: c.step(d, c.start(len(d)))[0], controller, drive)
        signals = self.heads * (self.width + 3 + self.shifts) + self.write_heads * 2 * self.width
        draw = initializer_named("glorot_uniform")
        return self.set(
            controller=controller,
            read_kernel=draw(read, (self.read_heads * self.width, drive.shape[-1])),
            head_kernel=draw(head, (output.shape[-1], signals)),
            head_bias=jnp.zeros(signals),
            first_memory=draw(memory, (self.width, self.slots)) if self.start_memory == "learned" else None,
            first_weighting=jnp.zeros((self.heads, self.slots)).at[:, 0].set(FOCUSED),
        )

    def start(self, batch: int) -> TuringState:
        require_built(self, "read_kernel")
        memory = jnp.full((self.width, self.slots), START) if self.first_memory is None else self.first_memory
        weighting = jax.nn.softmax(self.first_weighting)
        read = (weighting[: self.read_heads] @ memory.T).reshape(-1)
        memory, weighting, read = (jnp.broadcast_to(a, (batch, *a.shape)) for a in (memory, weighting, read))
        return TuringState(memory, weighting, read, self.controller.start(batch))

    def drive(self, x: Steps) -> Any:
        return self.controller.drive(x)

    def drive_rows(self, table: Float[Array, "rows features"], codes: Integer[Array, "time batch"]) -> Any:
        return self.controller.drive_rows(table, codes)

    def noisy(self, batch: int, key: Key) -> Self:
        return self.set(controller=self.controller.noisy(batch, key))

    def step(self, drive: Any, state: State) -> tuple[Any, State]:
        output, controller = self.controller.step(drive + product(state.read, self.read_kernel), state.controller)
        told = self.signals(product(output, self.head_kernel) + self.head_bias)
        act = jax.checkpoint(self.act, prevent_cse=False)  # to keep all that it computes costs more than to compute it again
        after = act(told, state._replace(controller=()))._replace(controller=controller)
        return jnp.concatenate([output, after.read], axis=-1), after

    def signals(self, raw: Float[Array, "batch signals"]) -> Signals:
        """What the controller's numbers mean."""
        each = self.width + 3 + self.shifts
        heads = raw[:, : self.heads * each].reshape(len(raw), self.heads, each)
        write = raw[:, self.heads * each :].reshape(len(raw), self.write_heads, 2 * self.width)
        key, rest = heads[..., : self.width], heads[..., self.width :]
        return Signals(
            jnp.tanh(key),
            jax.nn.softplus(rest[..., 0]),
            jax.nn.sigmoid(rest[..., 1]),
            jax.nn.softmax(rest[..., 3:], axis=-1),
            1 + jax.nn.softplus(rest[..., 2]),
            jax.nn.sigmoid(write[..., : self.width]),
            jnp.tanh(write[..., self.width :]),
        )

    def act(self, told: Signals, state: TuringState) -> TuringState:
        """What the heads make of their signals: the state with the memory, the weightings and the reading after it."""
        memory, gate = state.memory, told.gate[..., None]
        content = by_content(memory, told.key, told.strength)
        weighting = sharpened(shifted(gate * content + (1 - gate) * state.weighting, told.shift), told.power)
        reading, writing = weighting[:, : self.read_heads], weighting[:, self.read_heads :]
        read = jnp.einsum("bhn,bwn->bhw", reading, memory).reshape(len(memory), -1)
        return state._replace(memory=written(memory, writing, told.erase, told.add), weighting=weighting, read=read)

    def over(self, x: Float[Array, "batch time features"]) -> tuple[Float[Array, "time batch outputs"], TuringState]:
        """The outputs of all steps, and the state after each, time in front: to look at."""

        def step(drive: Any, state: State) -> tuple[Any, State]:
            y, after = self.step(drive, state)
            return (y, after), after

        return scan_cell(step, self.drive(x.swapaxes(0, 1)), self.start(len(x)))[0]
