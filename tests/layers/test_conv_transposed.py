"""Row B14: the transposed convolution's sizes, its values, and that it is the adjoint of the convolution."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from convolving import built, each, images, size_of
from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.layers import Chain, Conv1D, Conv1DTranspose, Conv2D, Conv2DTranspose, Conv3D, Conv3DTranspose


def spread(y, kernel, strides, dilation, before, space):
    """Each value of y times the kernel, added to the cells of its window; `before` cells of the window lie outside at the start."""
    size, spans = kernel.shape[:-2], [(k - 1) * d + 1 for k, d in zip(kernel.shape[:-2], dilation, strict=True)]
    room = [(n - 1) * s + k for n, s, k in zip(y.shape[1:-1], strides, spans, strict=True)]
    whole = np.zeros((len(y), *(max(r, b + n) for r, b, n in zip(room, before, space, strict=True)), kernel.shape[-2]))
    for place in np.ndindex(*y.shape[1:-1]):
        for tap in np.ndindex(*size):
            cell = tuple(p * s + t * d for p, s, t, d in zip(place, strides, tap, dilation, strict=True))
            whole[:, *cell] += y[:, *place] @ kernel[tap].T
    return whole[:, *(slice(b, b + n) for b, n in zip(before, space, strict=True))]


GRID = [(n, k, s) for n in (1, 2, 5) for k in (1, 2, 3, 4) for s in (1, 2, 3)]


def test_the_size_of_the_output_follows_its_law():
    for n, k, s in GRID:
        assert size_of(Conv1DTranspose(1, k, strides=s), 1, n, 1)[1] == (n - 1) * s + max(k, s)
        assert size_of(Conv1DTranspose(1, k, strides=s, padding="same"), 1, n, 1)[1] == n * s


@pytest.mark.parametrize("more", [0, 1, 2])
def test_output_padding_makes_it_larger(more):
    for n, k, s in GRID:
        if more < s:
            assert size_of(Conv1DTranspose(1, k, strides=s, output_padding=more), 1, n, 1)[1] == (n - 1) * s + k + more
            cells = (n - 1) * s + k % 2 + more
            layer = Conv1DTranspose(1, k, strides=s, padding="same", output_padding=more)
            if cells > 0:
                assert size_of(layer, 1, n, 1)[1] == cells
            else:
                with pytest.raises(ShapeError, match="would have"):
                    size_of(layer, 1, n, 1)


def test_a_convolution_of_the_output_has_the_size_of_the_input():
    for n, k, s in GRID:
        for padding in ("valid", "same"):
            both = Chain([Conv1DTranspose(1, k, strides=s, padding=padding), Conv1D(1, k, strides=s, padding=padding)])
            assert size_of(both, 1, n, 1)[1] == n


@pytest.mark.parametrize(
    ("forth", "back", "space"),
    [
        (Conv1D(3, 4), Conv1DTranspose(2, 4), (9,)),
        (Conv1D(3, 3, dilation_rate=2, padding="same"), Conv1DTranspose(2, 3, dilation_rate=2, padding="same"), (9,)),
        (Conv2D(3, 3, strides=2), Conv2DTranspose(2, 3, strides=2), (7, 9)),
        (Conv2D(3, 3, strides=2), Conv2DTranspose(2, 3, strides=2, output_padding=(1, 0)), (8, 9)),
        (Conv2D(3, 4, strides=2, padding="same"), Conv2DTranspose(2, 4, strides=2, padding="same"), (8, 6)),
        (Conv2D(3, (3, 2), strides=(2, 3), padding="same"), Conv2DTranspose(2, (3, 2), strides=(2, 3), padding="same"), (8, 9)),
        (Conv2D(3, 3, strides=2, padding="same"), Conv2DTranspose(2, 3, strides=2, padding="same", output_padding=0), (7, 9)),
        (Conv2D(3, 5, strides=2, padding=2), Conv2DTranspose(2, 5, strides=2, padding=2), (9, 7)),
        (Conv2D(3, 3, padding=((1, 0), (0, 2))), Conv2DTranspose(2, 3, padding=((1, 0), (0, 2))), (5, 6)),
        (Conv3D(3, 2, strides=(1, 2, 1)), Conv3DTranspose(2, 2, strides=(1, 2, 1)), (3, 4, 5)),
    ],
    ids=str,
)
def test_the_transposed_convolution_is_the_adjoint(forth, back, space):
    x = images(2, *space, 2)
    forth = built(forth.set(use_bias=False), x)
    y = images(*forth(jnp.asarray(x)).shape)
    back = built(back.set(use_bias=False), y)
    assert back.kernel.shape == forth.kernel.shape
    ours = back.set(kernel=forth.kernel)(jnp.asarray(y))
    assert ours.shape == x.shape
    one, two = np.vdot(np.asarray(forth(jnp.asarray(x)), np.float64), y), np.vdot(x, np.asarray(ours, np.float64))
    norm = np.linalg.norm(x) * np.linalg.norm(ours)
    assert abs(one - two) < 1e-5 * norm


@pytest.mark.parametrize(
    ("layer", "before"),
    [
        (Conv1DTranspose(3, 3, strides=2), 0),
        (Conv1DTranspose(3, 2, strides=3, activation="relu"), 0),
        (Conv2DTranspose(3, 3, padding="same"), 1),
        (Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh"), 1),
        (Conv2DTranspose(3, 3, strides=2, padding="same"), 0),
        (Conv2DTranspose(3, (2, 3), strides=(1, 2), dilation_rate=(3, 1), use_bias=False), 0),
        (Conv2DTranspose(3, 3, strides=3, output_padding=2), 0),
        (Conv3DTranspose(3, 2, strides=2), 0),
    ],
    ids=str,
)
def test_it_adds_the_kernel_times_each_value_where_the_window_was(layer, before):
    n = layer.dimensions
    x = images(2, *(3, 4, 2)[:n], 2)
    layer = built(layer, x)
    y = layer(jnp.asarray(x))
    reference = spread(x, np.asarray(layer.kernel), each(layer.strides, n), each(layer.dilation_rate, n), (before,) * n, y.shape[1:-1])
    reference = reference + (0 if layer.bias is None else np.asarray(layer.bias))
    reference = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, None: lambda z: z}[layer.activation](reference)
    np.testing.assert_allclose(y, reference, rtol=1e-4, atol=1e-5)


def test_a_stride_that_divides_the_kernel_spreads_evenly_and_another_makes_a_checkerboard():
    """A. Odena, V. Dumoulin, C. Olah, "Deconvolution and checkerboard artifacts", Distill, 2016."""
    ones = jnp.ones((1, 8, 8, 1))
    for kernel, even in ((4, True), (3, False)):
        layer = Conv2DTranspose(1, kernel, strides=2, kernel_initializer="ones").build(ones, jax.random.key(0))
        inside = layer(ones)[0, 4:-4, 4:-4, 0]
        assert (len(np.unique(inside)) == 1) == even


@pytest.mark.parametrize(
    ("make", "shape", "words"),
    [
        (lambda: Conv2DTranspose(3, 3, strides=2, output_padding=2), None, ("output_padding=2", "smaller than the strides")),
        (lambda: Conv2DTranspose(3, 3, output_padding=-1), None, ("output_padding=-1", "0 or more")),
        (lambda: Conv1DTranspose(3, 3, padding="causal"), None, ("padding='causal'",)),
        (lambda: Conv2DTranspose(0, 3), None, ("filters=0",)),
        (lambda: Conv2DTranspose(3, 3, data_format="channels_first"), None, ("channels_first",)),
        (lambda: Conv2DTranspose(3, 3, padding=3), (1, 2, 2, 1), ("(-2, -2)", "less padding")),
        (lambda: Conv2DTranspose(3, 3), (5, 49), ("(5, 49)", "Reshape((7, 7, 1))")),
    ],
)
def test_what_cannot_work_is_refused_with_a_remedy(make, shape, words):
    with pytest.raises(ShapeError if shape else ArgumentError) as caught:
        size_of(make(), *shape)
    assert caught.value.remedy
    for word in words:
        assert word in str(caught.value)
