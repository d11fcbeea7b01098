"""A spiking network on MNIST (row B17 of the lectures): 784-1000-10, 25 steps, one epoch; snnTorch's tutorial 5 reaches 93.87 %.

    NEURALZOO_DATA=… python examples/zoo_spiking.py [seed]

As there: grey levels from 0 to 1 flow in as a constant current, batches of 128, Adam at 5e-4, a membrane that keeps 95 % a step.
Other than there: the first weights, and the loss, which is that of the mean membrane.
"""

import sys

from neuralzoo.datasets import mnist
from neuralzoo.zoo import SpikingNetwork

seed = int(sys.argv[1]) if len(sys.argv) > 1 else 0
(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = (x.reshape(-1, 784).astype("float32") / 255 for x in (x_train, x_test))

net = SpikingNetwork((1000,), steps=25, seed=seed)
net.fit(x_train, y_train, batch_size=128, epochs=1, verbose=2)

loss, accuracy = net.evaluate(x_test, y_test, verbose=0)
print(f"Test accuracy after one epoch: {accuracy:.4f}; hidden neurons fire at {net.rates(x_test[:1000])[0].mean():.0f} Hz")
