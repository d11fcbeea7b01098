"""LeNet-5 on MNIST (row B12 of the lectures): at most 0.95 % of the test images wrong, as in 1998; there 0.8 % with distortions.

    NEURALZOO_DATA=… python examples/lenet.py [edition] [epochs] [seed]

The edition "small" is the network as it is common today, "full" the paper's with its table of connections, its learned
subsampling and its fixed pictures of the digits as targets. While learning each image is moved by up to two pixels: as it
stands the network learns the training images by heart (1.1 % on the others).
"""

import sys

from neuralzoo import architectures
from neuralzoo.datasets import mnist
from neuralzoo.layers import Input, RandomCrop, ZeroPadding2D
from neuralzoo.models import Sequential
from neuralzoo.optimizers import Adam, schedules

edition = sys.argv[1] if len(sys.argv) > 1 else "small"
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 20
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 0

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = (x[..., None].astype("float32") / 255 * 1.275 - 0.1 for x in (x_train, x_test))  # the paper's grey levels

net = architectures.lenet5((28, 28, 1), edition=edition)
model = Sequential([Input((28, 28, 1)), ZeroPadding2D(2), RandomCrop(28, 28), *net.layers[1:]], name="lenet5", seed=seed)
rate = schedules.CosineDecay(2e-3, decay_steps=epochs * 469)
model.compile(Adam(rate), "sparse_categorical_crossentropy", ["accuracy"])
model.fit(x_train, y_train, batch_size=128, epochs=epochs, verbose=2)

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"Test error: {1 - accuracy:.4f}")
