"""oneDNN's kernels: against those in JAX, in the ways a program runs them, and what happens when they fail."""

import os
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax
from jax.test_util import check_grads

from convolving import convolution
from neuralzoo.kernels.conv_blocks import Geometry
from neuralzoo.kernels.convolution import convolve, convolve_transposed, out_space
from neuralzoo.kernels.onednn import bridge
from neuralzoo.kernels.onednn import convolution as onednn

pytestmark = pytest.mark.skipif(not bridge.active(), reason="oneDNN is not installed (pip install neuralzoo[onednn]), or is turned off")
RNG = np.random.default_rng(0)
PLAIN = {"strides": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1)}


def normal(*shape):
    return jnp.asarray(RNG.normal(size=shape).astype(np.float32))


def near(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * max(1.0, float(np.abs(b).max())))


@pytest.fixture(autouse=True, scope="module")
def everything_pays():
    """Small arrays, which are quick to check, are given to oneDNN too."""
    usual, onednn.LEAST = onednn.LEAST, 0
    yield
    onednn.LEAST = usual


@st.composite
def convolutions(draw):
    """The space of images and their channels, a kernel's shape and a geometry that fits."""
    axes = draw(st.integers(1, 3))
    several = lambda low, high: tuple(draw(st.lists(st.integers(low, high), min_size=axes, max_size=axes)))  # noqa: E731
    size, strides, dilation, low, high = several(1, 4), several(1, 3), several(1, 2), several(0, 3), several(0, 3)
    space = tuple((k - 1) * d + 1 + n for k, d, n in zip(size, dilation, several(0, 6), strict=True))
    groups, fan, each = draw(st.sampled_from([(1, 1, 1), (1, 3, 5), (1, 16, 8), (2, 4, 3), (5, 1, 1), (16, 1, 1), (4, 1, 2)]))
    return space, (*size, fan, groups * each), Geometry(strides, tuple(zip(low, high, strict=True)), dilation, groups)


@settings(max_examples=40, deadline=None)
@given(convolutions(), st.integers(1, 3))
def test_the_maps_are_the_convolution_and_its_adjoints(example, batch):
    space, shape, geometry = example
    strides, padding, dilation, groups = geometry
    x, kernel = normal(batch, *space, shape[-2] * groups), normal(*shape)
    y = normal(batch, *out_space(space, shape[:-2], strides, padding, dilation), shape[-1])
    forward = convolution(x, kernel, strides, padding, dilation, groups)
    found = onednn.convolved(x, kernel, geometry)
    if found is not None:
        near(found, forward)
    wanted, scale = float((y * forward).sum()), float(np.abs(y * forward).sum())
    for argument, adjoint in (
        (x, onednn.spread(y, kernel, geometry, space)),
        (kernel, onednn.correlated(x, y, geometry, shape[:-2])),
    ):
        if adjoint is not None:
            assert adjoint.shape == argument.shape
            assert float((argument * adjoint).sum()) == pytest.approx(wanted, abs=1e-5 * scale)


def test_common_shapes_have_a_kernel():
    for space, shape, groups, stride in [
        ((28, 28), (3, 3, 32, 64), 1, 1),
        ((224, 224), (7, 7, 3, 64), 1, 2),
        ((28, 28), (3, 3, 1, 128), 128, 1),
    ]:
        geometry = Geometry((stride,) * 2, ((1, 1),) * 2, (1, 1), groups)
        for kind in (onednn.FORWARD, onednn.IMAGE, onednn.KERNEL):
            assert onednn.has_kernel(onednn.Shapes.of(kind, 2, space, shape, geometry))


def program(function, *arrays):
    """The text of the compiled program, and its result."""
    compiled = jax.jit(function).lower(*arrays).compile()
    return compiled.as_text(), compiled(*arrays)


def test_small_convolutions_are_not_worth_a_call():
    x, kernel = normal(1, 4, 4, 1), normal(3, 3, 1, 1)
    assert bridge.TARGET in program(lambda x, k: convolve(x, k, **PLAIN), x, kernel)[0]
    onednn.LEAST = 300_000
    assert bridge.TARGET not in program(lambda x, k: convolve(x, k, **PLAIN) + 0, x, kernel)[0]
    onednn.LEAST = 0


def test_float64_and_negative_padding_are_left_to_matrix_products():
    cut = {**PLAIN, "padding": ((-1, 0), (0, 0))}
    text, _ = program(lambda x, k: convolve(x, k, **cut), normal(1, 6, 6, 1), normal(3, 3, 1, 1))
    assert bridge.TARGET not in text
    with jax.enable_x64(True):
        text, y = program(lambda x, k: convolve(x, k, **PLAIN), jnp.ones((1, 6, 6, 1), jnp.float64), jnp.ones((3, 3, 1, 1), jnp.float64))
    assert bridge.TARGET not in text and y.dtype == np.float64


def test_derivatives_of_first_and_second_order_are_right():
    x, kernel, bias = normal(2, 5, 6, 3), normal(3, 2, 3, 4), normal(4)
    strided = {"strides": (2, 1), "padding": ((1, 0), (0, 2)), "dilation": (1, 2)}
    forward = jax.jit(lambda x, k, b: convolve(x, k, bias=b, **strided))
    check_grads(forward, (x, kernel, bias), 2, ["rev"], atol=0.05, rtol=0.05, eps=0.1)
    spread = jax.jit(lambda y, k: convolve_transposed(y, k, space=(5, 6), **strided))
    check_grads(spread, (normal(2, 2, 6, 4), kernel), 2, ["rev"], atol=0.05, rtol=0.05, eps=0.1)


def test_nan_passes_the_rectifier():
    x = normal(1, 6, 6, 16).at[0, 2, 2, 0].set(jnp.nan)
    y = convolve(x, normal(3, 3, 16, 16), bias=jnp.zeros(16), relu=True, **PLAIN)
    assert int(jnp.isnan(y).sum()) == 9 * 16


def test_it_runs_in_loops_maps_and_without_jit():
    x, kernel = normal(3, 2, 6, 6, 4), normal(3, 3, 4, 4)
    step = lambda x: convolve(x, kernel, bias=jnp.ones(4), relu=True, **PLAIN) / 8  # noqa: E731
    wanted = x[0]
    with jax.disable_jit():
        for _ in range(5):
            wanted = step(wanted)
    near(jax.jit(lambda x: lax.fori_loop(0, 5, lambda _, x: step(x), x))(x[0]), wanted)
    near(jax.vmap(step)(x), jnp.stack([step(one) for one in x]))
    kernels = normal(3, 3, 3, 4, 4)
    mapped = jax.vmap(jax.grad(lambda k, x: (convolve(x, k, **PLAIN) ** 2).sum()))(kernels, x)
    near(mapped[1], jax.grad(lambda k: (convolve(x[1], k, **PLAIN) ** 2).sum())(kernels[1]))


def test_programs_of_several_threads_run_side_by_side():
    x, kernel = normal(4, 12, 12, 8), normal(3, 3, 8, 8) / 10
    run = jax.jit(lambda x, k: lax.fori_loop(0, 50, lambda _, x: convolve(x, k, **PLAIN), x))
    wanted, found = [run(x, kernel * (1 + i / 10)) for i in range(3)], [None] * 3

    def work(i):
        found[i] = np.asarray(run(x, kernel * (1 + i / 10)))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):  # Python is busy meanwhile
        sum(range(1000))
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_error_in_a_call_is_an_error_of_the_program():
    with pytest.raises(Exception, match=r"KeyError in neuralzoo_onednn"):
        bridge.call((99, 1), jax.ShapeDtypeStruct((1,), jnp.float32), jnp.ones(1))


SCRIPT = """
import jax, jax.numpy as jnp, signal, sys, threading, time
from neuralzoo.kernels.convolution import convolve
from neuralzoo.kernels.onednn import bridge
x, kernel = jnp.ones((8, 16, 16, 16)), jnp.full((3, 3, 16, 16), 0.01)
step = lambda _, x: convolve(x, kernel, strides=(1, 1), padding=((1, 1), (1, 1)), dilation=(1, 1))
run = jax.jit(lambda x, n: jax.lax.fori_loop(0, n, step, x))
"""


def process(script, **environment):
    """What a process of its own prints, with the library where it is now."""
    paths = [path for path in sys.path if path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environment}
    done = subprocess.run([sys.executable, "-c", SCRIPT + script], env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_program_kept_on_disk_runs_in_another_process(tmp_path):
    kept = {
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    once = process("print(float(run(x, 3).sum()), bridge.active())", **kept)
    files = sorted(path.name for path in tmp_path.iterdir() if path.name.endswith("-cache"))
    again = process("print(float(run(x, 3).sum()), bridge.active())", **kept)
    assert once == again and once[1] == "True"
    assert files == sorted(path.name for path in tmp_path.iterdir() if path.name.endswith("-cache"))  # nothing was compiled


def test_the_environment_turns_it_off():
    on, off = (process("print(bridge.active(), float(run(x, 3).sum()))", NEURALZOO_KERNELS=chosen) for chosen in ("", "jax"))
    assert (on[0], off[0]) == ("True", "False")
    np.testing.assert_allclose(float(on[1]), float(off[1]), rtol=1e-5)


def test_an_interrupt_is_put_off_within_a_call_and_nowhere_else(monkeypatch):
    asked = []
    monkeypatch.setattr(bridge, "_interrupt_later", lambda: asked.append("later"))

    class Frame:
        """A call that Ctrl-C reaches while it looks at what it was given."""

        api = SimpleNamespace(contents=SimpleNamespace(create_error=lambda arguments: 7))

        @property
        def extension(self):
            bridge._interrupt(signal.SIGINT, sys._getframe())

    assert bridge._handle(SimpleNamespace(contents=Frame())) == 7 and asked == ["later"]
    with pytest.raises(KeyboardInterrupt):
        bridge._interrupt(signal.SIGINT, sys._getframe())
    assert asked == ["later"]


def test_an_interrupt_waits_for_the_program_and_a_process_may_end_while_it_runs():
    script = """
signal.signal(signal.SIGINT, signal.default_int_handler)  # a process started in the background ignores it
run(x, 1).block_until_ready()
threading.Timer(0.2, signal.raise_signal, (signal.SIGINT,)).start()
try:
    jax.block_until_ready(run(x, 2000))
    time.sleep(2)
except KeyboardInterrupt:
    print("interrupted")
run(x, 3000)
"""
    assert process(script) == ["interrupted"]
