"""Transfer learning: what a network learned from the digits 0–4 helps it to tell 5–9 from a few examples.

A small convolutional network learns the digits 0–4 from all their examples. Its convolutions are kept, its two dense layers
replaced, and it learns 5–9 from 1, 3 or 10 examples of each: with the convolutions frozen, with a tenth of the learning rate for
them, and, to compare, from scratch. The figures are mean ± standard deviation over other examples and other random starts.

    python examples/transfer_learning.py
"""

import numpy as np
from sklearn.datasets import load_digits

from neuralzoo.layers import Conv2D, Dense, Flatten, MaxPooling2D, RandomTranslation
from neuralzoo.models import Sequential, freeze, replace_head
from neuralzoo.optimizers import Adam

REPETITIONS = 3
LOSS = "sparse_categorical_crossentropy"


def network(seed):
    return Sequential(
        [
            RandomTranslation(0.1, 0.1, fill_mode="constant", input_shape=(8, 8, 1)),
            Conv2D(16, 3, padding="same", activation="relu"),
            Conv2D(32, 3, padding="same", activation="relu"),
            MaxPooling2D(2),
            Flatten(),
            Dense(64, activation="relu"),
            Dense(5, activation="softmax"),
        ],
        seed=seed,
    )


def learn(model, x, y, epochs=150, rates=None):
    model.compile(Adam(0.003), LOSS, ["accuracy"], rates=rates)
    model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)
    return model


def new_head(trained, seed):
    return replace_head(trained, [Dense(64, activation="relu"), Dense(5, activation="softmax")], drop=2, seed=seed)


def from_scratch(trained, x, y, seed):
    return learn(network(seed), x, y)


def frozen(trained, x, y, seed):
    model = new_head(trained, seed)
    freeze(model, "conv2d*")
    return learn(model, x, y)


def slow(trained, x, y, seed):
    return learn(new_head(trained, seed), x, y, rates={"conv2d*": 0.1})


WAYS = {"from scratch": from_scratch, "convolutions frozen": frozen, "convolutions slow": slow}

x, y = load_digits(return_X_y=True)
x = (x / 16).reshape(-1, 8, 8, 1).astype(np.float32)
low = y < 5
trained = learn(network(0), x[low], y[low], epochs=20)

rng = np.random.default_rng(0)
print(f"{'accuracy on 5–9, examples of each':36}" + "".join(f"{way:>22}" for way in WAYS))
for few in (1, 3, 10):
    scores = {way: [] for way in WAYS}
    for repetition in range(REPETITIONS):
        shown = np.concatenate([rng.choice(np.flatnonzero(y == digit), few, replace=False) for digit in range(5, 10)])
        rest = np.setdiff1d(np.flatnonzero(~low), shown)
        for way, train in WAYS.items():
            model = train(trained, x[shown], y[shown] - 5, repetition + 1)
            scores[way].append(model.evaluate(x[rest], y[rest] - 5, verbose=0)[1])
    print(f"{few:36}" + "".join(f"{np.mean(s):>14.1%} ± {np.std(s, ddof=1):5.1%}" for s in scores.values()))
