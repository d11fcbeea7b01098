"""Named data sets that are read from files; each function finds its files by `fetch`."""

import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neuralzoo.core.errors import DataError
from neuralzoo.data import files
from neuralzoo.data.dataset import Dataset, dataset_from_arrays, dataset_from_table
from neuralzoo.data.fetch import RemoteFile, fetch
from neuralzoo.data.idx import read_idx

Four = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
FASHION = ("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
BEATS = (
    "normal",
    "R-on-T premature ventricular contraction",
    "premature ventricular contraction",
    "supraventricular premature or ectopic beat",
    "unclassified",
)


def read_idx_pairs(group: tuple[RemoteFile, ...], name: str) -> Four:
    """((x_train, y_train), (x_test, y_test)) of uint8 from the four idx files of MNIST or Fashion-MNIST."""
    paths = [fetch(file, name) for file in group]
    images = [read_idx(path, shape=(None, 28, 28)) for path in paths[::2]]
    labels = [read_idx(path, shape=(None,)) for path in paths[1::2]]
    for x, y, path in zip(images, labels, paths[::2], strict=True):
        if len(x) != len(y):
            raise DataError(f"{len(x)} images and {len(y)} labels", where=str(path), remedy="fetch both files again")
    return (images[0], labels[0]), (images[1], labels[1])


def read_cifar10() -> Four:
    """((x_train, y_train), (x_test, y_test)): x uint8 (n, 32, 32, 3), y uint8 (n,), from the official binary archive."""
    path = fetch(files.CIFAR10, "cifar10")
    parts: dict[str, np.ndarray] = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.name.endswith(".bin") else None
                if stream:
                    parts[Path(member.name).stem] = np.frombuffer(stream.read(), np.uint8).reshape(-1, 3073)
        batches = np.concatenate([parts[f"data_batch_{k}"] for k in range(1, 6)])
        test = parts["test_batch"]
    except (OSError, EOFError, ValueError, KeyError, tarfile.TarError) as error:
        raise DataError(f"the archive is damaged: {error}", where=str(path), remedy="remove the file and fetch it again") from error
    (x, y), (x_test, y_test) = (
        (np.ascontiguousarray(b[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)), b[:, 0].copy()) for b in (batches, test)
    )
    return (x, y), (x_test, y_test)


def read_npz(path: str, name: str) -> dict[str, np.ndarray]:
    """All arrays of an NPZ file of the data folder."""
    found = fetch(files.local(path), name)
    try:
        with found.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise DataError(f"the file is damaged: {error}", where=str(found), remedy="replace the file") from error


def mnist(seed: int = 0) -> Dataset:
    return _with_test("mnist", read_idx_pairs(files.MNIST, "mnist"), "images", "digit")


def fashion_mnist(seed: int = 0) -> Dataset:
    return _with_test("fashion_mnist", read_idx_pairs(files.FASHION_MNIST, "fashion_mnist"), "images", "garment", FASHION)


def fashion_mnist_subset(seed: int = 0) -> Dataset:
    held = read_npz("fashion_mnist_subset.npz", "fashion_mnist_subset")
    return _whole("fashion_mnist_subset", held["images"], held["labels"], "images", "garment", FASHION)


def cifar10(seed: int = 0) -> Dataset:
    return _with_test("cifar10", read_cifar10(), "images", "object", CIFAR)


def cifar10_subset(seed: int = 0) -> Dataset:
    held = read_npz("cifar10_subset.npz", "cifar10_subset")
    pairs = (held["x_train"], held["y_train"]), (held["x_test"], held["y_test"])
    return _with_test("cifar10_subset", pairs, "images", "object", CIFAR)


def orl_faces(seed: int = 0) -> Dataset:
    held = read_npz("orl_faces.npz", "orl_faces")
    made = _whole("orl_faces", held["images"], held["subject"], "images", "subject")
    return replace(made, test_rows=np.flatnonzero(held["index"] > 5))


def cmu_faces(seed: int = 0) -> Dataset:
    held = read_npz("cmu_faces.npz", "cmu_faces")
    made = _whole("cmu_faces", held["images"], held["pose"], "images", "pose")
    tests = np.sort(np.concatenate([held["split_all_test1"], held["split_all_test2"]]).astype(int))
    return replace(made, test_rows=tests)


def ecg5000(seed: int = 0) -> Dataset:
    held = read_npz("ecg5000.npz", "ecg5000")
    pairs = (held["x_train"][..., None], held["y_train"] - 1), (held["x_test"][..., None], held["y_test"] - 1)
    return _with_test("ecg5000", pairs, "sequences", "beat", BEATS)


def basic_motions(seed: int = 0) -> Dataset:
    held = read_npz("basic_motions.npz", "basic_motions")
    x, x_test = (held[key].transpose(0, 2, 1) for key in ("x_train", "x_test"))
    classes = tuple(str(c) for c in held["classes"])
    return _with_test("basic_motions", ((x, held["y_train"]), (x_test, held["y_test"])), "sequences", "motion", classes)


def influenza_1978(seed: int = 0) -> Dataset:
    from neuralzoo.data.tables import read_table

    path = fetch(files.local("influenza_england_1978_school.csv"), "influenza_1978")
    made = dataset_from_table(read_table(path), target="in_bed", task="regression", time="day", name="influenza_1978", source=str(path))
    return replace(made, target_reason="the data set defines it")


def uci(name: str, seed: int = 0) -> Dataset:
    """A UCI regression set with the first of its 20 fixed splits; `uci_splits` gives them all."""
    held = read_npz(f"uci_regression/{name}.npz", name)
    made = _whole(name, held["x"], held["y"], "table", "y", task="regression")
    return replace(made, test_rows=np.flatnonzero(held["test"][0]), notes=("the test rows are those of the first of 20 fixed splits",))


def uci_splits(name: str) -> np.ndarray:
    """bool (20, n): row s marks the test rows of split s."""
    return read_npz(f"uci_regression/{name}.npz", name)["test"]


def tinyshakespeare() -> str:
    """1 115 394 characters of Shakespeare, 65 different ones."""
    return fetch(files.TINYSHAKESPEARE, "tinyshakespeare").read_text(encoding="ascii")


def cora() -> dict[str, np.ndarray]:
    """x float32 (2708, 1433) of 0 and 1, y (2708,), edges (5278, 2) undirected, train_idx, val_idx and test_idx."""
    held = read_npz("cora.npz", "cora")
    x = np.zeros(tuple(held["x_shape"]), np.float32)
    x[np.repeat(np.arange(len(x)), np.diff(held["x_indptr"])), held["x_indices"]] = 1
    rest: dict[str, Any] = {key: held[key].astype(np.int64) for key in ("y", "edges", "train_idx", "val_idx", "test_idx")}
    return {"x": x, **rest}


def _whole(
    name: str, x: np.ndarray, y: np.ndarray, kind: str, target: str, classes: tuple[str, ...] = (), task: str = "classification"
) -> Dataset:
    labels = np.array(classes)[y] if classes else y
    made = dataset_from_arrays(x, labels, kind=kind, task=task, name=name, source="the data folder")
    return replace(made, target=target, target_reason="the data set defines it", class_names=classes)


def _with_test(name: str, pairs: Four, kind: str, target: str, classes: tuple[str, ...] = ()) -> Dataset:
    (x, y), (x_test, y_test) = pairs
    made = _whole(name, np.concatenate([x, x_test]), np.concatenate([y, y_test]), kind, target, classes)
    return replace(made, test_rows=np.arange(len(x), len(x) + len(x_test)))
