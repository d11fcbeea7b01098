"""Every short example runs and says what it promises."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
PROMISES = {  # what each prints, in part
    "own_layer.py": "gate (Gate)",
    "regression.py": "test RMSE",
    "study_in_python.py": "random forest",
    "xor.py": "two layers, xor: [0.0, 1.0, 1.0, 0.0]",
}
LONG = {"mnist_mlp.py"}  # in test_mnist.py


def test_every_example_is_run_somewhere():
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(PROMISES) | LONG


@pytest.mark.parametrize("name", sorted(PROMISES))
def test_the_example_runs(name, tmp_path):
    source = Path(__file__).parent.parent / "src"
    env = {**os.environ, "PYTHONPATH": str(source), "PYTHONWARNINGS": "error::UserWarning"}
    command = [sys.executable, EXAMPLES / name]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert PROMISES[name] in done.stdout
