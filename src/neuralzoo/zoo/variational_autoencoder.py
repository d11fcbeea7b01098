"""Variational autoencoders: codes that fill a normal distribution, so that any draw from it can be decoded."""

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from scipy.special import ndtr, ndtri

from neuralzoo.core.composite import Chain, calling
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Layer
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.variational import Variational
from neuralzoo.learn.evidence_bound import EvidenceBound
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.optimizers import Adam
from neuralzoo.learn.schedules import Schedule
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.autoencoding import OvercompleteWarning
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.member import Member
from neuralzoo.zoo.rows import require_table, require_unit_interval
from neuralzoo.zoo.sizes import Sizes, sizes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ASKED = 1024  # rows whose bound is computed at a time
REACH = 2.5  # of a number of the code in pictures, in standard deviations of the prior
SIDE = 15  # codes along each side of a plane


class VariationalAutoencoder(Member):
    """p(x | z) with codes z drawn from N(0, 1), and q(z | x) that finds them: `fit`, then `sample`, `transform`, `bound`.

    The history tells −ELBO ("loss") and its two terms, "reconstruction" and "kl", in nats a row. The bernoulli decoder takes values from
    0 to 1; it is a likelihood for 0 and 1 only. Grey values are learned as probabilities, as is usual, but their bound compares with
    no other's. The gaussian decoder learns one variance for all features.

    Args:
        latent: numbers in a code.
        hidden: units of each hidden layer of the encoder, from the data up; the decoder mirrors them.
        decoder: "bernoulli" for values 0 … 1, or "gaussian" for any.
        activation: of hidden layers.
        beta: weight of the KL term; 1 is the bound.
        warmup: steps over which that weight rises from 0.
        learning_rate: of Adam, a number or a schedule.
        seed: of weights, order and draws.

    Example:
        >>> x = np.repeat(np.eye(4), 16, axis=0)
        >>> net = VariationalAutoencoder(2, (16,), learning_rate=0.02)
        >>> history = net.fit(x, batch_size=64, epochs=300, verbose=0)
        >>> net.transform(x).shape, net.sample(3).shape, bool(net.score_samples(x, 50).mean() > np.log(1 / 16))
        ((64, 2), (3, 4), True)
    """

    card = Card(
        key="vae",
        name="Variational autoencoder",
        short="VAE",
        year=2014,
        authors="D. Kingma, M. Welling; D. Rezende, S. Mohamed, D. Wierstra",
        reference="Auto-encoding variational Bayes, ICLR",
        cells=("input", "probabilistic hidden", "match input output"),
        rule="gradient ascent of a lower bound of the likelihood, through a draw of the code",
        purpose="find what rows vary by, tell how likely they are, and make new ones",
        verbs=("transform", "reconstruct", "sample", "decode", "traverse", "bound", "score_samples", "predict", "evaluate"),
        goals=(
            Goal(
                "MNIST binarised by draws, 784-400-20-400-784: −ELBO of the test digits at most 105 nats",
                "102.5 nats after 10 epochs, seed 0",
                "python examples/zoo_vae.py 10",
            ),
            Goal("an epoch of MNIST is faster than Keras's and PyTorch's", command="python -m benchmarks zoo_vae"),
        ),
    )
    usual_epochs = 20
    usual_batch = 128
    net: Variational

    def __init__(
        self,
        latent: int = 20,
        hidden: Sizes = (400,),
        decoder: str = "bernoulli",
        *,
        activation: str = "relu",
        beta: float = 1.0,
        warmup: int = 0,
        learning_rate: float | Schedule = 1e-3,
        seed: int | None = None,
    ):
        hidden = sizes_of(hidden, "hidden layers", "(400,)", least=0)
        up, down = (tuple(Dense(units, activation) for units in some) for some in (hidden, hidden[::-1]))
        net = Variational(latent, decoder, encoder=Chain(up), decoder=Chain((*down, Dense(1))))
        Member.__init__(self, net, Gradient(EvidenceBound(beta, warmup), Adam(learning_rate)), seed)

    def check_rows(self, x: Any, y: Any) -> None:
        require_table(x)
        if self.net.visible == "bernoulli":
            require_unit_interval(x, "a bernoulli decoder takes values", 'divide pixels by 255, or use decoder="gaussian"')
        if not self.built and self.net.latent > x.shape[1]:
            what = f"codes of {self.net.latent} numbers are longer than rows of {x.shape[1]} features"
            warnings.warn(f"{what}: some of them will say nothing. Give latent={x.shape[1]} or less.", OvercompleteWarning, stacklevel=2)

    def prepare(self, x: Any, y: Any) -> Layer:
        *hidden, last = self.net.decoder.layers
        return self.net.set(decoder=Chain((*hidden, last.set(units=x.shape[1]))))

    def transform(self, x: Any) -> np.ndarray:
        """The means of the codes of rows, `(rows, latent)`."""
        self.require_fitted("transform")
        return np.asarray(_encode(self.net, as_array(x, "x")))

    def reconstruct(self, x: Any) -> np.ndarray:
        """What is expected of rows at the means of their codes, as `predict` tells it."""
        self.require_fitted("reconstruct")
        return self.predict(x, verbose=0)

    def decode(self, z: Any) -> np.ndarray:
        """What is expected of rows with the codes `z`, `(rows, latent)`."""
        self.require_fitted("decode")
        return np.asarray(_decode(self.net, as_array(z, "z")))

    def sample(self, rows: int, *, expected: bool = True, seed: int | None = None) -> np.ndarray:
        """New rows: what is expected of codes drawn from N(0, 1), or draws of those rows themselves."""
        self.require_fitted("sample")
        if rows < 1:
            raise ArgumentError(f"sample({rows}) is not possible", remedy="ask for at least 1 row")
        return np.asarray(_sample(self.net, jax.random.key(self.seed if seed is None else seed), rows, expected))

    def traverse(self, x: Any = None, steps: int = 9, reach: float = REACH) -> np.ndarray:
        """What becomes of a row as one number of its code after another goes from −reach to reach: `(latent, steps, features)`.

        The others stay where the row `x` has them, or at 0.
        """
        self.require_fitted("traverse")
        start = np.zeros(self.net.latent) if x is None else self.transform(as_array(x, "x").reshape(1, -1))[0]
        codes = np.tile(start, (self.net.latent, steps, 1)).astype(np.float32)
        for i in range(self.net.latent):
            codes[i, :, i] = np.linspace(-reach, reach, steps)
        return self.decode(codes.reshape(-1, self.net.latent)).reshape(self.net.latent, steps, -1)

    def bound(self, x: Any, samples: int = 1, *, seed: int | None = None) -> np.ndarray:
        """A lower bound of ln p(row) of each row, by `samples` draws of its code weighted by importance: with more it rises towards it.

        Of one draw its mean is the ELBO. Reference: Y. Burda, R. Grosse, R. Salakhutdinov, "Importance weighted autoencoders", 2016.
        """
        self.require_fitted("tell a bound")
        if samples < 1:
            raise ArgumentError(f"bound(samples={samples}) is not possible", remedy="draw at least once")
        rows, key = as_array(x, "x"), jax.random.key(self.seed if seed is None else seed)
        size, told = min(ASKED, len(rows)), []
        for start in range(0, len(rows), size):
            index = np.minimum(np.arange(start, start + size), len(rows) - 1)
            told.append(np.asarray(_bound(self.net, rows[index], jax.random.fold_in(key, start), samples)))
        return np.concatenate(told)[: len(rows)]

    def score_samples(self, x: Any, samples: int = 200, *, seed: int | None = None) -> np.ndarray:
        """ln p(row) of each row, by its importance-weighted bound: still a little low."""
        return self.bound(x, samples, seed=seed)

    def draw(self, x: Any = None) -> "Figure":
        """What codes stand for, and both terms of the bound by epoch.

        Of two numbers it is their whole plane; of more, one number after another moved away from the code of the row `x`, or from 0.
        """
        from neuralzoo.inspect.autoencoder_plots import plane_and_terms, traversals_and_terms

        self.require_fitted("draw")
        terms = {name: self.history.history[name] for name in ("reconstruction", "kl") if name in self.history.history}
        if self.net.latent != 2:
            return traversals_and_terms(self.traverse(x)[:10], terms, REACH)
        across = ndtri(np.linspace(ndtr(-REACH), ndtr(REACH), SIDE))
        plane = np.stack(np.meshgrid(across, across[::-1]), axis=-1).reshape(-1, 2)
        return plane_and_terms(self.decode(plane), terms, REACH)

    @staticmethod
    def example() -> "Figure":
        """Lay scikit-learn's digits out in a plane: each place of it stands for a picture."""
        from sklearn.datasets import load_digits

        x = np.asarray(load_digits(return_X_y=True)[0] > 7, np.float32)
        net = VariationalAutoencoder(2, (128,), learning_rate=3e-3, seed=0)
        net.fit(x[:1500], epochs=100, verbose=0)
        bounds = -net.evaluate(x[1500:], verbose=0)[0], net.score_samples(x[1500:], 100).mean()
        print(f"ln p of a digit it has not seen: at least {bounds[0]:.1f} nats by one draw of its code, {bounds[1]:.1f} by a hundred")
        return net.draw()


@jax.jit
def _encode(net: Variational, x: Any) -> Any:
    return net.encode(x.astype(jnp.float32))


@jax.jit
def _decode(net: Variational, z: Any) -> Any:
    return net.decode(z)


@partial(jax.jit, static_argnums=(2, 3))
def _sample(net: Variational, key: Any, rows: int, expected: bool) -> Any:
    y = net.decoder(jax.random.normal(jax.random.fold_in(key, 0), (rows, net.latent)))
    return net.expected(y) if expected else net.draw(y, jax.random.fold_in(key, 1))


@partial(jax.jit, static_argnums=3)
def _bound(net: Variational, x: Any, key: Any, samples: int) -> Any:
    """ln of the mean importance weight p(x | z) p(z) / q(z | x) of each row, draw after draw."""
    x = x.astype(jnp.float32)

    def draw(total: Any, i: Any) -> tuple[Any, None]:
        noise = jax.random.normal(jax.random.fold_in(key, i), (len(x), net.latent))
        seen = net.through(x, calling(), noise)
        weight = jnp.sum(jnp.square(noise) + seen.log_variance - jnp.square(seen.z), axis=1) / 2 - net.surprise(x, seen.y)
        return jnp.logaddexp(total, weight), None

    return lax.scan(draw, jnp.full(len(x), -jnp.inf), jnp.arange(samples))[0] - jnp.log(samples)
