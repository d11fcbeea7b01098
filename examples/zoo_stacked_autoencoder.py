"""What learning without labels is worth (row B7 of the lectures): digits of MNIST told apart after 100 labels, ten of each.

    NEURALZOO_DATA=… python examples/zoo_stacked_autoencoder.py [seeds, images without labels, epochs of each layer, units of each layer]

A stack of denoising autoencoders learns from images without labels; then its layers learn on with 100 labels. Beside it the same layers
that begin at random, and the same with relu, which is what one would take without pre-training. All are fine-tuned alike.
"""

import sys

import numpy as np

from neuralzoo.datasets import mnist
from neuralzoo.zoo import StackedAutoencoder

seeds, images, layer_epochs, *units = [int(word) for word in sys.argv[1:]] or (5, 60_000, 5, 400, 400)

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = (x.reshape(len(x), 784).astype("float32") / 255 for x in (x_train, x_test))
accuracies = {"pre-trained": [], "not pre-trained": [], "not pre-trained, relu": []}


def accuracy(stacked, few):
    classifier = stacked.to_classifier(10)
    classifier.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    classifier.fit(x_train[few], y_train[few], batch_size=20, epochs=200, verbose=0)
    return 100 * classifier.evaluate(x_test, y_test, verbose=0)[1]


for seed in range(seeds):
    order = np.random.default_rng(seed).permutation(len(x_train))
    few = np.concatenate([order[y_train[order] == digit][:10] for digit in range(10)])
    for name, told in accuracies.items():
        stacked = StackedAutoencoder(
            tuple(units), "relu" if "relu" in name else "sigmoid", amount=0.25, layer_epochs=layer_epochs, learning_rate=2e-3, seed=seed
        )
        if name == "pre-trained":
            stacked.fit(x_train[order[:images]], verbose=0)
        else:
            stacked.meet(x_train[order[:images]], None)
        told.append(accuracy(stacked, few))
        if not seed and name == "pre-trained":
            stacked.draw(x_test).savefig("stacked_autoencoder.png")
    print(f"seed {seed}: " + ", ".join(f"{name} {told[-1]:.1f} %" for name, told in accuracies.items()), flush=True)


def spread(values):
    return f"{np.mean(values):.1f} ± {np.std(values, ddof=1) if seeds > 1 else 0:.1f}"


for name, told in accuracies.items():
    print(f"{name}: {spread(told)} % of the test digits (mean ± sd of {seeds} seeds)")
first, *others = map(np.array, accuracies.values())
print("gain of pre-training, seed by seed: " + ", ".join(f"{spread(first - other)} points" for other in others))
