"""The networks of the zoo, each one page with structure, learning rule and card; `fit` needs no `compile`.

    memory = HopfieldNetwork()
    memory.fit(patterns)
    memory.recall(spoilt)

`members` has all of them by the keys of their cards, `chart` in the order of the Neural Network Zoo's chart; `neuralzoo zoo` lists them.
"""

from neuralzoo.zoo.adaline import Adaline
from neuralzoo.zoo.annealing import LogPartition, exact_log_partition, log_partition
from neuralzoo.zoo.autoencoder import Autoencoder, DenoisingAutoencoder, SparseAutoencoder
from neuralzoo.zoo.bayes_by_backprop import BayesByBackprop
from neuralzoo.zoo.boltzmann import BoltzmannMachine
from neuralzoo.zoo.card import CELLS, Card, Goal
from neuralzoo.zoo.chart import chart
from neuralzoo.zoo.completely_connected import CompletelyConnectedNetwork
from neuralzoo.zoo.convolutional_autoencoder import ConvolutionalAutoencoder
from neuralzoo.zoo.deconvolutional import DeconvolutionalNetwork
from neuralzoo.zoo.deep_belief import DeepBeliefNetwork
from neuralzoo.zoo.deep_convolutional import DeepConvolutionalNetwork
from neuralzoo.zoo.echo_state import EchoStateNetwork
from neuralzoo.zoo.extreme_learning import ExtremeLearningMachine
from neuralzoo.zoo.feed_forward import DeepFeedForward, FeedForward
from neuralzoo.zoo.gan import GenerativeAdversarialNetwork
from neuralzoo.zoo.gated import GRUNetwork, LSTMNetwork
from neuralzoo.zoo.graph_attention import GraphAttentionNetwork
from neuralzoo.zoo.graph_convolutional import GraphConvolutionalNetwork
from neuralzoo.zoo.hebb import Hebb
from neuralzoo.zoo.hidden_markov import HiddenMarkovModel
from neuralzoo.zoo.hopfield import HopfieldNetwork
from neuralzoo.zoo.inception import InceptionNetwork
from neuralzoo.zoo.inverse_graphics import InverseGraphicsNetwork
from neuralzoo.zoo.jump import JumpNetwork
from neuralzoo.zoo.kernel_networks import GRNN, PNN
from neuralzoo.zoo.kohonen import KohonenMap
from neuralzoo.zoo.laplace import LaplaceNetwork
from neuralzoo.zoo.linear_support_vector import LinearSupportVectorMachine
from neuralzoo.zoo.liquid import LiquidStateMachine
from neuralzoo.zoo.madaline import Madaline
from neuralzoo.zoo.markov import MarkovChain
from neuralzoo.zoo.mc_dropout import MonteCarloDropout
from neuralzoo.zoo.member import Member, members
from neuralzoo.zoo.message_passing import MessagePassingNetwork
from neuralzoo.zoo.modern_hopfield import ModernHopfieldNetwork
from neuralzoo.zoo.nuts import NoUTurnNetwork
from neuralzoo.zoo.oja import Oja
from neuralzoo.zoo.perceptron import McCullochPitts, Perceptron
from neuralzoo.zoo.radial_basis import RBFNetwork
from neuralzoo.zoo.recurrent import BidirectionalNetwork, RecurrentNetwork
from neuralzoo.zoo.residual import ResidualNetwork
from neuralzoo.zoo.restricted_boltzmann import RestrictedBoltzmannMachine
from neuralzoo.zoo.spiking import SpikingNetwork
from neuralzoo.zoo.stacked_autoencoder import StackedAutoencoder
from neuralzoo.zoo.support_vector import SupportVectorMachine
from neuralzoo.zoo.support_vector_regressor import SupportVectorRegressor
from neuralzoo.zoo.turing import NeuralTuringMachine
from neuralzoo.zoo.variational_autoencoder import VariationalAutoencoder

__all__ = [
    "CELLS",
    "GRNN",
    "PNN",
    "Adaline",
    "Autoencoder",
    "BayesByBackprop",
    "BidirectionalNetwork",
    "BoltzmannMachine",
    "Card",
    "CompletelyConnectedNetwork",
    "ConvolutionalAutoencoder",
    "DeconvolutionalNetwork",
    "DeepBeliefNetwork",
    "DeepConvolutionalNetwork",
    "DeepFeedForward",
    "DenoisingAutoencoder",
    "EchoStateNetwork",
    "ExtremeLearningMachine",
    "FeedForward",
    "GRUNetwork",
    "GenerativeAdversarialNetwork",
    "Goal",
    "GraphAttentionNetwork",
    "GraphConvolutionalNetwork",
    "Hebb",
    "HiddenMarkovModel",
    "HopfieldNetwork",
    "InceptionNetwork",
    "InverseGraphicsNetwork",
    "JumpNetwork",
    "KohonenMap",
    "LSTMNetwork",
    "LaplaceNetwork",
    "LinearSupportVectorMachine",
    "LiquidStateMachine",
    "LogPartition",
    "Madaline",
    "MarkovChain",
    "McCullochPitts",
    "Member",
    "MessagePassingNetwork",
    "ModernHopfieldNetwork",
    "MonteCarloDropout",
    "NeuralTuringMachine",
    "NoUTurnNetwork",
    "Oja",
    "Perceptron",
    "RBFNetwork",
    "RecurrentNetwork",
    "ResidualNetwork",
    "RestrictedBoltzmannMachine",
    "SparseAutoencoder",
    "SpikingNetwork",
    "StackedAutoencoder",
    "SupportVectorMachine",
    "SupportVectorRegressor",
    "VariationalAutoencoder",
    "chart",
    "exact_log_partition",
    "log_partition",
    "members",
]
