"""Plain against residual networks of 20 and 56 layers on photographs (row B13 of the lectures).

    NEURALZOO_DATA=… python examples/cifar_depth.py [epochs] [width] [seed]

The 10,000 images of CIFAR-10's first training batch, mirrored and shifted; 1,000 test images. As in the paper's figure 6, the
deeper plain network is worse even on the rows it is trained on, the deeper residual network is not. There are five times fewer
images than the paper had, and small batches make up for some of the steps. A core takes hours for all four.
"""

import sys
import time

from neuralzoo import architectures
from neuralzoo.callbacks import GradientNorms
from neuralzoo.datasets import cifar10_subset
from neuralzoo.inspect.gradient_plots import gradient_norms
from neuralzoo.layers import RandomCrop, RandomFlip, Rescaling, ZeroPadding2D
from neuralzoo.models import Sequential
from neuralzoo.optimizers import SGD, schedules

BATCH = 32
epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 45
width = int(sys.argv[2]) if len(sys.argv) > 2 else 8
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 0

(x_train, y_train), (x_test, y_test) = cifar10_subset.load_data()
steps = epochs * -(-len(x_train) // BATCH)
norms = {}

print("network     training loss   training error   test error   seconds")
for depth in (20, 56):
    for shortcuts in (None, "identity"):
        body = architectures.cifar_resnet(depth, shortcuts=shortcuts, width=width)
        front = [Rescaling(1 / 64, -2.0), ZeroPadding2D(4), RandomCrop(32, 32), RandomFlip("horizontal")]
        model = Sequential([*front, *body.layers[1:]], name=body.name, seed=seed)
        rate = schedules.PiecewiseConstantDecay([steps // 2, 3 * steps // 4], [0.05, 0.005, 0.0005])
        model.compile(SGD(rate, momentum=0.9, weight_decay=1e-4), "sparse_categorical_crossentropy", ["accuracy"])
        begun = time.perf_counter()
        norms[body.name] = GradientNorms()
        model.fit(x_train, y_train, batch_size=BATCH, epochs=epochs, callbacks=[norms[body.name]], verbose=0)
        seconds = time.perf_counter() - begun
        loss, accuracy = model.evaluate(x_train, y_train, verbose=0)
        held_out = model.evaluate(x_test, y_test, verbose=0)[1]
        print(f"{body.name:10}  {loss:13.3f}   {1 - accuracy:14.1%}   {1 - held_out:10.1%}   {seconds:7.0f}", flush=True)

gradient_norms(norms, only="conv*").savefig("gradient_norms.png")
print("gradient_norms.png shows the gradient of each layer, epoch by epoch")
