"""Layers about time: both directions, one layer at every step, repetition, filling."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Shaped

from neuralzoo.core.composite import Composite, Visit
from neuralzoo.core.errors import ArgumentError, ShapeError, nearest
from neuralzoo.core.layer import Layer
from neuralzoo.core.masked import Masked, mask_of, over_values, remasked, unmasked
from neuralzoo.core.record import part
from neuralzoo.layers.embedding import rows_of
from neuralzoo.layers.recurrent import Recurrence

MERGES: dict[str | None, Callable[[list[Any]], Any]] = {
    "concat": lambda ys: jnp.concatenate(ys, axis=-1),
    "sum": lambda ys: ys[0] + ys[1],
    "mul": lambda ys: ys[0] * ys[1],
    "ave": lambda ys: (ys[0] + ys[1]) / 2,
}


class Bidirectional(Composite):
    """Two recurrent layers over a sequence, one from each end: `(batch, time, features) -> (batch, [time,] 2 · units)`.

    At each step the outputs for the same step are merged, or the two last outputs where the layer returns only those. With
    `return_state` the states follow, those of the forward layer first; a tuple `(sequence, *states)` starts from such states.

    Fields:
        layer: a recurrent layer, for the way from the first step to the last.
        merge_mode: "concat", "sum", "mul", "ave", or None for a tuple of both.
        backward_layer: a recurrent layer with `go_backwards=True` for the way back; None for one like `layer`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers import LSTM
        >>> x = jnp.ones((2, 5, 3))
        >>> Bidirectional(LSTM(4)).build(x, jax.random.key(0))(x).shape
        (2, 8)

    Reference: M. Schuster, K. Paliwal, "Bidirectional recurrent neural networks", IEEE Transactions on Signal Processing 45, 1997.
    """

    layer: Layer = part()
    merge_mode: str | None = "concat"
    backward_layer: Layer | None = part(default=None)

    def __post_init__(self) -> None:
        if self.merge_mode is not None and self.merge_mode not in MERGES:
            names = [str(name) for name in MERGES]
            what = f"Bidirectional(merge_mode={self.merge_mode!r}) is unknown"
            raise ArgumentError(what, remedy=f"{nearest(str(self.merge_mode), names)} None gives both outputs.")
        ahead, back = self._both()
        for layer in (ahead, back):
            if layer.stateful:
                what = "Bidirectional cannot remember from batch to batch: the way back begins at the end of a sequence"
                raise ArgumentError(what, remedy="leave stateful out, or use the recurrent layer without Bidirectional")
        if ahead.go_backwards or not back.go_backwards:
            what = "the layer of Bidirectional must go forwards and its backward_layer backwards"
            raise ArgumentError(what, remedy="give go_backwards=True to the backward_layer, and to it alone")
        if (ahead.return_sequences, ahead.return_state) != (back.return_sequences, back.return_state):
            what = "the two layers of Bidirectional do not return the same things"
            raise ArgumentError(what, remedy="give both the same return_sequences and return_state")

    def following(self, x: Any, layer: Layer, before: Any) -> Any:
        return rows_of(x, layer, before)

    def _both(self) -> tuple[Recurrence, Recurrence]:
        for layer in (self.layer, self.backward_layer):
            if layer is not None and not isinstance(layer, Recurrence):
                what = f"Bidirectional was given {layer!r}, which is not a recurrent layer"
                raise ArgumentError(what, remedy="give it SimpleRNN, LSTM, GRU or Recurrent(cell)")
        assert isinstance(self.layer, Recurrence)
        back = self.backward_layer or self.layer.set(go_backwards=True, name=self.layer.name and f"backward_{self.layer.name}")
        assert isinstance(back, Recurrence)
        return self.layer, back

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        both = self._both()
        x, given = (x[0], tuple(x[1:])) if isinstance(x, tuple | list) else (x, ())
        half = len(given) // 2
        (ahead, layer), (back, backward) = (
            visit(both, i, (x, *states) if states else x) for i, states in enumerate((given[:half], given[half:]))
        )
        returned = both[0].return_state
        y = visit.join(self._merged, *(part[0] if returned else part for part in (ahead, back)))
        return (y, *ahead[1:], *back[1:]) if returned else y, self.set(layer=layer, backward_layer=backward)

    def _merged(self, ahead: Any, back: Any) -> Any:
        if self._both()[0].return_sequences:
            back = jax.tree.map(lambda a: a[:, ::-1], back)  # to the order of the steps, its mask too
        return (ahead, back) if self.merge_mode is None else over_values(MERGES[self.merge_mode], [ahead, back])


class EncoderDecoder(Composite):
    """An encoder reads one sequence, a decoder writes another from the state it left: `(source, target) -> (batch, target time, …)`.

    While training the target is the right answer one step late, so that each step is predicted from the ones before it.

    Fields:
        encoder: a recurrent layer with `return_state=True`; its output is not used.
        decoder: a recurrent layer of the same kind and size.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers import GRU
        >>> x = (jnp.ones((2, 7, 3)), jnp.ones((2, 4, 5)))
        >>> net = EncoderDecoder(GRU(6, return_state=True), GRU(6, return_sequences=True)).build(x, jax.random.key(0))
        >>> net(x).shape
        (2, 4, 6)

    Reference: I. Sutskever, O. Vinyals, Q. Le, "Sequence to sequence learning with neural networks", NeurIPS 2014.
    """

    encoder: Layer = part()
    decoder: Layer = part()

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        if not isinstance(x, tuple | list) or len(x) != 2:
            raise ShapeError("EncoderDecoder needs two sequences", remedy="pass a tuple (source, target)")
        pair, (source, target) = (self.encoder, self.decoder), x
        left, encoder = visit(pair, 0, source)
        if not isinstance(left, tuple):
            raise ArgumentError("the encoder returns no state", remedy="give it return_state=True")
        y, decoder = visit((encoder, self.decoder), 1, (target, *left[1:]))
        return y, self.set(encoder=encoder, decoder=decoder)


class TimeDistributed(Composite):
    """One layer at every step: `(batch, time, …) -> (batch, time, …)`.

    The steps are given to the layer as rows, all at once: batch statistics are over rows and steps.

    Fields:
        layer: any layer, or a `Chain`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers import Flatten
        >>> TimeDistributed(Flatten())(jnp.ones((2, 5, 3, 3))).shape
        (2, 5, 9)
    """

    layer: Layer = part()

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        mask, x = mask_of(x), unmasked(x)
        if len(x.shape) < 3:
            what = f"TimeDistributed needs (batch, time, features), but its input has shape {tuple(x.shape)}"
            raise ShapeError(what, remedy="add an axis, x[..., None], or use the layer without TimeDistributed")
        front = tuple(x.shape[:2])
        y, layer = visit((self.layer,), 0, visit.join(lambda a: a.reshape(front[0] * front[1], *a.shape[2:]), x))
        y = visit.join(partial(jax.tree.map, lambda a: a.reshape(*front, *a.shape[1:])), y)
        return remasked(y, mask), self.set(layer=layer)


class RepeatVector(Layer):
    """The same vector at each of n steps: `(batch, features) -> (batch, n, features)`."""

    n: int

    def __post_init__(self) -> None:
        if not isinstance(self.n, int) or self.n < 1:
            raise ArgumentError(f"RepeatVector(n={self.n!r}) is not possible", remedy="give a whole number, 1 or more")

    def __call__(self, x: Shaped[Array, "batch ..."]) -> Shaped[Array, "batch time features"]:
        if x.ndim != 2:
            what = f"RepeatVector needs (batch, features), but its input has shape {x.shape}"
            raise ShapeError(what, remedy="leave return_sequences out in the layer before it, or put Flatten() in front")
        return jnp.repeat(x[:, None], self.n, axis=1)


class Masking(Layer):
    """Calls a step filling where all its features are `mask_value`: `(batch, time, features) -> the same, Masked`.

    Recurrent layers then skip it, attention does not see it, and no loss or metric counts it.

    Example:
        >>> import jax.numpy as jnp
        >>> Masking()(jnp.array([[[3.0, 0.0], [0.0, 0.0]]])).mask.tolist()
        [[True, False]]
    """

    masks: ClassVar[bool] = True

    mask_value: float = 0.0

    def __call__(self, x: Any) -> Masked:
        values = unmasked(x)
        if len(values.shape) < 3:
            what = f"Masking needs (batch, time, features), but its input has shape {tuple(values.shape)}"
            raise ShapeError(what, remedy="add an axis, x[..., None]; for codes use Embedding(…, mask_zero=True)")
        real = (values != self.mask_value).any(tuple(range(2, len(values.shape))))
        if isinstance(x, Masked):
            real &= x.mask
        return Masked(jnp.where(jnp.expand_dims(real, tuple(range(2, len(values.shape)))), values, 0), real)
