"""Run the benchmarks and show one table for each.

    python -m benchmarks                                 everything, about 35 minutes on 2 cores
    python -m benchmarks tiny_mlp --only neuralzoo,torch --rounds 3
    python -m benchmarks --quick                         a rehearsal: one round, less work

Figures go to benchmarks/out/NAME.json; a run of all contenders also refreshes docs/results.md.
"""

import argparse
import importlib
import json
import os
import platform
import re
import sys
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.contender import CORES, OUT
from benchmarks.runner import run
from benchmarks.table import refreshed, section

NAMES = (
    "mnist_mlp", "tiny_mlp", "startup", "mnist_cnn", "recurrent", "convolutions", "resnet20", "one_image", "compile_time", "trace",
    "playground", "zoo_bayes", "zoo_dcgan", "zoo_elm", "zoo_esn", "zoo_gcn", "zoo_hmm", "zoo_hopfield", "zoo_kohonen", "zoo_ntm",
    "zoo_rbm", "zoo_spiking", "zoo_svm", "zoo_vae",
)  # fmt: skip
PACKAGES = ("neuralzoo", "jax", "torch", "lightning", "keras", "tensorflow", "flax", "scikit-learn", "hmmlearn", "numpy")
RESULTS = Path(__file__).parents[1] / "docs" / "results.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"benchmarks to run: {', '.join(NAMES)}; all unless told")
    parser.add_argument("--rounds", type=int, help="how often everyone's turn comes")
    parser.add_argument("--only", default="", help="contenders, by their names with commas between")
    parser.add_argument("--quick", action="store_true", help="one round, less work; the results page stays as it is")
    told = parser.parse_args()
    if unknown := set(told.names) - set(NAMES):
        parser.error(f"there is no benchmark {unknown.pop()!r}; there are {', '.join(NAMES)}")
    os.environ["BENCHMARK_QUICK"] = str(int(told.quick))
    OUT.mkdir(exist_ok=True)
    benches = {name: importlib.import_module(f"benchmarks.{name}") for name in told.names or NAMES}
    wanted = [word for word in told.only.split(",") if word]
    if unknown := set(wanted).difference(*(bench.contenders for bench in benches.values())):
        known = sorted(set().union(*(bench.contenders for bench in benches.values())))
        parser.error(f"there is no contender {unknown.pop()!r}; there are {', '.join(known)}")
    for name, bench in benches.items():
        if reason := getattr(bench, "needs_data", str)():
            print(f"{name}: left out, {reason}", file=sys.stderr)
            continue
        entrants = [c for c in bench.contenders if c in wanted or not wanted]
        print(f"{name}: {len(entrants)} contenders", file=sys.stderr)
        rounds, load = 1 if told.quick else told.rounds or bench.ROUNDS, busy()
        show(name, bench, *run(bench, entrants, rounds, told.quick), rounds, load, final=not (told.only or told.quick))


def busy() -> str:
    """How busy the machine is before we begin: threads that wait for each other are slowed many times by a neighbour."""
    return f"load before {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load not known"


def show(name: str, bench: Any, measured: dict, trouble: dict, rounds: int, load: str, final: bool) -> None:
    """Print the table and keep it."""
    command = f"make bench ({name}, {rounds} rounds)" if final else "python -m benchmarks " + " ".join(sys.argv[1:])
    where = {"date": date.today().isoformat(), "machine": f"{machine()}, {load}", "versions": versions(), "command": command}
    text = section(bench, measured, trouble, "{date}, {machine}; {versions}. `{command}`".format(**where))
    print(f"\n{text}")
    content = {**where, "measured": measured, "trouble": trouble}
    (OUT / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    if final:
        page = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# Results\n"
        RESULTS.write_text(refreshed(page, name, text), encoding="utf-8")


def machine() -> str:
    """The machine in words."""
    model, info = platform.processor() or platform.machine(), Path("/proc/cpuinfo")
    if info.exists():
        found = dict(re.findall(r"^(model name|cpu family)\s*: (.+)$", info.read_text(), re.MULTILINE))
        model = f"{found.get('model name', model)} (family {found.get('cpu family', '?')})"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{min(cores or CORES, CORES)} of {cores} cores of an {model}, {platform.system()}"


def versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


if __name__ == "__main__":
    main()
