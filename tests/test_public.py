"""The public surface: complete, and cheap to import."""

import importlib
import subprocess
import sys

import pytest

import neuralzoo

MODULES = [name for name in neuralzoo.__all__ if name[0].islower() and name not in ("load", "study")]
HEAVY = ("jax", "matplotlib", "numpy", "pandas", "rich", "scipy", "sklearn")


def test_every_public_name_is_there():
    for name in neuralzoo.__all__:
        assert getattr(neuralzoo, name) is not None


@pytest.mark.parametrize("name", MODULES)
def test_a_public_module_lists_its_names_once(name):
    module = importlib.import_module(f"neuralzoo.{name}")
    assert len(set(module.__all__)) == len(module.__all__)
    assert all(hasattr(module, each) for each in module.__all__)
    assert module.__doc__


def test_an_unknown_name_lists_what_there_is():
    with pytest.raises(AttributeError, match="Sequential"):
        neuralzoo.Sequentail  # noqa: B018


@pytest.mark.parametrize("statement", ["import neuralzoo", "import neuralzoo.cli"])
def test_importing_loads_nothing_heavy(statement):
    code = f"import sys; {statement}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "line",
    [
        "from neuralzoo.models import Sequential, Model, load_model",
        "from neuralzoo.layers import Dense, Dropout, Activation, BatchNormalization, Flatten, Embedding, Input",
        "from neuralzoo.optimizers import RMSprop, Adam, SGD, Adagrad, Adadelta, Adamax, Nadam",
        "from neuralzoo.optimizers.schedules import ExponentialDecay, CosineDecay",
        "from neuralzoo.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau, TensorBoard, CSVLogger",
        "from neuralzoo.losses import BinaryCrossentropy, MeanSquaredError, categorical_crossentropy",
        "from neuralzoo.metrics import AUC, Precision, Recall",
        "from neuralzoo.regularizers import L1, L2",
        "from neuralzoo.initializers import GlorotUniform, HeNormal",
        "from neuralzoo.datasets import mnist, cifar10",
        "from neuralzoo.utils import to_categorical, set_random_seed",
    ],
)
def test_keras_import_lines_work_with_the_package_changed(line):
    exec(line, {})
