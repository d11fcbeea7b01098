"""Data sets under Keras's names: `from neuralzoo.datasets import mnist; mnist.load_data()`."""

from neuralzoo.data.keras_style import *  # noqa: F403
