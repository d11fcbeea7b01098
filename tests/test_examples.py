"""Every short example runs and says what it promises."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
PROMISES = {  # what each prints, in part
    "cnn.py": "digits it has not seen",
    "own_cell.py": "rates [0.2 0.2]",
    "own_layer.py": "gate (Gate)",
    "regression.py": "test RMSE",
    "residual.py": "    34  residual",
    "sequence_shapes.py": "many to many, encoder and decoder: accuracy 1.00",
    "study_in_python.py": "random forest",
    "text.py": "nobody can do better",
    "trace.py": "dense_1: sum 1 = ",
    "transfer_learning.py": "convolutions frozen",
    "xor.py": "two layers, xor: [0.0, 1.0, 1.0, 0.0]",
    "zoo_adaline.py": "last second:",
    "zoo_elm.py": "test RMSE over 20 seeds: mean 0.00",
}
LONG = {  # in test_figures.py
    "cifar_depth.py", "lenet.py", "mnist_cnn.py", "mnist_mlp.py", "zoo_bayes.py", "zoo_boltzmann.py", "zoo_dbn.py", "zoo_dcign.py",
    "zoo_esn.py", "zoo_feed_forward.py", "zoo_gan.py", "zoo_gat.py", "zoo_gcn.py", "zoo_hopfield.py", "zoo_kohonen.py",
    "zoo_liquid.py", "zoo_markov.py", "zoo_ntm.py", "zoo_rbf.py", "zoo_spiking.py", "zoo_stacked_autoencoder.py", "zoo_svm.py",
    "zoo_vae.py",
}  # fmt: skip


def test_every_example_is_run_somewhere():
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(PROMISES) | LONG


def marked(name):
    return pytest.param(name, marks=pytest.mark.slow) if name in ("residual.py", "sequence_shapes.py", "transfer_learning.py") else name


@pytest.mark.parametrize("name", [marked(name) for name in sorted(PROMISES)])
def test_the_example_runs(name, tmp_path):
    source = Path(__file__).parent.parent / "src"
    env = {**os.environ, "PYTHONPATH": str(source), "PYTHONWARNINGS": "error::UserWarning"}
    command = [sys.executable, EXAMPLES / name]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert PROMISES[name] in done.stdout
