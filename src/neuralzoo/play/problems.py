"""Problems in the plane, drawn with a seed: what the playground shows, for programs as well."""

from collections.abc import Callable, Sequence

import numpy as np

from neuralzoo.core.registry import Registry

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]
problems: Registry[Draw] = Registry("problem")
CLASSES = {"circle": 2, "xor": 2, "gaussians": 2, "spirals": 2, "moons": 2, "three clouds": 3, "slope": 0, "hills": 0, "waves": 0}
INPUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "x1": lambda x: x[:, 0],
    "x2": lambda x: x[:, 1],
    "x1²": lambda x: x[:, 0] ** 2,
    "x2²": lambda x: x[:, 1] ** 2,
    "x1·x2": lambda x: x[:, 0] * x[:, 1],
    "sin πx1": lambda x: np.sin(np.pi * x[:, 0]),
    "sin πx2": lambda x: np.sin(np.pi * x[:, 1]),
}


def problem(name: str, rows: int = 500, noise: float = 0.1, share: float = 0.5, seed: int = 0) -> tuple[tuple, tuple]:
    """Rows `(x, y)` to learn from and others to validate with: x `(rows, 2)` about -1…1, y class numbers or numbers.

    Args:
        name: circle, xor, gaussians, spirals, moons, three clouds; slope, hills, waves (numbers to predict).
        rows: of both together.
        noise: the deviation of what is added to each x; for numbers to predict, to y.
        share: of the rows to learn from.

    >>> (x, y), (x_other, y_other) = problem("xor", 100, 0.0)
    >>> x.shape, x_other.shape, bool(((x[:, 0] * x[:, 1] > 0) == y).all())
    ((50, 2), (50, 2), True)
    """
    rng = np.random.default_rng(seed)
    x, y = problems[name](rng, rows)
    if CLASSES[name]:
        x = x + rng.normal(0, 1, x.shape) * noise
    else:
        y = y + rng.normal(0, 1, y.shape) * noise
    order = rng.permutation(rows)
    kept = min(max(1, round(rows * share)), rows - 1)
    x, y = x[order].astype(np.float32), y[order].astype(np.float32)
    return (x[:kept], y[:kept]), (x[kept:], y[kept:])


def inputs(x: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """What the network is told of points `(rows, 2)`: `(rows, inputs)`.

    >>> inputs(np.array([[0.5, -1.0]]), ("x1", "x2²")).tolist()
    [[0.5, 1.0]]
    """
    return np.stack([INPUTS[name](np.asarray(x)) for name in names], axis=1).astype(np.float32)


@problems.register("circle")
def _circle(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(rows) % 2
    radius = np.where(y == 1, rng.uniform(0, 0.42, rows), rng.uniform(0.6, 0.95, rows))
    return _round(rng.uniform(0, 2 * np.pi, rows), radius), y


@problems.register("xor")
def _xor(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = rng.uniform(0.04, 0.95, (rows, 2)) * rng.choice([-1, 1], (rows, 2))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


@problems.register("gaussians")
def _gaussians(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(rows) % 2
    return np.where(y, 0.42, -0.42)[:, None] + rng.normal(0, 0.16, (rows, 2)), y


@problems.register("spirals")
def _spirals(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    y, along = np.arange(rows) % 2, np.sqrt(rng.uniform(0.004, 1, rows))
    return _round(1.75 * 2 * np.pi * along + np.pi * y, 0.95 * along), y


@problems.register("moons")
def _moons(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    y, angle = np.arange(rows) % 2, rng.uniform(0, np.pi, rows)
    return np.stack([np.cos(angle) * (1 - 2 * y) + y - 0.5, np.sin(angle) * (1 - 2 * y) + y * 0.5 - 0.25], axis=1) * 0.62, y


@problems.register("three clouds")
def _clouds(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(rows) % 3
    return _round(2 * np.pi * y / 3 + np.pi / 2, np.full(rows, 0.55)) + rng.normal(0, 0.16, (rows, 2)), y


@problems.register("slope")
def _slope(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = rng.uniform(-0.95, 0.95, (rows, 2))
    return x, (x[:, 0] + x[:, 1]) / 2


@problems.register("hills")
def _hills(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    x, tops = rng.uniform(-0.95, 0.95, (rows, 2)), np.array([[-0.5, 0.45, 1], [0.45, 0.5, -1], [0.1, -0.45, 1], [-0.65, -0.5, -1]])
    near = [height * np.exp(-((x[:, 0] - a) ** 2 + (x[:, 1] - b) ** 2) / 0.09) for a, b, height in tops]
    return x, np.sum(near, axis=0)


@problems.register("waves")
def _waves(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = rng.uniform(-0.95, 0.95, (rows, 2))
    return x, np.sin(3 * x[:, 0]) * np.cos(3 * x[:, 1])


def _round(angle: np.ndarray, radius: np.ndarray) -> np.ndarray:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
