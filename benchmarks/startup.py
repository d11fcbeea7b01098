"""How long one waits before anything happens: imports, the help page, the main job."""

import sys
from pathlib import Path

from benchmarks.contender import OUT, Contender, quick
from benchmarks.table import Column, Target, under

TITLE = "Starting"
ROUNDS = 5
MAIN = "wall_s"
REFERENCE = "models"
COLUMNS = (Column("wall_s", "s", 2),)
NOTES = (
    "Wall time of a process from start to end, the interpreter's own start included. `import neuralzoo` loads the rest when it is used; "
    "what a training script imports is in the row with Sequential and Dense, and the ratios refer to that."
)


def importing(name: str, label: str, module: str, code: str, **env: str) -> Contender:
    return Contender(name, label, (module,), env | {"TF_CPP_MIN_LOG_LEVEL": "3"}, command=(sys.executable, "-c", code))


PROGRAM = str(Path(sys.executable).with_name("neuralzoo"))
WARM = {"NEURALZOO_CACHE": str(OUT / "cache")}
MODELS = "from neuralzoo.layers import Dense; from neuralzoo.models import Sequential"
contenders = {
    c.name: c
    for c in (
        Contender("python", "python alone", command=(sys.executable, "-c", "pass")),
        importing("neuralzoo", "import neuralzoo", "neuralzoo", "import neuralzoo"),
        importing("models", "neuralzoo: Sequential and Dense", "neuralzoo", MODELS),
        Contender("help", "neuralzoo --help", ("neuralzoo",), command=(PROGRAM, "--help")),
        importing("numpy", "import numpy", "numpy", "import numpy"),
        importing("jax", "import jax", "jax", "import jax"),
        importing("sklearn", "scikit-learn: MLPClassifier", "sklearn", "from sklearn.neural_network import MLPClassifier"),
        importing("torch", "import torch", "torch", "import torch"),
        importing("lightning", "import lightning", "lightning", "import lightning"),
        importing("flax", "Flax NNX and optax", "flax", "import optax; from flax import nnx"),
        importing("tensorflow", "import tensorflow", "tensorflow", "import tensorflow"),
        importing("keras_tensorflow", "import keras, on tensorflow", "tensorflow", "import keras", KERAS_BACKEND="tensorflow"),
        importing("keras_jax", "import keras, on jax", "keras", "import keras", KERAS_BACKEND="jax"),
        importing("keras_torch", "import keras, on torch", "torch", "import keras", KERAS_BACKEND="torch"),
        Contender("study", "neuralzoo study digits", ("neuralzoo",), WARM, once=True, command=(PROGRAM, "study", "digits")),
    )
    if not (quick() and c.once)
}


def targets() -> list[Target]:
    return [
        under("wall_s", "neuralzoo", 0.5, "`import neuralzoo` under 0.5 s"),
        under("wall_s", "help", 0.3, "`neuralzoo --help` under 0.3 s"),
        under("wall_s", "study", 90, "`neuralzoo study digits` under 90 s"),
    ]
