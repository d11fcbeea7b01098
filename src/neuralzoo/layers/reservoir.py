"""Reservoirs: recurrent units with random weights that nobody trains."""

from collections.abc import Callable
from functools import partial
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float

from neuralzoo.core.activations import Activate, activation_named
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.layer import Key, Spec
from neuralzoo.core.record import Built, fixed, require_built
from neuralzoo.kernels.product import product
from neuralzoo.kernels.recurrence import scan_cell
from neuralzoo.layers.cell import Cell, State, Steps

UNROLLED = 128  # connections of a unit up to which a step adds them one by one; above it is a matrix product
SMALL = 100  # units up to which all eigenvalues are computed
ACCURACY: Any = 1e-6  # of the largest one, where not all are


class ReservoirCell(Cell):
    """z ← (1 - leak)·z + leak·activation(x @ kernel + z @ W + bias), W sparse and scaled to a spectral radius; none is learned.

    Each unit hears as many others, at distances that are the same for all units: unit i hears units i + d, counted in a circle.
    The weights are normal draws. So a step adds up shifted vectors, which takes a tenth of the time of a product with the matrix.

    Fields:
        units: how many.
        spectral_radius: the largest |eigenvalue| of W. Below 1 the start is forgotten, as a rule; see `EchoStateNetwork.forgetting`.
        leak: how fast a unit follows, within (0, 1]: about 1 / (time constant in steps).
        connectivity: the share of the units that each one hears.
        input_scaling: how strong the inputs are, one number or one for each feature; weights are ± that.
        input_connectivity: the share of the units that hear a feature.
        bias_scaling: biases are uniform within ± that.
        feedback: how strong outputs fed back are; a network of the zoo gives them as the last features of a step.
        activation: name or function.
        kernel, recurrent, bias: weights of the inputs; recurrent[k, i], of what unit i hears at the distance k; biases.

    References: H. Jaeger, "The 'echo state' approach to analysing and training recurrent neural networks", GMD Report 148, 2001; leaks:
    H. Jaeger et al., "Optimization and applications of echo state networks with leaky-integrator neurons", Neural Networks 20, 2007.
    """

    units: int
    spectral_radius: float = 0.9
    leak: float = 1.0
    connectivity: float = 0.1
    input_scaling: float | tuple[float, ...] = 1.0
    input_connectivity: float = 1.0
    bias_scaling: float = 0.0
    feedback: float = 0.0
    activation: Activate = "tanh"
    kernel: Built[Float[Array, "in units"]] = fixed()
    recurrent: Built[Float[Array, "connections units"]] = fixed()
    bias: Built[Float[Array, " units"]] = fixed()

    def __post_init__(self) -> None:
        if not isinstance(self.units, int) or self.units < 1:
            raise ArgumentError(f"a reservoir of {self.units!r} units is not possible", remedy="give a whole number, 1 or more")
        if not self.spectral_radius > 0:
            what = f"spectral_radius={self.spectral_radius} is not possible: W would have to vanish"
            raise ArgumentError(what, remedy="give a number above 0, such as 0.9; larger ones remember longer")
        for name in ("leak", "connectivity", "input_connectivity"):
            if not 0 < getattr(self, name) <= 1:
                raise ArgumentError(f"{name}={getattr(self, name)} is not possible", remedy="give a number above 0 and not above 1")

    def build(self, x: Spec, key: Key) -> Self:
        kernel_key, heard_key, recurrent_key, bias_key = jax.random.split(key, 4)
        features = x.shape[-1]
        if isinstance(self.input_scaling, tuple) and len(self.input_scaling) != features:
            what = f"input_scaling has {len(self.input_scaling)} numbers, but a step has {features} features"
            raise ShapeError(what, remedy="give one number for each feature, or one for all")
        signs = jax.random.rademacher(kernel_key, (features, self.units), jnp.float32)
        heard = jax.random.bernoulli(heard_key, self.input_connectivity, signs.shape)
        recurrent = jax.random.normal(recurrent_key, (len(self.distances()), self.units))
        bias = jax.random.uniform(bias_key, (self.units,), minval=-self.bias_scaling, maxval=self.bias_scaling)
        built = self.set(kernel=signs * heard * jnp.asarray(self.input_scaling).reshape(-1, 1), recurrent=recurrent, bias=bias)
        drawn = jax.pure_callback(spectral_radius, jax.ShapeDtypeStruct((), jnp.float32), built.matrix())
        return built.set(recurrent=recurrent * (self.spectral_radius / drawn))

    def distances(self) -> tuple[int, ...]:
        """How far from a unit those are that it hears: the same for every reservoir of this size; 1 among them, so all are linked."""
        count = max(1, round(self.connectivity * self.units))
        others = np.random.default_rng(self.units).permutation(self.units)
        return tuple([1 % self.units, *others[others != 1 % self.units].tolist()][:count])

    def matrix(self) -> Float[Array, "units units"]:
        """W, `(from, to)`, with zeros where units do not hear each other."""
        require_built(self, "recurrent")
        to = jnp.arange(self.units)
        origin = (to + jnp.array(self.distances())[:, None]) % self.units
        return jnp.zeros((self.units, self.units)).at[origin, to].set(self.recurrent)

    def start(self, batch: int) -> State:
        return (jnp.zeros((batch, self.units)),)

    def drive(self, x: Steps) -> Float[Array, "*time batch units"]:
        require_built(self, "kernel")
        if x.shape[-1] != self.kernel.shape[0]:
            raise ShapeError(
                f"the reservoir was built for {self.kernel.shape[0]} features a step but was given {x.shape[-1]}",
                remedy=f"give it steps of {self.kernel.shape[0]} values, or make a new one for steps of {x.shape[-1]}",
            )
        return product(x.astype(self.kernel.dtype), self.kernel) + self.bias

    def step(self, drive: Any, state: State) -> tuple[Any, State]:
        return self._step(self._hear(), drive, state)

    def run(self, drive: Any, state: State, mask: Bool[Array, "time batch"] | None, reverse: bool) -> tuple[Any, State]:
        return scan_cell(partial(self._step, self._hear()), drive, state, mask, reverse)

    def _step(self, hear: Callable[[Array], Array], drive: Any, state: State) -> tuple[Any, State]:
        z = activation_named(self.activation)(drive + hear(state[0]))
        z = z if self.leak == 1 else (1 - self.leak) * state[0] + self.leak * z
        return z, (z,)

    def _hear(self) -> Callable[[Array], Array]:
        """The function z -> z @ W."""
        distances = self.distances()
        if len(distances) > UNROLLED:
            matrix = self.matrix()
            return lambda z: z @ matrix

        def hear(z: Array) -> Array:
            twice = jnp.concatenate([z, z], axis=-1)
            heard = (lax.slice_in_dim(self.recurrent, k, k + 1) * twice[..., d : d + self.units] for k, d in enumerate(distances))
            return sum(heard, jnp.zeros_like(z))

        return hear


def spectral_radius(matrix: Any) -> np.float32:
    """The largest |eigenvalue| of a matrix, as float32; of a large one by Arnoldi's iteration.

    >>> float(spectral_radius(np.array([[0.0, 2.0], [-2.0, 0.0]])))
    2.0
    """
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import ArpackNoConvergence, eigs

    matrix = np.asarray(matrix, np.float64)
    if len(matrix) > SMALL:
        try:
            largest = eigs(csr_array(matrix), k=1, which="LM", v0=np.ones(len(matrix)), tol=ACCURACY, return_eigenvectors=False)
            return np.float32(np.abs(largest).max())
        except ArpackNoConvergence:
            pass
    return np.float32(np.abs(np.linalg.eigvals(matrix)).max())
