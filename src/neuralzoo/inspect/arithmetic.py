"""The arithmetic of a network's dimensions: the shape each layer makes of its input, and how many numbers it holds, worked out.

N = (W − K + 2P) / S + 1      places of a window of K cells along W, with stride S and padding P on either side
in · units + units            weights and biases of a dense layer
"""

import math
from dataclasses import dataclass
from typing import Any

import jax

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.masked import unmasked
from neuralzoo.core.naming import over_layers
from neuralzoo.inspect.looking import Looking, go_through
from neuralzoo.inspect.numerals import times
from neuralzoo.inspect.records import arrays_of
from neuralzoo.layers.conv import Convolution
from neuralzoo.layers.pool import Pooling
from neuralzoo.layers.window import Window
from neuralzoo.train.model import Model


@dataclass(frozen=True)
class Sum:
    """The arithmetic of one layer.

    Fields:
        name, kind: its path and class.
        input, output: shapes of one example; None where it is not one array.
        places: for a window along each axis of space: "(28 − 3 + 2·0) / 1 + 1 = 26".
        count: "784·512 + 512", "" for a layer without numbers.
        weights, biases: how many numbers multiply and how many are added.
    """

    name: str
    kind: str
    input: tuple[int, ...] | None
    output: tuple[int, ...] | None
    places: tuple[str, ...]
    count: str
    weights: int
    biases: int

    @property
    def parameters(self) -> int:
        return self.weights + self.biases

    def __str__(self) -> str:
        shapes = " → ".join("?" if s is None else times(s) for s in (self.input, self.output))
        counted = f"{self.count} = {self.parameters:,}" if self.count else ""
        return "; ".join(filter(None, (f"{self.name}: {shapes}", *self.places, counted)))


def dimensions(model: Model) -> list[Sum]:
    """The arithmetic of each layer, in the order of computation; nothing is computed but shapes.

    >>> from neuralzoo.layers import Dense
    >>> from neuralzoo.models import Sequential
    >>> for line in dimensions(Sequential([Dense(2, input_shape=(10,)), Dense(1)])):
    ...     print(line)
    dense: 10 → 2; 10·2 + 2 = 22
    dense_1: 2 → 1; 2·1 + 1 = 3
    """
    net, spec = model.outlook()
    if spec is None:
        model.require_built("tell its dimensions")
    see = Looking()
    jax.eval_shape(lambda net, x: go_through(net, x, None, see)[0], net, spec)
    layers: dict[str, Any] = {}
    over_layers(net, lambda path, layer: layers.setdefault(path, layer))
    arrays = arrays_of(net, [note.name for note in see.notes])
    found = []
    for note in see.notes:
        layer, own = layers[note.name], {n: a.shape for n, a in arrays.get(note.name, {}).items() if ".memory" not in f".{n}"}
        shapes = _shape(note.input), _shape(note.output)
        weights = sum(math.prod(s) for n, s in own.items() if "bias" not in n)
        biases = sum(math.prod(s) for n, s in own.items() if "bias" in n)
        count = " + ".join("·".join(map(str, s)) or "1" for s in own.values())
        found.append(Sum(note.name or note.kind.lower(), note.kind, *shapes, _places(layer, shapes[0]), count, weights, biases))
    return found


def places(cells: int, window: int, stride: int = 1, padding: int = 0) -> int:
    """N = (W − K + 2P) / S + 1, rounded down: how many places a window has along an axis.

    >>> places(6, 2, 2), places(28, 3)
    (3, 26)
    """
    if min(cells, window, stride) < 1 or padding < 0 or window > cells + 2 * padding:
        what = f"a window of {window} cells with stride {stride} and padding {padding} has no place along {cells} cells"
        raise ArgumentError(what, remedy="give whole numbers of at least 1, and a window that fits")
    return (cells - window + 2 * padding) // stride + 1


def _places(layer: Any, shape: tuple[int, ...] | None) -> tuple[str, ...]:
    if not isinstance(layer, Convolution | Pooling) or shape is None:
        return ()
    window: Window = layer.window()
    pads, said = window.pads(shape[:-1]), []
    for cells, (before, after), span, stride in zip(shape, pads, window.span, window.strides, strict=False):
        padding = f"2·{before}" if before == after else f"{before} + {after}"
        result = (cells - span + before + after) // stride + 1
        rest = (cells - span + before + after) % stride
        said.append(f"({cells} − {span} + {padding}) / {stride} + 1 = {result}{', rounded down' if rest else ''}")
    return tuple(said) if len(set(said)) > 1 else tuple(said[:1])


def _shape(x: Any) -> tuple[int, ...] | None:
    x = unmasked(x)
    return tuple(x.shape[1:]) if isinstance(x, jax.Array) or getattr(x, "shape", None) else None
