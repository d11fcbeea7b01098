"""Runs the contenders of a benchmark, each in a process of its own, round by round."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from typing import Any

from benchmarks.contender import Contender

SECONDS = 480  # a process that takes longer has failed
Measured = dict[str, dict[str, list[float]]]


def run(bench: Any, names: list[str], rounds: int, quick: bool) -> tuple[Measured, dict[str, str]]:
    """Measurements of each contender over all rounds, and for some why there are none.

    Contenders take turns, forwards and backwards, so what else the machine does falls on all alike.
    """
    measured: Measured = {name: defaultdict(list) for name in names}
    trouble = {name: f"not installed: {', '.join(gone)}" for name in names if (gone := bench.contenders[name].missing())}
    for turn in range(rounds):
        for name in names if turn % 2 == 0 else reversed(names):
            contender = bench.contenders[name]
            if name in trouble or (contender.once and turn < rounds - 1):
                continue
            try:
                if contender.warm and not measured[name]:
                    once(bench, contender, quick)
                told = once(bench, contender, quick)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                trouble[name] = "too slow" if isinstance(error, subprocess.TimeoutExpired) else f"failed: {error}"
                print(f"  {contender.label}: {trouble[name]}", file=sys.stderr)
                continue
            for line in told:
                for key, value in line.items():
                    measured[name][key].append(value)
            print(f"  round {turn + 1}/{rounds}  {contender.label}: {shown(told)}", file=sys.stderr)
    return {name: dict(own) for name, own in measured.items()}, trouble


def once(bench: Any, contender: Contender, quick: bool) -> list[dict[str, float]]:
    """The lines that a process of the contender told, with its wall time."""
    command = contender.command or (sys.executable, "-m", "benchmarks.contender", bench.__name__.rpartition(".")[2], contender.name)
    settings = {**contender.env, "BENCHMARK_QUICK": str(int(quick)), "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    here = os.pathsep.join(filter(None, (os.getcwd(), os.environ.get("PYTHONPATH"))))
    with tempfile.TemporaryDirectory() as folder:  # for what a command writes where it is
        began = time.time()
        ended = subprocess.run(
            command,
            env={**os.environ, **settings, "PYTHONPATH": here, "BENCHMARK_BEGAN": repr(began)},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        wall = time.time() - began
    if ended.returncode:
        raise RuntimeError((ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1][:150])
    return [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")] + [{"wall_s": wall}]


def shown(told: list[dict[str, float]]) -> str:
    return ", ".join(f"{key} {value:.4g}" for line in told for key, value in line.items())
