"""Layers, under Keras's names."""

from neuralzoo.core.layer import Chain as Chain
from neuralzoo.core.layer import Identity as Identity
from neuralzoo.core.layer import Layer as Layer
from neuralzoo.layers.combine import Graph as Graph
from neuralzoo.layers.combine import Node as Node
from neuralzoo.layers.combine import Parallel as Parallel
from neuralzoo.layers.combine import Residual as Residual
from neuralzoo.layers.dense import Dense as Dense
from neuralzoo.layers.embedding import Embedding as Embedding
from neuralzoo.layers.noise import Dropout as Dropout
from neuralzoo.layers.noise import GaussianNoise as GaussianNoise
from neuralzoo.layers.norm import BatchNormalization as BatchNormalization
from neuralzoo.layers.norm import LayerNormalization as LayerNormalization
from neuralzoo.layers.shape import Activation as Activation
from neuralzoo.layers.shape import Flatten as Flatten
from neuralzoo.layers.shape import Input as Input
from neuralzoo.layers.shape import Rescaling as Rescaling
from neuralzoo.layers.shape import Reshape as Reshape

__all__ = sorted(name for name in globals() if name[0].isupper())
