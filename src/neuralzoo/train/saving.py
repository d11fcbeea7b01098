"""Models in files: the whole model, from which training goes on exactly, or its arrays only."""

import importlib
import importlib.util
import pkgutil
from functools import cache
from itertools import zip_longest
from pathlib import Path
from types import FunctionType
from typing import Any

import jax

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, FormatError, ShapeError
from neuralzoo.core.layer import Layer
from neuralzoo.core.record import forgetful, remembering_as
from neuralzoo.core.registry import Registry
from neuralzoo.io import functions, read, write
from neuralzoo.learn import losses
from neuralzoo.learn.learner import Learner
from neuralzoo.train.callbacks.base import History
from neuralzoo.train.model import Model
from neuralzoo.train.runtime import prepare_runtime
from neuralzoo.train.sequential import Sequential

shells: Registry[type[Model]] = Registry("class of models")  # what `load` may return; register your own subclass before saving
shells.update({"Model": Model, "Sequential": Sequential})
functions.update({f"losses.{name}": f for name, f in vars(losses).items() if isinstance(f, FunctionType) and name in losses.__all__})

EXPECTED = {  # what a saved model holds
    "class": str, "name": str, "seed": int, "count": int, "net": Layer, "input": object, "learner": Learner | None,
    "memo": list | None, "history": dict, "epoch": list, "extra": dict,
}  # fmt: skip
LEARNING = {"learner": None, "memo": None}  # what is left out where only the network is asked for


def save_model(
    model: Model, path: Any, overwrite: bool = True, include_optimizer: bool = True, extra: dict[str, Any] | None = None
) -> None:
    """Write a model into one file: network, learner, the learner's memo, seed, steps taken and history.

    Args:
        model: built or not, compiled or not.
        path: the file, by custom `.nz`; its folder must exist.
        overwrite: False refuses to replace a file.
        include_optimizer: False leaves the learner out.
        extra: more to keep in the file, for `load_extra`: numbers, strings, lists, dictionaries, arrays.

    Raises `ArgumentError` for what a file cannot hold, such as a function without a name; nothing is left out silently.
    """
    content = {
        "kind": "model",
        "class": _shell_name(model),
        "name": model.name,
        "seed": model.seed,
        "count": model.count,
        "net": model.net,
        "input": model.input,
        "learner": model.learner if include_optimizer else None,
        "memo": jax.tree.leaves(model.memo) if include_optimizer and model.memo is not None else None,
        "history": model.history.history,
        "epoch": model.history.epoch,
        "extra": extra or {},
    }
    try:
        _write(path, content, overwrite)
    except ArgumentError as error:
        if not error.where.startswith("learner"):
            raise
        remedy = f"{error.remedy}; or save with include_optimizer=False, and compile again after loading"
        raise ArgumentError(error.what, where=error.where, remedy=remedy) from None


def load(path: Any, compile: bool = True) -> Model:  # noqa: A002 Keras's name
    """The model in a file, ready to predict, and to go on training just as if it had never been away.

    Args:
        path: a file that `save_model` wrote, or a folder with a `model.nz` in it.
        compile: False leaves the learner out, even one that is not known here.

    Raises `FormatError` for a file that is missing, damaged, foreign or from a later version. Nothing in it is executed.
    """
    path = _file(path)
    names = [name for name in EXPECTED if compile or name not in LEARNING]
    return _model(_read(path, ("model",), *names), path)


def load_extra(path: Any) -> dict[str, Any]:
    """What was given to `save_model` as `extra`."""
    return _read(_file(path), ("model",), "extra")["extra"]


def save_weights(model: Model, path: Any, overwrite: bool = True) -> None:
    """Write the arrays of a built model only, by layer."""
    model.require_built("save weights")
    _write(path, {"kind": "weights", "weights": _weights(model)}, overwrite)


def load_weights(model: Model, path: Any) -> None:
    """Put the arrays of a file of `save_weights` or `save_model` into a built model of the same layers.

    Raises `ShapeError` at the first layer whose name, arrays or shapes differ; the model then stays as it was.
    """
    model.require_built("load weights")
    path = _file(path)
    content = _read(path, ("weights", "model"), "weights", *(name for name in EXPECTED if name not in LEARNING))
    saved = content["weights"] if content["kind"] == "weights" else _weights(_model(content, path))
    leaves = []
    for mine, theirs in zip_longest(_weights(model), saved):
        leaves += _fitting(mine, theirs, path)
    model.net = remembering_as(jax.tree.unflatten(jax.tree.structure(forgetful(model.net)), leaves), model.net)


def _weights(model: Model) -> list[tuple[str, dict[str, Any]]]:
    """The arrays of each layer that has some, as (name of the layer, {place in it: array})."""
    table = []
    for name, layer in zip(model.names(), model.layers, strict=True):
        places = jax.tree_util.tree_flatten_with_path(forgetful(layer))[0]
        if places:
            table.append((name, {jax.tree_util.keystr(place, simple=True, separator="."): array for place, array in places}))
    return table


def _fitting(mine: tuple[str, dict[str, Any]] | None, theirs: tuple[str, dict[str, Any]] | None, path: Path) -> list[Any]:
    """The saved arrays of one layer, once it is sure that they are those of this layer of the model."""
    remedy = "build the model that was saved, with the same layers in the same order"
    if mine is None or theirs is None:
        name, more, less = (theirs[0], "file", "model") if theirs else (mine[0] if mine else "", "model", "file")
        raise ShapeError(f"the {more} has a layer {name!r} with weights more than the {less}", where=str(path), remedy=remedy)
    (name, here), (other, there) = mine, theirs
    if name != other:
        raise ShapeError(f"the model's layer {name!r} is {other!r} in the file", where=str(path), remedy=remedy)
    for place in {**here, **there}:
        a, b = (f"{s[place].dtype}{s[place].shape}" if place in s else "missing" for s in (here, there))
        if a != b:
            raise ShapeError(f"{place} of the layer {name!r} is {a} in the model, but {b} in the file", where=str(path), remedy=remedy)
    return [there[place] for place in here]


def _model(content: dict[str, Any], path: Path) -> Model:
    content = {**LEARNING, **content}
    for name, kind in EXPECTED.items():
        if name not in content or not isinstance(content[name], kind):
            raise FormatError(
                f"its {name} is {content.get(name, 'missing')!r}", where=str(path), remedy="the file was changed: use the original"
            )
    if content["class"] not in shells:
        remedy = "register it before loading: neuralzoo.train.saving.shells.register()(YourModel)"
        raise FormatError(f"the model is a {content['class']}, a class that is not known here", where=str(path), remedy=remedy)
    prepare_runtime()
    shell = shells[content["class"]]
    model = object.__new__(shell)
    Model.__init__(model, Chain(), content["name"], content["seed"])
    model.net, model.input, model.count, model.learner = (content[name] for name in ("net", "input", "count", "learner"))
    if content["memo"] is not None and model.learner is not None:
        model.memo = _memo(model.learner, model.net, content["memo"], path)
    model.history = History()
    model.history.history, model.history.epoch = content["history"], content["epoch"]
    return model


def _memo(learner: Learner, net: Layer, leaves: list[Any], path: Path) -> Any:
    """The learner's memo: the saved arrays in the structure that the learner gives it here."""
    try:
        fresh = jax.eval_shape(learner.init, net)
    except TypeError:  # a rule that looks at numbers while it starts
        fresh = learner.init(net)
    here, there = ([(a.shape, a.dtype.name) for a in jax.tree.leaves(jax.eval_shape(lambda a: a, tree))] for tree in (fresh, leaves))
    if here != there:
        which = next(i for i, (a, b) in enumerate(zip_longest(here, there)) if a != b)
        a, b = (list(side[which : which + 1]) or "missing" for side in (here, there))
        raise FormatError(
            f"the state of {type(learner).__name__} does not fit: its array {which + 1} is {b} in the file, and {a} here",
            where=str(path),
            remedy="load with the versions of neuralzoo and optax that saved it; or load(path, compile=False), and compile again",
        )
    return jax.tree.unflatten(jax.tree.structure(fresh), leaves)


def _read(path: Path, kinds: tuple[str, ...], *names: str) -> dict[str, Any]:
    """Entries of a file that must be of one of some kinds."""
    know_all_classes()
    content = read(path, "kind", *names)
    if content.get("kind") not in kinds:
        of = content.get("kind")
        remedy = "build the model and call its load_weights(path)" if of == "weights" else "give a file that model.save() wrote"
        raise FormatError(f"the file holds {of or 'something else'}, not a model", where=str(path), remedy=remedy)
    return content


def _write(path: Any, content: dict[str, Any], overwrite: bool) -> None:
    if not overwrite and Path(path).exists():
        raise ArgumentError(f"{path} is there already", remedy="choose another name, or pass overwrite=True")
    write(path, content)


def _file(path: Any) -> Path:
    path = Path(path)
    return path / "model.nz" if (path / "model.nz").is_file() else path


def _shell_name(model: Model) -> str:
    name = shells.name_of(type(model))
    if name is None:
        what = f"{type(model).__name__} is a model class of your own, and a file cannot tell which"
        raise ArgumentError(what, remedy="register it before saving and loading: neuralzoo.train.saving.shells.register()(YourModel)")
    return name


@cache
def know_all_classes() -> None:
    """Import every module that defines layers and learners, so that a file may name any of them."""
    for room in ("layers", "learn", "zoo"):
        if importlib.util.find_spec(f"neuralzoo.{room}"):
            package = importlib.import_module(f"neuralzoo.{room}")
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                importlib.import_module(module.name)
