"""Radial basis functions on MNIST: 1000 units and a linear read-out, 3.6 % test error in 1998 (LeCun et al., Proc. IEEE 86).

    NEURALZOO_DATA=… python examples/zoo_rbf.py [width] [units] [seed]

The width is one number for all units, for grey levels 0…1 over 784 pixels. The default was chosen without the test images: by
the error on the last 10,000 training images after learning the first 20,000. "choose" as the width repeats that.
"""

import sys

import jax.numpy as jnp

from neuralzoo.datasets import mnist
from neuralzoo.layers import Dense
from neuralzoo.learn.least_squares import LeastSquares
from neuralzoo.models import Sequential
from neuralzoo.zoo import RBFNetwork

width = sys.argv[1] if len(sys.argv) > 1 else "4.0"
units = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 0

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = (x.reshape(len(x), 784).astype("float32") / 255 for x in (x_train, x_test))
y_train, y_test = y_train.astype(int), y_test.astype(int)

if width == "choose":
    placed = RBFNetwork(units, width=1.0, seed=seed)
    placed.meet(x_train[:20000], y_train[:20000])  # the centers, once for all widths
    for trial in (2.0, 3.0, 4.0, 5.0, 8.0):
        network = Sequential([placed.net.layers[0].set(widths=jnp.full(units, trial)), Dense(10)])
        network.compile(learner=LeastSquares(ridge=1e-3))
        network.fit(x_train[:20000], y_train[:20000], batch_size=512, verbose=0)
        error = 1 - network.evaluate(x_train[50000:], y_train[50000:], return_dict=True)["accuracy"]
        print(f"width {trial:g}: validation error {error:.4f}", flush=True)
else:
    network = RBFNetwork(units, width=float(width), ridge=1e-3, seed=seed)
    network.fit(x_train, y_train, verbose=0)
    print(f"Test error: {1 - network.evaluate(x_test, y_test, return_dict=True)['accuracy']:.4f}")
