"""The wrappers through scikit-learn's own checks, and what those do not ask."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from neuralzoo.core.errors import DataError
from neuralzoo.sklearn import (
    AdalineRegressor,
    EchoStateRegressor,
    ELMClassifier,
    ELMRegressor,
    GRNNRegressor,
    KohonenClusterer,
    LinearSVMClassifier,
    MadalineClassifier,
    NetworkClassifier,
    NetworkRegressor,
    OjaTransformer,
    PerceptronClassifier,
    PNNClassifier,
    RBFNetworkClassifier,
    RBFNetworkRegressor,
    RestrictedBoltzmannTransformer,
    SVMClassifier,
    SVMRegressor,
    ZooClusterer,
    ZooTransformer,
)
from neuralzoo.zoo import HopfieldNetwork

SMALL = {"hidden_layer_sizes": (8,), "learning_rate": 0.03, "epochs": 25, "random_state": 0}
WEIGHTS = "a step takes the mean over the rows of a batch, so a row twice is not a row of weight 2"
TAKEN = "ranges, centres and widths are taken from all rows, whatever their weight"
SINGLE = "float32: sums over another number of rows are rounded otherwise"
REPEATED = "its rows are repeated: of ten centres some would coincide, and have no width, which is refused"
ROWS = "check_sample_weight_equivalence_on_dense_data"
ONLINE = "it corrects row after row: a row twice is another course, and mistakes count whatever they weigh"
PASSES = "the search ends after so many passes, near the minimum: sums over another number of rows are rounded otherwise"
VARIANCE = "gamma is taken from the variance of all rows, whatever their weight"
TIME = "the rows are steps of one series: what it says to one depends on those before it"
EXCEPTIONS = {  # checks that are not met, each with its reason
    NetworkClassifier: {ROWS: WEIGHTS},
    NetworkRegressor: {ROWS: WEIGHTS},
    ELMClassifier: {ROWS: TAKEN},
    ELMRegressor: {ROWS: TAKEN},
    RBFNetworkClassifier: {ROWS: TAKEN},
    RBFNetworkRegressor: {
        ROWS: TAKEN,
        "check_methods_subset_invariance": SINGLE,
        "check_sample_weights_shape": REPEATED,
        "check_sample_weights_not_overwritten": REPEATED,
    },
    PNNClassifier: {ROWS: TAKEN, "check_methods_subset_invariance": SINGLE},
    GRNNRegressor: {ROWS: TAKEN, "check_methods_subset_invariance": SINGLE},
    PerceptronClassifier: {ROWS: ONLINE},
    MadalineClassifier: {ROWS: ONLINE},
    AdalineRegressor: {ROWS: ONLINE},
    SVMClassifier: {ROWS: VARIANCE},
    LinearSVMClassifier: {ROWS: PASSES},
    SVMRegressor: {ROWS: VARIANCE, "check_methods_subset_invariance": SINGLE},
    EchoStateRegressor: {"check_methods_subset_invariance": TIME, "check_methods_sample_order_invariance": TIME},
}
ESTIMATORS = (
    NetworkClassifier(**SMALL),
    NetworkRegressor(**SMALL),
    ELMClassifier(8, ridge=1e-2, random_state=0),
    ELMRegressor(8, ridge=1e-2, random_state=0),
    RBFNetworkClassifier(3, random_state=0),
    RBFNetworkRegressor(10, random_state=0),
    PNNClassifier(1.0),
    GRNNRegressor(1.0),
    KohonenClusterer((1, 3), epochs=10),
    OjaTransformer(1, epochs=3, random_state=0),
    RestrictedBoltzmannTransformer(3, epochs=2, random_state=0),
    PerceptronClassifier(epochs=20, random_state=0),
    MadalineClassifier(5, epochs=20, random_state=0),
    AdalineRegressor(random_state=0),
    SVMClassifier(),
    LinearSVMClassifier(epochs=20),
    SVMRegressor(),
    EchoStateRegressor(20, random_state=0),
)
DENSE = ("NetworkClassifier", "NetworkRegressor")


QUICK = {  # those that fit little or nothing; `make test-slow` runs all
    "check_classifiers_one_label",
    "check_complex_data",
    "check_do_not_raise_errors_in_init_or_set_param",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_sparse_tag",
    "check_estimator_tags_renamed",
    "check_estimators_empty_data_messages",
    "check_estimators_nan_inf",
    "check_estimators_pickle",
    "check_estimators_unfitted",
    "check_fit1d",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_n_features_in",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_regressor_multioutput",
    "check_requires_y_none",
    "check_set_params",
    "check_supervised_y_2d",
    "check_valid_tag_types",
}


def checks():
    """Every check of scikit-learn for every wrapper; those that fit a lot, and those of wrappers alike, are marked as slow."""
    for estimator in ESTIMATORS:
        exceptions, kind = EXCEPTIONS.get(type(estimator), {}), type(estimator).__name__
        for instance, check in estimator_checks_generator(estimator, expected_failed_checks=exceptions, mark=None):
            name = check.func.__name__
            if name not in exceptions:
                marks = [] if name in QUICK and kind in DENSE else [pytest.mark.slow]
                yield pytest.param(instance, check, marks=marks, id=f"{kind}-{name}")


@pytest.mark.filterwarnings("ignore::neuralzoo.zoo.restricted_boltzmann.ScaleWarning")  # the checks give rows of any scale
@pytest.mark.parametrize(("estimator", "check"), list(checks()))
def test_scikit_learns_checks(estimator, check):
    check(estimator)


NAMED = [pytest.param(e, name, id=f"{type(e).__name__}-{name}") for e in ESTIMATORS for name in EXCEPTIONS.get(type(e), {})]


@pytest.mark.slow
@pytest.mark.parametrize(("estimator", "name"), NAMED)
def test_an_exception_is_one(estimator, name):
    (check,) = (check for _, check in estimator_checks_generator(estimator, mark=None) if check.func.__name__ == name)
    with pytest.raises((AssertionError, DataError)):
        check(estimator)


def test_the_table_has_every_estimator():
    from neuralzoo import sklearn

    assert {type(e).__name__ for e in ESTIMATORS} == {name for name in sklearn.__all__ if not name.startswith("Zoo")}


def test_members_of_the_zoo_are_estimators(blobs):
    frame, labels = blobs
    for estimator in (ELMClassifier(20, ridge=0.1, random_state=0), RBFNetworkClassifier(6, random_state=0), PNNClassifier(1.0)):
        assert estimator.fit(frame, labels).score(frame, labels) > 0.95
    groups = KohonenClusterer((1, 3), epochs=20).fit_predict(frame)
    assert len({(group, label) for group, label in zip(groups, labels, strict=True)}) == 3
    assert RestrictedBoltzmannTransformer(4, epochs=2, random_state=0).fit_transform(StandardScaler().fit_transform(frame)).shape == (90, 4)


@pytest.fixture(scope="module")
def blobs():
    """Three groups of points with words for labels, in a data frame."""
    draws = np.random.default_rng(0)
    codes = np.repeat([0, 1, 2], 30)
    places = draws.normal(size=(90, 2)) + np.array([[0, 5], [5, 0], [-5, -5.0]])[codes]
    return pd.DataFrame(places, columns=["north", "east"]), np.array(["ant", "bee", "cow"])[codes]


def test_words_are_labels_and_columns_have_names(blobs):
    frame, labels = blobs
    network = NetworkClassifier(**SMALL).fit(frame, labels)
    assert network.classes_.tolist() == ["ant", "bee", "cow"] and network.feature_names_in_.tolist() == ["north", "east"]
    assert network.score(frame, labels) > 0.95 and set(network.predict(frame)) <= set(labels)
    np.testing.assert_array_equal(network.predict(frame), network.classes_[network.predict_proba(frame).argmax(axis=1)])
    with pytest.raises(ValueError, match="feature names"):
        network.predict(frame.rename(columns={"east": "west"}))


def test_it_is_searched_and_piped(blobs):
    search = GridSearchCV(
        make_pipeline(StandardScaler(), NetworkClassifier(**SMALL)), {"networkclassifier__learning_rate": [1e-6, 0.03]}, cv=2
    )
    assert search.fit(*blobs).best_params_ == {"networkclassifier__learning_rate": 0.03}


def test_a_row_of_weight_zero_is_not_learned(blobs):
    frame, labels = blobs
    network = NetworkClassifier(**SMALL).fit(frame, labels, sample_weight=labels != "cow")
    assert (network.predict(frame[labels == "cow"]) != "cow").mean() > 0.5


def test_several_targets_and_one():
    x = np.linspace(-1, 1, 90)[:, None].astype(np.float32)
    both = np.hstack([x, -x])
    network = NetworkRegressor(**SMALL).fit(x, both)
    assert network.predict(x).shape == (90, 2) and network.score(x, both) > 0.9
    assert clone(network).fit(x, both[:, 0]).predict(x).shape == (90,)


def test_one_class_is_nothing_to_learn(blobs):
    with pytest.raises(DataError, match="one class"):
        NetworkClassifier().fit(blobs[0], ["ant"] * 90)


class Recall(ZooTransformer):
    """A wrapper as short as they are: rows of ±1, mended."""

    def __init__(self, rule="hebb"):
        self.rule = rule

    def make(self, features, outputs):
        return HopfieldNetwork(self.rule, seed=self.seed())


class Nearest(ZooClusterer):
    """Groups by the unit that stays on."""

    def make(self, features, outputs):
        return HopfieldNetwork("projection", seed=self.seed())


def test_networks_that_learn_without_targets_transform_and_group():
    patterns = np.array([[1, -1, -1, -1], [-1, 1, -1, -1.0]])
    assert Recall("projection").fit_transform(patterns).tolist() == patterns.tolist()
    assert Recall("projection").fit(patterns).get_feature_names_out().tolist() == [f"recall{i}" for i in range(4)]
    assert Nearest().fit_predict(patterns).tolist() == [0, 1] == Nearest().fit(patterns).labels_.tolist()
