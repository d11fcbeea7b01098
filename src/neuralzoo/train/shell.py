"""The part of the shell that holds the network: its shape, layers and weights."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from neuralzoo.core.composite import Chain, check_forward
from neuralzoo.core.errors import ArgumentError, NotReadyError, ShapeError, nearest
from neuralzoo.core.layer import Layer
from neuralzoo.core.masked import unmasked
from neuralzoo.core.naming import names_of
from neuralzoo.core.record import forgetful, remembering_as
from neuralzoo.layers.recurrent import Recurrence, emptied, stateful_layers
from neuralzoo.layers.shape import Input
from neuralzoo.train import program
from neuralzoo.train.runtime import default_seed, give_memory_back, keep_memory, prepare_runtime
from neuralzoo.train.summary import print_summary, would_build


class Shell:
    """A network that may be replaced, with its name, its seed and, once it is built, the spec of its input.

    Args:
        net: any layer, usually a `Chain`; built at once where it declares an input shape, else by the first data.
        name: shown by `summary`.
        seed: the root of all randomness of this model: initial weights, order of rows, dropout masks. The same seed on
            the same machine gives the same bits. None takes the default (0, or what `utils.set_random_seed` set).

    Attributes:
        net: the immutable network, a pytree for `jax.jit`, `grad`, `vmap`.
        memo: what the learner remembers between steps, None before the first.
        count: steps taken since the network was built.
    """

    def __init__(self, net: Layer, name: str | None = None, seed: int | None = None):
        keep_memory()
        self.net, self.name = net, name or "model"
        self.seed = default_seed() if seed is None else seed
        self.memo: Any = None
        self.count = 0
        self.input: Any = None  # the spec of one batch, once built
        self._looked: tuple[Any, bool, Any] = (None, False, None)  # the network last looked through, `remembers` and `predictor`
        declared = declared_input(net)
        if declared is not None:
            self.build(declared)

    def __getstate__(self) -> dict[str, Any]:
        """What a copy and a pickle hold: compiled functions are found again."""
        return {**self.__dict__, "_looked": (None, False, None)}

    @property
    def built(self) -> bool:
        return self.input is not None

    @property
    def key(self) -> jax.Array:
        """The root key; the network is built from fold 0, step i learns with fold i of fold 1."""
        return jax.random.key(self.seed)

    def build(self, x: Any) -> None:
        """Fill in the arrays for inputs like `x`: an array, a `jax.ShapeDtypeStruct` with a batch axis, or a pytree of them.

        Or the shape of float32 inputs, as in Keras: `(None, 28, 28)`, the batch in front.
        """
        prepare_runtime()
        if isinstance(x, tuple) and x and all(isinstance(size, int) for size in x[1:]) and (x[0] is None or isinstance(x[0], int)):
            x = jax.ShapeDtypeStruct((1, *x[1:]), "float32")
        spec = jax.tree.map(lambda a: jax.ShapeDtypeStruct((1, *a.shape[1:]), a.dtype), x)
        check_forward(self.net)
        net = self.net.build(spec, jax.random.fold_in(self.key, 0))
        copies: dict[int, Any] = {}  # two fields built from one array must not share it
        self.net = jax.tree.map(lambda a: a.copy() if copies.setdefault(id(a), a) is not a else a, net)
        self.input, self.memo, self.count = spec, None, 0
        give_memory_back()

    @property
    def layers(self) -> list[Layer]:
        return list(self.net.layers) if isinstance(self.net, Chain) else [self.net]

    def names(self) -> list[str]:
        """The name of each layer: its own, or one made from its class and numbered."""
        return names_of(self.layers, [layer.name for layer in self.layers])

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name or its place."""
        if (name is None) == (index is None):
            raise ArgumentError("get_layer takes a name or an index", remedy="pass exactly one of them")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ArgumentError(f"there is no layer {index}: the model has {len(self.layers)}")
            return self.layers[index]
        names = self.names()
        if name not in names:
            raise ArgumentError(f"there is no layer named {name!r}", remedy=nearest(str(name), names))
        return self.layers[names.index(name)]

    def count_params(self) -> int:
        """How many numbers the network holds."""
        net, spec = self.outlook()
        if spec is None:
            self.require_built("count its parameters")
        return sum(a.size for a in jax.tree.leaves(forgetful(net)))

    def get_weights(self) -> list[np.ndarray]:
        """All arrays of the network but what it remembers, in the order of its fields."""
        self._build_as_declared()
        return [np.asarray(a) for a in jax.tree.leaves(forgetful(self.net))]

    def set_weights(self, weights: list[Any]) -> None:
        """Replace all arrays, in the order of `get_weights`."""
        self.require_built("set its weights")
        leaves, tree = jax.tree.flatten(forgetful(self.net))
        given = [np.asarray(w, dtype=leaf.dtype) for w, leaf in zip(weights, leaves, strict=False)]
        if len(weights) != len(leaves) or any(w.shape != leaf.shape for w, leaf in zip(given, leaves, strict=True)):
            raise ShapeError(
                f"the network's arrays have shapes {[a.shape for a in leaves]} but was given {[np.shape(w) for w in weights]}",
                remedy="give the arrays of a network with the same layers, in the order of get_weights()",
            )
        self.net = remembering_as(jax.tree.unflatten(tree, [jax.numpy.asarray(w) for w in given]), self.net)

    @property
    def remembers(self) -> bool:
        """Whether a layer of the network is stateful."""
        return self._look()[1]

    @property
    def predictor(self) -> Callable[[Any], Any]:
        """The compiled function from a batch to the network's output."""
        return self._look()[2]

    def _look(self) -> tuple[Any, bool, Any]:
        """What is found out once for each network, since a prediction takes less than that."""
        if self._looked[0] is not self.net:
            self._looked = (self.net, bool(stateful_layers(self.net)), program.predictor(self.net))
        return self._looked

    @property
    def remembered(self) -> int | None:
        """The rows of the batch that stateful layers remember; None where they remember nothing yet, or there are none."""
        kept = [a for layer in stateful_layers(self.net) for a in jax.tree.leaves(layer.memory)]
        return len(kept[0]) if any(np.any(a) for a in kept) else None

    def reset_states(self) -> None:
        """Empty the memory of stateful layers; batches of another size may follow then, except inside `fit`."""
        self.net = jax.tree.map(
            lambda layer: layer.set(memory=jax.tree.map(jax.numpy.zeros_like, layer.memory)) if isinstance(layer, Recurrence) else layer,
            self.net,
            is_leaf=lambda v: isinstance(v, Recurrence),
        )

    def remember(self, rows: int, batch_size: int) -> None:
        """Get stateful layers ready for `rows` rows in batches of `batch_size`; nothing to do where there are none.

        Raises `ShapeError` where they remember batches of another size, or where the last batch would have fewer rows.
        """
        layers, kept = stateful_layers(self.net), self.remembered
        if not layers:
            return
        if kept is not None and kept != batch_size:
            raise ShapeError(
                f"the network remembers batches of {kept} rows but is given batches of {batch_size}",
                remedy=f"pass batch_size={kept}, or call reset_states() first to begin anew",
            )
        if rows % batch_size:
            raise ShapeError(
                f"{rows} rows are not a multiple of the batch size {batch_size}, and a stateful network needs full batches",
                remedy=f"give {rows - rows % batch_size} or {rows + batch_size - rows % batch_size} rows, or pass another batch_size",
            )
        if any(layer.memory is None or len(jax.tree.leaves(layer.memory)[0]) != batch_size for layer in layers):
            self.net = emptied(self.net, batch_size)
        self.input = jax.tree.map(lambda s: jax.ShapeDtypeStruct((batch_size, *s.shape[1:]), s.dtype), self.input)

    def summary(self) -> None:
        """Print the layers with their output shapes and parameter counts."""
        print_summary(self)

    def __call__(self, x: Any) -> Any:
        self.require_built("be called")
        return unmasked(self.net(jax.tree.map(jax.numpy.asarray, x)))

    def outlook(self) -> tuple[Layer, Any]:
        """The network and the spec of its input: with shapes for arrays if it was never built but declares its input."""
        declared = None if self.built else declared_input(self.net)
        return (self.net, self.input) if declared is None else (would_build(self.net, declared), declared)

    def _build_as_declared(self) -> None:
        """Make the arrays of a network that was put together without them, as those of `architectures` are."""
        declared = None if self.built else declared_input(self.net)
        if declared is not None:
            self.build(declared)

    def require_built(self, what: str) -> None:
        """Build a network that declares its input; raise `NotReadyError` for one that does not, naming what it cannot do yet."""
        self._build_as_declared()
        if not self.built:
            raise NotReadyError(
                f"the model cannot {what} before it knows the shape of its input",
                remedy="give the first layer an input_shape, start with Input(shape), call build(x), or fit it",
            )


def declared_input(net: Layer) -> jax.ShapeDtypeStruct | None:
    """The input a network declares: `input_shape=` of its first layer, or `Input(shape)` at its front.

    Its type is the one that `Input` names, else the one that the first layer with work to do is made for.
    """
    if net.input_shape is not None:
        return jax.ShapeDtypeStruct((1, *net.input_shape), net.input_dtype)
    if isinstance(net, Input):
        return jax.ShapeDtypeStruct((1, *net.shape), net.dtype or net.input_dtype)
    if not isinstance(net, Chain) or not net.layers:
        return None
    declared = declared_input(net.layers[0])
    if declared is None or len(net.layers) == 1 or not isinstance(net.layers[0], Input) or net.layers[0].dtype:
        return declared
    return jax.ShapeDtypeStruct(declared.shape, _first_dtype(net.layers[1]))


def _first_dtype(net: Layer) -> str:
    return _first_dtype(net.layers[0]) if isinstance(net, Chain) and net.layers else net.input_dtype
