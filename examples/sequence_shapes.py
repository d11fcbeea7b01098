"""The five shapes of a recurrent network: what goes in and what comes out, each learned in seconds from data made here."""

import numpy as np

from neuralzoo.layers import GRU, LSTM, Chain, Dense, EncoderDecoder, RepeatVector, SimpleRNN, TimeDistributed
from neuralzoo.models import Model, Sequential
from neuralzoo.optimizers import Adam

draw = np.random.default_rng(0)


def learned(shape, model, x, y, loss, measure, epochs):
    """Train on all rows but the last 200, and tell how it does on those."""
    cut = len(y) - 200
    first, last = ([a[part] for a in x] if isinstance(x, tuple) else [x[part]] for part in (slice(cut), slice(cut, None)))
    pack = tuple if isinstance(x, tuple) else lambda parts: parts[0]
    model.compile(Adam(0.01), loss, [measure])
    model.fit(pack(first), y[:cut], epochs=epochs, verbose=0)
    print(f"{shape}: {measure} {model.evaluate(pack(last), y[cut:])[1]:.2f}")


# One to one: a vector in, a vector out. No time at all: which quarter of the plane is a point in?
points = draw.uniform(-1, 1, size=(1200, 2)).astype(np.float32)
quarter = (points[:, 0] > 0) + 2 * (points[:, 1] > 0)
net = Sequential([Dense(16, activation="tanh"), Dense(4, activation="softmax")])
learned("one to one", net, points, quarter, "sparse_categorical_crossentropy", "accuracy", 20)

# One to many: a vector in, a sequence out. The first ten values of the wave with a given frequency and phase.
wave = draw.uniform([0.3, 0.0], [0.9, 3.0], size=(1200, 2)).astype(np.float32)
values = np.sin(wave[:, :1] * np.arange(10) + wave[:, 1:])[..., None]
net = Sequential([RepeatVector(10), GRU(32, return_sequences=True), TimeDistributed(Dense(1))])
learned("one to many", net, wave, values, "mse", "r2_score", 40)

# Many to one: a sequence in, a vector out. Were there more ones than zeros?
bits = draw.integers(2, size=(1200, 15, 1)).astype(np.float32)
more = (bits.sum((1, 2)) > 7).astype(np.float32)
net = Sequential([LSTM(16), Dense(1, activation="sigmoid")])
learned("many to one", net, bits, more, "binary_crossentropy", "accuracy", 20)

# Many to many, step by step: an output at each step, from the steps so far. Is the number of ones even or odd?
parity = (bits.cumsum(1) % 2).astype(np.float32)
net = Sequential([SimpleRNN(16, return_sequences=True), Dense(1, activation="sigmoid")])
learned("many to many, aligned", net, bits, parity, "binary_crossentropy", "accuracy", 60)

# Many to many, encoder and decoder: the whole sequence is read before the first output. The digits in sorted order.
# The decoder sees the right answer one step late (9 stands for the start).
digits = draw.integers(8, size=(3200, 5))
answer = np.sort(digits, axis=1)
late = np.concatenate([np.full((3200, 1), 9), answer[:, :-1]], axis=1)
one_hot = np.eye(10, dtype=np.float32)
pair = (one_hot[digits], one_hot[late])
net = Model(Chain([EncoderDecoder(GRU(64, return_state=True), GRU(64, return_sequences=True)), Dense(8, activation="softmax")]))
learned("many to many, encoder and decoder", net, pair, answer, "sparse_categorical_crossentropy", "accuracy", 15)
