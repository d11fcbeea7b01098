"""pandas, loaded at first use so that commands start fast. To the type checker it is `Any`: its own unions fit no call."""

import importlib
from typing import Any, TypeAlias

DataFrame: TypeAlias = Any  # pandas.DataFrame
Series: TypeAlias = Any  # pandas.Series


def load_pandas() -> Any:
    """The module `pandas`."""
    return importlib.import_module("pandas")
