"""A ring of eight clouds: how many a generative adversarial network covers, and how many of its points are near one.

    python examples/zoo_gan.py [seeds] [steps]

The clouds' standard deviation is a hundredth of the ring's radius, as in Metz et al. 2017. A cloud counts as covered where at least
1 % of 2,500 made points are within 3 deviations of its middle; the share is that of all points that near to any.
"""

import sys

import numpy as np

from neuralzoo.zoo.gan import modes, ring, ring_centers, ring_network

seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
steps = int(sys.argv[2]) if len(sys.argv) > 2 else 5120
x, found = ring(16384, seed=1), []
for seed in range(seeds):
    gan = ring_network(steps, seed=seed)
    gan.fit(x, batch_size=256, epochs=steps // 64, verbose=0)
    found.append(modes(gan.sample(2500), ring_centers()))
    print(f"seed {seed}: {found[-1].covered} of 8 clouds, {found[-1].share:.1%} of the points near one", flush=True)
    if seed == 0:
        gan.draw(x).savefig("ring.png", dpi=150)
covered, shares = np.array(found).T
print(f"all 8 clouds in {int((covered == 8).sum())} of {seeds} seeds, near one: mean {shares.mean():.1%}, least {shares.min():.1%}")
