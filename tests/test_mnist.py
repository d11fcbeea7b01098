"""Row A10: the lectures' Keras listing reaches its figure on MNIST."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow


def test_the_listing_reaches_98_40_percent(data_folder):
    env = {**os.environ, "NEURALZOO_DATA": str(data_folder), "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, ROOT / "examples" / "mnist_mlp.py"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=True, timeout=900)
    found = re.search(r"Test accuracy: ([\d.]+)", done.stdout)
    assert found is not None
    assert 0.9825 <= float(found[1]) <= 0.9855
