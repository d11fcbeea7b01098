"""The lectures' convolutional network for MNIST, as the Keras listing has it; only the imports name neuralzoo.

    NEURALZOO_DATA=… python examples/mnist_cnn.py [epochs] [seed]

Keras's example reports 99.25 % on the test images after 12 epochs. It was written when Keras's Adadelta began with a
learning rate of 1; today's default of 0.001 hardly moves.
"""

import sys

from neuralzoo.datasets import mnist
from neuralzoo.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from neuralzoo.models import Sequential
from neuralzoo.optimizers import Adadelta
from neuralzoo.utils import set_random_seed, to_categorical

batch_size = 128
num_classes = 10
epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 12
set_random_seed(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
input_shape = (28, 28, 1)

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.reshape(60000, *input_shape).astype("float32") / 255
x_test = x_test.reshape(10000, *input_shape).astype("float32") / 255
y_train = to_categorical(y_train, num_classes)
y_test = to_categorical(y_test, num_classes)

model = Sequential()
model.add(Conv2D(32, kernel_size=(3, 3), activation="relu", input_shape=input_shape))
model.add(Conv2D(64, (3, 3), activation="relu"))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(128, activation="relu"))
model.add(Dropout(0.5))
model.add(Dense(num_classes, activation="softmax"))
model.summary()
model.compile(loss="categorical_crossentropy", optimizer=Adadelta(learning_rate=1.0), metrics=["accuracy"])

history = model.fit(x_train, y_train, batch_size=batch_size, epochs=epochs, verbose=1, validation_data=(x_test, y_test))

score = model.evaluate(x_test, y_test, verbose=0)
print("Test loss:", score[0])
print("Test accuracy:", score[1])
