"""A deep belief network on MNIST: its layers learn without labels, and then a perceptron goes on from them with labels.

    NEURALZOO_DATA=… python examples/zoo_dbn.py [epochs of each layer, epochs of fine-tuning, units of each layer] [--dropout 0.3]

Hinton, Osindero and Teh reported 1.25 % of the test images wrong in 2006, with 500-500-2000 units and labels at the top. With
`--validate` the last 10,000 training images are not learned from but judged by: choose settings there, the test images are for the end.
"""

import argparse

from neuralzoo.datasets import mnist
from neuralzoo.learn.schedules import CosineDecay
from neuralzoo.optimizers import SGD
from neuralzoo.zoo import DeepBeliefNetwork

parser = argparse.ArgumentParser()
parser.add_argument("numbers", nargs="*", type=int, help="epochs of each layer, epochs of fine-tuning, units of each layer")
parser.add_argument("--rate", type=float, default=0.1, help="of fine-tuning, at its start")
parser.add_argument("--dropout", type=float, default=0.0, help="share of the units left out while fine-tuning")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--validate", action="store_true", help="judge by the last 10,000 training images")
given = parser.parse_args()
layer_epochs, epochs, *units = given.numbers or (20, 30, 500, 500, 2000)

(x, y), (x_test, y_test) = mnist.load_data()
if given.validate:
    x, y, x_test, y_test = x[:-10_000], y[:-10_000], x[-10_000:], y[-10_000:]
x, x_test = (images.reshape(len(images), 784).astype("float32") / 255 for images in (x, x_test))

deep = DeepBeliefNetwork(tuple(units), layer_epochs=layer_epochs, rate=0.1, momentum=0.5, seed=given.seed)
deep.fit(x, batch_size=100, verbose=2)
deep.draw().savefig("dbn.png")

classifier = deep.to_classifier(10, dropout=given.dropout)
steps = epochs * len(x) // 100
classifier.compile(SGD(CosineDecay(given.rate, steps), momentum=0.9), "sparse_categorical_crossentropy", ["accuracy"])
classifier.fit(x, y, batch_size=100, epochs=epochs, verbose=2)
error = 100 * (1 - classifier.evaluate(x_test, y_test, verbose=0)[1])
print(f"{'Validation' if given.validate else 'Test'} error: {error:.2f} %")
