"""A trace as tables for the terminal and for notebooks."""

import io
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from neuralzoo.core.errors import ArgumentError
from neuralzoo.inspect.numerals import number, numbers, times

if TYPE_CHECKING:
    from neuralzoo.inspect.records import LayerTrace, Trace

FEW = 5  # numbers of an array in a cell
STEPS = 12  # of a sequence that are shown
WIDE = 128  # characters of plain text


def tables(seen: "Trace", row: int = 0) -> Group:
    """The tables of one example: the layers, the steps of recurrent ones, the weights, and what the rule goes by."""
    parts: list[Any] = [Text(headline(seen, row))]
    parts.append(_layers(seen, row))
    parts += [_over_time(layer, row) for layer in seen.layers if "state" in layer.inside]
    if any(layer.arrays for layer in seen.layers):
        parts.append(_weights(seen))
    told = {**{k: v for layer in seen.layers if "state" not in layer.inside for k, v in layer.inside.items()}, **seen.reasons}
    if told:
        parts.append(_named({name: numbers(value, 2 * FEW) for name, value in told.items()}, "what it goes by"))
    if seen.changes and not any(array.gradient is not None for layer in seen.layers for array in layer.arrays):
        said = {c.name: f"{numbers(c.before, 3)}  →  {numbers(c.after, 3)}   (at most {number(c.size)})" for c in seen.changes}
        parts.append(_named(said, "what changed"))
    return Group(*parts)


def headline(seen: "Trace", row: int = 0) -> str:
    """What is looked at, in a line."""
    rows = len(jax.tree.leaves(seen.x)[0])
    if not 0 <= row < rows:
        raise ArgumentError(f"there is no example {row}: the trace has {rows}", remedy=f"give a number from 0 to {rows - 1}")
    said = f"{seen.model}, example {row + 1} of {rows}"
    said += f": loss {number(seen.loss)}" if seen.loss is not None else ""
    return said + (f"; {seen.rule}" if seen.rule else "")


def as_text(page: Any) -> str:
    """What rich would print, as plain text."""
    stream = io.StringIO()
    Console(file=stream, width=WIDE, color_system=None, legacy_windows=False).print(page)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def as_html(page: Any) -> str:
    """What rich would print, as HTML."""
    console = Console(file=io.StringIO(), width=WIDE, record=True, color_system="truecolor", legacy_windows=False)
    console.print(page)
    return console.export_html(inline_styles=True, code_format='<pre style="line-height: 1.25">{code}</pre>')


def of_row(value: Any, row: int) -> Any:
    """The part of an array, or the first of several, that belongs to one example."""
    leaves = jax.tree.leaves(value)
    return None if not leaves or np.ndim(leaves[0]) == 0 else np.asarray(leaves[0])[row]


def _layers(seen: "Trace", row: int) -> Table:
    learns = seen.loss is not None and any(layer.delta is not None for layer in seen.layers)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("layer", "weighted sum", "output", *(("δ",) if learns else ())):
        table.add_column(column)
    table.add_row(Text("input"), "", _cell(seen.x, row), *((_cell(seen.input_gradient, row),) if learns else ()))
    for layer in seen.layers:
        cells = [Text(f"{layer.name} ({layer.kind})"), _cell(layer.sum, row), _cell(layer.output, row)]
        table.add_row(*cells, *((_cell(layer.delta, row),) if learns else ()))
    if seen.y is not None:
        table.add_row(Text("target"), "", _cell(seen.y, row), *(("",) if learns else ()))
    return table


def _over_time(layer: "LayerTrace", row: int) -> Table:
    """What a recurrent layer does at each step."""
    x, state = of_row(layer.input, row), of_row(layer.inside["state"], row)
    length = len(state)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, title=f"{layer.name}, step by step", title_justify="left")
    gates = [name for name in layer.inside if name != "state"]
    for column in ("step", "input", "weighted sum", *gates, "state", *(("δ",) if layer.delta is not None else ())):
        table.add_column(column)
    for t in range(min(length, STEPS)):
        inner = [numbers(of_row(layer.inside[name], row)[t], 3) for name in gates]
        ends = [numbers(state[t], FEW), *([numbers(of_row(layer.delta, row)[t], FEW)] if layer.delta is not None else [])]
        table.add_row(str(t + 1), numbers(x[t], FEW), numbers(of_row(layer.sum, row)[t], FEW), *inner, *ends)
    if length > STEPS:
        table.add_row("…", f"{length} in all")
    return table


def _weights(seen: "Trace") -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    changed = any(array.change is not None for layer in seen.layers for array in layer.arrays)
    slopes = any(array.gradient is not None for layer in seen.layers for array in layer.arrays)
    for column in ("weights", "shape", "value", *(("gradient",) if slopes else ()), *(("change",) if changed else ())):
        table.add_column(column)
    for layer in seen.layers:
        for array in layer.arrays:
            more = [a for a, wanted in ((array.gradient, slopes), (array.change, changed)) if wanted]
            shown = (_sample(a) for a in (array.value, *more))
            table.add_row(Text(f"{layer.name}.{array.name}"), times(array.value.shape), *shown)
    return table


def _sample(array: Any) -> str:
    """The numbers of an array where they are few, else how large they are."""
    if array is None:
        return "–"
    if array.size <= FEW + 1:
        return numbers(array)
    return f"{numbers(array.ravel()[:2])} … (‖·‖ {number(np.linalg.norm(array.astype(np.float64)))})"


def _cell(value: Any, row: int) -> Text:
    found = of_row(value, row)
    return Text("" if found is None else numbers(found, FEW))


def _named(said: dict[str, str], title: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_header=False, title=title, title_justify="left")
    for line in said.items():
        table.add_row(*map(Text, line))
    return table
