"""Penalties on weights, under Keras's names."""

from neuralzoo.core.regularizers import L1, L1L2, L2, OrthogonalRegularizer, Regularizer

__all__ = ["L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer"]
