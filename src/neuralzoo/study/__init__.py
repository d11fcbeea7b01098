"""The main job of the library: `neuralzoo.study(data)`, its steps and what it leaves behind.

The package can be called like the function it is named after: whoever imports `neuralzoo.study.run` first, or never,
`neuralzoo.study(data)` runs a study.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neuralzoo.study.assess import Result as Result
    from neuralzoo.study.deploy import Deployed as Deployed
    from neuralzoo.study.deploy import open_study as open_study
    from neuralzoo.study.run import study as study

_HOMES = {"Deployed": "deploy", "Result": "assess", "open_study": "deploy", "study": "run"}

__all__ = ["Deployed", "Result", "open_study", "study"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"neuralzoo.study.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'neuralzoo.study' has no attribute {name!r}")


class _Study(ModuleType):
    """This package as a function."""

    @property
    def __call__(self) -> Any:
        return __getattr__("study")


sys.modules[__name__].__class__ = _Study
