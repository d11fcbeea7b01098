"""Transfer learning: freeze what a network has learned, give it a new head, and go on with other data.

    model = load_model("digits.nz")
    model = replace_head(model, [Dense(5, activation="softmax")])
    freeze(model, but_last=1)                       # the new head learns, the body stays
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=10)
    unfreeze(model)                                 # and then everything, the body slowly
    model.compile(Adam(1e-3), "sparse_categorical_crossentropy", rates={"conv*": 0.1})

Reference: J. Yosinski et al., "How transferable are features in deep neural networks?", 2014.
"""

from collections.abc import Callable, Sequence

import jax

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, NotReadyError
from neuralzoo.core.layer import Layer
from neuralzoo.core.naming import matches, over_layers, require_matches
from neuralzoo.core.record import roles, walk
from neuralzoo.train.model import Model
from neuralzoo.train.sequential import Sequential


def freeze(model: Model, *patterns: str, but_last: int | None = None) -> list[str]:
    """Stop layers from learning; a frozen batch normalisation keeps its statistics too, and uses them.

    Args:
        model: any model; its optimizer starts afresh at the next `fit`.
        patterns: names with `*` and `?`, of layers or of what is around them ("stage_1", "conv*"); none is all layers.
        but_last: freeze all but the last so many of the model's layers, counting those that have parameters.

    Returns the names of the layers of the model that are frozen now, with all that is inside them.

    Example:
        >>> from neuralzoo.layers import Dense
        >>> from neuralzoo.models import Sequential
        >>> model = Sequential([Dense(8, input_shape=(4,)), Dense(8), Dense(3)])
        >>> freeze(model, but_last=1)
        ['dense', 'dense_1']
    """
    if but_last is not None:
        if patterns:
            raise ArgumentError("freeze was given both patterns and but_last", remedy="call it twice")
        patterns = tuple(_bearing(model)[: -but_last or None])
        if not patterns:
            return []
    model.net, model.memo = over_layers(model.net, _setting(model, patterns, False)), None
    return [name for name, layer in zip(model.names(), model.layers, strict=True) if not layer.trainable]


def unfreeze(model: Model, *patterns: str) -> None:
    """Let layers learn again: those that the patterns name, with all that is inside them, or all of the model.

    A layer inside a frozen one may be named: its neighbours stay frozen.
    """
    model.net, model.memo = over_layers(_frozen_one_by_one(model.net), _setting(model, patterns, True)), None


def replace_head(
    model: Model, head: Layer | Sequence[Layer], drop: int = 1, name: str | None = None, seed: int | None = None
) -> Sequential:
    """A new model with the body of a trained one and a fresh head, built for what the body gives.

    Args:
        model: a built chain of layers; it stays as it is.
        head: one layer or several.
        drop: how many layers at the end of the model the head takes the place of.
        name: of the new model.
        seed: of the new model; None is that of the old one.

    Example:
        >>> from neuralzoo.layers import Dense
        >>> from neuralzoo.models import Sequential
        >>> digits = Sequential([Dense(8, activation="relu", input_shape=(4,)), Dense(10, activation="softmax")])
        >>> replace_head(digits, Dense(2, activation="softmax")).count_params()
        58
    """
    if not isinstance(model.net, Chain):
        raise ArgumentError(
            f"replace_head needs a chain of layers, but the network is a {type(model.net).__name__}",
            remedy="build the new network yourself, with the layers of the old one (model.net) as its parts",
        )
    if not model.built:
        raise NotReadyError("the model has no weights to keep yet", remedy="build, fit or load it first")
    if not 0 <= drop < len(model.layers):
        raise ArgumentError(f"drop is {drop}, but the model has {len(model.layers)} layers", remedy="keep at least one layer")
    layers = tuple(model.layers[: len(model.layers) - drop])
    fresh = Sequential((), name or model.name, model.seed if seed is None else seed)
    fresh.net, fresh.input = model.net.set(layers=layers), model.input
    for layer in [head] if isinstance(head, Layer) else head:
        fresh.add(layer)
    return fresh


def _bearing(model: Model) -> list[str]:
    """The names of the model's layers that have parameters, frozen or not."""
    if not model.built:
        raise NotReadyError("the model does not know yet which of its layers have parameters", remedy="build it, or freeze by name")

    def thawed(layer: Layer) -> Layer:
        return over_layers(layer, lambda path, inner: inner.set(trainable=True))

    pairs = zip(model.names(), model.layers, strict=True)
    return [name for name, layer in pairs if "param" in jax.tree.leaves(roles(thawed(layer)))]


def _setting(model: Model, patterns: tuple[str, ...], to: bool) -> Callable[[str, Layer], Layer]:
    """The change that makes what the patterns name trainable, or not."""
    require_matches(model.net, patterns)
    return lambda path, layer: layer.set(trainable=to) if not patterns or any(matches(path, p) for p in patterns) else layer


def _frozen_one_by_one(net: Layer) -> Layer:
    """The network with what is frozen because of a layer around it frozen on its own account."""
    frozen = set()

    def note(path: str, layer: Layer) -> Layer:
        if not layer.trainable:
            frozen.add(path)
        return layer

    def change(path: str, layer: Layer) -> Layer:
        if any(isinstance(part, Layer) and part is not layer for part in walk(layer)):
            return layer.set(trainable=True)
        names = path.split("/")
        return layer.set(trainable="" not in frozen and not any("/".join(names[: i + 1]) in frozen for i in range(len(names))))

    over_layers(net, note)
    return over_layers(net, change)
