"""The lectures' convolutional network on scikit-learn's digits, 8 × 8 pixels shown at 16 × 16, so that it runs anywhere.

    python examples/cnn.py [epochs]

On MNIST, `mnist_cnn()` is the network of the Keras listing as it stands; here it is the small edition.
"""

import sys

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from neuralzoo import architectures
from neuralzoo.optimizers import Adam

digits = load_digits()
images = (digits.images / 16).astype("float32").repeat(2, axis=1).repeat(2, axis=2)[..., None]
x_train, x_test, y_train, y_test = train_test_split(images, digits.target, test_size=0.2, random_state=0, stratify=digits.target)

model = architectures.mnist_cnn(input_shape=(16, 16, 1), edition="small")
model.compile(Adam(0.003), "sparse_categorical_crossentropy", ["accuracy"])
model.summary()
model.fit(x_train, y_train, batch_size=64, epochs=int(sys.argv[1]) if len(sys.argv) > 1 else 8, verbose=0)

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"{len(x_test)} digits it has not seen: {accuracy:.1%} right, loss {loss:.3f}")
