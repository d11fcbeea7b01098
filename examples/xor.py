"""What one perceptron cannot do and two layers can: the exclusive or (row B1 of the lectures)."""

import numpy as np

from neuralzoo.layers import Dense
from neuralzoo.learn.perceptron import PerceptronRule
from neuralzoo.models import Sequential
from neuralzoo.optimizers import Adam

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
both, either, odd = x.min(axis=1), x.max(axis=1), (x.sum(axis=1) == 1).astype(np.float32)

for name, y in (("and", both), ("or", either), ("xor", odd)):
    perceptron = Sequential([Dense(1, activation="step", input_shape=(2,))], seed=1)
    perceptron.compile(learner=PerceptronRule())
    history = perceptron.fit(x, y, epochs=50, verbose=0).history
    print(f"perceptron, {name:>3}: {history['mistakes'][-1]:.0f} of 4 wrong in epoch 50")

network = Sequential([Dense(4, activation="tanh", input_shape=(2,)), Dense(1, activation="sigmoid")], seed=1)
network.compile(Adam(0.05), "binary_crossentropy", ["accuracy"])
network.fit(x, odd, epochs=500, verbose=0)
print("two layers, xor:", network.predict(x)[:, 0].round(2).tolist())
