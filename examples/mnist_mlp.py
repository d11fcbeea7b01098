"""The lectures' multilayer perceptron for MNIST, as the Keras listing has it; only the imports name neuralzoo.

    NEURALZOO_DATA=… python examples/mnist_mlp.py [epochs] [seed]

Keras's example reports 98.40 % on the test images after 20 epochs.
"""

import sys

from neuralzoo.datasets import mnist
from neuralzoo.layers import Dense, Dropout
from neuralzoo.models import Sequential
from neuralzoo.optimizers import RMSprop
from neuralzoo.utils import set_random_seed, to_categorical

batch_size = 128
num_classes = 10
epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
set_random_seed(int(sys.argv[2]) if len(sys.argv) > 2 else 0)

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.reshape(60000, 784).astype("float32") / 255
x_test = x_test.reshape(10000, 784).astype("float32") / 255
y_train = to_categorical(y_train, num_classes)
y_test = to_categorical(y_test, num_classes)

model = Sequential()
model.add(Dense(512, activation="relu", input_shape=(784,)))
model.add(Dropout(0.2))
model.add(Dense(512, activation="relu"))
model.add(Dropout(0.2))
model.add(Dense(num_classes, activation="softmax"))
model.summary()
model.compile(loss="categorical_crossentropy", optimizer=RMSprop(), metrics=["accuracy"])

history = model.fit(x_train, y_train, batch_size=batch_size, epochs=epochs, verbose=1, validation_data=(x_test, y_test))

score = model.evaluate(x_test, y_test, verbose=0)
print("Test loss:", score[0])
print("Test accuracy:", score[1])
