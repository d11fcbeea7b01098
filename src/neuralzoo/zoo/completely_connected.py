"""A completely connected network: every unit reads the inputs and every unit, itself among them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.activations import Activate, activation_named
from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.initializers import initializer_named
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.record import Built, param
from neuralzoo.kernels.product import product
from neuralzoo.layers.shape import Activation
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.backpropagating import Backpropagating, Rate, classifying
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import require_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class ConnectedUnits(Layer):
    """s ← activation(x @ kernel + s @ recurrent + bias) from s = 0, the inputs held; the sums of the first units: `-> (batch, outputs)`.

    Fields:
        units: how many there are, the outputs among them.
        steps: how often all of them are asked.
        outputs: how many of them, the first ones, are read, before their activation.
        activation: of all units.
        kernel, recurrent, bias: from the inputs, from unit to unit, and added.
    """

    units: int
    steps: int
    outputs: int = 1
    activation: Activate = "tanh"
    kernel: Built[Float[Array, "in units"]] = param()
    recurrent: Built[Float[Array, "units units"]] = param()
    bias: Built[Float[Array, " units"]] = param()

    def build(self, x: Spec, key: Key) -> Self:
        inward, around = jax.random.split(key)
        draw = initializer_named("glorot_uniform")
        kernel, recurrent = draw(inward, (x.shape[-1], self.units)), draw(around, (self.units, self.units))
        return self.set(kernel=kernel, recurrent=recurrent, bias=jnp.zeros(self.units))

    def __call__(self, x: Shaped[Array, "batch in"]) -> Float[Array, "batch outputs"]:
        return self.sums(x)[-1, :, : self.outputs]

    def sums(self, x: Shaped[Array, "batch in"]) -> Float[Array, "steps batch units"]:
        """What comes in at each unit, at each step."""
        drive, bend = product(x.astype(jnp.float32), self.kernel) + self.bias, activation_named(self.activation)

        def step(states: Any, _: Any) -> Any:
            total = drive + product(states, self.recurrent)
            return bend(total), total

        return lax.scan(step, jnp.zeros_like(drive), length=self.steps)[1]


class CompletelyConnectedNetwork(Backpropagating):
    """Units without layers: each is connected with every other and with itself, and all are asked again and again.

    The inputs are held while the units go through `steps` steps; what then comes in at the first of them is the answer. Whole targets
    are classes, of which `predict` gives the probabilities; others are numbers.

    Args:
        hidden: units besides those that are read.
        steps: how often all units are asked.
        activation: of all units.
        rate: of Adam; or a schedule of it, or another optimizer.
        seed: of the weights and the order of rows.

    Example:
        >>> x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
        >>> net = CompletelyConnectedNetwork(6, rate=0.05)
        >>> history = net.fit(x, np.array([0, 1, 1, 0]), epochs=200, verbose=0)
        >>> net.classify(x).tolist(), net.wiring().shape  # from two inputs and eight units, to eight units
        ([0, 1, 1, 0], (10, 8))
    """

    card = Card(
        key="completely_connected",
        name="Completely connected network",
        short="",
        year=1989,
        authors="R. Williams, D. Zipser; through steps D. Rumelhart, G. Hinton, R. Williams 1986; at rest F. Pineda 1987, L. Almeida 1987",
        reference="A learning algorithm for continually running fully recurrent neural networks, Neural Computation 1",
        cells=("input", "recurrent", "output"),
        rule="gradient descent back through the steps",
        purpose="answer by units without layers, that hear of each other",
        verbs=("predict", "evaluate", "classify", "wiring", "unroll"),
        goals=(
            Goal(
                "parity of four inputs, all 16 rows right", "16 of 16 in 5 of 5 seeds (8 hidden units)", "pytest tests/zoo/test_wiring.py"
            ),
        ),
    )

    def __init__(
        self,
        hidden: int = 16,
        steps: int = 8,
        activation: Activate = "tanh",
        *,
        rate: Rate = 1e-3,
        seed: int | None = None,
    ):
        if hidden < 0 or steps < 1:
            what = f"hidden={hidden}, steps={steps} is not possible"
            raise ArgumentError(what, remedy="hidden is at least 0, steps at least 1; units hear of each other from the second on")
        net = Chain((ConnectedUnits(hidden, steps, 0, activation), Activation("linear")))
        Member.__init__(self, net, classifying(rate), seed)

    def layers_for(self, x: Any, y: Any, outputs: int, activation: str) -> Sequence[Layer]:
        units = self.net.layers[0]
        return (units.set(units=units.units + outputs, outputs=outputs), Activation(activation))

    def wiring(self) -> np.ndarray:
        """The weights from inputs and units, a row each, to all units: the outputs first, then the hidden ones."""
        self.require_fitted("show its wiring")
        return np.concatenate([self.net.layers[0].kernel, self.net.layers[0].recurrent])

    def unroll(self, x: Any) -> np.ndarray:
        """What comes in at the units on their way to the answer: `(rows, steps, units)`, the outputs first."""
        self.require_fitted("be unrolled")
        require_table(x := as_array(x, "x"))
        return np.asarray(_sums(self.net.layers[0], x)).swapaxes(0, 1)

    def draw(self, x: Any = None) -> "Figure":
        """All weights, from what stands at the left to what stands above; and the units' way for the first row of `x`, or 1, 1, …"""
        from neuralzoo.inspect.wiring_plots import weights_and_way

        whole, units = self.wiring(), self.net.layers[0]
        row = np.ones((1, len(units.kernel)), np.float32) if x is None else as_array(x, "x")[:1]
        groups = {"output": units.outputs, "hidden": units.units - units.outputs}
        return weights_and_way(whole, {"input": len(units.kernel), **groups}, groups, self.unroll(row)[0], units.outputs)

    @staticmethod
    def example() -> "Figure":
        """Tell odd from even numbers of ones, and see the units come to the answer."""
        x = (np.arange(16)[:, None] >> np.arange(4) & 1).astype(np.float32)
        net = CompletelyConnectedNetwork(8, rate=0.02, seed=0)
        net.fit(x, x.sum(1).astype(int) % 2, batch_size=16, epochs=1000, verbose=0)
        print(f"{np.sum(net.classify(x) == x.sum(1) % 2)} of 16 rows right")
        return net.draw(x[7:])


@jax.jit
def _sums(units: ConnectedUnits, x: Any) -> Any:
    return units.sums(x)
