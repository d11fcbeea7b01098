"""Spiking networks: layers of leaky integrate-and-fire neurons that learn by surrogate gradients."""

import warnings
from typing import TYPE_CHECKING, Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError, DataError, nearest
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import part
from neuralzoo.layers.shape import Activation
from neuralzoo.layers.spiking import LIFCell
from neuralzoo.layers.spiking_codes import latency_spikes, poisson_spikes, require_steps
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.backpropagating import classifying
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.sizes import Sizes, sizes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CODES = ("current", "poisson", "latency", "given")
READINGS = ("membrane", "counts")
LOOKED_AT = 64  # rows that a network is looked at with before it learns
ASKED = 256  # rows whose spikes are held at a time


class SilenceWarning(UserWarning):
    """A layer of neurons never fires, so nothing gets past it."""


class SpikingLayers(Layer):
    """Layers of neurons one after the other, read at the last: `(batch, features) -> (batch, classes)`.

    The input of each layer is multiplied with its weights for all steps at once; only membranes go step by step.

    Fields:
        steps: how many time steps.
        code: "current", x flows into the first layer at every step; "poisson" or "latency" spikes; "given", x has the steps itself,
            `(batch, steps, features)`.
        read: the mean "membrane" of the last layer, which then never fires, or the spikes' "counts" by step.
        seed: of the Poisson spikes in use.
        cells: the layers.
    """

    steps: int
    code: str = "current"
    read: str = "membrane"
    seed: int = 0
    cells: tuple[LIFCell, ...] = part(default=())

    def __post_init__(self) -> None:
        require_steps(self, self.steps)
        for what, value, possible in (("code", self.code, CODES), ("reading", self.read, READINGS)):
            if value not in possible:
                raise ArgumentError(f"there is no {what} {value!r}", remedy=nearest(str(value), possible))

    def build(self, x: Spec, key: Key) -> Self:
        built, features = [], x.shape[-1]
        for i, cell in enumerate(self.cells):
            built.append(cell.build(jax.ShapeDtypeStruct((x.shape[0], features), jnp.float32), jax.random.fold_in(key, i)))
            features = cell.units
        return self.set(cells=tuple(built))

    def __call__(self, x: Any) -> Float[Array, "batch classes"]:
        return self.path(x)[-1].mean(0)

    def forward(self, x: Any, key: Key) -> tuple[Any, Self]:
        return self.path(x, key)[-1].mean(0), self

    def path(self, x: Any, key: Key | None = None) -> list[Float[Array, "steps batch units"]]:
        """The input of the first layer where it has steps, and what each layer puts out: spikes, or membranes of a read-out.

        Without a key Poisson spikes are those of `seed`.
        """
        x = x.astype(jnp.float32)
        if self.code == "given":
            x = x.swapaxes(0, 1)
        elif self.code != "current":
            own = jax.random.key(self.seed) if key is None else key
            x = poisson_spikes(own, x, self.steps, key is None) if self.code == "poisson" else latency_spikes(x, self.steps)
        outputs = [] if self.code == "current" else [x]
        for cell in self.cells:
            drive = cell.drive(x)
            state = cell.start(drive.shape[-2])
            if cell.refractory:
                x, _ = cell.run(jnp.broadcast_to(drive, (self.steps, *drive.shape[-2:])), state, None, False)
            else:
                x, _ = cell.integrate(drive, state[0], self.steps)
            outputs.append(x)
        return outputs


class SpikingNetwork(Member):
    """A classifier of spiking neurons: input → layers of LIF neurons → one leaky membrane for each class, by surrogate gradients.

    `predict` gives probabilities, the softmax of the mean membranes (or of the spikes a step). A hidden layer that never fires
    is named by a `SilenceWarning` before learning begins.

    Args:
        hidden: neurons in each hidden layer.
        steps: time steps of dt ms that each row is shown for.
        code: how a row becomes input over time: a constant "current", "poisson" or "latency" spikes from numbers in [0, 1], or "given"
            where x is `(rows, steps, features)` already.
        read: mean "membrane" of the last layer, or "counts" of its spikes.
        dt, tau: the time step and the membranes' time constant in ms.
        reset, refractory, surrogate, steepness, resistance: as of `LIFCell`.
        learning_rate: of Adam.
        seed: of weights, order and spikes.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).random((64, 4), np.float32)
        >>> y = (x[:, 0] > x[:, 1]).astype(int)
        >>> net = SpikingNetwork((20,), steps=10, learning_rate=0.01)
        >>> history = net.fit(x, y, epochs=20, verbose=0)
        >>> float(np.mean(net.predict(x).argmax(1) == y)) > 0.9
        True
    """

    card = Card(
        key="spiking",
        name="Spiking neural network",
        short="SNN",
        year=1907,
        authors="L. Lapicque; by surrogate gradients E. Neftci, H. Mostafa, F. Zenke 2019",
        reference="Recherches quantitatives sur l'excitation électrique des nerfs, Journal de physiologie 9",
        cells=("input", "spiking hidden", "output"),
        rule="gradient descent through time, a smooth derivative standing in for that of a spike",
        purpose="classify with neurons that speak in spikes",
        verbs=("predict", "evaluate", "spikes", "rates"),
        goals=(
            Goal(
                "MNIST, 784-1000-10, 25 steps, one epoch: at least 93.9 % of the test digits (snnTorch's tutorial 5: 93.87 %)",
                "96.5 % (seed 0)",
                "python examples/zoo_spiking.py",
            ),
        ),
    )
    usual_batch = 128
    usual_epochs = 1

    def __init__(
        self,
        hidden: Sizes = (1000,),
        *,
        steps: int = 25,
        code: str = "current",
        read: str = "membrane",
        dt: float = 1.0,
        tau: float = 20.0,
        reset: str = "subtract",
        refractory: float = 0.0,
        surrogate: str = "fast sigmoid",
        steepness: float = 25.0,
        resistance: float | None = None,
        learning_rate: float = 5e-4,
        seed: int | None = None,
    ):
        hidden = sizes_of(hidden, "layers of hidden neurons", "hidden=(100,)")
        told: dict[str, Any] = {"dt": dt, "tau": tau, "reset": reset, "surrogate": surrogate, "steepness": steepness}
        cells = [LIFCell(units, refractory=refractory, resistance=resistance, **told) for units in hidden]
        last = LIFCell(
            1, fires=read != "membrane", refractory=refractory if read != "membrane" else 0.0, **told
        )  # one for each class later
        net = SpikingLayers(steps, code, read, cells=(*cells, last))
        Member.__init__(self, Chain((net, Activation("softmax"))), classifying(learning_rate), seed)

    @property
    def layers_of_neurons(self) -> SpikingLayers:
        net = self.net.layers[0] if isinstance(self.net, Chain) else self.net
        assert isinstance(net, SpikingLayers)
        return net

    def check_rows(self, x: Any, y: Any) -> None:
        net, given = self.layers_of_neurons, self.layers_of_neurons.code == "given"
        wanted = f"(rows, {net.steps}, features)" if given else "(rows, features)"
        if isinstance(x, dict | tuple) or x.ndim != 2 + given or (given and x.shape[1] != net.steps):
            shape = getattr(x, "shape", type(x).__name__)
            raise DataError(f"with code={net.code!r} x is {wanted}, but it has shape {shape}", remedy=f"reshape x to {wanted}")
        if net.code in ("poisson", "latency") and (x.min() < 0 or x.max() > 1):
            row = int(np.argwhere((x < 0) | (x > 1))[0, 0])
            what = f"{net.code} spikes need numbers from 0 to 1, but row {row} holds some from {x[row].min():g} to {x[row].max():g}"
            raise DataError(what, remedy="scale the columns: (x - x.min(0)) / (x.max(0) - x.min(0))")
        if y is None or y.dtype.kind not in "iu" or y.min() < 0:
            raise DataError("a spiking network learns classes: y holds no whole numbers from 0 on", remedy="number the classes 0, 1, …")

    def prepare(self, x: Any, y: Any) -> Layer:
        net = self.layers_of_neurons
        last = net.cells[-1].set(units=max(2, int(y.max()) + 1))
        return Chain((net.set(cells=(*net.cells[:-1], last)), Activation("softmax")))

    def meet(self, x: Any, y: Any) -> None:
        Member.meet(self, x, y)
        self._listen(jax.tree.map(lambda a: np.asarray(a[:LOOKED_AT]), x))

    def spikes(self, x: Any) -> list[np.ndarray]:
        """The spikes of each hidden layer for rows of `x`, `(rows, steps, units)` of 0 and 1."""
        self.require_fitted("spike")
        return self._listen(as_array(x, "x"))

    def rates(self, x: Any) -> list[np.ndarray]:
        """How often each neuron of each hidden layer fires, in Hz, over the rows of `x`: `(units,)`."""
        self.require_fitted("tell rates")
        return [spikes.mean((0, 1)) * 1000 / self.layers_of_neurons.cells[0].dt for spikes in self.spikes(x)]

    def _listen(self, x: np.ndarray) -> list[np.ndarray]:
        net = self.layers_of_neurons
        parts = [_hidden_spikes(net, x[start : start + ASKED]) for start in range(0, len(x), ASKED)]
        layers = [np.concatenate(pieces, 1).swapaxes(0, 1) for pieces in zip(*jax.device_get(parts), strict=True)]
        for i, spikes in enumerate(layers):
            if not spikes.any():
                what = f"no neuron of hidden layer {i + 1} fires in {net.steps} steps on {len(x)} rows: nothing gets past it"
                warnings.warn(f"{what}. Scale x up, or give a higher resistance or more steps.", SilenceWarning, stacklevel=4)
                break
        return layers

    def draw(self, x: Any = None) -> "Figure":
        """A raster of one row: the spikes of the hidden neurons over time, and the membranes (or spikes) of the classes."""
        from neuralzoo.inspect.spike_plots import raster

        self.require_fitted("draw")
        net = self.layers_of_neurons
        features = net.cells[0].kernel.shape[0]
        shape = (1, net.steps, features) if net.code == "given" else (1, features)
        row = np.random.default_rng(self.seed).random(shape) if x is None else as_array(x, "x").reshape(shape)
        outputs = [np.asarray(a[:, 0]) for a in net.path(jnp.asarray(row))]
        last = net.cells[-1]
        membranes = outputs[-1] if last.fires else np.asarray(last.millivolts(outputs[-1]))
        return raster(outputs[-2], membranes, last.dt, "spikes" if last.fires else "membrane (mV)")

    @staticmethod
    def example() -> "Figure":
        """Learn scikit-learn's digits with 100 neurons, and see one read."""
        from sklearn.datasets import load_digits

        x, y = load_digits(return_X_y=True)
        x = np.asarray(x) / 16
        net = SpikingNetwork((100,), learning_rate=5e-3)
        net.fit(x[:1200], y[:1200], epochs=5, verbose=0)
        accuracy = np.mean(net.predict(x[1200:]).argmax(1) == y[1200:])
        print(f"{accuracy:.1%} of {len(x) - 1200} digits it has not seen, neurons firing at {net.rates(x[:200])[0].mean():.0f} Hz")
        return net.draw(x[0])


@jax.jit
def _hidden_spikes(net: SpikingLayers, x: Any) -> Any:
    start = 0 if net.code == "current" else 1
    return net.path(x)[start:-1]
