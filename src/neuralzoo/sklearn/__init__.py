"""Networks as scikit-learn's estimators: for its pipelines, searches and cross-validation.

from neuralzoo.sklearn import NetworkClassifier
make_pipeline(StandardScaler(), NetworkClassifier((32, 32), epochs=50)).fit(X, labels)
"""

from neuralzoo.sklearn.base import ZooClassifier, ZooClusterer, ZooEstimator, ZooRegressor, ZooTransformer
from neuralzoo.sklearn.members import (
    ELMClassifier,
    ELMRegressor,
    GRNNRegressor,
    KohonenClusterer,
    OjaTransformer,
    PNNClassifier,
    RBFNetworkClassifier,
    RBFNetworkRegressor,
    RestrictedBoltzmannTransformer,
)
from neuralzoo.sklearn.networks import NetworkClassifier, NetworkRegressor
from neuralzoo.sklearn.neurons import AdalineRegressor, MadalineClassifier, PerceptronClassifier
from neuralzoo.sklearn.series import EchoStateRegressor
from neuralzoo.sklearn.support_vectors import LinearSVMClassifier, SVMClassifier, SVMRegressor

__all__ = [
    "AdalineRegressor",
    "ELMClassifier",
    "ELMRegressor",
    "EchoStateRegressor",
    "GRNNRegressor",
    "KohonenClusterer",
    "LinearSVMClassifier",
    "MadalineClassifier",
    "NetworkClassifier",
    "NetworkRegressor",
    "OjaTransformer",
    "PNNClassifier",
    "PerceptronClassifier",
    "RBFNetworkClassifier",
    "RBFNetworkRegressor",
    "RestrictedBoltzmannTransformer",
    "SVMClassifier",
    "SVMRegressor",
    "ZooClassifier",
    "ZooClusterer",
    "ZooEstimator",
    "ZooRegressor",
    "ZooTransformer",
]
