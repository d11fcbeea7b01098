"""What may stand after `neuralzoo study`, and where named data sets come from."""

import functools
import hashlib
import http.server
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.data import CATALOGUE, dataset_from_arrays, dataset_from_table, entry, open_dataset
from neuralzoo.data.fetch import RemoteFile, fetch
from neuralzoo.data.keras_style import cifar10, cora, mnist, tinyshakespeare

HOUSES = "town,area,price\nA,50,1.5\nB,70,2.5\nA,90,3.5\n"


@pytest.fixture
def houses(tmp_path):
    path = tmp_path / "houses.csv"
    path.write_text(HOUSES)
    return path


@pytest.fixture
def real(data_folder, monkeypatch):
    monkeypatch.setenv("NEURALZOO_DATA", str(data_folder))


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A machine without data: an empty data folder and an empty cache."""
    monkeypatch.setenv("NEURALZOO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "cache" / name)
    return tmp_path


def test_the_last_column_is_the_target_unless_one_is_called_so(houses):
    data = open_dataset(houses)
    assert (data.target, data.feature_names, data.kind) == ("price", ("town", "area"), "table")
    assert "last column" in data.target_reason
    assert data.y.tolist() == [1.5, 2.5, 3.5]
    named = dataset_from_table(pd.DataFrame({"Class": [1, 2], "z": [3, 4]}))
    assert named.target == "Class"
    assert "called 'Class'" in named.target_reason


def test_group_and_time_columns_are_taken_by_name(houses):
    data = open_dataset(str(houses), target="Price", group="town", time="area")
    assert data.target == "price"
    assert data.groups is not None
    assert data.times is not None
    assert data.groups.tolist() == ["A", "B", "A"]
    assert data.times.tolist() == [50, 70, 90]
    assert data.feature_names == ("area",)


@pytest.mark.parametrize("role", ["target", "group", "time"])
def test_a_wrong_column_name_gets_the_nearest_one(houses, role):
    with pytest.raises(ArgumentError, match=f"no {role} column 'aria'[\\s\\S]*Did you mean 'area'"):
        open_dataset(houses, **{role: "aria"})


def test_the_target_cannot_be_the_group(houses):
    with pytest.raises(ArgumentError, match="both the target and the group"):
        open_dataset(houses, target="town", group="town")


def test_a_time_column_without_times_is_refused(houses):
    with pytest.raises(DataError, match=r"neither numbers nor dates[\s\S]*row 1"):
        open_dataset(houses, time="town")


def test_an_unknown_name_gets_the_nearest_one_and_what_is_accepted():
    with pytest.raises(ArgumentError, match=r"'irsi'[\s\S]*NPZ file, a folder[\s\S]*Did you mean 'iris'"):
        open_dataset("irsi")


def test_an_unknown_task_gets_the_nearest_one():
    with pytest.raises(ArgumentError, match="Did you mean 'regression'"):
        open_dataset("iris", task="regresion")


def test_a_graph_is_no_matter_for_a_study():
    with pytest.raises(DataError, match=r"'cora' is a graph[\s\S]*load_data"):
        open_dataset("cora")


def test_arrays_tell_their_kind_by_their_axes(tmp_path):
    rng = np.random.default_rng(0)
    kinds = {
        "table": rng.normal(size=(9, 4)),
        "sequences": rng.normal(size=(9, 5, 2)),
        "images": rng.integers(0, 255, (9, 4, 4), np.uint8),
    }
    for kind, x in kinds.items():
        np.savez(tmp_path / f"{kind}.npz", x=x, y=np.arange(9) % 2)
        assert open_dataset(tmp_path / f"{kind}.npz").kind == kind
    with pytest.raises(ArgumentError, match="has arrays, not columns"):
        open_dataset(tmp_path / "table.npz", target="z")
    with pytest.raises(DataError, match="same n"):
        dataset_from_arrays(np.ones((3, 2)), np.ones(4))


def test_npz_without_targets_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.ones((3, 2)))
    with pytest.raises(DataError, match="no targets y"):
        open_dataset(tmp_path / "x.npz")


@pytest.mark.parametrize("name", [name for name, e in CATALOGUE.items() if not e.files and e.kind != "graph"])
def test_built_in_data_sets_open_anywhere(name):
    data = open_dataset(name)
    assert len(data) == len(data.features) >= 150
    assert data.task == entry(name).task
    again = open_dataset(name)
    assert np.array_equal(np.asarray(data.features), np.asarray(again.features))


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "xor", "gaussians", "sine", "friedman"])
def test_another_seed_draws_other_rows(name):
    assert not np.array_equal(open_dataset(name, seed=1).features, open_dataset(name, seed=2).features)


def test_a_named_table_takes_another_target():
    data = open_dataset("iris", target="petal width (cm)")
    assert data.task is None
    assert "class" in data.feature_names


SIZES = {
    "mnist": (70000, 10000),
    "cifar10_subset": (11000, 1000),
    "fashion_mnist_subset": (3615, None),
    "orl_faces": (400, 200),
    "cmu_faces": (624, 347),
    "ecg5000": (5000, 4500),
    "basic_motions": (80, 40),
    "influenza_1978": (14, None),
    "boston": (506, 51),
    "yacht": (308, 31),
}


@pytest.mark.parametrize("name", SIZES)
def test_stored_data_sets_have_their_published_sizes(name, real):
    data = open_dataset(name)
    rows, tests = SIZES[name]
    assert len(data) == len(data.features) == rows
    assert (None if data.test_rows is None else len(data.test_rows)) == tests
    assert entry(name).state == "here"


def test_mnist_loads_as_in_keras(real):
    (x, y), (x_test, y_test) = mnist.load_data()
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((60000, 28, 28), np.uint8, (60000,), np.uint8)
    assert (x_test.shape, y_test.shape) == ((10000, 28, 28), (10000,))
    assert np.bincount(y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert abs(x.mean() / 255 - 0.1307) < 1e-4


def test_cora_and_shakespeare_load_with_their_published_facts(real):
    held = cora.load_data()
    assert held["x"].shape == (2708, 1433)
    assert held["x"].sum() == 49216
    assert len(held["edges"]) == 5278
    assert len(set(tinyshakespeare.load_data())) == 65


def test_an_absent_file_names_the_places_and_the_remedy(alone):
    with pytest.raises(DataError) as caught:
        fetch(RemoteFile("some/file.npz"), "thing")
    said = str(caught.value)
    assert str(alone / "data" / "some" / "file.npz") in said
    assert "cache" in said
    assert "no address with a known checksum" in said
    assert "NEURALZOO_DATA" in said


@pytest.fixture
def server(tmp_path):
    """A mirror on this machine with one file."""
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "file.bin").write_bytes(b"content")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format, *args):  # noqa: A002
            pass

    host = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path / "mirror")))
    threading.Thread(target=host.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{host.server_address[1]}/"
    host.shutdown()
    host.server_close()


def test_a_download_is_checked_and_kept_in_the_cache(alone, server):
    file = RemoteFile("a/file.bin", f"sha256:{hashlib.sha256(b'content').hexdigest()}", (server + "absent.bin", server + "file.bin"))
    path = fetch(file, "thing")
    assert path == alone / "cache" / "neuralzoo" / "a" / "file.bin"
    assert path.read_bytes() == b"content"


def test_a_damaged_download_is_named_and_not_kept(alone, server):
    file = RemoteFile("file.bin", f"sha256:{'0' * 64}", (server + "file.bin",))
    with pytest.raises(DataError, match=r"does not have the checksum[\s\S]*neuralzoo data get thing"):
        fetch(file, "thing")
    assert not list((alone / "cache").rglob("*.bin"))


def test_no_server_is_a_data_error_too(alone, monkeypatch):
    monkeypatch.setattr("neuralzoo.data.fetch.TIMEOUT", 0.5)
    with pytest.raises(DataError, match=r"no connection|no answer"):
        fetch(RemoteFile("file.bin", f"sha256:{'0' * 64}", ("http://127.0.0.1:9/file.bin",)), "thing")


def test_cifar10_says_where_its_archive_should_lie(alone, monkeypatch):
    monkeypatch.setattr("neuralzoo.data.fetch._download", lambda file, url: "no network")
    with pytest.raises(DataError, match=r"cifar-10-binary\.tar\.gz"):
        cifar10.load_data()


def test_listing_the_data_sets_loads_neither_jax_nor_pandas():
    code = "import sys, neuralzoo.data; print([m for m in ('jax', 'pandas', 'sklearn') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
