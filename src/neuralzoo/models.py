"""Models, under Keras's names: `Model`, `Sequential`, `load_model`; and transfer learning: `freeze`, `unfreeze`, `replace_head`."""

from neuralzoo.train.model import Model as Model
from neuralzoo.train.saving import load as load_model
from neuralzoo.train.sequential import Sequential as Sequential
from neuralzoo.train.transfer import freeze as freeze
from neuralzoo.train.transfer import replace_head as replace_head
from neuralzoo.train.transfer import unfreeze as unfreeze

__all__ = ["Model", "Sequential", "freeze", "load_model", "replace_head", "unfreeze"]
