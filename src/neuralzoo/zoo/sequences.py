"""What the recurrent networks of the zoo have in common: sequences in, an answer at the end or at every step out."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.core.errors import DataError
from neuralzoo.core.layer import Layer
from neuralzoo.inspect.looking import Note
from neuralzoo.layers.dense import Dense
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.backpropagating import Backpropagating, Rate
from neuralzoo.zoo.sizes import Sizes, sizes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class SequenceMember(Backpropagating):
    """Recurrent layers and a dense one. Targets with as many entries in a row as there are steps are asked for at every step."""

    def __init__(self, make: Callable[[int], Layer], units: Sizes, rate: Rate, seed: int | None):
        Backpropagating.__init__(self, [make(n) for n in sizes_of(units, "recurrent layers", "units=32")], rate, seed)

    def check_input(self, x: Any) -> None:
        if not isinstance(x, np.ndarray) or x.ndim != 3:
            found = f"an array of shape {x.shape}" if isinstance(x, np.ndarray) else f"a {type(x).__name__}"
            remedy = "x[..., None] for one number a step, np.eye(symbols)[x] for codes"
            raise DataError(f"sequences are (rows, time, features), but x is {found}", remedy=remedy)

    def labels(self, y: Any) -> Any:
        return np.ravel(y)

    def width(self, x: Any, y: Any) -> int:
        return y.shape[-1] if y.ndim == 3 or (y.ndim == 2 and not at_each_step(x, y)) else 1

    def check_rows(self, x: Any, y: Any) -> None:
        Backpropagating.check_rows(self, x, y)
        if y.dtype.kind in "iu" and y.ndim > 1 and not (y.ndim == 2 and at_each_step(x, y)):
            what = f"{len(x)} sequences of {x.shape[1]} steps have classes of shape {y.shape}"
            raise DataError(what, remedy="give one class for each sequence, (rows,), or for each step, (rows, time)")

    def layers_for(self, x: Any, y: Any, outputs: int, activation: str) -> Sequence[Layer]:
        *first, last = self.net.layers[:-1]
        every = at_each_step(x, y)
        return (*(layer.set(**returning(layer, True)) for layer in first), last.set(**returning(last, every)), Dense(outputs, activation))

    def recurrent(self, x: Any) -> list[Note]:
        """What each recurrent layer did with sequences."""
        self.require_fitted("tell what its units remember")
        self.check_input(x := as_array(x, "x"))
        return [note for note in self.notes(x).values() if "state" in note.inside]

    def states(self, x: Any) -> list[np.ndarray]:
        """The outputs of each recurrent layer's units at every step of sequences: `(rows, time, units)`."""
        return [np.asarray(note.inside["state"][0]) for note in self.recurrent(x)]

    def panels(self, x: Any) -> Mapping[str, np.ndarray]:
        """What is drawn of one sequence, `(time, units)` each, below the input and above the answer."""
        layers = self.states(x)
        return {f"state {i + 1}" if len(layers) > 1 else "state": layer[0] for i, layer in enumerate(layers)}

    def draw(self, x: Any = None, symbols: Sequence[str] | None = None) -> "Figure":
        """One sequence on its way through the network, step by step: input, what happens inside, answer.

        Args:
            x: sequences, of which the first is drawn; one of random numbers unless given.
            symbols: what each step is called.
        """
        from neuralzoo.inspect.unrolled_plots import unrolled

        self.require_fitted("draw")
        shape = self.input.shape[1:]
        row = np.random.default_rng(self.seed).random((1, *shape), np.float32) if x is None else as_array(x, "x")[:1]
        answer = self.predict(row, verbose=0)[0]
        return unrolled({"input": row[0], **self.panels(row), "answer": answer if answer.ndim == 2 else answer[None]}, symbols)


def at_each_step(x: Any, y: Any) -> bool:
    """Whether targets are asked for at every step of sequences."""
    return y.ndim > 1 and y.shape[1] == x.shape[1]


def returning(layer: Any, sequences: bool) -> dict[str, Any]:
    """What a recurrent layer, or two in opposite directions, has to be set to, to return all outputs or the last."""
    if isinstance(getattr(layer, "layer", None), Layer):
        return {"layer": layer.layer.set(return_sequences=sequences)}
    return {"return_sequences": sequences}
