"""An echo state network of 1,000 units, a tenth of them heard by each, on 8,000 steps of the Mackey–Glass series, one step ahead.

Spectral radius 0.9, leak 0.3, ridge 1e-5, the first 100 steps washed out. Drawing the reservoir and finding its spectral radius is part
of the work, as is the read-out.
"""

import time

from benchmarks.contender import CACHED, Contenders, quick, tell
from benchmarks.table import Column, Target, at_most

UNITS, STEPS, WASHOUT, RIDGE = 1000, 500 if quick() else 8000, 100, 1e-5
RADIUS, LEAK, SHARE = 0.9, 0.3, 0.1

TITLE = "An echo state network of 1,000 units on 8,000 steps"
ROUNDS = 3
MAIN = "fit_s"
REFERENCE = "neuralzoo"
COLUMNS = (Column("fit_s", "s to make and fit", 2), Column("rmse", "RMSE of 1,000 steps more", 6), Column("peak_mb", "MB at most", 0))
NOTES = (
    "Seconds to draw a reservoir, run it over the series and solve for the read-out, the second time, when all is compiled; then one step "
    "ahead over the 1,000 steps that follow. NumPy and the loop in JAX multiply by the whole matrix; all but reservoirpy run the reservoir "
    "in float32, and all sum and solve for the read-out in float64."
)

contenders = Contenders()


def targets() -> list[Target]:
    return [
        at_most("fit_s", "neuralzoo", 0.4, ["reservoirpy"], "2.5 times as fast as reservoirpy"),
        at_most("fit_s", "neuralzoo", 1.0, [name for name in contenders if name != "neuralzoo"], "the fastest"),
    ]


def race(make) -> None:
    """Make and fit twice, tell how long the second took, and how far off it is on; `make(x, y)` gives the function x -> y that goes on."""
    import numpy as np

    past, x = 17, np.full(STEPS + 1020, 1.2)
    for t in range(past, len(x) - 1):  # Euler's steps of the Mackey–Glass equation do for a race
        x[t + 1] = x[t] + 0.2 * x[t - past] / (1 + x[t - past] ** 10) - 0.1 * x[t]
    x = x[19:, None]
    for _ in range(2):
        began = time.perf_counter()
        goes_on = make(x[:STEPS], x[1 : STEPS + 1])
        took = time.perf_counter() - began
    wanted = x[STEPS + 1 : STEPS + 1001]
    tell(fit_s=took, rmse=float(np.sqrt(np.mean((goes_on(x[STEPS : STEPS + 1000]) - wanted) ** 2))))


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    from neuralzoo.zoo import EchoStateNetwork

    def make(x, y):
        network = EchoStateNetwork(UNITS, RADIUS, LEAK, RIDGE, WASHOUT, stateful=True)
        network.fit(x, y, verbose=0)
        return network.predict

    race(make)


@contenders.add("reservoirpy", "reservoirpy", name="reservoirpy")
def reservoirpy_fit() -> None:
    from reservoirpy import ESN

    def make(x, y):
        network = ESN(units=UNITS, sr=RADIUS, lr=LEAK, ridge=RIDGE, rc_connectivity=SHARE, input_connectivity=1.0, seed=0)
        network.fit(x, y, warmup=WASHOUT)
        return network.run

    race(make)


def drawn():
    """kernel (1, 1000) and matrix (1000, 1000), float32."""
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import eigs

    draws = np.random.default_rng(0)
    matrix = draws.normal(size=(UNITS, UNITS)) * (draws.random((UNITS, UNITS)) < SHARE)
    radius = abs(eigs(csr_array(matrix), k=1, return_eigenvectors=False, v0=np.ones(UNITS), tol=1e-6)).max()
    return draws.choice([-1.0, 1.0], (1, UNITS)).astype(np.float32), (matrix * (RADIUS / radius)).astype(np.float32)


def race_by_hand(run) -> None:
    """`run(x, z, kernel, matrix)` gives the states `(steps, 1000)` that follow the state z."""
    import numpy as np
    from scipy.linalg import solve

    def make(x, y):
        kernel, matrix = drawn()
        states = run(x.astype(np.float32), np.zeros(UNITS, np.float32), kernel, matrix)
        h = np.hstack([states[WASHOUT:], np.ones((len(x) - WASHOUT, 1))])  # float64
        penalty = np.append(np.full(UNITS, RIDGE), 0)
        weights = solve(h.T @ h + np.diag(penalty), h.T @ y[WASHOUT:], assume_a="pos")
        return lambda x: run(x.astype(np.float32), states[-1], kernel, matrix) @ weights[:-1] + weights[-1]

    race(make)


@contenders.add("NumPy", "numpy", name="numpy_loop")
def numpy_loop() -> None:
    import numpy as np

    def run(x, z, kernel, matrix):
        turned, drive, states = np.ascontiguousarray(matrix.T), x @ kernel, np.empty((len(x), UNITS), np.float32)
        for t in range(len(x)):
            z = np.float32(1 - LEAK) * z + np.float32(LEAK) * np.tanh(drive[t] + turned @ z)
            states[t] = z
        return states

    race_by_hand(run)


@contenders.add("a loop by hand in JAX", "jax", name="jax_scan")
def jax_scan() -> None:
    import jax
    import jax.numpy as jnp
    import numpy as np

    @jax.jit
    def states(x, z, kernel, matrix):
        def step(z, drive):
            z = (1 - LEAK) * z + LEAK * jnp.tanh(drive + z @ matrix)
            return z, z

        return jax.lax.scan(step, z, x @ kernel)[1]

    race_by_hand(lambda *given: np.asarray(states(*given)))
