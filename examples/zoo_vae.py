"""A variational autoencoder on MNIST (row B8 of the lectures): 784-400-20-400-784, −ELBO of the test digits at most 105 nats.

    NEURALZOO_DATA=… python examples/zoo_vae.py [epochs, seed]

Binarised by draws, as is usual: each pixel is 1 with the probability of its grey value, drawn anew in each epoch, once for the test
digits. Nothing is tuned on them. The importance-weighted bound is told for the first 1,000 of them.
"""

import sys

import numpy as np

from neuralzoo.datasets import mnist
from neuralzoo.zoo import VariationalAutoencoder

epochs, seed = (int(word) for word in (*sys.argv[1:], *("20", "0")[len(sys.argv) - 1 :]))

(x_train, _), (x_test, _) = mnist.load_data()
x_train, x_test = (x.reshape(len(x), 784).astype("float32") / 255 for x in (x_train, x_test))
draws = np.random.default_rng(seed)


def binarised(x):
    return (draws.random(x.shape, np.float32) < x).astype("float32")


x_test = binarised(x_test)
net = VariationalAutoencoder(20, (400,), seed=seed)
terms = {"reconstruction": [], "kl": []}
for epoch in range(epochs):
    history = net.fit(binarised(x_train), epochs=epoch + 1, initial_epoch=epoch, verbose=2 if epoch % 5 == 4 else 0).history
    for name, values in terms.items():
        values += history[name]

net.history.history.update(terms)
net.draw(x_test[0]).savefig("vae.png")
loss, reconstruction, kl = net.evaluate(x_test, verbose=0)
print(f"Test −ELBO: {loss:.2f} nats = reconstruction {reconstruction:.2f} + KL {kl:.2f}")
print(f"−ln p by 200 weighted draws: {-net.score_samples(x_test[:1000]).mean():.2f} nats")
