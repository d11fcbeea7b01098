"""Compiling ResNet-50's training step: 8 images of 224×224×3, 1000 classes, SGD(0.1, momentum 0.9), float32.

The first fit of one step traces, compiles and runs; the second only runs. What lies between them is what one waits for the compiler.
"""

import time
from typing import Any

from benchmarks.contender import CACHED, Contenders, median_s, tell
from benchmarks.table import Column, Target, at_most

BATCH = 8

TITLE = "Compiling ResNet-50"
ROUNDS = 1
MAIN = "compile_s"
REFERENCE = "neuralzoo_cold"
COLUMNS = (
    Column("compile_s", "s to compile", 1),
    Column("first_s", "s for the first step", 1),
    Column("step_s", "s a step after", 2),
    Column("wall_s", "s of the process", 1),
    Column("peak_mb", "peak MB", 0),
)
NOTES = (
    "To compile: the first fit of one step less a later one, tracing included. PyTorch, which compiles nothing unless asked, is not in the "
    "table; Keras brings the network in `keras.applications`."
)

contenders = Contenders()


def targets() -> list[Target]:
    rivals = [name for name in contenders if not name.startswith("neuralzoo")]
    return [
        at_most("compile_s", "neuralzoo_cold", 1.0, rivals, "compiled first"),
        at_most("compile_s", "neuralzoo", 1 / 3, ["neuralzoo_cold"], "three times as soon from the cache"),
    ]


def compile_fit(model: Any, sgd: Any) -> None:
    import numpy as np

    draw = np.random.default_rng(0)
    x, y = draw.random((BATCH, 224, 224, 3), np.float32), draw.integers(1000, size=BATCH)
    model.compile(optimizer=sgd(0.1, momentum=0.9), loss="sparse_categorical_crossentropy")
    began = time.perf_counter()
    model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)
    first = time.perf_counter() - began
    model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)  # whatever a second call still prepares
    step = median_s(lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0), 2.0)
    tell(first_s=first, step_s=step, compile_s=first - step)


@contenders.add("neuralzoo, from the cache", "neuralzoo.architectures", **CACHED)
def neuralzoo() -> None:
    from neuralzoo.architectures import resnet50
    from neuralzoo.optimizers import SGD

    compile_fit(resnet50(), SGD)


contenders.add("neuralzoo", "neuralzoo.architectures", name="neuralzoo_cold", env={"NEURALZOO_CACHE": "off"})(neuralzoo)


def keras_fit() -> None:
    import keras

    compile_fit(keras.applications.ResNet50(weights=None), keras.optimizers.SGD)


contenders.add_keras(keras_fit, "tensorflow", "jax")  # torch compiles nothing
