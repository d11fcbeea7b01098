"""A deep belief network on MNIST: three layers learn without labels, and then a perceptron goes on from them with labels.

    NEURALZOO_DATA=… python examples/zoo_dbn.py [epochs of each layer, epochs of fine-tuning, units of each layer]

Hinton, Osindero and Teh reported 1.25 % of the test images wrong in 2006, with 500-500-2000 units and labels at the top.
"""

import sys

from neuralzoo.datasets import mnist
from neuralzoo.learn.schedules import CosineDecay
from neuralzoo.optimizers import SGD
from neuralzoo.zoo import DeepBeliefNetwork

layer_epochs, epochs, *units = [int(word) for word in sys.argv[1:]] or (20, 30, 500, 500, 2000)

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = (x.reshape(len(x), 784).astype("float32") / 255 for x in (x_train, x_test))

deep = DeepBeliefNetwork(tuple(units), layer_epochs=layer_epochs, rate=0.1, momentum=0.5)
deep.fit(x_train, batch_size=100, verbose=2)
deep.draw().savefig("dbn.png")

classifier = deep.to_classifier(10)
steps = epochs * 600
classifier.compile(SGD(CosineDecay(0.1, steps), momentum=0.9), "sparse_categorical_crossentropy", ["accuracy"])
classifier.fit(x_train, y_train, batch_size=100, epochs=epochs, verbose=2, validation_data=(x_test, y_test))
print(f"Test error: {100 * (1 - classifier.evaluate(x_test, y_test, verbose=0)[1]):.2f} %")
