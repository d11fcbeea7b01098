"""Kernels compiled by others: oneDNN, called from compiled programs on a CPU, where it is installed (docs/design/0008-onednn.md)."""
