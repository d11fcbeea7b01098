"""Saved files: a tree of records and arrays in one `.nz` file, without pickle and without running anything it holds.

    write("model.nz", {"net": net, "epoch": 3})
    read("model.nz")["net"]

The file is a safetensors file. Its arrays are the tensors; its `__metadata__` has one entry, `"neuralzoo"`, a JSON document:

    format_version     how to read the rest; a file from a later version is refused, an earlier one goes through `migrations`
    neuralzoo_version  who wrote it
    content            the tree; every JSON object in it has one key, which says what it stands for (see `structure`)
    sha256             of the three above and of all arrays with their names, types and shapes
"""

from neuralzoo.io.file import FORMAT_VERSION as FORMAT_VERSION
from neuralzoo.io.file import migrations as migrations
from neuralzoo.io.file import read as read
from neuralzoo.io.file import write as write
from neuralzoo.io.structure import functions as functions

__all__ = ["FORMAT_VERSION", "functions", "migrations", "read", "write"]
