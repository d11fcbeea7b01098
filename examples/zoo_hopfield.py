"""Where Hopfield's memory breaks down: the share of right bits after recall by the number of patterns, in 500 units.

    python examples/zoo_hopfield.py [units]

Amit, Gutfreund and Sompolinsky found 0.138 patterns per unit in 1985, for very many units.
"""

import sys

import numpy as np

from neuralzoo.inspect.memory_plots import capacity
from neuralzoo.zoo.hopfield import CAPACITY, capacity_curve

units = int(sys.argv[1]) if len(sys.argv) > 1 else 500
loads = np.array([0.06, 0.1, 0.12, 0.13, 0.138, 0.145, 0.155, 0.17, 0.2])
shares = {"stored patterns": capacity_curve(units, loads), "a tenth of the bits flipped": capacity_curve(units, loads, flipped=0.1)}
for called, values in shares.items():
    print(called, dict(zip(loads.tolist(), values.round(3).tolist(), strict=True)))
capacity(units, loads, shares, CAPACITY).savefig("capacity.png")
