"""A trace told step by step, as one carries out a network by hand: forwards to the loss, and back to every weight."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralzoo.inspect.numerals import number, numbers, times
from neuralzoo.inspect.trace_tables import headline, of_row

if TYPE_CHECKING:
    from neuralzoo.inspect.records import LayerTrace, Trace

FEW = 6  # inputs and units of a layer whose sums are written out


def steps(seen: "Trace", row: int = 0) -> list[str]:
    """One example carried out, a line for each thing that is computed.

    >>> import numpy as np
    >>> from neuralzoo.inspect import trace
    >>> from neuralzoo.layers import Dense
    >>> from neuralzoo.models import Sequential
    >>> from neuralzoo.optimizers import SGD
    >>> model = Sequential([Dense(1, kernel_initializer="ones", input_shape=(2,))])
    >>> model.compile(SGD(0.1), "mse")
    >>> for line in steps(trace(model, [1.0, 2.0], [5.0])):
    ...     print(line)
    input: 1 2
    dense: sum 1 = 1·1 + 2·1 + 0 = 3
    dense: output 3
    loss 4, the target being 5
    back at dense: δ −4
    dense.kernel: gradient −4 −8, change 0.4 0.8
    dense.bias: gradient −4, change 0.4
    """
    headline(seen, row)  # refuses an example that is not there
    lines = [f"input: {_shown(seen.x, row)}"]
    for layer in seen.layers:
        lines += _forwards(layer, row)
    if seen.loss is not None:
        lines.append(f"loss {number(seen.loss)}" + (f", the target being {_shown(seen.y, row)}" if seen.y is not None else ""))
    for layer in reversed(seen.layers):
        lines += _back(layer, row)
    return lines


def _forwards(layer: "LayerTrace", row: int) -> Iterator[str]:
    if "state" in layer.inside:
        total, state = of_row(layer.sum, row), of_row(layer.inside["state"], row)
        for t in range(len(state)):
            yield f"{layer.name}, step {t + 1}: sum {numbers(total[t])}, state {numbers(state[t])}"
    elif layer.sum is not None:
        yield from _sums(layer, row)
    yield f"{layer.name}: output {_shown(layer.output, row)}"


def _sums(layer: "LayerTrace", row: int) -> Iterator[str]:
    """The weighted sums of a dense layer written out where they are few, else their dimensions."""
    arrays, total = {array.name: array.value for array in layer.arrays}, of_row(layer.sum, row)
    kernel, x = arrays.get("kernel"), of_row(layer.input, row)
    if layer.kind != "Dense" or kernel is None or x is None or x.ndim != 1:
        yield f"{layer.name}: sums {_shown(layer.sum, row)}"
    elif max(kernel.shape) <= FEW:
        for j in range(kernel.shape[1]):
            terms = " + ".join(f"{number(a)}·{_bracketed(w)}" for a, w in zip(x, kernel[:, j], strict=True))
            bias = f" + {_bracketed(arrays['bias'][j])}" if "bias" in arrays else ""
            yield f"{layer.name}: sum {j + 1} = {terms}{bias} = {number(total[j])}"
    else:
        bias = f" + ({len(arrays['bias'])})" if "bias" in arrays else ""
        yield f"{layer.name}: sums = (1 × {len(x)}) @ ({times(kernel.shape)}){bias} = (1 × {kernel.shape[1]}): {numbers(total)}"


def _back(layer: "LayerTrace", row: int) -> Iterator[str]:
    if layer.delta is not None:
        yield f"back at {layer.name}: δ {_shown(layer.delta, row)}"
    for array in layer.arrays:
        told = [("gradient", array.gradient), ("change", array.change)]
        said = ", ".join(f"{what} {numbers(a)}" for what, a in told if a is not None)
        if said:
            yield f"{layer.name}.{array.name}: {said}"


def _bracketed(value: Any) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _shown(value: Any, row: int) -> str:
    found = of_row(value, row)
    return "several arrays" if found is None else numbers(np.asarray(found))
