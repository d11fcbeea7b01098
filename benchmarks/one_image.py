"""Predicting one image with the lectures' convolutional network: how long a caller waits for the answer, as a NumPy array. float32."""

import time
from collections.abc import Callable
from typing import Any

from benchmarks.contender import CACHED, INDUCTOR, Contenders, median_s, quick, tell
from benchmarks.mnist_cnn import sequential, torch_layers
from benchmarks.table import Column, Target, at_most

SECONDS = 0.3 if quick() else 2.0

TITLE = "One image through the lectures' convolutional network"
ROUNDS = 2
MAIN = "call_ms"
REFERENCE = "neuralzoo"
COLUMNS = (Column("call_ms", "ms an image", 2), Column("first_s", "s for the first", 2))
NOTES = (
    "Milliseconds of a call of `predict` with one image, from NumPy to NumPy, after the first, which compiles. PyTorch's is the model "
    "under `torch.inference_mode()`. The weights are as they were drawn."
)

contenders = Contenders()


def targets() -> list[Target]:
    rivals = [name for name in contenders if name != "neuralzoo"]
    calls = [name for name in rivals if name.startswith("keras")]
    return [
        at_most("call_ms", "neuralzoo", 0.5, calls, "under half of Keras's `predict`"),
        at_most("call_ms", "neuralzoo", 1.0, rivals, "the fastest answer"),
    ]


def answer(predict: Callable[[Any], Any]) -> None:
    """Predict an image once, then again and again."""
    import numpy as np

    x = np.random.default_rng(0).random((1, 28, 28, 1), np.float32)
    began = time.perf_counter()
    assert predict(x).shape == (1, 10)
    tell(first_s=time.perf_counter() - began)
    tell(call_ms=median_s(lambda: predict(x), SECONDS) * 1000)


@contenders.add("neuralzoo", "neuralzoo", **CACHED)
def neuralzoo() -> None:
    import neuralzoo

    model = sequential(neuralzoo)
    answer(lambda x: model.predict(x, verbose=0))


def keras_predict() -> None:
    import keras

    model = sequential(keras)
    answer(lambda x: model.predict(x, verbose=0))


contenders.add_keras(keras_predict)


def torch_predict(compiled: bool = False) -> None:
    import torch

    model = torch_layers().eval()
    run = torch.compile(model) if compiled else model

    @torch.inference_mode()
    def predict(x):
        return run(torch.from_numpy(x.reshape(-1, 1, 28, 28))).softmax(-1).numpy()

    answer(predict)


contenders.add("PyTorch", "torch", name="torch")(lambda: torch_predict())
contenders.add("PyTorch, torch.compile", "torch", name="torch_compile", **INDUCTOR)(lambda: torch_predict(compiled=True))
