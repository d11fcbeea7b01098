"""What shortcuts are for: a plain and a residual network of equal depth on scikit-learn's digits (row B13 of the lectures).

    python examples/residual.py

The gradients are those before the first step, the losses those of training. A deep plain network does worse even on the rows
it is trained on, and its gradients grow or shrink from layer to layer; with shortcuts the same layers learn.
"""

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_digits

from neuralzoo.layers import Activation, BatchNormalization, Dense, Residual
from neuralzoo.models import Sequential
from neuralzoo.optimizers import SGD

digits = load_digits()
x, y = (digits.data / 16).astype(np.float32), digits.target
WIDTH, EPOCHS = 32, 8


def network(blocks: int, residual: bool) -> Sequential:
    """A dense network of 2 · blocks + 2 layers: the same layers in the same order, with shortcuts or without."""
    model = Sequential([Dense(WIDTH, activation="relu", kernel_initializer="he_normal", input_shape=(64,))], seed=0)
    for _ in range(blocks):
        body = [Dense(WIDTH), BatchNormalization(0.9), Activation("relu"), Dense(WIDTH), BatchNormalization(0.9)]
        for layer in [Residual(body)] if residual else body:
            model.add(layer)
        model.add(Activation("relu"))
    model.add(Dense(10, activation="softmax"))
    return model


def gradient_norms(model: Sequential) -> list[float]:
    """The size of the loss's gradient by the kernel of each layer, first to last, before any training."""

    def loss(net):
        outputs, _ = net.forward(jnp.asarray(x[:256]), jax.random.key(0))
        return -jnp.log(outputs[jnp.arange(256), y[:256]] + 1e-30).mean()

    slopes = jax.jit(jax.grad(loss))(model.net)
    found = jax.tree_util.tree_flatten_with_path(slopes)[0]
    return [float(jnp.linalg.norm(slope)) for path, slope in found if path[-1].name == "kernel"]


print("layers  kind       gradient: first   middle     last    training loss   accuracy")
for blocks in (2, 8, 16):
    for residual in (False, True):
        model = network(blocks, residual)
        norms = gradient_norms(model)
        model.compile(SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", ["accuracy"])
        history = model.fit(x, y, batch_size=64, epochs=EPOCHS, verbose=0).history
        shown = "".join(f"{norm:10.1e}" for norm in (norms[0], norms[len(norms) // 2], norms[-1]))
        kind = "residual" if residual else "plain"
        print(f"{2 * blocks + 2:6}  {kind:9}    {shown}   {history['loss'][-1]:12.3f} {history['accuracy'][-1]:10.1%}")
