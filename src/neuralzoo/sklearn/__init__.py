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

__all__ = [
    "ELMClassifier",
    "ELMRegressor",
    "GRNNRegressor",
    "KohonenClusterer",
    "NetworkClassifier",
    "NetworkRegressor",
    "OjaTransformer",
    "PNNClassifier",
    "RBFNetworkClassifier",
    "RBFNetworkRegressor",
    "RestrictedBoltzmannTransformer",
    "ZooClassifier",
    "ZooClusterer",
    "ZooEstimator",
    "ZooRegressor",
    "ZooTransformer",
]
