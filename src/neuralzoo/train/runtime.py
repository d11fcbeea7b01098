"""What the process needs once before anything is compiled: the persistent compilation cache, the default seed."""

import ctypes
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import jax

_seed = 0


def default_seed() -> int:
    """The seed of models that were given none."""
    return _seed


def set_random_seed(seed: int) -> None:
    """Set the seed of models that are given none, as `keras.utils.set_random_seed` does."""
    global _seed
    _seed = int(seed)


def cache_folder() -> Path:
    """Where compiled programs are kept: `$NEURALZOO_CACHE`, or the user's cache folder."""
    named = os.environ.get("NEURALZOO_CACHE")
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_cache_dir("neuralzoo"))


@cache
def prepare_runtime() -> None:
    """Switch the persistent compilation cache on, unless the user has set one or said `NEURALZOO_CACHE=off`."""
    if os.environ.get("NEURALZOO_CACHE") == "off" or getattr(jax.config, "jax_compilation_cache_dir", None):
        return
    folder = cache_folder() / f"compiled-{jax.__version__}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a read-only home: compile every time
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def give_memory_back() -> None:
    """Return the memory that a compilation took to the system, where the C library can: 60 to 85 MB of a small run."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    if sys.platform != "linux":
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # a C library without it
        return None
