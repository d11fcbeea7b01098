"""Convolution, both roads, against sums over taps written out in NumPy."""

import itertools
from functools import partial
from typing import NamedTuple
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralzoo.core.errors import ShapeError
from neuralzoo.kernels import conv_blocks
from neuralzoo.kernels.conv_blocks import Geometry
from neuralzoo.kernels.convolution import convolve, convolve_transposed, out_space, plain_convolve, plain_spread


class Case(NamedTuple):
    batch: int
    space: tuple[int, ...]
    fan: int
    size: tuple[int, ...]
    out: int
    geometry: Geometry
    block: int
    seed: int

    @property
    def counts(self):
        return out_space(self.space, self.size, *self.geometry[:3])

    def arrays(self):
        draw = np.random.default_rng(self.seed).standard_normal
        channels = self.fan * self.geometry.groups
        x, kernel = draw((self.batch, *self.space, channels)), draw((*self.size, self.fan, self.out))
        return tuple(jnp.asarray(a, jnp.float32) for a in (x, kernel, draw((self.batch, *self.counts, self.out))))

    @property
    def options(self):
        return self.geometry._asdict()


@st.composite
def cases(draw, dimensions=(1, 2, 3)):
    n = draw(st.sampled_from(dimensions))
    few = st.integers(1, 3)
    size, strides, dilation = (tuple(draw(few) for _ in range(n)) for _ in range(3))
    padding = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(n))
    least = [max(1, (k - 1) * d + 1 - sum(p)) for k, d, p in zip(size, dilation, padding, strict=True)]
    space = tuple(low + draw(st.integers(0, 5)) for low in least)
    groups, fan = draw(st.sampled_from([(1, 1), (1, 3), (1, 17), (2, 2), (3, 1), (2, 1)]))
    geometry = Geometry(strides, padding, dilation, groups)
    block = draw(st.sampled_from([1, 2000, conv_blocks.BLOCK]))
    return Case(draw(st.integers(1, 5)), space, fan, size, groups * draw(few), geometry, block, draw(st.integers(0, 99)))


def _taps(case):
    """Each tap, with the cells of the padded image it meets."""
    for tap in itertools.product(*map(range, case.size)):
        steps = zip(tap, case.geometry.dilation, case.geometry.strides, case.counts, strict=True)
        yield tap, (slice(None), *[slice(t * d, t * d + (n - 1) * s + 1, s) for t, d, s, n in steps])


def reference(case, x, kernel, y):
    """The convolution of x, and the gradients of ⟨convolution, y⟩ with respect to x and to the kernel, in double precision."""
    groups = case.geometry.groups
    x, kernel, y = (np.asarray(a, np.float64).reshape(*a.shape[:-1], groups, -1) for a in (x, kernel, y))
    around = [(0, 0), *case.geometry.padding, (0, 0), (0, 0)]
    wide, made = np.pad(x, around), np.zeros_like(y)
    to_x, to_kernel = np.zeros_like(wide), np.zeros_like(kernel)
    for tap, cells in _taps(case):
        made += np.einsum("...gi,igo->...go", wide[cells], kernel[tap])
        to_x[cells] += np.einsum("...go,igo->...gi", y, kernel[tap])
        to_kernel[tap] = np.einsum("ngi,ngo->igo", wide[cells].reshape(-1, groups, case.fan), y.reshape(-1, groups, y.shape[-1]))
    inside = tuple(slice(low, low + n) for (low, _), n in zip(case.geometry.padding, case.space, strict=True))
    return [a.reshape(*a.shape[:-2], -1) for a in (made, to_x[:, *inside], to_kernel)]


def close(got, expected):
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * max(1.0, float(np.abs(b).max())))


def value_and_pullback(function, case):
    x, kernel, y = case.arrays()

    @jax.jit
    def run(x, kernel, y):
        made, pull = jax.vjp(function, x, kernel)
        return made, *pull(y)

    with mock.patch.object(conv_blocks, "BLOCK", case.block):
        return run(x, kernel, y)


def check_products(case):
    close(value_and_pullback(partial(convolve, **case.options), case), reference(case, *case.arrays()))


@settings(max_examples=15, deadline=None)
@given(cases())
def test_by_products_value_and_gradients_are_the_sums_over_taps(case):
    check_products(case)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(cases())
def test_by_products_value_and_gradients_are_the_sums_over_taps_for_hundreds_of_shapes(case):
    check_products(case)


@settings(max_examples=8, deadline=None)
@given(cases())
def test_by_the_compiler_value_and_gradients_are_the_sums_over_taps(case):
    close(value_and_pullback(lambda x, k: plain_convolve(x, k, case.geometry), case), reference(case, *case.arrays()))


@settings(max_examples=8, deadline=None)
@given(cases(), st.booleans())
def test_the_transposed_convolution_and_its_gradients_are_the_sums_over_taps(case, plain):
    x, kernel, y = case.arrays()
    spread = partial(plain_spread, geometry=case.geometry) if plain else partial(convolve_transposed, **case.options)

    @jax.jit
    def run(y, kernel, x):
        made, pull = jax.vjp(partial(spread, space=case.space), y, kernel)
        return made, *pull(x)

    with mock.patch.object(conv_blocks, "BLOCK", case.block):
        to_x, to_y, to_kernel = run(y, kernel, x)
    made, expected, expected_kernel = reference(case, x, kernel, y)
    close((to_x, to_y, to_kernel), (expected, made, expected_kernel))


@settings(max_examples=3, deadline=None)
@given(cases(dimensions=(1, 2)))
def test_a_penalty_on_the_gradient_can_be_learned(case):
    x, kernel, _ = case.arrays()

    def penalty(function, kernel, x):
        slope = jax.grad(lambda x: jnp.tanh(function(x, kernel)).sum())(x)
        return (slope**2).sum()

    ours = jax.jit(jax.grad(partial(penalty, partial(convolve, **case.options)), (0, 1)))
    theirs = jax.jit(jax.grad(partial(penalty, lambda x, k: plain_convolve(x, k, case.geometry)), (0, 1)))
    close(ours(kernel, x), theirs(kernel, x))


PLAIN = Case(5, (6, 7), 2, (3, 3), 4, Geometry((1, 1), ((1, 1), (0, 1)), (1, 1)), 2000, 0)


@pytest.mark.parametrize("relu", [False, True])
def test_the_bias_and_the_rectifier_are_applied_to_every_cell(relu):
    x, kernel, y = PLAIN.arrays()
    bias = jnp.array([0.5, -1.0, 2.0, 0.0])

    def apart(x, kernel, bias):
        made = convolve(x, kernel, **PLAIN.options) + bias
        return jax.nn.relu(made) if relu else made

    together = partial(lambda x, k, b: convolve(x, k, **PLAIN.options, bias=b, relu=relu))
    with mock.patch.object(conv_blocks, "BLOCK", PLAIN.block):
        ours, theirs = (jax.vjp(f, x, kernel, bias) for f in (together, apart))
    close((ours[0], *ours[1](y)), (theirs[0], *theirs[1](y)))


def test_a_network_of_its_own_for_each_image_by_vmap():
    x, kernel, _ = PLAIN.arrays()
    kernels = jnp.stack([kernel, 2 * kernel, -kernel, kernel + 1, kernel * 0])
    with mock.patch.object(conv_blocks, "BLOCK", 1):
        every = jax.vmap(lambda x, k: convolve(x[None], k, **PLAIN.options)[0])(x, kernels)
    one = [convolve(x[i : i + 1], kernels[i], **PLAIN.options)[0] for i in range(5)]
    close([every], [np.stack(one)])


@pytest.mark.parametrize(("dtype", "tolerance"), [(jnp.bfloat16, 0.05), (jnp.float16, 0.005)])
def test_short_floats_keep_their_type(dtype, tolerance):
    x, kernel, y = PLAIN.arrays()
    made = convolve(jnp.asarray(x, dtype), jnp.asarray(kernel, dtype), **PLAIN.options)
    assert made.dtype == dtype
    expected = reference(PLAIN, x, kernel, y)[0]
    np.testing.assert_allclose(made.astype(jnp.float32), expected, atol=tolerance * np.abs(expected).max())


def test_double_precision_is_kept():
    x, kernel, y = PLAIN.arrays()
    with jax.enable_x64(True):
        made = convolve(jnp.asarray(x, jnp.float64), jnp.asarray(kernel, jnp.float64), **PLAIN.options)
        np.testing.assert_allclose(made, reference(PLAIN, x, kernel, y)[0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"strides": (0, 1)}, "strides"), ({"dilation": (4, 1)}, "does not fit"), ({"dilation": (0, 1)}, "dilation")],
)
def test_a_window_that_does_not_fit_is_refused(change, words):
    x, kernel, _ = PLAIN.arrays()
    with pytest.raises(ShapeError, match=words):
        convolve(x, kernel, **(PLAIN.options | change))


def test_channels_that_do_not_fit_are_refused():
    x, kernel, y = PLAIN.arrays()
    with pytest.raises(ShapeError, match="channels"):
        convolve(x[..., :1], kernel, **PLAIN.options)
    with pytest.raises(ShapeError, match="channels"):
        convolve(x, kernel[:, :, :1, :3], **(PLAIN.options | {"groups": 2}))
    with pytest.raises(ShapeError, match="images"):
        convolve_transposed(y, kernel, **PLAIN.options, space=(9, 9))
