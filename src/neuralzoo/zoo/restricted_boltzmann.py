"""Restricted Boltzmann machines: hidden units that explain the data, and dream up more of them."""

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.core.layer import Layer
from neuralzoo.layers.restricted_boltzmann import RestrictedBoltzmann, Visit
from neuralzoo.learn.contrastive import Contrastive
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.annealing import COUNTED, exact_log_partition, log_partition
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import require_unit_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RAREST = 0.001  # base rates nearer to 0 or 1 are taken for this: no bias starts so far out that it cannot come back
FAR = 3.0  # means and deviations above which numbers count as not standardised


class ScaleWarning(UserWarning):
    """Gaussian units, whose variance is 1, were given numbers of another scale."""


class RestrictedBoltzmannMachine(Member):
    """A generative model with one layer of hidden units: `fit` by contrastive divergence, then `transform`, `sample`, `score_samples`.

    History and `evaluate` tell the mean squared error of the reconstruction ("loss") and the mean free energy of the rows: where the
    latter falls on training rows but not on validation rows, the machine learns them by heart.

    Args:
        units: hidden units.
        visible: "bernoulli" for values 0…1, or "gaussian" for standardised numbers.
        steps: k of CD-k, the steps of Gibbs sampling for each step of learning.
        chains: persistent chains (PCD); 0 starts at the data each time (CD).
        rate, momentum, decay: of learning; Gaussian units want about a tenth of the rate that binary ones bear.
        sparsity: the mean activity wanted of hidden units, or None.
        seed: of weights, order and draws.

    Example:
        >>> import numpy as np
        >>> x = np.repeat(np.eye(4), 8, axis=0)
        >>> machine = RestrictedBoltzmannMachine(3, rate=0.5)
        >>> history = machine.fit(x, batch_size=32, epochs=400, verbose=0)
        >>> machine.transform(x).shape, machine.sample(5).shape
        ((32, 3), (5, 4))
        >>> rare = np.ones((1, 4))
        >>> bool(machine.free_energy(x).max() < machine.free_energy(rare)[0])
        True
    """

    card = Card(
        key="rbm",
        name="Restricted Boltzmann machine",
        short="RBM",
        year=1986,
        authors="P. Smolensky",
        reference="Information processing in dynamical systems: foundations of harmony theory; the rule: G. Hinton 2002",
        cells=("backfed input", "probabilistic hidden"),
        rule="contrastive divergence, CD-k or with persistent chains",
        purpose="find features without a teacher, and tell how likely rows are",
        verbs=("transform", "reconstruct", "sample", "free_energy", "score_samples", "predict", "evaluate"),
        goals=(
            Goal(
                "ln Z by annealed importance sampling agrees with the exact sum for up to 20 hidden units",
                "within 4 standard errors, each below 0.1, for binary and for Gaussian visible units",
                "pytest tests/zoo/test_restricted_boltzmann.py",
            ),
            Goal("an epoch of 60,000 × 784 → 256, CD-1, is faster than PyTorch's", command="python -m benchmarks zoo_rbm"),
        ),
    )
    usual_epochs = 10
    usual_batch = 100
    net: RestrictedBoltzmann

    def __init__(
        self,
        units: int,
        visible: str = "bernoulli",
        *,
        steps: int = 1,
        chains: int = 0,
        rate: float = 0.05,
        momentum: float = 0.5,
        decay: float = 0.0002,
        sparsity: float | None = None,
        seed: int | None = None,
    ):
        Member.__init__(self, RestrictedBoltzmann(units, visible), Contrastive(steps, chains, rate, momentum, decay, sparsity), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        check_visible(x, self.net.visible)

    def prepare(self, x: Any, y: Any) -> Layer:
        return self.net.set(visible_bias=base_rates(x, self.net.visible))

    def transform(self, x: Any) -> np.ndarray:
        """The probabilities of the hidden units `(rows, units)`: features for another network."""
        self.require_fitted("transform")
        return self.predict(x, verbose=0)

    def reconstruct(self, x: Any) -> np.ndarray:
        """What the hidden probabilities of rows say of the visible units, `(rows, visible)`."""
        self.require_fitted("reconstruct")
        return np.asarray(_reconstruct(self.net, as_array(x, "x")))

    def sample(self, rows: int, steps: int = 1000, *, start: Any = None, expected: bool = False, seed: int | None = None) -> np.ndarray:
        """Fantasies `(rows, visible)`: where chains of Gibbs sampling are after `steps` steps.

        They start at the visible states `start`, or with hidden units that are 1 every second time. `expected` gives the last step's
        probabilities or means in place of draws: pictures are smoother that way.
        """
        self.require_fitted("sample")
        if rows < 1 or steps < 1:
            raise ArgumentError(f"sample(rows={rows}, steps={steps}) is not possible", remedy="ask for at least 1 row and 1 step")
        hidden = jnp.full((rows, self.net.units), 0.5) if start is None else self.net(jnp.asarray(as_array(start, "start")))
        last = _chain(self.net, hidden, jax.random.key(self.seed if seed is None else seed), steps)
        return np.asarray(last.mean if expected else last.visible)

    def free_energy(self, x: Any) -> np.ndarray:
        """−ln P(row) but for a constant, of each row."""
        self.require_fitted("tell free energies")
        return np.asarray(_free_energy(self.net, as_array(x, "x")))

    def score_samples(self, x: Any, log_z: float | None = None) -> np.ndarray:
        """ln P(row) of each row, ln Z counted exactly for up to 20 hidden units, else by annealed importance sampling unless given."""
        self.require_fitted("score")
        if log_z is None:
            log_z = exact_log_partition(self.net) if self.net.units <= COUNTED else log_partition(self.net, seed=self.seed).value
        return -self.free_energy(x) - log_z

    def pseudo_likelihood(self, x: Any) -> np.ndarray:
        """Σ_i ln P(v_i | all the others) of each row of 0 and 1: the sum over all units, not the mean or that of one unit."""
        self.require_fitted("score")
        if self.net.visible != "bernoulli":
            raise ArgumentError("a pseudo-likelihood is told of binary visible units", remedy="use score_samples for Gaussian ones")
        return np.asarray(_pseudo(self.net, as_array(x, "x")))

    def draw(self, shown: int = 64, steps: int = 200) -> "Figure":
        """The weights of the first hidden units, and fantasies after `steps` steps."""
        from neuralzoo.inspect.boltzmann_plots import filters_and_fantasies

        self.require_fitted("draw")
        return filters_and_fantasies(np.asarray(self.net.kernel.T[:shown]), self.sample(min(shown, 16), steps, expected=True))

    @staticmethod
    def example() -> "Figure":
        """Learn the 30 bars and stripes of a 4 × 4 grid; ln P of a row is then near −ln 30, what it is where only they are drawn."""
        x = bars_and_stripes(4)
        machine = RestrictedBoltzmannMachine(16, steps=5, rate=0.1, decay=0.001, seed=1)
        machine.fit(x, batch_size=30, epochs=2000, verbose=0)
        print(f"mean ln P of a row {machine.score_samples(x).mean():.2f}, at best {-np.log(len(x)):.2f}")
        return machine.draw()


def check_visible(x: Any, visible: str) -> None:
    """Raise, or warn, where rows do not suit the kind of visible units."""
    if x.ndim != 2:
        raise DataError(f"x has shape {x.shape}, but a row is a vector", remedy="reshape it: x.reshape(len(x), -1)")
    if visible == "bernoulli":
        remedy = 'divide pixels by 255, or use visible="gaussian" for standardised numbers'
        require_unit_interval(x, "binary visible units take values", remedy)
        return
    means, deviations = np.abs(x.mean(0)), x.std(0)
    far = np.argwhere((means > FAR) | (deviations > FAR)).ravel()
    if len(far):
        column = far[0]
        what = f"column {column} has the mean {x[:, column].mean():.3g} and the standard deviation {deviations[column]:.3g}"
        advice = "Gaussian visible units have the variance 1: standardise, (x - x.mean(0)) / x.std(0); the rows are learned as they are"
        warnings.warn(f"{what}. {advice}.", ScaleWarning, stacklevel=2)


def base_rates(x: Any, visible: str) -> jax.Array:
    """Visible biases that give each unit the mean it has in the data, before there are weights."""
    mean = jnp.asarray(x.mean(0), jnp.float32)
    if visible == "gaussian":
        return mean
    mean = jnp.clip(mean, RAREST, 1 - RAREST)
    return jnp.log(mean / (1 - mean))


def bars_and_stripes(side: int) -> np.ndarray:
    """All pictures of `side` × `side` pixels whose rows, or whose columns, are each all 0 or all 1: `(2^(side + 1) − 2, side²)`.

    >>> bars_and_stripes(2).astype(int).tolist()
    [[0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 0, 1], [1, 0, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1]]
    """
    codes = (np.arange(2**side)[:, None] >> np.arange(side)) & 1
    bars = np.repeat(codes, side, axis=1)
    return np.unique(np.concatenate([bars, np.tile(codes, (1, side))]), axis=0).astype(np.float32)


@jax.jit
def _reconstruct(net: RestrictedBoltzmann, x: Any) -> Any:
    return net.down(net(x))


@jax.jit
def _free_energy(net: RestrictedBoltzmann, x: Any) -> Any:
    return net.free_energy(x)


@partial(jax.jit, static_argnums=3)
def _chain(net: RestrictedBoltzmann, hidden: Any, key: Any, steps: int) -> Visit:
    return net.gibbs(hidden, key, steps)


@jax.jit
def _pseudo(net: RestrictedBoltzmann, x: Any) -> Any:
    """One visible unit after the other: its flip changes each hidden unit's weighted sum by a row of the weights."""
    drive, before = net.drive(x), jnp.sum(jax.nn.softplus(net.drive(x)), axis=1)

    def unit(total: Any, part: Any) -> Any:
        weights, bias, state = part
        turn = 1 - 2 * state
        gain = turn * bias + jnp.sum(jax.nn.softplus(drive + turn[:, None] * weights), axis=1) - before
        return total - jax.nn.softplus(gain), None

    return jax.lax.scan(unit, jnp.zeros(len(x)), (net.kernel, net.visible_bias, x.T))[0]
