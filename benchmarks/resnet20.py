"""ResNet-20 for CIFAR's images of 32×32×3, a training step of it, batches of 128, SGD(0.05, momentum 0.9), float32.

As published (He et al. 2016): 3×3 convolutions of 16, 32 and 64 filters with batch normalisation, shortcuts without parameters, which take
every second cell and add channels of zeros; 269,722 parameters to learn. The images are made: one of ten
pictures each, under noise.
"""

from benchmarks.contender import CACHED, PURE, Contenders, quick
from benchmarks.steps import EPOCHS, fitted, torch_steps
from benchmarks.table import Column, Everyone, Target, at_most

BATCH, STEPS, RATE = 128, 2 if quick() else 8, 0.05
BLOCKS = [(filters, 2 if first and filters > 16 else 1) for filters in (16, 32, 64) for first in (True, False, False)]

TITLE = "ResNet-20 on 32×32×3"
ROUNDS = 2
MAIN = "step_ms"
REFERENCE = "neuralzoo"
COLUMNS = (
    Column("step_ms", "ms a step", 0),
    Column("step_start_s", "s to the end of epoch 1", 1),
    Column("peak_mb", "peak MB", 0),
    Column("accuracy", "accuracy while learning", 2),
)
NOTES = (
    f"Milliseconds a step of epochs of {STEPS} steps from the second on, the loop of `fit` included. To the end of epoch 1: wall time from "
    f"the start of the process, with imports and compiling. The accuracy is that of epoch {1 + EPOCHS}: it tells that all learn."
)

contenders = Contenders()


def targets() -> list[Target | Everyone]:
    rivals = [name for name in contenders if not name.startswith("neuralzoo")]
    return [at_most("step_ms", "neuralzoo", 1.0, rivals, "the fastest step"), Everyone("accuracy", 0.12 if quick() else 0.5, "all learn")]


def images():
    """x (rows, 32, 32, 3) float32, y (rows,) int64."""
    import numpy as np

    draw = np.random.default_rng(0)
    y = draw.integers(10, size=STEPS * BATCH)
    pictures = draw.standard_normal((10, 32, 32, 3), np.float32)
    return 0.5 * pictures[y] + draw.standard_normal((len(y), 32, 32, 3), np.float32), y


@contenders.add("neuralzoo", "neuralzoo.architectures", **CACHED)
def neuralzoo() -> None:
    from neuralzoo.architectures import resnet20
    from neuralzoo.callbacks import LambdaCallback
    from neuralzoo.optimizers import SGD

    model = resnet20()
    model.compile(optimizer=SGD(RATE, momentum=0.9), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    fitted(model, LambdaCallback, *images(), BATCH)


contenders.add("neuralzoo, kernels in JAX alone", "neuralzoo", name="neuralzoo_jax", **PURE)(neuralzoo)


def keras_fit() -> None:
    import keras
    from keras import layers, ops

    def normed(x, filters: int, strides: int):
        x = layers.Conv2D(filters, 3, strides, "same", use_bias=False, kernel_initializer="he_normal")(x)
        return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)

    x = start = keras.Input((32, 32, 3))
    x = layers.ReLU()(normed(x, 16, 1))
    for filters, strides in BLOCKS:
        y = normed(layers.ReLU()(normed(x, filters, strides)), filters, 1)
        if strides > 1:
            x = ops.pad(x[:, ::strides, ::strides], ((0, 0), (0, 0), (0, 0), (0, filters - x.shape[-1])))
        x = layers.ReLU()(layers.Add()([x, y]))
    model = keras.Model(start, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x)))
    optimizer = keras.optimizers.SGD(RATE, momentum=0.9)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    fitted(model, keras.callbacks.LambdaCallback, *images(), BATCH)


contenders.add_keras(keras_fit, "tensorflow")


def torch_fit(**form: bool) -> None:
    import torch
    from torch import nn
    from torch.nn.functional import pad, relu

    def normed(inputs: int, filters: int, strides: int = 1) -> nn.Module:
        return nn.Sequential(nn.Conv2d(inputs, filters, 3, strides, 1, bias=False), nn.BatchNorm2d(filters))

    class Block(nn.Module):
        def __init__(self, inputs: int, filters: int, strides: int) -> None:
            super().__init__()
            self.body = nn.Sequential(normed(inputs, filters, strides), nn.ReLU(), normed(filters, filters))
            self.strides, self.more = strides, filters - inputs

        def forward(self, x):
            y = self.body(x)
            if self.strides > 1:
                x = pad(x[:, :, :: self.strides, :: self.strides], (0, 0, 0, 0, 0, self.more))
            return relu(x + y)

    blocks = [Block(inputs, filters, strides) for (filters, strides), (inputs, _) in zip(BLOCKS, [(16, 1), *BLOCKS], strict=False)]
    model = nn.Sequential(normed(3, 16), nn.ReLU(), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    x, y = images()
    optimizer = torch.optim.SGD(model.parameters(), RATE, momentum=0.9)
    torch_steps(model, optimizer, x.transpose(0, 3, 1, 2), y, BATCH, **form)


contenders.add("PyTorch", "torch", name="torch")(lambda: torch_fit())
contenders.add("PyTorch, channels last", "torch", name="torch_last")(lambda: torch_fit(last=True))
