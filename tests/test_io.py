"""A file gives back exactly what was written, is never half written, and never does harm."""

import math
import os

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors.numpy import load_file

from neuralzoo.core.activations import SmeLU, activations
from neuralzoo.core.errors import ArgumentError, DataError, FormatError
from neuralzoo.core.record import Record, param, part, state
from neuralzoo.core.regularizers import L2
from neuralzoo.io import file, functions, read, write
from neuralzoo.layers import Chain, Dense, Dropout, Layer, Residual
from neuralzoo.learn.losses import MeanSquaredError


class Odd(Layer):
    """Fields of every sort."""

    text: str = 'ä€𝄞\ud800\n"'
    numbers: tuple = (0.1, -0.0, 1e-320, 2**70, math.inf, (None, True, ()))
    inner: L2 = L2(1 / 3)
    kind: type = SmeLU
    act: object = SmeLU(2.0)
    pair: tuple[Layer, ...] = part(default=())
    tree: object = param()
    mean: object = state()


def round_trip(value, folder):
    write(folder / "a.nz", {"value": value})
    return read(folder / "a.nz")["value"]


def same(a, b):
    """Equal in value, in type and in every bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return repr(a) == repr(b)


@pytest.fixture
def net():
    layers = [Dense(3, activation="tanh", kernel_regularizer=L2(0.1)), Residual([Dense(3), Dropout(0.5)], name="r")]
    return Chain(layers).build(jax.ShapeDtypeStruct((1, 4), jnp.float32), jax.random.key(0))


@pytest.fixture
def saved(net, tmp_path):
    write(tmp_path / "net.nz", {"net": net, "note": {"é": [1, 0.5, math.nan]}})
    return tmp_path / "net.nz"


# -- what comes back ----------------------------------------------------------------------------------------------------

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers() | st.none(), inner),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(plain)
def test_any_tree_of_plain_values_comes_back_with_its_types(tmp_path_factory, value):
    assert same(round_trip(value, tmp_path_factory.getbasetemp()), value)


ARRAYS = {
    **{dtype: np.arange(6).reshape(2, 3).astype(dtype) for dtype in ("bool", "int8", "uint16", "int64", "float16", "float64", "complex64")},
    **{dtype: np.arange(6).astype(getattr(ml_dtypes, dtype)) for dtype in ("bfloat16", "float8_e4m3fn", "float8_e5m2")},
    "no axes": np.array(2.5, np.float32),
    "no elements": np.zeros((0, 3), np.float32),
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "a view with steps": np.arange(12.0)[::-2],
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_comes_back_bit_for_bit(name, tmp_path):
    assert same(round_trip(ARRAYS[name], tmp_path), np.ascontiguousarray(ARRAYS[name]).reshape(ARRAYS[name].shape))


def test_a_big_endian_array_keeps_its_values(tmp_path):
    np.testing.assert_array_equal(round_trip(np.arange(3, dtype=">i4"), tmp_path), np.arange(3))


def test_jax_arrays_and_numpy_arrays_are_told_apart(tmp_path):
    back = round_trip((jnp.ones(2, jnp.bfloat16), np.ones(2)), tmp_path)
    assert isinstance(back[0], jax.Array)
    assert back[0].dtype == jnp.bfloat16
    assert isinstance(back[1], np.ndarray)


@pytest.mark.parametrize("impl", ["threefry2x32", "rbg"])
def test_a_random_key_goes_on_with_the_same_numbers(impl, tmp_path):
    keys = jax.random.split(jax.random.key(7, impl=impl), 3)
    back = round_trip(keys, tmp_path)
    assert back.dtype == keys.dtype
    np.testing.assert_array_equal(jax.random.normal(back[1], (4,)), jax.random.normal(keys[1], (4,)))


def test_a_record_comes_back_with_every_sort_of_field(tmp_path):
    odd = Odd(pair=(Dense(2), Odd(name="x"))).set(tree={"a": jnp.ones(2), "b": (jnp.zeros(()), None)}, mean=jnp.arange(3))
    back = round_trip(odd, tmp_path)
    assert back == odd
    assert hash(back) == hash(odd)
    assert same(back.numbers, odd.numbers)
    assert back.kind is SmeLU
    assert jax.tree.structure(back) == jax.tree.structure(odd)  # so no program is compiled again


def test_only_the_entries_asked_for_are_made(saved):
    assert set(read(saved, "note")) == {"note"}


def test_the_same_content_gives_the_same_bytes(saved, net, tmp_path):
    write(tmp_path / "again.nz", {"net": net, "note": {"é": [1, 0.5, math.nan]}})
    assert (tmp_path / "again.nz").read_bytes() == saved.read_bytes()


def test_other_programs_can_read_the_arrays_as_safetensors(saved, net):
    np.testing.assert_array_equal(load_file(saved)["net.layers.1.body.0.kernel"], net.layers[1].body[0].kernel)


def test_who_may_read_the_file_follows_the_umask_and_then_stays(tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "a.nz", {})
        (tmp_path / "plain").touch()
    finally:
        os.umask(before)
    assert (tmp_path / "a.nz").stat().st_mode == (tmp_path / "plain").stat().st_mode
    write(tmp_path / "a.nz", {"a": 1})
    assert (tmp_path / "a.nz").stat().st_mode == (tmp_path / "plain").stat().st_mode


# -- functions and classes ------------------------------------------------------------------------------------------------


def test_a_function_with_a_name_comes_back_as_itself(tmp_path, monkeypatch):
    def own(x):
        return x

    monkeypatch.setitem(activations, "own_activation", own)
    monkeypatch.setitem(functions, "own_function", np.sum)
    layers = [Dense(1, activation=f) for f in (own, np.sum, jax.nn.relu, jnp.tanh, activations["tanh"])]
    assert [layer.activation for layer in round_trip(layers, tmp_path)] == [layer.activation for layer in layers]


def test_a_function_without_a_name_is_refused_with_its_place(tmp_path):
    with pytest.raises(ArgumentError, match=r"(?s)where:  net\.layers\.1\.activation, in Dense\(units=2.*activations\.register"):
        write(tmp_path / "a.nz", {"net": Chain([Dense(1), Dense(2, activation=lambda x: x)])})
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("value", [{1, 2}, object(), 1j, np.array(["text"]), np.array([None]), b"bytes", np.ones(2, np.complex128)])
def test_what_a_file_cannot_hold_is_refused_with_its_place(value, tmp_path):
    with pytest.raises(ArgumentError, match=r"(?s)cannot be saved.*where:  a\.0.*remedy"):
        write(tmp_path / "a.nz", {"a": [value]})


def test_a_class_that_is_not_known_is_named_with_the_nearest(tmp_path, monkeypatch):
    write(tmp_path / "a.nz", {"net": Chain([Odd()])})
    monkeypatch.delitem(Record.kinds, "layer:Odd")
    monkeypatch.setitem(Record.kinds, "layer:Oddd", Dense)
    with pytest.raises(FormatError, match=r"(?s)class Odd, .*net\.layers\.0.*import or define it before loading.*'Oddd'"):
        read(tmp_path / "a.nz")


def test_two_classes_of_one_name_are_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(Record.kinds, "layer:Dense", Odd)
    with pytest.raises(ArgumentError, match="two classes layer:Dense"):
        write(tmp_path / "a.nz", {"net": Dense(1)})


# -- writing whole or not at all ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["save_file", "fsync", "replace"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), SafetensorError("I/O error"), KeyboardInterrupt(), MemoryError()]
)
def test_whatever_goes_wrong_the_old_file_survives_alone(step, error, saved, net, monkeypatch):
    def fail(*args):
        raise error

    before = saved.read_bytes()
    monkeypatch.setattr(file if step == "save_file" else os, step, fail)
    with pytest.raises(DataError if isinstance(error, OSError | SafetensorError) else type(error)):
        write(saved, {"net": net})
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_a_folder_that_is_missing_or_in_the_way_is_named(tmp_path):
    with pytest.raises(ArgumentError, match=r"(?s)no folder .*nowhere.*create it"):
        write(tmp_path / "nowhere" / "a.nz", {})
    with pytest.raises(ArgumentError, match=r"(?s)is a folder.*model\.nz"):
        write(tmp_path, {})


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.nz").write_bytes(b"old")
    try:
        (tmp_path / "link.nz").symlink_to(tmp_path / "real.nz")
    except OSError:
        pytest.skip("no symbolic links here")
    write(tmp_path / "link.nz", {"a": 1})
    assert (tmp_path / "link.nz").is_symlink()
    assert read(tmp_path / "real.nz") == {"a": 1}


def test_an_array_of_64_bits_is_not_rounded_silently(tmp_path):
    with jax.enable_x64(True):
        write(tmp_path / "a.nz", {"a": jnp.ones(2, jnp.float64)})
    with pytest.raises(FormatError, match="jax_enable_x64"):
        read(tmp_path / "a.nz")


def test_a_loss_is_no_layer_but_may_be_saved(tmp_path):
    assert round_trip(MeanSquaredError(), tmp_path) == MeanSquaredError()
