"""Rendered scenes whose causes are known: a shaded ellipsoid that turns, is lit from here or there, and is round or long."""

from typing import NamedTuple

import numpy as np

from neuralzoo.core.errors import ArgumentError

FACTORS = ("pose", "light", "shape")
LIMITS = np.array([[-60.0, 60.0], [-70.0, 70.0], [0.35, 0.8]])  # degrees, degrees, the short axis by the long one
LONG = 0.85  # half the long axis, where half the picture is 1
AMBIENT = 0.15  # light from everywhere
SOFT = 12.0  # how sharp the edge is


class Scenes(NamedTuple):
    """Groups of pictures in each of which one factor varies.

    x: `(groups, scenes, size, size, 1)`, from 0 (dark) to 1.
    y: `(groups,)`, the number of the factor that varies in the group.
    factors: `(groups, scenes, 3)`, pose and light in degrees, shape as the short axis by the long one.
    """

    x: np.ndarray
    y: np.ndarray
    factors: np.ndarray


def clamped_scenes(groups: int, scenes: int = 16, size: int = 32, *, seed: int = 0) -> Scenes:
    """Groups of scenes with one factor drawn anew for each scene, and the other two once for the group; factors take turns.

    >>> held = clamped_scenes(6, 4, 16)
    >>> held.x.shape, held.y.tolist()
    ((6, 4, 16, 16, 1), [0, 1, 2, 0, 1, 2])
    """
    if groups < 1 or scenes < 2:
        raise ArgumentError(f"{groups} groups of {scenes} scenes", remedy="ask for at least one group of two scenes")
    draws = np.random.default_rng(seed)
    y = (np.arange(groups) % len(FACTORS)).astype(np.int32)
    fixed, moving = (draws.random((groups, n, len(FACTORS))) for n in (1, scenes))
    factors = LIMITS[:, 0] + np.ptp(LIMITS, axis=1) * np.where(np.arange(len(FACTORS)) == y[:, None, None], moving, fixed)
    return Scenes(render(factors.reshape(-1, 3), size).reshape(groups, scenes, size, size, 1), y, factors)


def free_scenes(count: int, size: int = 32, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures `(count, size, size, 1)` with all factors drawn anew, and the factors `(count, 3)`."""
    factors = LIMITS[:, 0] + np.ptp(LIMITS, axis=1) * np.random.default_rng(seed).random((count, len(FACTORS)))
    return render(factors, size), factors


def render(factors: np.ndarray, size: int = 32) -> np.ndarray:
    """Ellipsoids `(count, size, size, 1)` by pose, light and shape `(count, 3)`: Lambert's law, seen from straight above.

    With p and q along the long and the short axis of half lengths a and b (b in depth too), the surface has the normal
    (p / a², q / b², depth / b²); a pixel is as bright as that points towards the light, and as ambient light makes it.

    >>> picture = render(np.array([[0.0, 60.0, 0.6]]))[0, ..., 0]  # lit from the right
    >>> bool(picture[:, 16:].sum() > 1.5 * picture[:, :16].sum())
    True
    """
    pose, light = np.deg2rad(factors[:, :2, None, None]).swapaxes(0, 1)
    a, b = LONG, LONG * factors[:, 2, None, None]
    side = (np.arange(size) + 0.5) / size * 2 - 1
    u, v = side[None, :], -side[:, None]
    p, q = u * np.cos(pose) + v * np.sin(pose), v * np.cos(pose) - u * np.sin(pose)
    inside = 1 - (p / a) ** 2 - (q / b) ** 2
    normal = np.stack([p / a**2, q / b**2, np.sqrt(np.maximum(inside, 0)) / b])
    normal /= np.maximum(np.linalg.norm(normal, axis=0), 1e-9)
    right = normal[0] * np.cos(pose) - normal[1] * np.sin(pose)
    lit = np.maximum(right * np.sin(light) + normal[2] * np.cos(light), 0)
    edge = 1 / (1 + np.exp(-np.clip(SOFT * inside, -30, 30)))
    return (edge * (AMBIENT + (1 - AMBIENT) * lit))[..., None].astype(np.float32)
