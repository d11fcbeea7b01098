"""Deep belief networks: restricted Boltzmann machines on top of each other, and a classifier that begins where they end."""

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.composite import Chain
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Layer
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.restricted_boltzmann import RestrictedBoltzmann
from neuralzoo.learn.contrastive import Contrastive
from neuralzoo.learn.greedy import Greedy, down, dream, machines
from neuralzoo.train.batches import as_array
from neuralzoo.train.sequential import Sequential
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.heads import classifier_on
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.restricted_boltzmann import bars_and_stripes, base_rates, check_visible
from neuralzoo.zoo.sizes import Sizes, sizes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class DeepBeliefNetwork(Member):
    """A stack of restricted Boltzmann machines, learned one after the other without labels; `to_classifier` goes on with them.

    `fit` gives each layer `layer_epochs` epochs, in one call or in several: unless told, `epochs` is what all layers need.

    Args:
        units: hidden units of each layer, from the data up.
        visible: "bernoulli" for values 0…1, or "gaussian" for standardised numbers.
        layer_epochs: for each layer.
        steps, chains, rate, momentum, decay: of `Contrastive`, for every layer.
        seed: of weights, order and draws.

    Example:
        >>> import numpy as np
        >>> x = np.repeat(np.eye(4), 8, axis=0)
        >>> deep = DeepBeliefNetwork((6, 3), layer_epochs=2)
        >>> deep.fit(x, verbose=0).history["layer"]
        [1.0, 1.0, 2.0, 2.0]
        >>> deep.transform(x).shape, deep.sample(5).shape
        ((32, 3), (5, 4))
        >>> [layer.units for layer in deep.to_classifier(10).layers]
        [6, 3, 10]
    """

    card: ClassVar[Card] = Card(
        key="dbn",
        name="Deep belief network",
        short="DBN",
        year=2006,
        authors="G. Hinton, S. Osindero, Y.-W. Teh",
        reference="A fast learning algorithm for deep belief nets, Neural Computation 18",
        cells=("backfed input", "probabilistic hidden", "match input output"),
        rule="contrastive divergence, greedily: layer after layer",
        purpose="find features of features without a teacher, and begin a classifier with them",
        verbs=("transform", "reconstruct", "sample", "predict", "evaluate"),
        goals=(
            Goal(
                "at most 1.5 % of MNIST's test images wrong after fine-tuning (1.25 %, Hinton, Osindero and Teh 2006)",
                "1.39 % with 500-500-2000 units, 20 epochs a layer and 30 of fine-tuning, seed 0",
                "python examples/zoo_dbn.py",
            ),
        ),
    )
    usual_batch = 100
    net: Chain

    def __init__(
        self,
        units: Sizes,
        visible: str = "bernoulli",
        *,
        layer_epochs: int = 10,
        steps: int = 1,
        chains: int = 0,
        rate: float = 0.05,
        momentum: float = 0.5,
        decay: float = 0.0002,
        seed: int | None = None,
    ):
        units = sizes_of(units, "layers", "(500, 500, 2000)")
        kinds = (visible, *["bernoulli"] * (len(units) - 1))
        net = Chain(tuple(RestrictedBoltzmann(some, kind) for some, kind in zip(units, kinds, strict=True)))
        Member.__init__(self, net, Greedy(Contrastive(steps, chains, rate, momentum, decay), layer_epochs), seed)

    @property
    def usual_epochs(self) -> int:  # type: ignore[override]
        """As many as all layers need."""
        assert isinstance(self.learner, Greedy)
        return self.learner.epochs * len(self.net.layers)

    @property
    def machines(self) -> tuple[RestrictedBoltzmann, ...]:
        """The layers, from the data up."""
        return machines(self.net)

    def check_rows(self, x: Any, y: Any) -> None:
        check_visible(x, self.machines[0].visible)

    def prepare(self, x: Any, y: Any) -> Layer:
        first, *others = self.machines
        return self.net.set(layers=(first.set(visible_bias=base_rates(x, first.visible)), *others))

    def transform(self, x: Any) -> np.ndarray:
        """The probabilities of the last layer's units `(rows, units)`."""
        self.require_fitted("transform")
        return self.predict(x, verbose=0)

    def reconstruct(self, x: Any) -> np.ndarray:
        """Rows after all the way up and down again, by probabilities: `(rows, visible)`."""
        self.require_fitted("reconstruct")
        return np.asarray(_reconstruct(self.net, as_array(x, "x")))

    def sample(self, rows: int, steps: int = 200, *, start: Any = None, seed: int | None = None) -> np.ndarray:
        """Fantasies `(rows, visible)`, as probabilities or means: Gibbs sampling in the two top layers, and then down.

        The chains start at what the network makes of the rows `start`, or with top units that are 1 every second time.
        """
        self.require_fitted("sample")
        if rows < 1 or steps < 1:
            raise ArgumentError(f"sample(rows={rows}, steps={steps}) is not possible", remedy="ask for at least 1 row and 1 step")
        hidden = jnp.full((rows, self.machines[-1].units), 0.5) if start is None else self.net(jnp.asarray(as_array(start, "start")))
        return np.asarray(_dream(self.net, hidden, jax.random.key(self.seed if seed is None else seed), steps))

    def to_classifier(self, classes: int, *, dropout: float = 0.0, seed: int | None = None) -> Sequential:
        """A perceptron of sigmoid layers with these weights and a new softmax layer of `classes` units: compile it, and fine-tune it.

        `dropout` is the share of each layer's units that is left out while that goes on. For integer targets 0, 1, … compile with the
        loss "sparse_categorical_crossentropy".
        """
        self.require_fitted("become a classifier")
        layers = tuple(Dense(layer.units, activation="sigmoid").set(kernel=layer.kernel, bias=layer.bias) for layer in self.machines)
        return classifier_on(Chain(layers), self.input, classes, dropout, self.seed if seed is None else seed)

    def draw(self, shown: int = 25, steps: int = 200) -> "Figure":
        """The weights of the first layer's units, and fantasies after `steps` steps."""
        from neuralzoo.inspect.boltzmann_plots import filters_and_fantasies

        self.require_fitted("draw")
        return filters_and_fantasies(np.asarray(self.machines[0].kernel.T[: 2 * shown]), self.sample(shown, steps))

    @staticmethod
    def example() -> "Figure":
        """Learn bars and stripes without labels, then tell horizontal ones from upright ones by 10 labelled rows of 28."""
        x = bars_and_stripes(4)[1:-1]
        y = (x.reshape(-1, 4, 4).std(axis=1).max(axis=1) == 0).astype(np.int32)  # 1: all columns are constant
        deep = DeepBeliefNetwork((24, 12), layer_epochs=1000, rate=0.1, steps=3, seed=1)
        deep.fit(x, batch_size=28, verbose=0)
        classifier = deep.to_classifier(2)
        classifier.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
        few = np.random.default_rng(0).permutation(28)[:10]
        classifier.fit(x[few], y[few], epochs=300, verbose=0)
        print(f"{classifier.evaluate(x, y, verbose=0)[1]:.2f} of all rows told apart after 10 labels")
        return deep.draw(16)


@jax.jit
def _reconstruct(net: Chain, x: Any) -> Any:
    return down(net, net(x))


@partial(jax.jit, static_argnums=3)
def _dream(net: Chain, hidden: Any, key: Any, steps: int) -> Any:
    return dream(net, hidden, key, steps)
