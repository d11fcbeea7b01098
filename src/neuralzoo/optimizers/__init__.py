"""Optimizers, under Keras's names; learning-rate schedules are in `optimizers.schedules`."""

from neuralzoo.learn.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Lamb, Lion, Nadam, OptaxOptimizer, Optimizer, RMSprop

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lamb", "Lion", "Nadam", "OptaxOptimizer", "Optimizer", "RMSprop"]
