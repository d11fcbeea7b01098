"""Data: tables, pictures, arrays and named data sets, each opened as one `Dataset`; and how rows are split."""

from neuralzoo.data.dataset import Dataset, dataset_from_arrays, dataset_from_table
from neuralzoo.data.graphs import EdgesWarning, Graph, stack
from neuralzoo.data.names import CATALOGUE, Entry, entry
from neuralzoo.data.opening import open_dataset
from neuralzoo.data.splits import Split, parse_split, split_rows

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
