"""Files that are damaged, foreign, hostile or from another version: each is told apart, and none does harm."""

import json
import os
import pickle
import zipfile
from contextlib import suppress

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import save_file

from neuralzoo.core.errors import FormatError
from neuralzoo.io import FORMAT_VERSION, file, migrations, read, write
from neuralzoo.layers import Chain, Dense, Residual


def parts(path):
    """The JSON document, the tensor table and the body of a file."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    table = json.loads(data[8 : 8 + length])
    return json.loads(table.pop("__metadata__")["neuralzoo"]), table, data[8 + length :]


def forge(path, document, table=None, body=None, sign=True):
    """Write a file with a right checksum, whatever is in it."""
    _, old_table, old_body = parts(path) if path.exists() else ({}, {}, b"")
    table, body = old_table if table is None else table, old_body if body is None else body
    document.pop("sha256", None)
    if sign:
        types = {"F32": np.float32}
        arrays = {n: np.frombuffer(body[slice(*t["data_offsets"])], types[t["dtype"]]).reshape(t["shape"]) for n, t in table.items()}
        document = {**document, "sha256": file._digest(document, arrays)}
    header = json.dumps({"__metadata__": {"neuralzoo": json.dumps(document)}, **table}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + body)


@pytest.fixture
def net():
    return Chain([Dense(3), Residual([Dense(3)])]).build(jax.ShapeDtypeStruct((1, 4), jnp.float32), jax.random.key(0))


@pytest.fixture
def saved(net, tmp_path):
    write(tmp_path / "net.nz", {"net": net, "note": 1})
    return tmp_path / "net.nz"


# -- versions -----------------------------------------------------------------------------------------------------------


def test_a_file_of_a_later_format_asks_for_an_upgrade(saved):
    forge(saved, {**parts(saved)[0], "format_version": FORMAT_VERSION + 1, "neuralzoo_version": "9.9"})
    with pytest.raises(FormatError, match=r"(?s)neuralzoo 9\.9 wrote this in format 2.*pip install --upgrade"):
        read(saved)


def test_an_earlier_format_goes_through_its_migration(saved, monkeypatch):
    monkeypatch.setattr(file, "FORMAT_VERSION", 2)
    monkeypatch.setitem(migrations, 1, lambda content: {"moved": content["note"]})
    assert set(read(saved)) == {"moved"}


def test_a_field_from_a_later_version_asks_for_an_upgrade(saved):
    document = parts(saved)[0]
    document["content"]["net"]["layer:Chain"]["flow"] = 1
    forge(saved, document)
    with pytest.raises(FormatError, match=r"(?s)Chain has no field 'flow'.*upgrade"):
        read(saved)


def test_a_field_that_the_file_lacks_takes_its_default(saved, net):
    document = parts(saved)[0]
    del document["content"]["net"]["layer:Chain"]["layers"]["tuple"][0]["layer:Dense"]["use_bias"]
    forge(saved, document)
    assert read(saved)["net"] == net


# -- damaged ---


def test_a_file_cut_off_anywhere_is_refused(tmp_path):
    write(tmp_path / "a.nz", {"a": np.arange(4), "text": "x"})
    data = (tmp_path / "a.nz").read_bytes()
    for length in range(len(data)):
        (tmp_path / "b.nz").write_bytes(data[:length])
        with pytest.raises(FormatError, match=r"b\.nz"):
            read(tmp_path / "b.nz")


def test_a_file_with_bytes_too_many_is_refused(saved):
    saved.write_bytes(saved.read_bytes() + b"\0")
    with pytest.raises(FormatError, match="1 bytes too many"):
        read(saved)


def test_no_flipped_bit_changes_what_is_read(tmp_path):
    content = {"net": Dense(1).set(kernel=jnp.array([[0.5]])), "text": "é", "n": [1e-7, 12]}
    write(tmp_path / "a.nz", content)
    data = bytearray((tmp_path / "a.nz").read_bytes())
    for place in range(len(data)):
        data[place] ^= 1 << place % 8
        (tmp_path / "b.nz").write_bytes(data)
        data[place] ^= 1 << place % 8
        with suppress(FormatError):
            assert read(tmp_path / "b.nz") == content  # e for E in a number is no change


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


def make_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")


FOREIGN = {
    "missing": (lambda path: None, "no such file"),
    "empty": (lambda path: path.touch(), "empty"),
    "folder": (lambda path: path.mkdir(), "folder"),
    "zip": (make_zip, r"zip.*\.keras"),
    "hdf5": (lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100)), r"HDF5"),
    "pickle": (lambda path: path.write_bytes(pickle.dumps(Bomb())), "pickle, which is never opened"),
    "numpy": (lambda path: path.write_bytes(b"\x93NUMPY\x01\x00v\x00{'descr': '<f8'}"), "NumPy"),
    "text": (lambda path: path.write_text("epoch,loss\n1,0.5\n"), "not a neuralzoo file"),
    "json": (lambda path: path.write_text('{"a": 1, "b": [2, 3]}'), "not a neuralzoo file"),
    "safetensors": (lambda path: save_file({"a": np.ones(3)}, path, {"format": "pt"}), "another program"),
    "bare safetensors": (lambda path: save_file({"a": np.ones(3)}, path), "another program"),
}


@pytest.mark.parametrize("sort", FOREIGN)
def test_a_foreign_file_is_named_for_what_it_is(sort, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make, message = FOREIGN[sort]
    make(tmp_path / "thing.nz")
    with pytest.raises(FormatError, match=rf"(?s){message}.*where:  .*thing\.nz.*remedy") as caught:
        read(tmp_path / "thing.nz")
    assert caught.value.remedy
    assert not (tmp_path / "exploded").exists()


def test_a_forgotten_ending_is_suggested(saved):
    with pytest.raises(FormatError, match=r"net\.nz: did you mean that"):
        read(saved.with_suffix(""))


deep = json.loads('{"tuple":[' * 400 + "1" + "]}" * 400)
HOSTILE = {
    "a loss for a layer": {"layer:Chain": {"layers": {"tuple": [{"loss:MeanSquaredError": {}}]}}},
    "a number for a layer": {"layer:Chain": {"layers": {"tuple": [1]}}},
    "a layer for a regularizer": {"layer:Dense": {"units": 1, "kernel_regularizer": {"layer:Dense": {"units": 1}}}},
    "a list for a number": {"layer:Dense": {"units": [1]}},
    "text for an array": {"layer:Dense": {"units": 1, "kernel": "abc"}},
    "a field that is missing": {"layer:Dense": {}},
    "a dunder": {"layer:Dense": {"units": 1, "__class__": {"class": "layer:Chain"}}},
    "a method": {"layer:Dense": {"units": 1, "build": 1}},
    "a module for a class": {"os:system": {}},
    "a class of no family": {"class": "os.system"},
    "a function of a module": {"function": ["os", "system"]},
    "a function that is not there": {"function": ["activation", "__init__"]},
    "a pickle": {"py/reduce": ["os.system", "x"]},
    "an object of two keys": {"tuple": [], "dict": []},
    "an empty object": {},
    "an array that is not there": {"array": "b"},
    "an array used twice": [{"array": "a"}, {"array": "a"}],
    "an array named by a list": {"array": ["a"]},
    "a tuple of text": {"tuple": "abc"},
    "a dictionary of numbers": {"dict": [1]},
    "a key that cannot be one": {"dict": [[[], 1]]},
    "a number that is none": {"float": "1e400"},
    "a random key of no generator": {"key": ["a", "mersenne"]},
    "a shape below zero": {"spec": [[-1], "float32"]},
    "a type of objects": {"spec": [[1], "object"]},
    "a record of text": {"layer:Dense": "abc"},
}


@pytest.mark.parametrize("sort", HOSTILE)
def test_hostile_content_is_refused(sort, tmp_path):
    document = {"format_version": 1, "neuralzoo_version": "0", "content": {"net": HOSTILE[sort]}}
    forge(tmp_path / "a.nz", document, {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, bytes(4))
    with pytest.raises(FormatError, match=r"a\.nz, net"):
        read(tmp_path / "a.nz")


def nested(depth, sign=True):
    return '{"__metadata__":{"neuralzoo":' + json.dumps('{"format_version":1,"content":' + "[" * depth + "]" * depth + "}") + "}}"


def doubled(text):
    return json.dumps({"__metadata__": {"neuralzoo": text}})


HEADERS = {
    "nested 100000 deep": nested(100_000),
    "nested 100000 deep outside": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "a key twice": '{"__metadata__":{"neuralzoo":"{}"},"__metadata__":{}}',
    "a key twice inside": doubled('{"format_version":1,"format_version":2}'),
    "NaN": doubled('{"format_version":NaN}'),
    "a version of text": doubled('{"format_version":"1"}'),
    "a version of true": doubled('{"format_version":true}'),
    "a version below one": doubled('{"format_version":0}'),
    "no content": doubled('{"format_version":1}'),
    "a list": doubled("[1]"),
    "no text": '{"__metadata__":{"neuralzoo":7}}',
    "metadata of text": '{"__metadata__":"neuralzoo"}',
    "a number of 10000 digits": doubled('{"format_version":' + "9" * 10_000 + "}"),
    "not UTF-8": "{\xff\xfe}",
}


@pytest.mark.parametrize("sort", HEADERS)
def test_a_hostile_header_is_refused(sort, tmp_path):
    header = HEADERS[sort].encode("latin-1")
    (tmp_path / "a.nz").write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(FormatError, match=r"a\.nz"):
        read(tmp_path / "a.nz")


def tensor(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


TABLES = {
    "a shape of terabytes": {"a": tensor([10**6, 10**6], 0, 8)},
    "terabytes that are not there": {"a": tensor([10**12], 0, 4 * 10**12)},
    "a shape below zero": {"a": tensor([-1, -2], 0, 8)},
    "a fractional shape": {"a": tensor([2.0], 0, 8)},
    "a shape of true": {"a": tensor([True, 2], 0, 8)},
    "offsets backwards": {"a": tensor([2], 8, 0)},
    "overlapping": {"a": tensor([2], 0, 8), "b": tensor([1], 4, 8)},
    "a gap": {"a": tensor([1], 4, 8)},
    "a type of no one": {"a": tensor([2], 0, 8, "O")},
    "no elements of a huge shape": {"a": tensor([2], 0, 8), "b": tensor([0, 10**30], 8, 8)},
    "a thousand axes": {"a": tensor([1] * 1000 + [2], 0, 8)},
    "an entry of text": {"a": "F32"},
    "too short": {"a": tensor([1], 0, 4)},
    "nothing": {},
}


@pytest.mark.parametrize("sort", TABLES)
def test_a_hostile_table_of_arrays_is_refused(sort, tmp_path):
    document = {"format_version": 1, "neuralzoo_version": "0", "content": {}, "sha256": ""}
    forge(tmp_path / "a.nz", document, TABLES[sort], bytes(8), sign=False)
    with pytest.raises(FormatError, match=r"a\.nz"):
        read(tmp_path / "a.nz")


@pytest.mark.parametrize("length", [2**64 - 1, 2**63, 10**12, 101 * 2**20, 10_000])
def test_a_huge_header_is_refused_unread(length, tmp_path):
    (tmp_path / "a.nz").write_bytes(length.to_bytes(8, "little") + b'{"a":1}')
    with pytest.raises(FormatError, match=r"a\.nz"):
        read(tmp_path / "a.nz")


def test_deep_trees_are_refused_rather_than_crash(tmp_path):
    document = {"format_version": 1, "neuralzoo_version": "0", "content": {"net": deep}}
    forge(tmp_path / "a.nz", document)
    with pytest.raises(FormatError, match=r"a\.nz"):
        read(tmp_path / "a.nz")
