"""Backpropagation of any JAX function, seen: its graph of operations, with each value and the gradient that comes back to it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.ad_checkpoint import checkpoint_name
from jax.extend.core import Literal

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.inspect.numerals import numbers
from neuralzoo.inspect.records import path_name, plain

SYMBOLS = {
    "add": "+", "add_any": "+", "sub": "−", "mul": "×", "div": "÷", "neg": "−", "dot_general": "@", "reduce_sum": "Σ", "logistic": "σ",
    "reduce_max": "max", "power 2": "x²", "power 3": "x³", "broadcast_in_dim": "spread", "square": "x²", "select_n": "choose",
}  # fmt: skip
CALLS = ("jit", "pjit", "closed_call", "core_call", "checkpoint", "remat")  # functions inside the function: gone into


@dataclass(frozen=True, eq=False)
class Value:
    """One value on the way: an input, a constant, or what an operation made.

    Fields:
        name: of an input, or one given by `named`; else v and a number.
        operation: the operation, "" for an input or a constant.
        inputs: the numbers of the values it is made of.
        value: what it is.
        gradient: of the function with respect to it, over all its uses; None where it is whole numbers.
        edge_gradients: what comes back to each of `inputs` along this one use of it.
        called: whether `named` gave the name.
    """

    name: str
    operation: str
    inputs: tuple[int, ...]
    value: np.ndarray
    gradient: np.ndarray | None = None
    edge_gradients: tuple[np.ndarray | None, ...] = ()
    called: bool = False

    @property
    def symbol(self) -> str:
        return SYMBOLS.get(self.operation, self.operation.replace("_", " "))


@dataclass(frozen=True, eq=False)
class FunctionTrace:
    """A function as a graph: `values` in the order of computation, the last its result."""

    function: str
    values: tuple[Value, ...]
    names: tuple[str, ...] = field(default=())

    def __getitem__(self, name: str) -> Value:
        """A value by its name."""
        found = {value.name: value for value in self.values}
        if name not in found:
            raise ArgumentError(f"there is no value named {name!r}", remedy=nearest(name, found))
        return found[name]

    @property
    def value(self) -> float:
        """The function's result."""
        return float(self.values[-1].value)

    @property
    def gradients(self) -> dict[str, Any]:
        """The gradient with respect to each input, by name."""
        return {value.name: value.gradient for value in self.values if value.name in self.names}

    def to_dict(self) -> dict[str, Any]:
        """The same as dictionaries, lists and numbers, ready for JSON."""
        return plain(self)

    def svg(self) -> str:
        """The graph as one `<svg>` element, the value above each edge and the gradient below it."""
        from neuralzoo.inspect.function_drawing import draw_function

        return draw_function(self)

    def _repr_svg_(self) -> str:
        return self.svg()

    def table(self) -> Any:
        """A line for each value, for `rich.print`."""
        from rich.table import Table

        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for column in ("value", "is", "forwards", "gradient"):
            table.add_column(column)
        for value in self.values:
            made = f" {value.symbol} ".join(self.values[i].name for i in value.inputs) if len(value.inputs) == 2 else ""
            made = made or f"{value.symbol}({', '.join(self.values[i].name for i in value.inputs)})"
            said = made if value.operation else "input" if value.name in self.names else "constant"
            table.add_row(value.name, said, numbers(value.value), "" if value.gradient is None else numbers(value.gradient))
        return table

    def __rich__(self) -> Any:
        return self.table()

    def __str__(self) -> str:
        from neuralzoo.inspect.trace_tables import as_text

        return as_text(self.table())


def named(value: Any, name: str) -> Any:
    """The value as it is, bearing a name in traces of the function around it."""
    return checkpoint_name(value, name)


def trace_function(f: Callable[..., Any], *args: Any, **inputs: Any) -> FunctionTrace:
    """The graph of a function at given inputs: every value on the way, and the gradient of the result with respect to it.

    Args:
        f: any function that JAX can trace, with one number as its result.
        args, inputs: where it is to be looked at; whole numbers are taken as real ones, arrays keep their type.

    Example:
        >>> seen = trace_function(lambda x, y, z: named(x + y, "q") * z, x=-2, y=5, z=-4)
        >>> seen.value, seen["q"].value.item(), {name: g.item() for name, g in seen.gradients.items()}
        (-12.0, 3.0, {'x': -4.0, 'y': -4.0, 'z': 3.0})

    Reference: S. Linnainmaa, "Taylor expansion of the accumulated rounding error", BIT 16, 1976 (reverse accumulation).
    """
    given = _bound(f, args, inputs)
    flat, tree = jax.tree_util.tree_flatten_with_path(given)
    arrays = [jnp.asarray(v, jnp.float32 if isinstance(v, int | float) else None) for _, v in flat]
    closed = jax.make_jaxpr(lambda *leaves: _called(f, jax.tree.unflatten(tree, leaves)))(*arrays)
    out = closed.out_avals
    if len(out) != 1 or out[0].shape or not jnp.issubdtype(out[0].dtype, jnp.floating):
        shown = ", ".join(str(a.shape) for a in out)
        raise ArgumentError(f"the function gives {shown}, but a gradient is that of one number", remedy="return one, such as jnp.sum(…)")
    graph = _Graph()
    names = [path_name(path) for path, _ in flat]
    numbers_in = [graph.put(name, "", (), array) for name, array in zip(names, arrays, strict=True)]
    (result,) = graph.run(closed.jaxpr, closed.consts, numbers_in)
    return graph.back(result, getattr(f, "__name__", "f"), tuple(names))


class _Graph:
    """The values found so far, and how to pull gradients back through each operation."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.operations: list[str] = []
        self.inputs: list[tuple[int, ...]] = []
        self.values: list[Any] = []
        self.pulls: dict[int, tuple[Any, tuple[int, ...], tuple[int, ...]]] = {}  # first result → (pull, results, inputs with gradient)

    def put(self, name: str, operation: str, inputs: tuple[int, ...], value: Any) -> int:
        number = len(self.values)
        self.names.append(name or ("" if operation else numbers(value, 3)))
        self.operations.append(operation)
        self.inputs.append(inputs)
        self.values.append(value)
        return number

    def run(self, jaxpr: Any, consts: Any, inputs: list[int]) -> list[int]:
        """Carry out the equations of a jaxpr; returns the numbers of its results."""
        places = dict(zip(jaxpr.constvars, (self.put("", "", (), c) for c in consts), strict=True))
        places.update(zip(jaxpr.invars, inputs, strict=True))

        def place(var: Any) -> int:
            return self.put("", "", (), jnp.asarray(var.val)) if isinstance(var, Literal) else places[var]

        for equation in jaxpr.eqns:
            read, kind = [place(v) for v in equation.invars], equation.primitive.name
            if kind == "name":
                self.names[read[0]] = equation.params["name"]
                results = read
            elif kind in CALLS:
                inner = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
                results = self.run(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), read)
            elif kind == "convert_element_type" and self.values[read[0]].dtype == equation.params["new_dtype"]:
                results = read
            else:
                results = self.carry_out(equation, read)
            places.update(zip(equation.outvars, results, strict=True))
        return [place(v) for v in jaxpr.outvars]

    def carry_out(self, equation: Any, read: list[int]) -> list[int]:
        """One operation, and how gradients come back through it."""
        live = tuple(i for i, n in enumerate(read) if jnp.issubdtype(self.values[n].dtype, jnp.floating))
        primitive, params = equation.primitive, equation.primitive.get_bind_params(equation.params)
        functions, params = params if isinstance(params, tuple) else ((), params)  # before JAX 0.10 a pair
        whole = [self.values[n] for n in read]

        def apply(*some: Any) -> Any:
            given = list(whole)
            for i, value in zip(live, some, strict=True):
                given[i] = value
            out = primitive.bind(*functions, *given, **params)
            return out if primitive.multiple_results else [out]

        outs, pull = jax.vjp(apply, *(whole[i] for i in live))
        operation = equation.params.get("name") or primitive.name
        if operation == "integer_pow":
            operation = f"power {params['y']}"
        if operation.startswith("custom_") and "call_jaxpr" in equation.params:
            operation = equation.params["call_jaxpr"].jaxpr.debug_info.func_name
        results = [self.put("", operation, tuple(read), out) for out in outs]
        self.pulls[results[0]] = (pull, tuple(results), live)
        return results

    def back(self, result: int, function: str, names: tuple[str, ...]) -> FunctionTrace:
        """Pull the gradient 1 of the result back to all it is made of; what does not lead there is left out."""
        gradients: dict[int, Any] = {result: jnp.ones_like(self.values[result])}
        edges: dict[int, list[Any]] = {}
        for first in sorted(self.pulls, reverse=True):
            pull, results, live = self.pulls[first]
            if not any(n in gradients for n in results):
                continue
            back = pull([gradients.get(n, _nothing(self.values[n])) for n in results])
            for n in results:
                edges[n] = [None] * len(self.inputs[n])
            for i, slope in zip(live, back, strict=True):
                source = self.inputs[first][i]
                edges[first][i] = slope
                gradients[source] = gradients[source] + slope if source in gradients else slope
        for n, name in enumerate(names):
            if name and jnp.issubdtype(self.values[n].dtype, jnp.floating):
                gradients.setdefault(n, jnp.zeros_like(self.values[n]))  # an input without influence
        kept = [*sorted({*self.before(result), *range(len(names))} - {result}), result]
        fresh = {old: new for new, old in enumerate(kept)}
        return FunctionTrace(function, tuple(self.record(n, fresh, gradients, edges) for n in kept), names)

    def record(self, n: int, fresh: dict[int, int], gradients: dict[int, Any], edges: dict[int, list[Any]]) -> Value:
        host = lambda a: None if a is None else np.asarray(a)  # noqa: E731
        made, given = self.operations[n], self.names[n]
        common = given or f"v{fresh[n] + 1}", made, tuple(fresh[i] for i in self.inputs[n]), np.asarray(self.values[n])
        return Value(*common, host(gradients.get(n)), tuple(map(host, edges.get(n, ()))), bool(made and given))

    def before(self, result: int) -> set[int]:
        """The values that a value is made of."""
        found, todo = set[int](), [result]
        while todo:
            fresh = set(self.inputs[todo.pop()]) - found
            found |= fresh
            todo += fresh
        return found


def _nothing(value: Any) -> Any:
    """The cotangent 0 of a value."""
    if jnp.issubdtype(value.dtype, jnp.floating):
        return jnp.zeros_like(value)
    return np.zeros(value.shape, jax.dtypes.float0)


def _bound(f: Callable[..., Any], args: tuple[Any, ...], inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs by the names of the function's parameters."""
    try:
        return dict(inspect.signature(f).bind(*args, **inputs).arguments)
    except TypeError as error:
        wanted = ", ".join(inspect.signature(f).parameters)
        raise ArgumentError(f"the function cannot be called so: {error}", remedy=f"give a value for each of {wanted}") from None


def _called(f: Callable[..., Any], given: dict[str, Any]) -> Any:
    """The function's result, its parameters by name, those that have none by place."""
    kinds = inspect.signature(f).parameters
    by_place = [value for name, value in given.items() if kinds[name].kind is inspect.Parameter.POSITIONAL_ONLY]
    rest: list[Any] = []
    by_name: dict[str, Any] = {}
    for name, value in given.items():
        if kinds[name].kind is inspect.Parameter.VAR_POSITIONAL:
            rest = list(value)
        elif kinds[name].kind is inspect.Parameter.VAR_KEYWORD:
            by_name.update(value)
        elif kinds[name].kind is not inspect.Parameter.POSITIONAL_ONLY:
            by_name[name] = value
    if rest:
        return f(*by_place, *by_name.values(), *rest)
    return f(*by_place, **by_name)
