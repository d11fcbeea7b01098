"""Models, under Keras's names: `Model`, `Sequential`, `load_model`."""

from neuralzoo.train.model import Model as Model
from neuralzoo.train.saving import load as load_model
from neuralzoo.train.sequential import Sequential as Sequential

__all__ = ["Model", "Sequential", "load_model"]
