"""Pose, light and shape of rendered scenes, each found by its own unit of a graphics code.

    python examples/zoo_dcign.py [seeds] [epochs]

A network learns 384 groups of 8 pictures of a shaded ellipsoid; in each group one factor varies. Then 1,000 other scenes, in which all
factors are drawn anew, are encoded. R² is the square of the correlation of a unit with a true factor. The noise falls during the first
half of the steps, the learning rate during all of them.
"""

import sys

import numpy as np

from neuralzoo.data.scenes import FACTORS, clamped_scenes, free_scenes
from neuralzoo.inspect.code_plots import explained
from neuralzoo.optimizers.schedules import CosineDecay
from neuralzoo.zoo import InverseGraphicsNetwork
from neuralzoo.zoo.inverse_graphics import explained_shares

seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 1
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 30
held, (pictures, factors) = clamped_scenes(384, 8, seed=0), free_scenes(1000, seed=1)
steps, reached = len(held.y) // 8 * epochs, []
for seed in range(seeds):
    rate = CosineDecay(3e-3, steps)
    net = InverseGraphicsNetwork(3, pinned=2, filters=(8, 16), hidden=32, learning_rate=rate, cooling=steps // 2, seed=seed)
    history = net.fit(held.x, held.y, epochs=epochs, verbose=0)
    shares = explained_shares(net.encode(pictures), factors)
    print(f"seed {seed}, mean squared error of a pixel {history.history['error'][-1]:.4f}:")
    for unit, row in enumerate(shares):
        print(f"  unit {unit}: " + ", ".join(f"{name} {share:.3f}" for name, share in zip(FACTORS, row, strict=True)), flush=True)
    reached.append(shares.diagonal())
    others = shares[~np.eye(3, dtype=bool)]
    print(f"  its own factor: at least {shares.diagonal().min():.3f}; the other ones: at most {others.max():.3f}", flush=True)
    if seed == 0:
        net.draw(pictures).savefig("code.png", dpi=150)
        explained(shares, [f"unit {unit}" for unit in range(3)], FACTORS).savefig("explained.png", dpi=150)
if seeds > 1:
    means = ", ".join(f"{name} {share:.3f}" for name, share in zip(FACTORS, np.mean(reached, axis=0), strict=True))
    print(f"mean of {seeds} seeds: {means}; all three at least 0.9 in {np.sum(np.min(reached, axis=1) >= 0.9)}")
