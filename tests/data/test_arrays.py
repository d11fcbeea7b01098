"""NPZ files, idx files and folders of pictures."""

import gzip
import struct

import numpy as np
import pytest
from PIL import Image

from neuralzoo.core.errors import DataError
from neuralzoo.data.arrays import read_arrays
from neuralzoo.data.idx import read_idx
from neuralzoo.data.images import read_images


def save(folder, **arrays):
    np.savez(folder / "a.npz", **arrays)
    return folder / "a.npz"


@pytest.mark.parametrize("names", [("x", "y"), ("X", "y"), ("data", "target"), ("images", "labels"), ("x_train", "y_train")])
def test_inputs_and_targets_are_found_under_their_usual_names(tmp_path, names):
    found = read_arrays(save(tmp_path, **{names[0]: np.ones((4, 3)), names[1]: np.arange(4)}))
    assert found.x.shape == (4, 3)
    assert found.y is not None
    assert found.y.tolist() == [0, 1, 2, 3]


def test_official_test_rows_are_kept_apart(tmp_path):
    parts = {"x_train": np.zeros((5, 2)), "y_train": np.zeros(5), "x_test": np.ones((2, 2)), "y_test": np.ones((2, 1))}
    found = read_arrays(save(tmp_path, **parts))
    assert found.test_rows is not None
    assert found.test_rows.tolist() == [5, 6]
    assert found.x[found.test_rows].min() == 1


def test_one_hot_targets_become_classes(tmp_path):
    y = read_arrays(save(tmp_path, x=np.ones((3, 2)), y=np.eye(3))).y
    assert y is not None
    assert y.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.ones((4, 2)), "y": np.ones(3)}, "x has 4 rows and y has 3"),
        ({"x": np.array([[1.0], [np.inf]]), "y": np.ones(2)}, "infinite values in array 'x'"),
        ({"a": np.ones(2), "b": np.ones(2)}, "among the arrays a, b"),
        ({"x": np.ones((0, 2)), "y": np.ones(0)}, "has no rows"),
        ({"x": np.array([{}, 1], object), "y": np.ones(2)}, r"'x' holds Python objects[\s\S]*np.savez"),
        ({"x": np.ones((2, 2)), "y": np.ones((2, 3))}, "array 'y' has shape"),
        ({"x": np.ones((2, 2)) + 1j, "y": np.ones(2)}, "complex128"),
    ],
)
def test_bad_arrays_are_refused(tmp_path, arrays, message):
    with pytest.raises(DataError, match=message):
        read_arrays(save(tmp_path, **arrays))


def test_a_damaged_npz_is_refused(tmp_path):
    path = save(tmp_path, x=np.ones((4, 2)), y=np.ones(4))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match="no NPZ file, or a damaged one"):
        read_arrays(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(DataError, match="no NPZ file, or a damaged one"):
        read_arrays(path)


def idx(values: np.ndarray) -> bytes:
    return struct.pack(f">4B{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.astype(">u1").tobytes()


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_idx_is_read_packed_or_not(tmp_path, pack):
    values = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "a").write_bytes(pack(idx(values)))
    assert np.array_equal(read_idx(tmp_path / "a", shape=(None, 3, 4)), values)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"\1\2\3\4", "no idx file"),
        (idx(np.zeros((2, 3)))[:-1], "promises an array"),
        (idx(np.zeros((2, 3))) + b"x", "promises an array"),
        (idx(np.zeros((2, 3)))[:7], "within its header"),
        (gzip.compress(idx(np.zeros((20, 30))), mtime=0)[:-9], "cannot be unpacked"),
        (idx(np.zeros((2, 5))), "expected is"),
        (b"", "no idx file"),
    ],
)
def test_a_damaged_idx_is_refused(tmp_path, raw, message):
    (tmp_path / "a").write_bytes(raw)
    with pytest.raises(DataError, match=message):
        read_idx(tmp_path / "a", shape=(None, 3))


def picture(path, shape=(6, 5), colour=False, value=100, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*shape, 3) if colour else shape, value, np.uint8)).save(path, **options)


def test_folder_names_are_the_classes(tmp_path):
    for k in range(3):
        picture(tmp_path / "cat" / f"{k}.png", value=10)
        picture(tmp_path / "dog" / f"{k}.png", value=200)
    found = read_images(tmp_path)
    assert found.x.shape == (6, 6, 5, 1)
    assert found.x.dtype == np.uint8
    assert found.class_names == ("cat", "dog")
    assert found.y.tolist() == ["cat"] * 3 + ["dog"] * 3
    assert found.files[0] == "cat/0.png"
    assert found.x[0].max() == 10
    assert found.test_rows is None


def test_odd_sizes_and_colours_are_evened_out_and_said(tmp_path):
    for k in range(3):
        picture(tmp_path / "a" / f"{k}.png", colour=True)
    picture(tmp_path / "b" / "large.png", shape=(12, 10))
    (tmp_path / "c").mkdir()
    found = read_images(tmp_path)
    assert found.x.shape == (4, 6, 5, 3)
    said = " ".join(found.notes)
    assert "1 of 4 pictures are resized to 6 x 5" in said
    assert "1 grey pictures" in said
    assert "'c' holds no pictures" in said


def test_train_and_test_folders_give_the_official_test_rows(tmp_path):
    for side in ("train", "test"):
        picture(tmp_path / side / "a" / "1.png")
        picture(tmp_path / side / "b" / "1.png")
    found = read_images(tmp_path)
    assert found.test_rows is not None
    assert sorted(found.files[k] for k in found.test_rows) == ["test/a/1.png", "test/b/1.png"]
    assert found.class_names == ("a", "b")


def test_an_unreadable_picture_is_named(tmp_path):
    picture(tmp_path / "a" / "good.png")
    (tmp_path / "a" / "bad.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"cannot be read[\s\S]*bad\.png"):
        read_images(tmp_path)


def test_a_truncated_picture_is_named(tmp_path):
    path = tmp_path / "a" / "cut.png"
    path.parent.mkdir()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"cannot be read[\s\S]*cut\.png"):
        read_images(tmp_path)


def test_loose_pictures_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(DataError, match="no pictures in this folder"):
        read_images(tmp_path)
    picture(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"lie loose[\s\S]*<class>"):
        read_images(tmp_path)
