"""Data sets under Keras's names: `mnist.load_data()`. Public as `neuralzoo.datasets`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from neuralzoo.core.errors import DataError
from neuralzoo.data import files, stored
from neuralzoo.data.fetch import find_file
from neuralzoo.data.karate import load_karate_club

T = TypeVar("T")


@dataclass(frozen=True)
class Named(Generic[T]):
    """A data set whose `load_data()` returns plain arrays."""

    name: str
    load_data: Callable[[], T]


def _cifar10() -> stored.Four:
    try:
        (x, y), (x_test, y_test) = stored.read_cifar10()
    except DataError as error:
        if find_file("cifar10_subset.npz") is None or find_file(files.CIFAR10.path) is not None:
            raise
        raise DataError(error.what, where=error.where, remedy=f"{error.remedy}. A part is here: cifar10_subset.load_data()") from None
    return (x, y[:, None]), (x_test, y_test[:, None])  # Keras gives these labels as a column


def _cifar10_subset() -> stored.Four:
    held = stored.read_npz("cifar10_subset.npz", "cifar10_subset")
    return (held["x_train"], held["y_train"][:, None]), (held["x_test"], held["y_test"][:, None])


mnist = Named("mnist", lambda: stored.read_idx_pairs(files.MNIST, "mnist"))
fashion_mnist = Named("fashion_mnist", lambda: stored.read_idx_pairs(files.FASHION_MNIST, "fashion_mnist"))
cifar10 = Named("cifar10", _cifar10)
cifar10_subset = Named("cifar10_subset", _cifar10_subset)
tinyshakespeare = Named("tinyshakespeare", stored.tinyshakespeare)
cora = Named("cora", stored.cora)
karate_club = Named("karate_club", load_karate_club)
