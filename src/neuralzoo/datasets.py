"""Data sets under Keras's names: `from neuralzoo.datasets import mnist; mnist.load_data()`."""

from neuralzoo.data.keras_style import cifar10, cifar10_subset, cora, fashion_mnist, karate_club, mnist, tinyshakespeare

__all__ = ["cifar10", "cifar10_subset", "cora", "fashion_mnist", "karate_club", "mnist", "tinyshakespeare"]
