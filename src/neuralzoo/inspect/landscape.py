"""The loss around a network, along random directions that are scaled filter by filter."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.record import merge, split
from neuralzoo.inspect.records import plain
from neuralzoo.inspect.tracing import prepared
from neuralzoo.train.model import Model

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Landscape:
    """The loss at net + a · first + b · second.

    Fields:
        steps: the values of a, and of b.
        losses: `(steps,)` for one direction, `(steps of b, steps of a)` for two.
    """

    steps: np.ndarray
    losses: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """The same as dictionaries, lists and numbers, ready for JSON."""
        return plain(self)

    def figure(self) -> "Figure":
        """Contours of the loss over the plane, or a curve."""
        from neuralzoo.inspect.health_plots import landscape_figure

        return landscape_figure(self.steps, self.losses)


def loss_landscape(model: Model, x: Any, y: Any, *, points: int = 21, reach: float = 1.0, directions: int = 2, seed: int = 0) -> Landscape:
    """The loss on some examples, as the network is used, over a line or a plane through its parameters.

    Each filter of a random direction gets the length of the network's filter, so that networks of different scales compare;
    biases and the parameters of normalisation stay. `reach` 1 goes as far as the parameters are long.

    Args:
        model: a model compiled with a loss.
        x, y: examples.
        points: along each direction, odd so that the network itself is in the middle.
        reach: how far to either side.
        directions: 1 or 2.
        seed: of the directions.

    Reference: H. Li et al., "Visualizing the loss landscape of neural nets", NeurIPS 2018.
    """
    if directions not in (1, 2) or points < 3 or points % 2 == 0 or not reach > 0:
        what = f"a landscape of {directions} directions, {points} points and reach {reach} is not possible"
        raise ArgumentError(what, remedy="take 1 or 2 directions, an odd number of points, and a reach above 0")
    learner, net, _, batch = prepared(model, x, y)
    params, rest = split(net)
    keys = jax.random.split(jax.random.key(seed), directions)
    ways = [scaled_direction(params, key) for key in keys]
    steps = np.linspace(-reach, reach, points)
    grid = np.stack(np.meshgrid(*[steps] * directions), axis=-1).reshape(-1, directions).astype(np.float32)

    @jax.jit
    def losses(params: Any, ways: Any, places: Any, batch: Any) -> Any:
        def at(place: Any) -> Any:
            moved = jax.tree.map(lambda p, *ds: p + sum(place[i] * d for i, d in enumerate(ds)), params, *ways)
            total, count = learner.assess(merge(moved, rest), batch)["loss"]
            return total / count

        return jax.lax.map(at, places)

    found = np.asarray(losses(params, ways, grid, batch))
    return Landscape(steps, found.reshape((points,) * directions))


def scaled_direction(params: Any, key: Any) -> Any:
    """A random tree like `params`, each filter as long as that of `params`; arrays of one axis get 0.

    >>> way = scaled_direction({"kernel": 3 * jnp.eye(2), "bias": jnp.ones(2)}, jax.random.key(0))
    >>> jnp.linalg.norm(way["kernel"], axis=0).round(4).tolist(), way["bias"].tolist()
    ([3.0, 3.0], [0.0, 0.0])
    """
    leaves, tree = jax.tree.flatten(params)

    def one(array: Any, key: Any) -> Any:
        if array.ndim < 2:
            return jnp.zeros_like(array)
        axes = tuple(range(array.ndim - 1))
        way = jax.random.normal(key, array.shape, array.dtype)
        length = lambda a: jnp.sqrt(jnp.sum(a**2, axis=axes, keepdims=True))  # noqa: E731
        return way * length(array) / jnp.maximum(length(way), 1e-12)

    return jax.tree.unflatten(tree, [one(a, jax.random.fold_in(key, i)) for i, a in enumerate(leaves)])
