"""Shared by all tests: shape annotations are checked, the compilation cache is the suite's own, data sets may be absent."""

import os
import sys
from pathlib import Path

os.environ.setdefault("NEURALZOO_CACHE", str(Path(__file__).parent.parent / ".cache"))
os.environ.setdefault("JAX_PLATFORMS", "cpu")

from jaxtyping import install_import_hook

sys.path.insert(0, str(Path(__file__).parent))
install_import_hook(["neuralzoo.core", "neuralzoo.kernels", "neuralzoo.layers"], "shape_check.check")

import pytest  # noqa: E402


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The real data sets, where this machine has them."""
    named = os.environ.get("NEURALZOO_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data sets are not on this machine (set NEURALZOO_DATA)")
    return folder


@pytest.fixture
def key():
    import jax

    return jax.random.key(0)
