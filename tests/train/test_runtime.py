"""What is set up once for the process."""

import subprocess
import sys

import pytest

from neuralzoo.train import runtime

# The fewest page faults in a call of a program that works in 32 MiB, with or without a model made before.
FAULTS = """
import resource, sys
import jax, jax.numpy as jnp
from neuralzoo.models import Sequential
if sys.argv[1] == "model":
    Sequential()
program = jax.jit(lambda x: sum(jax.lax.fori_loop(0, 2, lambda i, c: (c[1] * 2, c[0] + i), (x, x))).sum())
x = jnp.ones(2**22)
faults = []
for _ in range(6):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    program(x).block_until_ready()
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
print(min(faults))
"""


@pytest.mark.skipif(runtime._c_library() is None, reason="the C library is not GNU's")
def test_a_program_finds_the_memory_of_its_last_call(monkeypatch):
    for name in [n for n in runtime.os.environ if n.startswith(runtime.ALLOCATOR)]:
        monkeypatch.delenv(name)
    mapped, kept = (int(subprocess.check_output([sys.executable, "-c", FAULTS, what])) for what in ("none", "model"))
    assert kept < mapped / 10


def test_an_allocator_that_the_user_has_set_stays_as_it_is(monkeypatch):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "4")
    assert runtime.keep_memory.__wrapped__() is False
