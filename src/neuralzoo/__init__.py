"""neuralzoo: every network of the neural network zoo behind one front.

Importing this costs next to nothing; a name loads what it needs when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

from neuralzoo.version import __version__ as __version__

if TYPE_CHECKING:
    from neuralzoo.core.errors import NeuralzooError as NeuralzooError
    from neuralzoo.study.run import study as study
    from neuralzoo.train.model import Model as Model
    from neuralzoo.train.saving import load as load
    from neuralzoo.train.sequential import Sequential as Sequential

_HOMES = {  # public name → the module that holds it
    "Model": "neuralzoo.train.model",
    "NeuralzooError": "neuralzoo.core.errors",
    "Sequential": "neuralzoo.train.sequential",
    "load": "neuralzoo.train.saving",
    "study": "neuralzoo.study.run",
}
_MODULES = (
    "activations",
    "architectures",
    "callbacks",
    "datasets",
    "initializers",
    "inspect",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "regularizers",
    "sklearn",
    "text",
    "utils",
    "zoo",
)

__all__ = sorted([*_HOMES, *_MODULES, "__version__"])


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"neuralzoo.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'neuralzoo' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return __all__
