"""Callbacks, under Keras's names: told how training goes, they may save, log, slow down or stop it."""

from neuralzoo.train.callbacks.averaging import StochasticWeightAveraging, SwapEMAWeights
from neuralzoo.train.callbacks.base import Callback, CallbackList, History
from neuralzoo.train.callbacks.checkpoint import BackupAndRestore, ModelCheckpoint
from neuralzoo.train.callbacks.gradients import GradientNorms
from neuralzoo.train.callbacks.logs import CSVLogger, LambdaCallback
from neuralzoo.train.callbacks.progress import ProgressBar
from neuralzoo.train.callbacks.rate import LearningRateScheduler, ReduceLROnPlateau
from neuralzoo.train.callbacks.stopping import EarlyStopping, StopAboveMean, TerminateOnNaN
from neuralzoo.train.callbacks.tensorboard import TensorBoard

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "GradientNorms",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgressBar",
    "ReduceLROnPlateau",
    "StochasticWeightAveraging",
    "StopAboveMean",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]
