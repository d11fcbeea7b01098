"""Shared by all tests: shape annotations are checked, the compilation cache is the suite's own, data sets may be absent."""

import gc
import os
import sys
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("NEURALZOO_CACHE", str(Path(__file__).parent.parent / ".cache"))
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each worker of xdist has a core; two threads on it wait for each other
# most of a test is compiling, and most of compiling is optimising: the tests take a third of the time without; in one piece, as
# the cores are taken, it takes a sixth less
PLAIN = "--xla_backend_optimization_level=0 --xla_cpu_parallel_codegen_split_count=1"
if tuple(map(int, version("jaxlib").split(".")[:2])) <= (0, 10):  # later ones end the process at a flag they do not know
    PLAIN += " --xla_cpu_use_fusion_emitters=false"
os.environ.setdefault("XLA_FLAGS", PLAIN)

from jaxtyping import install_import_hook  # noqa: E402

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


@pytest.fixture(scope="module", autouse=True)
def forget_programs():
    """Forget the programs of the modules before: Linux allows a process 65,530 pieces of memory, a few for each program."""
    yield
    pieces = Path("/proc/self/maps")
    if not pieces.exists() or pieces.read_bytes().count(b"\n") > 15_000:
        import jax

        jax.clear_caches()
        gc.collect()


@pytest.fixture
def key():
    import jax

    return jax.random.key(0)
