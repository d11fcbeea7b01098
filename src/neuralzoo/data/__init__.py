"""Data: tables, pictures, arrays and named data sets, each opened as one `Dataset`; and how rows are split."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from neuralzoo.data.dataset import Dataset, dataset_from_arrays, dataset_from_table
from neuralzoo.data.names import CATALOGUE, Entry, entry
from neuralzoo.data.opening import open_dataset
from neuralzoo.data.splits import Split, parse_split, split_rows

if TYPE_CHECKING:
    from neuralzoo.data.graphs import EdgesWarning, Graph, stack

__all__ = [
    "CATALOGUE",
    "Dataset",
    "EdgesWarning",
    "Entry",
    "Graph",
    "Split",
    "dataset_from_arrays",
    "dataset_from_table",
    "entry",
    "open_dataset",
    "parse_split",
    "split_rows",
    "stack",
]


def __getattr__(name: str) -> Any:
    """Graphs come with JAX, which a list of the data sets need not wait for."""
    if name in ("EdgesWarning", "Graph", "stack"):
        return getattr(import_module("neuralzoo.data.graphs"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
