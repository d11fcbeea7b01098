"""The glass box: a network at work on given examples, every number on the way there and on the way back.

Nothing is computed a second time: the objective, the optimizer and the rules are those of training, and the network is gone
through by its own wiring, with notes taken at each layer (`looking`).
"""

from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from neuralzoo.core.errors import ShapeError
from neuralzoo.core.masked import unmasked
from neuralzoo.core.record import Record, merge, split
from neuralzoo.core.registry import snake_case
from neuralzoo.inspect.looking import Looking, Note, go_through
from neuralzoo.inspect.records import ArrayTrace, LayerTrace, Trace, arrays_of
from neuralzoo.layers.recurrent import emptied, stateful_layers
from neuralzoo.learn import averaging
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.learn.logits import scored
from neuralzoo.learn.objective import Supervised
from neuralzoo.train import program
from neuralzoo.train.batches import as_arrays, row_count
from neuralzoo.train.engine import plain
from neuralzoo.train.fit import Fit
from neuralzoo.train.model import Model


def execute(model: Model, x: Any) -> Trace:
    """A network carried out on examples, as it is when it is used: each layer's input, weighted sum and output.

    Args:
        model: a built model.
        x: one example or several, as for `predict`.

    Example:
        >>> from neuralzoo.layers import Dense
        >>> from neuralzoo.models import Sequential
        >>> seen = execute(Sequential([Dense(2, "relu", kernel_initializer="ones", input_shape=(3,))]), np.array([1.0, 2.0, -4.0]))
        >>> seen["dense"].sum.tolist(), seen["dense"].output.tolist()
        ([[-1.0, -1.0]], [[0.0, 0.0]])
    """
    model.require_built("be traced")
    x = examples(model, x)
    net = _ready(model, row_count(x))
    y, notes = _host(_forward(net, x))
    return Trace(model.name, x, None, _layers(net, notes, {}), y)


def trace(model: Model, x: Any, y: Any = None, *, deployed: bool = False) -> Trace:
    """What the next step of learning on these examples would do, forwards and backwards; the model stays as it is.

    For a model compiled with an optimizer and a loss: each layer's input, weighted sum and output, δ at each weighted sum, the
    gradient of each array, and the change that the optimizer makes. The gradient is that of the mean over the examples. The network
    is gone through as while training (the noise is that of the model's next step). Without a target: `execute`.

    For a network with another rule: the network at work before the step, what its rule goes by, and every array that it changes.

    Args:
        model: a built model.
        x, y: one example or several, as for `fit`.
        deployed: go through the network as it is used: no dropout, moving instead of batch statistics.

    Example:
        >>> from neuralzoo.layers import Dense
        >>> from neuralzoo.models import Sequential
        >>> from neuralzoo.optimizers import SGD
        >>> model = Sequential([Dense(1, kernel_initializer="ones", input_shape=(2,))])
        >>> model.compile(SGD(0.1), "mse")
        >>> seen = trace(model, [1.0, 2.0], [5.0])  # the error is -2, its square 4
        >>> seen.loss, seen["dense"].delta.item(), seen["dense"]["kernel"].change.ravel().astype(float).round(6).tolist()
        (4.0, -4.0, [0.4, 0.8])

    Reference: D. Rumelhart, G. Hinton, R. Williams, "Learning representations by back-propagating errors", Nature 323, 1986.
    """
    model.require_built("be traced")
    if y is None and (model.learner is None or _compares(model.learner)):
        return execute(model, x)
    learner, net, memo, batch = prepared(model, x, y)
    key = jax.random.fold_in(jax.random.fold_in(model.key, 1), model.count)
    if isinstance(learner, Gradient):
        return _descent(model, learner, net, memo, batch, key, deployed)
    return _other_rule(model, learner, net, memo, batch, key)


def _compares(learner: Learner) -> bool:
    """Whether what is lowered is a loss of outputs and targets."""
    return isinstance(learner, Gradient) and isinstance(learner.objective, Supervised)


def prepared(model: Model, x: Any, y: Any) -> tuple[Learner, Any, Any, Batch]:
    """What the next step of learning starts from: the rule, the network, what the rule remembers, and the examples as one batch."""
    model.require_built("be traced")
    learner = model.require_ready("be traced on its way back")
    x, y = _rows(model, x, y)
    batch = _batch(model, x, y)
    net = _ready(model, len(batch.valid))
    learner.check(net)
    return learner, net, _memo(model, learner, net), batch


def _descent(model: Model, learner: Gradient, net: Any, memo: Any, batch: Batch, key: Any, deployed: bool) -> Trace:
    known = learner.compiled()
    found = _backward(known, net, memo, batch, key, deployed=deployed)
    after = found.pop("after")
    loss, notes, at, gradient, change, readings = _host([found[k] for k in ("loss", "notes", "at", "gradient", "change", "logs")])
    objective, rate = learner.objective, float(learner.rate(memo))
    supervised = isinstance(objective, Supervised)
    of_logits = supervised and scored(net, objective.loss).net is not net
    layers = _layers(net, notes, at, gradient, change, of_logits)
    lowered = objective.loss.label if supervised else snake_case(type(objective).__name__)
    kept = {"rule": f"{learner.optimizer!r}, rate {rate:g}, loss {lowered}", "readings": plain(learner.read(readings))}
    slope = _one(at.get("input"))
    return Trace(model.name, batch.x, batch.y, layers, layers[-1].output, float(loss), slope, **kept, before=_both(net, memo), after=after)


def _other_rule(model: Model, learner: Learner, net: Any, memo: Any, batch: Batch, key: Any) -> Trace:
    known = learner.compiled()
    y, notes = _host(_forward(net, batch.x))
    net_after, memo_after, logs, reasons = _step(known, net, memo, batch, key)
    if type(learner).conclude is not Learner.conclude:
        net_after, memo_after = program.conclude(known, net_after, memo_after)
    net_after = learner.finish(net_after, memo_after)
    readings = plain(learner.read(jax.tree.map(lambda a: np.asarray(a, np.float64), logs)))
    rule = f"{learner!r}"
    kept = {"readings": readings, "reasons": _host(reasons), "before": _both(net, memo), "after": _both(net_after, memo_after)}
    return Trace(model.name, batch.x, batch.y, _layers(net, notes, {}, after=net_after), y, readings.get("loss"), rule=rule, **kept)


@jax.jit
def _forward(net: Any, x: Any) -> tuple[Any, list[Note]]:
    see = Looking()
    return unmasked(go_through(net, x, None, see)[0]), see.notes


@jax.jit
def _step(learner: Learner, net: Any, memo: Any, batch: Batch, key: Any) -> Any:
    return *learner.step(net, memo, batch, key), learner.reasons(net, memo, batch, key)


@partial(jax.jit, static_argnames="deployed")
def _backward(learner: Gradient, net: Any, memo: Any, batch: Batch, key: Any, *, deployed: bool) -> dict[str, Any]:
    """One step of `Gradient` with probes at every layer; the same objective, the same optimizer."""
    params, rest = split(net)

    def price(params: Any, probes: Any) -> Any:
        see, net, objective = Looking(probes), merge(params, rest), learner.objective
        if isinstance(objective, Supervised):
            go = lambda net, x, key: go_through(net, x, None if deployed else key, see)  # noqa: E731
            priced, finish = objective.price(net, batch, key, memo.count, go), scored(net, objective.loss).finish
            see.notes[-1] = replace(see.notes[-1], output=finish(see.notes[-1].output))
        else:  # it goes its own ways through the network: what is shown is the network as it is used, without δ
            priced = objective.price(net, batch, key, memo.count)
            go_through(lax.stop_gradient(net), batch.x, None, see)
            see.points.clear()
        return priced.value, (see.notes, see.points, priced)

    points = jax.eval_shape(lambda params: price(params, {})[1][1], params)
    probes = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), points)
    descend = jax.value_and_grad(price, argnums=(0, 1), has_aux=True)
    (loss, (notes, _, priced)), (gradient, at) = descend(params, probes)
    change, optimizer = learner.change(gradient, memo, params)
    average, moved = averaging.follow(learner.optimizer, memo.average, optax.apply_updates(params, change), memo.count)
    whole = merge(moved, split(priced.after)[1])
    memo = memo._replace(optimizer=optimizer, count=memo.count + 1, average=average)
    back = {"at": at, "gradient": gradient, "change": change}
    return {"loss": loss, "notes": notes, **back, "after": _both(whole, memo), "logs": priced.logs}


def _layers(
    net: Any, notes: list[Note], at: dict[str, Any], gradient: Any = None, change: Any = None, of_logits: bool = False, after: Any = None
) -> tuple[LayerTrace, ...]:
    """The notes as records, with the gradients found at their places and the arrays of each layer.

    `of_logits`: the loss took the last layer without its activation. `after`: the network after the step, where no change was told.
    """
    paths, layers = [note.name for note in notes], []
    own, slopes, moves, later = ({} if tree is None else arrays_of(tree, paths) for tree in (net, gradient, change, after))
    for i, note in enumerate(notes):
        path = note.name
        slope, move = slopes.get(path, {}), {**moves.get(path, {}), **_differences(own.get(path, {}), later.get(path, {}))}
        arrays = tuple(ArrayTrace(name, np.asarray(a), slope.get(name), move.get(name)) for name, a in own.get(path, {}).items())
        delta, back, states = (_one(at.get(f"{path}:{place}")) for place in ("sum", "output", "state"))
        given = note.name or snake_case(note.kind), note.kind, described(note.kind), note.input, note.sum, note.output
        back = None if of_logits and i == len(notes) - 1 else back
        layers.append(LayerTrace(*given, delta, back, note.inside, states, arrays))
    return tuple(layers)


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, np.ndarray]:
    """What was added to each array that kept its shape."""
    pairs = ((name, np.asarray(before[name]), np.asarray(new)) for name, new in after.items() if name in before)
    return {name: new - old for name, old, new in pairs if old.shape == new.shape and old.dtype != bool}


def _one(leaves: Any) -> Any:
    """The gradient of a place that holds one array, else a list."""
    return None if leaves is None else leaves[0] if len(leaves) == 1 else leaves or None


def described(kind: str) -> str:
    """A layer's formula, or its purpose: how its description begins."""
    known = Record.kinds.get(f"layer:{kind}")
    said = (known.__doc__ or kind) if known else kind
    return said.strip().splitlines()[0].split(": `")[0].rstrip(".")


def examples(model: Model, x: Any) -> Any:
    """One example or several, as `predict` takes them, with a batch axis."""
    return _rows(model, model.receive(x, None, None)[0])[0]


def _rows(model: Model, x: Any, y: Any = None) -> tuple[Any, Any]:
    """The examples with a batch axis; one example gets it here, and its target too. What is no array of numbers stays as it is."""
    spec = model.input
    table = callable(getattr(x, "to_numpy", None))
    if not isinstance(spec, jax.ShapeDtypeStruct) or not (table or isinstance(x, list | np.ndarray | jax.Array)):
        return x, y
    if isinstance(x, list) and x and isinstance(x[0], str):
        return x, y
    rows = as_arrays(x, "x")
    if rows.ndim == len(spec.shape) - 1:
        return rows[None], None if y is None else np.asarray(y)[None]
    if rows.ndim != len(spec.shape) or (np.issubdtype(spec.dtype, np.floating) and rows.shape[-1] != spec.shape[-1]):
        what = f"the network was built for examples of shape {spec.shape[1:]}, but x has shape {rows.shape}"
        raise ShapeError(what, remedy=f"give one example, or several as (rows, {', '.join(map(str, spec.shape[1:]))})")
    return rows, y


def _batch(model: Model, x: Any, y: Any) -> Batch:
    """The examples as `train_on_batch` sees them, all in one batch."""
    rows = row_count(as_arrays(model.receive(x, y, None)[0], "x"))
    job = Fit(model, rows, 1, 0, 0, [], shuffle=False, validation_freq=1)
    job.take_training_data(x, y, None, None, None, 0.0)
    block, _ = next(iter(job.training.blocks(0, 1)))
    return jax.tree.map(lambda a: jnp.asarray(a[0]), block)


def _ready(model: Model, rows: int) -> Any:
    """The network, with an empty memory for so many rows where its layers are stateful and remember others."""
    kept = [len(a) for layer in stateful_layers(model.net) for a in jax.tree.leaves(layer.memory)]
    return model.net if kept and kept[0] == rows else emptied(model.net, rows)


def _memo(model: Model, learner: Learner, net: Any) -> Any:
    """What the rule remembers, in the shape that goes with this network."""
    if model.memo is None:
        return learner.init(net)
    if not stateful_layers(net):
        return model.memo
    return jax.tree.unflatten(jax.tree.structure(jax.eval_shape(learner.init, net)), jax.tree.leaves(model.memo))


def _both(net: Any, memo: Any) -> dict[str, Any]:
    return {"net": net, "memo": memo}


def _host(tree: Any) -> Any:
    """The arrays as NumPy's, those of 16 bits as float32."""
    wide = lambda a: a.astype(np.float32) if a.dtype.name == "bfloat16" else a  # noqa: E731
    return jax.tree.map(lambda a: wide(np.asarray(a)), tree)
