"""One hidden layer of 800 units on MNIST, as measured by Simard, Steinkraus and Platt in 2003 (row B4 of the lectures).

    NEURALZOO_DATA=… python examples/zoo_feed_forward.py [epochs] [seed]

They report 1.6 % of the test digits wrong, with cross-entropy and without distorted images. Dropout came later.
"""

import sys

import numpy as np

from neuralzoo.datasets import mnist
from neuralzoo.optimizers import schedules
from neuralzoo.zoo import FeedForward

epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0

(x, y), (x_test, y_test) = mnist.load_data()
x, x_test = (part.reshape(-1, 784).astype("float32") / 255 for part in (x, x_test))
y, y_test = y.astype("int64"), y_test.astype("int64")

for dropout in (0.0, 0.5):
    rate = schedules.CosineDecay(1e-3, epochs * len(x) // 128)
    net = FeedForward(800, dropout=dropout, rate=rate, seed=seed)
    net.fit(x, y, batch_size=128, epochs=epochs, verbose=0)
    wrong = np.mean(net.classify(x_test) != y_test)
    print(f"Test error, {f'dropout {dropout}' if dropout else 'as in the paper'}: {100 * wrong:.2f} %", flush=True)
