"""What the process needs once before anything is compiled: the persistent compilation cache, the memory, the default seed."""

import ctypes
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jax

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # of GNU's mallopt
LARGEST = 2**31 - 1
ALLOCATOR = ("MALLOC_", "GLIBC_TUNABLES")  # how variables begin by which users set the allocator
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


@cache
def keep_memory() -> bool:
    """Let memory that is freed stay with the process for the next call of a program, where the C library can; whether it will.

    A program's working memory, hundreds of megabytes for a deep network, would be mapped, cleared and unmapped by each call
    (docs/design/0009-normalization.md). Nothing is changed where the user has set the allocator by `MALLOC_…` or `GLIBC_TUNABLES`.
    """
    library = _c_library()
    if library is None or any(name.startswith(ALLOCATOR) for name in os.environ):
        return False
    # One arena: in those of other threads large pieces are always mapped. It counts for threads that have not allocated yet.
    settings = (M_ARENA_MAX, 1), (M_MMAP_THRESHOLD, LARGEST), (M_TRIM_THRESHOLD, LARGEST)
    return all(library.mallopt(name, value) for name, value in settings)


def give_memory_back() -> None:
    """Return memory that is free to the system, where the C library can: that of a compilation is 60 to 85 MB of a small run."""
    library = _c_library()
    if library is not None:
        library.malloc_trim(0)


@cache
def _c_library() -> Any:
    """The C library, where it is GNU's."""
    if sys.platform != "linux":
        return None
    try:
        library = ctypes.CDLL(None)
        return library if library.gnu_get_libc_version and library.mallopt and library.malloc_trim else None
    except (OSError, AttributeError):
        return None
