"""What a recurrent layer does at one step: the cell, and how to write one."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Integer, Shaped

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.initializers import Initialize, initializer_named
from neuralzoo.core.layer import Key, Spec
from neuralzoo.core.record import Built, Record, keyword, param, require_built, state
from neuralzoo.core.regularizers import Regularizer
from neuralzoo.core.rows import look_up
from neuralzoo.kernels.product import product
from neuralzoo.kernels.random import keep_mask
from neuralzoo.kernels.recurrence import recur, scan_cell

State = Any  # a pytree of arrays with the batch in front
Steps = Shaped[Array, "*time batch features"]  # all steps, `(time, batch, features)`, or one, `(batch, features)`


class Cell(Record):
    """One step of a recurrent layer: state, input -> output, state. `Recurrent(cell)` runs it over time and trains it.

    A subclass defines `start` and `step`; `build` where it has arrays; `drive` for what does not depend on the state, which is
    then computed for all steps at once, and much faster.

    Example (a leaky average: y ← y + rate · (x - y), the rate of each feature learned):
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.core.record import Built, param
        >>> from neuralzoo.layers import Cell, Recurrent
        >>> class Leaky(Cell):
        ...     rate: Built[Float[Array, " features"]] = param()
        ...     def build(self, x, key):
        ...         return self.set(rate=jnp.full(x.shape[-1], 0.5))
        ...     def start(self, batch):
        ...         return jnp.zeros((batch, len(self.rate)))
        ...     def step(self, drive, state):
        ...         state = state + self.rate * (drive - state)
        ...         return state, state
        >>> x = jnp.array([[[1.0], [1.0], [0.0]]])
        >>> Recurrent(Leaky(), return_sequences=True).build(x, jax.random.key(0))(x)[0, :, 0].tolist()
        [0.5, 0.75, 0.375]
    """

    def build(self, x: Spec, key: Key) -> Self:
        """A copy with its arrays filled in for one step of inputs like `x`, `(batch, features)`."""
        return self

    def start(self, batch: int) -> State:
        """The state before the first step."""
        raise NotImplementedError(f"{type(self).__name__} defines no start")

    def drive(self, x: Any) -> Any:
        """All that can be computed before the state is known, for all steps `(time, batch, …)` at once or for one `(batch, …)`."""
        return x

    def drive_rows(self, table: Any, codes: Any) -> Any:
        """The drive of rows of a table: of `table[codes]`, codes `(time, batch)`."""
        return self.drive(look_up(table, codes))

    def step(self, drive: Any, state: State) -> tuple[Any, State]:
        """The output of one step, and the state after it."""
        raise NotImplementedError(f"{type(self).__name__} defines no step")

    def inside(self, drive: Any, state: State) -> dict[str, Any]:
        """What a step computes on its way to its output, by name, for those who look: its weighted sum, its gates."""
        return {"sum": drive}

    def noisy(self, batch: int, key: Key) -> Self:
        """The cell as it is for one batch while training: with its dropout masks drawn, the same at every step."""
        return self

    def run(self, drive: Any, state: State, mask: Bool[Array, "time batch"] | None, reverse: bool) -> tuple[Any, State]:
        """The outputs of all steps, time in front, and the last state; a cell with a faster loop than `scan` overrides it."""
        return scan_cell(self.step, drive, state, mask, reverse)


class GateCell(Cell):
    """What the cells of Keras have in common: state[0] is the output, and one product with it is all that each step needs.

    Fields:
        kernel_initializer, recurrent_initializer, bias_initializer: names or initializers.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties added to the training loss.
        dropout, recurrent_dropout: the fractions of inputs and of outputs fed back that are dropped while training; a mask
            is drawn once for a sequence and stays the same at all its steps.
        kernel, recurrent, bias: for the inputs, for the outputs fed back (Keras's recurrent_kernel), and added; the gates are
            side by side.

    Reference: Y. Gal, Z. Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks", 2016.
    """

    gates: ClassVar[int] = 1

    kernel_initializer: Initialize = keyword(default="glorot_uniform")
    recurrent_initializer: Initialize = keyword(default="orthogonal")
    bias_initializer: Initialize = keyword(default="zeros")
    kernel_regularizer: str | Regularizer | None = keyword(default=None)
    recurrent_regularizer: str | Regularizer | None = keyword(default=None)
    bias_regularizer: str | Regularizer | None = keyword(default=None)
    dropout: float = keyword(default=0.0)
    recurrent_dropout: float = keyword(default=0.0)
    kernel: Built[Float[Array, "in gates_units"]] = param()
    recurrent: Built[Float[Array, "units gates_units"]] = param()
    bias: Built[Float[Array, "*two gates_units"]] = param()
    input_keep: Built[Float[Array, "batch in"]] = state()  # filled by `noisy` alone
    output_keep: Built[Float[Array, "batch units"]] = state()

    def __post_init__(self) -> None:
        units = self.setting("units")
        if not isinstance(units, int) or units < 1:
            raise ArgumentError(f"{type(self).__name__}(units={units!r}) is not possible", remedy="give a whole number, 1 or more")
        for name in ("dropout", "recurrent_dropout"):
            if not 0 <= self.setting(name) < 1:
                what = f"{type(self).__name__}({name}={self.setting(name)!r}) is not possible"
                raise ArgumentError(what, remedy="choose a fraction between 0 and 1 (1 excluded)")

    def setting(self, name: str) -> Any:
        """A setting that every subclass has, in its own place among the arguments: units, activation, use_bias."""
        return getattr(self, name)

    def build(self, x: Spec, key: Key) -> Self:
        if len(x.shape) != 2:
            raise ShapeError(
                f"{type(self).__name__} needs (batch, time, features), but a step of its input has shape {tuple(x.shape)}",
                remedy="put TimeDistributed(Flatten()) in front, or reshape x to (batch, time, features)",
            )
        kernel_key, recurrent_key, bias_key = jax.random.split(key, 3)
        units, wide = self.setting("units"), self.gates * self.setting("units")
        bias = self.start_bias(bias_key, (wide,)) if self.setting("use_bias") else None
        return self.set(
            kernel=initializer_named(self.kernel_initializer)(kernel_key, (x.shape[-1], wide)),
            recurrent=initializer_named(self.recurrent_initializer)(recurrent_key, (units, wide)),
            bias=bias,
        )

    def start_bias(self, key: Key, shape: tuple[int, ...]) -> Float[Array, "*shape"]:
        """The biases before training."""
        return initializer_named(self.bias_initializer)(key, shape)

    def start(self, batch: int) -> State:
        return (jnp.zeros((batch, self.setting("units"))),)

    def drive(self, x: Steps) -> Float[Array, "*time batch gates_units"]:
        require_built(self, "kernel")
        if x.shape[-1] != self.kernel.shape[0]:
            raise ShapeError(
                f"{type(self).__name__} was built for {self.kernel.shape[0]} features a step but was given {x.shape[-1]}",
                remedy=f"give it steps of {self.kernel.shape[0]} values, or build a new network for steps of {x.shape[-1]}",
            )
        x = x.astype(self.kernel.dtype)
        y, bias = product(x if self.input_keep is None else x * self.input_keep, self.kernel), self.input_bias()
        return y if bias is None else y + bias

    def drive_rows(self, table: Float[Array, "rows features"], codes: Integer[Array, "time batch"]) -> Any:
        """The product is that of the table where it has fewer rows than there are steps: they are looked up in it."""
        if self.input_keep is None and len(table) < codes.size:
            return look_up(self.drive(table), codes)
        return Cell.drive_rows(self, table, codes)

    def input_bias(self) -> Float[Array, " gates_units"] | None:
        """What is added to the inputs' product."""
        return None

    def output_bias(self) -> Float[Array, " gates_units"] | None:
        """What is added to the product of the outputs fed back, where it costs no pass over all steps of its own."""
        return self.bias

    def update(self) -> Callable[..., State]:
        """The elementwise function (drive, product of the output fed back, state) -> state."""
        raise NotImplementedError(f"{type(self).__name__} defines no update")

    def step(self, drive: Any, state: State) -> tuple[Any, State]:
        after = self.update()(drive, self.fed(state), state)
        return after[0], after

    def fed(self, state: State) -> Float[Array, "batch gates_units"]:
        """The product of the output fed back, with its bias."""
        bias, fed = self.output_bias(), product(self.fed_back(state[0]), self.recurrent)
        return fed if bias is None else fed + bias

    def inside(self, drive: Any, state: State) -> dict[str, Any]:
        return {"sum": drive + self.fed(state)}

    def fed_back(self, output: Float[Array, "batch units"]) -> Float[Array, "batch units"]:
        """The output as the next step gets it."""
        return output if self.output_keep is None else output * self.output_keep

    def noisy(self, batch: int, key: Key) -> Self:
        inputs, outputs = jax.random.split(key)
        return self.set(
            input_keep=_keep(inputs, self.dropout, (batch, self.kernel.shape[0])),
            output_keep=_keep(outputs, self.recurrent_dropout, (batch, self.setting("units"))),
        )

    def run(self, drive: Any, state: State, mask: Bool[Array, "time batch"] | None, reverse: bool) -> tuple[Any, State]:
        kept: dict[str, Any] = {"mask": mask, "reverse": reverse, "keep": self.output_keep}
        return recur(self.update(), drive, self.recurrent, tuple(state), bias=self.output_bias(), **kept)


def _keep(key: Key, rate: float, shape: tuple[int, ...]) -> Float[Array, "batch features"] | None:
    return jnp.where(keep_mask(key, rate, shape), 1 / (1 - rate), 0.0) if rate else None
