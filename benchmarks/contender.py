"""What takes part in a benchmark: a function, run in a process of its own, that tells what it measured.

    python -m benchmarks.contender mnist_mlp torch

runs one of them and prints a line of JSON for each measurement. Nothing here helps one library more than another.
"""

import importlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CORES = 2
OUT = Path(__file__).parent / "out"
CACHED: Any = {"env": {"NEURALZOO_CACHE": str(OUT / "cache")}, "warm": True}  # neuralzoo from its second start on
PURE: Any = {"env": {**CACHED["env"], "NEURALZOO_KERNELS": "jax"}, "warm": True}  # and without kernels compiled by others
INDUCTOR: Any = {"env": {"TORCHINDUCTOR_CACHE_DIR": str(OUT / "inductor")}, "warm": True}  # torch.compile from its second start on
KERAS = {backend: {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"} for backend in ("tensorflow", "jax", "torch")}


@dataclass(frozen=True)
class Contender:
    """One row of a table.

    Fields:
        name: what `--only` and the results call it.
        label: what people read.
        needs: modules without which it is listed as not installed.
        env: what its process finds in its environment.
        warm: run it once before what counts, to fill a cache on disk that outlives a process.
        once: it takes long, or is far behind; one round is enough.
        command: the arguments of a process to time, where it is a command rather than a function.
        run: what it does.
    """

    name: str
    label: str
    needs: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    warm: bool = False
    once: bool = False
    command: tuple[str, ...] = ()
    run: Callable[[], None] | None = None

    def missing(self) -> list[str]:
        """Modules that it needs and this Python does not have."""
        return [module for module in self.needs if find_spec(module) is None]


class Contenders(dict[str, Contender]):
    """The contenders of a benchmark by name; `@contenders.add(label, …)` enters a function under its own name."""

    def add(self, label: str, *needs: str, name: str = "", **settings: object) -> Callable[[Callable[[], None]], Callable[[], None]]:
        def enter(run: Callable[[], None]) -> Callable[[], None]:
            key = name or run.__name__
            self[key] = Contender(key, label, needs, run=run, **settings)  # type: ignore[arg-type]
            return run

        return enter

    def add_keras(self, run: Callable[[], None], *backends: str, once: bool = False) -> None:
        """Enter `run` for each of Keras's back-ends, all unless told."""
        for backend in backends or KERAS:
            self.add(f"Keras on {backend}", "keras", backend, name=f"keras_{backend}", env=KERAS[backend], once=once)(run)


class Laps:
    """Tells how long each epoch took; the first from the moment the process was started, imports and compiling included.

    Fields:
        name: what an epoch's measurement is called.
        unit: its unit in seconds, such as 16 / 1000 for milliseconds a step of 16 steps.
        first: what the first one's is called, always in seconds.
    """

    def __init__(self, name: str = "epoch_s", unit: float = 1.0, first: str = "start_s") -> None:
        self.name, self.unit, self.first = name, unit, first
        self.last = float(os.environ.get("BENCHMARK_BEGAN", time.time()))

    def lap(self, *_: object) -> None:
        """An epoch has ended, and its numbers are on the host."""
        now = time.time()
        tell(**({self.first: now - self.last} if self.first else {self.name: (now - self.last) / self.unit}))
        self.first, self.last = "", now


def median_s(call: Callable[[], object], seconds: float) -> float:
    """The median time of a call, in seconds, of as many as fit into `seconds` and one at least."""
    took, until = [], time.perf_counter() + seconds
    while not took or time.perf_counter() < until:
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def tell(**measured: float) -> None:
    """Print measurements for the runner, and on for whoever looks."""
    print(json.dumps(measured), flush=True)


def quick() -> bool:
    """Whether this is a rehearsal: `--quick`."""
    return os.environ.get("BENCHMARK_QUICK") == "1"


def peak_mb() -> float:
    """The largest resident memory of this process so far, in MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def main(benchmark: str, name: str) -> None:
    """Run a contender on as many cores as everyone gets."""
    if hasattr(os, "sched_setaffinity"):  # before any library counts the cores
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    run = importlib.import_module(f"benchmarks.{benchmark}").contenders[name].run
    run()
    tell(peak_mb=peak_mb())


if __name__ == "__main__":
    main(*sys.argv[1:])
